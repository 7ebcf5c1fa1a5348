"""A host program's own classes: some record the rows they are fitted on, some fail, each in its own way."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.linear_model import Ridge

from stratum_sql import _rust_udfs

Rows = frozenset[int]
FITTED: list[tuple[str, Rows]] = []  # what was fitted on which values of its first column
APPLIED: list[tuple[str, Rows]] = []
_lock = threading.Lock()


def _note(log: list[tuple[str, Rows]], who: str, matrix: Any) -> None:
    with _lock:
        log.append((who, frozenset(int(value) for value in np.asarray(matrix)[:, 0])))


class SpyTransform(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Passes its columns on; the first is the row's id."""

    def __init__(self, tag: str = "transform") -> None:
        self.tag = tag

    def fit(self, matrix: Any, y: Any = None) -> SpyTransform:
        _note(FITTED, self.tag, matrix)
        return self

    def transform(self, matrix: Any) -> Any:
        _note(APPLIED, self.tag, matrix)
        return matrix


class SpyModel(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge over every column but the first, which is the row's id."""

    def __init__(self, alpha: float = 1.0, tag: str = "model") -> None:
        self.alpha, self.tag = alpha, tag

    def fit(self, matrix: Any, y: Any) -> SpyModel:
        _note(FITTED, self.tag, matrix)
        self.inner_ = Ridge(alpha=self.alpha).fit(np.asarray(matrix)[:, 1:], y)
        return self

    def predict(self, matrix: Any) -> Any:
        _note(APPLIED, self.tag, matrix)
        return self.inner_.predict(np.asarray(matrix)[:, 1:])


class Panic(BaseException):
    """As a native library's panic arrives: no Exception."""


FAULTS: dict[str, type[BaseException]] = {
    "ValueError": ValueError,
    "SystemExit": SystemExit,
    "MemoryError": MemoryError,
    "RecursionError": RecursionError,
    "KeyError": KeyError,
    "Panic": Panic,
}


def _fail(kind: str) -> None:
    if kind == "exit":
        sys.exit(3)
    if kind == "deep":
        _fail(kind)
    if kind == "kernel":
        _rust_udfs._panic_for_test("kernel on purpose")
    raise FAULTS[kind](f"{kind} on purpose")


class FaultyModel(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Fails in `phase` (fit or predict) as `kind` says; with `rows`, only where it is given fewer training rows."""

    def __init__(self, kind: str = "ValueError", phase: str = "fit") -> None:
        self.kind, self.phase = kind, phase

    def fit(self, matrix: Any, y: Any) -> FaultyModel:
        if self.phase == "fit":
            _fail(self.kind)
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, matrix: Any) -> Any:
        if self.phase == "predict":
            _fail(self.kind)
        return np.full(matrix.shape[0], self.mean_)


class FaultyTransform(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fails in `phase` (fit or transform)."""

    def __init__(self, kind: str = "ValueError", phase: str = "fit") -> None:
        self.kind, self.phase = kind, phase

    def fit(self, matrix: Any) -> FaultyTransform:
        if self.phase == "fit":
            _fail(self.kind)
        return self

    def transform(self, matrix: Any) -> Any:
        if self.phase == "transform":
            _fail(self.kind)
        return matrix


class Sleeper(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Takes its time over each fit, until `AWAKE` is set."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.seconds = seconds

    def fit(self, matrix: Any, y: Any) -> Sleeper:
        ASLEEP.set()
        AWAKE.wait(self.seconds)
        time.sleep(0)
        return self

    def predict(self, matrix: Any) -> Any:
        return np.zeros(matrix.shape[0])


AWAKE, ASLEEP = threading.Event(), threading.Event()


class Vandal(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Writes into what it is given, as no estimator should."""

    def __init__(self, what: str = "matrix") -> None:
        self.what = what

    def fit(self, matrix: Any, y: Any, sample_weight: Any = None) -> Vandal:
        target = {"matrix": matrix, "y": y, "weight": sample_weight}[self.what]
        target[...] = 0
        return self

    def predict(self, matrix: Any) -> Any:
        return np.zeros(matrix.shape[0])
