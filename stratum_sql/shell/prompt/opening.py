"""The engine is opened behind the prompt: it takes a second or two, in which a person can begin to type."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stratum_sql.shell.prompt.runner import Runner

_OPENING = "opening …"
_PATIENCE = 1.0  # seconds a person waits without being told
_NEEDED = ("sklearn.linear_model", "sklearn.model_selection", "sklearn.metrics")


class Opening:
    """A conversation that is being opened in a thread. `failed` is called there with the error, if it cannot be."""

    def __init__(self, opened: AbstractContextManager[Runner], failed: Callable[[Exception], object]) -> None:
        self._opened, self._failed = opened, failed
        self._stack = ExitStack()
        self._thread = threading.Thread(target=self._open, name="stratum-opening", daemon=True)
        self._runner: Runner | None = None
        self._error: Exception | None = None
        self._began, self._ready = False, threading.Event()

    def begin(self) -> None:
        """Start opening, if that was not done."""
        if not self._began:
            self._began = True
            self._thread.start()

    @property
    def runner(self) -> Runner | None:
        """The conversation, once it is there."""
        return self._runner

    def wait(self) -> Runner:
        """The conversation, when it is there. Raises the error with which it could not be opened."""
        self.begin()
        if not self._ready.wait(_PATIENCE):
            print(_OPENING, end="", file=sys.stderr, flush=True)
            self._ready.wait()
            print("\r" + " " * len(_OPENING) + "\r", end="", file=sys.stderr, flush=True)
        if self._error is not None:
            raise self._error
        assert self._runner is not None
        return self._runner

    def close(self) -> None:
        """Close what was opened; what is still being opened ends with the process."""
        if self._ready.is_set():
            self._stack.close()

    def _open(self) -> None:
        try:
            self._runner = self._stack.enter_context(self._opened)
        except Exception as error:  # noqa: BLE001 raised where it is waited for
            self._error = error
            self._failed(error)
            return
        finally:
            self._ready.set()
        self._warm()

    def _warm(self) -> None:
        """Load what the first training needs, while nobody waits for it."""
        for name in _NEEDED:
            import_module(name)
