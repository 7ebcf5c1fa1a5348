"""`stratum run script.py`, and scripts given as text."""

from __future__ import annotations

import os
import subprocess
import sys
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


def _scripts(folder: Path, *lines: str) -> list[str]:
    paths = [folder / f"s{number}.py" for number in range(len(lines))]
    for path, line in zip(paths, lines, strict=True):
        path.write_text(f"import pandas as pd\ndf = pd.DataFrame({{'x': [1, 2, 3]}})\n{line}\n")
    return [str(path) for path in paths]


def test_scripts_are_one_batch_and_each_is_told_under_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = _scripts(tmp_path, "print(df['x'].sum())", "df['y']", "print(df['x'].repeat(2).sum(), end='')")
    emitted = tmp_path / "all.sql"
    assert cli.main(["run", *names, "--explain", "--emit", str(emitted), "--no-progress"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"── {names[0]} ──\n6\n")
    assert f"\n── {names[1]} ──\n" in out
    assert f"\n── {names[2]} ──\n12" in out
    assert out.count("calls in SQL") == 3
    assert "Series.repeat: no translation" in out
    assert f'File "{names[1]}", line 3' in err
    assert err.endswith("KeyError: 'y'\n")
    assert "stratum_sql" not in err
    assert [f"-- {name}" in emitted.read_text() for name in names] == [True, True, True]


def test_a_strict_script_among_others_says_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = _scripts(tmp_path, "print(df['x'].sum())", "print(df['x'].repeat(2).sum())")
    assert cli.main(["run", *names, "--strict"]) == 1
    out, err = capsys.readouterr()
    assert "6\n" in out
    assert "Series.repeat" in err
    assert "no_translation" in err
    assert "Traceback" not in err


def test_ctrl_c_shows_the_scripts_that_have_ended(tmp_path: Path) -> None:
    wait = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)"
    names = _scripts(tmp_path, "print(df['x'].sum())", wait, "print('never')")
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # which a shell may have ignored
    program = f"{heard}; from stratum_sql.shell.cli import console; console()"
    command = [sys.executable, "-c", program, "run", *names]
    environment = {**os.environ, "PYTHONPATH": str(Path(stratum_sql.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (130, f"── {names[0]} ──\n6\n"), done.stderr


def test_scripts_and_sql_are_two_batches(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(script), "-c", "SELECT 1"]) == 2
    assert "two_batches" in capsys.readouterr().err


def test_sql_that_cannot_be_written(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(script), "--emit", str(script / "nowhere.sql")]) == 2
    assert "unwritable_file" in capsys.readouterr().err


def test_how_far_scripts_are_is_told(tmp_path: Path) -> None:
    ended: list[object] = []
    told: list[tuple[int, int]] = []
    fitted = "from sklearn.linear_model import Ridge\nprint(Ridge().fit(df[['x']], df['x']).coef_.round(3))"
    scripts = [stratum_sql.translate(Path(name), run=False) for name in _scripts(tmp_path, fitted, "df['x'].sum()")]
    with stratum_sql.connect() as session:
        type(scripts[0]).run_together(scripts, session, ended, lambda models: told.append((len(ended), models)))
    assert ended == [scripts[1], scripts[0]]
    assert told[-1] == (2, 1)
    assert told == sorted(told)
