"""A result is what it was when it comes out at the other end."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import json

import pytest

import stratum_sql
from stratum_sql import errors
from stratum_sql.errors import Diagnostic, StratumError
from stratum_sql.plain import DatabaseError
from stratum_sql.serve.wire import read_error, read_results, write_error, write_results
from tests.serve.conftest import TABLE

TEXTS = [
    "SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]), ols() TARGET y CROSS VALIDATE 3 METRIC r2, mae WITH (return_folds = true)",
    "SELECT a, a % 2 = 0 AS late FROM t TRAIN MODEL logistic_regression() TARGET late AS m",
    "SELECT a FROM t PREDICT MODEL m; SELECT a, a % 2 = 0 AS late FROM t WHERE a < 5 EVALUATE MODEL m",
    "SELECT 1 AS x, 2 AS x, NULL AS n, 1.5::DECIMAL(9, 2) AS d, 'naïve' AS s, {'a': [1]} AS r, DATE '2024-01-01' AS day",
    "SELECT * FROM t WHERE false",
    "SELECT range AS i FROM range(20000)",
    "CREATE TABLE u AS FROM t; DROP TABLE u",
    "SELECT nosuch FROM t; FROM t TRAIN MODEL",
    "",
]


def test_results_come_as_they_went() -> None:
    with stratum_sql.connect(threads=2) as session:
        session.sql(TABLE)
        sent = session.run_scripts(TEXTS)
        heads, data = write_results(sent, 2**30)
        came = read_results(json.loads(json.dumps(heads)), data)
    assert [len(own) for own in came] == [1, 1, 2, 1, 1, 1, 2, 2, 0]
    for before, after in zip((one for own in sent for one in own), (one for own in came for one in own), strict=True):
        assert (after.kind, after.statement, after.warnings) == (before.kind, before.statement, before.warnings)
        assert (after.metrics, after.summary) == (before.metrics, before.summary)
        assert (type(after.error), str(after.error)) == (type(before.error), str(before.error))
        if before.error is None:
            assert after.arrow().equals(before.arrow())
            assert (after.columns, len(after)) == (before.columns, len(before))
            assert repr(after) == repr(before)
        assert (after.folds is None) == (before.folds is None)
        if before.folds is not None and after.folds is not None:
            assert after.folds.equals(before.folds)
    assert came[0][0].folds is not None
    assert came[3][0].fetchall() == sent[3][0].fetchall()


def test_an_answer_that_is_too_large_is_an_error_of_its_own_statement() -> None:
    with stratum_sql.connect(threads=2) as session:
        sent = session.run_scripts(["SELECT 1 AS x", "FROM range(10000)", "SELECT 2 AS x"])
        heads, data = write_results(sent, 5000)
    came = read_results(heads, data)
    assert [own[0].error is None for own in came] == [True, False, True]
    assert came[1][0].error is not None
    assert came[1][0].error.diagnostic.code == "unsendable"
    assert came[2][0].fetchall() == [(2,)]


CLASSES = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, StratumError)]


@pytest.mark.parametrize("kind", [*CLASSES, DatabaseError])
def test_errors_come_as_they_went(kind: type[StratumError]) -> None:
    told = Diagnostic("a_code", "words", "bind", line=1, column=2, did_you_mean=("x", "y"), hint="do", retryable=True)
    came = read_error(json.loads(json.dumps(write_error(kind(told)))))
    assert type(came) is kind
    assert came.diagnostic == told


def test_a_class_that_is_not_ours_is_an_error_all_the_same() -> None:
    told = {**write_error(errors.RunError(Diagnostic("a", "b", "run"))), "class": "SystemExit"}
    assert type(read_error(told)) is errors.RunError
