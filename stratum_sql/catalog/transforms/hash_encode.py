"""hash_encode(x, n_features): every category hashed to one of a few columns, as +1 or -1. NULL gives all 0.

Nothing is fitted, so there are no unseen categories. Numbers are hashed as text (`10001`, `0.5`).

SELECT hash_encode(tailnum, 16) FROM flights
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher

from stratum_sql.catalog.categories import label
from stratum_sql.catalog.checks import boolean, integer
from stratum_sql.catalog.columns import Column, Inputs, Matrix, Part
from stratum_sql.catalog.extents import parameter
from stratum_sql.catalog.numeric import blocks, number_columns
from stratum_sql.catalog.sklearn_like import HashEncoder
from stratum_sql.catalog.spec import Parameter, Params, State, TransformSpec


def make(params: Params, _seed: int) -> HashEncoder:
    return HashEncoder(
        n_features=params["n_features"], alternate_sign=params["alternate_sign"], sparse_output=params["sparse_output"]
    )


def apply(_state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One block a column; every category is hashed once."""
    width = params["n_features"]
    return blocks(
        (_hashed(column, params), [f"{column.name}_hash{at}" for at in range(width)]) for column in inputs.columns
    )


def _hashed(column: Column, params: Params) -> Matrix:
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity
    hasher = FeatureHasher(params["n_features"], input_type="string", alternate_sign=params["alternate_sign"])
    words = [[label(value)] for value in column.codes.values]
    table = sparse.vstack([hasher.transform([*words, []])]).tocsr()  # the last row, all 0, is for code -1
    rows = np.where(column.codes.codes < 0, len(words), column.codes.codes)
    return table[rows] if params["sparse_output"] else np.asfortranarray(table.toarray()[rows])


HASH_ENCODE = TransformSpec(
    name="hash_encode",
    summary="every category hashed to one of a few columns, as +1 or -1; NULL gives all 0",
    example="hash_encode(tailnum, 16)",
    takes="category",
    gives="number",
    per_column=True,
    fitted=False,
    apply=apply,
    parameters=(
        Parameter("n_features", 16, "columns out", integer(low=1, high=2**20)),
        Parameter("alternate_sign", True, "-1 for half of the categories, so that collisions cancel out", boolean),
        Parameter("sparse_output", False, "a sparse matrix", boolean),
    ),
    reference=make,
    sklearn="sklearn.feature_extraction.FeatureHasher",
    extent=parameter("n_features"),
    ns_per_value=20.0,
)
