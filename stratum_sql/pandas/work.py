"""A piece of work that a script waits for: a training, a prediction, a statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """`make` does it, in any thread; equal `key`s are equal work, None is equal to nothing. `alone`: it takes all cores
    itself. `statement` is a TRAIN statement, which is run with others and makes `make` unneeded. What has a `stage` may
    wait for others of a lower one, and for what has none; `family` names work that is partly the same.
    """

    kind: str
    key: bytes | None
    make: Callable[[], Any]
    alone: bool = False
    statement: str | None = None
    stage: int | None = None
    family: bytes | None = None
