"""poly(a, b, .., degree): all products of these columns up to a degree; refuses NULL.

SELECT poly(distance, air_time, 2) FROM flights
"""

from __future__ import annotations

from math import comb

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

from stratum_sql.catalog.checks import boolean, either, integer, ordered_pair
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import products
from stratum_sql.catalog.numeric import as_block, rows_matrix
from stratum_sql.catalog.spec import Parameter, Params, State, TransformSpec

MOST_COLUMNS = 100_000  # out; more is a slip, and would not fit in memory


def make(params: Params, _seed: int) -> PolynomialFeatures:
    degree = params["degree"]
    return PolynomialFeatures(
        degree=degree if isinstance(degree, int) else tuple(degree),
        interaction_only=params["interaction_only"],
        include_bias=params["include_bias"],
    )


def powers(params: Params, columns: int) -> list[tuple[int, ...]]:
    """Of every column out, in their order, the columns in that it is the product of, ascending; none is the 1."""
    found = make(params, 0).fit(np.zeros((1, columns))).powers_
    return [tuple(np.repeat(np.arange(columns), row).tolist()) for row in found]


def apply(_state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """Row-wise: nothing is fitted. Raises ValueError on NULL, and on more columns out than can be meant."""
    width = len(inputs.names)
    highest = params["degree"] if isinstance(params["degree"], int) else params["degree"][1]
    if comb(width + highest, highest) > MOST_COLUMNS:
        raise ValueError(f"poly of {width} columns up to degree {highest} makes more than {MOST_COLUMNS} columns")
    maker = make(params, 0).fit(np.zeros((1, width)))
    names = maker.get_feature_names_out(np.asarray(inputs.names, dtype=object))
    values = maker.transform(rows_matrix(inputs)) if len(inputs) else np.empty((0, len(names)))
    return (as_block(values, [str(name) for name in names]),)


POLY = TransformSpec(
    name="poly",
    summary="all products of these columns up to a degree; refuses NULL",
    example="poly(distance, air_time, 2)",
    takes="number",
    gives="number",
    per_column=False,
    fitted=False,
    apply=apply,
    parameters=(
        Parameter(
            "degree",
            2,
            "the highest degree, or (lowest, highest)",
            either(integer(low=0, high=20), ordered_pair(integer(low=0, high=20))),
        ),
        Parameter("interaction_only", False, "no powers of one column", boolean),
        Parameter("include_bias", True, "a first column of ones, as in scikit-learn", boolean),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.PolynomialFeatures",
    engine="scikit-learn",
    extent=products,
    ns_per_value=15.0,
)
