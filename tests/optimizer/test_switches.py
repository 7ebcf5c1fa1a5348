"""`SET stratum_<rule>` and `RESET stratum_<rule>`."""

from __future__ import annotations

import pytest

from stratum_sql.errors import BindError
from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.optimizer.switches import switch


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SET stratum_merge_scans = false", ("merge_scans", False)),
        ("set Stratum_Merge_Scans=TRUE;", ("merge_scans", True)),
        ("  -- without sharing\nSET SESSION stratum_same_split TO off ;\n", ("same_split", False)),
        ("/* a */ SET GLOBAL \"stratum_same_split\" = 'on'", ("same_split", True)),
        ("SET stratum_equal_trials = default", ("equal_trials", True)),
        ("SET stratum_equal_trials = 0 -- for now", ("equal_trials", False)),
        ("RESET stratum_equal_trials", ("equal_trials", True)),
        ("reset session stratum_equal_trials;", ("equal_trials", True)),
    ],
)
def test_switch(sql: str, expected: tuple[str, bool]) -> None:
    assert switch(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SET threads = 4",
        "RESET threads",
        "SELECT 'SET stratum_merge_scans = false'",
        "SET VARIABLE stratum_merge_scans = false",
        "UPDATE t SET stratum_merge_scans = false",
        "SET stratum_merge_scans = false; SELECT 1",
        "SET",
        "",
    ],
)
def test_what_is_duckdbs_own(sql: str) -> None:
    assert switch(sql) is None


@pytest.mark.parametrize("rule", rule_names())
def test_every_rule_has_its_switch(rule: str) -> None:
    assert switch(f"SET stratum_{rule} = false") == (rule, False)


def test_an_unknown_rule_is_underlined_and_the_nearest_is_named() -> None:
    with pytest.raises(BindError) as caught:
        switch("SET stratum_merge_scan = false")
    problem = caught.value.diagnostic
    assert problem.code == "unknown_rule"
    assert problem.did_you_mean[0] == "stratum_merge_scans"
    assert (problem.column, problem.end_column) == (5, 23)
    assert "row_wise_once" in str(problem.hint)


def test_a_value_that_is_no_flag() -> None:
    with pytest.raises(BindError) as caught:
        switch("SET stratum_merge_scans = maybe")
    assert (caught.value.diagnostic.code, caught.value.diagnostic.column) == ("bad_option", 27)


def test_a_long_hostile_text_is_read_once() -> None:
    assert switch("/*" * 20_000 + " SET " + "-- \n" * 5_000) is None
    assert switch("SET stratum_" + "a" * 20_000) is None
    assert switch(" " * 20_000 + "SET " + " " * 20_000 + "x") is None
