"""Where in the user's script a call stands."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

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
    if frame is None:
        return Place(0, "")
    text = " ".join(linecache.getline(frame.f_code.co_filename, frame.f_lineno).split())
    return Place(frame.f_lineno, text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
