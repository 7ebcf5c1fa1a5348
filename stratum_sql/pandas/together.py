"""Many scripts at once: each runs until it needs a training, and what all of them wait for is done together, once.

One script runs at a time, in a thread of its own, so that it finds everything as if it were alone: NumPy's and Python's
random numbers are its own. The rounds between them train models side by side, and TRAIN statements as one batch.
"""

from __future__ import annotations

import contextvars
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd

from stratum_sql.config import memory_budget, worker_count
from stratum_sql.pandas.collecting import leaving_the_old
from stratum_sql.pandas.engine import Engine
from stratum_sql.pandas.learning.statements import board
from stratum_sql.pandas.mode import inside, object_mode_for_all
from stratum_sql.pandas.shelf import Shelf
from stratum_sql.pandas.work import Work
from stratum_sql.session import Session

_SHARE = 0.3  # of the memory budget, for what scripts have in common
_MOST_BEGUN = 200  # scripts that hold their frames at one time


class Script(Protocol):
    """A script that can be run."""

    strict: bool
    error: BaseException | None
    output: str

    def run(self, engine: Engine, show: Callable[..., None] = print) -> None:
        """Run it. Raises what it raises."""


class Stopped(BaseException):
    """The scripts are given up; not for them to catch."""


class Together:
    """Scripts that run in one session."""

    def __init__(
        self, session: Session, scripts: Sequence[Script], ended: list[Any], watch: Callable[[int], None]
    ) -> None:
        self.ended, self._watch = ended, watch
        self.session, self.shelf = session, Shelf(int(memory_budget() * _SHARE))
        self.rounds = 0
        files: dict[object, pd.DataFrame] = {}
        self._runs = [_Run(script, self, files) for script in scripts]

    def run(self) -> None:
        """Run all to their ends."""
        randoms = random.getstate(), np.random.get_state()
        try:
            with leaving_the_old(), object_mode_for_all():
                self._run_all()
        finally:
            for run in self._runs:
                run.stop()
            random.setstate(randoms[0])
            np.random.set_state(randoms[1])

    def _run_all(self) -> None:
        waiting, paused = deque(self._runs), list[_Run]()
        while waiting or paused:
            paused = [run for run in paused if run.work is not None or run.step()]  # whose turn was, or is now
            while waiting and len(paused) < _MOST_BEGUN:
                run = waiting.popleft()
                if run.step():
                    paused.append(run)
            self._round(paused)

    def _round(self, runs: Sequence[_Run]) -> None:
        """Do all that is waited for: statements as one batch, then what takes one core side by side, then the rest."""
        self.rounds += 1
        wanted = [(run, run.work) for run in runs if run.work is not None]
        self._train([(run, work) for run, work in wanted if work.statement is not None])
        others = in_turn([pair for pair in wanted if pair[1].statement is None], worker_count(None))
        with ThreadPoolExecutor(worker_count(None)) as pool:
            for now in leaders_first([pair for pair in others if not pair[1].alone]):
                list(pool.map(lambda pair: pair[0].do(pair[1]), now))
            for run, work in others:
                if work.alone:
                    run.do(work)

    def tell(self) -> None:
        """Let who watches know how far it is."""
        self._watch(self.shelf.made["fit"] + self.shelf.made["statement"])

    def _train(self, wanted: Sequence[tuple[_Run, Work]]) -> None:
        texts = {work.key or id(work): work.statement or "" for _, work in wanted}
        results = dict(zip(texts, self.session.batch(list(texts.values())), strict=True))
        for run, work in wanted:
            found = results[work.key or id(work)]
            run.do(replace(work, make=partial(board, found)))


Wanted = tuple["_Run", Work]


def in_turn(wanted: Sequence[Wanted], workers: int) -> list[Wanted]:
    """What is done now: what has no stage, and, stage by stage, as much of the rest as leaves no worker idle.

    Scripts that train for long wait for the others to come as far: what they have in common is then known.
    """
    found: list[Wanted] = []
    for stage in sorted({-1 if work.stage is None else work.stage for _, work in wanted}):
        if len(found) >= workers:
            break
        found += [pair for pair in wanted if (-1 if pair[1].stage is None else pair[1].stage) == stage]
    return found


def leaders_first(wanted: Sequence[Wanted]) -> tuple[list[Wanted], list[Wanted]]:
    """One of each kind of equal work, then the rest, which finds it done: no worker waits for another one."""
    first, rest, seen = list[Wanted](), list[Wanted](), set[object]()
    for run, work in wanted:
        name = work.family or work.key or id(work)
        (rest if name in seen else first).append((run, work))
        seen.add(name)
    return first, rest


class _Run:
    """One script on its way."""

    def __init__(self, script: Script, course: Together, files: dict[object, pd.DataFrame]) -> None:
        self.work: Work | None = None  # that it waits for
        self._script, self._course = script, course
        self._engine = Engine(course.session, strict=script.strict, shelf=course.shelf, wait=self.wait, files=files)
        self._answer: tuple[Any, BaseException | None] = None, None
        self._go, self._paused = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._ended = self._given_up = False
        self._context: contextvars.Context | None = None
        self._randoms = random.getstate(), np.random.get_state()

    def step(self) -> bool:
        """Let the script run until it waits or ends; whether it waits."""
        random.setstate(self._randoms[0])
        np.random.set_state(self._randoms[1])
        self._paused.clear()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        else:
            self._go.set()
        self._paused.wait()
        self._randoms = random.getstate(), np.random.get_state()
        if self._ended:
            self._course.ended.append(self._script)
            self._course.tell()
        return not self._ended

    def wait(self, work: Work) -> Any:
        """In the script's thread: the result of a piece of work, once others had their turn."""
        if self._course.shelf.has(work.kind, work.key):
            return self._course.shelf.once(work.kind, work.key, work.make)
        self.work, self._context = work, contextvars.copy_context()
        self._paused.set()
        self._go.wait()
        self._go.clear()
        if self._given_up:
            raise Stopped
        result, error = self._answer
        if error is not None:
            raise error
        return result

    def do(self, work: Work) -> None:
        """Do what is waited for, unless it was done; errors are the script's."""
        assert self._context is not None
        try:
            self._answer = self._context.copy().run(self._made, work), None
        except Exception as error:  # noqa: BLE001 whatever a library raises is raised in the script
            self._answer = None, error
        self.work = None
        self._course.tell()

    def _made(self, work: Work) -> Any:
        with inside():
            return self._course.shelf.once(work.kind, work.key, work.make)

    def stop(self) -> None:
        """Give the script up, unless it ended."""
        if self._thread is not None and not self._ended:
            self._given_up = True
            self._go.set()
            self._thread.join()

    def _run(self) -> None:
        printed: list[str] = []

        def show(
            *values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: Any = None
        ) -> None:
            if file is not None:
                print(*values, sep=sep, end=end, file=file)
                return
            gap = " " if sep is None else sep
            printed.append(gap.join(str(value) for value in values) + ("\n" if end is None else end))

        try:
            self._script.run(self._engine, show)
        except BaseException as error:  # noqa: BLE001 also SystemExit: a script's own end
            self._script.error = error
        self._script.output = "".join(printed)
        self._ended = True
        self._paused.set()
