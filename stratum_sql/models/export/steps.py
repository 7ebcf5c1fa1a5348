"""The steps of an exported pipeline that scikit-learn has not: each holds what was learned, and learns nothing.

Input is a DataFrame or an array of shape (rows, columns); None, NaN, NaT and NA all count as NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from stratum_sql.catalog.columns import Block, CategoryColumn, Column, Inputs, Kind, Part, stack
from stratum_sql.catalog.registry import transform
from stratum_sql.catalog.sklearn_like import frame
from stratum_sql.execute.duckdb import read_item
from stratum_sql.execute.operators import compute
from stratum_sql.trust.private import private_connection


class _Fixed(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A transformer that has learned already."""

    def fit(self, _rows: Any, _y: Any = None) -> Self:
        """Nothing is learned."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class SqlColumn(_Fixed):
    """One column, (rows, 1): scalar SQL of DuckDB over the columns of a DataFrame, which it reads by their names.

    It runs on a connection of its own that can reach nothing else. Raises duckdb.Error for a column that is not there.
    """

    def __init__(self, sql: str, duckdb_type: str, kind: Kind) -> None:
        self.sql, self.duckdb_type, self.kind = sql, duckdb_type, kind

    def transform(self, rows: pd.DataFrame) -> Any:
        """The column as float64, text or datetime64."""
        with closing(private_connection()) as connection:
            connection.register("__rows", pa.Table.from_pandas(rows, preserve_index=False))
            item = read_item(self.sql, self.duckdb_type, self.kind)
            values = connection.sql(f"SELECT {item} FROM __rows").to_arrow_table().column(0).combine_chunks()
        return _rows_of(Column(self.sql, self.kind, values))


class SqlOfNumbers(_Fixed):
    """One column of float64, (rows, 1): scalar SQL of DuckDB over a matrix; `{0}` is its first column."""

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def transform(self, rows: Any) -> NDArray[np.float64]:
        """NaN is NULL, before and after."""
        with closing(private_connection()) as connection:
            given = Inputs(_columns(rows, ["number"] * np.shape(rows)[1]))
            return compute(connection, self.sql, "column", given).numbers.reshape(-1, 1)


class Fitted(_Fixed):
    """A transform of the catalogue with the state it was fitted to, over columns of these kinds."""

    def __init__(self, name: str, params: dict[str, Any], state: dict[str, Any], kinds: Sequence[Kind]) -> None:
        self.name, self.params, self.state, self.kinds = name, params, state, kinds

    def transform(self, rows: Any) -> Any:
        """A matrix of float64, CSR if the transform gives it so; categories as text. Raises ValueError as it does."""
        spec = transform(self.name)
        assert spec is not None
        return _united(spec.apply(self.state, Inputs(_parts(rows, self.kinds)), self.params))


class Labelled(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A classifier that was trained on the numbers of its classes, and names them; `classes_` are their names."""

    def __init__(self, estimator: Any, classes: Sequence[Any]) -> None:
        self.estimator, self.classes = estimator, classes

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes in the order of the estimator's numbers."""
        return class_values(self.classes)

    def fit(self, _rows: Any, _y: Any = None) -> Self:
        """Nothing is learned."""
        return self

    def predict(self, rows: Any) -> NDArray[Any]:
        """The class of each row."""
        codes = np.asarray(self.estimator.predict(rows)).reshape(-1).astype(np.int64)
        found: NDArray[Any] = self.classes_[codes]
        return found

    def predict_proba(self, rows: Any) -> NDArray[np.float64]:
        """(rows, classes)."""
        return np.asarray(self.estimator.predict_proba(rows))

    def __sklearn_is_fitted__(self) -> bool:
        return True


def class_values(classes: Sequence[Any]) -> NDArray[Any]:
    """Classes as an array that scikit-learn can hold: of one type where they have one, else of objects."""
    kinds = {type(one) for one in classes}
    plain = len(kinds) == 1 and kinds <= {bool, int, float, str}
    return np.asarray(list(classes), dtype=None if plain else object)


def _parts(rows: Any, kinds: Sequence[Kind]) -> list[Part]:
    if sparse.issparse(rows):
        return [Block(sparse.csr_matrix(rows, dtype=np.float64), tuple(f"x{at}" for at in range(rows.shape[1])))]
    return [*_columns(rows, kinds)]


def _columns(rows: Any, kinds: Sequence[Kind]) -> list[Column]:
    data = frame(rows)
    every = list(kinds) if len(kinds) == data.shape[1] else ["number"] * data.shape[1]
    return [_column(str(name), data.iloc[:, at], every[at]) for at, name in enumerate(data.columns)]  # type: ignore[arg-type]


def _column(name: str, values: pd.Series[Any], kind: Kind) -> Column:
    if kind == "number":
        return Column(name, kind, values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))
    if kind == "text":
        return Column(name, kind, pa.array(values.astype(object).where(values.notna(), None), pa.string()))
    return Column(name, kind, pa.array(pd.to_datetime(values), pa.timestamp("us")))


def _united(parts: Sequence[Part]) -> Any:
    if any(isinstance(part, CategoryColumn) and part.kind == "text" for part in parts):
        return np.hstack([_rows_of(part) for part in parts if isinstance(part, Column)])
    return stack(parts)


def _rows_of(column: Column) -> Any:
    if column.kind == "number":
        return column.numbers.reshape(-1, 1)
    values = pd.Series(column.times if column.kind == "time" else column.texts)
    return values.where(values.notna(), np.nan if column.kind == "text" else pd.NaT).to_numpy().reshape(-1, 1)
