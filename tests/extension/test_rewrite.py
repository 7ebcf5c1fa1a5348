"""The rewriter of `stratum_parser`: which text becomes a call, and that it draws the same lines as the grammar.

A file below `rewrite/` is a list of cases: `# title`, the script, `----`, what it becomes; `====` stands between two.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stratum_sql.extension.build import compile_cpp, find_compiler
from stratum_sql.grammar.parse import parse_script, read_script
from stratum_sql.grammar.syntax import Plain
from stratum_sql.grammar.tokens import RESERVED
from tests.grammar.test_statements import accepts, cases_of, script_of

HERE = Path(__file__).parent
Rewrite = Callable[[list[str]], list[str]]

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="no C++ compiler")


@pytest.fixture(scope="session")
def rewrite(tmp_path_factory: pytest.TempPathFactory) -> Rewrite:
    """Texts to texts, an empty one for what is not ours; DuckDB's parser is not asked."""
    program = tmp_path_factory.mktemp("rewrite") / "rewrite"
    compile_cpp(HERE / "rewrite.cpp", program, ("-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", *SANITIZED))

    def run(texts: list[str]) -> list[str]:
        given = "".join(f"{text}\0" for text in texts).encode()
        done = subprocess.run([program], input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        answers = done.stdout.decode().split("\0")
        assert len(answers) == len(texts) + 1
        return answers[:-1]

    return run


SANITIZED = ("-fsanitize=address,undefined", "-D_GLIBCXX_ASSERTIONS")


def blocks() -> list[tuple[str, str]]:
    cases = (HERE / "rewrite" / "blocks.sql").read_text(encoding="utf-8").split("\n====\n")
    pairs = [case.strip("\n").partition("\n----\n") for case in cases]
    return [(script_of(script), expected) for script, _, expected in pairs]


def test_blocks_become_calls(rewrite: Rewrite) -> None:
    scripts, expected = zip(*blocks(), strict=True)
    assert rewrite(list(scripts)) == list(expected)


def test_what_was_rewritten_is_not_rewritten_again(rewrite: Rewrite) -> None:
    """`query()` hands what was planned to the parser again, and views keep the rewritten text."""
    assert set(rewrite([expected for _, expected in blocks()])) == {""}


def test_plain_statements_are_untouched(rewrite: Rewrite) -> None:
    plain = (HERE.parent / "grammar" / "plain.sql").read_text(encoding="utf-8").splitlines()
    assert set(rewrite(plain)) == {""}
    around = rewrite([f"{sql}\n;FROM t TRAIN MODEL ridge(); {sql}" for sql in plain])
    assert around == [f"{sql}\n;FROM query(stratum_plan('FROM t TRAIN MODEL ridge()')); {sql}" for sql in plain]


def test_the_grammar_sees_the_same_statements(rewrite: Rewrite) -> None:
    """Those that DuckDB's parser refuses; the core form is legal."""
    scripts = [script_of(script) for kind in ("accept", "reject") for _, script, _ in cases_of(kind)]
    spans = [(script, span) for script in scripts for span, _ in read_script(script, None)]
    texts = [text for script, span in spans if not accepts(text := script[span.start : span.end])]
    assert len(texts) > 200
    answers = rewrite(texts)
    differing = [text for text, answer in zip(texts, answers, strict=True) if bool(answer) != found_ours(text)]
    assert differing == ["FROM predict_model((FROM t), model => m"]  # DuckDB says itself that a bracket is open


@pytest.mark.parametrize("verb", ["TRAIN", "PREDICT"])
def test_the_same_words_end_no_query(rewrite: Rewrite, verb: str) -> None:
    words = sorted(
        RESERVED | {"ANTI", "AT", "BY", "IS", "JOIN", "LIKE", "UPDATE", "EXPLAIN", "x", "ISNULL", "*", ")", "%"}
    )
    texts = [f"SELECT 1 FROM t {word} {verb} MODEL a" for word in words]
    assert [bool(answer) for answer in rewrite(texts)] == [found_ours(text) for text in texts]


def found_ours(text: str) -> bool:
    """Whether the grammar finds a statement of ours, right or wrong, by its words."""
    script, errors = parse_script(text, None)
    return bool(errors) or not all(isinstance(one, Plain) for one in script.statements)


def test_text_that_cannot_be_read_is_untouched(rewrite: Rewrite) -> None:
    tail = " TRAIN MODEL ols()"
    texts = [f"SELECT 'x{tail}", f'SELECT "x{tail}', f"SELECT /* x{tail}", f"SELECT $a$ x{tail}", "", ";;", "model"]
    assert set(rewrite(texts)) == {""}


def test_hostile_text_takes_neither_the_stack_nor_the_memory(rewrite: Rewrite) -> None:
    deep = "(" * 100_000 + "FROM t TRAIN MODEL a" + ")" * 100_000
    nested = "FROM t WHERE c = ''"
    for _ in range(60):
        nested = f"FROM ({nested} TRAIN MODEL a)"
    many = "FROM t TRAIN MODEL a;" * 20_000
    answers = rewrite([deep, nested, many, "(" * 100_000, "TRAIN MODEL " * 50_000])
    assert answers[0] == ""
    assert len(answers[1]) < 60 * len(nested)
    assert answers[2].count("stratum_plan") == 20_000
