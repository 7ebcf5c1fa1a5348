"""text_svd(x, n_components): a text's character n-grams, weighed by tf-idf, reduced to a few numbers.

NULL counts as ''. As skrub's StringEncoder with the same seed, to the last bit: weights and directions are in single
precision, the numbers are divided by the total standard deviation of the training rows, and where rows or n-grams are
too few for the directions wanted, the first n-grams' weights stand for them.

SELECT text_svd(tailnum, 10) FROM flights
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD

from stratum_sql.catalog.checks import integer, one_of, ordered_pair
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.extents import parameter
from stratum_sql.catalog.ngrams import Weighed, apply_tfidf, fit_tfidf
from stratum_sql.catalog.numeric import blocks, need_rows
from stratum_sql.catalog.products import quick
from stratum_sql.catalog.sklearn_like import TextSvd, total_deviation
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec
from stratum_sql.catalog.texts import LONGEST_NGRAM

Singles = NDArray[np.float32]


def make(params: Params, seed: int) -> TextSvd:
    return TextSvd(
        n_components=params["n_components"],
        ngram_range=tuple(params["ngram_range"]),
        analyzer=params["analyzer"],
        random_state=seed,
    )


def fit_apply(inputs: Inputs, params: Params, _target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    """State: for every column `terms`, `idf` (terms,), `components` (n_components, terms) or None where the first
    `width` terms stand for them, `width` and `norm`."""
    need_rows(inputs)
    fitted = [_fit_column(column, params, seed) for column in inputs.columns]
    named = (
        (values, _names(column, values.shape[1])) for column, (_, values) in zip(inputs.columns, fitted, strict=True)
    )
    return {"columns": [known for known, _ in fitted]}, blocks(named)


def _fit_column(column: Column, params: Params, seed: int) -> tuple[State, Singles]:
    """The directions are found over all rows, not over different texts counted by their rows: those would be equal up
    to rounding in single precision, which is enough to move the splits of a tree."""
    known, weighed = fit_tfidf(column, params)
    width, rows = params["n_components"], len(weighed.place)
    if min(rows, len(known["terms"])) > width:
        svd = TruncatedSVD(width, random_state=seed)
        with np.errstate(divide="ignore", invalid="ignore"):  # the share of variance of a constant column
            reduced = svd.fit_transform(quick(weighed.weights.astype(np.float32)[weighed.place]))
        state = {**known, "components": svd.components_, "width": width}
    else:
        state = {**known, "components": None, "width": min(width, len(known["terms"]))}
        reduced = _reduce(state, weighed)
    norm = total_deviation(reduced)
    return {**state, "norm": float(norm)}, reduced / norm


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return fit_apply(inputs, params, target, seed)[0]


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One dense block a column."""
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return blocks((_apply_column(known, column, params), _names(column, known["width"])) for known, column in pairs)


def _apply_column(known: State, column: Column, params: Params) -> Singles:
    reduced: Singles = _reduce(known, apply_tfidf(known, column, params)) / np.float32(known["norm"])
    return reduced


def _reduce(known: State, weighed: Weighed) -> Singles:
    """(rows, width), row-major: each different text is reduced once."""
    weights = weighed.weights.astype(np.float32)
    if known["components"] is None:
        reduced: Singles = weights[:, : known["width"]].toarray()
    else:
        reduced = quick(weights) @ known["components"].T
    return reduced[weighed.place]


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
        Parameter("n_components", 30, "columns out, fewer where there are fewer n-grams", integer(low=1)),
        Parameter(
            "ngram_range",
            (3, 4),
            "shortest and longest n-gram: (low, high)",
            ordered_pair(integer(low=1, high=LONGEST_NGRAM)),
        ),
        Parameter("analyzer", "char_wb", "what is counted: words or characters", one_of("char_wb", "char", "word")),
    ),
    reference=make,
    engine="rust",
    extent=parameter("n_components"),
    ns_per_value=8000.0,
)
