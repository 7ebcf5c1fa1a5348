"""What cuML, cuDF and CuPy can be called with: names of parameters, in the releases that `rapids_signatures.json` says.
A parameter that has a default ends in =, those after * are named in a call. Stand-ins refuse what these refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
CALLS: dict[str, str] = json.loads(Path(__file__).with_name("rapids_signatures.json").read_text())["calls"]


def signature(path: str) -> Signature:
    """The signature of a function, or of a method without `self`. KeyError: one that is not known."""
    return Signature(list(_parameters(CALLS[path])))


def _parameters(told: str) -> Iterator[Parameter]:
    named = False
    for name in filter(None, told.split(", ")):
        if name == "*":
            named = True
        else:
            kind = Parameter.KEYWORD_ONLY if named else Parameter.POSITIONAL_OR_KEYWORD
            yield Parameter(name.rstrip("="), kind, default=None if name.endswith("=") else Parameter.empty)


def refusing(path: str, work: Callable[..., T], skipped: int = 0) -> Callable[..., T]:
    """The function, which refuses what the real one cannot be called with; `skipped`: arguments that come before, such
    as `self`."""
    known = signature(path)

    @wraps(work)
    def called(*args: Any, **more: Any) -> T:
        known.bind(*args[skipped:], **more)
        return work(*args, **more)

    return called


def refusing_class(path: str, kind: type) -> type:
    """The class, whose constructor and methods refuse what those of the real one do."""
    methods = {
        name: refusing(f"{path}.{name}", getattr(kind, name), skipped=1)
        for name in ("__init__", "fit", "kneighbors", "as_sklearn", "astype", "to_cupy")
        if f"{path}.{name}" in CALLS and hasattr(kind, name)
    }
    return type(kind.__name__, (kind,), methods)
