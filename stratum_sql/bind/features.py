"""A head becomes a source and features: each item split into plain SQL below, transforms, and scalar SQL above."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb
from sqlglot import TokenType

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database, OutputColumn
from stratum_sql.bind.draft import Above, Call, Draft, Drafter, Plain, is_starred, plain_parts, refuse_below
from stratum_sql.bind.filters import cut_filter, is_total, shape_of, without_filter
from stratum_sql.bind.framed import FramedHead, read_framed
from stratum_sql.bind.head import (
    Head,
    Item,
    aliases_named,
    bare_columns,
    functions_in,
    read_head,
    without_comments,
)
from stratum_sql.bind.inline import inline_macros, inline_projection
from stratum_sql.bind.leaves import Relation, column_key, hidden_leaf, named_leaf, source_of, typed_leaves
from stratum_sql.bind.names import Names, kind_of
from stratum_sql.errors import BindError, Span, StratumError, suggestions
from stratum_sql.grammar.syntax import Name
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed, kind_of_feature
from stratum_sql.plan.frozen import FrozenParams, freeze
from stratum_sql.plan.relational import Source
from stratum_sql.quoting import quote


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


class KnownItems:
    """The items that heads of one group have over one relation, WHERE left aside, and what each was bound to.

    The same words over the same tables mean the same in another head; only their places differ. `shapes` are those of
    the WHERE clauses that DuckDB has bound over the relation.
    """

    def __init__(self) -> None:
        self.shapes: set[Hashable] = set()
        self._outputs: dict[tuple[str, str | None], tuple[Output, ...]] = {}
        self._total: dict[tuple[str, str | None], bool] = {}
        self._bare: dict[tuple[str, str | None], frozenset[str]] = {}

    def new_items(self, head: Head, shape: Hashable) -> tuple[Item, ...]:
        """The items that must be bound; all of them if nobody has bound a WHERE of this shape, which is bound with
        them."""
        if shape not in self.shapes:
            return head.items
        return tuple(item for item in head.items if _words(head, item) not in self._outputs)

    def add(self, head: Head, item: Item, outputs: tuple[Output, ...], total: bool) -> None:
        words = _words(head, item)
        self._total[words] = total
        self._outputs.setdefault(words, outputs)  # those that another head has already stay the same objects

    def outputs(self, head: Head, item: Item) -> tuple[Output, ...]:
        """What the item was bound to; spans are another head's."""
        return self._outputs[_words(head, item)]

    def is_total(self, head: Head, item: Item) -> bool:
        """See `filters.is_total`."""
        return self._total[_words(head, item)]

    def bare_columns(self, head: Head, item: Item) -> frozenset[str]:
        """See `head.bare_columns`."""
        words = _words(head, item)
        if words not in self._bare:
            self._bare[words] = bare_columns(item.tree)
        return self._bare[words]


def _words(head: Head, item: Item) -> tuple[str, str | None]:
    return head.text.text[item.start : item.end], item.alias


def bind_head(script: str, database: Database, names: Names, written: Composed | None = None) -> BoundHead:
    """Bind the query that `script` is, or one that is `written` with its words. Raises BindError at its own words."""
    if written is None and script in database.expected:
        binder: _Binder = database.expected.pop(script)
        return binder.bind()
    text = Composed.verbatim(script, Span(0, len(script))) if written is None else written
    text = inline_macros(text, script, database, names)
    return bind_text(text, script, database, names)


def expect_heads(
    scripts: Iterable[str], database: Database, names: Names, lend: Callable[[Callable[[], object]], object]
) -> None:
    """Bind the items of many queries, each a `script`, before these are bound: one DESCRIBE for all over one relation.

    `lend` runs a step, again where it asks for a table that the caller has as a variable. What cannot be bound so is
    left for `bind_head`, which tells why.
    """
    database.expected.clear()
    heads = list(dict.fromkeys(scripts))
    with suppress(duckdb.Error):  # an aborted transaction
        if names.has_macros:  # any word may stand for others
            database.read_trees(heads)
            return
        for binders in _groups(heads, database, names):
            with suppress(StratumError):  # a relation that there is not, most of all
                lend(binders[0].relation_columns)
                binders[0].learn_with(binders)


def _groups(scripts: Sequence[str], database: Database, names: Names) -> Iterable[list[_Binder]]:
    """The simple heads among `scripts`, read, by what can be bound together."""
    groups: dict[Hashable, list[_Binder]] = {}
    apart = read_framed(scripts, database)
    database.read_trees(script for script in scripts if script not in apart)
    for script in scripts:
        with suppress(StratumError):
            binder = _simple_binder(script, apart.get(script), database, names)
            if binder is not None:
                database.expected[script] = binder
                groups.setdefault(binder.group, []).append(binder)
    return groups.values()


def _simple_binder(script: str, apart: FramedHead | None, database: Database, names: Names) -> _Binder | None:
    """The binder of a simple head over tables; None for any other."""
    text = Composed.verbatim(script, Span(0, len(script)))
    head = read_head(text, database.tree(text, script)) if apart is None else apart.head
    if head is None or not head.simple or inline_projection(text, head, script, database, names) is not None:
        return None
    refuse_below(text, {**head.tree, "select_list": []}, script, names)
    return _Binder(script, database, names, head, apart)


def bind_text(text: Composed, script: str, database: Database, names: Names) -> BoundHead:
    """Bind a query whose macros are inlined."""
    tree = database.tree(text, script)
    head = read_head(text, tree)
    inner = inline_projection(text, head, script, database, names) if head is not None else None
    if inner is not None:
        return _over_projection(_Binder(script, database, names, head), bind_text(inner, script, database, names))  # type: ignore[arg-type]
    if head is None:
        refuse_below(text, tree, script, names)
        return _whole(text, script, database)
    refuse_below(text, {**head.tree, "select_list": []}, script, names)
    return _Binder(script, database, names, head).bind()


class _Binder:
    """Binds the items of one head: their drafts, then their types, then the features they make."""

    def __init__(
        self, script: str, database: Database, names: Names, head: Head, apart: FramedHead | None = None
    ) -> None:
        self.script, self.database, self.names, self.head, self._apart = script, database, names, head, apart
        self.drafter = Drafter(script, database, names, head)

    def bind(self) -> BoundHead:
        if not self.head.simple:
            return self._over_whole()
        known = self.known
        new = known.new_items(self.head, self.shape)
        drafts = self._drafts(new)
        columns = None if self._aggregates(new) else self.relation_columns()
        if columns is None:
            return self._over_whole()
        self._learn([(self, item, draft) for item, draft in drafts], Relation(self.before, self.after, columns))
        outputs = [output for item in self.head.items for output in self._known_outputs(known, item)]
        return BoundHead(self._source(columns), tuple(outputs), columns, True)

    @cached_property
    def before(self) -> Composed:
        """The text before the select list."""
        return self._around[0]

    @cached_property
    def after(self) -> Composed:
        """The text after the select list."""
        return self._around[1]

    @cached_property
    def _filter(self) -> tuple[Composed, Composed] | None:
        return cut_filter(self.after)

    @cached_property
    def rest(self) -> Composed:
        """`after` without WHERE."""
        return self.after if self._filter is None else self._filter[0]

    @cached_property
    def known(self) -> KnownItems:
        """What heads over the same relation were bound to."""
        return self.database.once(("items", self.before.text, self.rest.text), KnownItems)

    @cached_property
    def shape(self) -> Hashable:
        """What DuckDB's binder sees of WHERE."""
        shape: Hashable = shape_of(self.head.tree.get("where_clause"))
        return shape

    @property
    def group(self) -> Hashable:
        """Equal for heads whose items can be bound together: one relation, and one condition but for its numbers."""
        return self.before.text, self.rest.text, self.shape

    def learn_with(self, binders: Sequence[_Binder]) -> None:
        """Bind the items of `binders`, which are of this one's group; where one of them cannot be bound, the others."""
        columns = self.relation_columns()
        new: dict[Hashable, tuple[_Binder, Item, Draft]] = {}
        for binder in binders if columns is not None else ():
            with suppress(StratumError):
                new |= binder.new_drafts(new)
        try:
            self._learn(list(new.values()), Relation(self.before, self.after, columns or ()))
        except BindError:
            half = len(binders) // 2
            for part in (binders[:half], binders[half:]) if half else ():
                self.learn_with(part)

    def new_drafts(self, drafted: Container[Hashable]) -> dict[Hashable, tuple[_Binder, Item, Draft]]:
        """The drafts of items that nobody has bound or `drafted`, by their words; none of a head that is read whole."""
        items = [item for item in self.known.new_items(self.head, self.shape) if _words(self.head, item) not in drafted]
        if not items or self._aggregates(items) or self.relation_columns() is None:
            return {}
        return {_words(self.head, item): (self, item, draft) for item, draft in self._drafts(items)}

    def _drafts(self, items: Sequence[Item]) -> list[tuple[Item, Draft]]:
        return [(item, self._draft(item)) for item in items]

    def _draft(self, item: Item) -> Draft:
        if self._apart is None:
            return self.drafter.draft(item)
        own, alone = self._apart.own(item)
        return Drafter(self.script, self.database, self.names, own).draft(alone)

    def _aggregates(self, items: Sequence[Item]) -> bool:
        called = {
            str(node.get("function_name", "")).lower()
            for item in items
            for node in functions_in(item.tree)
            if node["class"] == "FUNCTION"
        }
        return bool(called & self.names.aggregates)

    def relation_columns(self) -> tuple[OutputColumn, ...] | None:
        """The columns of the relation, which WHERE does not change; None if an item is named where no column of that
        name is.
        """
        named = aliases_named(self.head, lambda item: self.known.bare_columns(self.head, item))
        try:
            columns = self.database.describe(self.before + ours(" * ") + self.rest, self.script)
        except BindError:
            if named:
                return None
            raise
        return None if named and named - {column.name.lower() for column in columns} else columns

    def _learn(self, drafts: Sequence[tuple[_Binder, Item, Draft]], relation: Relation) -> None:
        """Bind items, each of the head of its binder, as expressions over the relation, and this WHERE with them."""
        if not drafts:
            return
        plain = [draft for _, _, tree in drafts for draft in plain_parts(tree)]
        leaves_of = typed_leaves(self.database, self.script, relation, plain)
        for binder, item, tree in drafts:
            outputs = tuple(binder.outputs(item, tree, leaves_of))
            self.known.add(binder.head, item, outputs, is_total(item.tree, self.names))
        self.known.shapes.add(self.shape)

    def _known_outputs(self, known: KnownItems, item: Item) -> Iterator[Output]:
        span = self._span(item)
        for output in known.outputs(self.head, item):
            yield output if output.span == span else Output(output.name, output.feature, span, output.starred)

    def _span(self, item: Item) -> Span | None:
        return self.head.text.origin(item.start, item.end) if item.start < item.end else None

    @cached_property
    def _around(self) -> tuple[Composed, Composed]:
        """The text before the select list and the text after it; `FROM t SELECT a` is put as `SELECT a FROM t`."""
        text = self.head.text
        outer = [token for _, token in self.head.outer]
        start = next((token.start for token in outer if token.token_type == TokenType.SELECT), len(text.text))
        first = next((token.start for token in outer if token.token_type == TokenType.FROM), len(text.text))
        if start < first:
            return text.cut(0, self.head.list_start), text.cut(self.head.list_end, len(text.text))
        rest = text.cut(self.head.list_end, len(text.text)) if start < len(text.text) else Composed()
        return text.cut(0, first) + ours(" SELECT "), text.cut(first, start) + rest

    def _source(self, columns: Sequence[OutputColumn]) -> Source:
        before, after = self.before, self.after
        source = source_of(before, after, columns, self._title(before, after))
        total = all(self.known.is_total(self.head, item) for item in self.head.items)
        parts = without_filter(self.head, self._filter, self.names) if total else None
        if parts is None:
            return source
        rest, condition = parts
        unfiltered = self.database.once(
            ("unfiltered", before.text, rest.text), lambda: source_of(before, rest, columns, self._title(before, rest))
        )
        return replace(source, unfiltered=unfiltered, condition=condition)

    def _title(self, before: Composed, after: Composed) -> str:
        shown = without_comments(after.text).removeprefix("FROM ").removeprefix("from ")
        ctes = without_comments(before.text)
        return shown if ctes.upper().startswith("SELECT") else f"{ctes} … {shown}"

    def _over_whole(self) -> BoundHead:
        """The head is read as it is, each transform replaced by the columns it is over."""
        drafts = self._drafts(self.head.items)
        inner, hidden = self._without_transforms(drafts)
        before, after = ours("SELECT"), ours(" FROM (") + inner + ours("\n) AS head")
        columns = self.database.describe(ours("SELECT * ") + after, self.script)
        source = source_of(before, after, columns, f"({without_comments(inner.text)})")
        leaves_of = {id(draft): [hidden_leaf(draft, columns, name)] for name, draft in hidden.items()}
        outputs = self._whole_outputs(drafts, columns, leaves_of, set(hidden))
        shown = tuple(column for column in columns if column.name not in hidden)
        return BoundHead(source, tuple(outputs), shown, False)

    def _without_transforms(self, drafts: list[tuple[Item, Draft]]) -> tuple[Composed, dict[str, Plain]]:
        """The head's text with each transform replaced by the columns below it, and those by their made-up names."""
        text, pieces, at = self.head.text, Composed(), 0
        hidden: dict[str, Plain] = {}
        for item, tree in drafts:
            if isinstance(tree, Plain):
                continue
            pieces, at = pieces + text.cut(at, item.start), self._item_end(item)
            for index, draft in enumerate(plain_parts(tree)):
                self._refuse_star(draft)
                name = f"__column{len(hidden)}"
                hidden[name] = draft
                pieces = pieces + ours(", " if index else "") + draft.sql + ours(f' AS "{name}"')
        return pieces + text.cut(at, len(text.text)), hidden

    def _refuse_star(self, draft: Plain) -> None:
        if draft.starred:
            raise self.drafter.error(
                draft.sql,
                "star_in_transform",
                "columns by pattern cannot be transformed here",
                hint="read them in a subquery: SELECT f(COLUMNS('..')) FROM (<this query>)",
            )

    def _item_end(self, item: Item) -> int:
        """Where the item ends, its alias included: the comma or the clause after it."""
        following = [token.start for _, token in self.head.outer if token.start >= item.end]
        commas = [
            token.start
            for _, token in self.head.outer
            if token.token_type == TokenType.COMMA and token.start >= item.end
        ]
        end = min([*commas, self.head.list_end])
        return end if following else self.head.list_end

    def _whole_outputs(
        self,
        drafts: list[tuple[Item, Draft]],
        columns: Sequence[OutputColumn],
        leaves_of: dict[int, list[Leaf]],
        hidden: set[str],
    ) -> list[Output]:
        plain = [column.name for column in columns if column.name not in hidden]
        outputs: list[Output] = []
        single = [tree for _, tree in drafts if isinstance(tree, Plain) and not tree.starred]
        stars = sum(isinstance(tree, Plain) and tree.starred for _, tree in drafts)
        per_star = (len(plain) - len(single)) // stars if stars else 0
        for item, tree in drafts:
            if not isinstance(tree, Plain):
                outputs += self.outputs(item, tree, leaves_of)
                continue
            count = per_star if tree.starred else 1
            if stars > 1 and tree.starred:
                raise self.drafter.error(tree.sql, "two_stars", "two * in one select list with transforms")
            taken, plain = plain[:count], plain[count:]
            outputs += [
                Output(
                    name,
                    named_leaf(columns, name, tree.sql.origin(0, len(tree.sql.text))),
                    tree.sql.origin(0, len(tree.sql.text)),
                    tree.starred,
                )
                for name in taken
            ]
        return outputs

    def outputs(self, item: Item, tree: Draft, leaves_of: dict[int, list[Leaf]]) -> list[Output]:
        span = self._span(item)
        if isinstance(tree, Plain):
            made = leaves_of[id(tree)]
            if tree.starred:
                return [Output(leaf.name, leaf, span, True) for leaf in made]
            leaf = replace(made[0], name=item.alias or made[0].name)
            return [Output(leaf.name, leaf, span, False)]
        return [
            Output(item.alias if item.alias and len(features) == 1 else feature.name, feature, span, is_starred(tree))
            for features in [self._features(tree, leaves_of)]
            for feature in features
        ]

    def _features(self, tree: Draft, leaves_of: dict[int, list[Leaf]]) -> list[Feature]:
        if isinstance(tree, Plain):
            return list(leaves_of[id(tree)])
        children = [feature for child in tree.children for feature in self._features(child, leaves_of)]
        name, span = " ".join(tree.text.text.split()), tree.text.origin(0, len(tree.text.text))
        if isinstance(tree, Above):
            return [Computed(tree.sql, tuple(children), name, span)]
        for child in children:
            self._check_takes(tree, child)
        params = self._checked(tree)
        groups = [(child,) for child in children] if tree.spec.per_column else [tuple(children)]
        single = len(groups) == 1
        return [
            Transformed(
                tree.spec, tree.spec.name, params, group, name if single else f"{tree.spec.name}({group[0].name})", span
            )
            for group in groups
        ]

    def _checked(self, call: Call) -> FrozenParams:
        """Every parameter's value, those not said by their defaults."""
        for given in call.params:
            parameter = call.spec.parameter(given.name)
            problem = parameter.check(given.value) if parameter is not None else None
            if problem:
                raise self.drafter.error(given.text, "bad_parameter", f"{call.spec.name}: {given.name} {problem}")
        return freeze(call.spec.complete({given.name: given.value for given in call.params}))

    def _check_takes(self, call: Call, child: Feature) -> None:
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
            raise self.drafter.error(
                _said(call, child),
                "wrong_type",
                f"{call.spec.name} takes {_TAKES[takes]}; {child.name} is {what}",
                hint=_HINTS.get(kind),
            )


_TAKES = {"number": "numbers", "category": "categories", "text": "text", "time": "dates or times", "any": "a column"}
_HINTS = {
    "text": "make numbers of text first: one_hot(x), ordinal(x), target_encode(x), tfidf(x)",
    "time": "make numbers of a time first: date_parts(x)",
    "other": "take it apart in SQL first",
    "number": "cast it first: x::VARCHAR",
}


def _said(call: Call, child: Feature) -> Composed:
    """The child's own words if it is written out, else the call's."""
    for tree in call.children:
        text = tree.sql if isinstance(tree, Plain) else tree.text
        if text.origin(0, len(text.text)) == child.span:
            return text
    return call.text


def _whole(text: Composed, script: str, database: Database) -> BoundHead:
    """A query with no select list of its own to look into: its columns are the features."""
    before, after = ours("SELECT"), ours(" FROM (") + text + ours("\n) AS head")
    columns = database.describe(before + ours(" *") + after, script)
    source = source_of(before, after, columns, f"({without_comments(text.text)})")
    span = text.origin(0, len(text.text))
    outputs = tuple(Output(column.name, named_leaf(columns, column.name, span), span, True) for column in columns)
    return BoundHead(source, outputs, columns, False)


def find_leaf(head: BoundHead, name: Name, script: str) -> Leaf | None:
    """A column of the relation that the head's select list does not show; None if there is none of that name."""
    if not head.simple:
        return None
    found = [column for column in head.columns if column.name.lower() == name.last.lower()]
    if not found:
        return None
    if len(found) > 1:
        error = BindError.at(
            script,
            name.span,
            "ambiguous_column",
            f'more than one column is called "{name.last}"',
            hint="select the one you mean under an alias",
        )
        assert isinstance(error, BindError)
        raise error
    column = found[0]
    reads = frozenset({column.name.lower()})
    return Leaf(
        column_key(column.name),
        quote(column.name),
        column.name,
        column.type,
        kind_of(column.type),
        reads,
        name.span,
        free_sql=quote(column.name),
    )


def _over_projection(binder: _Binder, inner: BoundHead) -> BoundHead:
    """Items over a view, CTE or subquery whose own items are features: they are put together."""
    outputs: list[Output] = []
    for item in binder.head.items:
        tree = binder.drafter.draft(item)
        leaves_of: dict[int, list[Feature]] = {
            id(draft): _projected(binder, draft, inner) for draft in plain_parts(tree)
        }
        outputs += binder.outputs(item, tree, leaves_of)  # type: ignore[arg-type]
    return BoundHead(inner.source, tuple(outputs), inner.columns, inner.simple)


def _projected(binder: _Binder, draft: Plain, inner: BoundHead) -> list[Feature]:
    if draft.starred:
        return [replace(output.feature, name=output.name) for output in inner.outputs]
    if draft.tree.get("class") != "COLUMN_REF":
        raise binder.drafter.error(
            draft.sql,
            "expression_over_transform",
            "only names of columns may stand over a view or CTE that has transforms",
            hint="write the expression inside the view or CTE",
        )
    name = draft.tree["column_names"][-1]
    found = inner.find(name)
    if found is None:
        known = [output.name for output in inner.outputs]
        raise binder.drafter.error(draft.sql, "unknown_column", f'no column "{name}" here', suggestions(name, known))
    return [replace(found.feature, name=found.name)]
