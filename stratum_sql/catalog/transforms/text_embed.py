"""text_embed(x, model): the numbers that an embedding function of the host program gives for a text; NULL counts as ''.

SELECT text_embed(comment, 'mini') FROM reviews
"""

from __future__ import annotations

import numpy as np

from stratum_sql.catalog.checks import optional, text
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.embedders import embed, embedder
from stratum_sql.catalog.extents import embedding
from stratum_sql.catalog.numeric import Floats, blocks
from stratum_sql.catalog.sklearn_like import TextEmbed
from stratum_sql.catalog.spec import Parameter, Params, State, TransformSpec
from stratum_sql.catalog.texts import distinct_texts


def apply(_state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One dense block a column; every text is embedded once. Raises ValueError on an unknown model."""
    embedded = [(column, _embedded(column, params["model"])) for column in inputs.columns]
    return blocks(
        (values, [f"{column.name}_embed{at}" for at in range(values.shape[1])]) for column, values in embedded
    )


def _embedded(column: Column, model: str | None) -> Floats:
    distinct, rows = distinct_texts(column)
    return np.asfortranarray(embed(model, distinct)[rows])


TEXT_EMBED = TransformSpec(
    name="text_embed",
    summary="the numbers that an embedding function of the host program gives; NULL counts as ''",
    example="text_embed(comment, 'mini')",
    takes="text",
    gives="number",
    per_column=True,
    fitted=False,
    apply=apply,
    parameters=(Parameter("model", None, "the name the host program gave the function; must be said", optional(text)),),
    reference=lambda params, _seed: TextEmbed(embedder(params["model"])),
    engine="host",
    extent=embedding,
    ns_per_value=1e6,
)
