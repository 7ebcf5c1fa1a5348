"""Transformers that scikit-learn has not, written its way: plain pandas and numpy, one column after the other.

They are the right answer for the transforms of the same meaning, and the steps of exported pipelines. Input is a
DataFrame or an array of shape (rows, columns); None, NaN and NaT all count as NULL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import OneHotEncoder, TargetEncoder

Rows = Any  # pandas.DataFrame or numpy.ndarray of shape (rows, columns)
Names = NDArray[Any]


def frame(rows: Rows) -> pd.DataFrame:
    """`rows` as a DataFrame; columns without names are called x0, x1, …, as in scikit-learn."""
    if isinstance(rows, pd.DataFrame):
        return rows
    return pd.DataFrame(rows, columns=[f"x{at}" for at in range(np.shape(rows)[1])])


def category_text(value: Any) -> str:
    """A category as text; whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


class ColumnTransformerBase(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Names in, names out: subclasses set `names_` in `fit`, the names of their columns out."""

    names_: list[str]

    def fit(self, rows: Rows, y: Any = None) -> Self:
        data = frame(rows)
        self.feature_names_in_ = np.asarray(data.columns, dtype=object)
        self.n_features_in_ = data.shape[1]
        self._learn(data)
        return self

    def _learn(self, data: pd.DataFrame) -> None:
        self.names_ = list(data.columns)

    def get_feature_names_out(self, _names: Any = None) -> Names:
        return np.asarray(self.names_, dtype=object)


class NullToNan(ColumnTransformerBase):
    """None in columns of text becomes NaN, which scikit-learn's encoders count as missing."""

    def transform(self, rows: Rows) -> pd.DataFrame:
        data = frame(rows)
        return pd.DataFrame({name: _with_nan(data[name]) for name in data.columns})


def _with_nan(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.where(column.notna(), np.nan) if column.dtype == object else column


class MissingFlag(ColumnTransformerBase):
    """1.0 where a value is NULL."""

    def _learn(self, data: pd.DataFrame) -> None:
        self.names_ = [f"missingindicator_{name}" for name in data.columns]

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        return frame(rows).isna().to_numpy(dtype=np.float64)


class ClipOutliers(ColumnTransformerBase):
    """Numbers cut to two quantiles of the training rows."""

    def __init__(self, low: float = 0.01, high: float = 0.99) -> None:
        self.low = low
        self.high = high

    def _learn(self, data: pd.DataFrame) -> None:
        if np.isinf(data.to_numpy(dtype=np.float64)).any():
            raise ValueError("infinity in the input")
        super()._learn(data)
        self.low_ = data.quantile(self.low)
        self.high_ = data.quantile(self.high)

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        data = frame(rows).astype(np.float64)
        return data.clip(self.low_, self.high_, axis=1).to_numpy()


class DropConstant(ColumnTransformerBase):
    """The columns whose variance exceeds `threshold`; for 0, those with two different values."""

    def __init__(self, threshold: float = 0.0) -> None:
        self.threshold = threshold

    def _learn(self, data: pd.DataFrame) -> None:
        if np.isinf(data.to_numpy(dtype=np.float64)).any():
            raise ValueError("infinity in the input")
        self.names_ = [name for name in data.columns if self._varies(data[name])]

    def _varies(self, column: pd.Series[Any]) -> bool:
        if self.threshold == 0:
            return column.nunique() > 1
        return bool(column.var(ddof=0) > self.threshold)

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        return frame(rows)[self.names_].to_numpy(dtype=np.float64)


class CountEncoder(ColumnTransformerBase):
    """How many training rows have this category, NULL being one; 0 for categories not seen."""

    def __init__(self, normalize: bool = False) -> None:
        self.normalize = normalize

    def _learn(self, data: pd.DataFrame) -> None:
        super()._learn(data)
        self.rows_ = len(data)
        self.counts_ = {name: data[name].value_counts() for name in data.columns}
        self.nulls_ = {name: int(data[name].isna().sum()) for name in data.columns}

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        data = frame(rows)
        columns = [
            data[name]
            .map(self.counts_[name])
            .astype(np.float64)
            .fillna(0.0)
            .where(data[name].notna(), self.nulls_[name])
            for name in data.columns
        ]
        return np.column_stack(columns) / (self.rows_ if self.normalize else 1)


class WholeTargetEncoder(TargetEncoder):  # type: ignore[misc]  # scikit-learn is untyped
    """A TargetEncoder without cross-fitting: training rows get the means that any other row gets."""

    def fit_transform(self, rows: Rows, y: Any) -> NDArray[np.float64]:
        encoded: NDArray[np.float64] = self.fit(rows, y).transform(rows)
        return encoded


class RareCategories(ColumnTransformerBase):
    """Categories with fewer training rows than `min_frequency`, or unseen, become `replacement`; NULL stays None."""

    def __init__(self, min_frequency: float = 10, max_categories: int | None = None, replacement: str = "rare") -> None:
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.replacement = replacement

    def _learn(self, data: pd.DataFrame) -> None:
        super()._learn(data)
        self.kept_ = {name: self._kept(data[name]) for name in data.columns}

    def _kept(self, column: pd.Series[Any]) -> set[Any]:
        counts = Counter(column.dropna())
        least = self.min_frequency * len(column) if isinstance(self.min_frequency, float) else self.min_frequency
        kept = [value for value in sorted(counts) if counts[value] >= least]
        if self.max_categories is not None and len(kept) + 1 > self.max_categories:
            by_count = sorted(kept, key=lambda value: counts[value])  # stable: of equal ones the last in order stay
            kept = by_count[len(kept) - self.max_categories + 1 :]
        return set(kept)

    def transform(self, rows: Rows) -> NDArray[Any]:
        data = frame(rows)
        out = np.full(data.shape, None, dtype=object)
        for at, name in enumerate(data.columns):
            kept = self.kept_[name]
            for row, value in enumerate(data[name]):
                if not pd.isna(value):
                    out[row, at] = category_text(value) if value in kept else self.replacement
        return out


class HashEncoder(ColumnTransformerBase):
    """Every category hashed to one of a few columns, as +1 or -1; NULL gives all 0."""

    def __init__(self, n_features: int = 16, alternate_sign: bool = True, sparse_output: bool = False) -> None:
        self.n_features = n_features
        self.alternate_sign = alternate_sign
        self.sparse_output = sparse_output

    def _learn(self, data: pd.DataFrame) -> None:
        self.names_ = [f"{name}_hash{at}" for name in data.columns for at in range(self.n_features)]

    def transform(self, rows: Rows) -> Any:
        data = frame(rows)
        hasher = FeatureHasher(self.n_features, input_type="string", alternate_sign=self.alternate_sign)
        hashed = sparse.hstack([hasher.transform(_words(data[name])) for name in data.columns], format="csr")
        return hashed if self.sparse_output else hashed.toarray()


def _words(column: pd.Series[Any]) -> list[list[str]]:
    return [[] if pd.isna(value) else [category_text(value)] for value in column]


def _texts(column: pd.Series[Any]) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in column]


class TextColumns(ColumnTransformerBase):
    """A text vectorizer of scikit-learn on each column by itself; NULL counts as ''. CSR out, columns `x_word`."""

    def __init__(self, vectorizer: Any = None) -> None:
        self.vectorizer = vectorizer

    def _learn(self, data: pd.DataFrame) -> None:
        self.vectorizers_ = {name: clone(self.vectorizer).fit(_texts(data[name])) for name in data.columns}
        self.names_ = [f"{name}_{word}" for name in data.columns for word in self._words(name)]

    def _words(self, name: str) -> list[str]:
        vectorizer = self.vectorizers_[name]
        if hasattr(vectorizer, "get_feature_names_out"):
            return list(vectorizer.get_feature_names_out())
        return [f"hash{at}" for at in range(vectorizer.n_features)]

    def transform(self, rows: Rows) -> Any:
        data = frame(rows)
        parts = [self.vectorizers_[name].transform(_texts(data[name])) for name in data.columns]
        return sparse.hstack(parts, format="csr")


class TextSvd(ColumnTransformerBase):
    """tf-idf of n-grams, reduced by a truncated SVD, divided by the total standard deviation of the training rows.

    As skrub's StringEncoder, in single precision. Where there are no more rows or n-grams than `n_components`, the
    weights of the first n-grams are the result.
    """

    def __init__(
        self,
        n_components: int = 30,
        ngram_range: tuple[int, int] = (3, 4),
        analyzer: str = "char_wb",
        random_state: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.random_state = random_state

    def fit(self, rows: Rows, y: Any = None) -> Self:
        self.fit_transform(rows)
        return self

    def fit_transform(self, rows: Rows, y: Any = None) -> NDArray[np.float64]:
        data = frame(rows)
        self.feature_names_in_ = np.asarray(data.columns, dtype=object)
        self.steps_: dict[str, tuple[TfidfVectorizer, TruncatedSVD | None, np.float32]] = {}
        reduced = {name: self._fit_column(name, _texts(data[name])) for name in data.columns}
        self.names_ = [f"{name}_{at}" for name in data.columns for at in range(reduced[name].shape[1])]
        return np.hstack(list(reduced.values())).astype(np.float64)

    def _fit_column(self, name: str, texts: list[str]) -> NDArray[np.float32]:
        tfidf = TfidfVectorizer(analyzer=self.analyzer, ngram_range=self.ngram_range)
        weights = tfidf.fit_transform(texts).astype(np.float32)
        svd = None
        if min(weights.shape) > self.n_components:
            svd = TruncatedSVD(self.n_components, random_state=self.random_state)
            with np.errstate(divide="ignore", invalid="ignore"):
                reduced = svd.fit_transform(weights)
        else:
            reduced = weights[:, : self.n_components].toarray()
        norm = total_deviation(reduced)
        self.steps_[name] = (tfidf, svd, norm)
        return np.asarray(reduced / norm)

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        data = frame(rows)
        parts = []
        for name in data.columns:
            tfidf, svd, norm = self.steps_[name]
            weights = tfidf.transform(_texts(data[name])).astype(np.float32)
            reduced = weights[:, : self.n_components].toarray() if svd is None else svd.transform(weights)
            parts.append(reduced / norm)
        return np.hstack(parts).astype(np.float64)


def total_deviation(values: NDArray[np.float32]) -> np.float32:
    """The root of the summed variances of the columns of (rows, columns), 1 where that is next to nothing: a constant
    column is not blown up. numpy's sums in single precision depend on their order, so this is the function, and the
    layout the row-major one, that skrub has."""
    total: np.float32 = np.sqrt(np.nansum(np.nanvar(values, axis=0)))
    return total if total >= 10 * np.finfo(np.float32).eps else np.float32(1)


class TextEmbed(ColumnTransformerBase):
    """An embedding function of the host program on each column; NULL counts as ''."""

    def __init__(self, embed: Callable[[list[str]], Any] | None = None) -> None:
        self.embed = embed

    def _learn(self, data: pd.DataFrame) -> None:
        assert self.embed is not None
        width = np.shape(self.embed([""]))[1]
        self.names_ = [f"{name}_embed{at}" for name in data.columns for at in range(width)]

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        assert self.embed is not None
        data = frame(rows)
        return np.hstack([np.asarray(self.embed(_texts(data[name])), dtype=np.float64) for name in data.columns])


# part: how it is read from a time, its first value, and its period for `cyclic` (0: it has none)
PARTS: dict[str, tuple[Callable[[Any], Any], int, int]] = {
    "year": (lambda times: times.dt.year, 0, 0),
    "quarter": (lambda times: times.dt.quarter, 1, 4),
    "month": (lambda times: times.dt.month, 1, 12),
    "week": (lambda times: times.dt.isocalendar().week, 1, 53),
    "day": (lambda times: times.dt.day, 1, 31),
    "day_of_week": (lambda times: times.dt.day_of_week, 0, 7),
    "day_of_year": (lambda times: times.dt.day_of_year, 1, 366),
    "hour": (lambda times: times.dt.hour, 0, 24),
    "minute": (lambda times: times.dt.minute, 0, 60),
    "second": (lambda times: times.dt.second, 0, 60),
    "total_seconds": (lambda times: (times - pd.Timestamp(0)).dt.total_seconds(), 0, 0),
}


class DateParts(ColumnTransformerBase):
    """Numbers out of times: see the transform date_parts for what each part is."""

    def __init__(self, parts: tuple[str, ...] | None = None, cyclic: bool = False) -> None:
        self.parts = parts
        self.cyclic = cyclic

    def _learn(self, data: pd.DataFrame) -> None:
        self.parts_ = {name: self._parts_of(data[name]) for name in data.columns}
        self.names_ = [
            f"{name}_{part}{suffix}"
            for name in data.columns
            for part in self.parts_[name]
            for suffix in (("_sin", "_cos") if self.cyclic and PARTS[part][2] else ("",))
        ]

    def _parts_of(self, times: pd.Series[Any]) -> tuple[str, ...]:
        if self.parts is not None:
            return tuple(self.parts)
        has_time = bool((times.dropna() != times.dropna().dt.normalize()).any())
        return ("year", "month", "day", *(("hour",) if has_time else ()), "day_of_week", "total_seconds")

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        data = frame(rows)
        return np.column_stack(
            [
                values
                for name in data.columns
                for part in self.parts_[name]
                for values in self._numbers(data[name], part)
            ]
        )

    def _numbers(self, times: pd.Series[Any], part: str) -> list[NDArray[np.float64]]:
        read, first, period = PARTS[part]
        values = read(times).astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        if not (self.cyclic and period):
            return [values]
        angles = 2 * np.pi * (values - first) / period
        return [np.sin(angles), np.cos(angles)]


class Vectorize(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Every column by its kind: numbers stay, few categories become one-hot, other text an SVD, times their parts.

    As skrub's TableVectorizer, in single precision; the input must be a DataFrame whose columns have their types.
    Columns that are all NULL in training are left out.
    """

    def __init__(
        self, cardinality_threshold: int = 40, n_components: int = 30, random_state: int | None = None
    ) -> None:
        self.cardinality_threshold = cardinality_threshold
        self.n_components = n_components
        self.random_state = random_state

    def fit(self, rows: pd.DataFrame, y: Any = None) -> Self:
        self.fit_transform(rows)
        return self

    def fit_transform(self, rows: pd.DataFrame, y: Any = None) -> NDArray[np.float64]:
        kept = [name for name in rows.columns if rows[name].notna().any()]
        self.steps_ = {name: self._step(rows[name]) for name in kept}
        return _singles([step.fit_transform(rows[[name]]) for name, step in self.steps_.items()], len(rows))

    def transform(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        return _singles([step.transform(rows[[name]]) for name, step in self.steps_.items()], len(rows))

    def get_feature_names_out(self, _names: Any = None) -> Names:
        names = [name for step in self.steps_.values() for name in step.get_feature_names_out()]
        return np.asarray(names, dtype=object)

    def _step(self, column: pd.Series[Any]) -> Any:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            parts = DateParts().fit(column.to_frame()).parts_[str(column.name)]
            return DateParts(tuple(part for part in parts if part != "day_of_week"))
        if pd.api.types.is_numeric_dtype(column.dtype):
            return Numbers()
        if column.nunique() < self.cardinality_threshold:
            return OneHotEncoder(drop="if_binary", handle_unknown="ignore", sparse_output=False)
        return TextSvd(self.n_components, random_state=self.random_state)


def _singles(parts: list[NDArray[np.float64]], rows: int) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return (np.hstack(parts) if parts else np.empty((rows, 0))).astype(np.float32).astype(np.float64)


class Numbers(ColumnTransformerBase):
    """The columns as they are, as float64."""

    def transform(self, rows: Rows) -> NDArray[np.float64]:
        return frame(rows).to_numpy(dtype=np.float64)
