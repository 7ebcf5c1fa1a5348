"""The small batches that are timed, and the made-up table they are about. Every coefficient is in one of them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Probe:
    """Statements planned as one batch over a table of `share` of the rows asked for; `off` are rules left out."""

    name: str
    statements: tuple[str, ...]
    share: float = 1.0
    off: tuple[str, ...] = ()


def _statement(items: str, models: tuple[str, ...], rest: str) -> str:
    return f"SELECT {items}, {rest.split()[0]} FROM made TRAIN MODEL {', '.join(models)} TARGET {rest}"


_NUMBERS = "standard_scale(impute(x0)), standard_scale(x1), x2, x3, x4, x5"
_ALL = f"{_NUMBERS}, one_hot(few), one_hot(many)"
_CODED = "x0, x1, x2, x3, x4, x5, x6, x7, ordinal(few), ordinal(many)"
_FILLED = "x1, x2, x3, x4, x5, x6, x7, standard_scale(x1) AS again"
_FEATURES = ", ".join(
    (
        "standard_scale(x1), min_max_scale(x2), robust_scale(x3), impute(x0), missing_flag(x0), bin_quantile(x5)",
        "one_hot(many), ordinal(few), target_encode(many), count_encode(few), hash_encode(many), one_hot(rare(many))",
        "date_parts(moment), standard_scale(x4) * 2 + 1 AS twice, poly(x6, x7)",
    )
)
_ALONE = ("sufficient_statistics", "shared_gram", "prefix_training", "shared_bins", "train_together")

PROBES: tuple[Probe, ...] = (
    Probe(
        "linear models from sums",
        (
            _statement(
                _ALL,
                ("ridge(alpha => [0.1, 1, 10, 100])", "ols", "lasso(alpha => [0.01, 0.1])"),
                "y CROSS VALIDATE 3 METRIC r2, mae",
            ),
            _statement(_NUMBERS, ("ridge(alpha => [0.1, 1, 10])",), "y CROSS VALIDATE 3"),
        ),
    ),
    Probe(
        "linear models from rows",
        (
            _statement(_ALL, ("ridge(alpha => [0.1, 1])", "ols", "lasso(alpha => [0.01, 0.1])"), "y CROSS VALIDATE 3"),
            _statement(_NUMBERS, ("ridge", "ols", "bayesian_ridge"), "y CROSS VALIDATE 3"),
        ),
        off=_ALONE,
    ),
    Probe(
        "one product for many models",
        (_statement(f"{_NUMBERS}, target_encode(many)", ("ridge(alpha => [0.1, 1])",), "y CROSS VALIDATE 3"),),
    ),
    Probe("features", (_statement(_FEATURES, ("dummy_regressor",), "y CROSS VALIDATE 3"),)),
    Probe("texts", (_statement("tfidf(words)", ("ridge", "dummy_regressor"), "y HOLDOUT 0.3"),), share=0.25),
    Probe("logistic regression", (_statement(_ALL, ("logistic(C => [0.1, 1, 10])",), "late CROSS VALIDATE 3"),)),
    Probe(
        "classifiers alone",
        (
            _statement(
                _ALL,
                ("logistic", "gaussian_nb", "sgd_classifier"),
                "late CROSS VALIDATE 3 METRIC accuracy, roc_auc, log_loss",
            ),
        ),
        off=_ALONE,
    ),
    Probe(
        "trees",
        (
            _statement(
                _CODED,
                (
                    "decision_tree_regressor(max_depth => [4, 10])",
                    "random_forest_regressor(n_estimators => 5)",
                    "random_forest_regressor(n_estimators => 5, max_features => 0.3, max_depth => 8)",
                    "extra_trees_regressor(n_estimators => 5)",
                ),
                "y HOLDOUT 0.3",
            ),
            _statement(
                _FILLED,
                ("gradient_boosting_classifier(n_estimators => 5)", "decision_tree_classifier(max_depth => 8)"),
                "late HOLDOUT 0.3",
            ),
        ),
        off=_ALONE,
    ),
    Probe(
        "boosting of scikit-learn",
        (_statement(_CODED, ("hist_gradient_boosting_regressor(max_iter => [10, 40])",), "y HOLDOUT 0.3"),),
        off=_ALONE,
    ),
    Probe(
        "boosting of LightGBM",
        (
            _statement(
                _CODED, ("lightgbm_regressor(n_estimators => [10, 40], num_leaves => [7, 31])",), "y HOLDOUT 0.3"
            ),
        ),
        off=("prefix_training",),
    ),
    Probe(
        "boosting of XGBoost",
        (_statement(_CODED, ("xgboost_regressor(n_estimators => [10, 40], max_depth => [3, 6])",), "y HOLDOUT 0.3"),),
        off=("prefix_training",),
    ),
    Probe(
        "neighbours, kernels, networks",
        (
            _statement(
                _FILLED,
                ("knn_regressor", "svr", "mlp_regressor(hidden_layer_sizes => (20), max_iter => 20)"),
                "y HOLDOUT 0.3",
            ),
        ),
        share=0.15,
    ),
)


def make_rows(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """The table `made`: numbers, one of them with NULLs, categories, texts, times, and two targets; the same each
    time."""
    distinct = (100_000, 100_000, 1000, 365, 100, 24, 12)
    numbers = [f"(hash(i * 16 + {at + 1}) % {n}) / {n}.0 AS x{at + 1}" for at, n in enumerate(distinct)]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE made AS
        SELECT * EXCLUDE (noise), x1 + 2 * x2 * x3 + noise AS y, x1 + x2 * x3 + 2 * noise > 1.2 AS late
        FROM (
            SELECT CASE WHEN hash(i) % 10 > 0 THEN (hash(i * 16) % 1000) / 10.0 END AS x0, {", ".join(numbers)},
                (hash(i * 16 + 9) % 1000) / 2000.0 AS noise,
                'few ' || hash(i * 16 + 10) % 8 AS few, 'many ' || hash(i * 16 + 11) % 60 AS many,
                TIMESTAMP '2024-01-01' + to_seconds((hash(i * 16 + 12) % 30000000)::BIGINT) AS moment,
                array_to_string([(hash(i * 64 + w) % 500)::VARCHAR || 'th' FOR w IN range(12)], ' ') AS words
            FROM range({int(rows)}) AS r(i)
        )
        """
    )
