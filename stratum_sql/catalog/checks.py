"""Checks of parameter values: each returns a function that says what is wrong with a value, or None.

The words complete a sentence that begins with the parameter's name: `n_bins must be an integer of at least 2, not 'x'`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from stratum_sql.errors import printable

Check = Callable[[Any], str | None]


def integer(low: int | None = None, high: int | None = None) -> Check:
    """An int (no bool) in `[low, high]`."""
    return _check(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and _within(value, low, high),
        f"an integer{_range(low, high)}",
    )


def number(low: float | None = None, high: float | None = None) -> Check:
    """A finite int or float (no bool) in `[low, high]`."""
    return _check(lambda value: _is_number(value) and _within(value, low, high), f"a number{_range(low, high)}")


def one_of(*values: str) -> Check:
    """One of these words, written as here."""
    return _check(
        lambda value: isinstance(value, str) and value in values, f"one of {', '.join(repr(value) for value in values)}"
    )


def boolean(value: Any) -> str | None:
    """True or false."""
    return _check(lambda item: isinstance(item, bool), "true or false")(value)


def text(value: Any) -> str | None:
    """A text."""
    return _check(lambda item: isinstance(item, str), "a text")(value)


def null(value: Any) -> str | None:
    """NULL."""
    return _check(lambda item: item is None, "NULL")(value)


def either(*checks: Check) -> Check:
    """What passes one of `checks`."""

    def check(value: Any) -> str | None:
        wrongs = [each(value) for each in checks]
        if None in wrongs:
            return None
        wanted = [wrong.removeprefix("must be ").rsplit(", not ", 1)[0] for wrong in wrongs if wrong]
        return f"must be {' or '.join(wanted)}, not {shown(value)}"

    return check


def optional(check: Check) -> Check:
    """NULL, or what passes `check`."""
    return either(check, null)


def ordered_pair(item: Check) -> Check:
    """Two values `(low, high)` that pass `item`, low at most high."""
    return _check(
        lambda value: (
            isinstance(value, tuple | list)
            and len(value) == 2
            and all(item(each) is None for each in value)
            and value[0] <= value[1]
        ),
        "two values (low, high) with low at most high",
    )


def rising_pair(low: float | None = None, high: float | None = None) -> Check:
    """Two numbers `(a, b)` in `[low, high]`, a less than b."""
    return _check(
        lambda value: (
            isinstance(value, tuple | list)
            and len(value) == 2
            and all(_is_number(each) and _within(each, low, high) for each in value)
            and value[0] < value[1]
        ),
        f"two rising numbers (a, b){_range(low, high)}",
    )


def several(item: Check) -> Check:
    """A tuple of at least one value, each passing `item`."""

    def check(value: Any) -> str | None:
        if not isinstance(value, tuple | list) or not value:
            return f"must be a tuple of values, not {shown(value)}"
        return next((f"has a value that {wrong}" for each in value if (wrong := item(each))), None)

    return check


def shown(value: Any) -> str:
    """`value` as it may stand in an error: printable and short."""
    written = printable(repr(value))
    return written if len(written) <= 60 else written[:57] + "..."


def _check(passes: Callable[[Any], bool], wanted: str) -> Check:
    return lambda value: None if passes(value) else f"must be {wanted}, not {shown(value)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of at least {low}" if low is not None else f" of at most {high}" if high is not None else ""
