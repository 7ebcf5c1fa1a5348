"""Where plans run: a session, its tables for sources, and the log of what had no translation."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from stratum_sql.errors import Diagnostic, PlanError
from stratum_sql.foreign import made_here
from stratum_sql.pandas.depth import columns_read, may_be_deep, too_deep
from stratum_sql.pandas.emit import Emitter
from stratum_sql.pandas.expressions import Text, joined
from stratum_sql.pandas.keys import rows_key
from stratum_sql.pandas.mode import is_inside
from stratum_sql.pandas.needs import listed_in, needed, readers_first
from stratum_sql.pandas.numpy_functions import lend_functions
from stratum_sql.pandas.places import Place, here
from stratum_sql.pandas.plan import RID, Aggregate, Node, Sort, Source
from stratum_sql.pandas.row_order import has_ties, in_order, is_by_numbers, shown_ties
from stratum_sql.pandas.scanned import Scanned
from stratum_sql.pandas.shelf import Shelf
from stratum_sql.pandas.sources import new_name, twin
from stratum_sql.pandas.weighted_functions import lend_windows
from stratum_sql.pandas.work import Work
from stratum_sql.quoting import quote
from stratum_sql.session import Session, connect

_log = logging.getLogger(__name__)


class Unsupported(PlanError):
    """A call has no translation, and the engine is strict."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """A call that pandas itself did: where, which, and why."""

    place: Place
    operation: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}\n  {self.operation}: {self.reason}"


class Engine:
    """Runs plans in one session. `strict`: a call without translation is an error. `unsupported` is the log of them."""

    def __init__(
        self,
        session: Session | None = None,
        *,
        strict: bool = False,
        shelf: Shelf | None = None,
        wait: Callable[[Work], Any] | None = None,
        files: dict[object, pd.DataFrame] | None = None,
    ) -> None:
        self.strict = strict
        self.shelf, self._wait = shelf, wait  # of scripts that run together
        self.learned: list[Any] = []  # what was trained or scored, in order
        self.leaks: dict[tuple[Place, Place], str] = {}  # statistics over rows that a later split holds out
        self.unsupported: list[Fallback] = []
        self.translated: Counter[str] = Counter()  # calls that stayed in the plan
        self.queries = 0  # that were run
        self.takes_rows = True  # of what was run, rather than run it again for each selection by number
        self.frames: dict[str, str] = {}  # how the tables of the script are called in SQL that is shown
        self.observed: list[tuple[Place, Any]] = []  # states that were run, and where
        self.files = {} if files is None else files  # that were read, by name, time, size and arguments
        self._session = session
        self._lent: dict[str, Scanned] = {}
        self._kept: weakref.WeakKeyDictionary[Node, str] = weakref.WeakKeyDictionary()  # and their tables
        self._deep: weakref.WeakKeyDictionary[Node, dict[frozenset[str], str]] = weakref.WeakKeyDictionary()
        self._untied: weakref.WeakKeyDictionary[Node, bool] = weakref.WeakKeyDictionary()  # sorts that were asked

    @property
    def session(self) -> Session:
        """The session given, else one of its own, in memory."""
        if self._session is None:
            self._session = connect()
        return self._session

    def note(self, operation: str, reason: str) -> None:
        """Log a call that pandas itself does. Raises Unsupported if the engine is strict."""
        found = Fallback(here(), operation, reason)
        if self.strict:
            message = f"{operation} has no translation: {reason}"
            hint = "without strict=True pandas itself does it"
            raise Unsupported(Diagnostic("no_translation", message, "plan", line=found.place.line, hint=hint))
        self.unsupported.append(found)
        _log.info("%s", found)

    def by_pandas(self, operation: str, reason: str) -> ByPandas:
        """Log a call that pandas itself does, in a `with`; one that it refuses there, by an error, it did not do.

        Raises Unsupported if the engine is strict.
        """
        self.note(operation, reason)
        return ByPandas(self, self.unsupported[-1])

    def do(self, work: Work) -> Any:
        """The result of a piece of work: waited for together with what other scripts need, where there are any."""
        if self._wait is not None and not is_inside():
            return self._wait(work)
        return self.once(work.kind, work.key, work.make)

    def once(self, kind: str, key: bytes | None, make: Callable[[], Any]) -> Any:
        """What `make` gives; one of the scripts that run together made it if the key is that of equal work."""
        return make() if self.shelf is None else self.shelf.once(kind, key, make)

    def source(self, key: bytes | None, make: Callable[[], Any]) -> Any:
        """A state over a source, which scripts that run together make once; None if `make` gives none."""
        if self.shelf is None or key is None:
            return make()
        found = self.shelf.once("source", key, make)
        return None if found is None else twin(found, here())

    def rows(self, node: Node, columns: Sequence[tuple[str, Text]], order: Sequence[str]) -> pa.Table:
        """Run a query over a plan: its columns, in that order. Raises StratumError."""
        key = None if self.shelf is None else rows_key(node, tuple(columns), tuple(order))
        return self.once("query", key, lambda: self._rows(node, columns, order))

    def _rows(self, node: Node, columns: Sequence[tuple[str, Text]], order: Sequence[str]) -> pa.Table:
        more: list[tuple[str, Text]] = []
        if is_by_numbers(order):
            more, order = [(f"__order_{place}", (term,)) for place, term in enumerate(order)], ()
            return in_order(self._select(self.text(node, [*columns, *more], order)), len(more))
        shown = shown_ties(node, order)
        if shown is not None and shown.untied is not None:
            more = [("__key", shown.untied.text)]
        rows = self._select(self.text(node, [*columns, *more], order, but=shown))
        if shown is not None and has_ties(rows.column(len(columns))):
            self._untied[shown] = False
            raise ties()
        return rows.select(range(len(columns))) if more else rows

    def _select(self, text: str) -> pa.Table:
        self.queries += 1
        return self.session.select(text)

    def check_ties(self, node: Node, *, ask: bool) -> None:
        """Raise Ties if a sort that a plan is made of leaves some; without `ask` if that is known."""
        for sort in (one for one in readers_first([node]) if isinstance(one, Sort)):
            if ask or sort in self._untied:
                self._check_ties(sort)

    def _check_ties(self, sort: Sort) -> None:
        if sort.untied is not None and sort not in self._untied:
            question = joined("count({}) = count(DISTINCT {})", sort.untied, sort.untied)
            self._untied[sort] = bool(self.answer(sort.child, question))
        if not self._untied.get(sort, True):
            raise ties()

    def answer(self, node: Node, question: Text) -> Any:
        """One value over all rows of a node. Raises StratumError.

        The groups it is asked of are kept: sums of floats made again may differ in their last bits, and
        `x == x.max()` must hold.
        """
        groups = _groups(node)
        if groups is not None and groups not in self._kept:
            self._keep(groups)
        return self.rows(node, [("value", question)], ()).column(0)[0].as_py()

    def _with_tables(self, node: Node, texts: Sequence[Text], order: Sequence[str]) -> Mapping[Node, str]:
        """The nodes that are tables for a query, some of them because its plan is deep."""
        tops = [node, *(part.node for text in texts for part in listed_in(text))]
        if not may_be_deep(tops, self._kept):
            return self._kept
        kept = dict(self._kept)
        for deep in too_deep(tops, needed(node, texts, order, kept), kept):
            read = needed(node, texts, order, {*kept, deep})
            kept[deep] = self._table_of(deep, columns_read(deep, read), kept)
        return kept

    def _table_of(self, node: Node, names: Sequence[str], kept: Mapping[Node, str]) -> str:
        """The table of some columns of a node, made once."""
        known = self._deep.setdefault(node, {})
        for columns, name in known.items():
            if columns.issuperset(names):
                return name
        listed: list[tuple[str, Text]] = [(name, (quote(name),)) for name in names] or [("__nothing", ("true",))]
        rows, found = self._select(self._text(node, listed, (), kept)), new_name()
        self._register(node, found, rows)
        known[frozenset(names)] = found
        return found

    def _keep(self, groups: Aggregate) -> None:
        names = [name for name, _ in (*groups.keys, *groups.values)]
        names += [] if groups.by_key else [RID]
        table, name = self.rows(groups, [(column, (quote(column),)) for column in names], ()), new_name()
        self._register(groups, name, table)
        self._kept[groups] = name

    def text(
        self,
        node: Node,
        columns: Sequence[tuple[str, Text]],
        order: Sequence[str],
        *,
        whole: bool = False,
        but: Sort | None = None,
    ) -> str:
        """The query as it runs in the session, which is lent the sources; `whole` as for `Emitter`.

        Sorts whose ties matter are asked for them, all `but` one. Raises StratumError.
        """
        kept = self._kept if whole else self._with_tables(node, [value for _, value in columns], order)
        return self._text(node, columns, order, kept, whole=whole, but=but)

    def _text(
        self,
        node: Node,
        columns: Sequence[tuple[str, Text]],
        order: Sequence[str],
        kept: Mapping[Node, str],
        *,
        whole: bool = False,
        but: Sort | None = None,
    ) -> str:
        exact = self.session.trusted  # others may not call what is not on their list
        emitter = Emitter(shown=False, exact=exact, whole=whole, kept=kept)
        text = emitter.query(node, columns, order=order)
        for sort in emitter.sorts - {but}:
            self._check_ties(sort)
        for source in (found for found in emitter.names if isinstance(found, Source)):
            self._lend(source, None if emitter.needs is None else emitter.needs[source])
        if "numpy_" in text:
            lend_functions(self.session)
        if "ewm_" in text:
            lend_windows(self.session)
        return text

    def _lend(self, source: Source, read: Collection[str] | None) -> None:
        known = self._lent.get(source.name)
        if known is None:
            known = self._lent[source.name] = Scanned()
            self.session.register(source.name, made_here(source.table))
            weakref.finalize(source.table, _take_back, weakref.ref(self.session), source.name, self._lent)
        better = known.better(source.table, read)
        if better is not None:
            self.session.register(source.name, made_here(better))

    def _register(self, node: Node, name: str, table: pa.Table) -> None:
        """Lend a table to the session for as long as the node lives."""
        self.session.register(name, made_here(table))
        weakref.finalize(node, _take_back, weakref.ref(self.session), name, {})


@dataclass(frozen=True, slots=True)
class ByPandas:
    """A call that was logged, and is taken out of the log again if it raises."""

    engine: Engine
    noted: Fallback

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            log = self.engine.unsupported
            log[:] = [one for one in log if one is not self.noted]


_TIES = "ties, and a sort that is not stable"  # the reason that is told; the error itself ends in the engine


class Ties(PlanError):
    """Rows that a sort leaves in an order that pandas alone knows."""


def ties() -> Ties:
    return Ties(Diagnostic("no_translation", _TIES, "plan"))


def _groups(node: Node) -> Aggregate | None:
    """The groups that the rows of a node come from one by one."""
    while not isinstance(node, Aggregate):
        if len(node.reads) != 1:
            return None
        (node,) = node.reads
    return node


def _take_back(session: weakref.ref[Session], name: str, lent: dict[str, Scanned]) -> None:
    lent.pop(name, None)
    living = session()
    if living is not None:
        with suppress(duckdb.Error):
            living.connection.unregister(name)


_default: Engine | None = None
_lock = threading.Lock()
_current: ContextVar[Engine | None] = ContextVar("engine", default=None)


def engine() -> Engine:
    """The engine of this context, else that of the process."""
    global _default
    found = _current.get()
    if found is not None:
        return found
    with _lock:
        if _default is None:
            _default = Engine()
        return _default


@contextmanager
def at(found: Engine) -> Iterator[Engine]:
    """Run what is recorded in this block by an engine."""
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


@contextmanager
def using(session: Session | None = None, *, strict: bool = False) -> Iterator[Engine]:
    """Run what is recorded in this block in `session` (default: a new one, closed at the end).

    With `strict` a call that has no translation raises `Unsupported`, else pandas itself does it, and the engine's
    `unsupported` tells so.
    """
    found = Engine(session, strict=strict)
    try:
        with at(found):
            yield found
    finally:
        if session is None and found._session is not None:
            found._session.close()
