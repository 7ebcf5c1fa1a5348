"""The classes of a model in the type of the column it was trained on: a BOOLEAN comes back as one, a DATE as a DATE."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from stratum_sql.errors import Diagnostic, ModelCorrupt
from stratum_sql.trust.private import private_connection


@dataclass(frozen=True, eq=False, slots=True)
class Classes:
    """Labels in the order of the estimator's class codes; `names` are their DuckDB texts."""

    values: pa.Array
    names: tuple[str, ...]


def read_classes(labels: Sequence[Any], duckdb_type: str) -> Classes:
    """Labels of a manifest as values of the target's type. Raises ModelCorrupt if they are none.

    A connection that can reach nothing casts them: the type is a text out of a file.
    """
    with closing(private_connection()) as connection:
        try:
            query = f"SELECT label, label::VARCHAR FROM (SELECT CAST(unnest($1) AS {duckdb_type}) AS label)"
            table = connection.sql(query, params=[list(labels)]).to_arrow_table()
        except duckdb.Error:
            message = f"the model's classes are no values of {duckdb_type[:60]}"
            raise ModelCorrupt(Diagnostic("model_corrupt", message, "run")) from None
    values, names = (column.combine_chunks() for column in table.columns)
    if len(values) != len(labels):
        raise ModelCorrupt(Diagnostic("model_corrupt", "the model's classes cannot be read", "run"))
    return Classes(values, tuple(names.to_pylist()))
