"""What the command `stratum` lends its prompt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TextIO

from stratum_sql.errors import StratumError


@dataclass(frozen=True, slots=True)
class Host:
    """What the command lends the prompt: how a file is read as a table, whether colours may be written to a stream,
    what stands for an error nobody expected, and what watches while statements run. `files` says whether dot commands
    may read and write files."""

    load: Callable[[str], Any]
    in_colour: Callable[[TextIO], bool]
    expected: Callable[[Exception], StratumError]
    watching: Callable[[], AbstractContextManager[object]] = nullcontext
    files: bool = True


class Leave(Exception):
    """`.exit`."""
