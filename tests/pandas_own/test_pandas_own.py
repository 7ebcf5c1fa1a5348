"""Some of pandas' own tests, with the recording frame in its place; all of them: `./run conformance pandas`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.pandas_own.__main__ import run
from tests.pandas_own.applicable import TESTS, reason, source_of
from tests.pandas_own.report import Counts, counted, page

FILES = ("frame/methods/test_assign.py", "frame/methods/test_dropna.py", "frame/methods/test_head_tail.py")


def test_none_of_the_fixed_files_differs() -> None:
    lines = run([TESTS / name for name in FILES], most=2)
    failed = {str(line["id"]) for line in lines if line["outcome"] == "failed"}
    counts = counted(lines, failed)
    assert counts.different == ()
    assert counts.native > 5
    assert counts.total > 20


def test_what_fails_is_a_difference_unless_a_rule_names_it() -> None:
    assert "df = " in source_of("frame/methods/test_assign.py::TestAssign::test_assign[x]")
    assert reason("frame/methods/test_assign.py::TestAssign::test_assign", "AssertionError: 1 == 2") is None
    assert (
        reason("strings/test_case_justify.py::test_title[string=str[pyarrow]]", "")
        == "the `str` dtype of pandas 3, where the door has `object`"
    )


def test_the_counts() -> None:
    line: dict[str, Any] = {"outcome": "passed", "fallbacks": [], "calls": []}
    name = "frame/methods/test_assign.py::TestAssign::test_assign"
    lines: list[dict[str, Any]] = [
        {**line, "id": "a", "calls": ["DataFrame.assign"]},
        {**line, "id": "b", "calls": ["DataFrame.assign"], "fallbacks": ["DataFrame.to_xarray"]},
        {**line, "id": "c"},
        {"id": name, "outcome": "failed", "error": "1 == 2"},
        {"id": "d", "outcome": "failed", "error": "pandas fails it, too"},
        {"id": "e", "outcome": "skipped"},
    ]
    found = counted(lines, {name})
    assert found == Counts(1, 1, 1, 1, Counter(), ((name, "1 == 2"),))
    assert found.share == 1.0
    assert found.total == 4
    assert f"* `{name}`" in page({"frame": found}, 0)
