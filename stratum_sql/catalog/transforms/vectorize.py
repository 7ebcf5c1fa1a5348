"""vectorize(*): every column by its kind, as skrub's TableVectorizer.

Numbers stay, times become their parts (year, month, day, hour where there is one, seconds since 1970), text with few
categories becomes one-hot, other text an SVD of its n-grams. Columns that are all NULL in training are left out.

The numbers are skrub's with the same seed, rounded to single precision as there. Types are those of the query: text is
not searched for dates, numbers or words that mean NULL, so cast in SQL what is a date.

SELECT vectorize(*) FROM people
"""

from __future__ import annotations

import numpy as np

from stratum_sql.catalog.categories import seen
from stratum_sql.catalog.checks import integer
from stratum_sql.catalog.columns import Block, Column, Inputs, Part
from stratum_sql.catalog.extents import by_kind
from stratum_sql.catalog.numeric import block, blocks, need_rows
from stratum_sql.catalog.sklearn_like import Vectorize
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec
from stratum_sql.catalog.transforms.date_parts import DATE_PARTS, default_parts
from stratum_sql.catalog.transforms.one_hot import ONE_HOT
from stratum_sql.catalog.transforms.passthrough import PASSTHROUGH
from stratum_sql.catalog.transforms.text_svd import TEXT_SVD

INNER = {spec.name: spec for spec in (PASSTHROUGH, ONE_HOT, TEXT_SVD, DATE_PARTS)}


def _choice(column: Column, params: Params) -> str | None:
    """The name of the transform for a column of the training rows; None leaves it out."""
    found = seen(column)
    if not len(found.values):
        return None
    if column.kind in ("number", "time"):
        return "passthrough" if column.kind == "number" else "date_parts"
    return "one_hot" if len(found.values) < params["cardinality_threshold"] else "text_svd"


def _inner_params(name: str, params: Params) -> Params:
    said = {"one_hot": {"drop": "if_binary"}, "text_svd": {"n_components": params["n_components"]}}
    return INNER[name].complete(said.get(name, {}))


def _training_params(name: str, params: Params, column: Column) -> Params:
    """What is asked of the inner transform in training; which parts of a time there are, its state then knows."""
    inner = _inner_params(name, params)
    if name != "date_parts":
        return inner
    return {**inner, "parts": tuple(part for part in default_parts(column.times) if part != "day_of_week")}


def fit_apply(inputs: Inputs, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    """State: for every column `transform`, the inner transform's name or None, and `state`, its state."""
    need_rows(inputs)
    fitted = [_fit_column(column, params, target, seed) for column in inputs.columns]
    return {"columns": [known for known, _ in fitted]}, _united([part for _, parts in fitted for part in parts], inputs)


def _fit_column(column: Column, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    name = _choice(column, params)
    if name is None:
        return {"transform": None, "state": {}}, ()
    spec, inner, one = INNER[name], _training_params(name, params, column), Inputs([column])
    if spec.fit_apply is not None:
        state, parts = spec.fit_apply(one, inner, target, seed)
    else:
        state = spec.fit(one, inner, target, seed)
        parts = spec.apply(state, one, inner)
    return {"transform": name, "state": state}, parts


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return fit_apply(inputs, params, target, seed)[0]


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """The columns of all inner transforms, in the order of the columns in."""
    parts: list[Part] = []
    for column, known in zip(inputs.columns, state["columns"], strict=True):
        name = known["transform"]
        if name is not None:
            parts.extend(INNER[name].apply(known["state"], Inputs([column]), _inner_params(name, params)))
    return _united(parts, inputs)


def _united(parts: list[Part], inputs: Inputs) -> tuple[Part, ...]:
    """Every part as a block in single precision, their names made unique among each other."""
    made = [part if isinstance(part, Block) else block([part.numbers], [part.name], len(part)) for part in parts]
    with np.errstate(over="ignore"):  # too large a number is infinite, as in skrub, and the model says so
        return blocks((part.values.astype(np.float32), part.names) for part in made) or (block([], [], len(inputs)),)


VECTORIZE = TransformSpec(
    name="vectorize",
    summary="every column by its kind: numbers stay, text becomes one-hot or an SVD of its n-grams, times their parts",
    example="vectorize(*)",
    takes="any",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=apply,
    fit_apply=fit_apply,
    parameters=(
        Parameter("cardinality_threshold", 40, "text with fewer categories becomes one-hot", integer(low=1)),
        Parameter("n_components", 30, "columns out of every other text", integer(low=1)),
    ),
    reference=lambda params, seed: Vectorize(
        cardinality_threshold=params["cardinality_threshold"], n_components=params["n_components"], random_state=seed
    ),
    extent=by_kind,
    ns_per_value=200.0,
)
