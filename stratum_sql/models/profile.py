"""What a column looked like in training, and how the rows of another query differ from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from stratum_sql.catalog.columns import Column
from stratum_sql.plan.features import Leaf

MOST_CATEGORIES = 100  # values of a text that are kept; a text with more has no categories to compare with
_SHARE_OUTSIDE = 0.01  # of the values that may lie outside before it is told
_SHARE_NULL = 0.05  # by which the share of NULL may differ


@dataclass(frozen=True, slots=True)
class Profile:
    """A column of `rows` rows. `nulls` is the share of NULL, or NaN. `low` and `high` are its ends: finite numbers, or
    ISO 8601 times; None where there is no value. `categories` are the values of a text, None where they are too
    many."""

    name: str
    type: str
    rows: int
    nulls: float
    low: float | str | None = None
    high: float | str | None = None
    categories: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """`-3 to 8.5, 2.0% NULL`, `3 values`."""
        spread = "" if self.low is None else f"{_shown(self.low)} to {_shown(self.high)}"
        texts = "" if self.categories is None else f"{len(self.categories)} values"
        empty = f"{_percent(self.nulls)} NULL" if self.nulls else ""
        return ", ".join(filter(None, [spread, texts, empty]))


def profile_of(leaf: Leaf, column: Column) -> Profile:
    """The profile of a column. Of a column that is no number, time or text, or has values that cannot be seen as such,
    only the share of NULL is known.
    """
    try:
        return _profile(leaf, column)
    except ValueError:  # a time that no timestamp holds, whole numbers above 2^53 as categories
        return Profile(leaf.name, leaf.type, len(column), _share(int(column.arrow().null_count), len(column)))


def _profile(leaf: Leaf, column: Column) -> Profile:
    rows = len(column)
    match leaf.kind:
        case "number":
            numbers = column.numbers
            there = numbers[np.isfinite(numbers)]
            ends = (float(there.min()), float(there.max())) if len(there) else (None, None)
            return Profile(leaf.name, leaf.type, rows, _share(int(np.isnan(numbers).sum()), rows), *ends)
        case "time":
            times = column.times
            moments = times[~np.isnat(times)]
            spread = (str(moments.min()), str(moments.max())) if len(moments) else (None, None)
            return Profile(leaf.name, leaf.type, rows, _share(rows - len(moments), rows), *spread)
        case "text":
            codes = column.codes
            seen = [str(codes.values[code]) for code in codes.present()]
            kept = tuple(seen) if len(seen) <= MOST_CATEGORIES else None
            nulls = _share(int(codes.counts()[-1]), rows)
            return Profile(leaf.name, leaf.type, rows, nulls, categories=kept)
    return Profile(leaf.name, leaf.type, rows, _share(int(column.arrow().null_count), rows))


def _share(count: int, rows: int) -> float:
    return count / rows if rows else 0.0


def differences(then: Profile, leaf: Leaf, column: Column, found_type: str) -> Iterator[str]:
    """What is other about a column than in training, a sentence each: its type, how much of it is NULL, and values that
    training never saw, once they are more than one in a hundred."""
    if _family(found_type) != _family(then.type):
        yield f"{then.name} is {found_type}; in training it was {then.type}"
    now = profile_of(leaf, column)
    if not now.rows:
        return
    if abs(now.nulls - then.nulls) > _SHARE_NULL or (now.nulls > _SHARE_OUTSIDE and not then.nulls):
        yield f"{then.name} is NULL in {_percent(now.nulls)} of the rows; in training in {_percent(then.nulls)}"
    yield from _outside(then, leaf, column)


_WHOLE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")


def _family(duckdb_type: str) -> str:
    """The type, of which whole numbers of all widths are one, and so are those with a fraction, and texts."""
    if _WHOLE.fullmatch(duckdb_type):
        return "whole"
    if duckdb_type.startswith(("DECIMAL", "FLOAT", "DOUBLE")):
        return "fraction"
    return "text" if duckdb_type.startswith(("VARCHAR", "ENUM")) else duckdb_type


def _outside(then: Profile, leaf: Leaf, column: Column) -> Iterator[str]:
    with suppress(ValueError):  # as in `profile_of`
        yield from _unseen(then, leaf, column)


def _unseen(then: Profile, leaf: Leaf, column: Column) -> Iterator[str]:
    if leaf.kind == "number" and isinstance(then.low, float) and isinstance(then.high, float):
        numbers = column.numbers
        values, low, high = numbers[~np.isnan(numbers)], then.low, then.high
        yield from _told(then, values, (values < low) | (values > high))
    elif leaf.kind == "time" and isinstance(then.low, str):
        times = column.times
        moments = times[~np.isnat(times)]
        ends = np.array([then.low, then.high], dtype="datetime64[us]")
        yield from _told(then, moments, (moments < ends[0]) | (moments > ends[1]))
    elif leaf.kind == "text" and then.categories is not None:
        yield from _new_categories(then, column)


def _told(then: Profile, values: np.ndarray, wrong: np.ndarray) -> Iterator[str]:
    share = _share(int(wrong.sum()), len(values))
    if share > _SHARE_OUTSIDE:
        low, high = _shown(_plain(values.min())), _shown(_plain(values.max()))
        yield (
            f"{then.name} is outside of its range in training in {_percent(share)} of the rows: "
            f"{low} to {high}; then {_shown(then.low)} to {_shown(then.high)}"
        )


def _new_categories(then: Profile, column: Column) -> Iterator[str]:
    codes, known = column.codes, set(then.categories or ())
    counts = codes.counts()
    new = [code for code in codes.present() if str(codes.values[code]) not in known]
    share = _share(int(counts[new].sum()) if new else 0, int(counts[:-1].sum()))
    if share > _SHARE_OUTSIDE:
        names = ", ".join(f"'{str(codes.values[code])[:40]}'" for code in new[:3])
        more = f" and {len(new) - 3} more" if len(new) > 3 else ""
        yield f"{then.name} has values that training never saw, in {_percent(share)} of the rows: {names}{more}"


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, np.floating) else str(value)


def _shown(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _percent(share: float) -> str:
    return f"{share:.1%}"
