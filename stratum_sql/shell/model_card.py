"""A kept model as HTML: what it is, the score of each fold as a picture, its features. One piece that needs nothing
else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from stratum_sql.errors import printable

if TYPE_CHECKING:
    from stratum_sql.kept import Model

_WIDTH, _HEIGHT, _EDGE = 320, 90, 12  # pixels
_MOST_FEATURES = 30
_STYLE = (
    "font:13px/1.5 system-ui,sans-serif;border:1px solid #8884;border-radius:6px;padding:10px 14px;"
    "display:inline-block;max-width:56em"
)


def card(model: Model) -> str:
    """The card. Whatever stands in names or statements is text."""
    return f'<div style="{_STYLE}">{"".join(_parts(model))}</div>'


def _parts(model: Model) -> Iterator[str]:
    names = "".join(f' <code style="opacity:.7">@{_text(alias)}</code>' for alias in model.aliases)
    yield f"<div><b>{_text(model.name)}@{model.version}</b>{names}</div>"
    yield f"<div><code>{_text(model.estimator)}({_text(model.params)})</code> &rarr; {_text(model.target)}</div>"
    if model.score is not None:
        yield f"<div>{_text(model.metric)} <b>{model.score:.6g}</b>, mean over the folds</div>"
    for metric, scores in model.fold_scores.items():
        yield _plot(metric, scores)
    yield _features(model.features)
    yield f"<details><summary>statement</summary><pre>{_text(model.statement)}</pre></details>"


def _text(value: object) -> str:
    return escape(printable(str(value)))


def _features(features: Sequence[str]) -> str:
    shown = "".join(f"<li><code>{_text(name)}</code></li>" for name in features[:_MOST_FEATURES])
    more = f"<li>and {len(features) - _MOST_FEATURES} more</li>" if len(features) > _MOST_FEATURES else ""
    count = f"{len(features)} feature{'' if len(features) == 1 else 's'}"
    return f"<details><summary>{count}</summary><ul>{shown}{more}</ul></details>"


def _plot(metric: str, scores: Sequence[float | None]) -> str:
    """A dot a fold, in the folds' order, and a line at their mean."""
    known = [score for score in scores if score is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    mean = sum(known) / len(known)

    def height(score: float) -> float:
        share = (score - low) / (high - low) if high > low else 0.5
        return round(_HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE), 1)

    step = (_WIDTH - 2 * _EDGE) / max(len(scores) - 1, 1)
    dots = "".join(
        f'<circle cx="{_EDGE + number * step:.1f}" cy="{height(score)}" r="3.5" fill="#4878a8">'
        f"<title>fold {number + 1}: {score:.6g}</title></circle>"
        for number, score in enumerate(scores)
        if score is not None
    )
    return (
        f"<div>{_text(metric)}: {low:.4g} to {high:.4g}</div>"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{_text(metric)} of each fold">'
        f'<line x1="0" x2="{_WIDTH}" y1="{height(mean)}" y2="{height(mean)}" stroke="#8888" stroke-dasharray="4 3"/>'
        f"{dots}</svg>"
    )
