"""Progress: nothing for quick batches, one picture on a terminal, few lines in a log, one line in a notebook."""

import io
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from stratum_sql.execute.events import Best, Progress
from stratum_sql.shell import progress
from stratum_sql.shell.progress import LiveDisplay, LogDisplay, NotebookDisplay, Reporter, line, picture

BEST = Best(0, 7, "ridge", "alpha=0.1", "r2", 0.8123, True)
EVENT = Progress("train", 3, 1, 12, 15, 60, 12.0, 48.0, BEST)
DONE = replace(EVENT, phase="done")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand; the reporter's own timer never wakes it in these tests."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    class Never:
        """A timer that is started and cancelled, and never goes off."""

        daemon = False

        def __init__(self, _seconds: float, _call: Callable[[], None]) -> None: ...
        def start(self) -> None: ...
        def cancel(self) -> None: ...

    monkeypatch.setattr(threading, "Timer", Never)
    return Clock()


def test_a_quick_batch_stays_quiet(clock: Clock) -> None:
    for stream in (io.StringIO(), Terminal()):
        with Reporter(stream, clock=clock) as report:
            clock.now += 1.9
            report(EVENT)
            report(DONE)
        assert stream.getvalue() == ""


def test_a_log_gets_a_line_every_ten_seconds(clock: Clock) -> None:
    stream = io.StringIO()
    with Reporter(stream, clock=clock) as report:
        for step in range(25):
            clock.now = 100.0 + step
            report(replace(EVENT, trials_done=step))
    told = stream.getvalue().splitlines()
    assert [row.split()[1] for row in told] == ["10/12", "20/12"]
    assert told[0] == "training: 10/12 trials, 1 failed, 0:10, 0:48 left; best so far: r2 0.8123, ridge(alpha=0.1)"
    assert "\x1b" not in stream.getvalue()


def test_each_batch_waits_anew(clock: Clock) -> None:
    stream = io.StringIO()
    report = Reporter(stream, clock=clock)
    report(EVENT)
    clock.now += 11
    report(EVENT)
    report(DONE)
    clock.now += 60
    report(EVENT)
    assert len(stream.getvalue().splitlines()) == 1


def test_what_comes_after_the_end_is_not_shown(clock: Clock) -> None:
    stream = io.StringIO()
    with Reporter(stream, clock=clock) as report:
        report(EVENT)
    report(EVENT)
    clock.now += 60
    report(EVENT)
    assert stream.getvalue() == ""
    with report:
        clock.now += 60
        report(EVENT)
    assert stream.getvalue() != ""


def test_a_terminal_gets_a_picture_that_is_taken_away(clock: Clock) -> None:
    stream = Terminal()
    report = Reporter(stream, clock=clock)
    report(EVENT)
    clock.now += 3
    report(EVENT)
    report(DONE)
    shown = stream.getvalue()
    assert "3/12 trials" in shown
    assert "ridge(alpha=0.1)" in shown
    assert "\x1b[?25h" in shown  # the cursor is back


def test_a_batch_that_says_nothing_is_shown_by_the_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "LOG_EVERY", 0.0)
    written = threading.Event()

    class Log(io.StringIO):
        def write(self, text: str) -> int:
            written.set()
            return super().write(text)

    stream = Log()
    with Reporter(stream):
        assert written.wait(10)
    assert stream.getvalue().startswith("planning: 0:00")


def test_the_display_fits_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(progress._display(io.StringIO()), LogDisplay)
    assert isinstance(progress._display(Terminal()), LiveDisplay)
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert isinstance(progress._display(Terminal()), NotebookDisplay)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert isinstance(progress._display(Terminal()), LiveDisplay)


def test_a_notebook_writes_one_line_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    handle = SimpleNamespace(update=lambda plain, raw: told.append(f"again {plain['text/plain']}"))

    def display(plain: dict[str, str], *, raw: bool, display_id: bool) -> object:
        told.append(plain["text/plain"])
        return handle

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=SimpleNamespace(display=display)))
    shown = NotebookDisplay()
    for elapsed in (2.0, 2.5, 3.5):
        shown.show(EVENT, elapsed)
    assert [row.split(":")[0] for row in told] == ["training", "again training"]
    shown.close()
    shown.show(EVENT, 2.0)
    assert len(told) == 3
    assert not told[2].startswith("again")


def test_events_may_come_from_many_threads(clock: Clock) -> None:
    stream = io.StringIO()
    with Reporter(stream, clock=clock) as report:

        def tell() -> None:
            for _ in range(50):
                report(EVENT)

        clock.now += 11
        threads = [threading.Thread(target=tell) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("width", [40, 80])
def test_the_picture_fits_and_shows_how_far_the_fits_are(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    console.print(picture(replace(EVENT, best=replace(BEST, params="p" * 200)), 12.0))
    assert isinstance(console.file, io.StringIO)
    rows = console.file.getvalue().splitlines()
    assert max(map(len, rows)) <= width
    assert rows[-1].rstrip().endswith("…")
    if width == 80:
        assert len(rows) == 2
        assert re.search("training +━", rows[0])


def test_before_the_first_event_it_is_planning() -> None:
    assert line(None, 3725) == "planning: 1:02:05"
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(picture(None, 2.0))


def test_parameters_never_command_the_terminal() -> None:
    told = line(replace(EVENT, best=replace(BEST, params="\x1b[2J[red]x")), 1)
    assert "\x1b" not in told
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(picture(replace(EVENT, best=replace(BEST, params="[red]x\x1b[2J")), 1))
    assert isinstance(console.file, io.StringIO)
    assert "[red]x\N{REPLACEMENT CHARACTER}" in console.file.getvalue()
