"""Boxes in columns from left to right: who stands above whom, at which height, and the way of every arrow.

An arrow over more than one column gets a place of its own in each column between, so that it passes between boxes.
The order in a column follows the neighbours' middle; heights are those nearest to the neighbours' that leave the gaps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

HEIGHT, GAP, LANE = 58.0, 14.0, 8.0  # pixels: a box, between two, what an arrow needs that passes by
_SWEEPS = 6  # to and fro; more changes nothing that the eye sees

Arrow = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """`tops` of the boxes in pixels, by box; `ways` by arrow: the heights at which it passes the columns between its
    ends; `height` of the whole."""

    tops: tuple[float, ...]
    ways: Mapping[Arrow, tuple[float, ...]]
    height: float


def laid_out(columns: Sequence[int], arrows: Sequence[Arrow]) -> Layout:
    """Places for boxes, given the column of each. Every arrow goes to a column further right. Boxes of one column keep
    a gap, and never overlap."""
    grid = _Grid(columns, arrows)
    for sweep in range(_SWEEPS):
        grid.order(forwards=sweep % 2 == 0)
    for sweep in range(_SWEEPS):
        grid.move(forwards=sweep % 2 == 1)
    return grid.layout()


class _Grid:
    """Boxes and the lanes of long arrows, both as numbers: boxes first, as they are given."""

    def __init__(self, columns: Sequence[int], arrows: Sequence[Arrow]) -> None:
        self.boxes = len(columns)
        self.column = list(columns)
        self.lanes: dict[Arrow, list[int]] = {}
        self.left: list[list[int]] = [[] for _ in columns]
        self.right: list[list[int]] = [[] for _ in columns]
        for arrow in arrows:
            self._join(arrow)
        self.rows: list[list[int]] = [[] for _ in range(max(self.column, default=-1) + 1)]
        for item, column in enumerate(self.column):
            self.rows[column].append(item)
        self.middles = [0.0] * len(self.column)
        for row in self.rows:
            self._place(row, [0.0] * len(row))

    def _join(self, arrow: Arrow) -> None:
        start, end = arrow
        lanes = [self._lane(column) for column in range(self.column[start] + 1, self.column[end])]
        self.lanes[arrow] = lanes
        chain = [start, *lanes, end]
        for one, other in pairwise(chain):
            self.right[one].append(other)
            self.left[other].append(one)

    def _lane(self, column: int) -> int:
        self.column.append(column)
        self.left.append([])
        self.right.append([])
        return len(self.column) - 1

    def _size(self, item: int) -> float:
        return HEIGHT if item < self.boxes else LANE

    def order(self, *, forwards: bool) -> None:
        """Sort every column by where its neighbours on one side stand."""
        for row in self.rows if forwards else reversed(self.rows):
            wanted = [(self._wanted(item, forwards), place, item) for place, item in enumerate(row)]
            row[:] = [item for _, _, item in sorted(wanted)]
            self._place(row, [0.0] * len(row))

    def move(self, *, forwards: bool) -> None:
        """Bring every column as near to its neighbours on one side as its gaps allow."""
        for row in self.rows if forwards else reversed(self.rows):
            self._place(row, [self._wanted(item, forwards) for item in row])

    def _wanted(self, item: int, forwards: bool) -> float:
        near = self.left[item] if forwards else self.right[item]
        return sum(self.middles[one] for one in near) / len(near) if near else self.middles[item]

    def _place(self, row: Sequence[int], wanted: Sequence[float]) -> None:
        offsets = [0.0] * len(row)
        for place in range(1, len(row)):
            apart = (self._size(row[place - 1]) + self._size(row[place])) / 2 + GAP
            offsets[place] = offsets[place - 1] + apart
        shifted = rising([want - offset for want, offset in zip(wanted, offsets, strict=True)])
        for item, base, offset in zip(row, shifted, offsets, strict=True):
            self.middles[item] = base + offset

    def layout(self) -> Layout:
        tops = [middle - self._size(item) / 2 for item, middle in enumerate(self.middles)]
        highest = min(tops, default=0.0)
        lowest = max((top + self._size(item) for item, top in enumerate(tops)), default=0.0)
        ways = {
            arrow: tuple(round(self.middles[lane] - highest, 1) for lane in lanes)
            for arrow, lanes in self.lanes.items()
        }
        return Layout(tuple(round(top - highest, 1) for top in tops[: self.boxes]), ways, round(lowest - highest, 1))


def rising(wanted: Sequence[float]) -> list[float]:
    """The numbers that never fall and are nearest to those wanted, by least squares: neighbours that would fall are
    pooled."""
    pools: list[tuple[float, int]] = []  # sum, count
    for value in wanted:
        total, count = value, 1
        while pools and pools[-1][0] * count >= total * pools[-1][1]:
            above, more = pools.pop()
            total, count = total + above, count + more
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
