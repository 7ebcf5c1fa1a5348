"""The progress of several batches, one after the other, told as that of one: it never goes back."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace

from stratum_sql.execute.events import Best, Listener, Progress

_NOTHING = Progress("scan", 0, 0, 0, 0, 0, 0.0, None, None)


class Climb:
    """The rounds of some searches. `later` are the trials that come after the first round at most; scores of the
    statements in `comparable` may be compared with those of other rounds."""

    def __init__(self, listener: Listener | None, started: float, later: int, comparable: Collection[int]) -> None:
        self._listener, self._started, self._later, self._comparable = listener, started, later, comparable
        self._repeated = 0  # trials of the batch that runs that were told before
        self._before = _NOTHING  # the sum of the batches that ended
        self._now = _NOTHING  # this sum with the batch that runs
        self._is_first = True

    def listener(self, statements: Sequence[int], repeated: int = 0) -> Listener | None:
        """Who hears the next batch, whose statements have these numbers in the whole; so many of its trials were told
        of before."""
        self._repeated = repeated
        if self._listener is None:
            return None
        return lambda event: self._hear(event, statements)

    def next(self) -> None:
        """The batch ended."""
        self._before, self._is_first = self._now, False

    def known(self, trials: int) -> None:
        """So many trials ended that need not run."""
        before = self._before
        folds = round(trials * before.fits_total / before.trials_total) if before.trials_total else 0
        self._before = self._now = replace(
            before, trials_done=before.trials_done + trials, fits_done=before.fits_done + folds
        )

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
        before = self._before
        fresh = max(0, event.trials_total - self._repeated) / max(1, event.trials_total)
        done = before.fits_done + round(event.fits_done * fresh)
        total = max(self._fits_total(event), done)
        elapsed = time.monotonic() - self._started
        trains = event.phase == "train" or not self._is_first or (self._later > 0 and event.phase == "store")
        return Progress(
            phase="train" if trains else event.phase,
            trials_done=before.trials_done + round(event.trials_done * fresh),
            trials_failed=before.trials_failed + event.trials_failed,
            trials_total=event.trials_total + self._later if self._is_first else before.trials_total,
            fits_done=done,
            fits_total=total,
            elapsed_seconds=elapsed,
            seconds_left=elapsed / done * (total - done) if done and trains else None,
            best=self._better(event.best and replace(event.best, statement=statements[event.best.statement])),
        )

    def _better(self, now: Best | None) -> Best | None:
        """The better one of this round's best and that of those before, where they can be compared."""
        before = self._before.best
        if before is None or now is None:
            return now or before
        sign = 1 if now.higher_is_better else -1
        alike = before.metric == now.metric and before.statement in self._comparable
        return before if alike and sign * before.value > sign * now.value else now

    def _fits_total(self, event: Progress) -> int:
        """The fits of all batches: later trials have as many folds as those of the first batch have on average."""
        if not self._is_first:
            return self._before.fits_total
        folds = event.fits_total / event.trials_total if event.trials_total else 0.0
        return event.fits_total + round(folds * self._later)
