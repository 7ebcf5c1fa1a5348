"""The plan nodes: each is a relation over those it reads. Frozen, compared by identity, nothing here runs.

A node gives rows and columns. Names of columns are never given twice above one `base`: a column of the script that is
assigned anew gets a new name, so that a Series taken before still finds what it was made of. `order` are the terms of
ORDER BY that give the rows in the order pandas has them; no node sorts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.places import Place
from stratum_sql.quoting import quote

RID = "__rid"  # number of a row in its source; the first order
RIGHT_RID = "__rid_right"
BRANCH = "__branch"
LOOKED_UP = "__looked_up"
_RESERVED = (RID, RIGHT_RID, BRANCH, LOOKED_UP)
_ORDER = "__order_of_"  # and a side: further numbers of the rows of a join
_GIVEN = ("__number_", "__order_")  # how names begin that no label has, see Names.given


def is_number(term: str) -> bool:
    """Whether a term of an order is a column of row numbers."""
    return term in _NUMBERS or term.startswith(f'"{_ORDER}')


_NUMBERS = frozenset(quote(name) for name in (RID, RIGHT_RID, BRANCH))


class Names:
    """Names of columns that are taken, compared as DuckDB does, without case."""

    def __init__(self) -> None:
        self._taken = set(_RESERVED)
        self._last: dict[str, int] = {}  # the numbers that were given, so that none is tried again

    def copy(self) -> Names:
        """The same names, taken."""
        made = Names()
        made._taken |= self._taken
        made._last |= self._last
        return made

    def given(self, name: str) -> str:
        """A name that says itself what it stands for, so that equal steps give it twice: taken from now on."""
        self._taken.add(name.lower())
        return name

    def new(self, label: object) -> str:
        """The label as a name, with a number behind it if that is taken."""
        wanted = label if type(label) is str and label and "\0" not in label else _plainly(label)
        lower = wanted.lower()
        if lower.startswith(_GIVEN):
            wanted, lower = f"column{wanted}", f"column{lower}"
        name = wanted
        if lower in self._taken:
            number = self._last.get(lower, 1)
            while (lower := name.lower()) in self._taken:
                number += 1
                name = f"{wanted}_{number}"
            self._last[wanted.lower()] = number
        self._taken.add(lower)
        return name


def _plainly(label: object) -> str:
    return str(label).replace("\0", "") or "column"


@dataclass(frozen=True, eq=False, kw_only=True)
class Node:
    """One step; `place` is the line of the script that asked for it."""

    place: Place

    @property
    def base(self) -> Base:
        """The node that decides which rows there are."""
        raise NotImplementedError

    @property
    def order(self) -> tuple[str, ...]:
        """Terms of ORDER BY over this node's columns: the order pandas has the rows in."""
        return self.base.order

    @property
    def reads(self) -> tuple[Node, ...]:
        """The nodes whose rows this one takes."""
        return ()

    @property
    def height(self) -> int:
        """How many columns were added above the base."""
        return 0

    @property
    def jump(self) -> Node:
        """A node further down, so that each height is a few jumps away.

        After E. Myers, An applicative random-access stack, 1983.
        """
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Base(Node):
    """A node with rows of its own."""

    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        _ = self.order  # made while that of the child is there: scripts are longer than Python's stack is deep

    @property
    def order(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def base(self) -> Base:
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Source(Base):
    """Rows that are there: `table` has the columns by their names, and RID: 0, 1, 2, …; `csv` is their file.

    `index` is that of pandas if it shows more than its labels, `levels` the names of the columns that have these.
    `nones` are those columns where a missing text is None.
    """

    name: str
    table: pa.Table
    csv: str | None = None
    index: pd.Index[Any] | None = None
    levels: tuple[str, ...] = ()
    nones: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()  # columns that are places of values that pandas holds

    @property
    def order(self) -> tuple[str, ...]:
        return (quote(RID),)


@dataclass(frozen=True, eq=False, kw_only=True)
class Step(Node):
    """All of the child, and one column more, `name`, made of `value`. Rows: those of the child."""

    child: Node
    name: str
    value: Expr

    def __post_init__(self) -> None:
        # Scripts have thousands of columns, one over the other: too many to go down each time.
        below, far = self.child, self.child.jump
        doubled = below.height - far.height == far.height - far.jump.height
        vars(self).update(base=below.base, height=below.height + 1, jump=far.jump if doubled else below)

    @cached_property
    def base(self) -> Base:
        return self.child.base

    @cached_property
    def height(self) -> int:
        return self.child.height + 1

    @cached_property
    def jump(self) -> Node:
        return self.child

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Assign(Step):
    """The column is `value`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Beside(Step):
    """The column is `value`, an aggregate of the rows with equal keys.

    It is missing where a key is, unless `with_missing` makes a group of missing keys.
    `key_names` are free names.
    """

    keys: tuple[Expr, ...]
    key_names: tuple[str, ...]
    with_missing: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Lookup(Step):
    """The column is the `value` of the row of `rows` whose `key` is `on`, missing without one.

    Keys are given once in `rows`; a missing one is equal to none. `shown` is the same column by functions of SQL, but
    for its last digits.
    """

    on: Expr  # a column of the child
    rows: Node
    key: Expr
    shown: Assign | None = None

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child, self.rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class Filter(Base):
    """The rows of the child where the condition is true; NULL counts as false. Columns: those of the child."""

    child: Node
    condition: Expr

    @cached_property
    def order(self) -> tuple[str, ...]:
        return self.child.order

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sort(Base):
    """The rows of the child in another order: by `keys`, ties as they stood.

    `untied`: the key, if ties of it would be in an order that NumPy alone knows. Whether there are some is asked by
    whom the order matters to.
    """

    child: Node
    keys: tuple[str, ...]
    untied: Expr | None = None

    @cached_property
    def order(self) -> tuple[str, ...]:
        return (*self.keys, *(term for term in self.child.order if term not in self.keys))

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Head(Base):
    """The rows of the child number `start` to before `stop` in its order, counted from 0; `stop` None is the end."""

    child: Node
    start: int
    stop: int | None

    @cached_property
    def order(self) -> tuple[str, ...]:
        return self.child.order

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Take(Base):
    """The rows of the child that are wanted, by what they have in the column `on`, in the order of `rows`.

    What is wanted twice comes twice. `at` is the name of the column that has the order, `key` that of what is wanted.
    """

    child: Node
    on: str
    rows: Source
    key: str
    at: str

    @cached_property
    def order(self) -> tuple[str, ...]:
        return (quote(self.at), *self.child.order)

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child, self.rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class Explode(Base):
    """A row for each element of the lists, and one where a list is empty or missing, whose element is missing.

    `lists` are names of columns of the child and of their elements; lists of one row are equally long. `at` is the
    name of the column that has the place in the list.
    """

    child: Node
    lists: tuple[tuple[Expr, str], ...]
    at: str

    @cached_property
    def order(self) -> tuple[str, ...]:
        return (*self.child.order, quote(self.at))

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Aggregate(Base):
    """One row for each group of equal keys; RID is the first row of the group, where that is their order. Groups with a
    missing key are left out unless it is `with_missing`.

    `keys` and `values` give the columns: a name and what it is. Without keys all rows are one group.
    """

    child: Node
    keys: tuple[tuple[str, Expr], ...]
    values: tuple[tuple[str, Expr], ...]
    first: str  # the column of the child's order
    by_key: bool  # in the order of the keys, else as the groups come up
    with_missing: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(quote(name) for name, _ in self.keys) if self.by_key else (quote(RID),)

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.child,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Join(Base):
    """Pairs of rows whose keys are equal, a missing one equal to a missing one; `left` keeps rows without a partner.

    `columns` of both sides: the name here, the side `l` or `r`, and what it is there. `single`: a row of the left side
    has one partner at most, so that the left side alone gives the order.
    """

    left: Node
    right: Node
    left_order: tuple[str, ...]  # columns of numbers, as `is_number`
    right_order: tuple[str, ...]
    on: tuple[tuple[Expr, Expr], ...]
    how: str
    columns: tuple[tuple[str, str, Expr], ...]
    single: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(quote(name) for name, side, _ in self.ordering if side == "l" or not self.single)

    @cached_property
    def ordering(self) -> tuple[tuple[str, str, str], ...]:
        """The columns that have its order: the name here, the side `l` or `r`, and what it is there."""
        sides = (("l", RID, self.left_order), ("r", RIGHT_RID, self.right_order))
        return tuple(
            (name if at == 0 else f"{_ORDER}{side}{at}", side, term)
            for side, name, terms in sides
            for at, term in enumerate(terms)
        )

    @property
    def reads(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, kw_only=True)
class Union(Base):
    """The rows of every child, one child after the other. `parts`: child, its order column, its values in the order of
    `columns`."""

    columns: tuple[str, ...]
    parts: tuple[tuple[Node, str, tuple[Expr, ...]], ...]

    @property
    def order(self) -> tuple[str, ...]:
        return (quote(BRANCH), quote(RID))

    @property
    def reads(self) -> tuple[Node, ...]:
        return tuple(child for child, _, _ in self.parts)
