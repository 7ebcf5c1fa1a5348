"""Starting an engine where none runs: a process of its own, which outlives the one that asked for it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

from stratum_sql.errors import RunError, StratumError
from stratum_sql.serve.place import Place

_SECONDS = 60.0
# The package is that of this process, also where only its own search path knows the way there.
_PACKAGES = str(Path(__file__).parents[2])
_PROGRAM = f"import sys; sys.path.append({_PACKAGES!r}); from stratum_sql.shell.cli import console; console()"


def engine_command() -> list[str]:
    """The words that run the command `stratum` with this Python and this package; arguments follow."""
    return [sys.executable, "-c", _PROGRAM]


def start_engine(place: Place) -> None:
    """Start an engine, unless another process has just done so. Raises RunError `engine_failed` with its own words."""
    place.prepare()
    with place.locked("starting.lock", wait=True):
        if not answers(place):
            said = _start(place)
            if not answers(place):
                raise RunError.at("", None, "engine_failed", f"no engine could be started: {said}")


def answers(place: Place) -> bool:
    """Whether somebody listens at the socket of a place."""
    try:
        place.read_ticket()
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(place.socket))
    except (OSError, StratumError):
        return False
    return True


def _start(place: Place) -> str:
    """Start one, and wait until it has let go of its standard error: then it listens, or has ended. What it said."""
    read, write = os.pipe()
    command = [*engine_command(), "serve", "--folder", str(place.folder), "--detached"]
    try:
        # The shell ends at once, and leaves the engine to nobody: no child of ours is left to be waited for.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=write,
            start_new_session=True,
            check=False,
        )
        os.close(write)
        return _heard(read)
    finally:
        os.close(read)


def _heard(pipe: int) -> str:
    said, until = b"", time.monotonic() + _SECONDS
    while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
        piece = os.read(pipe, 4096)
        if not piece:
            break
        said = (said + piece)[-4096:]
    return said.decode(errors="replace").strip() or "it did not say why"
