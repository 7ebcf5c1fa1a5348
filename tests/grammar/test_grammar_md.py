"""GRAMMAR.md says what the parser does: the same words, the same arguments, and examples that parse."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import stratum_sql.grammar
from stratum_sql.grammar import clauses, core, parse, statements
from stratum_sql.grammar.printer import to_sugar
from stratum_sql.grammar.split import CORE, HEADLESS
from stratum_sql.grammar.syntax import Plain

ROOT = stratum_sql.grammar.__path__[0]
GRAMMAR = Path(ROOT, "GRAMMAR.md").read_text(encoding="utf-8")
PRODUCTIONS = re.findall(r"```ebnf\n(.*?)```", GRAMMAR, re.S)


def _words_read_by(module: ModuleType) -> set[str]:
    """Every word in capitals that the module compares a token with: the arguments of `accept` and the clause tables."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "accept":
            found |= {word.value for word in node.args if isinstance(word, ast.Constant)}
    return {word for word in found if isinstance(word, str) and word.isalpha()}


def _clause_words() -> set[str]:
    tables = [*clauses.CLAUSES.values(), clauses.SPLIT_OPTIONS]
    phrases = {words for table in tables for clause in table for words in clause.words}
    return {word for phrase in phrases for word in phrase.split()} | set(clauses.STRATEGIES)


def test_the_words_are_those_of_the_parser() -> None:
    sugar = set(re.findall(r'"([A-Z]+)"', PRODUCTIONS[0]))
    known = _clause_words() | set().union(*map(_words_read_by, (clauses, parse, statements)))
    known |= {word for pair in statements._STATEMENTS for word in pair.split()}
    assert sugar == known | {"TRAIN", "PREDICT", "EVALUATE", "TRANSFORM", "MODEL", "TRUE", "FALSE", "NULL", "ROW"}


def _named(verb: str) -> set[str]:
    """What stands in quotes in the production of the verb's core form, and in those it says it is like."""
    production = re.search(rf"^{verb.lower()}_core.*?;", PRODUCTIONS[1], re.S | re.M)
    assert production is not None
    like = re.search(r"those of (\w+)_core", production.group())
    return set(re.findall(r'"(\w+)"', production.group())) | (_named(like[1]) if like else set())


@pytest.mark.parametrize(("call", "verb"), [*CORE.items(), *HEADLESS.items()])
def test_the_arguments_are_those_of_the_parser(call: str, verb: str) -> None:
    assert call.lower() in _named(verb)
    assert _named(verb) - {name.lower() for name in (*CORE, *HEADLESS)} == set(core.known_arguments(verb)) | {
        synonym for synonym, argument in core.SYNONYMS.items() if argument in core.known_arguments(verb)
    }


@pytest.mark.parametrize("example", re.findall(r"```sql\n(.*?)```", GRAMMAR, re.S))
def test_the_examples_are_canonical(example: str) -> None:
    script, errors = parse.parse_script(example)
    assert not errors
    for statement in script.statements:
        assert not isinstance(statement, Plain)
        assert to_sugar(example, statement) == example[statement.span.start : statement.span.end]
