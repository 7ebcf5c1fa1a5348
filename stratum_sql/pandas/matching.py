"""Joins by keys of any type, or by labels: pandas matches keys that were run beside the numbers of their rows.

Which row stands beside which is then a source; the values of all other columns stay in the plan. These are the joins
that `combining.py` has no SQL for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.axes import laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.functions import function
from stratum_sql.pandas.kinds import TEXT
from stratum_sql.pandas.layouts import (
    axis_of,
    done,
    labels_of,
    layout,
    looked_up,
    place_of,
    plan_of,
    values_run,
    with_gap,
)
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.row_calls import Given, given_for, of_rows, recorded
from stratum_sql.pandas.states import Table

Call = Callable[[pd.DataFrame, Any], pd.DataFrame]
_NUMBER = "\0number"


class _Side:
    """One of two frames: its keys are numbers of columns, which are run."""

    def __init__(self, frame: Lazy, keys: Sequence[Hashable]) -> None:
        plan = plan_of(frame._state)
        if not isinstance(plan, Table):
            raise Declined("other than frames")
        self.plan, self.axis, self.labels = plan, axis_of(frame), labels_of(plan)
        self.values = [value for _, value in plan.columns]
        self.keys = _places(self.axis, self.labels, keys)
        listed = [self.values[place] for place in self.keys]
        self.misses_texts = any(value.nullable and value.dtype == TEXT for value in listed)

    def keyed(self, number: int) -> pd.DataFrame:
        """The keys, and the numbers of the rows."""
        run = values_run(self.plan, [self.values[place] for place in self.keys])
        run.insert(len(self.keys), len(self.keys), np.arange(len(self.labels)))
        told = f"{_NUMBER}{number}"
        label = told if self.axis.nlevels == 1 else (told, *[""] * (self.axis.nlevels - 1))
        axis = self.axis.take(self.keys)
        return run.set_axis(self.labels, axis=0).set_axis(axis.insert(len(axis), label), axis=1)

    def alike(self) -> pd.DataFrame:
        """A row of zeros under the labels of all columns."""
        names = self.labels.names
        index = pd.Index([0], name=names[0]) if len(names) == 1 else pd.MultiIndex.from_tuples([(0,) * len(names)])
        return pd.DataFrame(0, index=index.set_names(names), columns=self.axis)


def _places(axis: pd.Index[Any], labels: pd.Index[Any], keys: Sequence[Hashable]) -> list[int]:
    """The numbers of the columns that are keys, in their order; others must be levels. Raises Declined."""
    found = set()
    for key in keys:
        if not isinstance(key, Hashable):
            raise Declined("keys that are no labels")
        place = place_of(axis, key) if key in axis else None
        if place is None and key not in labels.names:
            raise Declined("keys that are not there")
        if place is not None and not isinstance(place, int | np.integer):
            raise Declined("several columns of one label")
        if place is not None:
            found.add(int(place))
    return sorted(found)


def matched(
    left: Lazy, right: Lazy, keys: tuple[list[Any], list[Any]], shared: set[Any], call: Call, names: Call
) -> Any:
    """What `call` makes of both frames; `names` is the call of a pair of rows. A key in `shared` is there once."""
    sides = _Side(left, keys[0]), _Side(right, keys[1])
    found = done(lambda: call(sides[0].keyed(0), sides[1].keyed(1)))
    if not isinstance(found.index, pd.RangeIndex) and any(side.misses_texts for side in sides):
        raise Declined("an index of missing texts, which may be None or NaN")
    axis = done(lambda: names(sides[0].alike(), sides[1].alike())).columns
    theirs = [place for place, label in enumerate(sides[1].axis) if label not in shared]
    parts = [(0, place) for place in range(len(sides[0].axis))] + [(1, place) for place in theirs]
    numbers = _numbers(found)
    width = sum(len(side.keys) for side in sides) - len(shared) + 2
    extra = list(range(width, found.shape[1]))  # the indicator
    if len(axis) != len(parts) + len(extra) or numbers != [len(sides[0].keys), width - 1]:
        raise Declined("columns of its own")
    listed = iter([place for place in range(width) if place not in numbers] + extra)
    made = {part: found.iloc[:, next(listed)] for part in parts if part[1] in sides[part[0]].keys}
    _check_names(sides, parts, made, axis)
    others = [found.iloc[:, place] for place in extra]
    columns = [*(one.reset_index(drop=True) for one in made.values()), *(one.reset_index(drop=True) for one in others)]
    rows = layout(found.index, [found.iloc[:, place] for place in numbers], columns)
    known: dict[Any, Expr] = dict(zip(made, rows.made, strict=False))
    node = rows.node
    for number, side in enumerate(sides):
        wanted = [part for part in parts if part[0] == number and part not in made]
        node, values = looked_up(node, rows.numbers[number], side.plan, [side.values[place] for _, place in wanted])
        known |= dict(zip(wanted, values, strict=True))
    values = [*(known[part] for part in parts), *rows.made[len(made) :]]
    return Lazy.recorded(laid(node, values, axis, rows.index), is_frame=True)


def _numbers(found: pd.DataFrame) -> list[int]:
    """Where the numbers of the rows of both sides are. Raises Declined."""
    labels: list[Any] = [label[0] if isinstance(label, tuple) else label for label in list[Any](found.columns)]
    if any(labels.count(f"{_NUMBER}{side}") != 1 for side in (0, 1)):
        raise Declined("other than two frames")
    return [labels.index(f"{_NUMBER}{side}") for side in (0, 1)]


def _check_names(sides: tuple[_Side, _Side], parts: list[tuple[int, int]], made: Any, axis: pd.Index[Any]) -> None:
    """Raise Declined for keys whose labels are those of other columns too."""
    for at, (side, place) in enumerate(parts):
        if (side, place) in made and axis[at] != sides[side].axis[place]:
            raise Declined("a key under the label of another column")


# -- the calls ---------------------------------------------------------------------------------------------------------


def _listed(keys: Any) -> list[Any]:
    return [] if keys is None else list(keys) if isinstance(keys, list) else [keys]


def _keys(given: Given, left: Lazy, right: Lazy) -> tuple[list[Any], list[Any], set[Any]]:
    """The keys of both sides, and the columns that are there once then."""
    on, by_index = given.get("on"), bool(given.get("left_index")) or bool(given.get("right_index"))
    sides = _listed(given.get("left_on")), _listed(given.get("right_on"))
    if on is not None:
        sides = _listed(on), _listed(on)
    elif not (by_index or sides[0] or sides[1] or given.get("how") == "cross"):
        both = [label for label in axis_of(left) if label in axis_of(right)]
        sides = both, both
    elif by_index and (_are_columns(sides[0], right) or _are_columns(sides[1], left)):
        raise Declined("a key that is a column of the other side as well, and comes as a third")
    pairs = zip(*sides, strict=False) if not by_index else ()
    return *sides, _shared(pairs, right)


def _are_columns(keys: list[Any], other: Lazy) -> bool:
    return any(isinstance(one, Hashable) and one in axis_of(other) for one in keys)


def _shared(pairs: Iterable[tuple[Any, Any]], right: Lazy) -> set[Any]:
    """The keys that are columns of the right side under the label that the left side has for them."""
    axis = axis_of(right)
    alike = (two for one, two in pairs if isinstance(one, Hashable) and isinstance(two, Hashable) and one == two)
    return {label for label in alike if label in axis}


def _frame_of(other: Any) -> Lazy:
    other = recorded(other)
    if isinstance(other, DataFrame):
        return other
    if other.name is None:
        raise Declined("a Series without a name")
    return other.to_frame()  # type: ignore[no-any-return]


@of_rows("merge")
def _merge(owner: Lazy, name: str, given: Given) -> Any:
    right = _frame_of(given["right"])
    arguments = {key: value for key, value in given.items() if key not in ("self", "right")}
    left_keys, right_keys, shared = _keys(given, owner, right)
    by_one = {key: value for key, value in arguments.items() if key not in ("validate", "how")}
    by_one["how"] = "cross" if arguments.get("how") == "cross" else "inner"
    return matched(
        owner, right, (left_keys, right_keys), shared,
        lambda one, two: one.merge(two, **arguments), lambda one, two: one.merge(two, **by_one),
    )  # fmt: skip


@of_rows("join")
def _join(owner: Lazy, name: str, given: Given) -> Any:
    arguments = {key: value for key, value in given.items() if key not in ("self", "other")}
    other = given["other"]
    if isinstance(other, list | tuple):
        return _joined_to_all(owner, [_frame_of(one) for one in other], arguments)
    by_one = {key: value for key, value in arguments.items() if key not in ("validate", "how")}
    by_one["how"] = "cross" if arguments.get("how") == "cross" else "inner"
    suffixes = {"lsuffix", "rsuffix", "suffixes"}
    of_rows_alone = {key: value for key, value in arguments.items() if key not in suffixes}
    return matched(
        owner, _frame_of(other), (_listed(arguments.get("on")), []), set(),
        lambda one, two: one.join(two, **of_rows_alone), lambda one, two: one.join(two, **by_one),
    )  # fmt: skip


def _joined_to_all(owner: Lazy, others: list[Lazy], arguments: Given) -> Any:
    """A join with several, by their labels."""
    sides = [_Side(one, []) for one in (owner, *others)]
    of_rows_alone = {key: value for key, value in arguments.items() if key in ("how", "sort")}
    first, rest = sides[0].keyed(0), list[Any](side.keyed(number) for number, side in enumerate(sides) if number)
    found = done(lambda: first.join(rest, **of_rows_alone))
    one, alike = sides[0].alike(), list[Any](side.alike() for side in sides[1:])
    axis = done(lambda: one.join(alike, **{key: value for key, value in arguments.items() if key != "how"})).columns
    if len(axis) != sum(len(side.axis) for side in sides) or found.shape[1] != len(sides):
        raise Declined("columns of its own")
    rows = layout(found.index, [found.iloc[:, place] for place in range(len(sides))])
    passed = _passing(sides, first, rest, arguments)
    node, values = rows.node, []
    for at, (side, number) in enumerate(zip(sides, rows.numbers, strict=True)):
        node, brought = looked_up(node, number, side.plan, side.values)
        values += [with_gap(value) for value in brought] if passed[at] and not number.nullable else brought
    return Lazy.recorded(laid(node, values, axis, rows.index), is_frame=True)


def _passing(sides: list[_Side], first: Any, rest: Any, arguments: Given) -> list[bool]:
    """Whether a side has gaps on the way: pandas joins the rows of all, and then takes those of the first."""
    if arguments.get("how", "left") != "left" or not all(side.labels.is_unique for side in sides):
        return [False] * len(sides)
    whole = done(lambda: first.join(rest, how="outer"))
    return [bool(gaps) for gaps in whole.isna().any()]


# -- functions of the module -------------------------------------------------------------------------------------------

_SIDES = ("left", "right")


@function("merge_asof", "keys that pandas matches; all other columns in the plan")
def _merge_asof(*args: Any, **kwargs: Any) -> Any:
    given = given_for(pd.merge_asof, args, kwargs)
    left, right = _frame_of(given["left"]), _frame_of(given["right"])
    on, by = given.get("on"), _listed(given.get("by"))
    sides = [_listed(on), _listed(on)] if on is not None else [_listed(given.get(f"{side}_on")) for side in _SIDES]
    bys = [by, by] if by else [_listed(given.get(f"{side}_by")) for side in _SIDES]
    keys = sides[0] + bys[0], sides[1] + bys[1]
    is_by_index = bool(given.get("left_index")) or bool(given.get("right_index"))
    pairs = list(zip(*(bys if is_by_index else keys), strict=False))
    shared = _shared(pairs, right)
    arguments = {key: value for key, value in given.items() if key not in ("left", "right")}
    by_one = {key: value for key, value in arguments.items() if key != "tolerance"} | {"allow_exact_matches": True}
    return matched(
        left, right, keys, shared,
        lambda one, two: pd.merge_asof(one, two, **arguments), lambda one, two: pd.merge_asof(one, two, **by_one),
    )  # fmt: skip
