"""standard_scale(x): numbers with mean 0 and variance 1 over the training rows.

NULL stays NULL, a constant column gives 0.

SELECT standard_scale(distance) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from stratum_sql.catalog.affine import Affine, NumberSums, Terms
from stratum_sql.catalog.checks import boolean
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns
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
    shift, scale = _shift_and_scale(state, params)
    scaled = ((values - shift[at]) / scale[at] for at, values in enumerate(number_columns(inputs)))
    return (block(scaled, inputs.names, len(inputs)),)


def _shift_and_scale(state: State, params: Params) -> tuple[Floats, Floats]:
    shift = state["mean"] if params["with_mean"] else np.zeros(len(state["mean"]))
    return shift, state["scale"] if params["with_std"] else np.ones(len(state["mean"]))


def from_sums(sums: NumberSums, _params: Params) -> State:
    """The state from what the training rows add up to, equal but for the last bits; see `fit`."""
    deviation = np.sqrt(sums.variance)
    rounding = np.finfo(np.float64).eps * sums.count
    constant = sums.variance <= rounding * sums.variance + (rounding * sums.mean) ** 2  # scikit-learn's bound
    scale = np.where(constant | (deviation == 0), 1.0, deviation)
    return {"count": sums.count, "mean": sums.mean, "variance": sums.variance, "scale": scale}


def terms(state: State, columns: Terms, params: Params) -> Terms:
    """The scaled columns as combinations of what the columns are combinations of."""
    return columns.scaled(*_shift_and_scale(state, params))


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
    affine=Affine("number", terms, from_sums),
    parameters=(
        Parameter("with_mean", True, "subtract the mean", boolean),
        Parameter("with_std", True, "divide by the standard deviation", boolean),
    ),
    reference=lambda params, _seed: StandardScaler(with_mean=params["with_mean"], with_std=params["with_std"]),
    sklearn="sklearn.preprocessing.StandardScaler",
    ns_per_value=10.0,
)
