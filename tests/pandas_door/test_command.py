"""`stratum run script.py`, and scripts given as text."""

from __future__ import annotations

from pathlib import Path

import pytest

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.shell import cli

SCRIPT = """\
import os
from pandas import DataFrame
import pandas as pd
import helper

df = pd.DataFrame({"x": [1, 2, 3]})
df["y"] = df["x"] / 2
assert isinstance(df, DataFrame)
print(df["y"].sum(), helper.KIND, __name__, os.path.basename(__file__))
print(df["x"].repeat(2).tolist())
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("import pandas\nKIND = pandas.DataFrame.__module__\n")
    return path


def test_a_script_runs_and_its_sql_is_written(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    emitted = script.with_suffix(".sql")
    assert cli.main(["run", str(script), "--explain", "--emit", str(emitted)]) == 0
    shown = capsys.readouterr().out
    # A module that the script imports has pandas itself.
    assert "3.0 pandas __main__ script.py\n[1, 1, 2, 2, 3, 3]\n" in shown
    assert "Series.repeat: no translation" in shown
    assert 'line 7: df["y"] = df["x"] / 2' in emitted.read_text()


def test_a_strict_script_stops_at_the_first_call_without_translation(
    script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(script), "--strict"]) != 0
    assert "no_translation" in capsys.readouterr().err


def test_what_a_script_raises_is_told_as_python_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.py"
    path.write_text("import pandas as pd\npd.DataFrame({'x': [1]})['y']\n")
    assert cli.main(["run", str(path)]) == 1
    shown = capsys.readouterr().err
    assert shown.endswith("KeyError: 'y'\n")
    assert f'File "{path}", line 2' in shown
    assert "stratum_sql" not in shown  # the places are the script's alone


def test_a_script_is_not_run_for_strangers(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(script), "--untrusted"]) == 2
    assert "not_allowed" in capsys.readouterr().err


def test_no_such_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(tmp_path / "nothing.py")]) == 2
    assert "unreadable_file" in capsys.readouterr().err


def test_a_script_as_text() -> None:
    done = stratum_sql.translate("import pandas as pd\nout = pd.DataFrame({'x': [1, 2]})\nout['y'] = out['x'] * 2\n")
    assert done.unsupported == []
    assert "line 3: out['y'] = out['x'] * 2" in done.sql()
    with pytest.raises(door.Unsupported):
        stratum_sql.translate("import pandas as pd\npd.DataFrame({'x': [1]}).mode()", strict=True)
