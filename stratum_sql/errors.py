"""What a user is told: one diagnostic record for every phase, and one exception class a phase.

A diagnostic shows the place and the way out:

    BindError[unknown_column]: no column "agee" in people; did you mean "age"?
      line 1, column 8
      SELECT agee
             ^^^^
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from typing import Literal

Phase = Literal["parse", "bind", "plan", "run"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of characters `[start, end)` in the text the user sent."""

    start: int
    end: int

    def shift(self, by: int) -> Span:
        """The same range in a text that has `by` more characters before it."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem, told once, in the form every door (terminal, JSON, Python) shows.

    Lines and columns count from 1, in characters; `end_column` is exclusive. `code` is stable and documented in
    `docs/errors.md`; `retryable` says whether the same text may pass later without a change.
    """

    code: str
    message: str
    phase: Phase
    severity: Severity = "error"
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    snippet: str | None = None
    did_you_mean: tuple[str, ...] = field(default=())
    hint: str | None = None
    query_id: int | None = None
    retryable: bool = False

    def to_dict(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def __str__(self) -> str:
        lines = [f"{self.message}{_suggest(self.did_you_mean)}"]
        if self.line is not None:
            lines.append(f"  line {self.line}, column {self.column}")
        if self.snippet:
            lines += ["  " + row for row in self.snippet.splitlines()]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class StratumError(Exception):
    """Base of everything this package raises on purpose; carries one `Diagnostic`."""

    phase: Phase = "run"

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic
        self.name = diagnostic.code
        self.msg = str(diagnostic)

    def __str__(self) -> str:
        return f"{type(self).__name__}[{self.diagnostic.code}]: {self.diagnostic}"

    def __reduce__(self) -> tuple[type[StratumError], tuple[Diagnostic]]:
        return type(self), (self.diagnostic,)

    @classmethod
    def at(
        cls,
        text: str,
        span: Span | None,
        code: str,
        message: str,
        *,
        did_you_mean: Iterable[str] = (),
        hint: str | None = None,
    ) -> StratumError:
        """An error that underlines `span` of `text`; with no span it has no place."""
        place = locate(text, span) if span is not None else {}
        return cls(
            Diagnostic(
                code=code,
                message=message,
                phase=cls.phase,
                did_you_mean=tuple(did_you_mean),
                hint=hint,
                **place,  # type: ignore[arg-type]
            )
        )


class ParseError(StratumError):
    """The text is not a statement of the dialect."""

    phase: Phase = "parse"


class TooComplex(ParseError):
    """The text is longer, deeper or has more statements than the caps allow; said before any parsing."""


class BindError(StratumError):
    """A name, type or parameter in the statement means nothing here."""

    phase: Phase = "bind"


class NotAllowed(BindError):
    """The statement asks for something this session was not given."""


class PlanError(StratumError):
    """The statement means something, but no engine can run it."""

    phase: Phase = "plan"


class RunError(StratumError):
    """It failed while running: data, memory, time, or the store."""

    phase: Phase = "run"


class Interrupted(RunError):
    """Stopped by the caller."""


class ModelCorrupt(RunError):
    """A stored model's bytes are not those that were written; nothing of it was run."""


def placed(error: StratumError, text: str, span: Span) -> StratumError:
    """The same error at `span` of `text` where it says no place, as those of data: a file may have many statements."""
    if error.diagnostic.line is not None:
        return error
    return type(error)(replace(error.diagnostic, **locate(text, span)))  # type: ignore[arg-type]


def locate(text: str, span: Span) -> dict[str, object]:
    """Line, column and underlined snippet of `span` in `text`, as `Diagnostic` fields."""
    start = min(max(span.start, 0), len(text))
    end = min(max(span.end, start), len(text))
    line, column = _line_column(text, start)
    end_line, end_column = _line_column(text, end)
    return {
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "snippet": _underline(text, start, end),
    }


def suggestions(name: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """The `known` names nearest to `name`, best first, compared without case."""
    by_lower = {item.lower(): item for item in known}
    return tuple(by_lower[hit] for hit in get_close_matches(name.lower(), by_lower, n=most, cutoff=0.6))


def _line_column(text: str, offset: int) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


_WIDEST = 110  # characters of the user's line that are shown; the place stays in the middle of longer ones


def _underline(text: str, start: int, end: int) -> str:
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    left = max(line_start, start - _WIDEST // 2) if line_end - line_start > _WIDEST else line_start
    right = min(line_end, left + _WIDEST)
    marks = max(1, min(end, right) - start)
    return f"{printable(text[left:right])}\n{' ' * (start - left)}{'^' * marks}"


def printable(text: str) -> str:
    """`text` with control and direction-changing characters replaced, one for one, so that it shows as it is."""
    return "".join(
        char if char.isprintable() else " " if char in "\t\r\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def _suggest(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    quoted = [f'"{printable(name)}"' for name in names]
    return f"; did you mean {' or '.join([', '.join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]}?"
