"""A workload's statements, read from its `.sql` files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.syntax import Statement


@dataclass(frozen=True, slots=True)
class WorkloadStatement:
    """One statement: the file it stands in, or its name; its text without the semicolon; its tree (offsets are those of
    the file)."""

    file: str
    text: str
    tree: Statement


def read_statements(folder: Path) -> tuple[WorkloadStatement, ...]:
    """The statements of every `.sql` file of `folder` (not of its folders), by file name and then as they stand.

    Raises the first ParseError there is.
    """
    return tuple(statement for path in sorted(folder.glob("*.sql")) for statement in _read(path))


def _read(path: Path) -> list[WorkloadStatement]:
    return statements_of(path.name, path.read_text(encoding="utf-8"))


def statements_of(name: str, text: str) -> list[WorkloadStatement]:
    """The statements of one text. Raises the first ParseError there is."""
    script, errors = parse_script(text)
    if errors:
        raise errors[0]
    return [WorkloadStatement(name, text[tree.span.start : tree.span.end], tree) for tree in script.statements]
