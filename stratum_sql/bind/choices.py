"""Choices in a SELECT list: `choose(a, b)`, `optional(x)`, `pca(COLUMNS('n.*'), choose_int(2, 8))`.

A head with choices stands for several heads: the user's text with the chosen words in the place of each choice. Each
is bound as any other head, so whatever they have in common is shared as between statements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import moved
from stratum_sql.bind.head import Token, closing_bracket, read_head, split_commas
from stratum_sql.bind.problems import placed
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog.search_space import Choice, Domain, Several, Space, SpaceProblem, domain_of, is_choice
from stratum_sql.errors import BindError, Span, StratumError
from stratum_sql.grammar.expressions import Cursor, read_value
from stratum_sql.grammar.syntax import Call
from stratum_sql.grammar.tokens import Words

Way = tuple["tuple[int, int] | str", ...] | None  # parts of the head's text and words of ours; None leaves the item out

Ways = Mapping[str, Way]  # by the name of the choice

_LOOKS_LIKE_ONE = re.compile(r"\b(choose(_int|_float|_bool)?|optional)\s*\(", re.IGNORECASE)
_POINT = "SELECT "  # before a choice's name among the parameters of a trial: no parameter's name has a space


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the select list: stretches of the head's text and, between them, names of choices. `before` and
    `after` are the stretches around the expression, with the alias; `name` is what the item is called."""

    name: str
    before: tuple[int, int]
    parts: tuple[tuple[int, int] | str, ...]
    after: tuple[int, int]

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to choose."""
        return not any(isinstance(part, str) for part in self.parts)


@dataclass(frozen=True, eq=False, slots=True)
class Choices:
    """The choices of one head by their names, and how to write the head that a way to choose gives."""

    text: str
    points: Mapping[str, Domain] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    list_span: tuple[int, int] = (0, 0)
    places: Mapping[str, Span] = field(default_factory=dict)  # of the choices, in the head's text

    def taken(self, params: dict[str, Any]) -> dict[str, Way]:
        """The ways out of a trial's parameters, which then are the estimator's alone."""
        return {name: params.pop(name) for name in self.points}

    def in_space(self, space: Space, start: int) -> Space:
        """An estimator's space with these choices before its own; the head begins at `start`."""
        if not self.points:
            return space
        places = {name: span.shift(start) for name, span in self.places.items()}
        return replace(
            space,
            candidates={**self.points, **space.candidates},
            order=(*self.points, *space.order),
            places={**places, **space.places},
        )

    def first(self) -> dict[str, Way]:
        """A way to choose: the first option of each choice."""
        firsts: dict[str, Any] = {name: next(domain.samples()) for name, domain in self.points.items()}
        return firsts

    def head(self, ways: Ways) -> Composed:
        """The head's text, chosen so. Where nothing is selected any more, it is no head."""
        whole = Composed.verbatim(self.text, Span(0, len(self.text)))
        if not self.points:
            return whole
        start, end = self.list_span
        written = [one for item in self.items if (one := self._item(item, ways, whole)) is not None]
        joined = whole.cut(0, start)
        for number, one in enumerate(written):
            joined = joined + ours(", " if number else "") + one
        return joined + ours(" ") + whole.cut(end, len(self.text))

    def selects(self, ways: Ways) -> bool:
        """Whether an item is left."""
        return not self.points or any(_filled(item.parts, ways) is not None for item in self.items)

    def shown(self, ways: Ways) -> tuple[tuple[str, str | None], ...]:
        """Each item that has choices by its name, and what it becomes; None where it is left out."""
        return tuple((item.name, self._words(item, ways)) for item in self.items if not item.is_fixed)

    def _item(self, item: Item, ways: Ways, whole: Composed) -> Composed | None:
        way = _filled(item.parts, ways)
        if way is None:
            return None
        made = Composed()
        for piece in (item.before, *way, item.after):
            made = made + (ours(piece) if isinstance(piece, str) else whole.cut(*piece))
        return made

    def _words(self, item: Item, ways: Ways) -> str | None:
        way = _filled(item.parts, ways)
        if way is None:
            return None
        return " ".join("".join(part if isinstance(part, str) else self.text[slice(*part)] for part in way).split())


def _filled(parts: Sequence[tuple[int, int] | str], ways: Ways) -> Way:
    """The parts of an item with each choice's way in its place; None if one of them leaves the item out."""
    made: list[tuple[int, int] | str] = []
    for part in parts:
        way = ways[part] if isinstance(part, str) else (part,)
        if way is None:
            return None
        made += way
    return tuple(made)


def shared_choices(script: str, span: Span, scope: Scope) -> Choices:
    """The choices of the head at `span`, found once for all statements that have it. Raises BindError."""
    text = script[span.start : span.end]
    if _LOOKS_LIKE_ONE.search(text) is None:
        return Choices(text)
    try:
        return scope.database.once(("choices", text), lambda: _Reader(text, scope).read())
    except StratumError as error:
        raise moved(error, script, span.start) from error.__cause__


class _Reader:
    """Reads the select list of one head."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope
        self.points: dict[str, Domain] = {}
        self.places: dict[str, Span] = {}
        self.names: Counter[str] = Counter()

    def read(self) -> Choices:
        whole = Composed.verbatim(self.text, Span(0, len(self.text)))
        head = read_head(whole, self.scope.database.tree(whole, self.text))
        if head is None:
            return Choices(self.text)
        listed = [token for token in head.tokens if head.list_start <= token.start < head.list_end]
        parts = [part for part in split_commas(listed) if part]
        items = tuple(
            self._item(part, item.start, item.end, item.alias) for part, item in zip(parts, head.items, strict=True)
        )
        return Choices(self.text, self.points, items, (head.list_start, head.list_end), self.places)

    def _item(self, tokens: tuple[Token, ...], start: int, end: int, alias: str | None) -> Item:
        parts: list[tuple[int, int] | str] = []
        at, name = start, alias or self.text[start:end]
        for call in self._calls(tokens):
            first, last = call[0].start, call[-1].end + 1
            whole = (first, last) == (start, end)
            if whole and call[0].text.lower() == "optional" and not alias:
                name = self.text[call[2].start : call[-2].end + 1]
            parts += [(at, first), self._point(name, self._domain(call, whole=whole), Span(first, last))]
            at = last
        parts.append((at, end))
        return Item(self._unlike_others(name), (tokens[0].start, start), tuple(parts), (end, tokens[-1].end + 1))

    def _point(self, name: str, domain: Domain, place: Span) -> str:
        """Keep a choice, under a name that no other has."""
        same = sum(known.startswith(_POINT + " ".join(name.split())) for known in self.points)
        point = _POINT + " ".join(name.split()) + (f" ({same + 1})" if same else "")
        self.points[point], self.places[point] = domain, place
        return point

    def _unlike_others(self, said: str) -> str:
        plain = " ".join(said.split())
        self.names[plain] += 1
        return plain if self.names[plain] == 1 else f"{plain} ({self.names[plain]})"

    def _calls(self, tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
        """The outermost choices among some tokens."""
        index = 0
        while index < len(tokens):
            token, after = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else None
            if after is not None and after.text == "(" and is_choice(token.text) and self._is_ours(tokens, index):
                end = closing_bracket(tokens, index + 1)
                yield tuple(tokens[index : end + 1])
                index = end
            index += 1

    def _is_ours(self, tokens: Sequence[Token], index: int) -> bool:
        """Whether the word is a choice: no quoted name, no field of something, no macro of the user's."""
        token = tokens[index]
        quoted = self.text[token.start] == '"'
        dotted = index > 0 and tokens[index - 1].text == "."
        return not (quoted or dotted or self._is_macro(token.text.lower()))

    def _is_macro(self, name: str) -> bool:
        question = "SELECT count(*) FROM duckdb_functions() WHERE lower(function_name) = ?"
        return bool(self.scope.database.look_up(question, [name])[0][0])

    def _domain(self, call: tuple[Token, ...], *, whole: bool) -> Domain:
        name, span = call[0].text.lower(), Span(call[0].start, call[-1].end + 1)
        if name not in ("choose", "optional"):
            return Several((self._range(span),), _written)
        arguments = [part for part in split_commas(call[2:-1]) if part] if len(call) > 3 else []
        if not arguments or (name == "optional" and len(arguments) > 1):
            takes = "one item" if name == "optional" else "the options to choose from"
            raise BindError.at(self.text, span, "wrong_arguments", f"{name} takes {takes}")
        options = [self._way(part, whole=whole) for part in arguments]
        if name == "optional":
            options.append(None if whole else ("NULL",))
        return Choice(tuple(options))

    def _way(self, tokens: tuple[Token, ...], *, whole: bool) -> Any:
        """An option: a way, or the domain of ways that choices inside it make. `whole`: it would be the whole item."""
        gaps: list[Domain] = []
        segments: list[Way] = []
        at = tokens[0].start
        calls = list(self._calls(tokens))
        if calls and len(calls[0]) == len(tokens):
            return self._domain(calls[0], whole=whole)
        for call in calls:
            segments += [((at, call[0].start),), None]
            gaps.append(self._domain(call, whole=False))
            at = call[-1].end + 1
        segments.append(((at, tokens[-1].end + 1),))
        return Several(tuple(gaps), _Filled(tuple(segments))) if gaps else segments[0]

    def _range(self, span: Span) -> Domain:
        words = Words(self.text[span.start : span.end])
        try:
            call = read_value(Cursor(words, 0, len(words.tokens), "SELECT"))
            assert isinstance(call, Call)
            return domain_of(call)
        except SpaceProblem as problem:
            raise placed(self.text, SpaceProblem(problem.code, problem.message, span), span) from None
        except StratumError as error:
            raise moved(error, self.text, span.start) from None


@dataclass(frozen=True, slots=True)
class _Filled:
    """An option with choices inside: stretches of text, and None where the next chosen way goes."""

    segments: tuple[Way, ...]

    def __call__(self, chosen: tuple[Any, ...]) -> Way:
        given = iter(chosen)
        return tuple(part for segment in self.segments for part in (next(given) if segment is None else segment))


def _written(values: tuple[Any, ...]) -> Way:
    """A number or a truth value as DuckDB reads it."""
    value = values[0]
    return (str(value).lower() if isinstance(value, bool) else repr(value),)
