"""Every rule turns the plans of its `.plan` file into those below the ruler; STRATUM_ACCEPT=1 writes what comes out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stratum_sql.optimizer.pipeline import RULES, Rule
from tests.optimizer.plan_text import Case, read_cases, read_plan, read_text, rewritten, trees

FOLDER = Path(__file__).parent
CASES = [
    pytest.param(rule, case, id=f"{rule.__name__}: {case.title.splitlines()[0].lstrip('# ')[:60]}")
    for rule in RULES
    for case in read_cases(FOLDER / f"{rule.__name__}.plan")
]


@pytest.fixture(scope="session", autouse=True)
def _accept() -> None:
    if os.environ.get("STRATUM_ACCEPT") == "1":
        for rule in RULES:
            path = FOLDER / f"{rule.__name__}.plan"
            cases = [rewritten(case, rule) for case in read_cases(path)]
            path.write_text("\n".join(map(str, cases)), encoding="utf-8")


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_before_and_after(rule: Rule, case: Case) -> None:
    after = rule(read_plan(case.before))
    assert trees(after) == read_text(case.after).answers, f"it became\n{rewritten(case, rule).after}"


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_rule_done_twice_does_no_more(rule: Rule, case: Case) -> None:
    once = rule(read_plan(case.before))
    assert trees(rule(once)) == trees(once)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_has_a_plan_it_changes_and_one_it_leaves_alone(rule: Rule) -> None:
    batches = [read_plan(case.before) for case in read_cases(FOLDER / f"{rule.__name__}.plan")]
    changed = [rule(batch) is not batch for batch in batches]
    assert any(changed)
    assert not all(changed)


def test_every_plan_file_is_of_a_rule() -> None:
    assert {path.stem for path in FOLDER.glob("*.plan")} == {rule.__name__ for rule in RULES}


def test_plans_can_be_read_back() -> None:
    for rule in RULES:
        for case in read_cases(FOLDER / f"{rule.__name__}.plan"):
            assert trees(read_plan(case.before)) == read_text(case.before).answers
