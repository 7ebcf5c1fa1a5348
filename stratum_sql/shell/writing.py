"""Files that a command was told to write."""

from __future__ import annotations

from pathlib import Path

from stratum_sql.errors import BindError


def write_text(name: str, text: str) -> None:
    """Write a file anew, as UTF-8. Raises BindError where it cannot be."""
    try:
        Path(name).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise BindError.at("", None, "unwritable_file", f"cannot write {name}: {reason}") from error
