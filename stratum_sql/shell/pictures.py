"""Pictures for notebooks, as SVG that needs nothing else: the scores of folds, and how much each feature counts.

Whatever stands in names is text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TypeGuard

from stratum_sql.errors import printable

_WIDTH, _EDGE = 320, 12  # pixels of a plot, without its labels
_ROW = 18  # pixels of a line
_LABEL = 180  # pixels of what stands before it
_COLOUR = "#4878a8"
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" aria-label="{label}">'


def shown(value: object, most: int = 1000) -> str:
    """A value as text of HTML, cut where it is long."""
    text = printable(str(value))
    return escape(text if len(text) <= most else f"{text[: most - 1]}…")


def fold_rows(metric: str, trials: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """A line a trial, one dot a fold and a dash at their mean, over one axis; nothing where no fold has a score."""
    known = [score for _, scores in trials for score in scores if _is_known(score)]
    if not known:
        return ""
    low, high = min(known), max(known)
    lines = [
        _label(at, name) + _dots(at, [score for score in scores if _is_known(score)], low, high)
        for at, (name, scores) in enumerate(trials)
    ]
    return _picture(f"{metric} of each fold: {low:.4g} to {high:.4g}", lines)


def bars(what: str, values: Sequence[tuple[str, float | None]]) -> str:
    """A bar a feature from one line at zero; nothing where no feature has a number."""
    known = [value for _, value in values if _is_known(value)]
    if not known:
        return ""
    low, high = min(0.0, *known), max(0.0, *known)
    lines = [
        _label(at, name) + (_bar(at, value, low, high) if _is_known(value) else "")
        for at, (name, value) in enumerate(values)
    ]
    return _picture(what, lines)


def _is_known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _picture(title: str, lines: Sequence[str]) -> str:
    svg = _SVG.format(width=_LABEL + _WIDTH, height=_ROW * len(lines) + 4, label=shown(title))
    return f"<div>{shown(title)}</div>{svg}{''.join(lines)}</svg>"


def _label(at: int, name: str) -> str:
    return f'<text x="0" y="{at * _ROW + 13}" font-size="12" fill="currentColor">{shown(name, 26)}</text>'


def _place(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return round(_LABEL + _EDGE + share * (_WIDTH - 2 * _EDGE), 1)


def _dots(at: int, scores: Sequence[float], low: float, high: float) -> str:
    middle = at * _ROW + _ROW // 2
    made = "".join(
        f'<circle cx="{_place(score, low, high)}" cy="{middle}" r="3.5" fill="{_COLOUR}" fill-opacity=".7">'
        f"<title>{score:.6g}</title></circle>"
        for score in scores
    )
    if not scores:
        return ""
    mean = _place(sum(scores) / len(scores), low, high)
    return f'{made}<line x1="{mean}" x2="{mean}" y1="{middle - 7}" y2="{middle + 7}" stroke="currentColor"/>'


def _bar(at: int, value: float, low: float, high: float) -> str:
    zero, end = _place(0.0, low, high), _place(value, low, high)
    return (
        f'<rect x="{min(zero, end)}" y="{at * _ROW + 3}" width="{max(abs(end - zero), 0.5):.1f}" height="{_ROW - 6}" '
        f'fill="{_COLOUR}"><title>{value:.6g}</title></rect>'
    )
