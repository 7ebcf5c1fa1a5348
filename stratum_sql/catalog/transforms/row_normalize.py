"""row_normalize(a, b, ..): every row divided by its length over these columns; a row of zeros stays.

SELECT row_normalize(dep_delay, arr_delay) FROM flights
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import Normalizer, normalize

from stratum_sql.catalog.checks import one_of
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import any_matrix, as_block
from stratum_sql.catalog.spec import Parameter, Params, State, TransformSpec


def apply(_state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """Row-wise: nothing is fitted. Raises ValueError on NULL."""
    if len(inputs) == 0:
        return (as_block(np.empty((0, len(inputs.names))), inputs.names),)
    return (as_block(normalize(any_matrix(inputs), norm=params["norm"]), inputs.names),)


ROW_NORMALIZE = TransformSpec(
    name="row_normalize",
    summary="every row divided by its length over these columns; refuses NULL",
    example="row_normalize(dep_delay, arr_delay)",
    takes="number",
    gives="number",
    per_column=False,
    fitted=False,
    apply=apply,
    parameters=(Parameter("norm", "l2", "what length means", one_of("l1", "l2", "max")),),
    reference=lambda params, _seed: Normalizer(norm=params["norm"]),
    sklearn="sklearn.preprocessing.Normalizer",
    ns_per_value=5.0,
)
