"""What libraries warn of, kept with the model that was being trained."""

from __future__ import annotations

import threading
import warnings


class noted:  # noqa: N801 a context manager, used like a function
    """Collects what a library warns of in this thread; needs `listening` around the whole batch."""

    def __enter__(self) -> list[str]:
        self._said: list[str] = []
        _listeners.said = self._said
        return self._said

    def __exit__(self, *_: object) -> None:
        _listeners.said = None


_listeners = threading.local()


class listening:  # noqa: N801
    """While it is open, warnings go to the `noted` of the thread they come from, and nowhere if there is none.

    Python's own `catch_warnings` is not safe with threads, so it is entered once, by the thread that runs the batch.
    """

    def __enter__(self) -> None:
        self._saved = warnings.catch_warnings()
        self._saved.__enter__()
        warnings.simplefilter("always")
        warnings.filterwarnings(
            "ignore", "The argument 'eval_set' is deprecated"
        )  # the engine's word, not a statement's
        warnings.showwarning = _heard

    def __exit__(self, *error: object) -> None:
        self._saved.__exit__(*error)  # type: ignore[arg-type]


def _heard(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    said = getattr(_listeners, "said", None)
    if said is not None and len(said) < 20:
        said.append(f"{category.__name__}: {' '.join(str(message).split())}")
