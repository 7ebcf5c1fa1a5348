"""What a running batch tells those who watch: plain values, sent to one function the caller gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Best:
    """The best finished trial of one statement so far, by its first metric."""

    statement: int
    trial: int
    estimator: str
    params: str
    metric: str
    value: float
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. `seconds_left` is None until there is something to reckon from."""

    phase: str  # "scan", "train", "store", "done"
    trials_done: int
    trials_failed: int
    trials_total: int
    fits_done: int
    fits_total: int
    elapsed_seconds: float
    seconds_left: float | None
    best: Best | None


Listener = Callable[[Progress], None]
