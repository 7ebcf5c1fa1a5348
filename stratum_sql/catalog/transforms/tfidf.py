"""tfidf(x): one sparse column a word, its count weighed by how few training rows have it; NULL counts as ''.

SELECT tfidf(comment, 5000) FROM reviews
"""

from __future__ import annotations

from sklearn.feature_extraction.text import TfidfVectorizer

from stratum_sql.catalog.checks import boolean, one_of, optional
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import words
from stratum_sql.catalog.numeric import blocks, need_rows
from stratum_sql.catalog.sklearn_like import TextColumns
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec
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
    apply_weights,
    counting,
    fit_weights,
    weighing,
)


def fit_apply(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> tuple[State, tuple[Part, ...]]:
    """State: for every column `terms` and `idf`, see `texts.fit_weights`."""
    need_rows(inputs)
    fitted = [fit_weights(column, params) for column in inputs.columns]
    named = [
        (weights, [f"{column.name}_{term}" for term in known["terms"]])
        for column, (known, weights) in zip(inputs.columns, fitted, strict=True)
    ]
    return {"columns": [known for known, _ in fitted]}, blocks(named)


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return fit_apply(inputs, params, target, seed)[0]


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One CSR block a column."""
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return blocks(
        (apply_weights(known, column, params), [f"{column.name}_{term}" for term in known["terms"]])
        for known, column in pairs
    )


TFIDF = TransformSpec(
    name="tfidf",
    summary="one sparse column a word, weighed by how rare it is; NULL counts as ''",
    example="tfidf(comment, 5000)",
    takes="text",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    fit_apply=fit_apply,
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
        Parameter("norm", "l2", "every row divided by its length; NULL for not", optional(one_of("l1", "l2"))),
        Parameter("use_idf", True, "weigh by how rare a word is", boolean),
        Parameter("smooth_idf", True, "as if one more row had every word", boolean),
        Parameter("sublinear_tf", False, "1 + ln(count) for the count", boolean),
    ),
    reference=lambda params, _seed: TextColumns(TfidfVectorizer(**counting(params), **weighing(params))),
    sklearn="sklearn.feature_extraction.text.TfidfVectorizer",
    engine="rust",
    extent=words,
    ns_per_value=3000.0,
)
