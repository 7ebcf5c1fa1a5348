"""Ctrl-C and time limits, without a terminal: the signal is sent to this process."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from stratum_sql.shell.interrupt import run_interruptible, stopping_after


def test_work_gives_its_value_or_its_error() -> None:
    done = run_interruptible(lambda: 3, lambda: None)
    assert (done.value, done.stopped) == (3, False)
    with pytest.raises(ZeroDivisionError):
        run_interruptible(lambda: 1 // 0, lambda: None)


def test_ctrl_c_stops_the_work_and_a_second_one_in_time_does_not_leave() -> None:
    before, stopped = signal.getsignal(signal.SIGINT), threading.Event()

    def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped.wait(60)
        os.kill(os.getpid(), signal.SIGINT)
        return "what was done"

    done = run_interruptible(work, stopped.set, patience=600)
    assert (done.value, done.stopped) == ("what was done", True)
    assert signal.getsignal(signal.SIGINT) is before


def test_who_does_not_stop_is_told_how_to_leave(capsys: pytest.CaptureFixture[str]) -> None:
    calls = threading.Semaphore(0)

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(4):  # the first call comes from the signal, the others one after the other
            assert calls.acquire(timeout=60)

    assert run_interruptible(work, calls.release, patience=1).stopped
    assert capsys.readouterr().err.count("Ctrl-C again leaves at once") == 1


def test_a_limit_of_time_stops_again_and_again() -> None:
    calls = threading.Semaphore(0)
    with stopping_after(0.01, calls.release) as reached:
        assert calls.acquire(timeout=60)
        assert calls.acquire(timeout=60)
    assert reached.is_set()


def test_no_limit_never_stops() -> None:
    with stopping_after(None, pytest.fail) as reached:
        pass
    assert not reached.is_set()
