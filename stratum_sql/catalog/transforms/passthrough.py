"""passthrough(x): the columns as they are, beside transformed ones.

SELECT passthrough(distance), one_hot(carrier) FROM flights
"""

from __future__ import annotations

from sklearn.preprocessing import FunctionTransformer

from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import same_categories
from stratum_sql.catalog.spec import Params, State, TransformSpec


def apply(_state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """The very parts that came in."""
    return inputs.parts


PASSTHROUGH = TransformSpec(
    name="passthrough",
    summary="the columns as they are",
    example="passthrough(distance)",
    takes="any",
    gives="same",
    per_column=True,
    fitted=False,
    apply=apply,
    reference=lambda _params, _seed: FunctionTransformer(feature_names_out="one-to-one"),
    sklearn="sklearn.preprocessing.FunctionTransformer",
    extent=same_categories,
    ns_per_value=0.0,
)
