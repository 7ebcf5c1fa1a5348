"""Solvers that run side by side: rounds, ends, and that no thread stays behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

from stratum_sql.execute.lockstep import Ask, Stopped, run_together


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("solver-")]


def counter(questions: int, heard: list[int]) -> Callable[[Ask], None]:
    def solve(ask: Ask) -> None:
        for number in range(questions):
            heard.append(ask(number + 1))

    return solve


def test_open_questions_are_answered_together() -> None:
    rounds: list[tuple[int, ...]] = []
    heard: list[list[int]] = [[], [], []]

    def answer(points: Mapping[int, int]) -> dict[int, int]:
        rounds.append(tuple(points))
        return {number: 10 * point + number for number, point in points.items()}

    run_together([counter(n, heard[i]) for i, n in enumerate((2, 0, 3))], answer)
    assert rounds == [(0, 2), (0, 2), (2,)]
    assert heard == [[10, 20], [], [12, 22, 32]]


def test_no_solver_at_all() -> None:
    run_together([], lambda points: {})


def test_a_fault_of_one_is_raised_after_the_others_have_ended() -> None:
    heard: list[int] = []

    def broken(ask: Ask) -> None:
        ask(1)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_together([broken, counter(3, heard)], lambda points: dict.fromkeys(points, 7))
    assert heard == [7, 7, 7]


def test_a_fault_of_the_answers_ends_every_solver() -> None:
    def answer(points: Mapping[int, int]) -> dict[int, int]:
        raise MemoryError("too many")

    with pytest.raises(MemoryError):
        run_together([counter(3, []) for _ in range(5)], answer)


def test_stop_ends_every_solver_within_a_round() -> None:
    heard: list[int] = []
    with pytest.raises(Stopped):
        run_together(
            [counter(1000, heard), counter(1000, heard)],
            lambda points: dict.fromkeys(points, 1),
            lambda: len(heard) >= 4,
        )
    assert len(heard) == 4


def test_no_exception_handler_holds_up_the_end() -> None:
    def stubborn(ask: Ask) -> None:
        while True:
            try:
                ask(1)
            except Exception:  # noqa: BLE001 the point of the test
                continue

    with pytest.raises(Stopped):
        run_together([stubborn], lambda points: dict.fromkeys(points, 1), lambda: True)
