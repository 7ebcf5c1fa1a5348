"""The statements: twelve feature sets over one table, each with so many ridge and elastic-net penalties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from queries.linear.make_data import CATEGORIES, GAPS, NUMBERS, TABLE

FOLDS = 5
ALPHAS = 25  # penalties of each of the two estimators in a statement
RIDGE = (-3.0, 4.0)  # powers of ten
ELASTIC_NET = (-3.0, 0.0)


def feature_sets() -> dict[str, tuple[str, ...]]:
    """Select items by the name of their set: they differ as attempts at one question do."""
    first, last, full = NUMBERS[:5], NUMBERS[5:], tuple(name for name in NUMBERS if name not in GAPS)
    return {
        "everything, scaled": (*_scaled(NUMBERS), *_hot(CATEGORIES)),
        "everything, as it is": (*_filled(NUMBERS), *_hot(CATEGORIES)),
        "the first category left out": (*_scaled(NUMBERS), *_hot(CATEGORIES, drop=True)),
        "medians and flags": (*_scaled(NUMBERS, "median"), *_flags(), *_hot(CATEGORIES)),
        "numbers, scaled": _scaled(NUMBERS),
        "numbers, as they are": _filled(NUMBERS),
        "the first half": (*_scaled(first), *_hot(["c1", "c2"])),
        "the second half": (*_scaled(last), *_hot(["c2", "c3"])),
        "without gaps": (*_scaled(full), *_hot(CATEGORIES, drop=True)),
        "the smallest category": (*_scaled(NUMBERS), *_hot(["c1"])),
        "the largest category": (*_filled(NUMBERS, "median"), *_hot(["c3"], drop=True)),
        "flags instead of numbers": (*_scaled(full), *_flags(), *_hot(["c1", "c3"])),
    }


def statements(alphas: int = ALPHAS) -> list[tuple[str, str]]:
    """Name and text of each statement; together they have 24 * `alphas` trials."""
    return [(name, statement(items, alphas)) for name, items in feature_sets().items()]


def statement(items: Sequence[str], alphas: int) -> str:
    """One statement with `alphas` penalties of each estimator."""
    ridge, elastic_net = _penalties(*RIDGE, alphas), _penalties(*ELASTIC_NET, alphas)
    return (
        f"SELECT {', '.join(items)}, y FROM {TABLE}\n"
        f"TRAIN MODEL ridge(alpha => {ridge}), elastic_net(alpha => {elastic_net})\n"
        f"TARGET y CROSS VALIDATE {FOLDS} METRIC r2, rmse"
    )


def _penalties(low: float, high: float, count: int) -> str:
    return f"[{', '.join(f'{value:.6g}' for value in np.logspace(low, high, count))}]"


def _filled(names: Sequence[str], strategy: str = "mean") -> tuple[str, ...]:
    return tuple(f"impute({name}, '{strategy}') AS {name}" if name in GAPS else name for name in names)


def _scaled(names: Sequence[str], strategy: str = "mean") -> tuple[str, ...]:
    inner = (f"impute({name}, '{strategy}')" if name in GAPS else name for name in names)
    return tuple(f"standard_scale({value}) AS {name}" for name, value in zip(names, inner, strict=True))


def _flags() -> tuple[str, ...]:
    return tuple(f"missing_flag({name}) AS {name}_missing" for name in GAPS)


def _hot(names: Sequence[str] | dict[str, int], *, drop: bool = False) -> tuple[str, ...]:
    return tuple(f"one_hot({name}, drop => 'first')" if drop else f"one_hot({name})" for name in names)
