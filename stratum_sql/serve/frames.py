"""Frames: a JSON object and bytes behind it, each with its length before it.

4 bytes: length of the JSON, 8 bytes: length of the data, both big-endian; the JSON; the data
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratum_sql.errors import RunError, StratumError

LENGTHS = struct.Struct(">IQ")
MOST_JSON = 16 * 2**20  # bytes
MOST_DATA = 2**34  # bytes; what a client takes from an engine: its own process


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it is sent."""

    head: Mapping[str, Any]
    data: bytes | bytearray | memoryview = b""

    @property
    def size(self) -> int:
        """Bytes of data."""
        return len(self.data)


def encode(frame: Frame) -> bytes:
    """What goes before the data of a frame: lengths and JSON. Raises RunError `bad_frame` where that is too long."""
    head = json.dumps(frame.head, separators=(",", ":")).encode()
    if len(head) > MOST_JSON:
        raise bad_frame(f"a message of {len(head):,} bytes is too long: at most {MOST_JSON:,} are taken")
    return LENGTHS.pack(len(head), frame.size) + head


def lengths(header: bytes | bytearray, most_json: int = MOST_JSON, most_data: int = MOST_DATA) -> tuple[int, int]:
    """The lengths of JSON and data. Raises RunError `bad_frame` where one is above what is taken."""
    head, data = LENGTHS.unpack(header)
    if head > most_json:
        raise bad_frame(
            f"a message of {head:,} bytes is too long, or no message at all: at most {most_json:,} are taken"
        )
    if data > most_data:
        raise bad_frame(f"{data:,} bytes of data are too many: at most {most_data:,} are taken")
    return head, data


def decode(head: bytes | bytearray, data: bytes | bytearray = b"") -> Frame:
    """The frame of what came. Raises RunError `bad_frame` where the head is no JSON object."""
    try:
        read = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise bad_frame(f"a message is no JSON: {type(error).__name__}") from None
    if not isinstance(read, dict):
        raise bad_frame("a message is no JSON object")
    return Frame(read, data)


def bad_frame(message: str) -> StratumError:
    """What is told to one who sends what is no message."""
    return RunError.at("", None, "bad_frame", message)
