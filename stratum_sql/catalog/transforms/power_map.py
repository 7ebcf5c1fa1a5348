"""power_map(x): numbers made more like a normal distribution by a power with a fitted exponent; NULL stays NULL.

SELECT power_map(fare) FROM trips
"""

from __future__ import annotations

from sklearn.preprocessing import PowerTransformer

from stratum_sql.catalog.checks import boolean, one_of
from stratum_sql.catalog.numeric import rows_matrix_with_null
from stratum_sql.catalog.spec import Parameter, Params, TransformSpec
from stratum_sql.catalog.wrapping import Wrapped


def make(params: Params, _seed: int) -> PowerTransformer:
    return PowerTransformer(method=params["method"], standardize=params["standardize"])


WRAPPED = Wrapped(make, rows_matrix_with_null)

POWER_MAP = TransformSpec(
    name="power_map",
    summary="numbers made more like a normal distribution by a fitted power; NULL stays NULL",
    example="power_map(fare)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=WRAPPED.fit,
    apply=WRAPPED.apply,
    fit_apply=WRAPPED.fit_apply,
    parameters=(
        Parameter("method", "yeo-johnson", "box-cox takes positive numbers only", one_of("yeo-johnson", "box-cox")),
        Parameter("standardize", True, "then mean 0 and variance 1", boolean),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.PowerTransformer",
    engine="scikit-learn",
    ns_per_value=500.0,
)
