"""Scripts of pandas and scikit-learn: what they print, the statements they are, and a hundred at once."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stratum_sql
from queries.pandas.attempts import attempts
from queries.pandas.bench import gap, run_alone, run_scripts
from queries.pandas.make_data import write_houses
from queries.report import Options
from stratum_sql.pandas.mode import object_mode

SCRIPTS = sorted((Path(__file__).parents[2] / "queries" / "pandas" / "scripts").glob("*.py"))
RELATIVE = 1e-9  # sums of floats are taken in another order


@pytest.fixture
def houses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_houses(tmp_path, rows=240)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by_pandas(path: Path) -> tuple[dict[str, Any], str]:
    """The names that a script leaves and what it prints, with pandas and scikit-learn themselves."""
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with object_mode(), contextlib.redirect_stdout(printed):
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), names)
    return names, printed.getvalue()


def numbers(value: Any) -> Any:
    return np.asarray(value, dtype=float)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_what_pandas_prints_and_is_shown_as_reviewed(
    path: Path, houses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names, printed = by_pandas(path)
    capsys.readouterr()
    done = stratum_sql.translate(path.read_text(encoding="utf-8"))
    assert capsys.readouterr().out == printed
    np.testing.assert_allclose(numbers(done.names["scores"]), numbers(names["scores"]), rtol=RELATIVE, atol=0)
    shown, expected = done.sql(), path.with_suffix(".sql")
    shown = re.sub(r"-- line \d+: shown, expected.*", "-- shown", shown)  # the line above
    if os.environ.get("STRATUM_ACCEPT") == "1":
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


# What each statement scores, as the script's own numbers.
SIGNS = {"neg_root_mean_squared_error": -1, "neg_mean_squared_error": -1, "neg_mean_absolute_error": -1}
TRAINED = ["01_cross_val_score", "02_fold_loop", "04_column_transformer", "05_holdout", "07_functions"]


@pytest.mark.parametrize("stem", [*TRAINED, "09_scaled_by_hand"])
def test_the_statement_of_a_script_has_its_scores(stem: str, houses: Path) -> None:
    path = next(one for one in SCRIPTS if one.stem == stem)
    names, _ = by_pandas(path)
    (statement,) = [one for one in path.with_suffix(".sql").read_text().split(";\n\n") if "TRAIN MODEL" in one]
    with stratum_sql.connect() as session:
        (trial,) = session.sql(statement.rstrip(";\n")).arrow().to_pylist()
    ((metric, scores),) = trial["fold_scores"].items()
    found = numbers(scores) * SIGNS.get(metric, 1)
    found = np.sqrt(found) if stem == "02_fold_loop" else found
    np.testing.assert_allclose(found, numbers(names["scores"]), rtol=RELATIVE, atol=0)


def test_a_search_is_one_statement_of_all_its_candidates(houses: Path) -> None:
    path = next(one for one in SCRIPTS if one.stem == "03_grid_search")
    names, _ = by_pandas(path)
    (statement,) = [one for one in path.with_suffix(".sql").read_text().split(";\n\n") if "TRAIN MODEL" in one]
    with stratum_sql.connect() as session:
        board = session.sql(statement.rstrip(";\n")).arrow().to_pylist()
    means = [one["neg_mean_absolute_error_mean"] for one in sorted(board, key=lambda one: one["trial"])]
    assert means == list(names["search"].cv_results_["mean_test_score"])


def test_scripts_of_a_batch_each_have_their_own_results(houses: Path) -> None:
    """The twelve first attempts, one that raises among them: what each leaves is what it leaves alone."""
    texts = [one.script for one in attempts(12)]
    texts.insert(5, "import pandas as pd\nprint('so far')\npd.read_csv('houses.csv')['no such column']\n")
    with stratum_sql.connect() as session:
        done = session.batch([stratum_sql.translate(text, run=False) for text in texts])
    assert [(type(one.error), one.output) for one in done if one.error] == [(KeyError, "so far\n")]
    for text, one in zip(texts, done, strict=True):
        if one.error is None:
            assert gap(run_alone(text), one.names) <= RELATIVE


def test_the_benchmark_compares_every_script(houses: Path) -> None:
    report = run_scripts([one.script for one in attempts(3)], Options(rows_fraction=0.05))
    assert report.problems == ()
    assert report.agrees
    assert report.measured == 3


def test_the_houses_are_the_same_each_time(houses: Path, tmp_path: Path) -> None:
    first = pd.read_csv("houses.csv")
    write_houses(tmp_path, rows=240)
    assert first.equals(pd.read_csv("houses.csv"))
    assert first["quality"].isna().any()
    assert not first["town"].isna().any()
