"""hash_text(x, n_features): words hashed to a fixed number of sparse columns; NULL counts as ''. Nothing is fitted.

SELECT hash_text(comment, 4096) FROM reviews
"""

from __future__ import annotations

from sklearn.feature_extraction.text import HashingVectorizer

from stratum_sql.catalog.checks import boolean, integer, one_of, optional
from stratum_sql.catalog.columns import Column, Inputs, Matrix, Part
from stratum_sql.catalog.extents import words
from stratum_sql.catalog.numeric import blocks
from stratum_sql.catalog.sklearn_like import TextColumns
from stratum_sql.catalog.spec import Parameter, Params, State, TransformSpec
from stratum_sql.catalog.texts import (
    ANALYZER,
    BINARY,
    LOWERCASE,
    NGRAM_RANGE,
    STOP_WORDS,
    STRIP_ACCENTS,
    counting,
    distinct_texts,
)


def make(params: Params) -> HashingVectorizer:
    own = {name: params[name] for name in ("n_features", "norm", "alternate_sign")}
    return HashingVectorizer(**counting(params), **own)


def apply(_state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One CSR block a column; every text is hashed once."""
    suffixes = [f"hash{at}" for at in range(params["n_features"])]
    return blocks(
        (_hashed(column, params), [f"{column.name}_{each}" for each in suffixes]) for column in inputs.columns
    )


def _hashed(column: Column, params: Params) -> Matrix:
    distinct, rows = distinct_texts(column)
    return make(params).transform(distinct)[rows]


HASH_TEXT = TransformSpec(
    name="hash_text",
    summary="words hashed to a fixed number of sparse columns; NULL counts as ''",
    example="hash_text(comment, 4096)",
    takes="text",
    gives="number",
    per_column=True,
    fitted=False,
    apply=apply,
    parameters=(
        Parameter("n_features", 4096, "columns out", integer(low=1, high=2**20)),
        NGRAM_RANGE,
        ANALYZER,
        LOWERCASE,
        STOP_WORDS,
        STRIP_ACCENTS,
        BINARY,
        Parameter("norm", "l2", "every row divided by its length; NULL for not", optional(one_of("l1", "l2"))),
        Parameter("alternate_sign", True, "-1 for half of the words, so that collisions cancel out", boolean),
    ),
    reference=lambda params, _seed: TextColumns(make(params)),
    sklearn="sklearn.feature_extraction.text.HashingVectorizer",
    engine="scikit-learn",
    extent=words,
    ns_per_value=2000.0,
)
