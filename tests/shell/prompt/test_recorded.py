"""The recorded sessions of `docs/shell.md` are typed again: every line of them comes out, times aside.

STRATUM_ACCEPT=1 writes what comes out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.shell.prompt.terminal import Terminal
from tests.test_docs import FENCE, plain

PAGE = Path(__file__).parents[3] / "docs" / "shell.md"
_COMMAND = "$ stratum shell"
_PROMPT = re.compile(r"(stratum|batch \d+)>( |$)")
_MORE = re.compile(r" {0,9}\S{1,9}> ?")


def sessions() -> list[re.Match[str]]:
    """The blocks of the page that begin with the command."""
    return [found for found in FENCE.finditer(PAGE.read_text(encoding="utf-8")) if found["body"].startswith(_COMMAND)]


def typed(body: str) -> list[str]:
    """What was typed at the prompts of a session, each with its further lines."""
    found: list[str] = []
    open_ = False
    for line in body.splitlines()[1:]:
        if first := _PROMPT.match(line):
            found.append(line[first.end() :])
            open_ = True
        elif open_ and (more := _MORE.match(line)) and more.end() in (9, 10):
            found[-1] += "\r" + line[more.end() :]
        else:
            open_ = False
    return found


@pytest.mark.parametrize("number", range(len(sessions())))
def test_the_session_comes_out_as_it_was_recorded(number: int, tmp_path: Path) -> None:
    session = sessions()[number]
    command, *recorded = session["body"].splitlines()
    with Terminal(command.removeprefix(_COMMAND).split(), tmp_path, STRATUM_RESULTS="") as terminal:
        terminal.wait_for_prompt()
        *texts, last = typed(session["body"])
        for text in texts:
            terminal.ask(text, r"(stratum|batch \d+)>")
        assert last == ".exit"
        terminal.send(last + "\r")
        assert terminal.end() == 0
        lines = terminal.lines()
    if os.environ.get("STRATUM_ACCEPT") == "1":
        page = PAGE.read_text(encoding="utf-8")
        start, end = session.span("body")
        PAGE.write_text(page[:start] + "\n".join([command, *lines]).rstrip() + "\n" + page[end:], encoding="utf-8")
        return
    assert plain("\n".join(lines)) == plain("\n".join(recorded))


def test_there_is_a_session() -> None:
    assert sessions()
