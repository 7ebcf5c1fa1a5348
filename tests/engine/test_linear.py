"""Linear models that are solved from sums have scikit-learn's scores; where sums cannot tell, rows are used."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from stratum_sql import training
from stratum_sql.catalog.linear_models import DERIVED_METRICS
from stratum_sql.catalog.metrics import metrics
from stratum_sql.catalog.registry import transforms
from stratum_sql.execute.batch import run_batch
from stratum_sql.execute.outcomes import BatchResult
from stratum_sql.results import Result
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, ITERATIVE, Scores, expected, open_session, query_of
from tests.engine.test_differential import SPLITS

FROM_SUMS = ("sufficient_statistics", "shared_gram")
OFF = "WITH (rules = {" + ", ".join(f"'{rule}': false" for rule in FROM_SUMS) + "})"
NAMES = [name for name, one in metrics().items() if one.scorer in DERIVED_METRICS]
DERIVED = "r2, explained_variance, mse, rmse"  # one name for each
DESCENDS = {"lasso", "elastic_net"}


class Linear:
    """A session that keeps nothing from one statement to the next, and what its last batch ran: runs by operator."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.runs: Mapping[str, int] = {}

    def note(self, batch: BatchResult) -> BatchResult:
        self.runs = {kind: runs for kind, (runs, _) in batch.timings.items()}
        return batch

    def table(self, columns: str, rows: int = 120) -> None:
        """Table `p`: i, x, z and y = 2 x + z + noise, and `columns` made of them."""
        self.session.sql(
            f"CREATE OR REPLACE TABLE p AS SELECT i, x, z, {columns} FROM (SELECT i, x, z, x * 2 + z + (hash(i, 3) % 100) / 50.0 AS y FROM "
            f"(SELECT i, (hash(i, 1) % 1000) / 100.0 AS x, (hash(i, 2) % 1000) / 100.0 AS z FROM range({rows}) r(i)))"
        )

    def trained(self) -> int:
        return self.runs.get("TrainModel", 0)

    def solved(self) -> int:
        return self.runs.get("SolveLinear", 0)

    def check(self, sql: str, *, sums: bool = True) -> Result:
        """Hold a statement against scikit-learn, and whether its models came from sums alone against `sums`."""
        result = self.session.sql(sql)
        ran = self.trained()
        assert (ran == 0) == sums, f"{ran} trainings, {self.solved()} solutions"
        wanted = expected(self.session, query_of(result))
        compare(board(result), {number: ("ok", None, scores) for number, scores in wanted.items()}, tolerances(result))
        return result

    def check_unshared(self, sql: str, *, absolute: float = 1e-12) -> tuple[Result, int]:
        """Hold a statement against the same without sums, scores, errors and warnings; its number of trainings."""
        result = self.session.sql(sql)
        trained = self.trained()
        other = self.session.sql(f"{sql} {OFF}")
        assert not self.solved()
        compare(board(result), board(other), tolerances(result), absolute)
        assert [one.message for one in result.warnings] == [one.message for one in other.warnings]
        return result, trained


Board = dict[int, tuple[str, str | None, Scores]]


def board(result: Result) -> Board:
    """Status, error and fold scores by trial."""
    rows = result.arrow().to_pylist()
    return {row["trial"]: (row["status"], row["error"], _numbers(row["fold_scores"] or {})) for row in rows}


def _numbers(folds: Mapping[str, list[float | None]]) -> Scores:
    return {
        name: [float("nan") if value is None else value for value in values]
        for name, values in folds.items()
        if values is not None
    }


def tolerances(result: Result) -> dict[int, float]:
    return {
        trial.number: ITERATIVE if trial.estimator.name in DESCENDS else DETERMINISTIC
        for trial in query_of(result).trials
    }


def compare(got: Board, wanted: Board, relative: Mapping[int, float], absolute: float = 1e-12) -> None:
    assert got.keys() == wanted.keys()
    for number, (status, error, scores) in wanted.items():
        assert got[number][:2] == (status, error)
        assert got[number][2].keys() == scores.keys()
        for name, values in scores.items():
            found = got[number][2][name]
            np.testing.assert_allclose(found, values, relative[number], absolute, err_msg=f"trial {number}, {name}")


@pytest.fixture(scope="module")
def linear() -> Iterator[Linear]:
    with open_session(160, threads=2) as session, pytest.MonkeyPatch.context() as patch:
        session.sql("SET stratum_reuse_results = false")
        opened = Linear(session)
        patch.setattr(training, "run_batch", lambda *args, **words: opened.note(run_batch(*args, **words)))
        yield opened


# ---- features --------------------------------------------------------------------------------------------------------

MODELS = "ridge(alpha => 0.1), elastic_net(alpha => 0.05, l1_ratio => 0.6)"
FEATURES = [
    "num, pos, whole",
    "num * 2 + 1 AS a, CASE WHEN flag THEN 1 ELSE 0 END AS b, price",
    "passthrough(num), missing_flag(holes), missing_flag(city, day)",
    "one_hot(kind, whole), one_hot(missing_flag(holes, flag)) AS gone",
    "date_parts(moment, ('month', 'hour')), row_normalize(num, price)",
    "hash_encode(city, 4), row_normalize(num, price, pos)",
    "standard_scale(num), standard_scale(price, whole), standard_scale(huge)",
    "standard_scale(num, with_mean => false), standard_scale(price, with_std => false), standard_scale(const)",
    "min_max_scale(num), min_max_scale(price, feature_range => (-1, 2)), min_max_scale(const), min_max_scale(huge)",
    "max_abs_scale(num), max_abs_scale(whole, price), max_abs_scale(const)",
    "robust_scale(num), robust_scale(price, with_centering => false), robust_scale(whole, quantile_range => (10, 90), unit_variance => true)",
    "robust_scale(pos, with_scaling => false), robust_scale(const)",
    "impute(holes), impute(flag)",
    "impute(holes, 'median'), impute(flag, 'most_frequent'), impute(holes, 'most_frequent') AS often",
    "impute(holes, 'constant') AS zero, impute(holes, 'constant', -3.5) AS low, impute(flag, 'constant', 2)",
    "impute(nullif(num, num)), impute(nullif(num, num), keep_empty_features => true) AS kept, num",
    "impute(holes, flag, num)",
    "one_hot(city), one_hot(whole), one_hot(flag), one_hot(kind)",
    "one_hot(city, drop => 'first'), one_hot(flag, drop => 'if_binary'), one_hot(late, drop => 'if_binary'), one_hot(kind, drop => 'if_binary')",
    "one_hot(city, min_frequency => 10), one_hot(whole, max_categories => 3), one_hot(kind, min_frequency => 0.34)",
    "one_hot(city, min_frequency => 5, drop => 'first'), one_hot(day > DATE '2020-12-01')",
    "ordinal(kind), ordinal(whole), ordinal(city, unknown_value => -1, encoded_missing_value => -2)",
    "ordinal(city, unknown_value => -1, encoded_missing_value => -1, min_frequency => 4), ordinal(kind, max_categories => 2)",
    "count_encode(city), count_encode(whole), count_encode(flag), count_encode(city, normalize => true) AS share",
    # chains
    "standard_scale(impute(holes)), impute(standard_scale(holes)) AS other_way",
    "min_max_scale(impute(holes, 'median')), impute(min_max_scale(holes)) AS b, impute(max_abs_scale(holes), 'constant', 7) AS c",
    "min_max_scale(standard_scale(impute(holes))), max_abs_scale(robust_scale(num)), robust_scale(min_max_scale(price))",
    "standard_scale(standard_scale(standard_scale(impute(holes)))), impute(robust_scale(impute(holes)))",
    "standard_scale(one_hot(city)), min_max_scale(ordinal(kind)), standard_scale(count_encode(city))",
    "impute(standard_scale(impute(nullif(num, num), keep_empty_features => true))) AS a, num",
    "standard_scale(COLUMNS('num|price|pos')), one_hot(COLUMNS('kind|whole'))",
]  # fmt: skip
FROM_ROWS = [
    "impute(ordinal(city))",  # unseen and NULL are NULL by table, which no flag says
    "one_hot(impute(city, 'most_frequent'))",
    "target_encode(city), num",
    "one_hot(city, sparse_output => true), num",
    "hash_text(comment, 16), num",
    "hash_encode(city, 8, sparse_output => true), num",
    "min_max_scale(num, clip => true)",
    "standard_scale(num) * 2 AS twice",
    "power_map(num), num",
    "power_map(standard_scale(num))",
]


def test_every_affine_transform_is_tried() -> None:
    affine = {name for name, spec in transforms().items() if spec.affine is not None}
    assert {name for name in affine if any(f"{name}(" in items for items in FEATURES)} == affine


@pytest.mark.parametrize("items", FEATURES)
def test_features(linear: Linear, items: str) -> None:
    linear.check(f"SELECT {items}, y FROM t TRAIN MODEL {MODELS} TARGET y METRIC r2, rmse CROSS VALIDATE 3 SEED 1")


@pytest.mark.parametrize("items", FROM_ROWS)
def test_features_that_need_rows(linear: Linear, items: str) -> None:
    """One model, so that nothing is shared: what is not solved from sums is trained."""
    linear.check(f"SELECT {items}, y FROM t TRAIN MODEL ridge(alpha => 2) TARGET y CROSS VALIDATE 3", sums=False)


@pytest.mark.parametrize("items", ["power_map(num), num", "target_encode(city), num", "poly(standard_scale(num), 3)"])  # fmt: skip
@pytest.mark.parametrize("weight", ["", "WEIGHT whole"])
def test_features_that_share_the_product_of_their_matrix(linear: Linear, items: str, weight: str) -> None:
    linear.check(f"SELECT {items}, y FROM t TRAIN MODEL {MODELS} TARGET y {weight} METRIC r2, mae CROSS VALIDATE 3")
    assert "MatrixNormal" in linear.runs
    linear.check(f"SELECT {items}, y FROM t TRAIN MODEL {MODELS} TARGET y {weight} METRIC {DERIVED} HOLDOUT 0.3")


# ---- estimators, weights, splits, metrics ----------------------------------------------------------------------------

SOLVABLE = [
    "ols, linear_regression(fit_intercept => false)",
    "ridge(alpha => [0.0001, 1, 1000], fit_intercept => [true, false]), ridge(solver => 'cholesky')",
    "lasso(alpha => [0.001, 0.1, 100], fit_intercept => [true, false], positive => [true, false])",
    "elastic_net(alpha => [0.01, 1], l1_ratio => [0.01, 0.5, 1], positive => [true, false])",
    "lasso(alpha => 0.01, tol => [0.1, 0.000001, 0.00000001], precompute => [true, false]), elastic_net(alpha => 0.1, fit_intercept => false, tol => 0.001)",
    "ridge(alpha => [1, 2]), ols, lasso, elastic_net, lasso(alpha => 0.5)",
]  # fmt: skip


@pytest.mark.parametrize(
    ("models", "weight"),  # `whole` is 0 in every sixth row
    [*((models, "") for models in SOLVABLE), *((models, "WEIGHT whole") for models in SOLVABLE), (SOLVABLE[-1], "WEIGHT importance"), (SOLVABLE[-1], "WEIGHT two")],
)  # fmt: skip
def test_estimators(linear: Linear, models: str, weight: str) -> None:
    source = "(SELECT *, 2.5 AS two FROM t)"
    linear.check(f"SELECT standard_scale(num), impute(holes), price, one_hot(kind, drop => 'first'), y FROM {source} AS t TRAIN MODEL {models} TARGET y {weight} METRIC r2, mse CROSS VALIDATE 3")  # fmt: skip


NOT_SOLVABLE = ["ridge(solver => 'svd')", "ridge(positive => true, solver => 'lbfgs')", "ols(positive => true)", "lasso(selection => 'random')",
                "lasso(alpha => 0.1, tol => 0.0000000001)", "huber_regressor", "ridge(solver => 'lsqr')"]  # fmt: skip


@pytest.mark.parametrize("model", NOT_SOLVABLE)
def test_estimators_that_need_rows(linear: Linear, model: str) -> None:
    linear.session.sql(f"SELECT standard_scale(num), price, y FROM t TRAIN MODEL {model} TARGET y CROSS VALIDATE 3")
    assert (linear.trained(), linear.solved()) == (3, 0)


@pytest.mark.parametrize(("split", "weight"), [(split, ("", "WEIGHT importance")[number % 2]) for number, split in enumerate(SPLITS)])  # fmt: skip
def test_splits(linear: Linear, split: str, weight: str) -> None:
    linear.check(f"SELECT standard_scale(num), one_hot(city), impute(holes), y FROM t TRAIN MODEL ridge, lasso(alpha => 0.01) TARGET y {weight} METRIC {DERIVED} {split}")  # fmt: skip


def test_every_name_of_a_derived_metric(linear: Linear) -> None:
    linear.check(
        f"SELECT num, y FROM t TRAIN MODEL ridge TARGET y WEIGHT importance METRIC {', '.join(NAMES)} HOLDOUT 0.3"
    )


def test_too_many_cells(linear: Linear) -> None:
    """Three times five folds cut the rows into up to 125 cells: more than merging is worth."""
    linear.check("SELECT num, y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 5 REPEAT 3", sums=False)


@pytest.mark.parametrize("metric", ["mae", f"mae, {DERIVED}", "max_error, median_absolute_error", "r2, d2_absolute_error_score, rmse"])  # fmt: skip
@pytest.mark.parametrize("weight", ["", "WEIGHT importance"])
def test_metrics_that_need_predictions(linear: Linear, metric: str, weight: str) -> None:
    linear.check(f"SELECT standard_scale(num), one_hot(city), y FROM t TRAIN MODEL {MODELS} TARGET y {weight} METRIC {metric} CROSS VALIDATE 3")  # fmt: skip
    assert linear.runs.get("ScorePredictions") == 3
    assert "ScoreLinear" not in linear.runs


def test_statements_that_want_other_metrics_of_one_model(linear: Linear) -> None:
    head = "SELECT standard_scale(num), one_hot(city), y FROM t TRAIN MODEL {} TARGET y METRIC {} CROSS VALIDATE 3"
    texts = [head.format(MODELS, "r2"), head.format("ridge(alpha => 10), ridge(alpha => 3)", "mae"), head.format("ridge(alpha => 3)", "rmse")]  # fmt: skip
    results = linear.session.batch(texts)
    assert (linear.trained(), linear.runs["Products"], linear.runs["Normal"]) == (0, 1, 3)
    for result in results:
        wanted = expected(linear.session, query_of(result))
        compare(board(result), {number: ("ok", None, scores) for number, scores in wanted.items()}, tolerances(result))


def test_statements_over_other_features_share_the_pass_over_the_rows(linear: Linear) -> None:
    texts = [f"SELECT {items}, y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 3" for items in FEATURES[5:12]]
    results = linear.session.batch([*texts, "SELECT num, price FROM t TRAIN MODEL ridge TARGET price CROSS VALIDATE 3"])
    assert (linear.trained(), linear.runs["Products"]) == (0, 2)
    for result in results:
        wanted = expected(linear.session, query_of(result))
        compare(board(result), {number: ("ok", None, scores) for number, scores in wanted.items()}, tolerances(result))


def test_one_feature_that_cannot_be_added_up_is_no_matter_of_the_others(linear: Linear) -> None:
    linear.table("CASE WHEN i = 7 THEN 'inf'::DOUBLE ELSE x END AS far, 'a b ' || i AS words, y")
    head = "SELECT {}, z, y FROM p TRAIN MODEL ridge TARGET y CROSS VALIDATE 3"
    results = linear.session.batch(
        [head.format(items) for items in ("x", "far", "one_hot(far)", "hash_text(words, 8)")]
    )
    assert linear.solved() == 3  # the first statement's
    assert [next(iter(board(result).values()))[0] for result in results] == ["ok", "failed", "failed", "ok"]


# ---- warnings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["lasso(alpha => 0.001, max_iter => 1)", "lasso(alpha => 0.001, tol => 0.000001, max_iter => 7)", "elastic_net(alpha => 0.01, l1_ratio => 0.2, max_iter => 1)",
                                   "lasso(alpha => 0.001, max_iter => 3, tol => 0.000001, positive => true, fit_intercept => false)"])  # fmt: skip
@pytest.mark.parametrize("weight", ["", "WEIGHT w"])
def test_what_did_not_converge_is_said_in_the_same_words(linear: Linear, model: str, weight: str) -> None:
    linear.table("x + z * 0.999 AS q, 1 + i % 3 AS w, y")
    result, trained = linear.check_unshared(
        f"SELECT x, z, q, y FROM p TRAIN MODEL {model} TARGET y {weight} HOLDOUT 0.3"
    )
    assert trained == 0
    assert any("Duality gap" in one.message for one in result.warnings)


# ---- hard cases ------------------------------------------------------------------------------------------------------

ALL = "ridge(alpha => [0.001, 1]), ols, lasso(alpha => 0.01)"
NAN = "'nan'::DOUBLE"
# By title: columns of the table, features, models, clauses, and whether some of the models are trained from their rows.
HARD: dict[str, tuple[str, str, str, str, bool]] = {
    "collinear": ("y", "x, z, x + z AS both", ALL, "", True),
    "nearly collinear": ("y", "x, x + z * 1e-9 AS near", ALL, "", True),
    "a column twice": ("y", "x, x AS again, x * 1 AS third, z", ALL, "", True),
    "indicators beside an intercept": ("i % 4 AS c, y", "one_hot(c), one_hot(c % 2) AS d, x", ALL, "", True),
    "a constant column": ("0.1 AS c, y", "c, standard_scale(c) AS s, x", ALL, "", True),
    "a constant column of 1e8": ("1e8 AS c, y", "c, standard_scale(c) AS s, x", "ridge, lasso(alpha => 0.01)", "", False),
    "constant in one training set": ("CASE WHEN i < 60 THEN 1e4 / 3 ELSE z END AS c, y", "standard_scale(c) AS c, x", ALL, "CROSS VALIDATE 3 ORDER BY i", True),
    "constant in one training set, other scales": ("CASE WHEN i < 60 THEN 1e4 / 3 ELSE z END AS c, y", "min_max_scale(c), max_abs_scale(c) AS d, robust_scale(c) AS e, x", ALL, "CROSS VALIDATE 3 ORDER BY i", True),
    "nearly constant in one training set": ("CASE WHEN i < 60 THEN 1000 + z / 1e4 ELSE z END AS c, y", "c, x", ALL, "CROSS VALIDATE 3 ORDER BY i", True),
    "a constant target": ("0.1 AS y", "x, z", ALL, "", True),
    "a target constant in one training set": ("CASE WHEN i < 60 THEN 0.1 ELSE y END AS y", "x, z", ALL, "CROSS VALIDATE 3 ORDER BY i", True),
    "a target far away in some folds": ("i % 4 AS part, (i % 4) * 1000 + sin(i) / 100 AS y", "x, z", ALL, "SPLIT BY part", True),
    "a target with a step": ("CASE WHEN i < 60 THEN 1e6 + y ELSE y END AS y", "x, z", ALL, "CROSS VALIDATE 3 ORDER BY i", True),
    "tiny and huge": ("y", "x * 1e-9 AS a, z * 1e9 AS b", "ridge(alpha => [0.001, 1])", "", True),
    "tiny and huge, scaled": ("y", "standard_scale(x * 1e-100) AS a, min_max_scale(z * 1e100) AS b", ALL, "", False),
    "huge beside a small penalty": ("y", "x * 1e-20 AS a, z * 1e20 AS b", "lasso(alpha => 0.01)", "", True),
    "a descent over columns of other sizes": ("1e3 * (1262304000 + i * 86400 * 30 + round(z * 1e6)) AS millis, 2010 + i // 12 AS year, y", "millis, year, standard_scale(x) AS x", "elastic_net, lasso(alpha => 0.001, max_iter => 50)", "", False),
    "more columns than rows": ("i AS c, y", "one_hot(c), x", ALL, "", True),
    "300 categories": ("'c' || (hash(i, 9) % 300) AS c, y", "one_hot(c), count_encode(c), x", "ridge(alpha => [0.1, 1]), lasso(alpha => 0.01)", "", False),
    "categories with one row": ("CASE WHEN i % 10 = 0 THEN 'one ' || i ELSE 'many' END AS c, y", "one_hot(c), ordinal(c, unknown_value => -1), count_encode(c)", "ridge", "", False),
    "unseen in training": ("CASE WHEN i < 60 THEN 'old' ELSE 'new ' || i % 3 END AS c, y", "one_hot(c), ordinal(c, unknown_value => -1), count_encode(c)", "ridge", "CROSS VALIDATE 3 ORDER BY i", False),
    "NULL held out alone": ("CASE WHEN i >= 90 THEN NULL ELSE x END AS c, CASE WHEN i >= 90 THEN NULL ELSE 'c' || i % 3 END AS d, y", "impute(c), one_hot(d), count_encode(d), z", ALL, "HOLDOUT 0.25 ORDER BY i", True),
    "NULL in training alone": ("CASE WHEN i < 30 THEN NULL ELSE x END AS c, y", "impute(standard_scale(c)), z", ALL, "HOLDOUT 0.25 ORDER BY i", False),
    "all NULL in training": ("CASE WHEN i < 90 THEN NULL ELSE x END AS c, y", "impute(c), z", ALL, "HOLDOUT 0.25 ORDER BY i", False),
    "all NULL": ("NULL::DOUBLE AS c, y", "impute(standard_scale(c)), x", ALL, "", False),
    "no feature left": ("NULL::DOUBLE AS c, y", "impute(c)", ALL, "", True),
    "no indicator left": ("'a' AS c, y", "one_hot(c, drop => 'first')", ALL, "", True),
    "NULL that nobody fills": ("nullif(x, 1.5) AS c, CASE WHEN i = 3 THEN NULL ELSE x END AS d, y", "standard_scale(d), x", ALL, "", True),
    "infinity": ("CASE WHEN i = 3 THEN 'inf'::DOUBLE ELSE x END AS c, y", "c, z", ALL, "", True),
    "infinity among categories": ("CASE WHEN i = 3 THEN '-inf'::DOUBLE ELSE i % 3 END AS c, y", "one_hot(c), ordinal(c), count_encode(c), z", ALL, "", True),
    "not a number": (f"CASE WHEN i = 3 THEN {NAN} ELSE x END AS c, y", "impute(c), z", ALL, "", False),
    "weights all equal": ("7 AS w, y", "x, z", ALL, "WEIGHT w", False),
    "weights of 0": ("i % 3 AS w, y", "x, standard_scale(z)", ALL, "WEIGHT w", False),
    "tiny and huge weights": ("CASE WHEN i % 2 = 0 THEN 1e-6 ELSE 1e6 END AS w, y", "x, standard_scale(z)", "ridge, ols", "WEIGHT w", False),
    "no weight at all": ("0 AS w, y", "x, z", "ridge, ols", "WEIGHT w", True),
    "no weight in one training set": ("CASE WHEN i < 30 THEN 0 ELSE 1 END AS w, y", "x, z", "ridge, ols", "CROSS VALIDATE 3 ORDER BY i WEIGHT w", True),
    "no weight held out": ("CASE WHEN i < 90 THEN 1 ELSE 0 END AS w, y", "x, z", "ridge, ols", "HOLDOUT 0.25 ORDER BY i WEIGHT w", True),
    "negative weights": ("i % 5 - 1 AS w, y", "x, z", "ridge, ols", "WEIGHT w", True),
    "one row held out": ("y", "x, z", "ridge, ols", "HOLDOUT 0.008 ORDER BY i", True),
    "four rows": ("y", "x, z", "ridge, ols", "CROSS VALIDATE 4", True),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("title", HARD)
def test_hard_cases_are_those_of_the_unshared_run(linear: Linear, title: str) -> None:
    columns, items, models, clauses, from_rows = HARD[title]
    linear.table(columns, 4 if title == "four rows" else 120)
    split = "" if any(word in clauses for word in ("VALIDATE", "HOLDOUT", "SPLIT")) else "CROSS VALIDATE 3"
    _, trained = linear.check_unshared(
        f"SELECT {items}, y FROM p TRAIN MODEL {models} TARGET y METRIC r2, rmse {clauses} {split}"
    )
    assert (trained > 0) == from_rows


def test_a_target_that_is_predicted_perfectly(linear: Linear) -> None:
    """All that is left of the errors is rounding: it is near nothing from rows, and so it is here."""
    linear.table("x * 3 - z AS y")
    for names, from_rows in [("r2, rmse", 5), ("r2, rmse, mae", 0)]:
        sql = f"SELECT x, z, y FROM p TRAIN MODEL ols TARGET y METRIC {names}"
        result, trained = linear.check_unshared(sql, absolute=1e-13)
        assert trained == from_rows
        assert all(0 < value < 1e-13 for value in board(result)[1][2]["rmse"])


def test_columns_far_from_zero(linear: Linear) -> None:
    """From rows, predictions from a column of 1e8 are rounded by 1e-8. Sums about a pivot are nearer to what is right: the
    scores of the columns without the offset, which is a whole number as they are."""
    linear.table("round(x * 10) AS a, round(z * 10) AS b, a + 1e8 AS far, b - 1e9 AS farther, y")
    head = "SELECT {}, y FROM p TRAIN MODEL ridge(alpha => [0.1, 1]), ols TARGET y METRIC r2, rmse {}"
    right = board(linear.check(head.format("a, b", "")))
    sums = board(linear.session.sql(head.format("far, farther", "")))
    assert linear.trained() == 0
    rows = board(linear.session.sql(head.format("far, farther", OFF)))
    compare(sums, right, dict.fromkeys(right, 1e-8))
    compare(rows, right, dict.fromkeys(right, 1e-6))


def test_a_failed_trial_harms_no_other(linear: Linear) -> None:
    linear.table("nullif(i, 3) AS gap, y")
    head = "SELECT {}, y FROM p TRAIN MODEL ridge(alpha => [1, 2]), hist_gb_regressor(max_iter => 2) TARGET y CROSS VALIDATE 3"
    bad, good = linear.session.batch([head.format("gap, x"), head.format("x, z")])
    told = [(status, "contains NaN" in str(error)) for _, (status, error, _) in sorted(board(bad).items())]
    assert told == [("failed", True), ("failed", True), ("ok", False)]
    wanted = expected(linear.session, query_of(good))
    compare(board(good), {number: ("ok", None, scores) for number, scores in wanted.items()}, tolerances(good))
