"""Solvers that run side by side and have their evaluations made together.

A solver such as scipy's L-BFGS-B asks one function for values at one point after the other. Each solver gets a thread,
which sleeps while its question is open; the calling thread waits until every solver has asked, answers all of them
at once, and goes on until none is left. The rounds, and so the results, do not depend on how the threads
are scheduled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Any

Point = Any  # what a solver asks about; never None
Answer = Any  # what it is told; never None
Ask = Callable[[Point], Answer]


class Stopped(Exception):
    """The caller's `should_stop` said yes."""


class _Halted(BaseException):
    """Ends a solver's thread from inside its question; no library's `except Exception` holds it up."""


def run_together(
    solvers: Sequence[Callable[[Ask], None]],
    answer: Callable[[Mapping[int, Point]], Mapping[int, Answer]],
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Run every solver to its end. `answer` is given the open questions by the solvers' numbers, in ascending order.

    A solver must handle its own exceptions: one that gets out is raised here after all the others have ended. Raises
    Stopped when `should_stop`, asked once a round, says yes, and what `answer` raises; then the solvers are ended
    inside their questions. No thread is left when this returns or raises.
    """
    rounds = _Rounds(solvers)
    try:
        rounds.start()
        while questions := rounds.wait():
            if should_stop():
                raise Stopped
            rounds.tell(answer(questions))
    finally:
        rounds.end()
    if rounds.faults:
        raise rounds.faults[min(rounds.faults)]


class _Rounds:
    """The threads of one run, what they ask, and who of them is still at work."""

    def __init__(self, solvers: Sequence[Callable[[Ask], None]]) -> None:
        self._threads = [
            threading.Thread(target=self._solve, args=(number, solver), name=f"solver-{number}", daemon=True)
            for number, solver in enumerate(solvers)
        ]
        self._asked: SimpleQueue[tuple[int, Point]] = SimpleQueue()
        self._told: list[SimpleQueue[Answer]] = [SimpleQueue() for _ in solvers]
        self._at_work: set[int] = set()
        self.faults: dict[int, Exception] = {}

    def _solve(self, number: int, solver: Callable[[Ask], None]) -> None:
        try:
            solver(lambda point: self._ask(number, point))
        except _Halted:
            pass
        except Exception as error:  # noqa: BLE001 raised again by the calling thread
            self.faults[number] = error
        finally:
            self._asked.put((number, None))

    def _ask(self, number: int, point: Point) -> Answer:
        self._asked.put((number, point))
        told = self._told[number].get()
        if told is None:
            raise _Halted
        return told

    def start(self) -> None:
        for number, thread in enumerate(self._threads):
            thread.start()
            self._at_work.add(number)

    def wait(self) -> dict[int, Point]:
        """The questions of all solvers still at work; empty when all have ended."""
        heard = dict(self._asked.get() for _ in range(len(self._at_work)))
        self._at_work = {number for number, point in heard.items() if point is not None}
        return {number: heard[number] for number in sorted(self._at_work)}

    def tell(self, answers: Mapping[int, Answer]) -> None:
        for number in self._at_work:
            self._told[number].put(answers[number])

    def end(self) -> None:
        for told in self._told:
            told.put(None)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
