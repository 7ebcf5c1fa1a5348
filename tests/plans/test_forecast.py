"""A schedule played through: threads, order, and what is held."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from stratum_sql.physical.forecast import forecast
from stratum_sql.physical.schedule import Schedule
from stratum_sql.plan.graph import Operator

NOTHING = Operator()


@dataclass(frozen=True)
class Unit:
    """A unit of a made-up schedule."""

    id: int
    inputs: tuple[Unit, ...] = ()
    operator: Operator = NOTHING


def schedule(*units: Unit) -> Schedule[int, Unit]:
    used = {child.id for unit in units for child in unit.inputs}
    ends = {unit.id: unit for unit in units if unit.id not in used}
    return Schedule(units, ends, {unit.id: unit.id for unit in units})


ALL = dict.fromkeys(range(10), 1.0)


def test_one_thread_takes_one_after_the_other() -> None:
    found = forecast(schedule(*(Unit(place) for place in range(4))), ALL, ALL, 1)
    assert (found.seconds, found.peak_bytes) == (4.0, 1.0)


@pytest.mark.parametrize(("threads", "seconds"), [(2, 3.0), (3, 2.0), (5, 1.0), (50, 1.0)])
def test_threads_share_what_is_independent(threads: int, seconds: float) -> None:
    assert forecast(schedule(*(Unit(place) for place in range(5))), ALL, ALL, threads).seconds == seconds


def test_a_chain_gains_nothing_from_threads() -> None:
    first = Unit(0)
    second = Unit(1, (first,))
    assert forecast(schedule(first, second, Unit(2, (second,))), ALL, ALL, 8).seconds == 3.0


def test_a_value_is_held_until_its_last_user_is_done() -> None:
    """The matrix is held while both models are made, and forgotten before the next one."""
    matrix, other = Unit(0), Unit(3)
    units = (matrix, Unit(1, (matrix,)), Unit(2, (matrix,)), other, Unit(4, (other,)))
    sizes = {0: 100.0, 1: 1.0, 2: 1.0, 3: 100.0, 4: 1.0}
    assert forecast(schedule(*units), ALL, sizes, 1).peak_bytes == 101.0


def test_an_input_that_is_used_twice_counts_once() -> None:
    column = Unit(0)
    assert forecast(schedule(column, Unit(1, (column, column))), ALL, ALL, 1).peak_bytes == 2.0


def test_nothing_takes_no_time() -> None:
    found = forecast(schedule(), {}, {}, 2)
    assert (found.seconds, found.peak_bytes) == (0.0, 0.0)
