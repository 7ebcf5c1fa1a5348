"""A head becomes a source and features: each item split into plain SQL below, transforms, and scalar SQL above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot.tokens import Token, TokenType

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database, OutputColumn, Tree
from stratum_sql.bind.head import (
    CLOSE,
    OPEN,
    Head,
    Item,
    at_depth_zero,
    canonical_text,
    columns_in,
    functions_in,
    has_star,
    qualified_columns,
    read_head,
    split_commas,
    tables_in,
)
from stratum_sql.bind.inline import inline_macros, inline_projection
from stratum_sql.bind.names import Names, function_path, is_float, kind_of
from stratum_sql.catalog.spec import Parameter, TransformSpec
from stratum_sql.errors import BindError, Span, suggestions
from stratum_sql.grammar.syntax import Name
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed, kind_of_feature
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.relational import Source


@dataclass(frozen=True, slots=True)
class Output:
    """One output column of a head. `starred` says that a `*` brought it, not its own name."""

    name: str
    feature: Feature
    span: Span | None
    starred: bool


@dataclass(frozen=True, slots=True)
class BoundHead:
    """A head bound: where its rows come from and what it puts out. `columns` are those of the relation."""

    source: Source
    outputs: tuple[Output, ...]
    columns: tuple[OutputColumn, ...]
    simple: bool

    def find(self, name: str) -> Output | None:
        """The output of that name, compared without case."""
        return next((output for output in self.outputs if output.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A leaf whose type is not known yet; `starred` makes several columns."""

    sql: Composed
    tree: Tree
    starred: bool
    free: str = ""  # the text with table names taken off its columns


@dataclass(frozen=True, slots=True)
class _Call:
    spec: TransformSpec
    params: tuple[tuple[str, Any], ...]
    children: tuple[_Tree, ...]
    text: Composed


@dataclass(frozen=True, slots=True)
class _Above:
    sql: str
    children: tuple[_Tree, ...]
    text: Composed


_Tree = _Draft | _Call | _Above


def bind_head(script: str, span: Span, database: Database, names: Names) -> BoundHead:
    """Bind the query at `span`. Raises BindError at the user's own words."""
    text = Composed.verbatim(script, span)
    if not text.text.strip():
        raise BindError.at(script, span, "empty_head", "a query must stand before the verb")
    database.admit(script, span)
    text = inline_macros(text, script, database, names)
    return bind_text(text, script, database, names)


def bind_text(text: Composed, script: str, database: Database, names: Names) -> BoundHead:
    """Bind a query whose macros are inlined."""
    tree = database.tree(text, script)
    head = read_head(text, tree)
    inner = inline_projection(text, head, script, database, names) if head is not None else None
    if inner is not None:
        return _over_projection(_Binder(script, database, names, head), bind_text(inner, script, database, names))  # type: ignore[arg-type]
    if head is None:
        _refuse_below(text, tree, script, names)
        return _whole(text, script, database)
    _refuse_below(text, {**head.tree, "select_list": []}, script, names)
    return _Binder(script, database, names, head).bind()


class _Binder:
    """Binds the items of one head. One object a head: it holds what every step needs to underline an error."""

    def __init__(self, script: str, database: Database, names: Names, head: Head) -> None:
        self.script, self.database, self.names, self.head = script, database, names, head

    def bind(self) -> BoundHead:
        drafts = [(item, self.draft(item)) for item in self.head.items]
        if self._is_simple():
            return self._over_relation(drafts)
        return self._over_whole(drafts)

    def _is_simple(self) -> bool:
        called = {str(node.get("function_name", "")).lower() for item in self.head.items for node in functions_in(item.tree) if node["class"] == "FUNCTION"}
        return self.head.simple and not called & self.names.aggregates

    # -- drafts ------------------------------------------------------------------------------------------------------

    def draft(self, item: Item) -> _Tree:
        """The tree of one item, types unknown."""
        if item.start == item.end:
            return _Draft(ours("*"), item.tree, True)
        return self._draft(self.head.text.cut(item.start, item.end), item.start, item.end, item.tree)

    def _draft(self, text: Composed, start: int, end: int, tree: Tree) -> _Tree:
        calls = self._outermost_calls(tree)
        if not calls:
            self._refuse_in_subquery(tree)
            return _Draft(text, tree, has_star(tree), self._free(start, end, tree))
        first = calls[0]
        if tree is first or (tree.get("class") == "FUNCTION" and self.names.transform(tree) is not None):
            return self._call(tree)
        return self._above(start, end, tree, calls)

    def _free(self, start: int, end: int, tree: Tree) -> str:
        """The text `[start, end)` with the names of tables taken off, so that it means something over a query's output."""
        data, tables = self.head.text.text.encode(), tables_in(self.head.tree.get("from_table"))
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
        return [call for value in tree.values() for call in self._outermost_calls(value)]

    def _refuse_in_subquery(self, tree: Tree) -> None:
        for node in functions_in(tree, into_subqueries=True):
            if self.names.transform(node) is not None:
                raise _below(self.script, self.head.text, node)

    def _call(self, tree: Tree) -> _Call:
        spec = self.names.transform(tree)
        assert spec is not None
        start, end, parts = self._arguments(tree)
        here = self.head.text.cut(start, end)
        if tree.get("distinct") or tree.get("filter") or len(parts) != len(tree["arguments"]):
            raise self._error(here, "bad_call", f"{spec.name} takes columns and parameters, nothing else")
        children: list[_Tree] = []
        params: dict[str, Any] = {}
        for part, argument in zip(parts, tree["arguments"], strict=True):
            self._argument(spec, part, argument, children, params)
        if not children:
            raise self._error(here, "no_column", f"{spec.name} needs a column", hint=f"for example SELECT {spec.example}")
        return _Call(spec, tuple(params.items()), tuple(children), here)

    def _argument(self, spec: TransformSpec, part: tuple[Token, ...], argument: Tree, children: list[_Tree], params: dict[str, Any]) -> None:
        text = self.head.text.cut(part[0].start, part[-1].end + 1)
        tree = argument["expression"]
        name = argument.get("name") or ""
        if name:
            value = next(i for i, token in enumerate(part) if token.text in {"=>", ":="}) + 1
            text = self.head.text.cut(part[value].start, part[-1].end + 1)
            params[self._parameter(spec, name, text).name] = self._value(text, tree)
        elif _is_constant(tree) and children:
            position = len(params)
            if position >= len(spec.parameters):
                raise self._error(text, "too_many_parameters", f"{spec.name} has {len(spec.parameters)} parameters")
            params[spec.parameters[position].name] = self._value(text, tree)
        else:
            children.append(self._draft(text, part[0].start, part[-1].end + 1, tree))

    def _parameter(self, spec: TransformSpec, name: str, text: Composed) -> Parameter:
        found = spec.parameter(name.lower())
        if found is None:
            known = [parameter.name for parameter in spec.parameters]
            hint = f"its parameters are {', '.join(known)}" if known else f"{spec.name} has no parameters"
            raise self._error(text, "unknown_parameter", f'{spec.name} has no parameter "{name}"', suggestions(name, known), hint)
        return found

    def _value(self, text: Composed, tree: Tree) -> Any:
        if not _is_constant(tree):
            raise self._error(text, "not_constant", "a parameter must be a constant")
        return self.database.constant(text.text)

    def _arguments(self, tree: Tree) -> tuple[int, int, list[tuple[Token, ...]]]:
        """Start and end of a call in the head's text, and the tokens of each argument."""
        data = self.head.text.text.encode()
        start = len(data[: tree["query_location"]].decode())
        first = next(i for i, token in enumerate(self.head.tokens) if token.start >= start)
        opening = next(i for i in range(first, len(self.head.tokens)) if self.head.tokens[i].token_type == TokenType.L_PAREN)
        depth, closing = 0, opening
        for closing in range(opening, len(self.head.tokens)):
            depth += (self.head.tokens[closing].token_type in OPEN) - (self.head.tokens[closing].token_type in CLOSE)
            if depth == 0:
                break
        inside = self.head.tokens[opening + 1 : closing]
        return start, self.head.tokens[closing].end + 1, split_commas(inside) if inside else []

    def _above(self, start: int, end: int, tree: Tree, calls: list[Tree]) -> _Above:
        """Scalar SQL over transforms: every transform call and every bare column in it becomes a child."""
        if any(node["class"] == "WINDOW" for node in functions_in(tree)):
            raise self._error(self.head.text.cut(start, end), "window_over_transform", "a window cannot stand over a transform")
        holes = [(*self._arguments(call)[:2], call) for call in calls]
        holes += [hole for hole in self._column_holes(tree) if not any(a <= hole[0] and hole[1] <= b for a, b, _ in holes)]
        sql, children, at = "", [], start
        for left, right, node in sorted(holes, key=lambda hole: hole[0]):
            sql += _escape(self.head.text.text[at:left]) + f"{{{len(children)}}}"
            children.append(self._draft(self.head.text.cut(left, right), left, right, node))
            at = right
        return _Above(sql + _escape(self.head.text.text[at:end]), tuple(children), self.head.text.cut(start, end))

    def _column_holes(self, tree: Any) -> list[tuple[int, int, Tree]]:
        if isinstance(tree, list):
            return [hole for item in tree for hole in self._column_holes(item)]
        if not isinstance(tree, dict):
            return []
        if tree.get("class") in {"SUBQUERY", "STAR"}:
            raise self._error(self.head.text, "unsupported_above", "only scalar SQL over named columns may stand above a transform")
        if tree.get("class") == "COLUMN_REF":
            data = self.head.text.text.encode()
            start = len(data[: tree["query_location"]].decode())
            return [(start, start + len(data[tree["query_location"] : tree["query_location"] + tree["query_location_length"]].decode()), tree)]
        return [hole for value in tree.values() for hole in self._column_holes(value)]

    # -- types -------------------------------------------------------------------------------------------------------

    def _over_relation(self, drafts: list[tuple[Item, _Tree]]) -> BoundHead:
        """The items are expressions over the relation; every column of the relation is known."""
        before, after = self._around()
        columns = self.database.describe(before + ours(" * ") + after, self.script)
        source = _source(before, after, columns, self._title())
        leaves_of = self._typed(before, after, columns, [draft for _, tree in drafts for draft in _drafts(tree)])
        outputs = [output for item, tree in drafts for output in self._outputs(item, tree, leaves_of)]
        return BoundHead(source, tuple(outputs), columns, True)

    def _around(self) -> tuple[Composed, Composed]:
        text = self.head.text
        if self.head.list_end == 0:  # FROM t, with no select list
            return self._ctes_then_select(), text.cut(self._from_start(), len(text.text))
        return text.cut(0, self.head.list_start), text.cut(self.head.list_end, len(text.text))

    def _from_start(self) -> int:
        return next(token.start for _, token in at_depth_zero(self.head.tokens) if token.token_type == TokenType.FROM)

    def _ctes_then_select(self) -> Composed:
        return self.head.text.cut(0, self._from_start()) + ours(" SELECT ")

    def _title(self) -> str:
        before, after = self._around()
        shown = " ".join(after.text.split()).removeprefix("FROM ").removeprefix("from ")
        if " SELECT" in before.text.upper() and before.text.split()[0].upper() != "SELECT":
            shown = " ".join(before.text.split()) + " … " + shown
        return shown

    def _typed(self, before: Composed, after: Composed, columns: Sequence[OutputColumn], drafts: list[_Draft]) -> dict[int, list[Leaf]]:
        """The leaves of each draft, by its identity; one DESCRIBE for all that make one column, one for each star."""
        plain = [draft for draft in drafts if not draft.starred]
        found: dict[int, list[Leaf]] = {}
        if plain:
            query = before
            for index, draft in enumerate(plain):
                query = query + ours(f"{', ' if index else ' '}(") + draft.sql + ours(f') AS "c{index}"')
            types = self.database.describe(query + ours(" ") + after, self.script)
            for draft, column in zip(plain, types, strict=True):
                found[id(draft)] = [_leaf(draft, column.type, columns)]
        for draft in drafts:
            if draft.starred:
                made = self.database.describe(before + ours(" ") + draft.sql + ours(" ") + after, self.script)
                found[id(draft)] = _star_leaves(draft, made, columns)
        return found

    def _over_whole(self, drafts: list[tuple[Item, _Tree]]) -> BoundHead:
        """The head is read as it is, each transform replaced by the columns it is over."""
        text, pieces, at, counter = self.head.text, Composed(), 0, 0
        named: dict[int, str] = {}
        for item, tree in drafts:
            if isinstance(tree, _Draft):
                continue
            pieces, at = pieces + text.cut(at, item.start), self._item_end(item)
            for index, draft in enumerate(_drafts(tree)):
                if draft.starred:
                    raise self._error(draft.sql, "star_in_transform", "columns by pattern cannot be transformed here", hint="read them in a subquery: SELECT f(COLUMNS('..')) FROM (<this query>)")
                named[id(draft)] = f"__column{counter}"
                pieces = pieces + ours(", " if index else "") + draft.sql + ours(f' AS "__column{counter}"')
                counter += 1
        inner = pieces + text.cut(at, len(text.text))
        before, after = ours("SELECT"), ours(" FROM (") + inner + ours("\n) AS head")
        columns = self.database.describe(ours("SELECT * ") + after, self.script)
        source = _source(before, after, columns, f"({' '.join(inner.text.split())})")
        leaves_of = {key: [_named_leaf(columns, name, None)] for key, name in named.items()}
        return BoundHead(source, tuple(self._whole_outputs(drafts, columns, leaves_of, set(named.values()))), columns, False)

    def _item_end(self, item: Item) -> int:
        """Where the item ends, its alias included: the comma or the clause after it."""
        following = [token.start for _, token in at_depth_zero(self.head.tokens) if token.start >= item.end]
        commas = [token.start for _, token in at_depth_zero(self.head.tokens) if token.token_type == TokenType.COMMA and token.start >= item.end]
        end = min([*commas, self.head.list_end])
        return end if following else self.head.list_end

    def _whole_outputs(self, drafts: list[tuple[Item, _Tree]], columns: Sequence[OutputColumn], leaves_of: dict[int, list[Leaf]], hidden: set[str]) -> list[Output]:
        plain = [column.name for column in columns if column.name not in hidden]
        outputs: list[Output] = []
        single = [tree for _, tree in drafts if isinstance(tree, _Draft) and not tree.starred]
        stars = sum(isinstance(tree, _Draft) and tree.starred for _, tree in drafts)
        per_star = (len(plain) - len(single)) // stars if stars else 0
        for item, tree in drafts:
            if not isinstance(tree, _Draft):
                outputs += self._outputs(item, tree, leaves_of)
                continue
            count = per_star if tree.starred else 1
            if stars > 1 and tree.starred:
                raise self._error(tree.sql, "two_stars", "two * in one select list with transforms")
            taken, plain = plain[:count], plain[count:]
            outputs += [Output(name, _named_leaf(columns, name, tree.sql.origin(0, len(tree.sql.text))), tree.sql.origin(0, len(tree.sql.text)), tree.starred) for name in taken]
        return outputs

    # -- outputs -----------------------------------------------------------------------------------------------------

    def _outputs(self, item: Item, tree: _Tree, leaves_of: dict[int, list[Leaf]]) -> list[Output]:
        text = self.head.text.cut(item.start, item.end)
        span = text.origin(0, len(text.text)) if text.text else None
        if isinstance(tree, _Draft):
            made = leaves_of[id(tree)]
            if tree.starred:
                return [Output(leaf.name, leaf, span, True) for leaf in made]
            leaf = replace(made[0], name=item.alias or made[0].name)
            return [Output(leaf.name, leaf, span, False)]
        return [
            Output(item.alias if item.alias and len(features) == 1 else feature.name, feature, span, _is_starred(tree))
            for features in [self._features(tree, leaves_of)]
            for feature in features
        ]

    def _features(self, tree: _Tree, leaves_of: dict[int, list[Leaf]]) -> list[Feature]:
        if isinstance(tree, _Draft):
            return list(leaves_of[id(tree)])
        children = [feature for child in tree.children for feature in self._features(child, leaves_of)]
        name, span = " ".join(tree.text.text.split()), tree.text.origin(0, len(tree.text.text))
        if isinstance(tree, _Above):
            return [Computed(tree.sql, tuple(children), name, span)]
        for child in children:
            self._check_takes(tree, child)
        params = self._checked(tree)
        groups = [(child,) for child in children] if tree.spec.per_column else [tuple(children)]
        single = len(groups) == 1
        return [
            Transformed(tree.spec, tree.spec.name, params, group, name if single else f"{tree.spec.name}({group[0].name})", span)
            for group in groups
        ]

    def _checked(self, call: _Call) -> Any:
        values = {parameter.name: parameter.default for parameter in call.spec.parameters}
        for name, value in call.params:
            parameter = call.spec.parameter(name)
            assert parameter is not None
            problem = parameter.check(value)
            if problem:
                raise self._error(call.text, "bad_parameter", f"{call.spec.name}: {name} {problem}")
            values[name] = value
        return freeze(values)

    def _check_takes(self, call: _Call, child: Feature) -> None:
        kind, takes = kind_of_feature(child), call.spec.takes
        fits = {
            "number": kind == "number",
            "category": kind in {"number", "text", "time"},
            "text": kind == "text",
            "time": kind == "time",
            "any": kind != "other",
        }[takes]
        if not fits:
            what = child.type if isinstance(child, Leaf) else kind
            raise self._error(
                _said(call, child), "wrong_type", f"{call.spec.name} takes {_TAKES[takes]}; {child.name} is {what}", hint=_HINTS.get(kind)
            )

    def _error(self, text: Composed, code: str, message: str, did_you_mean: Sequence[str] = (), hint: str | None = None) -> BindError:
        error = BindError.at(self.script, text.origin(0, len(text.text)), code, message, did_you_mean=did_you_mean, hint=hint)
        assert isinstance(error, BindError)
        return error


_TAKES = {"number": "numbers", "category": "categories", "text": "text", "time": "dates or times", "any": "a column"}
_HINTS = {
    "text": "make numbers of text first: one_hot(x), ordinal(x), target_encode(x), tfidf(x)",
    "time": "make numbers of a time first: date_parts(x)",
    "other": "take it apart in SQL first",
    "number": "cast it first: x::VARCHAR",
}


def _said(call: _Call, child: Feature) -> Composed:
    """The child's own words if it is written out, else the call's."""
    for tree in call.children:
        text = tree.sql if isinstance(tree, _Draft) else tree.text
        if text.origin(0, len(text.text)) == child.span:
            return text
    return call.text


def _is_constant(tree: Tree) -> bool:
    if tree.get("class") == "CONSTANT":
        return True
    inner = tree.get("arguments")
    if tree.get("class") == "FUNCTION" and tree.get("function_name") in {"list_value", "row", "struct_pack", "-", "array_value"} and inner:
        return all(_is_constant(argument["expression"]) for argument in inner)
    if tree.get("class") in {"OPERATOR", "CAST"} and tree.get("type") in {"ARRAY_CONSTRUCTOR", "OPERATOR_CAST"}:
        return all(_is_constant(child) for child in tree.get("children", [tree.get("child", {})]))
    return False


def _drafts(tree: _Tree) -> list[_Draft]:
    if isinstance(tree, _Draft):
        return [tree]
    return [draft for child in tree.children for draft in _drafts(child)]


def _is_starred(tree: _Tree) -> bool:
    return any(draft.starred for draft in _drafts(tree))


def _escape(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")


def quote(name: str) -> str:
    """`name` as a quoted identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def _source(before: Composed, after: Composed, columns: Sequence[OutputColumn], title: str) -> Source:
    names = [column.name for column in columns]
    floats = tuple(dict.fromkeys(column.name for column in columns if is_float(column.type)))
    others = tuple(dict.fromkeys(name for name in names if name not in floats))
    key = f"{canonical_text(before.text)} {canonical_text(after.text)}"
    return Source(key, before.text, after.text, floats, others, title)


def _leaf(draft: _Draft, kind: str, columns: Sequence[OutputColumn]) -> Leaf:
    text, tree = draft.sql.text, draft.tree
    span = draft.sql.origin(0, len(text))
    if tree.get("class") == "COLUMN_REF":
        name = tree["column_names"][-1]
        unique = sum(column.name.lower() == name.lower() for column in columns) == 1
        key = _column_key(name) if unique else canonical_text(text)
        return Leaf(key, text, name, kind, kind_of(kind), columns_in(tree), span, free_sql=draft.free if unique else None)
    reads = columns_in(tree)
    unique = all(sum(column.name.lower() == name for column in columns) <= 1 for name in reads)
    free = f"({draft.free})" if unique else None
    return Leaf(canonical_text(text), f"({text})", " ".join(text.split()), kind, kind_of(kind), reads, span, free_sql=free)


def _column_key(name: str) -> str:
    return quote(name.lower())


def _star_leaves(draft: _Draft, made: Sequence[OutputColumn], columns: Sequence[OutputColumn]) -> list[Leaf]:
    span = draft.sql.origin(0, len(draft.sql.text))
    tree = draft.tree
    plain = tree.get("class") == "STAR" and not tree.get("replace_list") and not tree.get("rename_list")
    found = []
    for index, column in enumerate(made):
        name, kind = column.name, kind_of(column.type)
        reads = frozenset({name.lower()})
        if plain and sum(other.name.lower() == name.lower() for other in columns) == 1:
            found.append(Leaf(_column_key(name), quote(name), name, column.type, kind, reads, span, free_sql=quote(name)))
        else:
            reads = frozenset(other.name.lower() for other in columns) if not plain else reads
            key = f"{canonical_text(draft.sql.text)} [{index}]"
            found.append(Leaf(key, draft.sql.text, name, column.type, kind, reads, span, index, len(made)))
    return found


def _named_leaf(columns: Sequence[OutputColumn], name: str, span: Span | None) -> Leaf:
    column = next(column for column in columns if column.name == name)
    return Leaf(_column_key(name), quote(name), name, column.type, kind_of(column.type), frozenset({name.lower()}), span, free_sql=quote(name))


def _whole(text: Composed, script: str, database: Database) -> BoundHead:
    """A query with no select list of its own to look into: its columns are the features."""
    before, after = ours("SELECT"), ours(" FROM (") + text + ours("\n) AS head")
    columns = database.describe(before + ours(" *") + after, script)
    source = _source(before, after, columns, f"({' '.join(text.text.split())})")
    span = text.origin(0, len(text.text))
    outputs = tuple(Output(column.name, _named_leaf(columns, column.name, span), span, True) for column in columns)
    return BoundHead(source, outputs, columns, False)


def _refuse_below(text: Composed, tree: Tree | None, script: str, names: Names) -> None:
    for node in functions_in(tree, into_subqueries=True):
        if names.transform(node) is not None:
            raise _below(script, text, node)


def _below(script: str, text: Composed, node: Tree) -> BindError:
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


def find_leaf(head: BoundHead, name: Name, script: str) -> Leaf | None:
    """A column of the relation that the head's select list does not show; None if there is none of that name."""
    if not head.simple:
        return None
    found = [column for column in head.columns if column.name.lower() == name.last.lower()]
    if not found:
        return None
    if len(found) > 1:
        error = BindError.at(script, name.span, "ambiguous_column", f'more than one column is called "{name.last}"', hint="select the one you mean under an alias")
        assert isinstance(error, BindError)
        raise error
    column = found[0]
    reads = frozenset({column.name.lower()})
    return Leaf(_column_key(column.name), quote(column.name), column.name, column.type, kind_of(column.type), reads, name.span, free_sql=quote(column.name))


def _over_projection(binder: _Binder, inner: BoundHead) -> BoundHead:
    """Items over a view, CTE or subquery whose own items are features: they are put together."""
    outputs: list[Output] = []
    for item in binder.head.items:
        tree = binder.draft(item)
        leaves_of: dict[int, list[Feature]] = {id(draft): _projected(binder, draft, inner) for draft in _drafts(tree)}
        outputs += binder._outputs(item, tree, leaves_of)  # type: ignore[arg-type]
    return BoundHead(inner.source, tuple(outputs), inner.columns, inner.simple)


def _projected(binder: _Binder, draft: _Draft, inner: BoundHead) -> list[Feature]:
    if draft.starred:
        return [replace(output.feature, name=output.name) for output in inner.outputs]
    if draft.tree.get("class") != "COLUMN_REF":
        raise binder._error(
            draft.sql, "expression_over_transform", "only names of columns may stand over a view or CTE that has transforms",
            hint="write the expression inside the view or CTE",
        )
    name = draft.tree["column_names"][-1]
    found = inner.find(name)
    if found is None:
        known = [output.name for output in inner.outputs]
        raise binder._error(draft.sql, "unknown_column", f'no column "{name}" here', suggestions(name, known))
    return [replace(found.feature, name=found.name)]

