"""Rows of shells as they are sent: whole, or refused."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql.errors import StratumError
from stratum_sql.serve.uploads import Uploads, flat_tables, read_piece

NUMBERS: dict[str, Any] = {"name": "x", "format": "l", "rows": 2, "nulls": 0, "children": []}
TEXTS: dict[str, Any] = {"name": "s", "format": "U", "rows": 2, "nulls": 1, "children": []}
HEAD: dict[str, Any] = {"rows": 2, "columns": [NUMBERS, TEXTS]}
DATA = b"".join(
    part.ljust(64, b"\0")
    for part in (
        (1).to_bytes(8, "little") + (2).to_bytes(8, "little"),
        b"\x01",
        b"".join(end.to_bytes(8, "little") for end in (0, 2, 2)),
        b"ab",
    )
)


def code(head: dict[str, Any], data: bytes) -> str | None:
    try:
        read_piece(head, data)
    except StratumError as error:
        return error.diagnostic.code
    return None


def changed(column: dict[str, Any], **fields: Any) -> dict[str, Any]:
    others = [one for one in HEAD["columns"] if one is not column]
    return {"rows": 2, "columns": [{**column, **fields}, *others]}


def test_a_piece_is_what_was_sent() -> None:
    assert read_piece(HEAD, DATA).to_pylist() == [{"x": 1, "s": "ab"}, {"x": 2, "s": None}]


@pytest.mark.parametrize(
    ("head", "data"),
    [
        (HEAD, DATA[:-1]),
        (HEAD, DATA + bytes(64)),
        (HEAD, DATA.replace(b"ab", b"\xff\xff")),
        (HEAD, DATA[:128] + bytes(8) + (2**40).to_bytes(8, "little") * 2 + bytes(40) + DATA[192:]),
        ({"rows": 3, "columns": HEAD["columns"]}, DATA),
        (changed(NUMBERS, format="exe"), DATA),
        (changed(NUMBERS, rows=2**60), DATA),
        (changed(NUMBERS, rows=-1), DATA),
        (changed(NUMBERS, nulls=3), DATA),
        (changed(NUMBERS, format="d:99,1"), DATA),
        (changed(NUMBERS, format="+w:x", children=[NUMBERS]), DATA),
        (changed(NUMBERS, children=7), DATA),
        ({"columns": "x"}, b""),
        ({}, b""),
    ],
)
def test_what_is_no_piece_is_refused(head: dict[str, Any], data: bytes) -> None:
    assert code(head, data) == "bad_frame"


def test_columns_that_nest_without_end_are_refused() -> None:
    nested: dict[str, Any] = {"name": "x", "format": "+s", "rows": 0, "nulls": 0, "children": []}
    for _ in range(500):
        nested = {**nested, "children": [nested]}
    assert code({"rows": 0, "columns": [nested]}, b"") == "bad_frame"


@settings(max_examples=200)
@given(st.binary(max_size=80), st.integers(0, len(DATA)))
def test_damaged_data_is_refused_or_whole(noise: bytes, place: int) -> None:
    assert code(HEAD, DATA[:place] + noise + DATA[place + len(noise) :]) in (None, "bad_frame")


def test_uploads_are_counted_and_forgotten() -> None:
    uploads = Uploads(most=3 * len(DATA))
    for number in (1, 1, 2):
        uploads.add(number, HEAD, DATA)
    table = uploads.table([1, 2])
    assert table is not None
    assert table.num_rows == 6
    uploads.add(3, HEAD, DATA)
    with pytest.raises(StratumError, match="would be too much"):
        uploads.table([3])
    for number in (1, 2, 3):
        uploads.drop(number)
    uploads.add(4, HEAD, DATA)
    assert uploads.table([4]) is not None
    assert uploads.table([]) is None
    with pytest.raises(StratumError, match="there is no upload 1"):
        uploads.table([1])
    uploads.add(5, {"rows": 2, "columns": [NUMBERS]}, DATA[:64])
    with pytest.raises(StratumError, match="different columns"):
        uploads.table([4, 5])


def test_structs_are_tables_side_by_side() -> None:
    one, other = [{"k": 1}, {"k": 2}], [{"k": 3, "v": "x"}, None]
    made = dict(flat_tables(pa.table({"a": one, "b": other}), ["a", "b"]))
    assert made["b"].to_pylist() == [{"k": 3, "v": "x"}, {"k": None, "v": None}]
    with pytest.raises(StratumError, match="give the table another alias"):
        list(flat_tables(pa.table({"a": [1]}), ["a"]))
