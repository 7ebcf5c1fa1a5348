"""What EXPLAIN reads of an estimate; the optimizer makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class NodeFigures(Protocol):
    """One run of one operator: the rows and bytes of its value, its seconds on one core."""

    @property
    def rows(self) -> float: ...
    @property
    def bytes(self) -> float: ...
    @property
    def seconds(self) -> float: ...


class Clock(Protocol):
    """Seconds until all is done, and the most bytes held at one time."""

    @property
    def seconds(self) -> float: ...
    @property
    def peak_bytes(self) -> float: ...


class Estimated(Protocol):
    """A batch: its nodes by id, how many trials a value of each serves, seconds of all threads and of trials alone."""

    @property
    def nodes(self) -> Mapping[int, NodeFigures]: ...
    @property
    def reuse(self) -> Mapping[int, int]: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def alone(self) -> float | None: ...
    @property
    def simulated(self) -> Clock | None: ...
    def of(self, node: int, /) -> float | None:
        """Seconds of all runs of a node."""
