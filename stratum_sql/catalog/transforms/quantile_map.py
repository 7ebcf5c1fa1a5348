"""quantile_map(x): numbers mapped to their rank in the training rows, 0 to 1, or to a normal distribution.

NULL stays NULL.

SELECT quantile_map(fare) FROM trips
"""

from __future__ import annotations

from sklearn.preprocessing import QuantileTransformer

from stratum_sql.catalog.checks import integer, one_of, optional
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import rows_matrix_with_null
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec
from stratum_sql.catalog.wrapping import Wrapped


def make(params: Params, seed: int) -> QuantileTransformer:
    return QuantileTransformer(
        n_quantiles=params["n_quantiles"],
        output_distribution=params["output_distribution"],
        subsample=params["subsample"],
        random_state=seed,
    )


WRAPPED = Wrapped(make, rows_matrix_with_null)


def _capped(inputs: Inputs, params: Params) -> Params:
    """No more quantiles than rows: scikit-learn does the same and warns."""
    return {**params, "n_quantiles": max(1, min(params["n_quantiles"], len(inputs)))}


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return WRAPPED.fit(inputs, _capped(inputs, params), target, seed)


def fit_apply(inputs: Inputs, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    return WRAPPED.fit_apply(inputs, _capped(inputs, params), target, seed)


QUANTILE_MAP = TransformSpec(
    name="quantile_map",
    summary="numbers mapped to their rank, uniform or normal; NULL stays NULL",
    example="quantile_map(fare)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=WRAPPED.apply,
    fit_apply=fit_apply,
    parameters=(
        Parameter("n_quantiles", 1000, "points of the distribution that are kept", integer(low=1, high=10_000_000)),
        Parameter("output_distribution", "uniform", "what comes out", one_of("uniform", "normal")),
        Parameter("subsample", 10_000, "rows drawn to find the quantiles; NULL for all", optional(integer(low=1))),
    ),
    reference=make,
    sklearn="sklearn.preprocessing.QuantileTransformer",
    engine="scikit-learn",
    ns_per_value=100.0,
)
