"""The sqlglot dialect: a tree of stock nodes, sugar again on output, on the pure and on the compiled build."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel
from sqlglot.errors import ParseError as SqlParseError

from stratum_sql.grammar.dialect import Stratum

STATEMENTS = [
    "SELECT Standard_Scale(x) AS x, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y METRIC r2",
    "SELECT a FROM t TRAIN MODEL ridge(d => 'a\\b''\n', g => row(1), f => {'a b': -1}), ols() WITH (x = (1, 2)) AS m",
    "SELECT a FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 5 SHUFFLE SEED 3 SEARCH RANDOM 20 TRIALS SEED 1",
    "SELECT a FROM t TRAIN MODEL ridge(alpha => choose_float(0.001, 10, log => TRUE)) SPLIT k_fold(n_splits => 5)",
    "SELECT * FROM (SELECT a FROM t PREDICT MODEL m AS p) AS q WHERE p > 1",
    "SELECT a FROM t EVALUATE MODEL m, n TARGET y",
    "WITH d AS (SELECT 1 AS x) SELECT x FROM d TRAIN MODEL ridge()",
    "WITH d AS (SELECT a FROM t PREDICT MODEL m) SELECT a FROM d",
    "CREATE TABLE x AS SELECT * FROM t TRAIN MODEL ridge()",
    "INSERT INTO x SELECT * FROM t PREDICT MODEL m",
    "SELECT train FROM model AS train",
    'SELECT * FROM "t;" PREDICT MODEL "A b"',
    "CREATE OR REPLACE TEMP MODEL m AS SELECT a, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y",
    "CREATE MODEL IF NOT EXISTS m AS SELECT * FROM (SELECT a FROM t PREDICT MODEL n) AS q TRAIN MODEL ols()",
    "SHOW MODELS LIKE 'it''s%'",
    "SELECT name FROM show_models() WHERE score > 0.5",
    "SELECT * FROM describe_model(model => m) AS d, (SELECT a FROM t PREDICT MODEL m) AS p",
    "DESCRIBE MODEL m",
    'DROP MODEL IF EXISTS "A b"',
    'SELECT a FROM t PREDICT MODEL m@3, "A b"@champion, n AS p',
    "SELECT a FROM t EXPLAIN MODEL m@best USING shap()",
    "SELECT value FROM describe_model(model => model_version(m, 2))",
    "SHOW MODEL VERSIONS m",
    "DROP MODEL m@2",
    "PROMOTE MODEL m@3 TO champion",
    "ROLLBACK MODEL m@champion TO 2",
    "BEGIN BATCH WITH (timeout = 60)",
    "COMMIT BATCH",
    "ROLLBACK BATCH",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_parse_and_generate_are_the_identity(sql: str) -> None:
    assert sqlglot.parse_one(sql, read="stratum").sql(dialect="stratum") == sql


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_tree_is_made_of_stock_nodes(sql: str) -> None:
    tree = sqlglot.parse_one(sql, read="stratum")
    assert {type(node).__module__.split(".")[0] for node in tree.walk()} == {"sqlglot"}
    assert not isinstance(tree, exp.Command)
    core = tree.sql(dialect="duckdb")
    assert " MODEL " not in core


def test_the_query_is_a_subquery_and_arguments_are_named() -> None:
    tree = sqlglot.parse_one("SELECT a FROM t TRAIN MODEL ridge(alpha => 1) TARGET y", read="stratum")
    function = tree.find(exp.Anonymous)
    assert function is not None
    assert function.name == "train_model"
    assert isinstance(function.expressions[0], exp.Subquery)
    assert [argument.this.name for argument in function.expressions[1:]] == ["model", "target"]


@pytest.mark.parametrize(
    ("sql", "printed"),
    [
        ("from t train model Ridge label y", "SELECT * FROM t TRAIN MODEL Ridge() TARGET y"),
        ("SELECT * FROM train_model((SELECT 1), model => ols())", "SELECT 1 TRAIN MODEL ols()"),
        ("EXPLAIN SELECT 1 TRAIN MODEL ols", "EXPLAIN SELECT 1 TRAIN MODEL ols()"),
        ("explain analyze batch", "EXPLAIN ANALYZE BATCH"),
        ("CALL drop_model(m)", "DROP MODEL m"),
        ("SELECT * FROM show_models()", "SHOW MODELS LIKE '%'"),
    ],
)
def test_output_is_canonical_and_a_fixpoint(sql: str, printed: str) -> None:
    assert sqlglot.parse_one(sql, read="stratum").sql(dialect="stratum") == printed
    assert sqlglot.parse_one(printed, read="stratum").sql(dialect="stratum") == printed


def test_a_script_gives_its_statements() -> None:
    trees = sqlglot.parse("SELECT 1; SELECT a FROM t PREDICT MODEL m; SELECT ';'", read="stratum")
    assert [tree.sql(dialect="stratum") for tree in trees if tree] == [
        "SELECT 1",
        "SELECT a FROM t PREDICT MODEL m",
        "SELECT ';'",
    ]


def test_transpile_and_pretty() -> None:
    pretty = sqlglot.transpile("SELECT a FROM t TRAIN MODEL ridge()", read="stratum", write="stratum", pretty=True)[0]
    assert " ".join(pretty.split()) == "SELECT a FROM t TRAIN MODEL ridge()"


def test_parse_into_a_type() -> None:
    tree = sqlglot.parse_one("SELECT 1 TRAIN MODEL ols()", read="stratum", into=exp.Select)
    assert tree.sql(dialect="stratum") == "SELECT 1 TRAIN MODEL ols()"


def test_errors_are_sqlglots_with_our_place() -> None:
    with pytest.raises(SqlParseError) as caught:
        sqlglot.parse_one("SELECT a\nFROM t TRAIN MODEL ridge() TARGT y", read="stratum")
    assert (caught.value.errors[0]["line"], caught.value.errors[0]["col"]) == (2, 28)
    assert 'did you mean "TARGET"?' in str(caught.value)


def test_a_lenient_parse_raises_nothing() -> None:
    sql = "SELECT a FROM t TRAIN MODEL ridge("
    assert sqlglot.parse(sql, read="stratum", error_level=ErrorLevel.IGNORE)


def test_the_dialect_is_registered() -> None:
    assert sqlglot.Dialect.get_or_raise("stratum").__class__ is Stratum
