"""Arrow tables of the host program that are malformed: an error that says so, and the session goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.errors import StratumError

VIEWS = np.array([[20, 0, 7, 0]], np.int32)  # one text of 20 bytes, in a buffer that there is not


def texts(*offsets: int, data: bytes = b"abc", of: Any = None) -> pa.Table:
    wide = pa.types.is_large_string(of) if of else False
    places = pa.py_buffer(np.array(offsets, np.int64 if wide else np.int32).tobytes())
    array = pa.Array.from_buffers(of or pa.string(), len(offsets) - 1, [None, places, pa.py_buffer(data)])
    return pa.table({"s": array, "x": [float(row) for row in range(len(array))]})


def coded(*codes: int) -> pa.Table:
    array = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(["a", "b"]), safe=False)
    return pa.table({"s": array, "x": [float(row) for row in range(len(codes))]})


def in_list(*offsets: int) -> pa.Table:
    array = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array([1.0, 2.0]))
    return pa.table({"s": array, "x": [0.0] * (len(offsets) - 1)})


MALFORMED: dict[str, Callable[[], pa.Table]] = {
    "past the end": lambda: texts(0, 100_000_000, 2, 3),
    "out of order": lambda: texts(0, 3, 1, 3),
    "negative": lambda: texts(0, -5, 2, 3),
    "large, past the end": lambda: texts(0, 2**40, 2, 3, of=pa.large_string()),
    "no UTF-8": lambda: texts(0, 1, 2, 3, data=b"a\xffb"),
    "code outside": lambda: coded(0, 1_000_000_000, 1),
    "negative code": lambda: coded(0, -7, 1),
    "list past the end": lambda: in_list(0, 1_000_000_000, 2),
    "view without memory": lambda: pa.table(
        {"s": pa.Array.from_buffers(pa.string_view(), 1, [None, pa.py_buffer(VIEWS.tobytes())])}
    ),
}


class Capsules:
    """Another library's table: the Arrow PyCapsule interface and nothing else."""

    def __init__(self, table: pa.Table) -> None:
        self.table, self.asked = table, 0

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        self.asked += 1
        return self.table.__arrow_c_stream__(requested_schema)


def goes_on(session: Session) -> None:
    board = session.sql("SELECT standard_scale(a), one_hot(c), y FROM t TRAIN MODEL ridge TARGET y")
    assert [row["status"] for row in board.arrow().to_pylist()] == ["ok"]


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_table_is_refused(session: Session, name: str) -> None:
    with pytest.raises(StratumError, match="lent is no well-formed Arrow table") as caught:
        session.register("lent", MALFORMED[name]())
    assert caught.value.diagnostic.code == "malformed_table"
    goes_on(session)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_variable_is_refused(session: Session, name: str) -> None:
    lent = MALFORMED[name]()  # noqa: F841 named in the statement
    with pytest.raises(StratumError, match="lent is no well-formed Arrow table"):
        session.sql("SELECT s FROM lent")
    goes_on(session)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_batch_of_a_stream_fails_the_statement(session: Session, name: str) -> None:
    for stream in (MALFORMED[name]().to_reader(), Capsules(MALFORMED[name]())):
        session.register("lent", stream)
        with pytest.raises(StratumError):
            session.sql("SELECT s FROM lent").fetchall()
        goes_on(session)


def test_a_stream_that_stops_with_an_error(session: Session) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"x": [1.0], "y": [2.0]})
        raise RuntimeError("the source is gone")

    names = pa.schema({"x": pa.float64(), "y": pa.float64()})
    for text in ("SELECT sum(x) FROM lent", "SELECT x, y FROM lent TRAIN MODEL ols TARGET y"):
        session.register("lent", pa.RecordBatchReader.from_batches(names, batches()))
        (result,) = session.batch([text])
        assert result.error is not None
        assert "the source is gone" in str(result.error)
        goes_on(session)


def test_what_is_well_formed_is_read_as_before(session: Session) -> None:
    table = pa.table(
        {
            "view": pa.array(["a", None, "a text of more than twelve bytes"], pa.string_view()),
            "coded": pa.array(["x", "y", "x"]).dictionary_encode(),
            "large": pa.array(["é", "", None], pa.large_string()),
            "x": [1.0, None, 3.0],
        }
    )
    rows = [tuple(row.values()) for row in table.to_pylist()]
    for lent, expected in (
        (table, rows),
        (table.slice(1), rows[1:]),
        (table.slice(2, 1).to_batches()[0], rows[2:]),
        (Capsules(table), rows),
        (Capsules(table.slice(1, 1)), rows[1:2]),
        (table.to_reader(1), rows),
    ):
        session.register("lent", lent)
        assert session.sql("FROM lent").fetchall() == expected


def test_an_object_that_gives_many_streams_can_be_read_again(session: Session) -> None:
    lent = Capsules(pa.table({"x": [1.0, 2.0]}))
    session.register("lent", lent)
    before = lent.asked
    for _ in range(3):
        assert session.sql("SELECT sum(x) FROM lent").fetchall() == [(3.0,)]
    assert lent.asked > before


def test_a_table_is_checked_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = []
    monkeypatch.setattr(stratum_sql.foreign, "_validate", lambda name, _table: checks.append(name))
    lent = pa.table({"x": [1.0, 2.0]})
    for _ in range(3):
        assert session.sql("SELECT sum(x) FROM lent").fetchall() == [(3.0,)]
    session.register("held", lent)
    assert checks == ["lent"]
