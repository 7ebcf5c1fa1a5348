"""The progress of several batches, one after the other, told as that of one: it never goes back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from stratum_sql.execute.events import Listener, Progress

_NOTHING = Progress("scan", 0, 0, 0, 0, 0, 0.0, None, None)


class Climb:
    """The rungs of a halving search. `later` are the trials that come after the first rung, if it has all rungs."""

    def __init__(self, listener: Listener | None, started: float, later: int) -> None:
        self._listener, self._started, self._later = listener, started, later
        self._before = _NOTHING  # the sum of the batches that ended
        self._now = _NOTHING  # this sum with the batch that runs
        self._is_first = True

    def listener(self, statements: Sequence[int]) -> Listener | None:
        """Who hears the next batch, whose statements have these numbers in the whole."""
        if self._listener is None:
            return None
        return lambda event: self._hear(event, statements)

    def next(self) -> None:
        """The batch ended."""
        self._before, self._is_first = self._now, False

    def finish(self) -> None:
        """Tell that all of it ended."""
        if self._listener is not None:
            elapsed = time.monotonic() - self._started
            self._listener(replace(self._now, phase="done", elapsed_seconds=elapsed, seconds_left=None))

    def _hear(self, event: Progress, statements: Sequence[int]) -> None:
        self._now = self._summed(event, statements)
        if event.phase != "done" and self._listener is not None:
            self._listener(self._now)

    def _summed(self, event: Progress, statements: Sequence[int]) -> Progress:
        before, best = self._before, event.best
        done = before.fits_done + event.fits_done
        total = max(self._fits_total(event), done)
        elapsed = time.monotonic() - self._started
        trains = event.phase == "train" or not self._is_first or (self._later > 0 and event.phase == "store")
        return Progress(
            phase="train" if trains else event.phase,
            trials_done=before.trials_done + event.trials_done,
            trials_failed=before.trials_failed + event.trials_failed,
            trials_total=event.trials_total + self._later if self._is_first else before.trials_total,
            fits_done=done,
            fits_total=total,
            elapsed_seconds=elapsed,
            seconds_left=elapsed / done * (total - done) if done and trains else None,
            best=before.best if best is None else replace(best, statement=statements[best.statement]),
        )

    def _fits_total(self, event: Progress) -> int:
        """The fits of all batches: later trials have as many folds as those of the first batch have on average."""
        if not self._is_first:
            return self._before.fits_total
        folds = event.fits_total / event.trials_total if event.trials_total else 0.0
        return event.fits_total + round(folds * self._later)
