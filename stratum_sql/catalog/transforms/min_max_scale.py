"""min_max_scale(x): numbers moved so that the training rows fill a range, 0 to 1 unless said; NULL stays NULL.

SELECT min_max_scale(distance) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from stratum_sql.catalog.affine import Affine, Terms
from stratum_sql.catalog.checks import boolean, rising_pair
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, _params: Params, _target: Target | None, _seed: int) -> State:
    """State: `low` and `high`, the extremes of every column, shape (columns,); NaN where all is NULL."""
    need_rows(inputs)
    columns = number_columns(inputs)
    return {
        "low": np.array([np.fmin.reduce(values) for values in columns]),
        "high": np.array([np.fmax.reduce(values) for values in columns]),
    }


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """`x * scale + shift`, clipped to the range if `clip`."""
    scale, shift = scale_and_shift(state, params)
    bounds = params["feature_range"] if params["clip"] else None
    scaled = (_scaled(*each, bounds) for each in zip(number_columns(inputs), scale, shift, strict=True))
    return (block(scaled, inputs.names, len(inputs)),)


def _scaled(values: Floats, scale: float, shift: float, bounds: tuple[float, float] | None) -> Floats:
    scaled = values * scale
    scaled += shift
    return scaled if bounds is None else np.clip(scaled, *bounds, out=scaled)


def scale_and_shift(state: State, params: Params) -> tuple[Floats, Floats]:
    low, high = params["feature_range"]
    spread = state["high"] - state["low"]
    # a spread of nothing but rounding counts as 1, by scikit-learn's bound
    scale = (high - low) / np.where(spread < 10 * np.finfo(np.float64).eps, 1.0, spread)
    return scale, low - state["low"] * scale


def terms(state: State, columns: Terms, params: Params) -> Terms:
    """The scaled columns as combinations of what the columns are combinations of."""
    scale, shift = scale_and_shift(state, params)
    return columns.scaled(-shift / scale, 1 / scale)


AFFINE = Affine(
    "number",
    terms,
    lambda sums, _params: {"low": sums.low, "high": sums.high},
    applies=lambda params: not params["clip"],
    needs_extremes=True,
)
MIN_MAX_SCALE = TransformSpec(
    name="min_max_scale",
    summary="numbers moved into a range, 0 to 1 unless said; NULL stays NULL",
    example="min_max_scale(distance)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    affine=AFFINE,
    parameters=(
        Parameter("feature_range", (0, 1), "the range of the training rows afterwards: (low, high)", rising_pair()),
        Parameter("clip", False, "cut values of other rows to the range", boolean),
    ),
    reference=lambda params, _seed: MinMaxScaler(feature_range=tuple(params["feature_range"]), clip=params["clip"]),
    sklearn="sklearn.preprocessing.MinMaxScaler",
    ns_per_value=3.0,
)
