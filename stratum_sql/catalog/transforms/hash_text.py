"""hash_text(x, n_features): words hashed to a fixed number of sparse columns; NULL counts as ''. Nothing is fitted.

SELECT hash_text(comment, 4096) FROM reviews
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils import murmurhash3_32

from stratum_sql import kernels
from stratum_sql.catalog.checks import boolean, integer, one_of, optional
from stratum_sql.catalog.columns import Column, Inputs, Matrix, Part
from stratum_sql.catalog.extents import words
from stratum_sql.catalog.ngrams import grams, text_numbers
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
)


def make(params: Params) -> HashingVectorizer:
    own = {name: params[name] for name in ("n_features", "norm", "alternate_sign")}
    return HashingVectorizer(**counting(params), **own)


def apply(_state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One CSR block a column; every text is taken apart once, every word hashed once."""
    suffixes = [f"hash{at}" for at in range(params["n_features"])]
    return blocks(
        (_hashed(column, params), [f"{column.name}_{each}" for each in suffixes]) for column in inputs.columns
    )


def _hashed(column: Column, params: Params) -> Matrix:
    found, (texts, rows) = grams(column, params), np.unique(text_numbers(column), return_inverse=True)
    hashes = np.array([murmurhash3_32(term, seed=0) for term in found.terms.to_pylist()], dtype=np.int64)
    width = params["n_features"]
    hashed = kernels.renumber(_signed(found.counts, hashes, params), texts, np.abs(hashes) % width, width)
    hashed.sum_duplicates()  # words that collide; what cancels out stays stored as 0, as in scikit-learn
    if params["binary"]:
        hashed.data.fill(1.0)
    if params["norm"] is not None and len(texts):
        hashed = normalize(hashed, norm=params["norm"], copy=False)
    return hashed[rows]


def _signed(counts: Matrix, hashes: NDArray[np.int64], params: Params) -> Matrix:
    """The counts, those of words with a negative hash below 0 if `alternate_sign` says so."""
    if not params["alternate_sign"]:
        return counts
    signs = np.where(hashes >= 0, 1.0, -1.0)
    return sparse.csr_matrix((counts.data * signs[counts.indices], counts.indices, counts.indptr), shape=counts.shape)


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
    engine="rust",
    extent=words,
    ns_per_value=2000.0,
)
