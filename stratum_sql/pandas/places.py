"""Where in the user's script a call stands."""

from __future__ import annotations

import functools
import linecache
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

_PACKAGE = str(Path(__file__).parent)
_LIBRARIES = (*{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}, "<frozen")
_LONGEST = 100  # characters of a line that are kept


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the script, and its text where it can be had; line 0 is none, the text then a name."""

    line: int
    text: str

    def __str__(self) -> str:
        if not self.line:
            return self.text
        return f"line {self.line}: {self.text}" if self.text else f"line {self.line}"


def caller() -> FrameType | None:
    """The nearest caller that is not of this folder."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def here() -> Place:
    """The line of the script: the nearest caller that is no library, or else the nearest that is not of this folder."""
    nearest = frame = caller()
    while frame is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        frame = frame.f_back
    frame = frame or nearest
    return Place(0, "") if frame is None else _place(frame.f_code, frame.f_lineno)


def _place(code: CodeType, line: int) -> Place:
    """The line of some code; a loop stands at one for thousands of calls."""
    known = _places.get((id(code), line))
    if known is not None and known[0] is code:
        return known[1]
    text = " ".join(linecache.getline(code.co_filename, line).split())
    found = Place(line, text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
    if len(_places) >= _MOST_PLACES:
        _places.clear()
    _places[id(code), line] = code, found
    return found


_MOST_PLACES = 1_000
_places: dict[tuple[int, int], tuple[CodeType, Place]] = {}


def is_guarded() -> bool:
    """Whether the script catches what is raised now: it stands in a `try` or `with`, in any of its functions."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    while frame is not None and not frame.f_code.co_filename.startswith((*_LIBRARIES, _PACKAGE)):
        if any(start <= frame.f_lasti < end for start, end in _guarded_ranges(frame.f_code)):
            return True
        frame = frame.f_back
    return False


@functools.lru_cache(maxsize=256)
def _guarded_ranges(code: CodeType) -> tuple[tuple[int, int], ...]:
    """The instructions, in bytes, that a handler watches; see `Objects/exception_handling_notes.txt` of CPython."""
    found, numbers = [], iter(code.co_exceptiontable)
    for first in numbers:
        start, length = _number(first, numbers) * 2, _number(next(numbers), numbers) * 2
        _number(next(numbers), numbers), _number(next(numbers), numbers)  # the handler, its depth
        found.append((start, start + length))
    return tuple(found)


def _number(first: int, rest: Iterator[int]) -> int:
    value, byte = first & 63, first
    while byte & 64:
        byte = next(rest)
        value = (value << 6) | (byte & 63)
    return value
