"""Each score belongs to its pipeline and equals the unshared run's, whatever else is in the batch."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.results import Result
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, Scores, assert_close, board

Board = dict[int, tuple[str, Scores]]

# Equal, overlapping and near-equal on purpose: what differs in one sign, type, order, seed, fold or target must stay apart.
STATEMENTS = [
    "SELECT num, y FROM t TRAIN MODEL ols TARGET y",
    "select  num , y\nfrom t -- the same again\ntrain model OLS() target y",
    "SELECT num AS other, y AS z FROM t AS q TRAIN MODEL linear_regression TARGET z",
    "SELECT -num AS n, num, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT sin(num * 2) AS n, num, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y",
    "SELECT sin(num * -1) AS n, num, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y",
    "SELECT sin(num * -2) AS n, num, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y",
    "SELECT greatest(num, 4) AS n, pos ** -1 AS p, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT greatest(num, 4) AS n, pos ** -2 AS p, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT greatest(num - price, 0) AS d, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT greatest(price - num, 0) AS d, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT whole / 4 AS q, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT whole // 4 AS q, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city = 'Berlin') AS b, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city = 'berlin') AS b, y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 10]) TARGET y",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge(alpha => [1.0, 1, 2]) TARGET y",
    "SELECT standard_scale(num), one_hot(city), y FROM t TRAIN MODEL ridge TARGET y METRIC mae",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y METRIC mae, r2",
    "SELECT one_hot(city, min_frequency => 10), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y SEED 1",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 5 SEED 1",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 3",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y HOLDOUT 0.2",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y HOLDOUT 0.2000001",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y HOLDOUT 0.21",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 3 GROUPS grp",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 3 GROUPS part",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y SPLIT BY part",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y SPLIT BY side",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y WEIGHT importance",
    "SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y WEIGHT whole",
    "SELECT one_hot(city), standard_scale(num), pos FROM t TRAIN MODEL ridge TARGET pos",
    "SELECT one_hot(city), standard_scale(num), y FROM t WHERE whole > 1 TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city), standard_scale(num), y FROM t WHERE whole > 2 TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city), standard_scale(num), y FROM t WHERE city <> 'Berlin' TRAIN MODEL ridge TARGET y",
    "SELECT one_hot(city), standard_scale(num), y FROM t WHERE city <> 'BERLIN' TRAIN MODEL ridge TARGET y",
    "SELECT target_encode(city), num, y FROM t TRAIN MODEL hist_gb_regressor(max_iter => 5) TARGET y",
    "SELECT target_encode(city), num, y FROM t TRAIN MODEL hist_gb_regressor(max_iter => 5) TARGET y SEED 4",
    "SELECT target_encode(city), num, pos FROM t TRAIN MODEL hist_gb_regressor(max_iter => 5) TARGET pos",
    "SELECT num, pos, price, holes, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3, max_features => [1, 1.0]) TARGET y",
    "SELECT num, pos, y FROM t TRAIN MODEL lasso(alpha => [0.1, 1], positive => [true, false]) TARGET y",
    "SELECT num, pos, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [3, 5]), ridge TARGET y METRIC mae, rmse",
    "SELECT num, late FROM t TRAIN MODEL logistic_regression TARGET late METRIC roc_auc, log_loss",
    "SELECT num, late::INTEGER AS late FROM t TRAIN MODEL logistic_regression TARGET late METRIC log_loss",
    "SELECT num, level FROM t TRAIN MODEL gaussian_nb, decision_tree_classifier(max_depth => 2) TARGET level",
    "SELECT num, y FROM t TRAIN MODEL decision_tree_classifier(max_depth => 2), dummy_classifier TARGET whole METRIC accuracy",
    "SELECT num, y FROM t TRAIN MODEL ridge TARGET whole METRIC mae",
    "SELECT COLUMNS('num|pos'), y FROM t TRAIN MODEL ridge TARGET y",
    "SELECT COLUMNS('pos|num'), price, y FROM t TRAIN MODEL ridge TARGET y",
    "FROM (SELECT num, pos, y FROM t) TRAIN MODEL ridge TARGET y",
    "WITH c AS (SELECT grp, avg(whole) AS m FROM t GROUP BY grp) SELECT m, num, y FROM t JOIN c USING (grp) TRAIN MODEL ridge TARGET y",
    "WITH c AS (SELECT grp, max(whole) AS m FROM t GROUP BY grp) SELECT m, num, y FROM t JOIN c USING (grp) TRAIN MODEL ridge TARGET y",
    "SELECT nothing, y FROM t TRAIN MODEL ols TARGET y",
    "SELECT num, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [5, 5000]) TARGET y",
    "SELECT impute(holes) AS h, standard_scale(num) * 2 AS s, y FROM t TRAIN MODEL ols TARGET y",
    "SELECT impute(holes, 'median') AS h, standard_scale(num) * 2.0 AS s, y FROM t TRAIN MODEL ols TARGET y",
]  # fmt: skip
# The same pipeline in other words.
EQUAL = {
    (0, 1),
    (0, 2),
    (STATEMENTS.index("SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y SEED 1"),
     STATEMENTS.index("SELECT one_hot(city), standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 5 SEED 1")),
}  # fmt: skip


def boards(results: Sequence[Result]) -> list[Board | str]:
    """Status and scores of every trial; of a statement that was refused, the error."""
    return [result.error.diagnostic.message if result.error else board(result) for result in results]


def same(got: Sequence[Board | str], wanted: Sequence[Board | str]) -> None:
    """Equal but for the last bits, which sums that are shared may add up in another order; NaN equal to NaN."""
    for index, (one, other) in enumerate(zip(got, wanted, strict=True)):
        what = STATEMENTS[index] if len(got) == len(STATEMENTS) else str(index)
        if isinstance(one, str) or isinstance(other, str):
            assert one == other, what
            continue
        assert _said(one) == _said(other), what
        np.testing.assert_allclose(_numbers(one), _numbers(other), rtol=1e-9, atol=1e-12, err_msg=what)


def _said(board: Board) -> list[tuple[int, str, list[str]]]:
    return [(trial, status, list(scores)) for trial, (status, scores) in sorted(board.items())]


def _numbers(board: Board) -> list[float]:
    return [value for _, (_, scores) in sorted(board.items()) for values in scores.values() for value in values]


FROM_SUMS = frozenset({"sufficient_statistics", "shared_gram"})  # another arithmetic: equal but for the last bits


def close(got: Sequence[Board | str], wanted: Sequence[Board | str]) -> None:
    """Equal but for what rounding does to linear models that are solved in two ways."""
    for index, (one, other) in enumerate(zip(got, wanted, strict=True)):
        if isinstance(one, str) or isinstance(other, str):
            assert one == other, STATEMENTS[index]
            continue
        assert {trial: status for trial, (status, _) in one.items()} == {t: status for t, (status, _) in other.items()}
        for trial, (_, scores) in one.items():
            assert_close(scores, other[trial][1], DETERMINISTIC)


@pytest.fixture(scope="module")
def alone(session: Session) -> list[Board | str]:
    """Every statement in a batch of its own."""
    return [boards(session.batch([text]))[0] for text in STATEMENTS]


def without(*rules: str) -> list[str]:
    """The statements with rules switched off. One option counts for the whole batch."""
    option = "{" + ", ".join(f"'{rule}': false" for rule in rules) + "}"
    return [f"{text} WITH (rules = {option})" for text in STATEMENTS]


def test_one_batch_equals_each_alone(session: Session, alone: list[Board | str]) -> None:
    assert len(STATEMENTS) > 40
    same(boards(session.batch(STATEMENTS)), alone)


def test_only_equal_pipelines_have_equal_scores(alone: list[Board | str]) -> None:
    """The statements are chosen so that a wrong merge would show."""
    shown = [repr(one) for one in alone]
    twins = {(shown.index(one), index) for index, one in enumerate(shown) if shown.index(one) < index}
    assert twins == EQUAL


def test_no_rules(session: Session, alone: list[Board | str]) -> None:
    close(boards(session.batch(without(*rule_names()))), alone)


@pytest.mark.parametrize("rule", rule_names())
def test_without_one_rule(session: Session, alone: list[Board | str], rule: str) -> None:
    (close if rule in FROM_SUMS else same)(boards(session.batch(without(rule))), alone)


def test_any_order_of_statements(session: Session, alone: list[Board | str]) -> None:
    order = list(range(len(STATEMENTS)))
    random.Random(5).shuffle(order)
    got = boards(session.batch([STATEMENTS[index] for index in order]))
    same([got[order.index(index)] for index in range(len(order))], alone)


def test_every_statement_twice(session: Session, alone: list[Board | str]) -> None:
    same(boards(session.batch([*STATEMENTS, *STATEMENTS])), [*alone, *alone])


def test_one_text_of_many_statements(session: Session, alone: list[Board | str]) -> None:
    right = [index for index, one in enumerate(alone) if not isinstance(one, str)]
    results = session.run_script(";\n".join(STATEMENTS[index] for index in right))
    same(boards(results), [alone[index] for index in right])


def test_parameters_of_another_type_are_other_parameters(session: Session) -> None:
    head = "SELECT num, pos, price, holes, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 4, max_features => {}) TARGET y"
    one, whole = boards(session.batch([head.format("1"), head.format("1.0")]))
    assert repr(one) != repr(whole)


def test_a_message_names_the_statements_own_columns(session: Session) -> None:
    texts = ["SELECT num AS secret, price FROM t TRAIN MODEL ols TARGET price", "SELECT nullif(y, y) AS mine, num FROM t TRAIN MODEL ols TARGET mine",
             "SELECT nullif(y, y) AS theirs, num FROM t TRAIN MODEL ols TARGET theirs"]  # fmt: skip
    _, mine, theirs = session.batch(texts)
    assert "mine" in str(mine.error)
    assert "theirs" in str(theirs.error)


# ---- random batches --------------------------------------------------------------------------------------------------

ITEMS = ["num", "-num AS m", "standard_scale(num) AS s", "standard_scale(num + 1) AS s1", "one_hot(kind) AS k", "one_hot(kind, drop => 'first') AS k1",
         "target_encode(kind) AS e", "whole % 2 AS odd", "whole % -2 AS odder", "standard_scale(num) * 2 AS d", "rare(whole, 60) AS r", "impute(holes) AS h"]  # fmt: skip
FILTERS = ["", "WHERE whole > 1", "WHERE whole > 1.0", "WHERE NOT late", "WHERE part <> 2"]
MODELS = ["ridge", "ridge(alpha => 1)", "ridge(alpha => 1.0)", "ridge(alpha => [1, 2])", "ols", "decision_tree_regressor(max_depth => 3)",
          "hist_gb_regressor(max_iter => 3)", "extra_tree_regressor(max_depth => 3, max_features => 1)", "extra_tree_regressor(max_depth => 3, max_features => 1.0)"]  # fmt: skip
FOLDS = [
    "",
    "CROSS VALIDATE 2",
    "CROSS VALIDATE 2 SEED 1",
    "SEED 1",
    "HOLDOUT 0.3",
    "SPLIT BY part",
    "CROSS VALIDATE 2 GROUPS grp",
]

statements = st.builds(
    lambda items, where, model, target, folds: (
        f"SELECT {', '.join(items)}, {target} FROM t {where} TRAIN MODEL {model} TARGET {target} METRIC mae {folds}"
    ),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True),
    st.sampled_from(FILTERS),
    st.sampled_from(MODELS),
    st.sampled_from(["y", "price"]),
    st.sampled_from(FOLDS),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(statements, min_size=2, max_size=6))
def test_random_batches(session: Session, texts: list[str]) -> None:
    wanted = [boards(session.batch([text]))[0] for text in texts]
    same(boards(session.batch(texts)), wanted)
