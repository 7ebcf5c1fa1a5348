"""standard_scale(x): numbers with mean 0 and variance 1 over the training rows.

NULL stays NULL, a constant column gives 0.

SELECT standard_scale(distance) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from stratum_sql import kernels
from stratum_sql.catalog.affine import Affine, NumberSums, Terms
from stratum_sql.catalog.checks import boolean
from stratum_sql.catalog.columns import Block, Inputs, Part
from stratum_sql.catalog.numeric import Floats, need_rows, number_columns
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, _params: Params, _target: Target | None, _seed: int) -> State:
    """State: `count`, `mean`, `variance` and `scale` of every column, each of shape (columns,); scale 1 for a constant.

    They are scikit-learn's to the last bit, not only to 1e-15: whether a mean that was imputed becomes 0 or 1e-17
    decides in which bin a boosted tree puts it.
    """
    need_rows(inputs)
    found = [kernels.mean_and_variance(values) for values in number_columns(inputs)]
    count, mean, variance = (np.array([each[at] for each in found], dtype=np.float64) for at in range(3))
    return {"count": count.astype(np.int64), "mean": mean, "variance": variance, "scale": _scale(count, mean, variance)}


def _scale(count: Floats, mean: Floats, variance: Floats) -> Floats:
    """The standard deviations; 1 for a column whose variance is nothing but rounding, by scikit-learn's bound."""
    rounding = count * np.finfo(np.float64).eps
    constant = variance <= rounding * variance + (count * mean * np.finfo(np.float64).eps) ** 2
    deviation = np.sqrt(variance)
    return np.where(constant | (deviation == 0), 1.0, deviation)


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """`(x - mean) / deviation`, column by column."""
    shift, scale = shift_and_scale(state, params)
    return (Block(kernels.assemble(number_columns(inputs), None, shift, scale), inputs.names),)


def shift_and_scale(state: State, params: Params) -> tuple[Floats, Floats]:
    shift = state["mean"] if params["with_mean"] else np.zeros(len(state["mean"]))
    return shift, state["scale"] if params["with_std"] else np.ones(len(state["mean"]))


def from_sums(sums: NumberSums, _params: Params) -> State:
    """The state from what the training rows add up to, equal but for the last bits; see `fit`."""
    scale = _scale(sums.count, sums.mean, sums.variance)
    return {"count": sums.count, "mean": sums.mean, "variance": sums.variance, "scale": scale}


def terms(state: State, columns: Terms, params: Params) -> Terms:
    """The scaled columns as combinations of what the columns are combinations of."""
    return columns.scaled(*shift_and_scale(state, params))


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
    engine="rust",
    ns_per_value=10.0,
)
