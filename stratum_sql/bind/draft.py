"""Select items taken apart, types unknown yet: plain SQL below, calls of transforms, scalar SQL above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import TokenType

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database, Tree
from stratum_sql.bind.head import (
    Head,
    Item,
    Token,
    below,
    call_place,
    functions_in,
    has_star,
    place_of,
    qualified_columns,
    tables_in,
)
from stratum_sql.bind.names import Names, function_path
from stratum_sql.catalog.spec import Parameter, TransformSpec
from stratum_sql.errors import BindError, suggestions


@dataclass(frozen=True, slots=True)
class Plain:
    """A leaf whose type is not known yet; `starred` makes several columns."""

    sql: Composed
    tree: Tree
    starred: bool
    free: str = ""  # the text with table names taken off its columns
    tables: frozenset[str] = frozenset()  # names of the tables around it


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter that a call says: its name, its value, and the words it stands in."""

    name: str
    value: Any
    text: Composed


@dataclass(frozen=True, slots=True)
class Call:
    spec: TransformSpec
    params: tuple[Given, ...]
    children: tuple[Draft, ...]
    text: Composed


@dataclass(frozen=True, slots=True)
class Above:
    sql: str
    children: tuple[Draft, ...]
    text: Composed


Draft = Plain | Call | Above


class Drafter:
    """Takes the items of one head apart. It holds what every step needs to underline an error."""

    def __init__(self, script: str, database: Database, names: Names, head: Head) -> None:
        self.script, self.database, self.names, self.head = script, database, names, head
        self.tables = tables_in(head.tree.get("from_table"))

    def draft(self, item: Item) -> Draft:
        """The tree of one item, types unknown."""
        if item.start == item.end:
            return Plain(ours("*"), item.tree, True)
        return self._draft(self.head.text.cut(item.start, item.end), item.start, item.end, item.tree)

    def _draft(self, text: Composed, start: int, end: int, tree: Tree) -> Draft:
        calls = self._outermost_calls(tree)
        if not calls:
            self._refuse_in_subquery(tree)
            return Plain(text, tree, has_star(tree), self._free(start, end, tree), self.tables)
        first = calls[0]
        if tree is first or (tree.get("class") == "FUNCTION" and self.names.transform(tree) is not None):
            return self._call(tree)
        return self._above(start, end, tree, calls)

    def _free(self, start: int, end: int, tree: Tree) -> str:
        """The text `[start, end)` with the names of tables taken off: what it is over a query's output."""
        data, tables = self.head.text.text.encode(), self.tables
        first, last = len(self.head.text.text[:start].encode()), len(self.head.text.text[:end].encode())
        pieces, at = [], first
        for place, length in sorted(qualified_columns(tree, tables)):
            if first <= place < last:
                written = data[place : place + length].decode()
                pieces += [data[at:place].decode(), written[written.index(".") + 1 :].lstrip()]
                at = place + length
        return "".join(pieces) + data[at:last].decode()

    def _outermost_calls(self, tree: Any) -> list[Tree]:
        """Transform calls of an expression that no other transform call holds."""
        if isinstance(tree, list):
            return [call for item in tree for call in self._outermost_calls(item)]
        if not isinstance(tree, dict) or tree.get("class") == "SUBQUERY":
            return []
        if tree.get("class") == "FUNCTION" and self.names.transform(tree) is not None:
            return [tree]
        return [call for value in below(tree) for call in self._outermost_calls(value)]

    def _refuse_in_subquery(self, tree: Tree) -> None:
        for node in functions_in(tree, into_subqueries=True):
            if self.names.transform(node) is not None:
                raise transform_below(self.script, self.head.text, node)

    def _call(self, tree: Tree) -> Call:
        spec = self.names.transform(tree)
        assert spec is not None
        start, end, parts = self.arguments(tree)
        here = self.head.text.cut(start, end)
        arguments = tree["arguments"] or _bare_star(parts)
        if tree.get("distinct") or tree.get("filter") or len(parts) != len(arguments):
            raise self.error(here, "bad_call", f"{spec.name} takes columns and parameters, nothing else")
        children: list[Draft] = []
        params: dict[str, Given] = {}
        for part, argument in zip(parts, arguments, strict=True):
            self._argument(spec, part, argument, children, params)
        if not children:
            raise self.error(
                here, "no_column", f"{spec.name} needs a column", hint=f"for example SELECT {spec.example}"
            )
        return Call(spec, tuple(params.values()), tuple(children), here)

    def _argument(
        self,
        spec: TransformSpec,
        part: tuple[Token, ...],
        argument: Tree,
        children: list[Draft],
        params: dict[str, Given],
    ) -> None:
        text = self.head.text.cut(part[0].start, part[-1].end + 1)
        tree = argument["expression"]
        name = argument.get("name") or ""
        if name:
            value = next(i for i, token in enumerate(part) if token.text in {"=>", ":="}) + 1
            text = self.head.text.cut(part[value].start, part[-1].end + 1)
            found = self._parameter(spec, name, text).name
            params[found] = Given(found, self._value(text, tree), text)
        elif _is_constant(tree) and children:
            position = len(params)
            if position >= len(spec.parameters):
                raise self.error(text, "too_many_parameters", f"{spec.name} has {len(spec.parameters)} parameters")
            found = spec.parameters[position].name
            params[found] = Given(found, self._value(text, tree), text)
        else:
            children.append(self._draft(text, part[0].start, part[-1].end + 1, tree))

    def _parameter(self, spec: TransformSpec, name: str, text: Composed) -> Parameter:
        found = spec.parameter(name.lower())
        if found is None:
            known = [parameter.name for parameter in spec.parameters]
            hint = f"its parameters are {', '.join(known)}" if known else f"{spec.name} has no parameters"
            raise self.error(
                text, "unknown_parameter", f'{spec.name} has no parameter "{name}"', suggestions(name, known), hint
            )
        return found

    def _value(self, text: Composed, tree: Tree) -> Any:
        if not _is_constant(tree):
            raise self.error(text, "not_constant", "a parameter must be a constant")
        return self.database.constant(text.text)

    def arguments(self, tree: Tree) -> tuple[int, int, list[tuple[Token, ...]]]:
        """Start and end of a call in the head's text, and the tokens of each argument."""
        return call_place(self.head.text.text, self.head.tokens, tree)

    def _above(self, start: int, end: int, tree: Tree, calls: list[Tree]) -> Above:
        """Scalar SQL over transforms: every transform call and every bare column in it becomes a child."""
        if any(node["class"] == "WINDOW" for node in functions_in(tree)):
            raise self.error(
                self.head.text.cut(start, end), "window_over_transform", "a window cannot stand over a transform"
            )
        holes = [(*self.arguments(call)[:2], call) for call in calls]
        holes += [
            hole for hole in self._column_holes(tree) if not any(a <= hole[0] and hole[1] <= b for a, b, _ in holes)
        ]
        sql, at = "", start
        children: list[Draft] = []
        for left, right, node in sorted(holes, key=lambda hole: hole[0]):
            sql += _escape(self.head.text.text[at:left]) + f"{{{len(children)}}}"
            children.append(self._draft(self.head.text.cut(left, right), left, right, node))
            at = right
        return Above(sql + _escape(self.head.text.text[at:end]), tuple(children), self.head.text.cut(start, end))

    def _written(self, tree: Tree) -> Composed:
        """The words of a node; the whole head where DuckDB does not say its place."""
        if not tree.get("query_location_length"):
            return self.head.text
        return self.head.text.cut(*place_of(self.head.text.text, tree))

    def _column_holes(self, tree: Any) -> list[tuple[int, int, Tree]]:
        if isinstance(tree, list):
            return [hole for item in tree for hole in self._column_holes(item)]
        if not isinstance(tree, dict):
            return []
        if tree.get("class") in {"SUBQUERY", "STAR"}:
            raise self.error(
                self._written(tree),
                "unsupported_above",
                "only scalar SQL over named columns may stand above a transform",
                hint="name the columns one by one, or do this below the transform",
            )
        if tree.get("class") == "COLUMN_REF":
            return [(*place_of(self.head.text.text, tree), tree)]
        return [hole for value in below(tree) for hole in self._column_holes(value)]

    def error(
        self, text: Composed, code: str, message: str, did_you_mean: Sequence[str] = (), hint: str | None = None
    ) -> BindError:
        error = BindError.at(
            self.script, text.origin(0, len(text.text)), code, message, did_you_mean=did_you_mean, hint=hint
        )
        assert isinstance(error, BindError)
        return error


def _bare_star(parts: Sequence[tuple[Token, ...]]) -> list[Tree]:
    """DuckDB's tree of `f(*)` has no argument; here it means all columns, as `f(COLUMNS(*))` does."""
    is_star = len(parts) == 1 and len(parts[0]) == 1 and parts[0][0].token_type == TokenType.STAR
    return [{"name": "", "expression": {"class": "STAR", "type": "STAR"}}] if is_star else []


def _is_constant(tree: Tree) -> bool:
    if tree.get("class") == "CONSTANT":
        return True
    inner = tree.get("arguments")
    if (
        tree.get("class") == "FUNCTION"
        and tree.get("function_name") in {"list_value", "row", "struct_pack", "-", "array_value"}
        and inner
    ):
        return all(_is_constant(argument["expression"]) for argument in inner)
    if tree.get("class") in {"OPERATOR", "CAST"} and tree.get("type") in {"ARRAY_CONSTRUCTOR", "OPERATOR_CAST"}:
        return all(_is_constant(child) for child in tree.get("children", [tree.get("child", {})]))
    return False


def plain_parts(tree: Draft) -> list[Plain]:
    if isinstance(tree, Plain):
        return [tree]
    return [draft for child in tree.children for draft in plain_parts(child)]


def is_starred(tree: Draft) -> bool:
    return any(draft.starred for draft in plain_parts(tree))


def _escape(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")


def refuse_below(text: Composed, tree: Tree | None, script: str, names: Names) -> None:
    for node in functions_in(tree, into_subqueries=True):
        if names.transform(node) is not None:
            raise transform_below(script, text, node)


def transform_below(script: str, text: Composed, node: Tree) -> BindError:
    span = text.origin_of_bytes(node.get("query_location", 0), node.get("query_location_length", 1))
    error = BindError.at(
        script,
        span,
        "transform_below",
        f"{function_path(node)} is fitted on the training rows, so it can stand only in the outermost SELECT list",
        hint="move it up: SELECT " + f"{function_path(node)}(x) FROM (<this query>)",
    )
    assert isinstance(error, BindError)
    return error
