"""One chart of EXPLAIN (FORMAT html) as inline SVG: columns from left to right, boxes that never overlap.

A box is an `svg` element of its own, so that no text leaves it, however wide its letters are.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from stratum_sql.errors import printable
from stratum_sql.plan.amounts import bytes_text, counted, seconds_text
from stratum_sql.plan.boxes import Box, Chart, Kind
from stratum_sql.plan.explain import TIMES, Facts
from stratum_sql.plan.figures import Figures, figures_of, together
from stratum_sql.plan.layers import HEIGHT, laid_out

WIDTHS = (150.0, 140.0, 140.0, 162.0, 162.0, 150.0, 204.0)  # pixels of a column, by stage
BETWEEN = 32.0  # pixels from one column to the next
HEAD = 24.0  # pixels above the boxes, for the names of the columns
KINDS: Mapping[Kind, str] = {
    "scan": "Relation",
    "once": "Row-wise, once",
    "split": "Split",
    "fit": "Fit",
    "sums": "Sums",
    "matrix": "Matrix",
    "shared": "Shared run",
    "train": "Train",
}
_HEADS = ("Relation", "Row-wise", "Split", "Fit", "Matrix", "Shared run", "Train")
_LETTER, _TITLE_LETTER = 6.3, 7.3  # pixels, of 11 and of 12 bold
_LONGEST = 1500  # characters of a list in a box's full text


def chart_svg(chart: Chart, facts: Facts, number: int, statements: int) -> str:
    """The chart as one `svg` element; `number` tells it from others of the page, `statements` are all of the batch."""
    stages = sorted({box.stage for box in chart.boxes})
    columns = [stages.index(box.stage) for box in chart.boxes]
    layout = laid_out(columns, chart.arrows)
    lefts = _lefts(stages)
    width, height = lefts[-1] + WIDTHS[stages[-1][0]], layout.height + HEAD
    ends = [(lefts[column], layout.tops[place] + HEAD) for place, column in enumerate(columns)]
    heads = [_head(stage, left) for stage, left in zip(stages, lefts, strict=True)]
    wires = []
    for (start, end), lanes in layout.ways.items():
        between = range(columns[start] + 1, columns[end])
        passed = [
            (lefts[column], WIDTHS[stages[column][0]], lane + HEAD) for column, lane in zip(between, lanes, strict=True)
        ]
        path = _path((ends[start][0] + WIDTHS[chart.boxes[start].stage[0]], ends[start][1]), passed, ends[end])
        wires.append(_wire(path, start, end, chart.boxes[end], statements))
    boxes = [_box(box, place, ends[place], facts, chart.key, statements) for place, box in enumerate(chart.boxes)]
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    label = f'aria-label="chart {number}"'
    return "\n".join([f'<svg class="chart" role="group" {label} {size}>', *heads, *wires, *boxes, "</svg>"])


def ranges(numbers: Iterable[int]) -> str:
    """Statements, counted from 0, as a person and the page's own filter read them: `1-3 7`."""
    found: list[list[int]] = []
    for number in sorted(one + 1 for one in numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _lefts(stages: Sequence[tuple[int, int]]) -> list[float]:
    lefts, left = [], 0.0
    for stage, _ in stages:
        lefts.append(left)
        left += WIDTHS[stage] + BETWEEN
    return lefts


def _head(stage: tuple[int, int], left: float) -> str:
    place, depth = stage
    again = "" if depth == 0 else ", first rounds" if place == len(_HEADS) - 1 else f", step {depth + 1}"
    return f'<text class="head" x="{_n(left)}" y="12">{_HEADS[place]}{again}</text>'


def _path(start: tuple[float, float], lanes: Iterable[tuple[float, float, float]], end: tuple[float, float]) -> str:
    """From the middle of a box's right side, through a lane of each column between, to the middle of a left side."""
    x, y = start[0], start[1] + HEIGHT / 2
    steps = [f"M{_n(x)} {_n(y)}"]
    for left, width, lane in lanes:
        steps += [_curve(x, y, left, lane), f"H{_n(left + width)}"]
        x, y = left + width, lane
    return "".join([*steps, _curve(x, y, end[0], end[1] + HEIGHT / 2)])


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(to_y)} {_n(to_x)} {_n(to_y)}"


def _wire(path: str, start: int, end: int, box: Box, statements: int) -> str:
    """An arrow, the wider the more statements need what it leads to."""
    share = math.log2(1 + len(box.statements)) / math.log2(1 + max(2, statements))
    who = f'data-f="{start}" data-t="{end}" data-s="{ranges(box.statements)}"'
    return f'<path class="w" {who} stroke-width="{_n(1 + 4 * share)}" d="{path}"/>'


def _box(box: Box, place: int, left_top: tuple[float, float], facts: Facts, key: str, statements: int) -> str:
    """One box: its title, what it is about, how much; all of it in `title`, which shows where the pointer rests."""
    width = WIDTHS[box.stage[0]]
    figures = together(found for node in box.nodes if (found := figures_of(facts, node)) is not None)
    rows = facts.rows.get(key) if box.kind == "scan" else None
    amounts = _amounts(box, rows, figures)
    badge = _badge(box, statements)
    room = width - 24 - (len(badge) * 6.2 + 14 if badge else 0)
    style = f"b {box.kind}" + (" more" if box.hidden else "")
    x, y = left_top
    return (
        f'<svg class="{style}" data-b="{place}" data-s="{ranges(box.statements)}" x="{_n(x)}" y="{_n(y)}" '
        f'width="{_n(width)}" height="{_n(HEIGHT)}" tabindex="0" role="img">'
        f"<title>{escape(_full(box, amounts, figures))}</title>"
        f'<rect x=".5" y=".5" width="{_n(width - 1)}" height="{_n(HEIGHT - 1)}" rx="7"/>'
        f'<rect class="k" x=".5" y=".5" width="6" height="{_n(HEIGHT - 1)}" rx="3"/>'
        f'<text class="t" x="14" y="20">{escape(shortened(box.title, room, _TITLE_LETTER))}</text>'
        f'<text x="14" y="36">{escape(shortened(", ".join(box.items), width - 22, _LETTER))}</text>'
        f'<text x="14" y="50">{escape(shortened(" · ".join(amounts), width - 22, _LETTER))}</text>'
        f"{_badge_svg(badge, width)}</svg>"
    )


def _badge(box: Box, statements: int) -> str:
    """Who needs it: `#4`, or how many statements share it; nothing where there is one statement."""
    if statements == 1:
        return ""
    numbers = sorted(box.statements)
    return f"#{numbers[0] + 1}" if len(numbers) == 1 else f"{TIMES}{len(numbers)}"


def _badge_svg(badge: str, width: float) -> str:
    if not badge:
        return ""
    wide = len(badge) * 6.2 + 10
    left = width - wide - 7
    return (
        f'<rect class="g" x="{_n(left)}" y="8" width="{_n(wide)}" height="15" rx="7.5"/>'
        f'<text class="c" x="{_n(left + wide / 2)}" y="19">{badge}</text>'
    )


def _amounts(box: Box, rows: int | None, figures: Figures) -> list[str]:
    """What a box comes to, in a few words each."""
    told = [] if figures.seconds is None else [f"~{seconds_text(figures.seconds)}"]  # first: the end may be cut
    if rows is not None:
        told.append(f"about {counted(rows, 'row')}")
    if box.kind == "scan" and not box.hidden:
        told.append(counted(len(box.items), "column"))
    if box.trials:
        told += [counted(box.trials, "trial"), counted(box.fits, "fit")]
    elif box.kind in ("fit", "sums") and not box.hidden:
        told.append(f"{TIMES}{box.times} over {counted(len(box.items), 'column')}".removeprefix(f"{TIMES}1 "))
    elif box.times > 1:
        told.append(f"{TIMES}{box.times}")
    return [*told, box.note] if box.note else told


def _full(box: Box, amounts: Sequence[str], figures: Figures) -> str:
    """All that a box has to say, a line each."""
    about = ", ".join(box.items)
    lines = [f"{KINDS[box.kind]}: {box.title}", about if len(about) <= _LONGEST else about[: _LONGEST - 1] + "…"]
    lines.append(" · ".join(amounts))
    lines.append(f"statement{'s' * (len(box.statements) != 1)} {ranges(box.statements).replace(' ', ', ')}")
    estimates = _estimates(figures)
    return "\n".join(line for line in [*lines, f"estimated: {', '.join(estimates)}" if estimates else ""] if line)


def _estimates(figures: Figures) -> list[str]:
    told = []
    if figures.rows is not None:
        told.append(counted(round(figures.rows), "row"))
    if figures.bytes is not None:
        told.append(bytes_text(figures.bytes))
    if figures.seconds is not None:
        told.append(f"{seconds_text(figures.seconds)} in all runs")
    if figures.reuse is not None:
        told.append(f"for {counted(round(figures.reuse), 'trial')}")
    return told


def shortened(text: str, room: float, letter: float) -> str:
    """As much of a text as `room` pixels hold, `letter` pixels a letter, two for a wide one; `…` for the rest."""
    shown = printable(text)
    sizes = [letter * (2 if unicodedata.east_asian_width(char) in "WF" else 1) for char in shown]
    if sum(sizes) <= room:
        return shown
    used, kept = letter, 0
    while used + sizes[kept] <= room:
        used += sizes[kept]
        kept += 1
    return shown[:kept].rstrip() + "…"
