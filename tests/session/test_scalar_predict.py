"""`predict_model('m', …)` in any expression: what PREDICT MODEL gives, row by row, and errors at the user's words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import stratum_sql
from stratum_sql import BindError, NotAllowed, ParseError, RunError, Session, StratumError
from stratum_sql.grammar.formatted import formatted
from stratum_sql.grammar.parse import parse_one
from stratum_sql.grammar.syntax import Nested, Plain, Scored
from stratum_sql.models import grouped, scalar
from stratum_sql.models.predict import Piece
from stratum_sql.scored import is_cheap

HOMES = """
CREATE TABLE homes AS
SELECT i AS id, if(i % 11 = 0, NULL, 20 + (i * 37) % 90) AS area, ['Oslo', 'Bergen', 'Voss', NULL][1 + i % 4] AS town,
       TIMESTAMP '2024-01-01' + to_days(i % 300) AS sold, (i % 7) / 2 AS rooms, i % 3 = 0 AS garden,
       2.0 * ((i * 37) % 90) + (i % 4) * 7 + sin(i) AS price, if((i * 37) % 90 > 45, 'dear', 'cheap') AS class
FROM range(600) AS r(i);
CREATE TABLE new_homes AS
SELECT id, area, if(id % 5 = 0, 'Bodø', town) AS town, sold, rooms, garden, price, class FROM homes;
"""
MODELS = {
    "line": "SELECT standard_scale(impute(area)) AS a, one_hot(town), price FROM homes "
    "TRAIN MODEL ridge() TARGET price",
    "forest": "SELECT impute(area) AS a, ordinal(town), rooms, garden, price FROM homes "
    "TRAIN MODEL random_forest_regressor(n_estimators => 5) TARGET price",
    "booster": "SELECT area, rooms * 2 + coalesce(area, 0) AS more, date_parts(sold), price FROM homes "
    "TRAIN MODEL lightgbm_regressor(n_estimators => 5) TARGET price",
    "sort": "SELECT impute(area) AS a, one_hot(town), class FROM homes TRAIN MODEL logistic_regression() TARGET class",
    "yes": "SELECT impute(area) AS a, one_hot(class), garden FROM homes "
    "TRAIN MODEL decision_tree_classifier(max_depth => 4) TARGET garden",
    "tree": "SELECT impute(area) AS a, one_hot(town), price FROM homes "
    "TRAIN MODEL gradient_boosting_regressor(n_estimators => 4, max_depth => 2) TARGET price",
    "parts": "SELECT impute(area) AS a, rooms, town, price FROM homes "
    "TRAIN MODEL ridge() TARGET price PARTITION BY town",
}
CALLS = {
    "line": "area, town",
    "forest": "area, town, rooms, garden",
    "booster": "area, rooms, sold",
    "sort": "area, town",
    "yes": "area, class",
    "tree": "area, town",
    "parts": "town, area, rooms",
}


@pytest.fixture(scope="module")
def homes() -> Iterator[Session]:
    with stratum_sql.connect(threads=2) as session:
        session.run_script(HOMES)
        for name, statement in MODELS.items():
            session.sql(f"{statement} CROSS VALIDATE 2 AS {name}")
        yield session


@pytest.mark.parametrize("model", MODELS)
def test_it_is_what_predict_model_gives(homes: Session, model: str) -> None:
    """Bit for bit, but for a straight line, which DuckDB itself adds up for PREDICT: NULL and unseen texts as well."""
    made = homes.sql(f"SELECT id, predict_model('{model}', {CALLS[model]}) AS p FROM new_homes ORDER BY id").arrow()
    wanted = homes.sql(f"SELECT id, p FROM (FROM new_homes PREDICT MODEL {model} AS p) ORDER BY id").arrow()
    assert made.schema == wanted.schema
    assert made.num_rows == 600
    if model in ("line", "parts", "tree"):
        np.testing.assert_allclose(made.column("p").to_numpy(), wanted.column("p").to_numpy(), rtol=1e-12)
    else:
        assert made.column("p").equals(wanted.column("p"))


ARGUMENTS = (
    "area, town",
    "area + 1, town",
    "coalesce(area, 3), if(area > 50, town, NULL)",
    "(SELECT 50), town",
    "pow(area, 2), upper(town)",
    "area::DOUBLE, town::ENUM('Oslo', 'Bergen', 'Voss')",
    "area::DECIMAL(9, 2), NULL",
    "area::HUGEINT, 'Voss'",
)


@pytest.mark.parametrize("given", ARGUMENTS)
def test_an_expression_says_what_the_matrix_says(homes: Session, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    items = ", ".join(f"predict_model('{name}', {given}) AS {name}" for name in ("line", "sort", "tree"))
    text = f"SELECT {items} FROM homes ORDER BY id"
    quick = homes.sql(text).arrow()
    monkeypatch.setattr(scalar, "_expression", lambda _model: None)
    slow = homes.sql(text).arrow()
    assert quick.schema == slow.schema
    for name in ("line", "tree"):
        np.testing.assert_allclose(quick.column(name).to_numpy(), slow.column(name).to_numpy(), rtol=1e-12)
    assert quick.column("sort").equals(slow.column("sort"))


def test_it_is_an_expression_and_calls_nothing(homes: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for rows that it cannot say, and arguments of other types."""
    asked: list[int] = []
    by_matrix = grouped.predicted

    def counted(model: object, rows: Piece, **more: object) -> object:
        asked.append(len(rows.table))
        return by_matrix(model, rows, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(scalar, "predicted", counted)
    homes.sql("SELECT predict_model('line', area, town), predict_model('tree', area, town) FROM homes")
    assert asked == []
    homes.sql("SELECT predict_model('line', area::DECIMAL(9, 2), town) FROM homes")
    assert sum(asked) >= 600


def test_a_value_is_computed_once_a_row(homes: Session) -> None:
    homes.sql("CREATE OR REPLACE TEMP SEQUENCE drawn")
    homes.sql("SELECT predict_model('line', nextval('drawn'), town) FROM homes")
    assert homes.sql("SELECT nextval('drawn')").fetchall() == [(601,)]


@pytest.mark.parametrize(
    ("value", "cheap"),
    [
        ("area", True),
        ("-area * 2 + 1.5", True),
        ("if(area IN (1, 2), round(area), CAST(x AS INT))", True),
        ('t."random"', True),
        ("random()", False),
        ('"random"()', False),
        ("area.random()", False),
        ("(SELECT 1)", False),
        ("(FROM t)", False),
        ("?", False),
        ("$area", False),
    ],
)
def test_which_values_are_cheap(value: str, cheap: bool) -> None:
    assert is_cheap(value) == cheap


def test_a_row_of_no_group_gets_null(homes: Session) -> None:
    found = homes.sql("SELECT predict_model('parts', 'Bodø', 50, 1), predict_model('parts', 'Voss', 50, 1) IS NULL")
    assert found.fetchall() == [(None, False)]


def test_it_filters_groups_and_orders(homes: Session) -> None:
    text = """SELECT predict_model('sort', area, town) AS class, count(*) AS homes FROM homes
        WHERE predict_model('line', area, town) > 100
        GROUP BY predict_model('sort', area, town) ORDER BY max(predict_model('line', area, town))"""
    wanted = """SELECT s, count(*) FROM (FROM homes PREDICT MODEL line AS l)
        JOIN (SELECT id, s FROM (FROM homes PREDICT MODEL sort AS s)) USING (id)
        WHERE l > 100 GROUP BY s ORDER BY max(l)"""
    found = homes.sql(text)
    assert found.columns == ["class", "homes"]
    assert len(found) == 2
    assert found.fetchall() == homes.sql(wanted).fetchall()


def test_arguments_by_name_and_versions(homes: Session) -> None:
    text = """SELECT bool_and(
        predict_model('line', area, town) = predict_model('line@latest', town := town, area => area)
        AND predict_model('line@1', area, town := town) = predict_model('LINE@best', "town" := town, AREA := area))
        FROM homes"""
    assert homes.sql(text).fetchall() == [(True,)]


def test_arguments_are_read_as_predict_reads_columns_of_their_types(homes: Session) -> None:
    rows = "(VALUES (50.5::DECIMAL(4, 1), 'Oslo'::ENUM('Oslo', 'Voss')), (41.3, NULL), (NULL, 'Voss')) AS r(area, town)"
    made = homes.sql(f"SELECT predict_model('forest', area, town, 1, true) FROM {rows}").fetchall()
    wanted = f"SELECT p FROM (SELECT *, 1 AS rooms, true AS garden FROM {rows} PREDICT MODEL forest AS p)"
    assert made == homes.sql(wanted).fetchall()


def test_a_column_without_an_alias_is_called_by_its_model(homes: Session) -> None:
    assert homes.sql("SELECT predict_model('line', 1, 'Voss')").columns == ["predict_model_line(1, 'Voss')"]


def test_it_nests_in_itself_and_beside_queries_of_models(homes: Session) -> None:
    (row,) = homes.sql("SELECT predict_model('line', predict_model('line', 50, 'Voss'), 'Voss')").fetchall()
    (inner,) = homes.sql("SELECT predict_model('line', 50, 'Voss')").fetchall()
    assert homes.sql(f"SELECT predict_model('line', {inner[0]!r}::DOUBLE, 'Voss')").fetchall() == [row]
    beside = "SELECT max(abs(p - predict_model('line', area, town))) FROM (FROM homes PREDICT MODEL line AS p)"
    assert homes.sql(beside).fetchall()[0][0] < 1e-9
    around = "SELECT predict_model('line', (SELECT max(p) FROM (FROM homes PREDICT MODEL line AS p)), 'Voss')"
    assert homes.sql(around).fetchall()[0][0] > 300


def test_it_writes_tables_within_a_transaction_and_leaves_nothing_behind(homes: Session) -> None:
    homes.run_script("""BEGIN;
        CREATE TABLE told AS SELECT id, predict_model('booster', area, rooms, sold) AS p FROM homes;
        INSERT INTO told SELECT -1, predict_model('line', 50, 'Voss');
        UPDATE told SET p = predict_model('line', p, 'Oslo') WHERE id = -1; COMMIT""")
    assert homes.sql("SELECT count(*), count(p) FROM told").fetchall() == [(601, 601)]
    left = "SELECT count(*) FROM duckdb_functions() WHERE function_name LIKE '%predict_model_%'"
    assert homes.sql(left).fetchall() == [(0,)]
    homes.sql("DROP TABLE told")


def test_explain_is_duckdbs(homes: Session) -> None:
    assert (
        "Projection" in str(homes.sql("EXPLAIN SELECT predict_model('line', area, town) FROM homes").fetchall()).title()
    )


def told(session: Session, text: str) -> tuple[type[StratumError], str, str]:
    """The kind, the code and the underlined words of a statement's error."""
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    found = caught.value.diagnostic
    assert found.line == found.end_line == 1
    assert found.column is not None
    assert found.end_column is not None
    return type(caught.value), found.code, text[found.column - 1 : found.end_column - 1]


@pytest.mark.parametrize(
    ("call", "kind", "code", "words"),
    [
        ("predict_model('lime', area, town)", BindError, "unknown_model", "'lime'"),
        ("predict_model('line@9', area, town)", BindError, "unknown_version", "'line@9'"),
        ("predict_model('line at', area, town)", ParseError, "unexpected", "'line at'"),
        ("predict_model('line', area)", BindError, "wrong_arguments", "predict_model('line', area)"),
        ("predict_model('line', 1, 'a', 2)", BindError, "wrong_arguments", "predict_model('line', 1, 'a', 2)"),
        ("predict_model('line')", BindError, "wrong_arguments", "predict_model('line')"),
        ("predict_model('line', area, twon := town)", BindError, "unknown_argument", "twon := town"),
        ("predict_model('line', area, area := 1)", BindError, "argument_twice", "area := 1"),
        ("predict_model('line', town := 'a', area)", ParseError, "unexpected", "area"),
        ("predict_model('line', area, , town)", ParseError, "expected", ","),
        ("predict_model('line' || 's', area, town)", ParseError, "expected", "'line' || 's'"),
        ("predict_model('line', town, area)", RunError, "wrong_type", "predict_model('line', town, area)"),
        ("predict_model('line', area, twon)", RunError, "duckdb_binder", "twon"),
        ("predict_model('line', 'inf'::DOUBLE, town)", RunError, "predict_failed", None),
    ],
)
def test_errors_have_a_place(homes: Session, call: str, kind: type, code: str, words: str | None) -> None:
    found = told(homes, f"SELECT id, {call} AS p FROM homes")
    assert issubclass(found[0], kind)
    assert found[1:] == (code, words or call)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("CREATE VIEW v AS SELECT predict_model('line', area, town) FROM homes", "kept_for_later", "VIEW"),
        ("PREPARE p AS SELECT predict_model('line', area, town) FROM homes", "kept_for_later", "PREPARE"),
        (
            "SELECT predict_model('line', 1, 'Voss') AS p, price FROM homes TRAIN MODEL ols() TARGET price",
            "not_supported",
            "predict_model('line', 1, 'Voss')",
        ),
        (
            "WITH c AS (SELECT predict_model('line', 1, 'Voss') AS area) FROM (FROM c PREDICT MODEL line)",
            "not_supported",
            "predict_model('line', 1, 'Voss')",
        ),
        ("SELECT predict_model('line', area, town FROM homes", "unmatched_bracket", "("),
    ],
)
def test_where_it_cannot_stand(homes: Session, text: str, code: str, words: str) -> None:
    assert told(homes, text) == (ParseError, code, words)


def test_duckdbs_errors_elsewhere_keep_their_place(homes: Session) -> None:
    text = "SELECT predict_model('line', area, town) AS p, nothing FROM homes"
    assert told(homes, text)[2] == "nothing"


def test_a_model_of_several_targets_is_no_value(homes: Session) -> None:
    homes.sql("SELECT impute(area) AS a, price, rooms FROM homes TRAIN MODEL ridge() TARGET price, rooms AS pair")
    assert told(homes, "SELECT predict_model('pair', 1)")[1:] == ("not_supported", "predict_model('pair', 1)")


def test_a_function_of_that_name_stays(homes: Session) -> None:
    homes.sql("CREATE MACRO predict_model_line(a) AS a + 1")
    found = homes.sql("SELECT predict_model_line(1), predict_model('line', 1, 'Voss') = predict_model_line(1)")
    assert found.fetchall() == [(2, False)]
    homes.sql("DROP MACRO predict_model_line")


def test_a_session_for_foreign_statements_predicts_and_calls_nothing_else() -> None:
    def setup(connection: object) -> None:
        connection.execute(HOMES)  # type: ignore[attr-defined]

    with stratum_sql.connect(trusted=False, setup=setup) as session:
        session.sql(f"{MODELS['line']} AS line")
        session.sql(f"{MODELS['booster']} AS booster")
        for model in ("line", "booster"):
            made = session.sql(f"SELECT predict_model('{model}', {CALLS[model]}) FROM homes ORDER BY id").fetchall()
            wanted = session.sql(f"SELECT p FROM (FROM homes PREDICT MODEL {model} AS p) ORDER BY id").fetchall()
            assert [row[0] for row in made] == pytest.approx([row[0] for row in wanted], rel=1e-12)
        with pytest.raises(NotAllowed):
            session.sql("SELECT predict_model('line', (SELECT max(size) FROM read_text('/etc/passwd')), 'Voss')")
        with pytest.raises(NotAllowed):
            session.sql("SELECT predict_model_line(1, 'Voss')")
        with pytest.raises(NotAllowed):
            session.sql("CREATE TABLE t AS SELECT predict_model('line', 1, 'Voss')")


def test_a_model_of_an_open_batch_waits(homes: Session) -> None:
    homes.run_script("BEGIN BATCH; SELECT impute(area), price FROM homes TRAIN MODEL ols() TARGET price AS later")
    assert told(homes, "SELECT predict_model('later', 1)")[1] == "waiting_model"
    homes.sql("ROLLBACK BATCH")


def test_check_finds_the_model_that_is_not_there(homes: Session) -> None:
    (checked,) = homes.check("SELECT predict_model('lime', 1), predict_model('line', 1, 'Voss')")
    assert [one.code for one in checked.diagnostics] == ["unknown_model"]


def test_the_table_function_and_plain_sql_are_what_they_were() -> None:
    assert isinstance(parse_one("SELECT predict_model, 'm' FROM t"), Plain)
    assert isinstance(parse_one("SELECT s.predict_model('m', 1)"), Plain)
    assert not isinstance(parse_one("FROM predict_model((FROM t), model => m)"), Scored)
    text = "SELECT predict_model('m',  a)  FROM (FROM t PREDICT MODEL n)"
    found = parse_one(text)
    assert isinstance(found, Nested)
    assert [text[call.span.start : call.span.end] for call in found.calls] == ["predict_model('m',  a)"]
    assert formatted("SELECT  predict_model('m',  a)") == "SELECT  predict_model('m',  a)"
