"""Arguments that functions take, and those that say what pandas does anyway: a call without them is the same call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

import pandas as pd

_PLAIN = (bool, int, float, str, type(None))
_ONE_AXIS = ((int, 0), (str, "index"))


def without_defaults(owner: Any, name: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a call of pandas' own `owner.name` but those that have their default, which Python cannot tell
    from none; of a Series `axis` as well, which has but one.
    """
    known = _defaults(getattr(owner, name, None))
    return {
        key: value
        for key, value in kwargs.items()
        if key not in known
        or not (_is(value, known[key]) or (owner is pd.Series and key == "axis" and (type(value), value) in _ONE_AXIS))
    }


def _is(value: Any, default: Any) -> bool:
    return type(value) in _PLAIN and type(value) is type(default) and value == default


signature_of = functools.cache(inspect.signature)  # takes 50 µs, which is more than a call takes in all


def takes(signature: inspect.Signature, /, *args: Any, **kwargs: Any) -> bool:
    """Whether a function of this signature can be called so: a TypeError is then its own."""
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


@functools.cache
def _defaults(function: Any) -> dict[str, Any]:
    try:
        parameters = signature_of(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {one.name: one.default for one in parameters if one.default is not one.empty}
