"""Fitted transforms over the training and held-out rows of five folds, against scikit-learn's transformers.

Ours is what a batch does: the columns are read once, each is fitted by itself, and all become one matrix. scikit-learn
is given a DataFrame and cuts the rows of the fold out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from queries.kernels.case import Case, apart
from stratum_sql.catalog.columns import Column, Inputs, Part, stack
from stratum_sql.catalog.registry import transform
from stratum_sql.catalog.spec import Target, TransformSpec

Floats = NDArray[np.float64]
Sides = tuple[Any, Any]  # the matrices of the training and of the held-out rows
FOLDS, COLUMNS, SEED = 5, 20, 3
GAPS = 0.05  # share of NULL, where there is any


@dataclass(frozen=True, slots=True)
class Table:
    """The same columns as Arrow and as pandas hold them, a target, and (training, held-out) rows of each fold."""

    arrays: list[pa.Array]
    frame: pd.DataFrame
    target: Floats
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Read:
    """A table as our side reads it, once for all folds."""

    columns: list[Column]
    table: Table


def _table(arrays: list[pa.Array], frame: pd.DataFrame, random: np.random.Generator) -> Table:
    folds = KFold(FOLDS, shuffle=True, random_state=0).split(frame)
    return Table(arrays, frame, random.normal(size=len(frame)), [(train, test) for train, test in folds])


def numbers(rows: int, gaps: float = 0.0) -> Table:
    """Columns of normal numbers on different scales; a share of NULL."""
    random = np.random.default_rng(2)
    values = [np.round(random.normal(10 * at, 1 + at, rows), 3) for at in range(COLUMNS)]
    for column in values:
        column[random.random(rows) < gaps] = np.nan
    arrays = [pa.array(column, from_pandas=True) for column in values]
    return _table(arrays, pd.DataFrame({f"x{at}": column for at, column in enumerate(values)}), random)


def texts(rows: int, categories: int) -> Table:
    """Columns of so many categories, small ones more often."""
    random = np.random.default_rng(3)
    words = np.array([f"category {at:05d}" for at in range(categories)], object)
    values = [words[(categories * random.random(rows) ** 1.5).astype(np.int64)] for _ in range(COLUMNS)]
    frame = pd.DataFrame({f"c{at}": pd.Series(column, dtype=object) for at, column in enumerate(values)})
    return _table([pa.array(column) for column in values], frame, random)


def read(table: Table, threads: int) -> Read:
    """The columns with the view that their transforms take: numbers, or sorted categories and codes."""
    kind: Any = "number" if pa.types.is_floating(table.arrays[0].type) else "text"
    columns = [Column(name, kind, array) for name, array in zip(table.frame.columns, table.arrays, strict=True)]
    _side_by_side(lambda column: column.numbers if column.kind == "number" else column.codes, columns, threads)
    return Read(columns, table)


def ours(name: str, params: Mapping[str, Any], given: Read, fold: int, threads: int) -> Sides:
    """Both matrices of one fold by the catalogue's transform: column by column, then assembled."""
    spec = transform(name)
    assert spec is not None
    train, test = given.table.folds[fold]
    target = Target(given.table.target[train])
    one = partial(_one_column, spec, spec.complete(params), target, train, test)
    found = _side_by_side(one, given.columns, threads)
    sides = [[part for parts in found for part in parts[side]] for side in (0, 1)]
    if any(isinstance(part, Column) and part.kind == "text" for part in sides[0]):
        return sides[0], sides[1]
    return stack(sides[0]), stack(sides[1])


def _one_column(
    spec: TransformSpec,
    params: Mapping[str, Any],
    target: Target,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    column: Column,
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    given = Inputs([column.take(train)])
    if spec.fit_apply is not None:
        state, fitted = spec.fit_apply(given, params, target, SEED)
    else:
        state = spec.fit(given, params, target, SEED)
        fitted = spec.apply(state, given, params)
    return fitted, spec.apply(state, Inputs([column.take(test)]), params)


def library(make: Callable[[], Any], table: Table, fold: int, threads: int) -> Sides:
    """Both matrices by scikit-learn; with several threads each takes some of the columns, left in pieces."""
    shares = [list(share) for share in np.array_split(np.asarray(table.frame.columns), threads)]
    found = _side_by_side(partial(_some_columns, make, table, fold), shares, threads)
    return [train for train, _ in found], [test for _, test in found]


def _some_columns(make: Callable[[], Any], table: Table, fold: int, names: list[str]) -> Sides:
    train, test = table.folds[fold]
    frame = table.frame if len(names) == COLUMNS else table.frame[names]
    transformer = make()
    return transformer.fit_transform(frame.iloc[train], table.target[train]), transformer.transform(frame.iloc[test])


def _side_by_side(work: Callable[[Any], Any], items: list[Any], threads: int) -> list[Any]:
    if threads == 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as executor:
        return list(executor.map(work, items))


def sides_apart(found: Sides, theirs: Sides) -> float:
    """The larger difference of the two matrices."""
    return max(_apart(left, right) for left, right in zip(found, theirs, strict=True))


def _apart(found: Any, pieces: list[Any]) -> float:
    at, worst = 0, 0.0
    for piece in pieces:
        dense = piece.toarray() if sparse.issparse(piece) else np.asarray(piece)
        worst = max(worst, apart(found[:, at : at + dense.shape[1]], dense))
        at += dense.shape[1]
    return worst if at == found.shape[1] else float("inf")


def _case(
    name: str,
    make: Callable[[], Any],
    table: Callable[[int], Table],
    goal: float | None = None,
    params: Mapping[str, Any] = {},
) -> Case:
    words = ", ".join(str(value) for value in params.values())
    return Case(
        f"{name}({words})" if words else name,
        type(make()).__name__,
        table,
        partial(ours, name, params),
        partial(library, make),
        sides_apart,
        1e-12,
        goal,
        folds=FOLDS,
        prepare=read,
    )


NULLS = partial(numbers, gaps=GAPS)
FEW, MANY = partial(texts, categories=10), partial(texts, categories=1000)

CASES = (
    _case("one_hot", lambda: OneHotEncoder(handle_unknown="ignore", sparse_output=False), FEW, 10.0),
    _case("ordinal", lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), MANY, 10.0),
    _case(
        "target_encode",
        lambda: TargetEncoder(target_type="continuous", cv=KFold(FOLDS, shuffle=True, random_state=SEED)),
        MANY,
        10.0,
    ),
    _case("standard_scale", StandardScaler, numbers, 10.0),
    _case("min_max_scale", MinMaxScaler, numbers),
    _case("max_abs_scale", MaxAbsScaler, numbers),
    _case("robust_scale", RobustScaler, numbers),
    *(
        _case("impute", partial(SimpleImputer, strategy=strategy), NULLS, params={"strategy": strategy})
        for strategy in ("mean", "median", "most_frequent")
    ),
    _case("quantile_map", partial(QuantileTransformer, random_state=SEED), numbers),
    _case(
        "bin_quantile",
        lambda: KBinsDiscretizer(5, encode="ordinal", quantile_method="averaged_inverted_cdf", random_state=SEED),
        numbers,
    ),
    _case(
        "bin_kmeans", partial(KBinsDiscretizer, 5, encode="ordinal", strategy="kmeans", random_state=SEED), numbers, 2.0
    ),
)
