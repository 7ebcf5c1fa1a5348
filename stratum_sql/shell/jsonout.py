"""Results for programs: one JSON document, or one object a line.

Values: NULL, NaN and infinities are null; DATE, TIME and TIMESTAMP are ISO 8601 text, INTERVAL an ISO 8601 duration;
DECIMAL and UUID are text, so that no digit is lost; BLOB is base64; STRUCT and MAP are objects, lists arrays; integers
are numbers of any length.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import Diagnostic, StratumError

if TYPE_CHECKING:
    from stratum_sql.results import Result, Row

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command says: for each text its name and result, the exit code, and an error that hit them all."""

    results: Sequence[Result]
    sources: Sequence[str]
    exit_code: int
    error: StratumError | None = None


def document(answer: Answer, max_rows: int | None) -> str:
    """Everything as one JSON document of one line; at most `max_rows` rows a result (None: all), which it says."""
    results: list[Json] = []
    for result, source in zip(answer.results, answer.sources, strict=True):
        rows = _rows(result, max_rows)
        results.append({**_about(result, source, len(rows)), "rows": [[encode(item) for item in row] for row in rows]})
    return dumps({"results": results, "exit_code": answer.exit_code, "error": _error(answer.error)})


def json_lines(answer: Answer, max_rows: int | None) -> Iterator[str]:
    """One line about each result, then one a row, each with the result's index; the last line has the exit code."""
    for index, (result, source) in enumerate(zip(answer.results, answer.sources, strict=True)):
        rows = _rows(result, max_rows)
        yield dumps({"result": index, **_about(result, source, len(rows))})
        names = unique(_names(result))
        for row in rows:
            record: dict[str, Json] = {name: encode(item) for name, item in zip(names, row, strict=True)}
            yield dumps({"result": index, "row": record})
    yield dumps({"exit_code": answer.exit_code, "error": _error(answer.error)})


def _about(result: Result, source: str, shown: int) -> dict[str, Json]:
    total = 0 if result.error is not None else len(result)
    return {
        "kind": result.kind,
        "source": source,
        "columns": [*_names(result)],
        "types": [] if result.error is not None else [*result.types],
        "truncated": shown < total,
        "total_rows": total,
        "metrics": [{"name": metric.name, "higher_is_better": metric.higher_is_better} for metric in result.metrics],
        "summary": encode(asdict(result.summary)) if result.summary else None,
        "warnings": [_diagnostic(warning) for warning in result.warnings],
        "error": _error(result.error),
    }


def _names(result: Result) -> list[str]:
    return [] if result.error is not None else result.columns


def _rows(result: Result, max_rows: int | None) -> list[Row]:
    if result.error is not None:
        return []
    return result.head(len(result) if max_rows is None else max_rows)


def _diagnostic(problem: Diagnostic) -> Json:
    return encode(problem.to_dict())


def _error(error: StratumError | None) -> Json:
    return _diagnostic(error.diagnostic) if error is not None else None


def unique(names: Sequence[str]) -> list[str]:
    """The names, those that repeat an earlier one with `_1`, `_2` … behind, as DuckDB's DataFrames have them."""
    taken: set[str] = set()
    given = []
    for name in names:
        fresh = next(other for other in _numbered(name) if other not in taken)
        taken.add(fresh)
        given.append(fresh)
    return given


def _numbered(name: str) -> Iterator[str]:
    yield name
    count = 1
    while True:
        yield f"{name}_{count}"
        count += 1


def encode(value: Any) -> Json:
    """One Python value as JSON values; the rules stand at the top of this file. What it does not know becomes text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(encode(key)): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [encode(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    return _moment(value) if isinstance(value, date | time | datetime | timedelta) else str(value)


def _moment(value: date | time | datetime | timedelta) -> str:
    """ISO 8601 text; an interval is told in days and seconds, as Python keeps it."""
    if not isinstance(value, timedelta):
        return value.isoformat()
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    return f"P{value.days}DT{value.seconds}{fraction}S"


def dumps(value: Json) -> str:
    """`value` as one line of strict JSON; characters that a terminal would obey or hide are written as `\\uXXXX`."""
    told = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSEEN.sub(lambda found: _escaped(found[0]), told)


_UNSEEN = re.compile(r"[^\x20-\x7e]")


def _escaped(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]
