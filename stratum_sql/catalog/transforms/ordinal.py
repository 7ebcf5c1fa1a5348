"""ordinal(x): the number of the category, 0, 1, .. in sorted order; NULL gives NULL.

A category that training had not gives `unknown_value`: NULL, or a negative number that says so.

SELECT ordinal(carrier) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from stratum_sql.catalog.affine import Affine, Levels, LevelSums, Terms
from stratum_sql.catalog.categories import Seen, grouped_slots, infrequent, looked_up, null_place, places_of_codes, seen
from stratum_sql.catalog.checks import either, integer, number, optional
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.numeric import Floats, need_rows, number_columns
from stratum_sql.catalog.sklearn_like import NullToNan
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def make(params: Params, _seed: int) -> Pipeline:
    """scikit-learn counts NaN as missing, but None as a category: the first step makes them one."""
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=_number(params["unknown_value"]),
        encoded_missing_value=_number(params["encoded_missing_value"]),
        min_frequency=params["min_frequency"],
        max_categories=params["max_categories"],
    )
    return Pipeline([("null_to_nan", NullToNan()), ("ordinal", encoder)])


def _number(value: int | None) -> float:
    return np.nan if value is None else value


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: for every column `values` (k,) sorted, `null` (was NULL seen) and `numbers` (k,) that they become."""
    need_rows(inputs)
    return {"columns": [_fit_column(column, len(inputs), params) for column in inputs.columns]}


def _fit_column(column: Column, rows: int, params: Params) -> State:
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity, as scikit-learn does
    return _known(seen(column), rows, params)


def _known(found: Seen, rows: int, params: Params) -> State:
    grouped = infrequent(found.counts, rows, params["min_frequency"], params["max_categories"])
    return {"values": found.values, "null": found.nulls > 0, "numbers": grouped_slots(grouped).astype(np.float64)}


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One number a value."""
    return tuple(_encode(known, column, params) for known, column in zip(state["columns"], inputs.columns, strict=True))


def _encode(known: State, column: Column, params: Params) -> Part:
    return looked_up(column, known["values"], null_place(known), table_of(known, params))


def table_of(known: State, params: Params) -> Floats:
    missing, unknown = _number(params["encoded_missing_value"]), _number(params["unknown_value"])
    return np.append(known["numbers"], [missing, unknown])  # place -1, not seen, reads the last entry


def from_sums(sums: LevelSums, params: Params) -> State:
    """The state from the training rows' counts: the very same as from the rows."""
    present = np.flatnonzero(sums.counts)
    return {"columns": [_known(Seen(sums.values[present], sums.counts[present], sums.nulls), sums.rows, params)]}


def terms(state: State, levels: Levels, params: Params) -> Terms:
    """A table look-up by category."""
    known = state["columns"][0]
    at = places_of_codes(levels.column, known["values"], null_place(known))
    return levels.looked_up(table_of(known, params)[at].reshape(-1, 1))


ORDINAL = TransformSpec(
    name="ordinal",
    summary="the number of the category in sorted order; NULL and unseen categories give NULL unless said",
    example="ordinal(carrier)",
    takes="category",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    coded=lambda _params: True,
    affine=Affine("category", terms, from_sums),
    parameters=(
        Parameter("unknown_value", None, "what unseen categories give: NULL or below 0", optional(integer(high=-1))),
        Parameter(
            "encoded_missing_value",
            None,
            "what NULL gives if training had it, else it is unseen: NULL or below 0",
            optional(integer(high=-1)),
        ),
        Parameter(
            "min_frequency",
            None,
            "rarer categories share the last number: rows (integer) or share of rows (0 to 1)",
            optional(either(integer(low=1), number(low=0, high=1))),
        ),
        Parameter("max_categories", None, "at most this many numbers", optional(integer(low=1))),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.OrdinalEncoder",
    ns_per_value=6.0,
)
