"""missing_flag(x): 1 where a value is NULL, else 0, for every column.

SELECT missing_flag(dep_delay) FROM flights
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from stratum_sql.catalog.affine import NO_NULL, Affine, Terms
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.numeric import Floats, block
from stratum_sql.catalog.sklearn_like import MissingFlag
from stratum_sql.catalog.spec import Params, State, TransformSpec


def apply(_state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """Row-wise: nothing is fitted."""
    names = [f"missingindicator_{name}" for name in inputs.names]
    return (block((_flags(column) for column in inputs.columns), names, len(inputs)),)


def _flags(column: Column) -> Floats:
    missing = np.isnan(column.numbers) if column.kind == "number" else column.codes.codes < 0
    return missing.astype(np.float64)


def terms(_state: State, columns: Terms, _params: Params) -> Terms:
    """The flag for NULL of each column, itself never NULL; nothing where no row is NULL."""
    flagged = np.flatnonzero(columns.null != NO_NULL)
    entries = (np.ones(len(flagged)), (flagged, columns.null[flagged]))
    weights = sparse.csr_array(entries, shape=columns.weights.shape)
    return Terms(weights, np.full(len(columns), NO_NULL), np.zeros(len(columns)))


MISSING_FLAG = TransformSpec(
    name="missing_flag",
    summary="1 where a value is NULL, else 0",
    example="missing_flag(dep_delay)",
    takes="any",
    gives="number",
    per_column=True,
    fitted=False,
    apply=apply,
    affine=Affine("number", terms),
    reference=lambda _params, _seed: MissingFlag(),
    sklearn="sklearn.impute.MissingIndicator",
    ns_per_value=2.0,
)
