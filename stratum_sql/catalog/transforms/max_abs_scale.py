"""max_abs_scale(x): numbers divided by the largest absolute value of the training rows; 0 stays 0, NULL stays NULL.

SELECT max_abs_scale(distance) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import MaxAbsScaler

from stratum_sql import kernels
from stratum_sql.catalog.affine import Affine, NumberSums, Terms
from stratum_sql.catalog.columns import Block, Inputs, Part
from stratum_sql.catalog.numeric import Floats, need_rows, number_columns
from stratum_sql.catalog.spec import Params, State, Target, TransformSpec


def fit(inputs: Inputs, _params: Params, _target: Target | None, _seed: int) -> State:
    """State: `largest`, the largest absolute value of every column, shape (columns,); NaN where all is NULL."""
    need_rows(inputs)
    return {"largest": np.array([np.fmax.reduce(np.abs(values)) for values in number_columns(inputs)])}


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """`x / largest`; a largest value of nothing but rounding counts as 1, by scikit-learn's bound."""
    return (Block(kernels.assemble(number_columns(inputs), None, None, scale_of(state)), inputs.names),)


def scale_of(state: State) -> Floats:
    return np.where(state["largest"] < 10 * np.finfo(np.float64).eps, 1.0, state["largest"])


def from_sums(sums: NumberSums, _params: Params) -> State:
    """The state from the training rows' extremes."""
    return {"largest": np.fmax(np.abs(sums.low), np.abs(sums.high))}


def terms(state: State, columns: Terms, _params: Params) -> Terms:
    """The scaled columns as combinations of what the columns are combinations of."""
    return columns.scaled(np.zeros(len(columns)), scale_of(state))


MAX_ABS_SCALE = TransformSpec(
    name="max_abs_scale",
    summary="numbers divided by the largest absolute value; 0 stays 0, NULL stays NULL",
    example="max_abs_scale(distance)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    affine=Affine("number", terms, from_sums, needs_extremes=True),
    reference=lambda _params, _seed: MaxAbsScaler(),
    sklearn="sklearn.preprocessing.MaxAbsScaler",
    ns_per_value=3.0,
)
