"""quantile_map(x): numbers mapped to their rank in the training rows, 0 to 1, or to a normal distribution.

NULL stays NULL.

SELECT quantile_map(fare) FROM trips
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.preprocessing import QuantileTransformer

from stratum_sql import kernels
from stratum_sql.catalog.checks import integer, one_of, optional
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns, rows_matrix_with_null
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec
from stratum_sql.catalog.subsample import drawn
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


def fit(inputs: Inputs, params: Params, _target: Target | None, seed: int) -> State:
    """Quantiles of the rows that scikit-learn would draw; it draws none itself, as there are no more."""
    need_rows(inputs)
    columns = drawn(number_columns(inputs), params["subsample"], seed, replace=False)
    return WRAPPED.fitted(make(_capped(inputs, params), seed), np.column_stack(columns), inputs)


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """Ranks by a kernel. A normal distribution is scikit-learn's work, most of which is its inverse."""
    transformer = state["transformer"]
    quantiles = list(transformer.quantiles_.T)
    if params["output_distribution"] == "normal" or not all(_usable(each) for each in quantiles):
        return WRAPPED.apply(state, inputs, params)
    columns = zip(number_columns(inputs), quantiles, strict=True)
    ranks = (_ranks(values, each, transformer) for values, each in columns)
    return (block(ranks, state["names"], len(inputs)),)


def _ranks(values: Floats, quantiles: Floats, transformer: Any) -> Floats:
    found = kernels.ranks(values, quantiles, transformer.references_)
    found[values == quantiles[-1]] = 1.0
    found[values == quantiles[0]] = 0.0
    return found


def _usable(quantiles: Floats) -> bool:
    """Not where a column was all NULL, or its range is beyond that of doubles."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(quantiles[-1] - quantiles[0]) and (quantiles[1:] >= quantiles[:-1]).all())


QUANTILE_MAP = TransformSpec(
    name="quantile_map",
    summary="numbers mapped to their rank, uniform or normal; NULL stays NULL",
    example="quantile_map(fare)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=apply,
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
