"""What a client may say, every field checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from stratum_sql.errors import StratumError
from stratum_sql.serve.frames import Frame, bad_frame

PROTOCOL = 2
MOST_TEXTS = 10_000  # of one request
FORMS = ("text", "json", "mermaid", "html")
GATHER = ("", "open", "complete")
TABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message. `progress`: whether the client wants to be told how far its statements are."""

    protocol: int
    token: str
    progress: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Statements to run. `gather` is `open` where more follows that belongs to them, `complete` where nothing does."""

    id: int
    texts: tuple[str, ...]
    gather: str


@dataclass(frozen=True, slots=True)
class Explain:
    """Statements whose plan is asked for."""

    id: int
    texts: tuple[str, ...]
    form: str


@dataclass(frozen=True, slots=True)
class Register:
    """A table, as an Arrow stream, under a name in lower case."""

    id: int
    name: str
    data: bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Unregister:
    """A table that is not wanted any more."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """A request that is not wanted any more; it has no id of its own."""

    id: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A block of a shell whose plan is asked for; `shell` comes back with its rows."""

    id: int
    text: str
    shell: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of an upload, which a shell sends a piece at a time; no answer."""

    upload: int
    told: Mapping[str, Any]
    data: bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Drop:
    """An upload that is not wanted any more; no answer."""

    upload: int


@dataclass(frozen=True, slots=True)
class Fit:
    """What a plan asks about the rows of uploads, or about none."""

    id: int
    spec: str
    uploads: tuple[int, ...]


OfShell: TypeAlias = Plan | Rows | Drop | Fit
Message: TypeAlias = Hello | Run | Explain | Register | Unregister | Cancel | OfShell


def read_message(frame: Frame) -> Message:
    """The message of a frame. Raises RunError `bad_frame` where it is none."""
    reader = _READERS.get(str(frame.head.get("do")))
    if reader is None:
        raise bad_frame(f"a message must do one of {', '.join(_READERS)}")
    if frame.size and reader not in (_register, _rows):
        raise bad_frame("only a table has data")
    return reader(frame)


def _hello(frame: Frame) -> Hello:
    head = frame.head
    return Hello(_number(head, "protocol"), _text(head, "token"), head.get("progress") is True)


def _run(frame: Frame) -> Run:
    return Run(_number(frame.head, "id"), _texts(frame.head), _one_of(frame.head, "gather", GATHER))


def _explain(frame: Frame) -> Explain:
    return Explain(_number(frame.head, "id"), _texts(frame.head), _one_of(frame.head, "form", FORMS))


def _register(frame: Frame) -> Register:
    return Register(_number(frame.head, "id"), _name(frame.head), frame.data)


def _unregister(frame: Frame) -> Unregister:
    return Unregister(_number(frame.head, "id"), _name(frame.head))


def _cancel(frame: Frame) -> Cancel:
    return Cancel(_number(frame.head, "id"))


def _plan(frame: Frame) -> Plan:
    return Plan(_number(frame.head, "id"), _text(frame.head, "text"), _object(frame.head, "shell"))


def _rows(frame: Frame) -> Rows:
    return Rows(_number(frame.head, "upload"), frame.head, frame.data)


def _drop(frame: Frame) -> Drop:
    return Drop(_number(frame.head, "upload"))


def _fit(frame: Frame) -> Fit:
    listed = frame.head.get("uploads")
    if not isinstance(listed, list):
        raise _wrong("uploads", "a list")
    uploads = tuple(_number({"uploads": one}, "uploads") for one in listed)
    return Fit(_number(frame.head, "id"), _text(frame.head, "spec"), uploads)


_READERS: Mapping[str, Callable[[Frame], Message]] = {
    "hello": _hello,
    "run": _run,
    "explain": _explain,
    "register": _register,
    "unregister": _unregister,
    "cancel": _cancel,
    "plan": _plan,
    "rows": _rows,
    "drop": _drop,
    "fit": _fit,
}


def _number(head: Mapping[str, Any], field: str) -> int:
    value = head.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise _wrong(field, "a number")
    return value


def _text(head: Mapping[str, Any], field: str) -> str:
    value = head.get(field)
    if not isinstance(value, str):
        raise _wrong(field, "a text")
    return value


def _object(head: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = head.get(field)
    if not isinstance(value, dict):
        raise _wrong(field, "an object")
    return value


def _texts(head: Mapping[str, Any]) -> tuple[str, ...]:
    value = head.get("texts")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > MOST_TEXTS:
        raise _wrong("texts", f"a list of at most {MOST_TEXTS:,} texts")
    return tuple(value)


def _one_of(head: Mapping[str, Any], field: str, allowed: tuple[str, ...]) -> str:
    value = head.get(field, allowed[0])
    if value not in allowed:
        raise _wrong(field, f"one of {', '.join(filter(None, allowed))}")
    return str(value)


def _name(head: Mapping[str, Any]) -> str:
    value = _text(head, "name")
    if not TABLE_NAME.fullmatch(value):
        raise _wrong("name", "a name of at most 63 letters, digits and underscores")
    return value.lower()


def _wrong(field: str, what: str) -> StratumError:
    return bad_frame(f'the field "{field}" of a message must be {what}')
