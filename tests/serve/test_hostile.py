"""What is no message of a client gives one clear error, ends its connection, and harms nobody."""

from __future__ import annotations

import json
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql import StratumError
from stratum_sql.serve.client import Client
from stratum_sql.serve.frames import LENGTHS, MOST_JSON, Frame, decode, encode, lengths
from stratum_sql.serve.messages import PROTOCOL, read_message
from stratum_sql.serve.place import Place
from stratum_sql.serve.wire import read_table, table_bytes
from tests.serve.conftest import Running, Start


class Raw:
    """A client that says whatever it likes."""

    def __init__(self, engine: Running) -> None:
        self.engine = engine
        self.end = socket.socket(socket.AF_UNIX)
        self.end.settimeout(40)
        self.end.connect(str(engine.folder / "engine.sock"))
        self.token = Place(engine.folder).read_ticket().token

    def say(self, head: object, data: bytes = b"") -> None:
        written = json.dumps(head).encode()
        self.end.sendall(LENGTHS.pack(len(written), len(data)) + written + data)

    def hello(self, **changed: object) -> dict[str, Any]:
        self.say({"do": "hello", "protocol": PROTOCOL, "token": self.token} | changed)
        return self.hear()

    def hear(self) -> dict[str, Any]:
        head, data = LENGTHS.unpack(self._take(LENGTHS.size))
        told: dict[str, Any] = json.loads(self._take(head))
        self._take(data)
        return told

    def is_at_end(self) -> bool:
        try:
            return self.end.recv(1) == b""
        except ConnectionResetError:
            return True

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            piece = self.end.recv(size - len(taken))
            assert piece, "the connection ended"
            taken += piece
        return taken


@pytest.fixture
def raw(engine: Running) -> Iterator[Raw]:
    one = Raw(engine)
    with one.end:
        yield one


@pytest.fixture(autouse=True)
def _nobody_is_harmed(engine: Running) -> Iterator[None]:
    with engine.client() as beside:
        assert beside.sql("SELECT 1").fetchall() == [(1,)]
        yield
        assert beside.sql("SELECT count(*) FROM t").fetchall() == [(300,)]
    with engine.client() as after:
        assert after.sql("SELECT 2").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"token": "0" * 64}, "wrong_token"),
        ({"token": ""}, "wrong_token"),
        ({"token": "\ud800é"}, "wrong_token"),
        ({"token": None}, "bad_frame"),
        ({"protocol": PROTOCOL + 1}, "engine_version"),
        ({"protocol": True}, "bad_frame"),
        ({"do": "run", "id": 1, "texts": ["SELECT 1"]}, "bad_frame"),
        ({"padding": "x" * 5000}, "bad_frame"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_who_may_not_come_in_is_told_why(raw: Raw, changed: dict[str, object], told: str) -> None:
    assert raw.hello(**changed)["error"]["code"] == told
    assert raw.is_at_end()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        LENGTHS.pack(2**32 - 1, 0),
        LENGTHS.pack(10, 2**63),
        LENGTHS.pack(3, 0) + b"\xff\xfe\x00",
        LENGTHS.pack(2, 0) + b"[]",
        LENGTHS.pack(0, 0),
        LENGTHS.pack(4000, 0) + b"[" * 4000,
        LENGTHS.pack(4000, 0) + b'{"do":' + b"9" * 3993 + b"}",
    ],
)
def test_garbage_before_the_handshake(raw: Raw, sent: bytes) -> None:
    raw.end.sendall(sent)
    assert raw.hear()["error"]["code"] == "bad_frame"
    assert raw.is_at_end()


@pytest.mark.parametrize(
    ("head", "data"),
    [
        ({"do": "nosuch", "id": 1}, b""),
        ({"do": "hello", "protocol": PROTOCOL, "token": "x"}, b""),
        ({"do": "run", "id": -1, "texts": []}, b""),
        ({"do": "run", "id": 1.5, "texts": []}, b""),
        ({"do": "run", "id": 1, "texts": "SELECT 1"}, b""),
        ({"do": "run", "id": 1, "texts": [1]}, b""),
        ({"do": "run", "id": 1, "texts": [""] * 10_001}, b""),
        ({"do": "run", "id": 1, "texts": [], "gather": "never"}, b""),
        ({"do": "run", "id": 1, "texts": []}, b"data"),
        ({"do": "explain", "id": 1, "texts": [], "form": "exe"}, b""),
        ({"do": "register", "id": 1, "name": '"; DROP TABLE t'}, b""),
        ({"do": "plan", "id": 1, "text": "x", "shell": []}, b""),
        ({"do": "plan", "id": 1, "text": 1, "shell": {}}, b""),
        ({"do": "fit", "id": 1, "spec": {}, "uploads": []}, b""),
        ({"do": "fit", "id": 1, "spec": "{}", "uploads": [-1]}, b""),
        ({"do": "fit", "id": 1, "spec": "{}", "uploads": 1}, b""),
        ({"do": "drop", "upload": None}, b""),
        ({"do": ["run"]}, b""),
        ("do", b""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_garbage_after_the_handshake(raw: Raw, head: object, data: bytes) -> None:
    assert raw.hello()["welcome"] == PROTOCOL
    raw.say(head, data)
    assert raw.hear()["error"]["code"] == "bad_frame"
    assert raw.is_at_end()


def test_what_is_too_large_is_refused_before_it_comes(raw: Raw) -> None:
    raw.hello()
    raw.end.sendall(LENGTHS.pack(40, 2**31))
    told = raw.hear()["error"]
    assert told["code"] == "bad_frame"
    assert "2,147,483,648 bytes" in told["message"]


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"", lambda b: b"\xff" * 500, lambda b: b[:200]])
def test_a_malformed_table_is_refused_and_the_client_stays(raw: Raw, damage: Any) -> None:
    raw.hello()
    whole = table_bytes(pa.table({"x": ["a", "b"] * 50})).to_pybytes()
    raw.say({"do": "register", "id": 1, "name": "x"}, damage(whole))
    told = raw.hear()
    if "error" not in told:  # Arrow takes a stream without its end mark for whole
        assert damage(whole) == whole[:-9]
    raw.say({"do": "register", "id": 2, "name": "x"}, whole)
    assert raw.hear() == {"id": 2, "done": True}
    raw.say({"do": "run", "id": 3, "texts": ["SELECT count(*) FROM x"]})
    assert "error" not in raw.hear()["results"][0][0]


def test_an_offset_past_its_buffer_is_refused(raw: Raw) -> None:
    raw.hello()
    whole = bytearray(table_bytes(pa.table({"x": ["a", "b"]})).to_pybytes())
    place = whole.index(struct.pack("<iii", 0, 1, 2))
    whole[place + 8 : place + 12] = struct.pack("<i", 2**30)
    raw.say({"do": "register", "id": 1, "name": "x"}, bytes(whole))
    assert "well-formed" in raw.hear()["error"]["message"]


def test_the_id_of_another_request_ends_the_connection(raw: Raw) -> None:
    raw.hello()
    for _ in range(2):
        raw.say({"do": "run", "id": 7, "texts": ["SELECT 1"], "gather": "open"})
    assert raw.hear()["error"]["code"] == "bad_frame"


def test_for_who_does_not_take_its_answers_no_more_are_made(raw: Raw) -> None:
    """Five answers of 16 MB are not taken: then 20 more are made only when they are."""
    raw.hello()
    large = ["SELECT range, range AS again FROM range(1_000_000)"]
    for number in range(5):
        raw.say({"do": "run", "id": number, "texts": large})
    time.sleep(3)
    before = memory(raw.engine)
    for number in range(5, 25):
        raw.say({"do": "run", "id": number, "texts": large})
    time.sleep(3)
    assert memory(raw.engine) - before < 150 * 2**20
    assert sorted(raw.hear()["id"] for _ in range(25)) == list(range(25))


def memory(engine: Running) -> int:
    """Bytes of an engine's process."""
    return int(Path(f"/proc/{engine.process.pid}/statm").read_text().split()[1]) * 4096


def test_an_answer_too_long_to_be_told_says_so(raw: Raw) -> None:
    raw.hello()
    text = "SELECT length('" + "é" * 100_000 + "')"
    sent = json.dumps({"do": "run", "id": 1, "texts": [text] * 35}, ensure_ascii=False).encode()
    raw.end.sendall(LENGTHS.pack(len(sent), 0) + sent)
    told = raw.hear()
    assert (told["id"], told["error"]["code"]) == (1, "bad_frame")
    raw.say({"do": "run", "id": 2, "texts": ["SELECT 1"]})
    assert "results" in raw.hear()


def test_a_truncated_message_is_a_client_that_has_gone(raw: Raw) -> None:
    raw.hello()
    raw.end.sendall(LENGTHS.pack(1000, 0) + b'{"do":')
    raw.end.shutdown(socket.SHUT_WR)
    assert raw.is_at_end()


def test_a_client_that_says_nothing_is_not_waited_for(engine: Running) -> None:
    """Some silent ones, and one that dribbles; in 5 seconds all are told, and shown the door."""
    silent = [Raw(engine) for _ in range(20)]
    started = time.monotonic()
    for byte in LENGTHS.pack(200, 0)[:8]:
        silent[0].end.sendall(bytes([byte]))
        time.sleep(0.1)
    for one in silent:
        with one.end:
            assert one.hear()["error"]["code"] == "bad_frame"
            assert one.is_at_end()
    assert time.monotonic() - started > 4


def test_too_many_clients(start: Start) -> None:
    engine = start("--clients", "3")
    with engine.client(), engine.client(), engine.client() as third:
        with pytest.raises(StratumError, match="3 clients"):
            engine.client()
        assert third.sql("SELECT 1").fetchall() == [(1,)]


def test_another_engine_that_answers_is_refused(tmp_path: Any) -> None:
    place = Place(tmp_path / "other")
    place.prepare()
    place.write_ticket(None)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(place.socket))
        end.listen()

        def answer(reply: bytes) -> str | None:
            client = Client(place, False, None, None, None)

            def speak() -> None:
                one, _ = end.accept()
                with one:
                    one.recv(65536)
                    one.sendall(reply)

            thread = threading.Thread(target=speak)
            thread.start()
            told = code(client.ping)
            thread.join()
            return told

        assert answer(encode(Frame({"welcome": 99}))) == "bad_frame"
        assert answer(b"HTTP/1.1 400 Bad Request\r\n\r\n") == "bad_frame"
        assert answer(b"") == "engine_gone"
        assert stat.S_IMODE(place.ticket.stat().st_mode) == 0o600


# ---- made-up bytes, without an engine --------------------------------------------------------------------------------


def code(action: Callable[[], object]) -> str | None:
    """The code of what an action raises."""
    try:
        action()
    except StratumError as error:
        return error.diagnostic.code
    return None


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(sent: bytes) -> None:
    assert code(lambda: read_message(decode(sent))) in (None, "bad_frame")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(["do", "id", "texts", "gather", "form", "name", "token", "protocol", "uploads", "spec"])
VERBS = st.sampled_from(["hello", "run", "explain", "register", "unregister", "cancel", "plan", "rows", "drop", "fit"])


@settings(max_examples=150)
@given(st.dictionaries(FIELDS, JSON | VERBS), VERBS)
def test_any_json_is_a_message_or_refused(head: dict[str, Any], verb: str) -> None:
    assert code(lambda: read_message(Frame({**head, "do": verb}))) in (None, "bad_frame")


@settings(max_examples=50)
@given(st.dictionaries(st.text(), JSON.filter(lambda value: value == value)), st.binary(max_size=50))
def test_a_frame_comes_as_it_was_sent(head: dict[str, Any], data: bytes) -> None:
    sent = encode(Frame(head, data))
    sizes = lengths(sent[: LENGTHS.size])
    assert sizes == (len(sent) - LENGTHS.size, len(data))
    assert json.dumps(decode(sent[LENGTHS.size :], data).head) == json.dumps(head)


def test_a_frame_that_would_be_refused_is_not_sent() -> None:
    with pytest.raises(StratumError, match="too long"):
        encode(Frame({"texts": ["x" * MOST_JSON]}))


@settings(max_examples=200)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_damaged_arrow_is_refused_or_whole(noise: bytes, place: int) -> None:
    whole = table_bytes(pa.table({"x": ["a", "bc"], "y": [1, None]})).to_pybytes()
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    assert code(lambda: read_table(damaged).to_pylist()) in (None, "bad_frame")
