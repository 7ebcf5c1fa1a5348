"""Predictions of fitted LightGBM models by the kernel that walks their trees, bit for bit those of the library.

The library's booster answers the first rows too, and the estimator all of them where these differ in any bit, where
the kernel refuses the model, or where there is anything unusual about model or matrix. So whatever the library raises,
it still raises.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from stratum_sql.catalog.booster_values import knows_all
from stratum_sql.kernels import BoostedTrees, Floats, KernelError

# What the kernel answers for an estimator of exactly this class, and the catalogue's name of it.
_KNOWN: Mapping[tuple[str, str], tuple[frozenset[str], str]] = {
    ("lightgbm", "LGBMRegressor"): (frozenset({"predict"}), "lightgbm_regressor"),
    ("lightgbm", "LGBMClassifier"): (frozenset({"predict_proba", "decision_function"}), "lightgbm_classifier"),
}
_HOUSE = frozenset({"verbosity", "verbose", "deterministic"})  # that the engine sets, beside the wrapper's own
_CHECKED_ROWS = 32  # that the library predicts as well
# Below, writing and reading the text of a model takes what the kernel saves. Rows; 100 trees of 31 leaves, 20 features,
# 2 cores: 16 ms with either at 2,000.
_LEAST_ROWS = 2000


class Trees:
    """The trees of one fitted model, read when they are first asked for, and how far they were walked over which rows.

    Models that are the first rounds of it share them: the second to ask goes on from the scores of the first.
    """

    def __init__(self, fitted: Any) -> None:
        self._lock = threading.Lock()
        self._fitted: Any = fitted  # None once it was read
        self._read: BoostedTrees | None = None
        self._rows: weakref.ref[Any] | None = None
        self._scores: dict[int, Floats] = {}  # by rounds, over `_rows`

    def outputs(self, rows: Any, rounds: int, *, raw: bool = False) -> Floats | None:
        """What the first `rounds` rounds predict, (n, classes), or their raw scores; None where the kernel refuses the
        model or the rows."""
        with self._lock:
            try:
                trees = self._trees()
                if trees is None:
                    return None
                scores = self._walked(trees, rows, rounds)
                return scores.copy() if raw else trees.outputs(scores)
            except (ValueError, KernelError):
                return None

    def _trees(self) -> BoostedTrees | None:
        fitted, self._fitted = self._fitted, None
        if fitted is not None:
            self._read = BoostedTrees(fitted.booster_.model_to_string())
        return self._read

    def _walked(self, trees: BoostedTrees, rows: Any, rounds: int) -> Floats:
        if self._rows is None or self._rows() is not rows:
            self._rows, self._scores = weakref.ref(rows), {}
        if rounds not in self._scores:
            start = max((done for done in self._scores if done < rounds), default=0)
            self._scores[rounds] = trees.scores(rows, rounds, start, self._scores.get(start))
        return self._scores[rounds]


def trees_of(fitted: Any) -> Trees | None:
    """The trees of a fitted estimator, to be shared; None for anything but LightGBM's own estimators."""
    return Trees(fitted) if _kind(fitted) is not None else None


def predicted(estimator: Any, trees: Trees | None, method: str, rows: Any, **more: Any) -> Any:
    """`estimator.method(rows, **more)`, bit for bit; `trees` are those of a model that the estimator is the first
    rounds of. `more` are arguments that change no number, such as the library's threads.

    Raises what the estimator raises.
    """
    if trees is None or not _is_usual(estimator, method, rows):
        return getattr(estimator, method)(rows, **more)
    raw = method == "decision_function"
    outputs = trees.outputs(rows, _rounds(estimator.booster_), raw=raw)
    if outputs is None or not _begins_as_the_library(estimator.booster_, rows, outputs, raw=raw):
        return getattr(estimator, method)(rows, **more)
    return _as_answered(method, outputs)


def _rounds(booster: Any) -> int:
    """The rounds that a booster predicts with: those up to the best one, if its training stopped early."""
    return int(booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration())


def _kind(estimator: Any) -> tuple[frozenset[str], str] | None:
    kind = type(estimator)
    return _KNOWN.get((kind.__module__.split(".")[0], kind.__name__))


def _is_usual(estimator: Any, method: str, rows: Any) -> bool:
    """Whether this is a plain prediction of a plain matrix, and long enough for the kernel to be faster."""
    known = _kind(estimator)
    if known is None or method not in known[0] or not _has_known_parameters(estimator, known[1]):
        return False
    plain = type(rows) is np.ndarray and rows.ndim == 2 and rows.dtype in (np.float64, np.float32)
    return plain and 0 < len(rows) >= _LEAST_ROWS


def _has_known_parameters(estimator: Any, name: str) -> bool:
    """Whether no parameter can change how predictions are made, as `pred_early_stop` does; the catalogue has none."""
    params: dict[str, Any] = estimator.get_params()
    own = _own_parameters(estimator.__class__)
    return knows_all(name, {one: value for one, value in params.items() if one not in own and one not in _HOUSE})


@cache
def _own_parameters(kind: type[Any]) -> frozenset[str]:
    """The parameters that estimators of a class have by themselves."""
    return frozenset(kind().get_params())


def _begins_as_the_library(booster: Any, rows: Any, outputs: Floats, *, raw: bool) -> bool:
    """Whether the booster says the same of the first rows, to the last bit; the estimator's own checks of its arguments
    would take six times as long."""
    first = booster.predict(rows[:_CHECKED_ROWS], raw_score=raw, num_threads=1)
    made = outputs[:_CHECKED_ROWS] if first.ndim == 2 else outputs[:_CHECKED_ROWS, 0]
    return bool(made.dtype == first.dtype and np.array_equal(made, first))


def _as_answered(method: str, outputs: Floats) -> Floats:
    """The form in which LightGBM's estimators give the outputs of their booster."""
    if outputs.shape[1] > 1:
        return outputs
    return outputs[:, 0] if method != "predict_proba" else np.vstack((1.0 - outputs[:, 0], outputs[:, 0])).transpose()
