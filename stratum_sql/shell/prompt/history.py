"""The history of what was typed: a file that is the user's alone, below `XDG_STATE_HOME`; and the user's start file.

Where the file cannot be made or written, or belongs to somebody else, the history is that of this one prompt.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

_MOST_BYTES = 2**21  # of the file; the older half goes where it is longer


class PrivateHistory(FileHistory):
    """A file of what was typed. A text that begins with a space is kept in memory alone."""

    def load_history_strings(self) -> Iterable[str]:
        try:
            yield from super().load_history_strings()
        except OSError:
            return

    def store_string(self, string: str) -> None:
        if not string.startswith(" "):
            with suppress(OSError):  # a disk that is full costs the history, not the prompt
                super().store_string(string)


def open_history() -> History:
    """The history of this user."""
    path = _folder() / "history"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        if not belongs_to_user(path):
            return InMemoryHistory()
        path.chmod(0o600)
        _shorten(path)
    except OSError:
        return InMemoryHistory()
    return PrivateHistory(path)


def _folder() -> Path:
    told = os.environ.get("XDG_STATE_HOME", "")
    state = Path(told) if told.startswith("/") else Path.home() / ".local" / "state"
    return state / "stratum"


def _shorten(path: Path) -> None:
    """Keep the newer half of a file that has become too long; an entry begins with a line `# time`."""
    if path.stat().st_size > _MOST_BYTES:
        kept = path.read_bytes()[-_MOST_BYTES // 2 :]
        path.write_bytes(kept[max(kept.find(b"\n# "), 0) :])


def belongs_to_user(path: Path) -> bool:
    """Whether a file is this user's, and nobody else may write it."""
    found = path.stat()
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def start_file() -> tuple[Path, str | None] | None:
    """`~/.stratumrc` and its text, if there is one; no text where somebody else could have written it."""
    path = Path.home() / ".stratumrc"
    try:
        return path, path.read_text(encoding="utf-8-sig") if belongs_to_user(path) else None
    except (OSError, ValueError):
        return None
