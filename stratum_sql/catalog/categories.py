"""Categories going into a transform: which were seen in training, and where a row's category stands among them.

The work per row is one table lookup by the column's codes, which all folds share; values are looked at once each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stratum_sql import kernels
from stratum_sql.catalog.columns import Column, Pending
from stratum_sql.catalog.spec import State

Values = NDArray[Any]
Counts = NDArray[np.int64]

UNSEEN = -1


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """The categories of the training rows: `values` sorted, `counts` rows of each, `nulls` rows of NULL.

    NULL, where seen, is the last category.
    """

    values: Values
    counts: Counts
    nulls: int

    @property
    def all_counts(self) -> Counts:
        """Rows of each category, NULL last where it was seen."""
        return np.append(self.counts, self.nulls) if self.nulls else self.counts


def seen(column: Column) -> Seen:
    """What categories the rows of `column` hold."""
    codes = column.codes
    counts = codes.counts()
    present = np.flatnonzero(counts[:-1])
    return Seen(codes.values[present], counts[present], int(counts[-1]))


def places(column: Column, known: Values, null: int) -> NDArray[np.int64]:
    """For every row the position of its category in `known` (sorted), `null` for NULL, `UNSEEN` for others."""
    found: NDArray[np.int64] = places_of_codes(column, known, null)[column.codes.codes]
    return found


def looked_up(column: Column, known: Values, null: int, table: NDArray[np.float64], name: str | None = None) -> Pending:
    """`table[places(column, known, null)]` as one column, with one look-up a row."""
    entries = table[places_of_codes(column, known, null)]
    return Pending(kernels.Coded(column.codes.codes, entries), [name or column.name])


def places_of_codes(column: Column, known: Values, null: int) -> NDArray[np.int64]:
    """For every code of `column` the place of its category in `known`; last, where code -1 reads, NULL's."""
    return np.append(_lookup(column, known), null)


def null_place(state: State) -> int:
    """The place of NULL in a state with `values` and `null`: after the values, or unseen."""
    return len(state["values"]) if state["null"] else UNSEEN


def infrequent(counts: Counts, rows: int, min_frequency: float | None, max_categories: int | None) -> NDArray[np.bool_]:
    """Which categories scikit-learn groups as infrequent: `counts` is (k,) rows per category, so is the answer.

    `min_frequency` is a number of rows (int) or a share of them (float); `max_categories` counts the group itself.
    """
    least = 0.0 if min_frequency is None else min_frequency * (rows if isinstance(min_frequency, float) else 1)
    grouped = counts < least
    if max_categories is not None and max_categories < len(counts) - grouped.sum() + 1:
        smallest_first = np.argsort(counts, kind="stable")
        grouped[smallest_first[: len(counts) - (max_categories - 1)]] = True
    return grouped


def grouped_slots(grouped: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The output slot of each category: frequent ones in order, all grouped ones in the one slot after them."""
    slots = np.cumsum(~grouped) - 1
    slots[grouped] = (~grouped).sum()
    return slots.astype(np.int64)


def label(value: object) -> str:
    """A category as text; whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _lookup(column: Column, known: Values) -> NDArray[np.int64]:
    values = column.codes.values
    if len(known) and len(values) and (known.dtype == object) != (values.dtype == object):
        was, now = ("text", "numbers") if known.dtype == object else ("numbers", "text")
        raise ValueError(f"{column.name} held {was} in training and holds {now} here")
    if known.dtype == object or len(known) == 0:
        position = {value: at for at, value in enumerate(known)}
        return np.fromiter((position.get(value, UNSEEN) for value in values), dtype=np.int64, count=len(values))
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[at] == values, at, UNSEEN).astype(np.int64)
