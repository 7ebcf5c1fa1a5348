"""What was found out about a table, for as long as it lives: tables do not change."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import TypeVar

import pyarrow as pa

T = TypeVar("T")
_found: dict[int, tuple[weakref.ref[pa.Table], dict[Hashable, object]]] = {}


def found_once(table: pa.Table, question: Hashable, answer: Callable[[], T]) -> T:
    """What `answer` gives, asked once of a table."""
    known = _found.get(id(table))
    if known is None or known[0]() is not table:
        place = id(table)
        known = _found[place] = weakref.ref(table, lambda _: _found.pop(place, None)), {}
    if question not in known[1]:
        known[1][question] = answer()
    return known[1][question]  # type: ignore[return-value]


def found_of_both(one: pa.Table, other: pa.Table, question: Hashable, answer: Callable[[], T]) -> T:
    """What `answer` gives, asked once of two tables."""
    # Two tables that are there at once have two numbers; the answers go with the first of them that goes.
    about: dict[int, tuple[weakref.ref[pa.Table], T]] = found_once(one, ("beside", question), dict)
    known = about.get(id(other))
    if known is None or known[0]() is not other:
        place = id(other)
        known = about[place] = weakref.ref(other, lambda _: about.pop(place, None)), answer()
    return known[1]
