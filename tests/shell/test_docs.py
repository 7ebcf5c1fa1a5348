"""docs/errors.md: every code that the source can raise stands there."""

import ast
import re
from pathlib import Path

import pytest

from stratum_sql.shell import docs

# The same search by another road than the generator's: by the text of the source alone.
_WRITTEN = (
    re.compile(r"""\.at\(\s*[^"'\n]*?,\s*[^"'\n]*?,\s*"([a-z][a-z0-9_]*)\"""", re.S),
    re.compile(r"""\bcode="([a-z][a-z0-9_]*)\""""),
    re.compile(r"""\bDiagnostic\(\s*"([a-z][a-z0-9_]*)\""""),
)


def documented() -> set[str]:
    return set(re.findall(r"^\| `([a-z0-9_…]+)` \|", docs.PAGE.read_text(encoding="utf-8"), re.M))


def test_every_code_in_the_source_is_documented() -> None:
    written = {
        code
        for path in docs.sources()
        for pattern in _WRITTEN
        for code in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert len(written) > 20
    assert written <= documented(), "run: python -m stratum_sql.shell.docs"


def test_the_page_is_what_the_generator_writes() -> None:
    found = docs.uses()
    assert {use.code for use in found} == documented(), "run: python -m stratum_sql.shell.docs"
    assert docs.page(found) == docs.PAGE.read_text(encoding="utf-8"), "run: python -m stratum_sql.shell.docs"


def test_every_meaning_belongs_to_a_code_in_the_source() -> None:
    assert set(docs.MEANINGS) <= {use.code for use in docs.uses()}


SOURCE = """
class BindError: ...
class Odd:
    code: str
    message: str
def refuse(span, code, message): ...
def _code(facts):
    if facts:
        return f"family_{facts}"
    return "returned"
_CODES = {"X": "mapped"}
def use(name):
    message = f"no {name} here"
    raise BindError.at("", None, "called", message)
    raise refuse(None, "helped", "a " + name + " | b")
    Odd("declared", "an *odd* one")
    Odd(code="named", message="by name")
    other("not_a_code", "a text")
    warn(code="warned", message="take care", severity="warning")
"""


def test_codes_are_found_however_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "errors.py").write_text(
        "class StratumError:\n    @classmethod\n    def at(cls, text, span, code, message): ...\n"
    )
    (tmp_path / "source.py").write_text(SOURCE)
    found = {use.code: use for use in docs.uses(tmp_path)}
    assert set(found) == {"family_…", "returned", "mapped", "called", "helped", "declared", "named", "warned"}
    assert found["called"].message == "no … here"
    assert found["called"].raised_as == "BindError"
    assert found["helped"].message == "a … | b"
    assert found["warned"].raised_as == "warning"


def test_a_row_cannot_break_its_table(tmp_path: Path) -> None:
    page = docs.page([docs.Use("c", "f.py", "BindError", "a | b\n<i> *x*")])
    assert page.splitlines()[-1] == r"| `c` | BindError | *a \| b &lt;i> \*x\** |"


def test_links_to_the_top_level_folders_are_followed(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "a.py").write_text("")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "grammar").symlink_to("../top")
    assert [path.name for path in docs.sources(tmp_path / "package")] == ["a.py"]


def test_the_page_is_written_by_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "PAGE", tmp_path / "docs" / "errors.md")
    assert docs.main() == 0
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page(docs.uses())
    assert ast.parse(Path(docs.__file__).read_text(encoding="utf-8"))
