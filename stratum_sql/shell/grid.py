"""Columns of text side by side, in the width there is: narrowed first, then left out, never wrapped.

Every cell passes `one_line`: a value of the data is shown, it never moves the cursor or changes a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from stratum_sql.errors import printable

GAP = 2  # spaces between columns
_LONGEST = 500  # characters of a value that are looked at; a cell shows far fewer


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a grid: `least` is the width it can be narrowed to, `drop` > 0 the order in which columns are left
    out where even that is too wide (the highest first)."""

    head: str
    cells: tuple[str, ...]
    right: bool = False
    least: int = 8
    drop: int = 0

    @property
    def widest(self) -> int:
        return max(cell_len(cell) for cell in (self.head, *self.cells))

    @property
    def narrowest(self) -> int:
        return min(self.widest, max(self.least, cell_len(self.head) if self.right else 0))


def lines(columns: Sequence[Column], width: int) -> tuple[list[str], list[str]]:
    """The grid as lines of at most `width` cells (head, rule, then the rows), and the heads that found no room."""
    kept, left_out = _choose(columns, width)
    widths = _narrow(kept, width)
    rows = [[column.head for column in kept], ["─" * size for size in widths]]
    rows += [list(row) for row in zip(*(column.cells for column in kept), strict=True)]
    rights = [column.right for column in kept]
    return [_join(row, widths, rights) for row in rows], left_out


def total_width(columns: Sequence[Column]) -> int:
    """The width in which nothing is cut."""
    return _total([column.widest for column in columns])


def one_line(text: str) -> str:
    """`text` as one harmless line: control characters replaced, very long values cut with a mark."""
    return printable(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def clip(text: str, width: int) -> str:
    """`text` in at most `width` terminal cells, the cut marked by `…`."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…" if width > 0 else ""


def _choose(columns: Sequence[Column], width: int) -> tuple[list[Column], list[str]]:
    kept = list(columns)
    left_out: list[str] = []
    while len(kept) > 1 and _total([column.narrowest for column in kept]) > width:
        last = max(range(len(kept)), key=lambda place: (kept[place].drop, place))
        left_out.append(kept.pop(last).head)
    return kept, left_out


def _narrow(columns: Sequence[Column], width: int) -> list[int]:
    """Widths that fit: the widest column that can still give way is made one cell narrower, again and again."""
    widths = [min(column.widest, width) for column in columns]
    while _total(widths) > width:
        spare = [place for place, column in enumerate(columns) if widths[place] > column.narrowest]
        if not spare:
            break
        widths[max(spare, key=lambda place: widths[place])] -= 1
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _join(cells: Sequence[str], widths: Sequence[int], rights: Sequence[bool]) -> str:
    padded = (_pad(clip(cell, width), width, right) for cell, width, right in zip(cells, widths, rights, strict=True))
    return (" " * GAP).join(padded).rstrip()


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * max(width - cell_len(cell), 0)
    return space + cell if right else cell + space
