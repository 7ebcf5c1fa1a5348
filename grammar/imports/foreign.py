"""What every import shares: text rewritten by the places of its tokens, names, queries in brackets, errors.

A token of a foreign script is spelled in our way (`Token.text`) and stands where the user wrote it (`start`, `end`), so
that everything that reads tokens works, and errors underline the user's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from stratum_sql.errors import ParseError, Span, StratumError, TooComplex
from stratum_sql.grammar.expressions import DEEPEST, Cursor, read_name
from stratum_sql.grammar.split import QUERY_STARTS
from stratum_sql.grammar.syntax import Argument, Call, Expression, Literal
from stratum_sql.grammar.tokens import MARK, NO_COLUMNS, Words, is_bracket, unmatched
from stratum_sql.quoting import quote

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|#[^\n]*", re.DOTALL)
_BARE = re.compile(r"^(?:--|#|/\*)\s*|\s*\*/$")  # what makes a comment of its text
NOWHERE = Span(0, 0)  # the place of what is written by us: no message underlines it


def spell_name(name: str) -> str:
    """`name` as DuckDB reads it: in double quotes where it must be."""
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in NO_COLUMNS:
        return name
    return quote(name)


@dataclass(slots=True)
class Foreign:
    """A script that is being rewritten.

    `construct(foreign, index, hi)` reads what a dialect says of models at the token `index`, if it does: the index
    after it, and what it becomes. `targets` are the targets of the models made so far, by the model's name in lower
    case; `notes` are what the statement's comment will say.
    """

    words: Words
    construct: Callable[[Foreign, int, int], tuple[int, str] | None]
    targets: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    depth: int = 0
    _models: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def rewritten(self, lo: int, hi: int) -> str:
        """The tokens `lo` up to `hi` with what stands between them. Raises TooComplex past `DEEPEST` of each other."""
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"calls about models nest more than {DEEPEST} deep"
            raise TooComplex.at(self.words.text, self.words.span(lo, lo + 1), "too_deep", message)
        pieces, index = [], lo
        while index < hi:
            pieces.append(self.between(index) if index > lo else "")
            end, text = self.construct(self, index, hi) or (index + 1, self.words.tokens[index].text)
            pieces.append(text)
            index = end
        self.depth -= 1
        return "".join(pieces)

    def between(self, index: int) -> str:
        """What stands before the token `index`: white space and comments."""
        tokens = self.words.tokens
        start = tokens[index - 1].end if index else 0
        end = tokens[index].start if index < len(tokens) else len(self.words.text)
        return _COMMENT.sub(_comment, self.words.text[start:end])

    def query(self, lo: int, hi: int, place: str) -> str:
        """The query of tokens `lo` up to `hi`, without the brackets around it. Raises ParseError if it is none."""
        while self.words.upper(lo) == "(" and self.words.partner[lo] == hi - 1 and not self._comment_in(lo, hi):
            lo, hi = lo + 1, hi - 1
        if lo >= hi or self.words.upper(lo) not in QUERY_STARTS:
            raise Cursor(self.words, lo, hi, place).expected("a query")
        return self.rewritten(lo, hi)

    def _comment_in(self, lo: int, hi: int) -> bool:
        return bool(self.between(lo + 1).strip() or self.between(hi - 1).strip())

    def model(self, cursor: Cursor) -> str:
        """The name of a model, which is its last part here: models stand in no schema. Raises ParseError, also where
        two models of the script would become one."""
        name = read_name(cursor, "the name of a model")
        parts = tuple(part.lower() for part in name.parts)
        if len(parts) > 1 and parts[-1] not in self._models:
            self.note(f"models stand in no schema here: {'.'.join(name.parts)} is {name.last}")
        known = self._models.setdefault(parts[-1], parts)
        shared = min(len(known), len(parts))
        if known[-shared:] != parts[-shared:]:
            message = f"models stand in no schema here, where this one and {'.'.join(known)} would be one"
            raise cursor.error("not_supported", message, name.span)
        return spell_name(name.last)

    def note(self, text: str) -> None:
        """Let the comment before the statement say `text`, on one line, once."""
        line = " ".join(text.split())
        if line not in self.notes:
            self.notes.append(line)

    def keep_comments(self, lo: int, hi: int) -> None:
        """Note the comments between the tokens `lo` up to `hi`, which are not printed."""
        tokens = self.words.tokens
        for before, after in pairwise(tokens[lo:hi]):
            for found in _COMMENT.findall(self.words.text[before.end : after.start]):
                self.note(_BARE.sub("", found))


def _comment(found: re.Match[str]) -> str:
    text = found.group()
    return f"--{text[1:]}" if text.startswith("#") else text


def rewrite_script(foreign: Foreign, statement: Callable[[Foreign, int, int], str | None]) -> str:
    """The whole script; `statement` rewrites one that is told by its first words, and answers None for others."""
    words, pieces, index = foreign.words, [], 0
    _check_brackets(words)
    while index < len(words.tokens):
        hi = _statement_end(words, index)
        pieces.append(foreign.between(index))
        if hi > index:
            written = statement(foreign, index, hi) or foreign.rewritten(index, hi)
            pieces += [*(f"-- {note}\n" for note in foreign.notes), written]
            foreign.notes.clear()
        if hi < len(words.tokens):
            pieces.append((foreign.between(hi) if hi > index else "") + ";")
        index = hi + 1
    return "".join([*pieces, foreign.between(len(words.tokens))])


def _statement_end(words: Words, index: int) -> int:
    while index < len(words.tokens) and words.upper(index) != ";":
        index = words.skip(index)
    return min(index, len(words.tokens))


def _check_brackets(words: Words) -> None:
    for index, token in enumerate(words.tokens):
        if token.kind == MARK and is_bracket(token) and words.partner[index] < 0:
            raise unmatched(words, index)


# ---- CREATE MODEL --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Creation:
    """`CREATE [OR REPLACE] MODEL [IF NOT EXISTS] name`, as it is printed, and the model's name."""

    text: str
    name: str


def read_creation(foreign: Foreign, cursor: Cursor, what: str = "MODEL") -> Creation | None:
    """What stands before a model's options; None for another CREATE, with the cursor anywhere."""
    if not cursor.accept("CREATE"):
        return None
    or_replace = cursor.accept("OR", "REPLACE")
    if not cursor.accept(what):
        return None
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = foreign.model(cursor)
    create = "CREATE OR REPLACE MODEL" if or_replace else "CREATE MODEL"
    return Creation(f"{create} {'IF NOT EXISTS ' if if_not_exists else ''}{name}", name)


# ---- options -------------------------------------------------------------------------------------------------------


class Options:
    """The options of a statement by their names in lower case; each is taken once, and none may be left.

    `place` is the word before them, for what is missing.
    """

    def __init__(self, cursor: Cursor, arguments: Iterable[Argument], place: Span) -> None:
        self.cursor = cursor
        self.place = place
        self._left: dict[str, Argument] = {}
        for argument in arguments:
            if argument.name is None:
                raise cursor.error("expected", f"an option without a name in {cursor.place}", argument.span)
            name = argument.name.lower()
            if name in self._left:
                raise cursor.error("clause_twice", f"{name} stands twice in {cursor.place}", argument.span)
            self._left[name] = argument

    def take(self, name: str) -> Argument | None:
        """The option `name`, which is then read; None if it was not given."""
        return self._left.pop(name, None)

    def names(self) -> tuple[str, ...]:
        """What was not read yet."""
        return tuple(self._left)

    def given(self) -> tuple[Argument, ...]:
        """What was not read yet, in the order written."""
        return tuple(self._left.values())

    def text(self, name: str) -> str | None:
        """The text of the option `name`."""
        argument = self.take(name)
        return None if argument is None else self.text_of(argument)

    def text_of(self, argument: Argument) -> str:
        """The text of `argument`. Raises ParseError for another value."""
        value = argument.value
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            raise self.wrong(argument, "a text in quotes")
        return value.value

    def wrong(self, argument: Argument, what: str, value: Expression | None = None) -> StratumError:
        """The error for a value that is not `what`."""
        return self.cursor.error("expected", f"{argument.name} takes {what}", (value or argument.value).span)

    def no_equal(self, argument: Argument, why: str, hint: str | None = None) -> StratumError:
        """The error for an option that nothing here is equal to."""
        return self.cursor.error("not_supported", f"{argument.name} {why}", argument.span, hint=hint)


def literal(value: float | str | bool | None) -> Literal:
    """A value that we write."""
    return Literal(value, NOWHERE)


def call(name: str, *args: Argument) -> Call:
    """A call that we write."""
    return Call(name, args, NOWHERE, NOWHERE)


def argument(name: str | None, value: Expression) -> Argument:
    """An argument that we write."""
    return Argument(name, value, NOWHERE)


def not_supported(words: Words, lo: int, hi: int, message: str, hint: str | None = None) -> StratumError:
    """The error for what has no equal here."""
    return ParseError.at(words.text, words.span(lo, hi), "not_supported", message, hint=hint)
