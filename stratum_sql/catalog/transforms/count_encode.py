"""count_encode(x): how many training rows have this category; 0 for one not seen there. NULL counts as a category.

SELECT count_encode(tailnum) FROM flights
"""

from __future__ import annotations

import numpy as np

from stratum_sql.catalog.affine import Affine, Levels, LevelSums, Terms
from stratum_sql.catalog.categories import looked_up, places_of_codes, seen
from stratum_sql.catalog.checks import boolean
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.numeric import Floats, need_rows, number_columns
from stratum_sql.catalog.sklearn_like import CountEncoder
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, _params: Params, _target: Target | None, _seed: int) -> State:
    """State: `rows`, and for every column `values` (k,) sorted and `counts` (k + 1,), the last one of NULL."""
    need_rows(inputs)
    return {"rows": len(inputs), "columns": [_fit_column(column) for column in inputs.columns]}


def _fit_column(column: Column) -> State:
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity
    found = seen(column)
    return {"values": found.values, "counts": np.append(found.counts, found.nulls)}


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """Numbers of rows, or shares of the training rows if `normalize`."""
    divisor = state["rows"] if params["normalize"] else 1
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return tuple(_count(known, column, divisor) for known, column in pairs)


def _count(known: State, column: Column, divisor: int) -> Part:
    return looked_up(column, known["values"], len(known["values"]), table_of(known) / divisor)


def table_of(known: State) -> Floats:
    return np.append(known["counts"], 0).astype(np.float64)  # place -1, not seen, reads the last entry


def from_sums(sums: LevelSums, _params: Params) -> State:
    """The state from the training rows' counts; categories that no training row has count 0."""
    return {"rows": sums.rows, "columns": [{"values": sums.values, "counts": np.append(sums.counts, sums.nulls)}]}


def terms(state: State, levels: Levels, params: Params) -> Terms:
    """A table look-up by category."""
    known, divisor = state["columns"][0], state["rows"] if params["normalize"] else 1
    at = places_of_codes(levels.column, known["values"], null=len(known["values"]))
    return levels.looked_up((table_of(known)[at] / divisor).reshape(-1, 1))


COUNT_ENCODE = TransformSpec(
    name="count_encode",
    summary="how many training rows have this category, 0 for unseen ones; NULL counts as a category",
    example="count_encode(tailnum)",
    takes="category",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    coded=lambda _params: True,
    affine=Affine("category", terms, from_sums),
    parameters=(Parameter("normalize", False, "shares of the training rows instead of numbers", boolean),),
    reference=lambda params, _seed: CountEncoder(normalize=params["normalize"]),
    ns_per_value=3.0,
)
