"""The columns of a frame: labels and what they are, in their order. A frame with one more costs no copy of all others.

Scripts assign thousands of columns, one after the other. So the columns of all those frames are one history, which only
grows: for each label what it was from which assignment on. A frame says up to where it looks.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator
from operator import itemgetter

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr

_TEXT, _TUPLE, _OTHER = 1, 2, 4
_since = itemgetter(0)


class _History:
    """Labels in the order they came, and for each its values: since which assignment, and what."""

    __slots__ = ("changes", "labels", "lock", "values")

    def __init__(self) -> None:
        self.labels: list[Hashable] = []
        self.values: dict[Hashable, list[tuple[int, Expr]]] = {}
        self.changes = 0
        self.lock = threading.Lock()


class Columns:
    """Pairs of label and value, each label once. Frozen. Declined: a label that comes twice, or has no hash."""

    __slots__ = ("_count", "_history", "_kinds", "_now")

    def __init__(self, pairs: Iterable[tuple[Hashable, Expr]] = ()) -> None:
        self._history, self._kinds = _History(), 0
        labels, values = self._history.labels, self._history.values
        for label, value in pairs:
            try:
                values[label] = [(0, value)]
            except TypeError:
                raise Declined(f"a label of type {type(label).__name__}") from None
            labels.append(label)
            self._kinds |= _kind(label)
        self._count, self._now = len(labels), 0
        if len(values) != len(labels):
            raise Declined("two columns of one label")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[Hashable, Expr]]:
        values, now = self._history.values, self._now
        return iter([(label, _at(values[label], now)) for label in self.labels])

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Columns) and list(self) == list(other))

    __hash__ = None  # type: ignore[assignment]

    @property
    def labels(self) -> list[Hashable]:
        """The labels, in their order."""
        return self._history.labels[: self._count]

    def get(self, label: Hashable) -> Expr | None:
        """What a label stands for; None if there is none."""
        found = self._history.values.get(label)
        return None if found is None or found[0][0] > self._now else _at(found, self._now)

    def changed(self, label: Hashable, value: Expr) -> Columns:
        """The same, with a column more, or another one under its label."""
        found = object.__new__(Columns)
        history = self._history
        with history.lock:
            if history.changes != self._now:  # another frame has gone on from here
                history = Columns(self)._history
            history.changes += 1
            known = history.values.get(label)
            if known is None:
                history.labels.append(label)
                history.values[label] = [(history.changes, value)]
            else:
                known.append((history.changes, value))
        found._history, found._now = history, history.changes
        found._count = self._count + (known is None)
        found._kinds = self._kinds | _kind(label)
        return found

    @property
    def is_of_one_kind(self) -> bool:
        """Whether all labels are texts, or all are numbers; without labels neither."""
        return self._kinds in (_TEXT, _OTHER)


def _kind(label: Hashable) -> int:
    return _TEXT if isinstance(label, str) else _TUPLE if isinstance(label, tuple) else _OTHER


def _at(values: list[tuple[int, Expr]], now: int) -> Expr:
    since, value = values[-1]
    return value if since <= now else values[bisect_right(values, now, key=_since) - 1][1]
