"""What a model was made from: digests that tell two trainings apart, and what another training comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.shell import cli

TABLE = """CREATE TABLE t AS SELECT i AS id, i % 7 AS a, CASE WHEN i % 9 > 0 THEN 'c' || i % 3 END AS c,
    i * 0.5 + i % 5 AS y, 1 + i % 2 AS w, i % 2 AS spare FROM range(60) r(i)"""
TRAIN = (
    "SELECT standard_scale(a) AS a, one_hot(c) AS c, y FROM t TRAIN MODEL ols(), ridge(alpha => [0.1, 1]) "
    "TARGET y WEIGHT w CROSS VALIDATE 3 METRIC r2, mae"
)
DIGESTS = ("data", "folds", "plan")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with stratum_sql.connect(tmp_path / "d.db", threads=1) as one:
        one.sql(f"{TABLE}; {TRAIN} AS m")
        yield one


def digests(session: Session, model: str = "m") -> dict[str, str]:
    return dict(session.sql(f"SELECT name, value FROM describe_model({model}) WHERE property = 'digest'").fetchall())


def changed(session: Session, train: str = TRAIN) -> set[str]:
    """The digests that another training changes, beside those of version 1."""
    assert not session.sql(f"{train} AS m").warnings
    then, now = digests(session, "m@1"), digests(session)
    assert set(then) == set(now) == set(DIGESTS)
    assert all(len(value) == 32 for value in now.values())
    return {name for name in DIGESTS if then[name] != now[name]}


# -- digests -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "train", "told"),
    [
        ("SELECT 1", TRAIN, set()),
        ("CREATE OR REPLACE TABLE t AS FROM t ORDER BY y DESC", TRAIN, set()),
        ("ALTER TABLE t ADD COLUMN n INTEGER", TRAIN.replace("FROM t", "FROM (SELECT * EXCLUDE (n) FROM t)"), set()),
        ("UPDATE t SET a = a + 1 WHERE id = 3", TRAIN, {"data"}),
        ("UPDATE t SET c = NULL WHERE id = 3", TRAIN, {"data"}),
        ("UPDATE t SET w = 5 WHERE id = 3", TRAIN, {"data"}),
        ("DELETE FROM t WHERE id = 3", TRAIN, {"data", "folds"}),
        ("ALTER TABLE t ALTER a TYPE INTEGER", TRAIN, {"data"}),
        ("SELECT 1", f"{TRAIN} SEED 1", {"folds", "plan"}),
        ("SELECT 1", TRAIN.replace("VALIDATE 3", "VALIDATE 4"), {"folds", "plan"}),
        ("SELECT 1", TRAIN.replace("standard_scale", "min_max_scale"), {"plan"}),
        ("SELECT 1", TRAIN.replace("[0.1, 1]", "[7, 8]").replace("ols(), ", ""), {"plan"}),
        ("SELECT 1", TRAIN.replace("WEIGHT w ", ""), {"data", "plan"}),
    ],
)  # fmt: skip
def test_what_a_digest_tells(session: Session, change: str, train: str, told: set[str]) -> None:
    session.sql(change)
    assert changed(session, train) == told


def test_of_the_hosts_own_code_there_is_no_plan(session: Session) -> None:
    session.allow("sklearn.linear_model.BayesianRidge")
    session.sql("SELECT a, y FROM t TRAIN MODEL sklearn.linear_model.BayesianRidge() TARGET y AS own")
    assert digests(session, "own")["plan"] is None
    assert digests(session, "own")["data"]


# -- another training --------------------------------------------------------------------------------------------------


def test_the_same_again_whatever_the_threads_and_the_order(tmp_path: Path, session: Session) -> None:
    found = session.reproduce("m@1")
    assert (found.status, found.data, found.folds, found.plan) == ("same", True, True, True)
    assert found.largest_difference == 0.0
    assert (found.model, found.version, dict(found.libraries)) == ("m", 1, {})
    assert found.estimators[0] == found.estimators[1]
    assert session.sql("SELECT count(*) FROM stratum.models").fetchall() == [(1,)], "nothing is kept"
    assert session.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(3,)]
    session.sql("CREATE OR REPLACE TABLE t AS FROM t ORDER BY y DESC")
    session.close()
    with stratum_sql.connect(tmp_path / "d.db", threads=2, read_only=True) as again:
        assert again.reproduce("m").status == "same"


def test_changed_data_is_told(session: Session) -> None:
    session.sql("UPDATE t SET spare = 7")
    found = session.reproduce("m")
    assert (found.status, found.folds) == ("data_changed", True), "no column it reads, but the order of the rows"
    session.sql("UPDATE t SET spare = id % 2")
    assert session.reproduce("m").status == "same"
    session.sql("UPDATE t SET y = y + 1 WHERE id = 3")
    found = session.reproduce("m")
    assert (found.status, found.data) == ("data_changed", False)
    assert "the data has changed" in str(found)


def edit(session: Session, old: str, new: str) -> None:
    session.connection.execute("UPDATE stratum.models SET manifest = replace(manifest, ?, ?)", [old, new])


def test_other_libraries_are_told_where_the_scores_are_others(session: Session) -> None:
    then = json.loads(session.sql("SELECT manifest FROM stratum.models").fetchall()[0][0])
    edit(session, f'"scikit-learn": "{then["libraries"]["scikit-learn"]}"', '"scikit-learn": "0.1", "gone": "2"')
    found = session.reproduce("m")
    assert found.status == "same"
    assert found.libraries == {"scikit-learn": ("0.1", then["libraries"]["scikit-learn"]), "gone": ("2", None)}
    score = then["fold_scores"]["mae"][1]
    edit(session, repr(score), repr(score * (1 + 1e-12)))
    assert session.reproduce("m").status == "same"
    edit(session, repr(score * (1 + 1e-12)), repr(score * 1.01))
    found = session.reproduce("m")
    assert found.status == "libraries_changed"
    assert found.largest_difference == pytest.approx(0.0099, rel=0.01)
    edit(session, '"scikit-learn": "0.1", "gone": "2"', f'"scikit-learn": "{then["libraries"]["scikit-learn"]}"')
    assert session.reproduce("m").status == "differs"


def test_a_model_without_lineage_is_compared_by_its_scores(session: Session) -> None:
    session.connection.execute("UPDATE stratum.models SET manifest = regexp_replace(manifest, ', \"lineage\".*', '}')")
    found = session.reproduce("m")
    assert (found.status, found.data, found.plan) == ("same", None, None)
    session.sql("UPDATE t SET y = y + 1 WHERE id = 3")
    assert session.reproduce("m").status == "differs"


@pytest.mark.parametrize(
    ("model", "code"), [("n", "unknown_model"), ("m@2", "unknown_version"), ("m@", "expected"), ("m m", "unexpected")]
)
def test_a_wrong_name(session: Session, model: str, code: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.reproduce(model)
    assert caught.value.diagnostic.code == code


GROUPS = "SELECT a, c, y FROM t WHERE c IS NOT NULL TRAIN MODEL ols() TARGET y PARTITION BY c CROSS VALIDATE 2 AS g"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("SELECT 1", set()),
        ("CREATE OR REPLACE TABLE t AS FROM t ORDER BY y DESC", set()),
        ("UPDATE t SET spare = 7", set()),
        ("UPDATE t SET a = a + 1 WHERE id = 4", {"data"}),
        ("UPDATE t SET c = 'c9' WHERE c = 'c1'", {"data", "folds", "plan"}),
        ("DELETE FROM t WHERE id = 4", {"data", "folds"}),
    ],
)
def test_what_a_digest_tells_of_groups(session: Session, change: str, told: set[str]) -> None:
    change = change.replace("t SET spare = 7", "t SET spare = spare + 0")
    assert not session.sql(GROUPS).warnings
    session.sql(change)
    assert not session.sql(GROUPS).warnings
    then, now = digests(session, "g@1"), digests(session, "g")
    assert set(then) == set(now) == set(DIGESTS)
    assert {name for name in DIGESTS if then[name] != now[name]} == told


def test_each_group_has_the_lineage_of_the_statement_with_a_where_for_it(session: Session) -> None:
    session.sql(GROUPS)
    manifest = session.model("g").manifest
    groups = {one["key"][0]: one["model"]["lineage"] for one in manifest["groups"]}
    assert list(groups) == ["c0", "c1", "c2"]
    for name, lineage in groups.items():
        alone = (
            GROUPS.replace("a, c, y", "a, y")
            .replace("c IS NOT NULL", f"c = '{name}'")
            .replace("PARTITION BY c ", "")
            .replace("AS g", "AS one")
        )
        session.sql(alone)
        wanted = session.model("one").manifest["lineage"]
        assert lineage["folds"] == wanted["folds"]
        profiles = {one["name"]: one for one in lineage["profiles"]}
        assert profiles["a"] == next(one for one in wanted["profiles"] if one["name"] == "a")
        session.sql("DROP MODEL one")


def test_groups_are_trained_again_and_compared(session: Session) -> None:
    session.sql(GROUPS)
    found = session.reproduce("g")
    assert (found.status, found.data, found.folds, found.plan) == ("same", True, True, True)
    assert found.largest_difference == 0
    assert {name.partition(", ")[2] for name in found.scores[0]} == {"c = 'c0'", "c = 'c1'", "c = 'c2'"}
    session.sql("UPDATE t SET y = y + 1 WHERE id = 4")
    found = session.reproduce("g@1")
    assert (found.status, found.data, found.folds) == ("data_changed", False, True)
    assert found.largest_difference is not None
    assert found.largest_difference > 0
    session.sql("UPDATE t SET y = y - 1 WHERE id = 4; UPDATE t SET c = 'c9' WHERE c = 'c1'")
    found = session.reproduce("g")
    assert (found.status, found.largest_difference) == ("data_changed", None)
    assert [entry.versions for entry in session._training.store.entries() if entry.name == "g"] == [1]


def test_groups_of_an_older_version_are_compared_by_their_scores(session: Session) -> None:
    session.sql(GROUPS)
    (text,) = session.connection.execute("SELECT manifest FROM stratum.models WHERE name = 'g'").fetchone() or ("",)
    manifest = json.loads(text)
    manifest["lineage"] = None
    for one in manifest["groups"]:
        one["model"]["lineage"] = None
    session.connection.execute("UPDATE stratum.models SET manifest = ? WHERE name = 'g'", [json.dumps(manifest)])
    found = session.reproduce("g")
    assert (found.status, found.data, found.plan) == ("same", None, None)
    session.sql("UPDATE t SET y = y + 1 WHERE id = 4")
    assert session.reproduce("g").status == "differs"
    assert session.sql("FROM t WHERE c IS NOT NULL EVALUATE MODEL g").warnings == ()


def test_drift_is_told_by_group(session: Session) -> None:
    session.sql(GROUPS)
    assert session.sql("FROM t WHERE c IS NOT NULL EVALUATE MODEL g").warnings == ()
    assert digests(session, "m@1")
    changed = "SELECT if(c = 'c1', a + 50, a) AS a, if(c = 'c2', 'c7', c) AS c, y FROM t WHERE c IS NOT NULL"
    told = [one.message for one in session.sql(f"{changed} EVALUATE MODEL g").warnings]
    assert len(told) == 2
    assert told[0].startswith("g: 3")
    assert told[0].endswith("of the rows are in groups that training never saw")
    assert told[1].startswith("g, c = c1: a is outside of its range in training in 100.0% of the rows: 50 to 56")


def test_of_many_groups_the_first_ten_are_told(session: Session) -> None:
    session.sql("SELECT a, id % 15 AS part, y FROM t TRAIN MODEL ols() TARGET y PARTITION BY part HOLDOUT 0.5 AS many;")
    told = [one.message for one in session.sql("FROM (SELECT a + 90 AS a, id, y FROM t) EVALUATE MODEL many").warnings]
    assert len(told) == 11
    assert told[-1] == "many: 5 more groups differ from training"


def test_a_statement_that_cannot_run_any_more(session: Session) -> None:
    session.sql("DROP TABLE t")
    with pytest.raises(StratumError, match="unknown_table"):
        session.reproduce("m")


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_says_it_with_its_exit_code(
    tmp_path: Path, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "d.db")
    session.close()
    assert cli.main(["reproduce", "m@best", "--database", path, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["data"], told["model"], told["version"]) == ("same", True, "m", 1)
    assert told["largest_difference"] == 0.0
    assert told["scores"][0] == told["scores"][1]
    with stratum_sql.connect(path) as again:
        again.sql("UPDATE t SET y = y + 1 WHERE id = 3")
    assert cli.main(["reproduce", "m", "--database", path]) == 1
    assert capsys.readouterr().out.startswith("m@1: the data has changed\n  data: changed\n")
    assert cli.main(["reproduce", "m@9", "--database", path]) == 2
    assert "unknown_version" in capsys.readouterr().err
    for wrong in (["--database", f"{path}.absent"], []):
        assert cli.main(["reproduce", "m", *wrong]) == 2
        assert "no_database" in capsys.readouterr().err
    assert not Path(f"{path}.absent").exists()
