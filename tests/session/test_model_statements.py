"""SHOW, DESCRIBE, DROP and CREATE MODEL: what they answer, what they change, and what each session may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.models.artefacts import ArtefactFolder
from tests.session.conftest import TABLE

TRAIN = (
    "SELECT standard_scale(a) AS s, one_hot(c) AS oc, y FROM t TRAIN MODEL ols(), ridge(alpha => [0.1, 1.0]) TARGET y"
)
QUICK = "SELECT a, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5"
SLOPE = "SELECT b, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with a table and two versions of a model m."""
    path = tmp_path / "d.db"
    with stratum_sql.connect(path, threads=2) as session:
        session.sql(f"{TABLE}; {QUICK} AS m; {SLOPE} AS m")
    return path


@pytest.fixture
def kept(path: Path) -> Iterator[Session]:
    with stratum_sql.connect(path, threads=2) as session:
        yield session


def code(session: Session, text: str) -> str:
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    return caught.value.diagnostic.code


def artefacts(path: Path) -> list[Path]:
    return sorted(Path(f"{path}.artefacts").rglob("*.skops"))


def shown(session: Session, columns: str = "name, version, versions") -> list[tuple[object, ...]]:
    return session.sql(f"SELECT {columns} FROM show_models() ORDER BY ALL").fetchall()


def facts(session: Session, name: str) -> dict[str, list[tuple[str | None, str | None, str | None]]]:
    found: dict[str, list[tuple[str | None, str | None, str | None]]] = {}
    for fact, *rest in session.sql(f"DESCRIBE MODEL {name}").fetchall():
        found.setdefault(fact, []).append(tuple(rest))
    return found


# -- SHOW MODELS -------------------------------------------------------------------------------------------------------


def test_a_model_is_one_row_of_what_predict_takes(kept: Session) -> None:
    kept.sql(f"{TRAIN} AS other; SELECT a, late FROM t TRAIN MODEL decision_tree_classifier() TARGET late AS tree")
    result = kept.sql("SHOW MODELS")
    assert result.columns == [
        "name", "version", "versions", "estimator", "params", "task", "target", "metric", "score", "created_at",
        "temporary",
    ]  # fmt: skip
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
    assert [(row["name"], row["version"], row["versions"], row["task"], row["target"]) for row in rows] == [
        ("m", 2, 2, "regression", "y"),
        ("other", 1, 1, "regression", "y"),
        ("tree", 1, 1, "classification", "late"),
    ]
    best = kept.sql(f"SELECT estimator, r2_mean FROM ({TRAIN}) WHERE rank = 1").fetchall()[0]
    assert (rows[1]["estimator"], rows[1]["score"], rows[1]["metric"]) == (*best, "r2")
    assert {row["temporary"] for row in rows} == {False}


def test_the_list_of_none_is_empty_and_has_its_columns(session: Session) -> None:
    assert session.sql("SHOW MODELS").fetchall() == []
    assert len(session.sql("FROM show_models()").columns) == 11


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("%", ["10%", "pr_ce", "Price"]),
        ("pr%", ["pr_ce", "Price"]),
        ("PR_CE", ["pr_ce", "Price"]),
        ("%%%x", []),
        ("", []),
    ],
)
def test_like_is_duckdbs_without_case(session: Session, pattern: str, names: list[str]) -> None:
    for name in ('"Price"', "pr_ce", '"10%"'):
        session.sql(f"{QUICK} AS {name}")
    assert [row[0] for row in session.sql(f"SHOW MODELS LIKE '{pattern}'").fetchall()] == names
    assert [row[0] for row in session.sql(f"FROM show_models('{pattern}')").fetchall()] == names


def test_a_table_called_models_is_duckdbs(kept: Session) -> None:
    assert kept.sql("show  MODELS;").fetchall()[0][0] == "m"
    kept.sql("CREATE TABLE models AS SELECT 1 AS x")
    assert kept.sql("SHOW MODELS").fetchall()[0][0] == "x"
    assert kept.sql("DESCRIBE models").fetchall()[0][0] == "x"
    kept.sql("DROP TABLE models; CREATE VIEW models AS SELECT 1 AS seen")
    assert kept.sql("SHOW MODELS").fetchall()[0][0] == "seen"
    kept.sql("DROP VIEW models")
    models = pd.DataFrame({"lent": [1]})
    assert kept.sql("SHOW models").fetchall()[0][0] == "lent"
    del models
    assert kept.sql("SHOW models").fetchall()[0][0] == "m"
    assert code(kept, 'SHOW "models"') == "duckdb_catalog"
    assert code(kept, "DESCRIBE model") == "duckdb_catalog"


def test_listings_stand_where_tables_do(kept: Session) -> None:
    kept.sql("CREATE TABLE t2 AS SELECT name FROM show_models() WHERE version > 1")
    assert kept.sql("FROM t2").fetchall() == [("m",)]
    joined = "SELECT count(*) FROM show_models() JOIN describe_model(model => m) ON value = estimator"
    assert kept.sql(joined).fetchall() == [(1,)]
    assert kept.sql("WITH d AS (FROM describe_model(m)) SELECT value FROM d WHERE property = 'version'").fetchall() == [
        ("2",)
    ]
    best = f"SELECT count(*) FROM ({QUICK}) AS b JOIN show_models() AS s USING (estimator)"
    assert kept.sql(best).fetchall() == [(1,)]
    assert code(kept, "EXPLAIN FROM show_models() WHERE version > 1") == "not_supported"


# -- DESCRIBE MODEL ----------------------------------------------------------------------------------------------------


def test_what_a_model_is_made_of(session: Session) -> None:
    board = session.sql(
        "SELECT standard_scale(a) AS s, a / 2 AS half, impute(b) * 2 AS b2, one_hot(c) AS oc, late FROM t "
        "TRAIN MODEL logistic_regression(C => [0.1, 1]) TARGET late CROSS VALIDATE 3 METRIC accuracy, f1 SEED 7 AS m"
    )
    best = dict(zip(board.columns, board.fetchall()[0], strict=True))
    found = facts(session, "m")
    assert found["target"] == [("late", "BOOLEAN", "late")]
    assert found["input"] == [
        ("a", "BIGINT", "a"),
        ("half", "DOUBLE", "(a / 2)"),
        ("b", "DOUBLE", "b"),
        ("c", "VARCHAR", "c"),
    ]
    assert [(name, value) for name, _, value in found["feature"]] == [
        ("s", "standard_scale(a)"), ("half", "half"), ("b2", "impute(b) * 2"), ("oc", "one_hot(c)"),
    ]  # fmt: skip
    assert found["params"] == [(None, None, f"C => {best['params']['C']}")]
    assert {name: value for name, _, value in found["fold_scores"]} == {
        metric: ", ".join(map(str, scores)) for metric, scores in best["fold_scores"].items()
    }
    assert float(found["score"][0][2] or "") == best["accuracy_mean"]
    assert found["classes"] == [(None, None, "False, True")]
    assert [found[name][0][2] for name in ("rows", "seed", "version", "versions")] == ["300", "7", "1", "1"]
    assert (found["statement"][0][2] or "").endswith("SEED 7 AS m")
    assert {name: value for name, _, value in found["library"]}["duckdb"] == duckdb.__version__


def test_a_wrong_name_is_told_its_neighbours(kept: Session) -> None:
    kept.sql(f"{QUICK} AS prices")
    for text in (
        "DESCRIBE MODEL pricse",
        "DROP MODEL pricse",
        "FROM describe_model(pricse)",
        "CALL drop_model(pricse)",
    ):
        with pytest.raises(StratumError) as caught:
            kept.sql(text)
        assert (caught.value.diagnostic.code, caught.value.diagnostic.did_you_mean) == ("unknown_model", ("prices",))


def test_models_of_older_versions_have_no_fold_scores(kept: Session) -> None:
    kept.sql("UPDATE stratum.models SET manifest = regexp_replace(manifest, ', \"fold_scores\".*', '}')")
    assert "fold_scores" not in facts(kept, "m")
    assert len(kept.sql("FROM t PREDICT MODEL m")) == 300


def test_a_damaged_manifest_is_in_the_list_and_says_so(kept: Session) -> None:
    kept.sql("UPDATE stratum.models SET manifest = '{'")
    assert shown(kept, "name, version, task, target") == [("m", 2, None, None)]
    assert code(kept, "DESCRIBE MODEL m") == "model_corrupt"


# -- DROP MODEL --------------------------------------------------------------------------------------------------------


def test_a_dropped_model_is_gone_with_its_artefacts(path: Path, kept: Session) -> None:
    assert len(artefacts(path)) == 2
    assert kept.sql("DROP MODEL M").kind == "none"
    assert shown(kept) == []
    assert artefacts(path) == []
    assert code(kept, "FROM t PREDICT MODEL m") == "unknown_model"
    assert code(kept, "DROP MODEL m") == "unknown_model"
    assert kept.sql("DROP MODEL IF EXISTS m").kind == "none"
    assert kept.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(2,)], "what was tried stays"
    kept.sql(f"{QUICK} AS m")
    assert shown(kept) == [("m", 1, 1)]


def test_an_artefact_that_another_model_has_stays(path: Path, kept: Session) -> None:
    kept.sql(f"{QUICK} AS twin")
    kept.sql("DROP MODEL m")
    assert len(artefacts(path)) == 1
    assert len(kept.sql("FROM t PREDICT MODEL twin")) == 300
    kept.sql("DROP MODEL twin")
    assert artefacts(path) == []


def test_a_drop_is_part_of_the_callers_transaction(path: Path, kept: Session) -> None:
    kept.sql("BEGIN; DROP MODEL m")
    assert shown(kept) == []
    assert len(artefacts(path)) == 2, "it may be rolled back"
    kept.sql("ROLLBACK")
    assert shown(kept) == [("m", 2, 2)]
    assert len(artefacts(path)) == 2
    assert len(kept.sql("FROM t PREDICT MODEL m")) == 300
    kept.sql(f"BEGIN; DROP MODEL m; {QUICK} AS m; COMMIT")
    assert shown(kept) == [("m", 1, 1)]
    assert len(artefacts(path)) == 1
    kept.sql("BEGIN; DROP MODEL m; COMMIT")
    kept.close()
    assert artefacts(path) == [], "the end of the session settles what is left"


def test_a_session_that_ends_in_a_transaction_dropped_nothing(path: Path) -> None:
    with stratum_sql.connect(path) as session:
        session.sql("BEGIN; DROP MODEL m")
    with stratum_sql.connect(path) as session:
        assert shown(session) == [("m", 2, 2)]
        assert len(session.sql("FROM t PREDICT MODEL m")) == 300


def test_an_artefact_about_to_be_named_by_another_session_stays(path: Path, kept: Session) -> None:
    """The other session has written the same bytes in an open transaction, whose rows nobody sees yet."""
    with stratum_sql.connect(path, threads=2) as other:
        other.sql(f"BEGIN; {QUICK} AS twin")
        kept.sql("DROP MODEL m")
        assert len(artefacts(path)) == 1
        other.sql("COMMIT")
        other.sql("SELECT 1")
        kept.sql("SELECT 1")
        assert len(artefacts(path)) == 1
        assert len(kept.sql("FROM t PREDICT MODEL twin")) == 300


def test_a_model_replaced_while_another_session_reads_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the row and its artefact another session replaces the model, then drops it."""
    with stratum_sql.connect(path, threads=2) as one, stratum_sql.connect(path, threads=2) as other:
        read = ArtefactFolder.read
        meanwhile = [f"CREATE OR REPLACE MODEL m AS {TRAIN}"]

        def slow(self: ArtefactFolder, digest: str) -> bytes:
            while meanwhile:
                other.sql(meanwhile.pop())
            return read(self, digest)

        monkeypatch.setattr(ArtefactFolder, "read", slow)
        assert len(one.sql("FROM t PREDICT MODEL m")) == 300
        other.sql(f"CREATE OR REPLACE MODEL m AS {QUICK}")
        meanwhile.append("DROP MODEL m")
        assert code(one, "FROM t PREDICT MODEL m") == "unknown_model"


# -- CREATE MODEL ------------------------------------------------------------------------------------------------------


def test_created_is_trained_and_kept(session: Session) -> None:
    board = session.sql(f"CREATE MODEL m AS {TRAIN}")
    assert board.kind == "leaderboard"
    assert [row[5:7] for row in board.fetchall()] == [row[5:7] for row in session.sql(TRAIN).fetchall()]
    again = session.sql(f"{TRAIN} AS trained; FROM t PREDICT MODEL m, trained").fetchall()
    assert all(row[-1] == row[-2] for row in again)
    statements = session.sql("SELECT DISTINCT statement FROM stratum.models ORDER BY 1").fetchall()
    assert [text.rpartition(" ")[0] for (text,) in statements] == [f"{TRAIN} AS"] * 2


def test_what_is_there_is_an_error_before_any_training(kept: Session) -> None:
    with pytest.raises(StratumError) as caught:
        kept.sql(f"CREATE MODEL M AS {TRAIN}")
    assert (caught.value.diagnostic.code, caught.value.diagnostic.column) == ("model_exists", 14)
    assert "CREATE OR REPLACE MODEL" in str(caught.value.diagnostic.hint)
    assert kept.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(2,)]
    assert kept.sql(f"CREATE MODEL IF NOT EXISTS m AS {TRAIN}").kind == "none"
    assert kept.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(2,)]
    assert kept.sql(f"CREATE MODEL IF NOT EXISTS n AS {TRAIN}").kind == "leaderboard"
    assert shown(kept) == [("m", 2, 2), ("n", 1, 1)]


def test_replacing_lets_older_versions_go_when_the_new_one_is_kept(path: Path, kept: Session) -> None:
    failing = "SELECT NULL::DOUBLE AS a, y FROM t TRAIN MODEL ols() TARGET y"
    assert code(kept, f"CREATE OR REPLACE MODEL m AS {failing}") == "no_model"
    assert shown(kept) == [("m", 2, 2)]
    kept.sql(f"CREATE OR REPLACE MODEL m AS {TRAIN}")
    assert shown(kept) == [("m", 3, 1)]
    assert len(artefacts(path)) == 1
    kept.sql(f"BEGIN; CREATE OR REPLACE MODEL m AS {QUICK}; ROLLBACK")
    assert shown(kept, "version, target, estimator") == [(3, "y", "ridge")]
    assert len(kept.sql("FROM t PREDICT MODEL m")) == 300
    assert len(artefacts(path)) == 1, "what was rolled back is not kept"
    kept.sql(f"{QUICK} AS m")
    assert shown(kept) == [("m", 4, 2)]


def test_creations_that_stand_together_are_one_plan(session: Session) -> None:
    session.sql("SET stratum_reuse_results = false")
    first, second, third = session.run_script(f"CREATE MODEL a AS {TRAIN}; {TRAIN}; CREATE TEMP MODEL b AS {TRAIN}")
    assert first.summary is not None
    assert first.summary.fits == 3 * 15
    assert first.summary.scans == 1
    assert [one.kind for one in (first, second, third)] == ["leaderboard"] * 3
    assert shown(session, "name, temporary") == [("a", False), ("b", True)]


def test_two_of_one_name_in_one_plan(session: Session) -> None:
    results = session.run_script(f"CREATE MODEL a AS {TRAIN}; CREATE MODEL a AS {QUICK}")
    assert [one.error and one.error.diagnostic.code for one in results] == [None, "model_exists"]
    results = session.run_script(f"CREATE MODEL IF NOT EXISTS b AS {TRAIN}; CREATE MODEL IF NOT EXISTS b AS {QUICK}")
    assert [one.error for one in results] == [None, None]
    assert shown(session, "name, version, estimator") == [("a", 1, "ridge"), ("b", 1, "ridge")]


def test_a_query_of_models_in_its_query(kept: Session) -> None:
    chained = "CREATE MODEL n AS SELECT p, y FROM (FROM t PREDICT MODEL m AS p) TRAIN MODEL ols() TARGET y"
    assert kept.sql(chained).kind in ("rows", "leaderboard")
    assert len(kept.sql("SELECT 1.0 AS p FROM t PREDICT MODEL n")) == 300
    assert code(kept, chained) == "model_exists"
    assert kept.sql(chained.replace("MODEL n", "MODEL IF NOT EXISTS n")).kind == "none"
    kept.sql(chained.replace("CREATE", "CREATE OR REPLACE", 1))
    assert shown(kept) == [("m", 2, 2), ("n", 2, 1)]


def test_explain_runs_nothing(kept: Session) -> None:
    plan = kept.sql(f"EXPLAIN CREATE MODEL m AS {TRAIN}").fetchall()[0][0]
    assert "Scan t" in plan
    assert plan == kept.explain(f"CREATE MODEL m AS {TRAIN}")
    assert "fits" in kept.sql(f"EXPLAIN ANALYZE CREATE MODEL n AS {TRAIN}").fetchall()[0][0]
    assert shown(kept) == [("m", 2, 2)]


def test_the_core_forms_do_the_same(session: Session) -> None:
    session.sql("CALL create_model((SELECT a, y FROM t), model => ols(), target => y, name => m)")
    session.sql("FROM create_model((SELECT b, y FROM t), model => ols(), target => y, name => m, or_replace => true)")
    assert shown(session) == [("m", 2, 1)]
    session.sql("CALL drop_model(m); CALL drop_model(model => m, if_exists => true)")
    assert shown(session) == []


# -- CREATE TEMP MODEL -------------------------------------------------------------------------------------------------


def test_a_temporary_model_goes_with_its_session(path: Path) -> None:
    with stratum_sql.connect(path, threads=2) as session:
        session.sql(f"CREATE TEMP MODEL short AS {TRAIN}; {TRAIN} AS long")
        predicted = session.sql("FROM t PREDICT MODEL short, long").fetchall()
        assert all(row[-1] == row[-2] for row in predicted)
        assert facts(session, "short")["temporary"] == [(None, None, "true")]
        assert session.sql("FROM t EVALUATE MODEL short").fetchall()[0][:3] == ("short", 1, 300)
        count = len(artefacts(path))
    assert len(artefacts(path)) == count == 3
    with stratum_sql.connect(path) as session:
        assert [row[0] for row in shown(session)] == ["long", "m"]


def test_a_temporary_model_hides_one_of_the_database(kept: Session) -> None:
    kept.sql(f"CREATE TEMP MODEL m AS {TRAIN}")
    assert shown(kept, "name, estimator, temporary") == [("m", "ridge", True)]
    assert code(kept, f"CREATE TEMP MODEL m AS {TRAIN}") == "model_exists"
    kept.sql(f"CREATE OR REPLACE TEMP MODEL m AS {QUICK}")
    assert shown(kept, "name, version, versions, estimator") == [("m", 2, 1, "linear_regression")]
    kept.sql("DROP MODEL m")
    assert shown(kept, "name, version, versions, temporary") == [("m", 2, 2, False)]
    kept.sql("DROP MODEL m")
    assert shown(kept) == []


def test_classes_of_temporary_models_are_those_of_kept_ones(session: Session) -> None:
    session.sql("CREATE TABLE d AS SELECT a, DATE '2024-01-01' + (a % 3)::INTEGER AS day FROM t")
    query = "SELECT a, day FROM d TRAIN MODEL decision_tree_classifier() TARGET day"
    session.sql(f"CREATE TEMP MODEL one AS {query}; CREATE MODEL two AS {query}")
    rows = session.sql(
        "SELECT typeof(one_prediction), one_prediction = two_prediction FROM (FROM d PREDICT MODEL one, two)"
    )
    assert set(rows.fetchall()) == {("DATE", True)}


# -- what each session may do ------------------------------------------------------------------------------------------


def test_a_read_only_session_makes_temporary_models_alone(path: Path) -> None:
    with stratum_sql.connect(path, read_only=True) as session:
        assert shown(session) == [("m", 2, 2)]
        for text in ("DROP MODEL m", f"CREATE MODEL n AS {TRAIN}", f"CREATE OR REPLACE MODEL m AS {TRAIN}"):
            assert code(session, text) == "read_only"
        assert session.sql("DROP MODEL IF EXISTS nosuch").kind == "none"
        session.sql(f"CREATE TEMP MODEL n AS {QUICK}")
        assert len(session.sql("FROM t PREDICT MODEL n")) == 300
        session.sql("DROP MODEL n")
        assert shown(session) == [("m", 2, 2)]
    assert len(artefacts(path)) == 2


def test_a_foreign_session_drops_nothing_that_stays(path: Path) -> None:
    before = set(artefacts(path))
    with stratum_sql.connect(path, trusted=False, threads=2) as session:
        for text in (
            "DROP MODEL m",
            "DROP MODEL IF EXISTS m",
            "CALL drop_model(m)",
            f"CREATE OR REPLACE MODEL m AS {QUICK}",
            f"CREATE OR REPLACE MODEL n AS {QUICK}",
            "CALL create_model((SELECT a, y FROM t), model => ols(), target => y, name => m, or_replace => true)",
        ):
            assert code(session, text) == "not_allowed"
        session.sql(f"CREATE MODEL n AS {QUICK}")
        assert code(session, "DROP MODEL n") == "not_allowed"
        session.sql(f"CREATE TEMP MODEL p AS {QUICK}; CREATE OR REPLACE TEMP MODEL p AS {QUICK}; DROP MODEL p")
        assert session.sql("SHOW MODELS").fetchall()[0][:3] == ("m", 2, 2)
        assert shown(session) == [("m", 2, 2), ("n", 1, 1)]
    assert before <= set(artefacts(path))


def test_a_foreign_session_is_not_told_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    head = "SELECT CASE WHEN c = 'hidden' THEN 1.0 ELSE a END AS x, y FROM t WHERE c <> 'hidden'"
    secret = f"{head} TRAIN MODEL ols() TARGET y AS m"
    with stratum_sql.connect(path) as host:
        host.sql(f"{TABLE}; {secret}")
        assert "hidden" in str(host.sql("DESCRIBE MODEL m").fetchall())
    with stratum_sql.connect(path, trusted=False) as session:
        told = session.sql("DESCRIBE MODEL m").fetchall()
        assert "hidden" not in f"{told}{session.sql('SHOW MODELS').fetchall()}"
        assert ("input", "x", None) in {(fact, name, value) for fact, name, _, value in told}
        assert ("statement", None, None, None) in told
        session.sql(secret.replace("AS m", "AS own"))
        assert "hidden" in str(session.sql("DESCRIBE MODEL own").fetchall()), "its own words"
        session.sql(secret.replace("'hidden'", "'known'"))
        assert "known" in str(session.sql("DESCRIBE MODEL m").fetchall()), "its own version"
