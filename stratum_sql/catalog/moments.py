"""Mean and variance of a column, by the Rust kernel: fixed chunks, merged in a fixed order.

The result depends on the values and their order alone, never on the number of threads; NULL (NaN) is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stratum_sql import kernels

CHUNK = 65_536  # rows; fixed in the kernel, since another cut would give other last bits


@dataclass(frozen=True, slots=True)
class Moments:
    """`count` values that are not NaN, their `mean`, and `m2`, the sum of squared distances to it; NaN for none."""

    count: int
    mean: float
    m2: float


def moments(values: NDArray[np.float64]) -> Moments:
    """The moments of `values`, float64 of shape (n,)."""
    found = kernels.moments(np.ascontiguousarray(values))
    count = int(found.count[0])
    return Moments(count, float(found.mean[0]), float(found.m2[0]) if count else float("nan"))


def merge(left: Moments, right: Moments) -> Moments:
    """The moments of two disjoint sets of rows together (Chan, Golub and LeVeque)."""
    if left.count == 0 or right.count == 0:
        return right if left.count == 0 else left
    count = left.count + right.count
    distance = right.mean - left.mean
    mean = left.mean + distance * (right.count / count)
    return Moments(count, mean, left.m2 + right.m2 + distance * distance * (left.count * (right.count / count)))
