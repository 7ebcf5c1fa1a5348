"""Results as a shell reads them: JSON, one object a row."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from stratum_sql.errors import RunError, StratumError
from stratum_sql.results import Result


def rows_json(table: pa.Table, names: Sequence[str]) -> bytes:
    """The rows, columns called by `names` in their order. What is no number is the text that DuckDB casts to it.

    Raises RunError where a table has other columns than the plan has said.
    """
    if table.num_columns != len(names):
        message = f"the answer has {table.num_columns} columns, the plan has {len(names)}"
        raise RunError.at("", None, "internal", message)
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return json.dumps([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]).encode()


def rows_by_name(table: pa.Table, names: Sequence[str]) -> bytes:
    """The rows with the columns `names`; one that the table does not have is NULL."""
    found = [table.column(name) if name in table.column_names else pa.nulls(table.num_rows) for name in names]
    return rows_json(pa.table(found, names=list(names)), names)


def failed_board(error: StratumError) -> pa.Table:
    """What stands in the place of a leaderboard."""
    diagnostic = error.diagnostic
    return pa.table({"status": ["failed"], "error": [f"{diagnostic.code}: {diagnostic.message}"]})


def table_of(results: Sequence[Result]) -> pa.Table | None:
    """The rows of the last result; None where that has none. Raises StratumError: the first error of any."""
    for one in results:
        if one.error is not None:
            raise one.error
    return None if not results or results[-1].kind == "none" else results[-1].arrow()


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)  # nan, inf, -inf
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
