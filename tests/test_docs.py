"""The pages people read are run: every Python, SQL and shell block, and what a page says comes out does come out.

Blocks of one page run in order, in one folder. ```sql runs in one session of the page; where its first line is
`-- file: NAME.sql` it is also written there. ```python shares its variables. ```sh holds `stratum` commands. What
follows as ```text output must be what was shown, times aside; STRATUM_ACCEPT=1 writes it. ```text is not run.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

import pytest

import stratum_sql.pandas as door
from stratum_sql import Session, StratumError, connect
from stratum_sql.shell import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"python", "sql", "sh", "text", "text output", "json", "ebnf"}
OUTPUT = "text output"


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is where it starts in its page, `span` its body's place."""

    kind: str
    body: str
    line: int
    span: tuple[int, int]


@dataclass
class Reader:
    """Runs the blocks of one page."""

    folder: Path
    session: Session
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})

    def run(self, block: Block) -> str:
        """What the block shows."""
        return {"python": self._python, "sql": self._sql, "sh": self._shell}[block.kind](block.body)

    def _python(self, body: str) -> str:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            exec(compile(body, "page", "exec"), self.names)  # the page's own example
        return shown.getvalue()

    def _sql(self, body: str) -> str:
        named = re.match(r"-- file: (\S+)\n", body)
        if named:
            (self.folder / named[1]).write_text(body, encoding="utf-8")
        result = self.session.sql(body)
        if result.kind == "explain":
            return str(result.fetchall()[0][0])
        return repr(result)

    def _shell(self, body: str) -> str:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            for line in body.splitlines():
                words = shlex.split(line, comments=True)
                if words:
                    assert words[0] == "stratum", f"only stratum runs here; mark the block text: {line}"
                    code = cli.main(words[1:])
                    assert code == 0, f"{line}: exit code {code}\n{shown.getvalue()}"
        return shown.getvalue()


def blocks(text: str) -> list[Block]:
    return [
        Block(found["kind"].strip(), found["body"], text.count("\n", 0, found.start()) + 1, found.span("body"))
        for found in FENCE.finditer(text)
    ]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("STRATUM_COSTS", "default")
    with connect(threads=2) as session, door.using():
        yield Reader(tmp_path, session)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_runs_and_shows_what_it_says(reader: Reader, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = blocks(text)
    written: list[tuple[tuple[int, int], str]] = []
    for block, after in zip_longest(found, found[1:]):
        if block.kind not in ("python", "sql", "sh"):
            continue
        expected = after if after is not None and after.kind == OUTPUT else None
        shown = _run(reader, block, expected, page)
        if expected is not None:
            written.append((expected.span, shown.strip("\n") + "\n"))
            if os.environ.get("STRATUM_ACCEPT") != "1":
                assert plain(shown) == plain(expected.body), f"{page.name}, line {expected.line}: it shows\n{shown}"
    if os.environ.get("STRATUM_ACCEPT") == "1":
        for (start, end), shown in reversed(written):
            text = text[:start] + shown + text[end:]
        page.write_text(text, encoding="utf-8")


def _run(reader: Reader, block: Block, expected: Block | None, page: Path) -> str:
    """What a block shows; an error is shown only where the page shows what comes out."""
    try:
        return reader.run(block)
    except StratumError as error:
        if expected is None or "Error[" not in expected.body:
            pytest.fail(f"{page.name}, line {block.line}: {error}")
        return str(error)


def plain(shown: str) -> list[str]:
    """Lines without what changes from run to run: seconds, shares of time, and the room they take."""
    timeless = re.sub(r"\d+(\.\d+)? m?s\b|\d+%", "TIME", shown)
    return [" ".join(re.sub("─+", "─", line).split()) for line in timeless.strip("\n").splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {block.kind for block in blocks(text)} <= KINDS
    assert text.count("\n```") + text.startswith("```") == 2 * len(blocks(text)), "a fence is not closed"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_output_follows_what_it_is_of(page: Path) -> None:
    found = blocks(page.read_text(encoding="utf-8"))
    for before, block in pairwise([None, *found]):
        if block is not None and block.kind == OUTPUT:
            assert before is not None, f"line {block.line}"
            assert before.kind in ("python", "sql", "sh"), f"line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        found = page.parent / path if path else page
        assert found.exists(), f"{page.name} links to {target}"
        if anchor and found.suffix == ".md":
            assert anchor in headings(found), f"{page.name} links to {target}"


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on the web."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    words = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", word.lower()).replace(" ", "-") for word in words}


# ---- the reader itself -----------------------------------------------------------------------------------------------


def test_a_wrong_output_is_seen() -> None:
    assert plain("model m, 0.123 s\n") == plain("model m, 4.5 s")
    assert plain("r2 0.91") != plain("r2 0.92")


def test_a_failing_block_is_seen(reader: Reader) -> None:
    with pytest.raises(pytest.fail.Exception, match="no_such_table"):
        _run(reader, Block("sql", "FROM no_such_table", 1, (0, 0)), None, ROOT / "README.md")
    with pytest.raises(AssertionError, match="mark the block text"):
        reader.run(Block("sh", "echo 1", 1, (0, 0)))
