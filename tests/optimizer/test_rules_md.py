"""RULES.md is the pipeline: the same rules in the same order, each with the equation its module opens with."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from stratum_sql.optimizer.pipeline import RULES, Rule

FOLDER = Path(__file__).parents[2] / "optimizer"
ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| `(.+?)` \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall((FOLDER / "RULES.md").read_text(encoding="utf-8"))


def test_rules_md_is_the_pipeline() -> None:
    assert [(number, rule) for number, rule, *_ in ROWS] == [
        (str(number), rule.__name__) for number, rule in enumerate(RULES, 1)
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_equation_is_the_first_of_the_module(rule: Rule) -> None:
    module = inspect.getmodule(rule)
    assert module is not None
    title, _, rest = (module.__doc__ or "").partition("\n\n")
    assert title.startswith(f"{rule.__name__}: ")
    written = next(equation for _, name, equation, _ in ROWS if name == rule.__name__)
    assert _equation(rest) == written


def _equation(text: str) -> str:
    """The first line, with those after it while a bracket is open."""
    equation, *more = (" ".join(line.split()) for line in text.splitlines())
    while equation.count("(") > equation.count(")"):
        equation = f"{equation} {more.pop(0)}"
    return equation


def test_every_file_of_the_folder_is_a_rule() -> None:
    assert {path.stem for path in (FOLDER / "rules").glob("*.py")} - {"__init__"} == {rule.__name__ for rule in RULES}
