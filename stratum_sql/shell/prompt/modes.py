"""The forms in which rows are written: `.mode table`, csv, json, markdown, line.

A table has the first rows, as many columns as fit; the others have all rows, and say nothing of statements without
rows. JSON has the values of `stratum run --format json`; in CSV NULL is empty, and nested values are JSON.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

from rich.cells import cell_len

from stratum_sql.errors import printable
from stratum_sql.results import Result
from stratum_sql.shell import jsonout, render
from stratum_sql.shell.grid import one_line


def written(result: Result, mode: str, page: render.Page) -> str:
    """The rows of a result that has no error, without a last line end; empty where there is nothing to say."""
    if _is_count(result):
        return _counted(result) if mode == "table" else ""
    if mode == "table":
        return render.text(result, page)
    if result.parts:
        return "\n".join(filter(None, (written(part, mode, page) for part in result.parts if part.error is None)))
    if not result.columns:
        return ""
    if mode == "line" and result.kind == "explain":
        return render.text(result, page)
    return WRITERS[mode](result)


_WRITES = re.compile(r"(CREATE|INSERT|UPDATE|DELETE|COPY|MERGE)\b|WITH\b.*\b(INSERT|UPDATE|DELETE)\b", re.I | re.S)


def _is_count(result: Result) -> bool:
    """Whether the answer is how many rows a statement wrote, or that it succeeded: not rows of anybody's."""
    return result.columns in (["Count"], ["Success"]) and (
        len(result) == 0 or _WRITES.match(result.statement.lstrip()) is not None
    )


def _counted(result: Result) -> str:
    count = sum(row[0] for row in _rows(result) if isinstance(row[0], int))
    return f"ok, {count:,} row{'s' * (count != 1)}" if len(result) else "ok"


def _rows(result: Result) -> list[tuple[Any, ...]]:
    return result.head(len(result))


def _csv(result: Result) -> str:
    shown = io.StringIO()
    writer = csv.writer(shown, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows([_cell(value) for value in row] for row in _rows(result))
    return shown.getvalue().removesuffix("\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | str):
        return str(value)
    encoded = jsonout.encode(value)
    return encoded if isinstance(encoded, str) else json.dumps(encoded, ensure_ascii=False)


def _json(result: Result) -> str:
    names = jsonout.unique(result.columns)
    records = [{name: jsonout.encode(value) for name, value in zip(names, row, strict=True)} for row in _rows(result)]
    return "[" + ",\n".join(jsonout.dumps({**record}) for record in records) + "]"


def _markdown(result: Result) -> str:
    names = [_in_markdown(name) for name in result.columns]
    rules = ["---:" if render.is_number(kind) else "---" for kind in result.types]
    rows = [[_in_markdown(render.value(value)) for value in row] for row in _rows(result)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (names, rules, *rows))


def _in_markdown(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _line(result: Result) -> str:
    """A line for each value, `name = value`, and an empty one between two rows."""
    names = [one_line(name) for name in result.columns]
    width = max(map(cell_len, names))
    return "\n\n".join(
        "\n".join(
            " " * (width - cell_len(name)) + f"{name} = {printable(render.value(value))}"
            for name, value in zip(names, row, strict=True)
        )
        for row in _rows(result)
    )


WRITERS: dict[str, Callable[[Result], str]] = {"csv": _csv, "json": _json, "markdown": _markdown, "line": _line}
