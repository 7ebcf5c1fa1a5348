"""standard_scale(x): numbers with mean 0 and variance 1 over the training rows.

NULL stays NULL, a constant column gives 0.

SELECT standard_scale(distance) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from stratum_sql.catalog.checks import boolean
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.moments import moments
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, _params: Params, _target: Target | None, _seed: int) -> State:
    """State: `count`, `mean` and `m2` of every column, each of shape (columns,)."""
    need_rows(inputs)
    found = [moments(values) for values in number_columns(inputs)]
    return {
        "count": np.array([each.count for each in found], dtype=np.int64),
        "mean": np.array([each.mean for each in found], dtype=np.float64),
        "m2": np.array([each.m2 for each in found], dtype=np.float64),
    }


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """`(x - mean) / deviation`, column by column."""
    shift = state["mean"] if params["with_mean"] else np.zeros(len(state["mean"]))
    scale = deviations(state) if params["with_std"] else np.ones(len(state["mean"]))
    scaled = ((values - shift[at]) / scale[at] for at, values in enumerate(number_columns(inputs)))
    return (block(scaled, inputs.names, len(inputs)),)


def deviations(state: State) -> Floats:
    """Standard deviations (columns,), 1 where the variance is no more than rounding, by scikit-learn's bound."""
    count = np.maximum(state["count"], 1)
    variance = state["m2"] / count
    eps = np.finfo(np.float64).eps
    constant = variance <= count * eps * variance + (count * state["mean"] * eps) ** 2
    return np.where(constant, 1.0, np.sqrt(variance))


STANDARD_SCALE = TransformSpec(
    name="standard_scale",
    summary="numbers with mean 0 and variance 1; NULL stays NULL, a constant column gives 0",
    example="standard_scale(distance)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=apply,
    merges=True,
    parameters=(
        Parameter("with_mean", True, "subtract the mean", boolean),
        Parameter("with_std", True, "divide by the standard deviation", boolean),
    ),
    reference=lambda params, _seed: StandardScaler(with_mean=params["with_mean"], with_std=params["with_std"]),
    sklearn="sklearn.preprocessing.StandardScaler",
    ns_per_value=4.0,
)
