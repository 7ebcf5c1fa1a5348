"""Parameter checks: what passes, what does not, and the words."""

from __future__ import annotations

from typing import Any

import pytest

from stratum_sql.catalog import checks
from stratum_sql.catalog.checks import Check
from stratum_sql.catalog.registry import transforms


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.integer(low=1), [1, 10**30], [0, True, 1.0, "1", None]),
        (checks.integer(low=1, high=3), [1, 3], [4]),
        (checks.number(low=0, high=1), [0, 0.5, 1], [-0.1, 1.1, True, float("nan"), "0"]),
        (checks.number(), [-1e300], [float("inf")]),
        (checks.one_of("a", "b"), ["a"], ["A", "", None, ["a"]]),
        (checks.boolean, [True, False], [0, 1, "true", None]),
        (checks.text, [""], [b"", 1]),
        (checks.null, [None], [0, ""]),
        (checks.optional(checks.text), [None, "x"], [1]),
        (checks.either(checks.integer(low=1), checks.one_of("all")), [5, "all"], [0, "some", None]),
        (checks.ordered_pair(checks.integer(low=1)), [(1, 1), [1, 2]], [(2, 1), (1,), 1, "ab", (0, 1)]),
        (checks.rising_pair(low=0), [(0, 0.1)], [(1, 1), (-1, 1), ("a", "b"), None]),
        (checks.several(checks.text), [("a",), ["a", "b"]], [(), "ab", ("a", 1)]),
    ],
)
def test_passes_and_refuses(check: Check, good: list[Any], bad: list[Any]) -> None:
    assert [check(value) for value in good] == [None] * len(good)
    assert all(check(value) for value in bad)


def test_words_say_what_is_wanted_and_what_came() -> None:
    assert checks.integer(low=2)("x") == "must be an integer of at least 2, not 'x'"
    assert checks.number(low=0, high=1)(3) == "must be a number from 0 to 1, not 3"
    assert checks.integer(high=-1)(0) == "must be an integer of at most -1, not 0"
    assert checks.optional(checks.one_of("l1", "l2"))("l3") == "must be one of 'l1', 'l2' or NULL, not 'l3'"
    assert checks.several(checks.text)((1,)) == "has a value that must be a text, not 1"


def test_hostile_values_are_shown_short_and_printable() -> None:
    wrong = checks.integer()("\x1b[2J\u202e" + "x" * 10_000)
    assert wrong is not None
    assert wrong.isprintable()
    assert len(wrong) < 120


@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_every_default_passes_its_own_check(spec: Any) -> None:
    assert {each.name: each.check(each.default) for each in spec.parameters} == dict.fromkeys(spec.complete({}))
