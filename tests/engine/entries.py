"""Entries for tests of the cache, here and in the processes they start."""

from __future__ import annotations

import random

from stratum_sql.execute.cache import Entry, ResultCache


def entry(number: int, seconds: float = 1.0, length: int = 100) -> Entry:
    """An entry whose value follows from its number."""
    return Entry(f"key {number}".encode(), random.Random(number).randbytes(length), seconds)


def entries(count: int, first: int = 0) -> list[Entry]:
    return [entry(number) for number in range(first, first + count)]


def found(cache: ResultCache, wanted: list[Entry]) -> list[Entry]:
    """Those of the entries that the cache has, each equal to what was put in."""
    got = cache.get_many([each.key for each in wanted])
    assert all(got[each.key] == each for each in wanted if each.key in got)
    return list(got.values())
