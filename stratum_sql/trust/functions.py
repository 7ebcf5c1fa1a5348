"""The reviewed list of DuckDB's functions, read from `functions.txt`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Verdict = Literal["allow", "short", "count", "range", "format", "refuse"]
TableVerdict = Literal["table", "file", "refuse-table"]

_HEADER = re.compile(r"^\[([a-z-]+)\] ")


@cache
def scalar_verdicts() -> dict[str, Verdict]:
    """Lower-case name of every reviewed scalar, aggregate, window function and scalar macro → what is done with it."""
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    return {name: verdict for verdict in verdicts for name in _names(verdict)}


@cache
def table_verdicts() -> dict[str, TableVerdict]:
    """Lower-case name of every reviewed table function and table macro → what is done with it."""
    verdicts: tuple[TableVerdict, ...] = get_args(TableVerdict)
    return {name: verdict for verdict in verdicts for name in _names(verdict)}


def _names(kind: str) -> list[str]:
    return [name for section, name in _reviewed() if section == kind]


@cache
def _reviewed() -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    section = ""
    for line in files(__package__).joinpath("functions.txt").read_text("utf-8").splitlines():
        header = _HEADER.match(line)
        if header:
            section = header[1]
        elif section and not line.startswith("# "):
            rows += [(section, name.lower()) for name in line.split()]
    return tuple(rows)
