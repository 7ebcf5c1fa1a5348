"""Results as they are sent: what a `Result` says as JSON, its rows as an Arrow stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import duckdb
import pyarrow as pa

from stratum_sql import errors
from stratum_sql.catalog.metrics import metric
from stratum_sql.errors import Diagnostic, RunError, StratumError
from stratum_sql.plain import DatabaseError
from stratum_sql.results import Result, Summary
from stratum_sql.serve.frames import bad_frame

_CLASSES: Mapping[str, type[StratumError]] = {
    **{name: one for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, StratumError)},
    "DatabaseError": DatabaseError,
}


def table_bytes(table: pa.Table) -> pa.Buffer:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def read_table(data: Any) -> pa.Table:
    """The table of an Arrow stream. Raises RunError `bad_frame` where it is none, or is malformed."""
    try:
        with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise bad_frame(f"the data is no well-formed Arrow stream: {str(error).splitlines()[0][:200]}") from None
    return table


# ---- results ---------------------------------------------------------------------------------------------------------


def write_results(results: Sequence[Sequence[Result]], most: int) -> tuple[list[list[dict[str, Any]]], bytes]:
    """The results of texts as JSON values, and their rows one after the other. A result whose rows cannot be sent, or
    that would make them more than `most` bytes, becomes an error."""
    parts: list[pa.Buffer] = []
    heads = [[_write(result, parts, most) for result in own] for own in results]
    return heads, b"".join(parts)


def _write(result: Result, parts: list[pa.Buffer], most: int) -> dict[str, Any]:
    head = {
        "kind": result.kind,
        "statement": result.statement,
        "warnings": [warning.to_dict() for warning in result.warnings],
        "metrics": [one.name for one in result.metrics],
        "summary": None if result.summary is None else asdict(result.summary),
    }
    if result.error is not None:
        return {**head, "error": write_error(result.error)}
    try:
        tables = [table_bytes(result.arrow()), *([] if result.folds is None else [table_bytes(result.folds)])]
    except (pa.ArrowException, duckdb.Error, StratumError) as error:
        return {**head, "error": write_error(_unsendable(f"the rows cannot be sent: {str(error).splitlines()[0]}"))}
    if sum(part.size for part in (*parts, *tables)) > most:
        return {**head, "error": write_error(_unsendable(f"the answer has more than {most:,} bytes"))}
    parts += tables
    return {**head, "sizes": [part.size for part in tables]}


def _unsendable(message: str) -> StratumError:
    return RunError.at("", None, "unsendable", message, hint="ask for fewer rows, or cast them to other types")


def read_results(heads: Sequence[Sequence[Mapping[str, Any]]], data: Any) -> list[list[Result]]:
    """What `write_results` has written."""
    tables = _tables(heads, memoryview(data))
    return [[_read(head, tables) for head in own] for own in heads]


def _tables(heads: Sequence[Sequence[Mapping[str, Any]]], data: memoryview) -> Iterator[pa.Table]:
    at = 0
    for size in (size for own in heads for head in own for size in head.get("sizes", ())):
        yield read_table(data[at : at + size])
        at += size


def _read(head: Mapping[str, Any], tables: Iterator[pa.Table]) -> Result:
    warnings = [_diagnostic(warning) for warning in head["warnings"]]
    if "error" in head:
        return Result.failed(read_error(head["error"]), head["statement"], warnings=warnings)
    metrics = [found for name in head["metrics"] if (found := metric(name)) is not None]
    summary = None if head["summary"] is None else Summary(**head["summary"])
    read = [next(tables) for _ in head["sizes"]]
    result = Result.from_arrow(
        read[0], head["kind"], statement=head["statement"], warnings=warnings, metrics=metrics, summary=summary
    )
    result.folds = read[1] if len(read) > 1 else None
    return result


# ---- errors ----------------------------------------------------------------------------------------------------------


def write_error(error: StratumError) -> dict[str, Any]:
    """An error as JSON values."""
    return {"class": type(error).__name__, **error.diagnostic.to_dict()}


def read_error(told: Mapping[str, Any]) -> StratumError:
    """What `write_error` has written."""
    return _CLASSES.get(told["class"], RunError)(_diagnostic(told))


def _diagnostic(told: Mapping[str, Any]) -> Diagnostic:
    fields = {name: value for name, value in told.items() if name != "class"}
    return Diagnostic(**{**fields, "did_you_mean": tuple(fields["did_you_mean"])})
