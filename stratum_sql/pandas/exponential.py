"""Exponentially weighted windows: `ewm(…).mean()`, `var` and `std`, of a column or in groups.

Each value needs the one before it, which no window of SQL gives, so they are done list by list (`window_lists.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined, literal
from stratum_sql.pandas.kinds import FLOAT, is_integer
from stratum_sql.pandas.weighted_functions import NAMES
from stratum_sql.pandas.window_lists import by_lists
from stratum_sql.pandas.windows import Found, Rows


@dataclass(frozen=True)
class Weights:
    """How much rows before count: the centre of mass, as pandas computes it of any of the four ways to say it."""

    com: float
    adjust: bool
    ignore_na: bool
    least: int

    @staticmethod
    def of(com: Any, span: Any, halflife: Any, alpha: Any, min_periods: Any, adjust: Any, ignore_na: Any) -> Weights:
        """Raises Declined for what pandas does otherwise, or raises."""
        given = [one for one in (com, span, halflife, alpha) if one is not None]
        if len(given) != 1 or isinstance(given[0], bool) or not isinstance(given[0], int | float | np.number):
            raise Declined("other than one number for the weights")
        if type(adjust) is not bool or type(ignore_na) is not bool or type(min_periods) is not int or min_periods < 0:
            raise Declined("these arguments")
        (value,) = given
        least, most = (1 if span is not None else 0), (1 if alpha is not None else math.inf)
        if not math.isfinite(value) or not least <= value <= most or value == 0:
            raise Declined("weights of this kind")
        return Weights(_centre(com, span, halflife, alpha), adjust, ignore_na, min_periods)


def _centre(com: Any, span: Any, halflife: Any, alpha: Any) -> float:
    if com is not None:
        return float(com)
    if span is not None:
        return float((span - 1) / 2)
    if halflife is not None:
        decay = 1 - np.exp(np.log(0.5) / halflife)
        return float(1 / decay - 1)
    return float((1 - alpha) / alpha)


def smoothed(rows: Rows, value: Expr, weights: Weights, name: str) -> Found:
    """The weighted aggregate of each row and those before it. Raises Declined."""
    if name not in NAMES:
        raise Declined(f"{name} of exponential windows")
    if value.dtype != FLOAT and not (is_integer(value.dtype) and value.dtype.kind == "i"):
        raise Declined(f"exponential windows of {value.dtype}")
    told = f"{str(weights.adjust).lower()}, {str(weights.ignore_na).lower()}, {weights.least}"
    com = literal(weights.com, FLOAT)
    return by_lists(rows, value, lambda whole, _: joined(f"ewm_{name}({{}}, {{}}, {told})", whole, com))
