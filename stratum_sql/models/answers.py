"""What a kept model's estimator says of a matrix: by the library, or trees of LightGBM by the kernel, bit for bit."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from stratum_sql.execute.boosted import Trees, predicted, trees_of
from stratum_sql.models.stored import StoredModel

_TREES: WeakKeyDictionary[StoredModel, Trees | None] = WeakKeyDictionary()


def answers(model: StoredModel, matrix: Any, *, probabilities: bool, threads: int = 1) -> tuple[Any, Any]:
    """The predictions, (rows,), of classes their numbers; and if asked for, the probabilities, (rows, classes).

    `threads` are for a library that gives the same numbers on any number of them.
    """
    estimator = model.estimator
    if type(estimator).__module__.partition(".")[0] != "lightgbm":
        values = estimator.predict(matrix)
        return values, estimator.predict_proba(matrix) if probabilities else None
    trees, more = _trees(model), {"num_threads": threads}
    if model.classes is None:
        return predicted(estimator, trees, "predict", matrix, **more), None
    shares = predicted(estimator, trees, "predict_proba", matrix, **more)
    return estimator.classes_[np.argmax(shares, axis=1)], shares if probabilities else None  # as its `predict` does


def _trees(model: StoredModel) -> Trees | None:
    """The model's trees, read once; models that are in use alone are kept."""
    if model not in _TREES:
        _TREES[model] = trees_of(model.estimator)
    return _TREES[model]
