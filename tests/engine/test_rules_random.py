"""Random batches have the same scores under all rules, under none, and with each rule left out."""

# ruff: noqa: E501  # lists of what may be drawn

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.session import Session
from tests.engine.oracle import ITERATIVE, open_session, query_of
from tests.engine.test_linear import Board, board, compare

ROWS = 100
ITEMS = [
    "num", "price * 2 AS twice", "standard_scale(num) AS s", "standard_scale(impute(holes)) AS h", "impute(holes, 'median') AS m", "min_max_scale(price) AS r",
    "one_hot(kind) AS k", "one_hot(city, min_frequency => 9) AS c", "ordinal(kind) AS o", "count_encode(city) AS n", "target_encode(kind) AS e", "missing_flag(holes) AS gone",
    "poly(standard_scale(num), 2) AS p", "standard_scale(num) * 2 AS d", "robust_scale(pos) AS b", "impute(standard_scale(holes)) AS f", "holes",
]  # fmt: skip
SOURCES = ["t", "t WHERE whole > 0", "t WHERE NOT late OR whole = 2"]
MODELS = [
    "ridge", "ridge(alpha => 1)", "ridge(alpha => [0.01, 10])", "ols", "lasso(alpha => [0.01, 0.1])", "elastic_net(alpha => 0.1)", "ridge(fit_intercept => false)",
    "decision_tree_regressor(max_depth => 3)", "hist_gb_regressor(max_iter => [2, 4])", "extra_tree_regressor(max_depth => 3, max_features => 1)",
    "knn_regressor(n_neighbors => [1, 4])",
]  # fmt: skip
FOLDS = [
    "CROSS VALIDATE 2", "CROSS VALIDATE 3 SEED 1", "CROSS VALIDATE 2 SHUFFLE", "SEED 1 CROSS VALIDATE 2", "HOLDOUT 0.3", "SPLIT BY part",
    "CROSS VALIDATE 2 GROUPS grp", "CROSS VALIDATE 2 ORDER BY id GAP 3", "CROSS VALIDATE 2 REPEAT 2",
]  # fmt: skip
METRICS = ["r2", "rmse, r2", "mae", "mse, mae"]
WEIGHTS = ["", "", "WEIGHT importance", "WEIGHT whole"]

statements = st.builds(
    lambda items, source, models, weight, metrics, folds: (
        f"SELECT {', '.join(items)}, y FROM {source} "
        f"TRAIN MODEL {', '.join(models)} TARGET y {'' if 'knn' in str(models) else weight} METRIC {metrics} {folds}"
    ),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True),
    st.sampled_from(SOURCES),
    st.lists(st.sampled_from(MODELS), min_size=1, max_size=2, unique=True),
    st.sampled_from(WEIGHTS),
    st.sampled_from(METRICS),
    st.sampled_from(FOLDS),
)


@pytest.fixture(scope="module")
def small() -> Iterator[Session]:
    with open_session(ROWS, threads=2) as session:
        yield session


def without(session: Session, texts: list[str], *rules: str) -> list[tuple[Board, dict[int, float]]]:
    """What each statement of a batch gives with some rules left out, and how exact each trial is."""
    off = ", ".join(f"'{rule}': false" for rule in rules)
    results = session.batch([f"{text} WITH (rules = {{{off}}})" if off else text for text in texts])
    return [(board(result), {trial.number: _relative(trial.estimator.name) for trial in query_of(result).trials})
            for result in results]  # fmt: skip


def _relative(estimator: str) -> float:
    """How far rules may move a trial's scores: not at all, but for models that are solved from sums."""
    return {"ridge": 1e-9, "linear_regression": 1e-9, "lasso": ITERATIVE, "elastic_net": ITERATIVE}.get(estimator, 0.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(statements, min_size=1, max_size=4))
def test_rules_change_no_score(small: Session, texts: list[str]) -> None:
    wanted = without(small, texts, *rule_names())
    for rules in [(), *((rule,) for rule in rule_names())]:
        for (found, _), (right, relative) in zip(without(small, texts, *rules), wanted, strict=True):
            compare(found, right, relative)
