"""The collector of cycles is off in the blocks that ask for it, and as it was after them."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

import stratum_sql
from stratum_sql.uncollected import uncollected


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_on else gc.disable)()


def test_blocks_nest_and_end_where_they_fail() -> None:
    def fails() -> None:
        with uncollected():
            with uncollected():
                pass
            assert not gc.isenabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert gc.isenabled()


def test_who_turned_it_off_keeps_it_off() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()


def test_blocks_of_threads_overlap() -> None:
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with uncollected():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    with uncollected():
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()


def test_a_session_leaves_it_on() -> None:
    with stratum_sql.connect() as session:
        session.sql("CREATE TABLE t AS SELECT i AS x, i * 2.0 AS y FROM range(20) r(i)")
        train = "FROM t TRAIN MODEL ols() TARGET y"
        session.sql(train)
        session.explain([train])
        session.batch([train, "FROM t TRAIN MODEL ols(nosuch => 1) TARGET y"])
        assert session.check([train, "FROM nosuch TRAIN MODEL ols() TARGET y"])[1].errors == 1
    assert gc.isenabled()
