"""rare(x, min_frequency): categories with fewer training rows than that become one, named 'rare'; so do unseen ones.

The result is a category again, `one_hot(rare(carrier, 100))`; numbers become text (`10001`, `0.5`). NULL stays NULL.

SELECT one_hot(rare(carrier, 100)) FROM flights
"""

from __future__ import annotations

import numpy as np

from stratum_sql.catalog.categories import UNSEEN, Values, infrequent, label, places_of_codes, seen
from stratum_sql.catalog.checks import either, integer, number, optional, text
from stratum_sql.catalog.columns import CategoryColumn, Codes, Column, Inputs, Part
from stratum_sql.catalog.extents import same_categories
from stratum_sql.catalog.numeric import need_rows, number_columns
from stratum_sql.catalog.sklearn_like import RareCategories
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: for every column `values`, the categories that stay, sorted."""
    need_rows(inputs)
    return {"columns": [_fit_column(column, len(inputs), params) for column in inputs.columns]}


def _fit_column(column: Column, rows: int, params: Params) -> State:
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity
    found = seen(column)
    # `max_categories` counts the group itself, as in scikit-learn's encoders
    grouped = infrequent(found.counts, rows, params["min_frequency"], params["max_categories"])
    return {"values": found.values[~grouped]}


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One column of categories each."""
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return tuple(_group(known["values"], column, params["replacement"]) for known, column in pairs)


def _group(kept: Values, column: Column, replacement: str) -> CategoryColumn:
    labels = np.array([label(value) for value in kept] + [replacement], dtype=object)
    sorted_labels, code_of = np.unique(labels, return_inverse=True)
    # places: 0..k-1 kept, k NULL, -1 (the last entry) not kept
    table = np.concatenate([code_of[:-1], [UNSEEN], code_of[-1:]]).astype(np.int32)
    return CategoryColumn(
        column.name, Codes(table[places_of_codes(column, kept, null=len(kept))][column.codes.codes], sorted_labels)
    )


RARE = TransformSpec(
    name="rare",
    summary="categories that are rare in training, or unseen, become one; NULL stays NULL",
    example="one_hot(rare(carrier, 100))",
    takes="category",
    gives="category",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    parameters=(
        Parameter(
            "min_frequency",
            10,
            "fewest training rows of a category that stays: rows (integer) or share of rows (0 to 1)",
            either(integer(low=0), number(low=0, high=1)),
        ),
        Parameter(
            "max_categories", None, "at most this many categories, the rare one included", optional(integer(low=1))
        ),
        Parameter("replacement", "rare", "the name of the one category", text),
    ),
    reference=lambda params, _seed: RareCategories(
        min_frequency=params["min_frequency"],
        max_categories=params["max_categories"],
        replacement=params["replacement"],
    ),
    extent=same_categories,
    ns_per_value=6.0,
)
