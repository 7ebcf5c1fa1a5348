"""one_hot(x): one column of 0 and 1 for each category of the training rows; a category not seen there gives all 0.

NULL is a category of its own if training had it. Columns are named `carrier_AA`, as in scikit-learn.

SELECT one_hot(carrier) FROM flights
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder

from stratum_sql import kernels
from stratum_sql.catalog.affine import Affine, Levels, LevelSums, Terms
from stratum_sql.catalog.categories import (
    UNSEEN,
    Seen,
    grouped_slots,
    infrequent,
    null_place,
    places_of_codes,
    seen,
)
from stratum_sql.catalog.checks import boolean, either, integer, number, one_of, optional
from stratum_sql.catalog.columns import Column, Inputs, Matrix, Part
from stratum_sql.catalog.extents import indicators
from stratum_sql.catalog.numeric import LARGEST_DENSE, blocks, need_rows, number_columns
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def make(params: Params, _seed: int) -> OneHotEncoder:
    return OneHotEncoder(
        handle_unknown="ignore",
        drop=params["drop"],
        min_frequency=params["min_frequency"],
        max_categories=params["max_categories"],
        sparse_output=params["sparse_output"],
    )


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: for every column `values` (k,) sorted, `null` (was NULL seen), `slots` (k or k+1,): the column out of each
    category, -1 for the dropped one, and `labels` of the columns out."""
    need_rows(inputs)
    return {"columns": [_fit_column(column, len(inputs), params) for column in inputs.columns]}


def _fit_column(column: Column, rows: int, params: Params) -> State:
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity, as scikit-learn does
    return _known(seen(column), rows, params, is_number=column.kind == "number")


def _known(found: Seen, rows: int, params: Params, *, is_number: bool) -> State:
    grouped = infrequent(found.all_counts, rows, params["min_frequency"], params["max_categories"])
    slots = grouped_slots(grouped)
    labels = _labels(found, grouped, is_number)
    if params["drop"] == "first" or (params["drop"] == "if_binary" and len(labels) == 2):
        slots, labels = slots - 1, labels[1:]  # slot -1 is the dropped one
    return {"values": found.values, "null": found.nulls > 0, "slots": slots, "labels": labels}


def _labels(found: Seen, grouped: NDArray[np.bool_], is_number: bool) -> list[str]:
    labels = [str(value) for value in found.values] + (["nan" if is_number else "None"] if found.nulls else [])
    kept = [label for label, hidden in zip(labels, grouped, strict=True) if not hidden]
    return kept + (["infrequent_sklearn"] if grouped.any() else [])


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One block a column: dense and column-major, made where it is needed, or CSR if `sparse_output`."""
    encode = _sparse if params["sparse_output"] else _dense
    return blocks(
        (encode(known, column), [f"{column.name}_{label}" for label in known["labels"]])
        for known, column in zip(state["columns"], inputs.columns, strict=True)
    )


def _table(known: State, column: Column) -> NDArray[np.int64]:
    """The column out of each of the column's codes, -1 for none; the last entry is that of NULL, code -1."""
    slots = np.append(known["slots"], UNSEEN)  # place -1, not seen, reads the last entry
    table: NDArray[np.int64] = slots[places_of_codes(column, known["values"], null_place(known))]
    return table


def _dense(known: State, column: Column) -> Matrix:
    size = 8 * len(column) * len(known["labels"])
    if size > LARGEST_DENSE:  # said before it is allocated
        raise ValueError(
            f"one_hot({column.name}) would make {len(known['labels']):,} dense columns, {size / 2**30:.0f} GiB: "
            f"write one_hot({column.name}, sparse_output => true), or rare(..), target_encode(..), hash_encode(..)"
        )
    return kernels.Coded(column.codes.codes, _table(known, column).astype(np.int32), len(known["labels"]))


def _sparse(known: State, column: Column) -> Matrix:
    slots, width = _table(known, column)[column.codes.codes], len(known["labels"])
    hot = slots >= 0
    starts = np.append(0, np.cumsum(hot))
    return sparse.csr_matrix((np.ones(int(starts[-1])), slots[hot], starts), shape=(len(slots), width))


def from_sums(sums: LevelSums, params: Params) -> State:
    """The state from the training rows' counts: the very same as from the rows."""
    present = np.flatnonzero(sums.counts)
    found = Seen(sums.values[present], sums.counts[present], sums.nulls)
    return {"columns": [_known(found, sums.rows, params, is_number=sums.values.dtype.kind == "f")]}


def terms(state: State, levels: Levels, _params: Params) -> Terms:
    """One column a label: a table look-up that gives 1 in it."""
    known = state["columns"][0]
    slots = _table(known, levels.column)
    rows = np.flatnonzero(slots >= 0)
    table = np.zeros((len(slots), len(known["labels"])))
    table[rows, slots[rows]] = 1.0
    return levels.looked_up(table)


ONE_HOT = TransformSpec(
    name="one_hot",
    summary="one column of 0 and 1 a category; unseen categories give all 0, NULL is a category of its own",
    example="one_hot(carrier)",
    takes="category",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    affine=Affine("category", terms, from_sums, applies=lambda params: not params["sparse_output"]),
    coded=lambda params: not params["sparse_output"],
    parameters=(
        Parameter(
            "drop",
            None,
            "leave out the first category, always or if there are two; NULL leaves none out",
            optional(one_of("first", "if_binary")),
        ),
        Parameter(
            "min_frequency",
            None,
            "rarer categories share one column: rows (integer) or share of rows (0 to 1)",
            optional(either(integer(low=1), number(low=0, high=1))),
        ),
        Parameter("max_categories", None, "at most this many columns", optional(integer(low=1))),
        Parameter("sparse_output", False, "a sparse matrix", boolean),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.OneHotEncoder",
    engine="rust",
    extent=indicators,
    ns_per_value=8.0,
)
