"""Small tables with what boosters meet: weights, gaps, constant columns, columns of few values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.estimators import build, class_of, estimator
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.execute.values import read_only

SEED = 11


@dataclass(frozen=True, eq=False)
class Rows:
    """Training rows, other rows to predict, and what belongs to the training rows."""

    matrix: Any
    target: np.ndarray[Any, Any]
    weight: np.ndarray[Any, Any]
    others: Any


def rows(task: str, *, count: int = 400, gaps: bool = True, sparse: bool = False, seed: int = 5) -> Rows:
    """`count` rows for binary, multiclass, regression, or counts (a target of small whole numbers)."""
    drawn = np.random.default_rng(seed)
    table = drawn.normal(size=(2 * count, 8))
    signal = table[:, 0] + table[:, 1] * table[:, 2] + 0.5 * drawn.normal(size=2 * count)
    table[:, 3] = 1.5
    table[:, 4] = np.round(table[:, 4])
    table[:, 5] = drawn.random(2 * count) < 0.04
    if gaps:
        table[drawn.random(table.shape) < 0.05] = np.nan
    if sparse:
        from scipy.sparse import csr_matrix

        table[drawn.random(table.shape) < 0.6] = 0.0
        table = csr_matrix(table)
    target = {
        "binary": (signal > 0).astype(np.int64),
        "multiclass": np.digitize(signal, [-0.8, 0.4]).astype(np.int64),
        "regression": signal,
        "counts": np.floor(np.exp(np.clip(signal, -2, 2))),
    }[task]
    weight = drawn.uniform(0.2, 3.0, size=count)
    return Rows(read_only(table[:count]), read_only(target[:count]), read_only(weight), read_only(table[count:]))


def spec_of(name: str) -> EstimatorSpec:
    found = estimator(name)
    assert found is not None
    return found


def fit(name: str, params: dict[str, Any], data: Rows, *, weighted: bool = False, seed: int = SEED) -> Any:
    """The plain way: the library's own fit."""
    made = build(spec_of(name), params, seed, 1)
    return made.fit(data.matrix, data.target, **({"sample_weight": data.weight} if weighted else {}))


def full(name: str, params: dict[str, Any]) -> dict[str, Any]:
    return dict(spec_of(name).defaults) | params


def tell(model: Any, data: Rows) -> dict[str, np.ndarray[Any, Any]]:
    """All that a model says of rows it has not seen."""
    methods = [name for name in ("predict", "predict_proba", "decision_function") if hasattr(model, name)]
    return {name: getattr(model, name)(data.others) for name in methods}


def assert_same(one: Any, other: Any, data: Rows) -> None:
    """Both say the same, bit for bit, and not always the same thing of every row."""
    left, right = tell(one, data), tell(other, data)
    assert left.keys() == right.keys()
    for name, values in left.items():
        assert values.dtype == right[name].dtype
        assert np.array_equal(values, right[name]), name


def is_class(name: str, model: Any) -> bool:
    return type(model) is class_of(spec_of(name))
