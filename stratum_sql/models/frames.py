"""Models that take a DataFrame, made elsewhere: scikit-learn pipelines and ONNX graphs, as estimators of our kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from stratum_sql.catalog.columns import Column
from stratum_sql.errors import Diagnostic, RunError


def frame_of(columns: Sequence[Column]) -> pd.DataFrame:
    """Columns as a DataFrame: float64, object of str, datetime64; NULL is NaN, or NaT."""
    return pd.DataFrame({column.name: _series(column) for column in columns})


def _series(column: Column) -> pd.Series[Any]:
    if column.kind == "number":
        return pd.Series(column.numbers)
    if column.kind == "time":
        return pd.Series(column.times)
    texts = pd.Series(column.texts, dtype=object)
    return texts.where(texts.notna(), np.nan)


class OverFrame(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A regressor over a DataFrame: one number a row, or one a target."""

    def __init__(self, made: Any) -> None:
        self.made = made

    def fit(self, _rows: Any, _target: Any = None) -> OverFrame:
        """Nothing is learned."""
        return self

    def predict(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """float64, (rows,), or (rows, targets)."""
        made = np.asarray(self.made.predict(rows), dtype=np.float64)
        return made if made.ndim == 2 and made.shape[1] > 1 else made.reshape(-1)

    def __sklearn_is_fitted__(self) -> bool:
        return True


class ClassesOverFrame(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier over a DataFrame that names classes, as one that numbers them."""

    def __init__(self, made: Any, labels: Sequence[Any]) -> None:
        self.made, self.labels = made, labels
        self.classes_ = np.arange(len(labels))

    def fit(self, _rows: Any, _target: Any = None) -> ClassesOverFrame:
        """Nothing is learned."""
        return self

    def predict(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """The number of each row's class. Raises RunError for a class that the model did not name before."""
        known = {label: at for at, label in enumerate(self.labels)}
        named = np.asarray(self.made.predict(rows)).reshape(-1).tolist()
        try:
            return np.array([known[one] for one in named], dtype=np.int64)
        except KeyError as error:
            message = f"the model predicts {str(error)[:60]}, which is none of its classes"
            raise RunError(Diagnostic("predict_failed", message, "run")) from None

    @property
    def predict_proba(self) -> Any:
        """(rows, classes); there is none where the model has none."""
        return self.made.predict_proba

    def __sklearn_is_fitted__(self) -> bool:
        return True


def over_frame(made: Any, labels: Sequence[Any] | None) -> Any:
    """What was made elsewhere as an estimator whose classes are numbers, as those of our own models are."""
    return OverFrame(made) if labels is None else ClassesOverFrame(made, labels)
