"""Sums of products of columns, cell by cell, and a ridge regression from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg.blas import dger
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder

from queries.kernels.case import Case, apart
from stratum_sql import kernels
from stratum_sql.catalog.columns import Column

Floats = NDArray[np.float64]
CELLS = 5  # the folds: the training rows of one are the other cells'
COLUMNS, NUMBERS = 64, 10
LEVELS = (1500, 350, 100, 40, 10)
CHECKED = 10_000  # rows on which predictions are compared
ALPHA = 1.0


@dataclass(frozen=True, slots=True)
class Dense:
    """Columns as Arrow holds them, each row's cell, and the same numbers as one row-major matrix."""

    columns: list[pa.Array]
    cells: NDArray[np.int32]
    matrix: Floats


def dense(rows: int) -> Dense:
    """`COLUMNS` normal columns, each a little like the one before."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(rows, COLUMNS))
    matrix[:, 1:] += 0.3 * matrix[:, :-1]
    cells = random.integers(0, CELLS, rows).astype(np.int32)
    return Dense([pa.array(np.ascontiguousarray(column)) for column in matrix.T], cells, matrix)


def gram(data: Dense, _fold: int, _threads: int) -> Floats:
    """The sums of products of every cell, (cells, columns, columns)."""
    numbers = [column.to_numpy() for column in data.columns]
    return kernels.gram(numbers, [0.0] * COLUMNS, [], [], data.cells, CELLS)[:, 1:, 1:]


def numpy_from_columns(data: Dense, _fold: int, _threads: int) -> Floats:
    """The same by numpy, which needs the columns as a matrix first."""
    matrix = np.column_stack([column.to_numpy() for column in data.columns])
    parts = (matrix[data.cells == cell] for cell in range(CELLS))
    return np.stack([part.T @ part for part in parts])


def blas_alone(data: Dense, _fold: int, _threads: int) -> Floats:
    """One product of a matrix that is there, all rows in one cell: no other work than the sums themselves."""
    return data.matrix.T @ data.matrix


def apart_in_all(ours: Floats, theirs: Floats) -> float:
    """The cells added up against the one product."""
    return apart(ours.sum(axis=0), theirs)


@dataclass(frozen=True, slots=True)
class Mixed:
    """Numbers, texts of a few and of many categories, and a target, as Arrow and as pandas hold them."""

    numbers: list[pa.Array]
    texts: list[pa.Array]
    target: Floats
    frame: pd.DataFrame


def mixed(rows: int) -> Mixed:
    """`NUMBERS` columns of numbers, one of texts for each of `LEVELS`, and what they add up to with noise."""
    random = np.random.default_rng(1)
    numbers = [random.normal(at, 1 + at, rows) for at in range(NUMBERS)]
    codes = [random.integers(0, levels, rows) for levels in LEVELS]
    words = [np.array([f"c{at}_{level:04d}" for level in range(levels)], object) for at, levels in enumerate(LEVELS)]
    texts = [known[code] for known, code in zip(words, codes, strict=True)]
    effects = [random.normal(size=levels)[code] for levels, code in zip(LEVELS, codes, strict=True)]
    target = sum(numbers[:3]) + sum(effects) + random.normal(size=rows)
    frame = pd.DataFrame({f"x{at}": values for at, values in enumerate(numbers)})
    frame = frame.assign(**{f"c{at}": pd.Series(values, dtype=object) for at, values in enumerate(texts)})
    return Mixed([pa.array(one) for one in numbers], [pa.array(one) for one in texts], target, frame)


def ridge(data: Mixed, _fold: int, _threads: int) -> Floats:
    """Predictions for the first rows by a ridge regression from the sums of products."""
    codes = [Column("", "text", text).codes for text in data.texts]
    numbers = [column.to_numpy() for column in data.numbers]
    levels = [len(one.values) for one in codes]
    pivots = [float(np.median(one[:CHECKED])) for one in (data.target, *numbers)]
    cells = np.zeros(len(data.target), np.int32)
    texts = [one.codes for one in codes]
    sums = kernels.gram([data.target, *numbers], pivots, texts, levels, cells, 1)[0]
    count, means = sums[0, 0], sums[0] / sums[0, 0]
    dger(-count, means, means, a=sums.T, overwrite_a=1)  # in place: the sums are then about the means
    weights = kernels.ridge(sums[2:, 2:], sums[2:, 1], [ALPHA])[0]
    shifted = np.column_stack([one[:CHECKED] - pivot for one, pivot in zip(numbers, pivots[1:], strict=True)])
    starts = len(numbers) + np.cumsum([0, *levels[:-1]])
    known = sum(weights[start + one[:CHECKED]] for start, one in zip(starts, texts, strict=True))
    offset = pivots[0] + means[1] - weights @ means[2:]
    return np.asarray(shifted @ weights[: len(numbers)] + known + offset)


def sklearn_ridge(data: Mixed, _fold: int, _threads: int, tol: float = 1e-4) -> Floats:
    """The same by scikit-learn: a sparse one-hot matrix beside the numbers, and the iterative solver it takes for that,
    which by default stops far from the last digits."""
    names = [f"c{at}" for at in range(len(LEVELS))]
    hot = OneHotEncoder().fit_transform(data.frame[names])
    matrix = sparse.hstack([sparse.csr_matrix(data.frame.drop(columns=names).to_numpy()), hot], format="csr")
    fitted: Any = Ridge(ALPHA, tol=tol).fit(matrix, data.target)
    return np.asarray(fitted.predict(matrix[:CHECKED]))


CASES = (
    Case(
        f"gram, {COLUMNS} columns in {CELLS} cells",
        "numpy, column_stack included",
        dense,
        gram,
        numpy_from_columns,
        apart,
        1e-12,
        2.0,
    ),
    Case(
        f"gram, {COLUMNS} columns in {CELLS} cells, one product",
        "BLAS on a ready matrix without cells",
        dense,
        gram,
        blas_alone,
        apart_in_all,
        1e-12,
        0.6,
    ),
    Case(
        f"ridge from sums, {NUMBERS} numbers and {sum(LEVELS):,} categories in {len(LEVELS)} columns",
        "OneHotEncoder and Ridge, whose solver stops early",
        mixed,
        ridge,
        sklearn_ridge,
        apart,
        2e-2,
        20.0,
    ),
)
