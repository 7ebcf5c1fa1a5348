"""Plan to SQL: one CTE for each step, with the line of the script it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from stratum_sql.pandas.expressions import Answer, Exact, Expr, Listed, Text, joined, text_literal
from stratum_sql.pandas.kinds import carried, category, shown, sql_type
from stratum_sql.pandas.needs import Needs, expressions, is_read, listed_in, needed
from stratum_sql.pandas.partners import Partners, partners
from stratum_sql.pandas.plan import (
    BRANCH,
    RID,
    Aggregate,
    Explode,
    Filter,
    Head,
    Join,
    Lookup,
    Node,
    Sort,
    Source,
    Step,
    Take,
    Union,
)
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.steps import levels, select
from stratum_sql.quoting import quote

SHOWN_ROWS = 50  # a source of more rows is named and not written out
_MISSING: tuple[str, ...] = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
)
_MISSING += ("NA", "NULL", "NaN", "None", "n/a", "nan", "null")  # what read_csv of pandas takes for missing


@dataclass
class Emitter:
    """Writes the steps once each, what is read first. `shown` is for people: sources are written out, answers asked.

    `exact`: functions are NumPy's own, which the session has. `whole`: with columns that nothing reads, as it is shown;
    two queries of one plan then have one FROM. `names` are the steps that were written, `kept` nodes whose rows are a
    table already.
    """

    shown: bool
    exact: bool = False
    whole: bool = False
    kept: Mapping[Node, str] = field(default_factory=dict)
    names: dict[Node, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    frames: dict[str, str] = field(default_factory=dict)  # names of the caller's tables, as they are shown
    steps: list[str] = field(default_factory=list)
    needs: Needs | None = None  # what is read of each node; None is all
    partners: Mapping[Node, Partners] = field(default_factory=dict)  # groups of which a join wants some
    sorts: set[Sort] = field(default_factory=set)  # that decide over an order, or would

    def query(self, node: Node, columns: Sequence[tuple[str, Text]], *, order: Iterable[str] = ()) -> str:
        """A whole SELECT of `columns`, each with a name, over a node."""
        order = tuple(order)
        if not (self.shown or self.whole):
            self.needs = needed(node, [value for _, value in columns], order, self.kept)
            tops = [node, *(part.node for _, value in columns for part in listed_in(value))]
            self.partners = partners(tops, self.kept, self._read)
        for _, value in columns:
            self._answers(value)
        source = self.name(node)
        listed = ", ".join(self._named(name, value) for name, value in columns)
        tail = f"\nORDER BY {', '.join(order)}" if order else ""
        head = "WITH " + ",\n".join(self.steps) + "\n" if self.steps else ""
        return f"{head}SELECT {listed}\nFROM {quoted_if_needed(source)}{tail}"

    def name(self, node: Node) -> str:
        """The name of a node's step, written with all it reads if that was not yet done."""
        waiting = [self._read(node)]
        while waiting:  # scripts are longer than Python's stack is deep
            last = waiting[-1]
            missing = [child for child in self._needs(last) if child not in self.names]
            if missing:
                waiting += missing
            else:
                waiting.pop()
                if last not in self.names:
                    self._write(last)
        return self.names[self._read(node)]

    def _read(self, node: Node) -> Node:
        """The node, or the first below that has all that is read of it: a sort is no step of its own. People see what
        is shown of it.
        """
        while self._is_left_out(node):
            if isinstance(node, Sort):
                self.sorts.add(node)
            node = node.child  # type: ignore[attr-defined]
        return node.shown if self.shown and isinstance(node, Lookup) and node.shown is not None else node

    def _is_left_out(self, node: Node) -> bool:
        if self.shown or node in self.kept:
            return False
        return isinstance(node, Sort) or (isinstance(node, Step) and not is_read(node, self.needs))

    def _has(self, node: Node, name: str) -> bool:
        """Whether a column of a node is read."""
        return self.needs is None or quote(name) in self.needs[node.base]

    def text(self, text: Text) -> str:
        """The text with its answers filled in."""
        return "".join(part if isinstance(part, str) else self._part(part) for part in text)

    def _part(self, part: Answer | Exact | Listed) -> str:
        if isinstance(part, Exact):
            return self.text(part.running if self.exact else part.shown)
        return self._answer(part)

    def _answer(self, part: Answer | Listed) -> str:
        if isinstance(part, Answer) and not self.shown:
            return self.text(part.value.text)
        value = part.text if isinstance(part, Answer) else part.value.text
        there = f" WHERE {self.text(value)} IS NOT NULL" if isinstance(part, Listed) and part.value.nullable else ""
        return f"(SELECT {self.text(value)} FROM {self._from(part.node)}{there})"

    def _answers(self, text: Text) -> None:
        for node in self._asked(text):
            self.name(node)

    def _needs(self, node: Node) -> list[Node]:
        if node in self.kept:
            return []
        chain: list[Node] = [*self._chain(node)] if isinstance(node, Step) else [node]
        asked = [value.text for one in chain for value in expressions(one)]
        reads = [self._read(read) for one in chain for read in one.reads]
        reads += [self._read(self.partners[node].rows)] if node in self.partners else []
        return [*(one for one in reads if one not in chain), *(found for text in asked for found in self._asked(text))]

    def _chain(self, node: Step) -> list[Step]:
        """The columns that are added together, the first one first; one alone where it is shown to people."""
        found, child = [node], self._read(node.child)
        while isinstance(child, Step) and not self.shown and child not in self.names and child not in self.kept:
            found.append(child)
            child = self._read(child.child)
        return found[::-1]

    def _asked(self, text: Text) -> Iterable[Node]:
        yield from (self._read(part.node) for part in listed_in(text))
        for part in text if self.shown else ():
            if isinstance(part, Exact):
                yield from self._asked(part.shown)
            elif isinstance(part, Answer):
                yield from (*self._asked(part.text), part.node)

    def _named(self, name: str, value: Text) -> str:
        text = self.text(value)
        return text if text == quote(name) else f"{text} AS {quote(name)}"

    def _write(self, node: Node) -> None:
        table = node.name if isinstance(node, Source) and not self.shown else self.kept.get(node)
        if table is not None:
            self.names[node] = table
            self.taken.add(table)
            return
        wanted = _source_name(node) if isinstance(node, Source) else None
        comment = f"  -- {node.place}\n{_order_note(node)}" if self.shown else ""
        body = self._added(node) if isinstance(node, Step) else self._body(node)
        self.names[node] = self._step(body, comment, wanted)

    def _step(self, body: str, comment: str = "", wanted: str | None = None) -> str:
        """A CTE more; its name."""
        wanted = wanted or f"step_{len(self.steps) + 1}"
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        self.steps.append(f"{quoted_if_needed(name)} AS (\n{comment}  {body}\n)")
        return name

    def _added(self, node: Step) -> str:
        chain = self._chain(node)
        source = self._from(chain[0].child)
        *before, last = levels(chain)
        for steps in before:
            source = quoted_if_needed(self._step(select(steps, source, self.text, self._from)))
        return select(last, source, self.text, self._from)

    def _from(self, node: Node) -> str:
        return quoted_if_needed(self.names[self._read(node)])

    def _body(self, node: Node) -> str:
        match node:
            case Source():
                return _source(node, self.frames)
            case Filter():
                return f"SELECT * FROM {self._from(node.child)} WHERE {self.text(node.condition.condition)}"
            case Sort():
                return f"SELECT * FROM {self._from(node.child)}"
            case Head():
                return self._head(node)
            case Aggregate():
                return self._aggregate(node)
            case Join():
                return self._join(node)
            case Take():
                joined = f"{self._from(node.child)} AS l JOIN {self._from(node.rows)} AS r"
                on = f"l.{node.on} = r.{quote(node.key)}"
                return f"SELECT l.*, r.{quote(RID)} AS {quote(node.at)} FROM {joined} ON {on}"
            case Explode():
                return self._explode(node)
            case Union():
                return self._union(node)
        raise AssertionError(f"no SQL for {type(node).__name__}")

    def _head(self, node: Head) -> str:
        limit = "" if node.stop is None else f" LIMIT {max(node.stop - node.start, 0)}"
        offset = f" OFFSET {node.start}" if node.start else ""
        return f"SELECT * FROM {self._from(node.child)} ORDER BY {', '.join(node.child.order)}{limit}{offset}"

    def _aggregate(self, node: Aggregate) -> str:
        keys = [self.text(key.text) for _, key in node.keys]
        listed = [self._named(name, value.text) for name, value in (*node.keys, *node.values) if self._has(node, name)]
        if not node.by_key and self._has(node, RID):
            listed.append(f"min({node.first}) AS {quote(RID)}")
        nullable = [] if node.with_missing else [key.nullable for _, key in node.keys]
        missing = [text for text, may_miss in zip(keys, nullable, strict=False) if may_miss]
        kept = [f"{text} IS NOT NULL" for text in missing] + self._with_partners(node)
        where = f" WHERE {' AND '.join(kept)}" if kept else ""
        grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {_all(listed)} FROM {self._from(node.child)}{where}{grouped}"

    def _with_partners(self, node: Aggregate) -> list[str]:
        found = self.partners.get(node)
        if found is None:
            return []
        wanted = f"SELECT {self.text(found.wanted.text)} FROM {self._from(found.rows)}"
        return [f"{self.text(found.key.text)} IN ({wanted})"]

    def _explode(self, node: Explode) -> str:
        first = self.text(node.lists[0][0].text)
        listed = [
            f"unnest(CASE WHEN len({text}) > 0 THEN {text} ELSE [NULL] END) AS {quote(name)}"
            for text, name in ((self.text(value.text), name) for value, name in node.lists)
        ]
        places = f"unnest(range(greatest(len({first}), 1))) AS {quote(node.at)}"
        return f"SELECT *, {', '.join([*listed, places])} FROM {self._from(node.child)}"

    def _join(self, node: Join) -> str:
        columns = [(name, side, self.text(value.text)) for name, side, value in node.columns if self._has(node, name)]
        columns += [one for one in node.ordering if self._has(node, one[0])]
        listed = [f"{_of(side, text)} AS {quote(name)}" for name, side, text in columns]
        on = " AND ".join(self._equal(left, right) for left, right in node.on) or "true"
        joins = f"{self._from(node.left)} AS l {node.how.upper()} JOIN {self._from(node.right)} AS r ON {on}"
        return f"SELECT {_all(listed)} FROM {joins}"

    def _equal(self, left: Expr, right: Expr) -> str:
        sign = "IS NOT DISTINCT FROM" if left.nullable and right.nullable else "="
        return f"{_of('l', self.text(left.text))} {sign} {_of('r', self.text(right.text))}"

    def _union(self, node: Union) -> str:
        parts = []
        for number, (child, order, values) in enumerate(node.parts):
            given = zip(node.columns, values, strict=True)
            listed = [self._named(name, value.text) for name, value in given if self._has(node, name)]
            listed.append(f"{number} AS {quote(BRANCH)}")
            if self._has(node, RID):
                listed.append(self._named(RID, (order,)))
            parts.append(f"SELECT {', '.join(listed)} FROM {self._from(child)}")
        return "\n  UNION ALL ".join(parts)


def statement(state: Table | Vector, frames: dict[str, str]) -> str:
    """The SQL of a DataFrame or Series, for people: the index first, where it is not 0, 1, 2, …

    `frames` are the names that the caller's tables have in other statements of the script.
    """
    levels = enumerate(state.index.levels)
    columns = [
        (f"index_{place}" if label is None else str(label), value.text)
        for place, (label, value) in levels
        if value.text != (quote(RID),)
    ]
    if isinstance(state, Vector):
        columns.append(("value" if state.name is None else str(state.name), _shown(state.value)))
    else:
        columns += [(str(label), _shown(value)) for label, value in state.columns]
    emitter = Emitter(shown=True, frames=frames)
    return emitter.query(state.node, columns or [("nothing", ("NULL",))], order=state.node.order)


def check_shown(state: Table | Vector) -> None:
    """Raise ValueError if a column or label is carried: the plan has places in its stead."""
    columns = list(state.columns) if isinstance(state, Table) else [(state.name, state.value)]
    for label, value in [*columns, *((f"of the index, {label}", value) for label, value in state.index.levels)]:
        if carried(value.dtype) is not None:
            name = shown(value.dtype)
            raise ValueError(
                f"only pandas can hold this: the column {label!r} is of dtype {name}, as no type of DuckDB"
            )


def _shown(value: Expr) -> Text:
    """Categories of text as themselves, where they are few; others as their codes."""
    kind = category(value.dtype)
    listed = [] if kind is None or len(kind.of.categories) > SHOWN_ROWS else list(kind.of.categories)
    if not listed or not all(isinstance(one, str) for one in listed):
        return value.text
    cases = " ".join(f"WHEN {code} THEN {text_literal(one)}" for code, one in enumerate(listed))
    return joined(f"CASE {{}} {cases} END", value)


def _order_note(node: Node) -> str:
    """What a sort does, which is no part of its SELECT; on one line, whatever the names of columns are."""
    return (
        f"  -- from here on in the order of {' '.join(', '.join(node.keys).split())}\n"
        if isinstance(node, Sort)
        else ""
    )


def _source_name(node: Source) -> str:
    """The name of the file where that is a plain word."""
    stem = "" if node.csv is None else PurePath(node.csv).stem
    return stem if re.fullmatch(r"[A-Za-z]\w*", stem, re.ASCII) else "source"


def quoted_if_needed(name: str) -> str:
    """The name as it stands where that is a plain word."""
    return name if re.fullmatch(r"(step|frame|source)(_\d+)?", name) else quote(name)


def _all(listed: Sequence[str]) -> str:
    """The columns of a SELECT, of which there must be one."""
    return ", ".join(listed) or f"true AS {quote('__nothing')}"


def _of(side: str, text: str) -> str:
    """A column of one side of a join; a constant belongs to none."""
    return f"{side}.{text}" if text.startswith('"') else text


def _source(node: Source, frames: dict[str, str]) -> str:
    names = ", ".join(map(quote, node.carried))
    return _written(node, frames) + (f"  /* {names}: places of values that pandas holds */" if names else "")


def _written(node: Source, frames: dict[str, str]) -> str:
    fields = [(field.name, field) for field in node.table.schema if field.name != RID]
    if node.csv is not None:
        missing = ", ".join(text_literal(word) for word in _MISSING)
        listed = ", ".join(_read(name, node) for name, _ in fields)
        read = f"read_csv({text_literal(node.csv)}, header = true, all_varchar = true, nullstr = [{missing}])"
        return f"SELECT {listed}, row_number() OVER () - 1 AS {quote(RID)}\n  FROM {read}"
    names = ", ".join(quote(name) for name in node.table.column_names)
    if node.table.num_rows > SHOWN_ROWS:
        name = frames.setdefault(node.name, f"frame_{len(frames) + 1}")
        return f"SELECT {names} FROM {quote(name)}  /* the caller's table of {node.table.num_rows:,} rows */"
    if node.table.num_rows == 0:
        nothing = ", ".join(f"NULL::{_arrow_type(kind)} AS {quote(name)}" for name, kind in _types(node))
        return f"SELECT {nothing} WHERE false"
    rows = ", ".join(f"({', '.join(_constant(value) for value in row.values())})" for row in node.table.to_pylist())
    typed = ", ".join(f"{quote(name)}::{_arrow_type(kind)} AS {quote(name)}" for name, kind in _types(node))
    return f"SELECT {typed} FROM (VALUES {rows}) AS given({names})"


def _read(name: str, node: Source) -> str:
    kind = dict(_types(node))[name]
    if kind == "string":
        return quote(name)
    return f"CAST({quote(name)} AS {_arrow_type(kind)}) AS {quote(name)}"


def _types(node: Source) -> list[tuple[str, str]]:
    return [(field.name, str(field.type)) for field in node.table.schema]


def _arrow_type(kind: str) -> str:
    # the other names of Arrow are NumPy's
    named = {"string": "VARCHAR", "float": "FLOAT", "double": "DOUBLE"}
    return named.get(kind) or sql_type(np.dtype(kind.replace("timestamp", "datetime64")))


def _constant(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if value == value and abs(value) != float("inf") else f"'{value}'"
    return text_literal(str(value))
