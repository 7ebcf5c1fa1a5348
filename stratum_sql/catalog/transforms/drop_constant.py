"""drop_constant(a, b, ..): the columns that vary over the training rows; NULL is ignored.

A column all NULL is dropped. Where all are constant none is left; scikit-learn's VarianceThreshold raises there.

SELECT drop_constant(COLUMNS('num_.*')) FROM people
"""

from __future__ import annotations

import numpy as np

from stratum_sql.catalog.checks import number
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.moments import moments
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns
from stratum_sql.catalog.sklearn_like import DropConstant
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: `kept`, the positions of the columns that stay."""
    need_rows(inputs)
    kept = [at for at, values in enumerate(number_columns(inputs)) if _varies(values, params["threshold"])]
    return {"kept": np.array(kept, dtype=np.int64)}


def _varies(values: Floats, threshold: float) -> bool:
    """Whether the variance exceeds `threshold`; two different values suffice for 0, whatever rounding says."""
    if threshold == 0:
        return bool(np.fmin.reduce(values) < np.fmax.reduce(values))
    found = moments(values)
    return found.count > 0 and found.m2 / found.count > threshold


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """The kept columns, unchanged."""
    columns = number_columns(inputs)
    names = [inputs.names[at] for at in state["kept"]]
    return (block((columns[at] for at in state["kept"]), names, len(inputs)),)


DROP_CONSTANT = TransformSpec(
    name="drop_constant",
    summary="the columns that vary over the training rows; NULL is ignored",
    example="drop_constant(COLUMNS('num_.*'))",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    parameters=(Parameter("threshold", 0.0, "the variance a column must exceed", number(low=0)),),
    reference=lambda params, _seed: DropConstant(threshold=params["threshold"]),
    sklearn="sklearn.feature_selection.VarianceThreshold",
    engine="rust",
    ns_per_value=3.0,
)
