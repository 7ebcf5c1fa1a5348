"""standard_scale(x): numbers with mean 0 and variance 1 over the training rows.

NULL stays NULL, a constant column gives 0.

SELECT standard_scale(distance) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from stratum_sql.catalog.checks import boolean
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import block, need_rows, number_columns
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, _params: Params, _target: Target | None, _seed: int) -> State:
    """State: `count`, `mean`, `variance` and `scale` of every column, each of shape (columns,); scale 1 for a constant.

    They are scikit-learn's to the last bit, not only to 1e-15: whether a mean that was imputed becomes 0 or 1e-17
    decides in which bin a boosted tree puts it.
    """
    need_rows(inputs)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [StandardScaler().fit(values.reshape(-1, 1)) for values in number_columns(inputs)]
    return {
        "count": np.array([np.max(each.n_samples_seen_) for each in found], dtype=np.int64),
        "mean": np.array([each.mean_[0] for each in found], dtype=np.float64),
        "variance": np.array([each.var_[0] for each in found], dtype=np.float64),
        "scale": np.array([each.scale_[0] for each in found], dtype=np.float64),
    }


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """`(x - mean) / deviation`, column by column."""
    shift = state["mean"] if params["with_mean"] else np.zeros(len(state["mean"]))
    scale = state["scale"] if params["with_std"] else np.ones(len(state["mean"]))
    scaled = ((values - shift[at]) / scale[at] for at, values in enumerate(number_columns(inputs)))
    return (block(scaled, inputs.names, len(inputs)),)


STANDARD_SCALE = TransformSpec(
    name="standard_scale",
    summary="numbers with mean 0 and variance 1; NULL stays NULL, a constant column gives 0",
    example="standard_scale(distance)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
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
