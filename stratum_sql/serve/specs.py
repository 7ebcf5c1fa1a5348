"""What stands in a shell's plan for the engine: a JSON object that comes back with the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratum_sql.bind.composed import Composed
from stratum_sql.quoting import quote_text
from stratum_sql.serve.boards import Columns
from stratum_sql.serve.frames import bad_frame
from stratum_sql.serve.shipped import pieces_of, read_pieces

_ROWS = "__stratum_rows"
_SETTINGS = {"folder": "", "timeout": 0.0}


@dataclass(frozen=True, slots=True)
class Asked:
    """A block of a shell. `waits`: whether its statements that train wait for the rest of an open batch, of which
    `waiting` are the columns of each that waits."""

    text: str
    shell: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = False
    waiting: tuple[Columns, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """One statement over the rows of a shell, or over none. `text` is the user's block, `written` the statement that
    the engine runs, with places for its tables; `tables` are the names of those, if the rows are STRUCTs of them.
    `columns` are those of the answer; `shell` is the shell's own: where the engine is."""

    kind: str  # train, wait, ask, predict, commit, begin, rollback
    text: str
    written: Composed
    columns: Columns = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    shell: Mapping[str, Any] = field(default_factory=dict)


def write_spec(spec: Spec) -> str:
    """A specification as JSON."""
    return json.dumps(
        {
            "kind": spec.kind,
            "text": spec.text,
            "written": pieces_of(spec.written),
            "columns": spec.columns,
            "tables": spec.tables,
            "shell": {name: value for name, value in spec.shell.items() if _SETTINGS.get(name, value) != value},
        },
        separators=(",", ":"),
    )


def read_spec(spec: str) -> Spec:
    """What `write_spec` has written. Raises RunError `bad_frame`."""
    try:
        told = json.loads(spec)
        written, tables = read_pieces(told["written"]), tuple(map(str, told["tables"]))
        return Spec(str(told["kind"]), str(told["text"]), written, dict(told["columns"]), tables, told["shell"])
    except (LookupError, TypeError, ValueError, RecursionError):
        raise bad_frame("a specification of a plan is malformed") from None


def over_rows(spec: Spec, source: str, columns: Columns) -> str:
    """The plan of what is answered about all rows of a query."""
    fit = f"SELECT stratum_fit({quote_text(write_spec(spec))}, {_ROWS}) AS answer FROM ({source}\n) AS {_ROWS}"
    return f"SELECT {from_json('answer', columns)} FROM ({fit})"


def over_none(spec: Spec, columns: Columns) -> str:
    """The plan of what is answered about no query."""
    return f"SELECT {from_json(f'stratum_ask({quote_text(write_spec(spec))})', columns)}"


def from_json(value: str, columns: Columns) -> str:
    """SQL: the rows of a JSON text as a relation's columns."""
    return f"unnest(from_json({value}, {quote_text(json.dumps([columns]))}), max_depth := 2)"


def from_json_row(value: str, columns: Columns) -> str:
    """SQL: a JSON text as a STRUCT."""
    return f"from_json({value}, {quote_text(json.dumps(columns))})"
