"""robust_scale(x): numbers less their median, divided by a quantile range of the training rows; NULL stays NULL.

SELECT robust_scale(arr_delay) FROM flights
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from sklearn.preprocessing import RobustScaler

from stratum_sql import kernels
from stratum_sql.catalog.affine import Affine, Terms
from stratum_sql.catalog.checks import boolean, rising_pair
from stratum_sql.catalog.columns import Block, Inputs, Part
from stratum_sql.catalog.numeric import Floats, need_rows, number_columns
from stratum_sql.catalog.quantiles import Ordered
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def make(params: Params, _seed: int) -> RobustScaler:
    return RobustScaler(
        with_centering=params["with_centering"],
        with_scaling=params["with_scaling"],
        quantile_range=tuple(params["quantile_range"]),
        unit_variance=params["unit_variance"],
    )


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: `center` and `scale` of every column, each of shape (columns,); 0 and 1 where a parameter leaves it out,
    NaN for a column that is all NULL."""
    need_rows(inputs)
    columns = [Ordered(values) for values in number_columns(inputs)]
    center, scale = np.zeros(len(columns)), np.ones(len(columns))
    if params["with_centering"]:
        center = np.array([column.median() for column in columns], dtype=np.float64)
    if params["with_scaling"]:
        scale = _scale(columns, params)
    return {"center": center, "scale": scale}


def _scale(columns: list[Ordered], params: Params) -> Floats:
    """The quantile ranges; 1 for a column whose range is nothing but rounding, by scikit-learn's bound."""
    low, high = params["quantile_range"]
    ends = np.array([column.percentiles((low, high)) for column in columns], dtype=np.float64)
    width = ends[:, 1] - ends[:, 0]
    scale: Floats = np.where(width < 10 * np.finfo(np.float64).eps, 1.0, width)
    if params["unit_variance"]:
        scale /= stats.norm.ppf(high / 100.0) - stats.norm.ppf(low / 100.0)
    return scale


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """`(x - center) / scale`, column by column."""
    return (Block(kernels.assemble(number_columns(inputs), None, state["center"], state["scale"]), inputs.names),)


def terms(state: State, columns: Terms, _params: Params) -> Terms:
    """The scaled columns as combinations of what the columns are combinations of."""
    return columns.scaled(state["center"], state["scale"])


ROBUST_SCALE = TransformSpec(
    name="robust_scale",
    summary="numbers less their median, divided by their quantile range; NULL stays NULL",
    example="robust_scale(arr_delay)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    affine=Affine("number", terms),
    parameters=(
        Parameter("with_centering", True, "subtract the median", boolean),
        Parameter("with_scaling", True, "divide by the quantile range", boolean),
        Parameter("quantile_range", (25.0, 75.0), "the quantiles, in percent", rising_pair(low=0, high=100)),
        Parameter("unit_variance", False, "scale so that normal data has variance 1", boolean),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.RobustScaler",
    engine="rust",
    ns_per_value=30.0,
)
