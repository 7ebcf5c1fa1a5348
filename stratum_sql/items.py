"""The statements of the texts of one call, and which of them run together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from stratum_sql.errors import RunError, Span, StratumError
from stratum_sql.grammar.syntax import Command, Nested, Plain, Predict, Scored, Statement, Train
from stratum_sql.results import Result


class Script(Protocol):
    """A script that is run in a session together with others, as `stratum_sql.translate(.., run=False)` gives it."""

    @classmethod
    def run_together(cls, scripts: Sequence[Any], session: Any) -> None:
        """Run them all; what goes wrong in one is its own."""


@dataclass(frozen=True, slots=True)
class Item:
    """One statement of one text, or why it is none. `request` is the number of what
    it was sent with, where a call has several callers."""

    text_index: int
    text: str
    span: Span
    statement: Statement | StratumError
    request: int = 0

    @property
    def written(self) -> str:
        """The statement as the user wrote it."""
        return self.text[self.span.start : self.span.end]


def groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Adjacent TRAIN statements together, and adjacent PREDICT statements over one query, every other statement alone;
    what cannot be read stands between none."""
    readable = [item for item in items if not isinstance(item.statement, StratumError)]
    for together, found in groupby(readable, _together):
        group = list(found)
        yield from [group] if together is not None else [[item] for item in group]


def _together(item: Item) -> str | None:
    """Equal for adjacent statements that run as one, None for what runs alone."""
    match item.statement:
        case Train():
            return "TRAIN"
        case Predict(head=head):
            return f"PREDICT {item.text[head.start : head.end]}"
    return None


def breaks(item: Item, result: Result) -> bool:
    """Whether what follows in the same text must not run: it may need what did not happen."""
    return result.error is not None and isinstance(item.statement, Plain | Scored | Nested | Command)


def not_run(item: Item) -> Result:
    """The answer to a statement that was not run: why it could not be read, or that one before it failed."""
    if isinstance(item.statement, StratumError):
        return Result.failed(item.statement, item.written)
    message = "not run: a statement before it in the same text failed"
    return Result.failed(RunError.at(item.text, item.span, "skipped", message), item.written)
