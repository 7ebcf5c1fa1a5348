"""target_encode(x): the mean of the target over the training rows of this category, drawn towards the overall mean.

Training rows are encoded by cross-fitting: a row's own target has no part in its value. With `cv => NULL` it has, as
where the means are joined to the rows by hand; a model then trusts rare categories too much. An unseen category gets
the overall mean; NULL is a category. With more than two classes there is one column a class.

SELECT target_encode(tailnum) FROM flights
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import TargetEncoder

from stratum_sql.catalog.categories import null_place, places, seen
from stratum_sql.catalog.checks import boolean, either, integer, number, one_of, optional
from stratum_sql.catalog.columns import Column, Inputs, Matrix, Part
from stratum_sql.catalog.numeric import Floats, as_block, need_rows, number_columns
from stratum_sql.catalog.sklearn_like import WholeTargetEncoder
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def settle(params: Params, target: Target | None) -> Params:
    """`target_type` 'auto' said outright: whole numbers may be classes or not, which only the task tells."""
    if params["target_type"] != "auto" or target is None:
        return params
    if not target.is_classification:
        return {**params, "target_type": "continuous"}
    return {**params, "target_type": "binary" if len(np.unique(target.values)) <= 2 else "multiclass"}


def make(params: Params, seed: int) -> TargetEncoder:
    """The encoder with its folds said outright; with `target_type` 'auto' the folds are those of classes."""
    if params["cv"] is None:
        return WholeTargetEncoder(target_type=params["target_type"], smooth=params["smooth"])
    folds = KFold if params["target_type"] == "continuous" else StratifiedKFold
    cv = folds(params["cv"], shuffle=params["shuffle"], random_state=seed if params["shuffle"] else None)
    return TargetEncoder(target_type=params["target_type"], smooth=params["smooth"], cv=cv)


def fit_apply(inputs: Inputs, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    """State: for every column `values` (k,) sorted, `null`, `means` (k or k+1, outputs); `overall`; `names`."""
    need_rows(inputs)
    if target is None:
        raise ValueError("target_encode needs a target")
    encoder = make(settle(params, target), seed)
    found = [_known(column) for column in inputs.columns]
    encoded = encoder.fit_transform(_codes(found, inputs), target.values)
    overall = np.atleast_1d(encoder.target_mean_)
    for at, known in enumerate(found):
        known["means"] = np.column_stack(encoder.encodings_[at * len(overall) : (at + 1) * len(overall)])
    names = [str(name) for name in encoder.get_feature_names_out(np.asarray(inputs.names, dtype=object))]
    return {"columns": found, "overall": overall, "names": names}, (as_block(encoded, names),)


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return fit_apply(inputs, params, target, seed)[0]


def _known(column: Column) -> State:
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity, as scikit-learn does
    found = seen(column)
    return {"values": found.values, "null": found.nulls > 0}


def _codes(found: list[State], inputs: Inputs) -> NDArray[Any]:
    """Places of the categories (rows, columns): scikit-learn sees numbers, and gives the same as for the values."""
    pairs = zip(found, inputs.columns, strict=True)
    return np.column_stack([places(column, known["values"], null_place(known)) for known, column in pairs])


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """One table lookup a column."""
    pairs = zip(state["columns"], inputs.columns, strict=True)
    values = np.hstack([_looked_up(known, column, state["overall"]) for known, column in pairs])
    return (as_block(values, state["names"]),)


def _looked_up(known: State, column: Column, overall: Floats) -> Matrix:
    table = np.vstack([known["means"], overall])  # place -1, not seen, reads the last row
    return table[places(column, known["values"], null_place(known))]


TARGET_ENCODE = TransformSpec(
    name="target_encode",
    summary="the mean of the target over this category's training rows, cross-fitted; unseen ones get the overall mean",
    example="target_encode(tailnum)",
    takes="category",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=apply,
    fit_apply=fit_apply,
    uses_target=True,
    parameters=(
        Parameter(
            "smooth",
            "auto",
            "how many rows the overall mean weighs; 'auto' decides by the variances",
            either(one_of("auto"), number(low=0)),
        ),
        Parameter("cv", 5, "folds of the cross-fitting; NULL: a row's own target counts", optional(integer(low=2))),
        Parameter("shuffle", True, "shuffle the rows before folding, by the statement's seed", boolean),
        Parameter(
            "target_type",
            "auto",
            "what the target is; 'auto' goes by the task",
            one_of("auto", "continuous", "binary", "multiclass"),
        ),
    ),
    reference=make,
    settle=settle,
    sklearn="sklearn.preprocessing.TargetEncoder",
    ns_per_value=150.0,
)
