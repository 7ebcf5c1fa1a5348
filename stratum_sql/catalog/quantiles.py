"""Medians and percentiles of a column, numpy's to the last bit.

A number in its sorted place is found by splitting the column there, and what is left and right of it is split again:
numpy does one split by vectors, and several at a time number by number, which takes many times as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Ordered:
    """A column of n numbers, of which single ones are put in their sorted place when asked for; NaN is left out."""

    def __init__(self, values: Floats) -> None:
        missing = np.isnan(values)
        self._values = values[~missing] if missing.any() else values.copy()
        self._splits = [-1, len(self._values)]  # sorted places that are taken, between the two outer ends

    def __len__(self) -> int:
        return len(self._values)

    def at(self, place: int) -> float:
        """The number at this place of the sorted column, from 0."""
        if place not in self._splits:
            after = int(np.searchsorted(self._splits, place))
            first = self._splits[after - 1] + 1
            self._values[first : self._splits[after]].partition(place - first)
            self._splits.insert(after, place)
        return float(self._values[place])

    def median(self) -> float:
        """NaN for no numbers; `numpy.nanmedian`."""
        if not len(self):
            return math.nan
        half = len(self) // 2
        upper = self.at(half)
        # both through numpy, whose sum overflows to infinity as that of its median does
        return upper if len(self) % 2 else float(np.mean([self.at(half - 1), upper]))

    def percentiles(self, percents: Sequence[float]) -> Floats:
        """By a straight line between two numbers, NaN for no numbers; `numpy.nanpercentile`."""
        return np.array([self._percentile(percent) for percent in percents], dtype=np.float64)

    def _percentile(self, percent: float) -> float:
        if not len(self):
            return math.nan
        place = (len(self) - 1) * (percent / 100)
        lower = min(math.floor(place), len(self) - 1)
        low, share = self.at(lower), place - lower
        high = self.at(min(lower + 1, len(self) - 1))
        # numpy's line, from the nearer end
        return high - (high - low) * (1 - share) if share >= 0.5 else low + (high - low) * share
