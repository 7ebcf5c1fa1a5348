"""The caps: each limit on both sides, and what does not count towards it."""

from __future__ import annotations

import pytest

from stratum_sql.errors import TooComplex
from stratum_sql.trust.caps import DEFAULT, TRUSTED, Caps, check_caps
from stratum_sql.trust.scan import code_of


def refused(text: str, caps: Caps = DEFAULT) -> str:
    with pytest.raises(TooComplex) as error:
        check_caps(text, caps)
    return error.value.diagnostic.code


def test_length_in_bytes() -> None:
    check_caps("x" * 256 * 1024)
    assert refused("x" * (256 * 1024 + 1)) == "too_long"
    assert refused("é" * (128 * 1024 + 1)) == "too_long"
    check_caps("x" * (256 * 1024 + 1), TRUSTED)


def test_a_text_of_ten_megabytes_is_refused_by_its_length_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum_sql.trust.caps.code_of", lambda _text: pytest.fail("it was scanned"))
    assert refused("(" * 10_000_000) == "too_long"


@pytest.mark.parametrize("text", ["SELECT '\0'", "\0", "SELECT '\ud800'", "\udfff"])
def test_characters(text: str) -> None:
    assert refused(text) == "bad_character"


@pytest.mark.parametrize("brackets", ["()", "[]", "{}"])
def test_depth(brackets: str) -> None:
    opening, closing = brackets[0], brackets[1]
    check_caps(opening * 200 + closing * 200)
    check_caps((opening * 200 + closing * 200) * 3)
    assert refused(opening * 201 + closing * 201) == "too_deep"
    assert refused(opening * 50_000) == "too_deep"
    assert refused(closing * 300 + opening * 201) == "too_deep"


@pytest.mark.parametrize(
    "quoted",
    [
        "'{}'", "e'\\'{}'", '"{}"', "-- {}\n", "/* {} */", "/* /* */ {} */", "$${}$$", "$é${}$é$", "'a''{}'",
        "e'a''\\'{}'",
    ],
)  # fmt: skip
def test_what_is_no_code_does_not_count(quoted: str) -> None:
    check_caps("SELECT " + quoted.format("(" * 300 + ";" * 1200))
    assert refused("SELECT " + quoted.format("") + "(" * 300) == "too_deep"


@pytest.mark.parametrize("text", ["-- \r{}", "a$b${}", "'\\'{}", "1 -- \n{}", "/* */ {} */", "fe'\\'{}"])
def test_what_is_code_counts(text: str) -> None:
    assert refused(text.format("(" * 300)) == "too_deep"


def test_statements() -> None:
    check_caps("SELECT 1;" * 1000)
    check_caps("SELECT 1;" * 1000 + " ;;; \n")
    assert refused("SELECT 1;" * 1001) == "too_many_statements"
    check_caps("SELECT 1;" * 1001, TRUSTED)


def test_an_error_shows_the_place() -> None:
    with pytest.raises(TooComplex) as error:
        check_caps("SELECT 1,\n((1))", Caps(depth=1))
    assert (error.value.diagnostic.line, error.value.diagnostic.column) == (2, 2)


@pytest.mark.parametrize("text", ["'", "$a$", "/*" * 9, "$a$ $b$ $c$", "e'\\", '"', "--", "'" * 7, "/*/", "$$"])
def test_unclosed_reaches_to_the_end(text: str) -> None:
    assert len(code_of(text + "((")) == len(text) + 2
    assert "(" not in code_of(text + "((")
