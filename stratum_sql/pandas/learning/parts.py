"""An estimator and those inside it, and their two classes: the recorded one of the script, the library's own."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_known: dict[type, type] = {}  # the library's class: that of the script


def register(real: type, recorded: type) -> None:
    """Let `recorded` stand for `real` in scripts."""
    _known[real] = recorded


def recorded_class(real: type) -> type | None:
    """The class of the script for one of a library, if it was asked for."""
    return _known.get(real)


def is_recorded(value: Any) -> bool:
    """Whether an object is one of a recorded class itself, not of a class that the script derived from one."""
    real = getattr(type(value), "_real", None)
    return real is not None and _known.get(real) is type(value)


def is_estimator(value: Any) -> bool:
    """Whether an object is an estimator as scikit-learn understands it."""
    return hasattr(type(value), "get_params") and not isinstance(value, type)


def attributes(value: Any) -> dict[str, Any]:
    """An object's own attributes, without looking at what it has learned."""
    found: dict[str, Any] = object.__getattribute__(value, "__dict__")
    return found


def names_of_parameters(value: Any) -> frozenset[str]:
    """The parameters that the constructor of an estimator takes; none for what does not say."""
    kind: Any = type(value)
    return _names_of_class(kind)


@functools.cache
def _names_of_class(kind: Any) -> frozenset[str]:
    return frozenset(kind._get_param_names()) if hasattr(kind, "_get_param_names") else frozenset()


def parts(value: Any) -> Iterator[Any]:
    """Every estimator in a value, in lists, tuples, dicts and other estimators: the outer ones first."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        if is_estimator(one):
            seen.add(id(one))
            yield one
            waiting += [held for name, held in attributes(one).items() if name != "_record"][::-1]
        elif type(one) in (list, tuple):
            waiting += one[::-1]
        elif isinstance(one, dict):
            waiting += list(one.values())[::-1]


@contextmanager
def as_real(*values: Any) -> Iterator[None]:
    """Give every estimator in the values its library's own class, and after that the script's again."""
    changed = [one for value in values for one in parts(value) if is_recorded(one)]
    classes = [type(one) for one in changed]
    for one, kind in zip(changed, classes, strict=True):
        one.__class__ = kind._real
    try:
        yield
    finally:
        for one, kind in zip(changed, classes, strict=True):
            one.__class__ = kind


def make_real(value: Any) -> Any:
    """The estimator, which nobody else has, with its library's own class and those inside it too."""
    for one in list(parts(value)):
        if is_recorded(one):
            one.__class__ = type(one)._real
    return value
