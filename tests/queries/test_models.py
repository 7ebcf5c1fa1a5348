"""The scripts of `queries/models`: each runs on what those before it left, and does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

import stratum_sql
from queries.tiny.make_data import load_tiny

FOLDER = Path(__file__).parents[2] / "queries" / "models"
FILES = sorted(FOLDER.glob("*.sql"))
Answers = dict[str, list[stratum_sql.Result]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """The results of every script, each in a session of its own, as the README runs them."""
    found: Answers = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("models"))
        with duckdb.connect("tiny.duckdb") as connection:
            load_tiny(connection)
        for file in FILES:
            if "bare" in file.name:
                continue
            with stratum_sql.connect("tiny.duckdb") as session:
                found[file.name[:2]] = session.run_script(file.read_text())
        yield found


def test_every_statement_runs(answers: Answers) -> None:
    assert [str(result.error) for results in answers.values() for result in results if result.error] == []


def test_the_second_of_three_versions_is_the_best(answers: Answers) -> None:
    versions = answers["01"][-1]
    aliases = [(row[versions.columns.index("version")], row[versions.columns.index("aliases")]) for row in versions]
    assert aliases == [(3, ["latest"]), (2, ["best"]), (1, [])]


def test_the_best_becomes_champion_and_tells_what_it_was_made_from(answers: Answers) -> None:
    _, _, versions, facts = answers["02"]
    assert [row[1] for row in versions] == [[], ["best", "champion"], ["latest"]]
    assert {row[0] for row in facts} == {"statement", "seen", "digest"}


def test_predictions_join_and_group(answers: Answers) -> None:
    dear, upgrades, classes = answers["03"]
    assert [more > 0 and own != "first" for _, own, more in upgrades] == [True] * 5
    rows = dear.fetchall()
    assert 0 < len(rows) < 40
    assert all(fare > 1.5 * (expected - 0.01) for *_, fare, expected in rows)
    assert [row[0] for row in classes] == ["first", "second", "third"]
    assert sum(row[1] for row in classes) == 40


def test_the_evaluation_warns_of_drift(answers: Answers) -> None:
    (scores,) = answers["04"]
    assert [row[1] for row in scores] == [1, 2, 3]
    assert {warning.code for warning in scores.warnings} == {"drift"}
    assert any("'Belfast'" in warning.message for warning in scores.warnings)


def test_a_bare_duckdb_predicts_what_the_champion_did(answers: Answers) -> None:
    assert len(answers["05"]) == 3
    (script,) = [file.read_text() for file in FILES if "bare" in file.name]
    with duckdb.connect("tiny.duckdb") as bare:
        bare.execute(Path("fare.sql").read_text())
        made = bare.sql(script).fetchall()
    with stratum_sql.connect("tiny.duckdb", read_only=True) as session:
        query = "SELECT * FROM new_passengers ORDER BY passenger_id PREDICT MODEL fare@2"
        wanted = session.sql(f"SELECT passenger_id, prediction FROM ({query})").fetchall()
    assert [row[0] for row in made] == [row[0] for row in wanted]
    np.testing.assert_allclose([row[1] for row in made], [row[1] for row in wanted], atol=1e-6)


def test_what_comes_back_predicts_the_same(answers: Answers) -> None:
    (row,) = answers["07"][-1].fetchall()
    assert row[0] == 40
    assert row[1] < 1e-9
    assert row[2] < 1e-9


def test_the_champion_is_taken_back_and_the_worst_goes(answers: Answers) -> None:
    assert answers["08"][1].fetchall() == [(1, ["champion"]), (2, ["best"]), (3, ["latest"])]
    with stratum_sql.connect("tiny.duckdb", read_only=True) as session:
        assert session.model("fare@latest").version == 2
