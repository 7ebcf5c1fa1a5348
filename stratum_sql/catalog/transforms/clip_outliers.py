"""clip_outliers(x, low, high): numbers cut to two quantiles of the training rows; NULL stays NULL.

The quantiles are linearly interpolated and ignore NULL; a column all NULL in training is left as it is.

SELECT clip_outliers(fare, 0.01, 0.99) FROM trips
"""

from __future__ import annotations

import numpy as np

from stratum_sql.catalog.checks import number
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns
from stratum_sql.catalog.sklearn_like import ClipOutliers
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: `low` and `high`, the bounds of every column, shape (columns,)."""
    need_rows(inputs)
    low, high = params["low"], params["high"]
    if low > high:
        raise ValueError(f"clip_outliers needs low at most high, not {low} and {high}")
    bounds = np.array([_bounds(values, low, high) for values in number_columns(inputs)]).reshape(-1, 2)
    return {"low": bounds[:, 0].copy(), "high": bounds[:, 1].copy()}


def _bounds(values: Floats, low: float, high: float) -> Floats:
    kept = values[~np.isnan(values)]
    return np.quantile(kept, [low, high]) if len(kept) else np.array([-np.inf, np.inf])


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """Values below `low` become `low`, above `high` become `high`."""
    columns = number_columns(inputs)
    clipped = (np.clip(values, state["low"][at], state["high"][at]) for at, values in enumerate(columns))
    return (block(clipped, inputs.names, len(inputs)),)


CLIP_OUTLIERS = TransformSpec(
    name="clip_outliers",
    summary="numbers cut to two quantiles of the training rows; NULL stays NULL",
    example="clip_outliers(fare, 0.01, 0.99)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    parameters=(
        Parameter("low", 0.01, "the lower quantile", number(low=0, high=1)),
        Parameter("high", 0.99, "the upper quantile", number(low=0, high=1)),
    ),
    reference=lambda params, _seed: ClipOutliers(low=params["low"], high=params["high"]),
    ns_per_value=15.0,
)
