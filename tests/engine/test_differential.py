"""Every fold score equals scikit-learn's, run pipeline by pipeline on the same folds."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from stratum_sql.catalog.embedders import give_embedder
from stratum_sql.catalog.estimators import build, estimator, estimators, needs_several_targets
from stratum_sql.catalog.metrics import metrics
from stratum_sql.catalog.registry import transforms
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue
from stratum_sql.plan.query import Trial
from stratum_sql.session import Session
from tests.engine.oracle import ITERATIVE, board, check, query_of

# ---- (a) every transform ---------------------------------------------------------------------------------------------

# Over NULLs, values that a fold does not train on ('Nowhere 3'), constants, non-ASCII text, dates, ints, bools, decimals.
EXAMPLES = {
    "bin_kmeans": ["bin_kmeans(num, 4)"],
    "bin_quantile": ["bin_quantile(num, 5), bin_quantile(price, 4)"],
    "bin_uniform": ["bin_uniform(num, 5, encode => 'onehot'), bin_uniform(whole, 3)"],
    "clip_outliers": ["clip_outliers(holes, 0.1, 0.9), clip_outliers(price, 0.05, 0.95)"],
    "count_encode": ["count_encode(city), count_encode(whole), count_encode(flag)"],
    "count_words": ["count_words(comment, 6)", "count_words(city)"],
    "date_parts": ["date_parts(day), date_parts(moment)", "date_parts(moment, ('week', 'hour', 'day_of_year'), cyclic => true)"],
    "drop_constant": ["drop_constant(const, num, whole)"],
    "hash_encode": ["hash_encode(city, 4)"],
    "hash_text": ["hash_text(comment, 16)"],
    "impute": ["impute(holes), impute(flag), impute(holes, 'median'), one_hot(impute(city, 'most_frequent'))"],
    "kmeans": ["one_hot(kmeans(num, price, 3)), kmeans(standard_scale(num), standard_scale(price), n_clusters => 2, encode => 'distance')"],
    "max_abs_scale": ["max_abs_scale(holes), max_abs_scale(const)"],
    "min_max_scale": ["min_max_scale(holes), min_max_scale(const), min_max_scale(huge)"],
    "missing_flag": ["missing_flag(holes), missing_flag(city), missing_flag(day), missing_flag(num)"],
    "one_hot": ["one_hot(city), one_hot(whole), one_hot(flag), one_hot(kind)", "one_hot(city, min_frequency => 5, drop => 'first')"],
    "ordinal": ["ordinal(city), ordinal(flag), ordinal(kind)"],
    "passthrough": ["passthrough(num), passthrough(holes)"],
    "pca": ["pca(standard_scale(num, price, whole), 2)"],
    "poly": ["poly(num, price, 2)"],
    "power_map": ["power_map(pos), power_map(num)"],
    "quantile_map": ["quantile_map(num, n_quantiles => 20), quantile_map(holes, n_quantiles => 30)"],
    "rare": ["one_hot(rare(city, 20)), ordinal(rare(comment, 3))"],
    "robust_scale": ["robust_scale(holes), robust_scale(const), robust_scale(price)"],
    "row_normalize": ["row_normalize(num, price)"],
    "select_k": ["select_k(num, price, whole, pos, 2)"],
    "standard_scale": ["standard_scale(holes), standard_scale(const), standard_scale(whole), standard_scale(price)"],
    "svd": ["svd(tfidf(comment), 3)", "svd(num, price, whole, 2)"],
    "target_encode": ["target_encode(city), target_encode(whole), target_encode(comment)"],
    "text_embed": ["text_embed(comment, 'length')"],
    "text_svd": ["text_svd(comment, 3)", "text_svd(city, 2)"],
    "tfidf": ["tfidf(comment)", "tfidf(city, analyzer => 'char_wb', ngram_range => (2, 3))"],
    "vectorize": ["vectorize(num, holes, city, flag, day, comment, cardinality_threshold => 8, n_components => 3)"],
}  # fmt: skip
# NULL stays NULL in what they make, which ridge cannot take.
KEEPS_NULL = {
    "clip_outliers", "date_parts", "max_abs_scale", "min_max_scale", "ordinal", "passthrough", "power_map", "quantile_map",
    "rare", "robust_scale", "standard_scale", "vectorize",
}  # fmt: skip
CASES = [(name, items) for name, several in EXAMPLES.items() for items in several]


@pytest.fixture(scope="module", autouse=True)
def _embedder() -> None:
    give_embedder("length", lambda texts: np.array([[len(text), text.count("e")] for text in texts], dtype=np.float64))


def test_every_transform_is_tried() -> None:
    assert EXAMPLES.keys() == transforms().keys()


@pytest.mark.parametrize(("name", "items"), CASES)
def test_transform_under_a_tree(session: Session, name: str, items: str) -> None:
    check(
        session,
        f"SELECT {items}, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 4) TARGET y METRIC r2, mae SEED 3",
    )


@pytest.mark.parametrize(("name", "items"), CASES)
def test_transform_under_ridge(session: Session, name: str, items: str) -> None:
    full = f"impute({items})" if name in KEEPS_NULL else items
    check(session, f"SELECT {full}, y FROM t TRAIN MODEL ridge TARGET y METRIC r2, mae CROSS VALIDATE 3 SEED 1")


@pytest.mark.parametrize(("name", "items"), CASES)
def test_transform_under_a_classifier(session: Session, name: str, items: str) -> None:
    check(
        session,
        f"SELECT {items}, level FROM t TRAIN MODEL decision_tree_classifier(max_depth => 3) "
        "TARGET level METRIC accuracy, f1_macro, roc_auc_ovr CROSS VALIDATE 3 SEED 2",
    )


# ---- (b) every estimator ---------------------------------------------------------------------------------------------

CLASSIFIER = EstimatorValue("decision_tree_classifier", (("max_depth", 2),))
REGRESSOR = EstimatorValue("decision_tree_regressor", (("max_depth", 2),))
# What must be said for this table: nested estimators, one component for one target, a radius that reaches the others.
PARAMS: dict[str, dict[str, Any]] = {
    "calibrated_classifier_cv": {"cv": 2, "estimator": EstimatorValue("gaussian_nb")},
    "fixed_threshold_classifier": {"estimator": CLASSIFIER},
    "tuned_threshold_classifier_cv": {"estimator": CLASSIFIER, "cv": 2},
    "one_vs_one_classifier": {"estimator": CLASSIFIER},
    "one_vs_rest_classifier": {"estimator": CLASSIFIER},
    "output_code_classifier": {"estimator": CLASSIFIER},
    "self_training_classifier": {"estimator": CLASSIFIER},
    "stacking_classifier": {"estimators": (CLASSIFIER, EstimatorValue("gaussian_nb")), "cv": 2},
    "stacking_regressor": {"estimators": (REGRESSOR, EstimatorValue("ols")), "cv": 2},
    "voting_classifier": {"estimators": (CLASSIFIER, EstimatorValue("gaussian_nb"))},
    "voting_regressor": {"estimators": (REGRESSOR, EstimatorValue("ridge", (("alpha", 2.0),)))},
    "ransac_regressor": {"estimator": EstimatorValue("ridge"), "min_samples": 10},
    "isotonic_regression": {"out_of_bounds": "clip"},
    "cca": {"n_components": 1},
    "pls_canonical": {"n_components": 1},
    "radius_neighbors_classifier": {"radius": 100.0},
    "radius_neighbors_regressor": {"radius": 100.0},
    "gamma_regressor": {"max_iter": 1000},
    "theil_sen_regressor": {"max_subpopulation": 50},
}
SMALL = {"n_estimators": 3, "max_iter": 20, "num_iterations": 3}  # where the default is larger: to be quick
SEVERAL_TARGETS = {  # no statement has two targets
    "classifier_chain", "multi_output_classifier", "multi_output_regressor", "regressor_chain",
    "multi_task_elastic_net", "multi_task_elastic_net_cv", "multi_task_lasso", "multi_task_lasso_cv",
}  # fmt: skip
ONE_FEATURE = {"isotonic_regression"}
TINY = """
CREATE OR REPLACE TABLE tiny AS
SELECT a, b, c, 1 + a + 2 * b + c / 2 + a * b / 9 AS y, (a + b + c > 2.8) AS late
FROM (SELECT 0.1 + (hash(i, 1) % 1009) / 530.0 AS a, 0.1 + (hash(i, 2) % 1013) / 540.0 AS b,
             0.1 + (hash(i, 3) % 1019) / 550.0 AS c FROM range(60) r(i)) AS draws
"""


def spec(name: str) -> EstimatorSpec:
    found = estimator(name)
    assert found is not None
    return found


def params_of(one: EstimatorSpec) -> dict[str, Any]:
    small = {key: value for key, value in SMALL.items() if _is_larger(one.defaults.get(key), value)}
    if one.library != "sklearn":
        small = {"n_estimators": 4}
    return small | PARAMS.get(one.name, {})


def _is_larger(default: Any, value: int) -> bool:
    return isinstance(default, int) and not isinstance(default, bool) and default > value


def written(value: Any) -> str:
    """A parameter's value as a statement writes it."""
    if isinstance(value, EstimatorValue):
        return f"{value.name}({', '.join(f'{name} => {written(inner)}' for name, inner in value.params)})"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))})"
    return repr(value)


def plainly(trial: Trial) -> Any:
    """The model as a person builds it, in one thread; what nests estimators is built from the catalogue."""
    params = trial.given.as_dict()
    if trial.estimator.nested & params.keys():
        return build(trial.estimator, params, 0, 1)
    module, _, name = trial.estimator.path.rpartition(".")
    found = getattr(import_module(module), name)
    if trial.estimator.library != "sklearn":
        quiet = {"lightgbm": {"verbosity": -1}, "xgboost": {"verbosity": 0}}[trial.estimator.library]
        return found(**params, random_state=0, n_jobs=1, **quiet)
    return found(**params, **({"random_state": 0} if "random_state" in inspect.signature(found).parameters else {}))


@pytest.fixture(scope="module")
def tiny(session: Session) -> Session:
    session.sql(TINY)
    return session


@pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")
def test_what_needs_several_targets_is_known() -> None:
    nested = {"classifier_chain": {"estimator": CLASSIFIER}, "multi_output_classifier": {"estimator": CLASSIFIER}}
    nested |= {"regressor_chain": {"estimator": REGRESSOR}, "multi_output_regressor": {"estimator": REGRESSOR}}
    found = {
        name for name in estimators() if needs_several_targets(spec(name), params_of(spec(name)) | nested.get(name, {}))
    }
    assert found == SEVERAL_TARGETS


@pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")
@pytest.mark.parametrize("name", sorted(set(estimators()) - SEVERAL_TARGETS))
def test_estimator(tiny: Session, name: str) -> None:
    one = spec(name)
    pytest.importorskip(one.library)
    params = params_of(one)
    classes = one.task == "classification"
    said = ", ".join(f"{key} => {written(value)}" for key, value in params.items())
    sql = (
        f"SELECT {'a' if name in ONE_FEATURE else 'a, b, c'}, {'late' if classes else 'y'} FROM tiny TRAIN MODEL {name}({said}) "
        f"TARGET {'late' if classes else 'y'} METRIC {'accuracy, f1' if classes else 'r2, mae'} CROSS VALIDATE 3"
    )
    check(tiny, sql, 0.0 if one.library != "sklearn" else ITERATIVE, plainly)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_boosters_equal_the_plain_library_bit_for_bit(session: Session, library: str) -> None:
    pytest.importorskip(library)
    heads = {
        "regressor": "SELECT one_hot(kind), num, holes, price, whole, y FROM t TRAIN MODEL {} TARGET y METRIC r2, mae",
        "classifier": "SELECT ordinal(city), num, holes, flag, level FROM t TRAIN MODEL {} TARGET level METRIC log_loss, accuracy",
    }
    for task, head in heads.items():
        call = f"{library}_{task}(n_estimators => 20, learning_rate => [0.1, 0.3], max_depth => 4)"
        check(session, head.format(call), 0.0, plainly)


# ---- (c) shapes of features ------------------------------------------------------------------------------------------

SHAPES = [
    "pca(standard_scale(impute(num)), impute(holes), impute(price), 2)",
    "standard_scale(impute(num)) * 2 + impute(holes) AS q, one_hot(rare(city, 10)) AS c",
    "ln(min_max_scale(num) + 1) AS q, standard_scale(ln(pos)) AS r",
    "standard_scale(num) - standard_scale(price) AS difference",
    "CASE WHEN standard_scale(num) > 0 THEN 1 ELSE 0 END AS high, num",
    "coalesce(standard_scale(holes), -1) AS filled, struct_extract({'a': standard_scale(num)}, 'a') AS s",
    "standard_scale(COLUMNS('num|price|whole'))",
    "standard_scale(COLUMNS(lambda c: c IN ('num', 'pos')))",
    "poly(standard_scale(num), standard_scale(price), 2)",
    "target_encode(city), target_encode(rare(city, 20)) AS again, select_k(num, price, pos, 1)",
    "impute(standard_scale(CASE WHEN whole > 2 THEN num END)) AS half",
    "one_hot(day > DATE '2020-12-01') AS after, date_parts(day + INTERVAL 1 MONTH, 'month') AS m",
    "one_hot(upper(city)) AS u, one_hot(length(city)) AS n, target_encode(comment || ' x') AS w",
    "-num AS minus, num AS plus, num::INTEGER AS cut",
]  # fmt: skip


@pytest.mark.parametrize("items", SHAPES)
def test_shapes_of_features(session: Session, items: str) -> None:
    check(
        session,
        f"SELECT {items}, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 5), hist_gb_regressor(max_iter => 5) TARGET y",
    )


def test_a_star(session: Session) -> None:
    check(
        session,
        "FROM (SELECT num, price, whole, y FROM t) TRAIN MODEL ols, decision_tree_regressor(max_depth => 4) TARGET y",
    )
    check(
        session,
        "SELECT * EXCLUDE (id), num / 2 AS half FROM (SELECT id, num, price, y FROM t) TRAIN MODEL decision_tree_regressor TARGET y",
    )
    check(
        session,
        "SELECT vectorize(* EXCLUDE (y, id, huge)), y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y",
    )


def test_relations(session: Session) -> None:
    check(
        session,
        "WITH c AS (SELECT grp, avg(whole) AS mean FROM t GROUP BY grp) SELECT num, mean, y FROM t JOIN c USING (grp) TRAIN MODEL ols TARGET y",
    )
    check(
        session,
        "SELECT num, row_number() OVER (ORDER BY id) AS r, y FROM t WHERE whole > 1 ORDER BY y LIMIT 100 TRAIN MODEL ols TARGET y",
    )
    check(session, "SELECT DISTINCT whole, grp = 'g1' AS first, round(y) AS z FROM t TRAIN MODEL ols TARGET z")


# ---- splits ----------------------------------------------------------------------------------------------------------

SPLITS = [
    "CROSS VALIDATE 4",
    "CROSS VALIDATE 3 SHUFFLE SEED 7",
    "CROSS VALIDATE 3 NO SHUFFLE",
    "CROSS VALIDATE 3 STRATIFY",
    "CROSS VALIDATE 3 STRATIFY BY kind",
    "CROSS VALIDATE 3 GROUPS grp",
    "CROSS VALIDATE 2 REPEAT 3",
    "CROSS VALIDATE 3 ORDER BY moment",
    "CROSS VALIDATE 3 ORDER BY id GAP 5",
    "HOLDOUT 0.3",
    "HOLDOUT 0.25 REPEAT 3 SEED 5",
    "HOLDOUT 0.3 NO SHUFFLE",
    "HOLDOUT 0.2 ORDER BY day GAP 3",
    "HOLDOUT 0.3 GROUPS grp",
    "SPLIT BY part",
    "SPLIT BY side",
    "SPLIT BY kind",
    "SPLIT BY flag",
    "SPLIT k_fold(n_splits => 3, shuffle => true)",
    "SPLIT repeated_k_fold(n_splits => 2, n_repeats => 2)",
    "SPLIT shuffle_split(n_splits => 2, test_size => 0.3)",
    "SPLIT group_k_fold(n_splits => 3) GROUPS grp",
    "SPLIT leave_one_group_out() GROUPS part",
    "SPLIT time_series_split(n_splits => 3)",
    "SPLIT stratified_k_fold(n_splits => 3, shuffle => true) STRATIFY BY kind",
]


@pytest.mark.parametrize("split", SPLITS)
def test_splits(session: Session, split: str) -> None:
    found = check(
        session,
        f"SELECT standard_scale(num), target_encode(city), y FROM t TRAIN MODEL ridge TARGET y METRIC mae {split}",
    )
    assert len(found[1][1]["mae"]) >= 1


@pytest.mark.parametrize(
    "split", ["CROSS VALIDATE 3", "HOLDOUT 0.3 STRATIFY", "SPLIT stratified_shuffle_split(n_splits => 2)"]
)
def test_splits_of_classes(session: Session, split: str) -> None:
    check(
        session,
        f"SELECT num, target_encode(city), level FROM t TRAIN MODEL gaussian_nb TARGET level METRIC accuracy, log_loss {split}",
    )


# ---- metrics, weights, labels ----------------------------------------------------------------------------------------


def _names(task: str) -> str:
    return ", ".join(name for name, one in metrics().items() if task in one.tasks)


def test_every_metric_of_regression(session: Session) -> None:
    for weight in ("", "WEIGHT importance"):
        check(
            session,
            f"SELECT num, pos, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y {weight} METRIC {_names('regression')}",
        )


def test_every_metric_of_two_classes(session: Session) -> None:
    for weight in ("", "WEIGHT importance"):
        check(
            session,
            f"SELECT num, pos, late FROM t TRAIN MODEL gaussian_nb TARGET late {weight} METRIC {_names('classification')} CROSS VALIDATE 3",
        )


def test_every_metric_of_text_labels(session: Session) -> None:
    of_two = {"f1", "precision", "recall", "jaccard", "average_precision", "ap", "roc_auc", "auc", "brier", "brier_score", "neg_brier_score",
              "d2_brier_score", "positive_likelihood_ratio", "negative_likelihood_ratio", "neg_negative_likelihood_ratio"}  # fmt: skip
    names = ", ".join(name for name in _names("classification").split(", ") if name not in of_two)
    check(
        session, f"SELECT num, pos, level FROM t TRAIN MODEL gaussian_nb TARGET level METRIC {names} CROSS VALIDATE 3"
    )


def test_labels_in_parameters(session: Session) -> None:
    weights = "[{'lo': 1, 'mid': 4, 'hi': 9}, {'lo': 9, 'mid': 1, 'hi': 1}, NULL]"
    sql = f"SELECT num, pos, level FROM t TRAIN MODEL logistic_regression(class_weight => {weights}) TARGET level METRIC accuracy, log_loss"
    found = check(session, sql, ITERATIVE)
    assert len({tuple(scores["log_loss"]) for _, scores in found.values()}) == 3
    for target, key in [("late", "true"), ("whole", "3"), ("kind", "Köln")]:
        check(
            session,
            f"SELECT num, pos, {target} FROM t TRAIN MODEL decision_tree_classifier(max_depth => 3, class_weight => {{'{key}': 5}}) TARGET {target} METRIC accuracy",
        )


def test_a_label_that_is_no_class(session: Session) -> None:
    result = session.sql(
        "SELECT num, level FROM t TRAIN MODEL decision_tree_classifier(class_weight => {'low': 5}), gaussian_nb TARGET level"
    )
    assert [status for status, _ in board(result).values()] == ["ok", "failed"]
    (error,) = [row["error"] for row in result.arrow().to_pylist() if row["error"]]
    assert "no class" in error
    assert "'lo'" in error


def test_the_default_metrics_are_those_documented(session: Session) -> None:
    assert [
        metric.name for metric in query_of(session.sql("SELECT num, y FROM t TRAIN MODEL ols TARGET y")).metrics
    ] == ["r2"]
    assert [
        metric.name
        for metric in query_of(session.sql("SELECT num, late FROM t TRAIN MODEL gaussian_nb TARGET late")).metrics
    ] == ["roc_auc"]
    assert [
        metric.name
        for metric in query_of(session.sql("SELECT num, level FROM t TRAIN MODEL gaussian_nb TARGET level")).metrics
    ] == ["accuracy"]
