"""What is seen while a batch runs: its phase, a bar, the time left, and the best score so far with its pipeline.

    with Reporter() as report:
        session = stratum_sql.connect(progress=report)

On a terminal one live picture, which comes after two seconds and goes when the batch is done, so that quick answers
stay quiet; in a log a line every ten seconds at most; in a notebook one line that is written again in its place.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stratum_sql.execute.events import Best, Progress
from stratum_sql.shell.grid import one_line
from stratum_sql.shell.leaderboard import number

PATIENCE = 2.0  # seconds a batch may take before anything is shown
LOG_EVERY = 10.0  # seconds between two lines where the output is no terminal
NOTEBOOK_EVERY = 1.0

_WAITING = "planning"  # a batch that has said nothing yet
_PHASES = {"scan": "reading the data", "train": "training", "store": "storing models", "done": "done"}


class Display(Protocol):
    """Where progress is shown; called with the lock held, so one call at a time."""

    def show(self, event: Progress | None, elapsed: float) -> None: ...

    def close(self) -> None: ...


class Reporter:
    """The listener to give a session: safe to call from any thread, and used for one batch after the other.

    Nothing is shown before a batch is `PATIENCE` seconds old; `close` (or the event "done") takes the picture away.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        waiting: str = _WAITING,
    ) -> None:
        self._display = _display(stream or sys.stderr, waiting)
        self._clock = clock
        self._lock = threading.Lock()
        self._began: float | None = None
        self._last: Progress | None = None
        self._timer: threading.Timer | None = None
        self._over = False

    def __call__(self, event: Progress) -> None:
        with self._lock:
            if event.phase == "done":
                self._end()
            elif not self._over:
                self._begin()
                self._last = event
                self._show()

    def __enter__(self) -> Self:
        """Start counting now: work before the first event counts as waiting too."""
        with self._lock:
            self._over = False
            self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over = True  # what a thread that lags behind still says is not shown
            self._end()

    def close(self) -> None:
        """Take the picture away; the reporter may be used again."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        if self._began is None:
            self._began = self._clock()
            self._timer = threading.Timer(PATIENCE, self._wake)
            self._timer.daemon = True
            self._timer.start()

    def _wake(self) -> None:
        """A batch that has not said anything for two seconds is shown all the same."""
        with self._lock:
            self._show()

    def _show(self) -> None:
        if self._began is None:
            return
        elapsed = self._clock() - self._began
        if elapsed >= PATIENCE:
            self._display.show(self._last, elapsed)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._began = self._last = self._timer = None
        self._display.close()


def _display(stream: TextIO, waiting: str = _WAITING) -> Display:
    if _in_notebook():
        return NotebookDisplay()
    return LiveDisplay(stream, waiting) if stream.isatty() else LogDisplay(stream)


def _in_notebook() -> bool:
    """Whether this is a kernel of Jupyter: then IPython is loaded already and its shell talks to a kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class LogDisplay:
    """Plain lines, one every ten seconds at most, the first after ten."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = LOG_EVERY

    def show(self, event: Progress | None, elapsed: float) -> None:
        if elapsed >= self._next:
            self._next = elapsed + LOG_EVERY
            print(line(event, elapsed), file=self._stream, flush=True)

    def close(self) -> None:
        self._next = LOG_EVERY


class NotebookDisplay:
    """One line of plain text under the cell, written again once a second; it stays, with the last that was known."""

    def __init__(self) -> None:
        self._handle: object | None = None
        self._next = 0.0

    def show(self, event: Progress | None, elapsed: float) -> None:
        if elapsed < self._next:
            return
        display = sys.modules["IPython"].display.display  # a notebook has loaded it
        self._next = elapsed + NOTEBOOK_EVERY
        plain = {"text/plain": line(event, elapsed)}
        if self._handle is None:
            self._handle = display(plain, raw=True, display_id=True)
        else:
            self._handle.update(plain, raw=True)  # type: ignore[attr-defined]  # IPython has no types

    def close(self) -> None:
        self._handle, self._next = None, 0.0


class LiveDisplay:
    """The live picture of a terminal, drawn four times a second by a thread of its own."""

    def __init__(self, stream: TextIO, waiting: str = _WAITING) -> None:
        self._console = Console(file=stream)
        self._waiting = waiting
        self._live: Live | None = None
        self._event: Progress | None = None
        self._zero = 0.0

    def show(self, event: Progress | None, elapsed: float) -> None:
        self._event, self._zero = event, time.monotonic() - elapsed
        if self._live is None:
            self._live = Live(
                get_renderable=self._picture,
                console=self._console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
        self._live = self._event = None

    def _picture(self) -> Group:
        return picture(self._event, time.monotonic() - self._zero, self._waiting)


def picture(event: Progress | None, elapsed: float, waiting: str = _WAITING) -> Group:
    """Two lines for a terminal: phase, bar, count and time; then the best pipeline so far. Before the first event the
    phase is called `waiting`."""
    row = Table.grid(padding=(0, 1))
    total = event.trials_total if event else 0
    bar = ProgressBar(total=total or None, completed=_share(event) * total, width=24, pulse=not total)
    row.add_row(Text(_phase(event, waiting), style="bold"), bar, Text(_counts(event, elapsed)))
    best = [Text(_best(event.best), style="green", overflow="ellipsis", no_wrap=True)] if event and event.best else []
    return Group(row, *best)


def line(event: Progress | None, elapsed: float) -> str:
    """The same as one plain line."""
    told = [f"{_phase(event)}: {_counts(event, elapsed)}"]
    return "; ".join([*told, _best(event.best)] if event and event.best else told)


def _share(event: Progress | None) -> float:
    """How far the batch is, 0 to 1: by fits, which come more often than whole trials."""
    if event is None:
        return 0.0
    done, total = (event.fits_done, event.fits_total) if event.fits_total else (event.trials_done, event.trials_total)
    return min(done / total, 1.0) if total else 0.0


def _phase(event: Progress | None, waiting: str = _WAITING) -> str:
    return waiting if event is None else _PHASES.get(event.phase, event.phase)


def _counts(event: Progress | None, elapsed: float) -> str:
    told = [f"{event.trials_done}/{event.trials_total} trials"] if event and event.trials_total else []
    told += [f"{event.trials_failed} failed"] if event and event.trials_failed else []
    told += [_clock_time(elapsed)]
    told += [f"{_clock_time(event.seconds_left)} left"] if event and event.seconds_left is not None else []
    return ", ".join(told)


def _best(best: Best) -> str:
    call = f"{best.estimator}({best.params})" if best.params else best.estimator
    return one_line(f"best so far: {best.metric} {number(best.value)}, {call}")


def _clock_time(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
