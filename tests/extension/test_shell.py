"""The stock command `duckdb` with both extensions, as a person uses it: typed, watched, interrupted.

The session of `docs/shell.md` is typed again: every line of it comes out. STRATUM_ACCEPT=1 writes what comes out.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql.extension.install import LINES, install, usual_folder
from stratum_sql.serve.starting import engine_command
from tests.extension.shells import CLI, WHEEL, command, parser_of, wheel
from tests.extension.terminal import Terminal
from tests.test_docs import FENCE, plain

PAGE = Path(__file__).parents[2] / "docs" / "shell.md"
_COMMAND = "$ duckdb -unsigned"
_PROMPT = re.compile(r"\w+ D ")
# As long as nobody stops it: minutes.
ENDLESS = "SELECT x, y FROM rows TRAIN MODEL random_forest_regressor(n_estimators => 100000) TARGET y;"
ROWS = "CREATE TABLE rows AS SELECT sin(i) AS x, cos(i) AS y FROM range(20000) AS r(i);"
SHORT = "SELECT count(*) AS trials FROM (SELECT x, y FROM rows TRAIN MODEL ridge(alpha => [1, 2]) TARGET y);"

Open = Callable[[], Terminal]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with the extensions installed; the engine that its shells start ends with it."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        for release in (CLI, WHEEL):
            parser_of(release)
            list(install(release, usual_folder(), engine_command()))
    # The bar is drawn or not by the time that things take.
    (folder / ".duckdbrc").write_text("\n".join([*LINES.values(), "SET enable_progress_bar = false;"]))
    yield folder
    _end_engine(folder)


def _end_engine(home: Path, sign: signal.Signals = signal.SIGTERM) -> None:
    with suppress(OSError):
        os.kill(json.loads((home / "engine" / "engine.json").read_text())["pid"], sign)


@pytest.fixture
def open_shell(home: Path, tmp_path: Path) -> Open:
    """The command, in an empty folder, over a database in memory."""
    packages = str(Path(stratum_sql.__file__).parents[1])
    env = {"HOME": str(home), "STRATUM_ENGINE": str(home / "engine"), "PYTHONPATH": packages, "OMP_NUM_THREADS": "1"}
    return lambda: Terminal([command(), "-unsigned"], tmp_path, {"PATH": os.environ["PATH"], **env})


def session() -> re.Match[str]:
    """The block of the page that begins with the command."""
    return next(one for one in FENCE.finditer(PAGE.read_text(encoding="utf-8")) if one["body"].startswith(_COMMAND))


def typed(body: str) -> list[str]:
    """What was typed at the prompts, each statement with its further lines."""
    found: list[str] = []
    open_ = False
    for line in body.splitlines():
        if open_:
            found[-1] += "\n" + line.removeprefix("  ")
        elif prompt := _PROMPT.match(line):
            found.append(line[prompt.end() :])
        else:
            continue
        open_ = not found[-1].rstrip().endswith(";") and not found[-1].startswith(".")
    return found


def test_the_session_comes_out_as_it_was_recorded(open_shell: Open, home: Path) -> None:
    found = session()
    for _ in range(3):  # seconds of a fit have more digits or fewer, and other columns have the room that is left
        with open_shell() as shell:
            for text in typed(found["body"]):
                shell.say(text)
            shown = "\n".join(shell.lines()[:-1]).replace(str(home), "~")
        if timeless(shown) == timeless(found["body"])[1:]:
            break
    if os.environ.get("STRATUM_ACCEPT") == "1":
        page = PAGE.read_text(encoding="utf-8")
        start, end = found.span("body")
        PAGE.write_text(f"{page[:start]}{_COMMAND}\n{shown}\n{page[end:]}", encoding="utf-8")
        return
    assert timeless(shown) == timeless(found["body"])[1:]


def timeless(shown: str) -> list[str]:
    """Lines without the seconds of a fit, which stand before rank and status."""
    return plain(re.sub(r"\S+( +│ +\d+ │ ok )", r"TIME\1", shown))


def test_ctrl_c_stops_a_training_and_not_the_shell(open_shell: Open) -> None:
    with open_shell() as shell:
        shell.say(ROWS)
        assert "2" in "".join(shell.say(SHORT))
        row = shell.type(ENDLESS)
        time.sleep(2)  # the rows are sent, and it trains
        shell.interrupt()
        shell.prompt(row)
        assert shell.lines()[row + 1 :] == ["^Cmemory D"]
        assert "2" in "".join(shell.say(SHORT))


def test_a_killed_engine_is_one_error_and_the_next_statement_starts_another(open_shell: Open, home: Path) -> None:
    with open_shell() as shell:
        shell.say(ROWS)
        assert "2" in "".join(shell.say(SHORT))
        row = shell.type(ENDLESS)
        time.sleep(2)
        _end_engine(home, signal.SIGKILL)
        shell.prompt(row)
        said = "\n".join(shell.lines()[row + 1 :])
        assert said.count("Error") == 1
        assert "engine" in said
        assert "2" in "".join(shell.say(SHORT))


def test_tables_that_only_this_transaction_sees(open_shell: Open) -> None:
    with open_shell() as shell:
        shell.say("BEGIN;")
        shell.say(ROWS)
        shell.say("CREATE TEMP TABLE kept AS SELECT x, y FROM rows TRAIN MODEL ols() TARGET y;")
        assert "│     1 │" in shell.say("SELECT count(*)::INT AS n FROM kept;")
        shell.say("ROLLBACK;")
        assert "does not exist" in "".join(shell.say("FROM kept;"))


def test_the_python_package_reads_the_same(home: Path) -> None:
    with wheel() as shell:
        shell.execute(f"SET extension_directory = '{home}/.duckdb/extensions'; {' '.join(LINES.values())}")
        shell.execute(f"SET stratum_engine = '{home}/engine'; {ROWS}")
        board = shell.execute("SELECT x, y FROM rows TRAIN MODEL ridge(alpha => [1, 2]) TARGET y AS m").fetchall()
        assert [row[0] for row in board] == ["m", "m"]
        nested = "SELECT * FROM (SELECT x, y FROM rows PREDICT MODEL m AS p) EVALUATE MODEL m TARGET y"
        assert [row[:3] for row in shell.sql(nested).fetchall()] == [("m", 1, 20000)]
        shell.execute("CREATE VIEW v AS SELECT x FROM rows PREDICT MODEL m AS p")
        assert shell.execute("SELECT count(p) FROM v").fetchall() == [(20000,)]
        assert shell.execute("SELECT name, version FROM show_models()").fetchall() == [("m", 1)]
        assert (
            len(shell.execute("FROM train_model((SELECT x, y FROM rows), model => ols(), target => y)").fetchall()) == 1
        )
        listed = shell.execute("SHOW MODELS LIKE 'm%'; DROP MODEL m; SHOW MODELS LIKE 'm%'").fetchall()
        assert listed == []
