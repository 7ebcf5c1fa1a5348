"""Versions of a model and their names: which one is meant, how an alias moves, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.errors import Diagnostic

TABLE = (
    "CREATE TABLE t AS SELECT i AS id, i % 7 AS a, i % 5 AS b, i % 7 * 2.0 + i % 5 + sin(i) AS y FROM range(80) r(i)"
)
FEATURES = ("a", "b", "a, b", "id")  # of versions 1, 2, …: the third scores best


def train(features: str, metric: str = "r2", name: str = "m") -> str:
    return f"SELECT {features}, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5 METRIC {metric} AS {name}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "d.db"


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    """A model m with four versions of different features."""
    with stratum_sql.connect(path, threads=1) as one:
        one.sql(TABLE)
        for result in one.batch([train(features) for features in FEATURES]):
            assert not result.warnings
        yield one


def failing(session: Session, text: str) -> Diagnostic:
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    return caught.value.diagnostic


def version_of(session: Session, model: str) -> int:
    """The version that PREDICT takes, told by the features it has; asked of EVALUATE and DESCRIBE too."""
    number = int(session.sql(f"FROM t EVALUATE MODEL {model}").fetchall()[0][1])
    told = session.sql(f"SELECT value FROM describe_model({model}) WHERE property = 'version'").fetchall()
    assert told == [(str(number),)]
    columns = session.sql(f"FROM t TRANSFORM MODEL {model}").columns
    assert columns[: len(FEATURES[number - 1].split(", "))] == FEATURES[number - 1].split(", ")
    return number


def aliases(session: Session) -> dict[int, list[str]]:
    return dict(session.sql("SELECT version, aliases FROM show_model_versions(m)").fetchall())


def test_a_version_is_known_by_number_and_by_what_it_is(session: Session) -> None:
    assert [version_of(session, f"m@{number}") for number in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert version_of(session, "m") == version_of(session, "m@latest") == version_of(session, '"M" @ LATEST') == 4
    assert version_of(session, "m@best") == 3
    assert aliases(session) == {4: ["latest"], 3: ["best"], 2: [], 1: []}


def test_predictions_of_several_versions_have_their_names(session: Session) -> None:
    session.sql("PROMOTE MODEL m@2 TO champion")
    both = session.sql("FROM t PREDICT MODEL m, m@2, m@champion WITH (probabilities = false)")
    assert both.columns[-3:] == ["m_prediction", "m_2_prediction", "m_champion_prediction"]
    assert all(row[-1] == row[-2] != row[-3] for row in both.fetchall()[3:9])
    core = session.sql("FROM predict_model((FROM t), model => [m, m@2, m@champion])")
    assert core.fetchall() == both.fetchall()
    assert len(session.sql("FROM t EXPLAIN MODEL m@3")) == 2


def test_the_best_follows_the_metrics_direction(session: Session) -> None:
    for features in ("a", "a, b", "b"):
        session.sql(train(features, "mae", "k"))
    assert session.sql("FROM t EVALUATE MODEL k@best").fetchall()[0][1] == 2
    session.sql(train("b", "rmse", "k"))
    assert session.sql("FROM t EVALUATE MODEL k@best").fetchall()[0][1] == 4, "others had another metric"


def test_of_equal_scores_the_newer_is_better(session: Session) -> None:
    session.sql(train("a, b"))
    assert session.sql("FROM t EVALUATE MODEL m@best").fetchall()[0][1] == 5


def test_no_score_no_best(session: Session) -> None:
    session.sql("UPDATE stratum.models SET score = NULL")
    assert failing(session, "FROM t PREDICT MODEL m@best").code == "no_best"
    assert session.sql("DESCRIBE MODEL m@latest").fetchall()


def test_an_alias_moves_and_goes_back(path: Path, session: Session) -> None:
    assert session.sql("PROMOTE MODEL m@1 TO Champion").kind == "none"
    session.sql("PROMOTE MODEL m TO champion; PROMOTE MODEL m@best TO champion; PROMOTE MODEL m@3 TO champion")
    session.sql("CALL promote_model(m@champion, alias => prüfling)")
    assert version_of(session, "m@CHAMPION") == 3
    assert aliases(session)[3] == ["best", "champion", "prüfling"]
    session.close()
    with stratum_sql.connect(path, threads=1) as again:
        assert version_of(again, "m@champion") == 3
        again.sql("ROLLBACK MODEL m@champion")
        assert version_of(again, "m@champion") == 4, "setting it to what it was is no change"
        again.sql("ROLLBACK MODEL m@champion TO 2")
        assert version_of(again, "m@champion") == 2
        again.sql("ROLLBACK MODEL m@champion; ROLLBACK MODEL m@champion")
        assert version_of(again, "m@champion") == 1
        again.sql("ROLLBACK MODEL m@champion")
        assert failing(again, "FROM t PREDICT MODEL m@champion").code == "unknown_alias"
        assert version_of(again, "m@prüfling") == 3


def test_latest_goes_back_until_a_newer_version_is_made(session: Session) -> None:
    session.sql("ROLLBACK MODEL m")
    assert version_of(session, "m") == version_of(session, "m@latest") == 3
    session.sql("ROLLBACK MODEL m@latest TO 1")
    assert version_of(session, "m") == 1
    assert session.sql("SELECT version, versions FROM show_models()").fetchall() == [(1, 4)]
    assert failing(session, "ROLLBACK MODEL m").code == "nothing_before"
    session.sql(train("a"))
    assert session.sql("FROM t EVALUATE MODEL m").fetchall()[0][1] == 5
    session.sql("ROLLBACK MODEL m TO 3; ROLLBACK MODEL m TO 5")
    assert session.sql("FROM t EVALUATE MODEL m").fetchall()[0][1] == 5


def test_a_dropped_version_is_gone_and_its_number_with_it(path: Path, session: Session) -> None:
    files = list(Path(f"{path}.artefacts").rglob("*.skops"))
    session.sql("DROP MODEL m@4")
    assert version_of(session, "m") == 3
    assert len(list(Path(f"{path}.artefacts").rglob("*.skops"))) == len(files) - 1
    session.sql(train("id"))
    assert session.sql("SELECT version FROM show_model_versions(m)").fetchall() == [(5,), (3,), (2,), (1,)]
    assert failing(session, "FROM t PREDICT MODEL m@4").code == "unknown_version"
    session.sql("DROP MODEL IF EXISTS m@4; DROP MODEL IF EXISTS n@1; DROP MODEL IF EXISTS m@nobody")
    session.sql("DROP MODEL m@5; DROP MODEL m@best; DROP MODEL m@1; CALL drop_model(m@2)")
    assert len(session.sql("SHOW MODELS")) == 0
    assert list(Path(f"{path}.artefacts").rglob("*.skops")) == []


def test_what_an_alias_means_is_not_dropped(session: Session) -> None:
    session.sql("PROMOTE MODEL m@2 TO champion; PROMOTE MODEL m@3 TO champion")
    problem = failing(session, "DROP MODEL m@3")
    assert (problem.code, problem.hint) == (
        "version_in_use", "PROMOTE MODEL m@… TO champion, or ROLLBACK MODEL m@champion, gives it another version"
    )  # fmt: skip
    assert failing(session, "DROP MODEL m@champion").code == "version_in_use"
    session.sql("DROP MODEL m@2; ROLLBACK MODEL m@champion")
    assert failing(session, "DESCRIBE MODEL m@champion").code == "unknown_alias", "what it was before is dropped"
    session.sql("ROLLBACK MODEL m TO 1")
    assert failing(session, "DROP MODEL m@1").code == "version_in_use"
    session.sql("DROP MODEL m")
    assert session.sql("SELECT count(*) FROM stratum.aliases").fetchall() == [(0,)]


def test_a_replaced_model_has_no_aliases_and_the_next_number(session: Session) -> None:
    session.sql("PROMOTE MODEL m@2 TO champion; DROP MODEL m@4")
    session.sql("CREATE OR REPLACE MODEL m AS SELECT a, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5")
    assert aliases(session) == {5: ["latest", "best"]}


def test_changes_are_part_of_the_callers_transaction(session: Session) -> None:
    session.sql("PROMOTE MODEL m@1 TO champion; BEGIN")
    session.sql("PROMOTE MODEL m@2 TO champion; ROLLBACK MODEL m; DROP MODEL m@1")
    assert (version_of(session, "m@champion"), version_of(session, "m")) == (2, 3)
    session.sql("ROLLBACK")
    assert (version_of(session, "m@champion"), version_of(session, "m")) == (1, 4)
    assert version_of(session, "m@1") == 1
    session.sql("BEGIN; PROMOTE MODEL m@2 TO champion")
    assert failing(session, "PROMOTE MODEL m@9 TO champion").code == "unknown_version"
    session.sql("COMMIT")
    assert version_of(session, "m@champion") == 2, "a statement that was refused ends no transaction"


@pytest.mark.parametrize(
    ("text", "code", "suggested"),
    [
        ("FROM t PREDICT MODEL m@7", "unknown_version", ()),
        ("FROM t PREDICT MODEL m@champoin", "unknown_alias", ("champion",)),
        ("FROM t EVALUATE MODEL m@lastest", "unknown_alias", ("latest",)),
        ("FROM t PREDICT MODEL k@2", "unknown_model", ()),
        ("PROMOTE MODEL m@9 TO champion", "unknown_version", ()),
        ("PROMOTE MODEL nm TO champion", "unknown_model", ("m",)),
        ("ROLLBACK MODEL m@champ", "unknown_alias", ("champion",)),
        ("ROLLBACK MODEL m@2", "not_an_alias", ()),
        ("ROLLBACK MODEL m@best", "not_an_alias", ()),
        ("ROLLBACK MODEL m TO 9", "unknown_version", ()),
        ("ROLLBACK MODEL nm", "unknown_model", ("m",)),
        ("SHOW MODEL VERSIONS nm", "unknown_model", ("m",)),
        ("DROP MODEL m@9", "unknown_version", ()),
    ],
)
def test_a_wrong_name_is_told_its_neighbours(
    session: Session, text: str, code: str, suggested: tuple[str, ...]
) -> None:
    session.sql("PROMOTE MODEL m@2 TO champion")
    problem = failing(session, text)
    assert (problem.code, problem.did_you_mean) == (code, suggested)
    assert problem.line == 1
    if code in ("unknown_version", "unknown_alias"):
        assert problem.hint == "there are 1, 2, 3, 4, latest (4), best, champion (2)"
    (checked,) = session.check([text])
    if code not in ("not_an_alias", "unknown_version") or "TO" not in text:
        assert [one.code for one in checked.diagnostics] == ([] if code == "not_an_alias" else [code])


def test_a_temporary_model_has_one_version(session: Session) -> None:
    session.sql("CREATE TEMP MODEL m AS SELECT b, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5")
    assert session.sql("FROM t EVALUATE MODEL m@1").fetchall() == session.sql("FROM t EVALUATE MODEL m@best").fetchall()
    assert failing(session, "FROM t PREDICT MODEL m@3").code == "unknown_version", "it hides those of the database"
    assert failing(session, "PROMOTE MODEL m TO champion").code == "temporary_model"
    assert failing(session, "ROLLBACK MODEL m").code == "temporary_model"
    assert failing(session, "DROP MODEL m@3").code == "unknown_version"
    session.sql("DROP MODEL m@1")
    assert version_of(session, "m@3") == 3


def test_who_may_not_change_a_model(path: Path, session: Session) -> None:
    session.close()
    with stratum_sql.connect(path, threads=1, trusted=False) as foreign:
        for text in ("PROMOTE MODEL m@1 TO champion", "ROLLBACK MODEL m", "DROP MODEL m@1"):
            assert failing(foreign, text).code == "not_allowed"
        assert version_of(foreign, "m@1") == 1
    with stratum_sql.connect(path, threads=1, read_only=True) as reader:
        for text in ("PROMOTE MODEL m@1 TO champion", "ROLLBACK MODEL m", "DROP MODEL m@1"):
            assert failing(reader, text).code == "read_only"
        assert version_of(reader, "m@2") == 2
    with stratum_sql.connect(path, threads=1) as again:
        assert aliases(again) == {4: ["latest"], 3: ["best"], 2: [], 1: []}


def test_a_model_that_waits_has_no_versions_yet(session: Session) -> None:
    session.sql(f"BEGIN BATCH; {train('a', name='later')}")
    for text in ("PROMOTE MODEL later@1 TO champion", "ROLLBACK MODEL later", "SHOW MODEL VERSIONS later"):
        assert failing(session, text).code == "waiting_model"
    session.sql("COMMIT BATCH; PROMOTE MODEL later@1 TO champion")


def test_quoted_it_is_a_plain_name(session: Session) -> None:
    session.sql(train("b", name='"m@3"'))
    assert session.sql('FROM t EVALUATE MODEL "m@3"').fetchall()[0][:2] == ("m@3", 1)
    session.sql('PROMOTE MODEL "m@3"@1 TO champion')
    assert session.sql('FROM t EVALUATE MODEL "m@3"@champion').fetchall()[0][:2] == ("m@3", 1)
