"""count_words(x): one sparse column a word, how often the row has it; NULL counts as ''.

SELECT count_words(comment, 5000) FROM reviews
"""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import words
from stratum_sql.catalog.numeric import blocks, need_rows
from stratum_sql.catalog.sklearn_like import TextColumns
from stratum_sql.catalog.spec import Params, State, Target, TransformSpec
from stratum_sql.catalog.texts import (
    ANALYZER,
    BINARY,
    LOWERCASE,
    MAX_DF,
    MAX_FEATURES,
    MIN_DF,
    NGRAM_RANGE,
    STOP_WORDS,
    STRIP_ACCENTS,
    apply_counts,
    counting,
    fit_counts,
)


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: `terms` of every column, see `texts.fit_counts`."""
    need_rows(inputs)
    return {"columns": [fit_counts(column, params)[0] for column in inputs.columns]}


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One CSR block a column."""
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return blocks(
        (apply_counts(known, column, params), [f"{column.name}_{term}" for term in known["terms"]])
        for known, column in pairs
    )


COUNT_WORDS = TransformSpec(
    name="count_words",
    summary="one sparse column a word, how often the row has it; NULL counts as ''",
    example="count_words(comment, 5000)",
    takes="text",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    parameters=(
        MAX_FEATURES,
        NGRAM_RANGE,
        ANALYZER,
        MIN_DF,
        MAX_DF,
        LOWERCASE,
        STOP_WORDS,
        STRIP_ACCENTS,
        BINARY,
    ),
    reference=lambda params, _seed: TextColumns(CountVectorizer(**counting(params), dtype=np.float64)),
    sklearn="sklearn.feature_extraction.text.CountVectorizer",
    engine="rust",
    extent=words,
    ns_per_value=2500.0,
)
