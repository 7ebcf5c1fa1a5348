"""text_svd(x, n_components): a text's character n-grams, weighed by tf-idf, reduced to a few numbers.

NULL counts as ''. As in skrub's StringEncoder, the numbers are divided by the total standard deviation of the
training rows.

SELECT text_svd(tailnum, 10) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import TruncatedSVD

from stratum_sql.catalog.checks import integer, one_of, ordered_pair
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.numeric import Floats, blocks, need_rows
from stratum_sql.catalog.sklearn_like import TextSvd
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec
from stratum_sql.catalog.texts import LONGEST_NGRAM, apply_weights, fit_weights


def make(params: Params, seed: int) -> TextSvd:
    return TextSvd(
        n_components=params["n_components"],
        ngram_range=tuple(params["ngram_range"]),
        analyzer=params["analyzer"],
        random_state=seed,
    )


def fit_apply(inputs: Inputs, params: Params, _target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    """State: for every column `terms`, `idf` (terms,), `components` (n_components, terms) and `norm`."""
    need_rows(inputs)
    fitted = [_fit_column(column, params, seed) for column in inputs.columns]
    named = (
        (values, _names(column, values.shape[1])) for column, (_, values) in zip(inputs.columns, fitted, strict=True)
    )
    return {"columns": [known for known, _ in fitted]}, blocks(named)


def _fit_column(column: Column, params: Params, seed: int) -> tuple[State, Floats]:
    known, weights = fit_weights(column, params)
    svd = TruncatedSVD(min(params["n_components"], *weights.shape), random_state=seed)
    reduced = svd.fit_transform(weights)
    total = float(np.sqrt(reduced.var(axis=0).sum()))
    norm = total if total >= 10 * np.finfo(np.float64).eps else 1.0  # a constant column is not blown up
    return {**known, "components": svd.components_, "norm": norm}, reduced / norm


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return fit_apply(inputs, params, target, seed)[0]


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One dense block a column."""
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return blocks((_reduce(known, column, params), _names(column, len(known["components"]))) for known, column in pairs)


def _reduce(known: State, column: Column, params: Params) -> Floats:
    reduced: Floats = apply_weights(known, column, params) @ known["components"].T / known["norm"]
    return reduced


def _names(column: Column, width: int) -> list[str]:
    return [f"{column.name}_{at}" for at in range(width)]


TEXT_SVD = TransformSpec(
    name="text_svd",
    summary="a text's character n-grams reduced to a few numbers; NULL counts as ''",
    example="text_svd(tailnum, 10)",
    takes="text",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=apply,
    fit_apply=fit_apply,
    parameters=(
        Parameter("n_components", 30, "columns out, fewer where there are fewer rows or n-grams", integer(low=1)),
        Parameter(
            "ngram_range",
            (3, 4),
            "shortest and longest n-gram: (low, high)",
            ordered_pair(integer(low=1, high=LONGEST_NGRAM)),
        ),
        Parameter("analyzer", "char_wb", "what is counted: words or characters", one_of("char_wb", "char", "word")),
    ),
    reference=make,
    ns_per_value=8000.0,
)
