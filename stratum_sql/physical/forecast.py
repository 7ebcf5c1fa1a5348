"""A schedule played through with estimated seconds and bytes: when it would be done, and what it would hold at most."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from stratum_sql.physical.schedule import Schedule, Unit, plan_schedule
from stratum_sql.plan.build import Batch
from stratum_sql.plan.estimates import Estimated

MOST_TASKS = 200_000  # played through: about a second
G = TypeVar("G", bound=Hashable)
U = TypeVar("U", bound=Unit)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds on the clock, and the most bytes held at one time."""

    seconds: float
    peak_bytes: float


def forecast_batch(batch: Batch, estimate: Estimated, workers: int) -> Forecast | None:
    """The forecast of a batch on so many threads; None where part of it is not estimated, or it is too large."""
    folds = max(batch.folds.values(), default=1)
    if any(node.id not in estimate.nodes for node in batch.graph) or len(batch.graph) * folds > MOST_TASKS:
        return None
    schedule = plan_schedule(batch)
    figures = {task.id: estimate.nodes[task.node.id] for task in schedule.units}
    seconds = {task: figure.seconds for task, figure in figures.items()}
    return forecast(schedule, seconds, {task: figure.bytes for task, figure in figures.items()}, workers)


def forecast(
    schedule: Schedule[G, U], seconds: Mapping[int, float], sizes: Mapping[int, float], workers: int
) -> Forecast:
    """The schedule as the scheduler runs it: a free thread takes the ready unit that comes first; a value is held until
    its last user is done."""
    played = _Played(schedule, sizes)
    clock = 0.0
    running: list[tuple[float, int]] = []
    while played.ready or running:
        while played.ready and len(running) < max(1, workers):
            _, unit = heapq.heappop(played.ready)
            heapq.heappush(running, (clock + seconds[unit], unit))
        clock, done = heapq.heappop(running)
        played.finish(done)
    return Forecast(clock, played.peak)


@dataclass(eq=False)
class _Played(Generic[G, U]):
    """Which units wait for what, and what is held."""

    schedule: Schedule[G, U]
    sizes: Mapping[int, float]
    held: float = 0.0
    peak: float = 0.0
    ready: list[tuple[int, int]] = field(default_factory=list)
    waiting: dict[int, int] = field(default_factory=dict)  # inputs that are not there yet
    left: dict[int, int] = field(default_factory=dict)  # users that are not done yet
    users: dict[int, list[int]] = field(default_factory=dict)
    inputs: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.schedule.units:
            self.inputs[unit.id] = tuple(child.id for child in unit.inputs)
            self.waiting[unit.id] = len(unit.inputs)
            for child in unit.inputs:
                self.users.setdefault(child.id, []).append(unit.id)
        self.left = {unit: len(users) for unit, users in self.users.items()}
        for unit in self.schedule.units:
            if not unit.inputs:
                self._push(unit.id)

    def _push(self, unit: int) -> None:
        heapq.heappush(self.ready, (self.schedule.priority[unit], unit))

    def finish(self, unit: int) -> None:
        """A value is there: users may be ready, inputs may be forgotten."""
        self.held += self.sizes[unit]
        self.peak = max(self.peak, self.held)
        for user in self.users.get(unit, ()):
            self.waiting[user] -= 1
            if self.waiting[user] == 0:
                self._push(user)
        for child in self.inputs[unit]:
            self.left[child] -= 1
            if self.left[child] == 0:
                self.held -= self.sizes[child]
        if unit not in self.users:
            self.held -= self.sizes[unit]
