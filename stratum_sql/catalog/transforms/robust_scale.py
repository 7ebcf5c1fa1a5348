"""robust_scale(x): numbers less their median, divided by a quantile range of the training rows; NULL stays NULL.

SELECT robust_scale(arr_delay) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import RobustScaler

from stratum_sql.catalog.affine import Affine, Terms
from stratum_sql.catalog.checks import boolean, rising_pair
from stratum_sql.catalog.numeric import rows_matrix_with_null
from stratum_sql.catalog.spec import Parameter, Params, State, TransformSpec
from stratum_sql.catalog.wrapping import Wrapped


def make(params: Params, _seed: int) -> RobustScaler:
    return RobustScaler(
        with_centering=params["with_centering"],
        with_scaling=params["with_scaling"],
        quantile_range=tuple(params["quantile_range"]),
        unit_variance=params["unit_variance"],
    )


WRAPPED = Wrapped(make, rows_matrix_with_null)


def terms(state: State, columns: Terms, _params: Params) -> Terms:
    """The scaled columns as combinations of what the columns are combinations of."""
    scaler, zeros, ones = state["transformer"], np.zeros(len(columns)), np.ones(len(columns))
    shift, scale = scaler.center_, scaler.scale_  # None where a parameter leaves it out
    return columns.scaled(zeros if shift is None else shift, ones if scale is None else scale)


ROBUST_SCALE = TransformSpec(
    name="robust_scale",
    summary="numbers less their median, divided by their quantile range; NULL stays NULL",
    example="robust_scale(arr_delay)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=WRAPPED.fit,
    apply=WRAPPED.apply,
    fit_apply=WRAPPED.fit_apply,
    affine=Affine("number", terms),
    parameters=(
        Parameter("with_centering", True, "subtract the median", boolean),
        Parameter("with_scaling", True, "divide by the quantile range", boolean),
        Parameter("quantile_range", (25.0, 75.0), "the quantiles, in percent", rising_pair(low=0, high=100)),
        Parameter("unit_variance", False, "scale so that normal data has variance 1", boolean),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.RobustScaler",
    engine="scikit-learn",
    ns_per_value=30.0,
)
