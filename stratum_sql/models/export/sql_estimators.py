"""Estimators as SQL over the columns of their matrix.

`ESTIMATORS` names every estimator that has a form in SQL, by its class; each is a function of the layers, the estimator
and the columns, that gives what is predicted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from stratum_sql.models.export.sql_text import Column, Expression, Floats, Layers, Looked, not_in_sql, number, of
from stratum_sql.models.export.sql_trees import (
    Node,
    check_size,
    double_columns,
    hist_tree,
    lightgbm_tree,
    single_columns,
    sklearn_tree,
    tree_sql,
    xgboost_tree,
)


@dataclass(frozen=True, slots=True)
class Predicted:
    """`value` is the prediction: the number of a regression, or that of the class, from 0. `probabilities` are one a
    class, None where the estimator has none."""

    value: Expression
    probabilities: tuple[Expression, ...] | None = None


Make = Callable[[Layers, Any, Sequence[Column]], Predicted]


def predicted(layers: Layers, estimator: Any, columns: Sequence[Column]) -> Predicted:
    """What an estimator predicts. Raises RunError `not_exported` for one that has no form in SQL."""
    make = ESTIMATORS.get(class_path(estimator))
    if make is None:
        raise not_in_sql(f"the estimator {type(estimator).__name__}")
    return make(layers, estimator, columns)


def predicted_each(layers: Layers, estimator: Any, columns: Sequence[Column], targets: int) -> list[Predicted]:
    """What an estimator of several targets predicts for each of them. Raises as `predicted`."""
    if targets == 1:
        return [predicted(layers, estimator, columns)]
    path = class_path(estimator)
    if path == "sklearn.MultiOutputRegressor":
        return [predicted(layers, one, columns) for one in estimator.estimators_]
    name = path.partition(".")[2]
    if name in _LINES:
        return [Predicted(one) for one in _scores(layers, estimator.coef_, estimator.intercept_, columns)]
    if name in [one.format("Regressor") for one in _FORESTS]:
        return [Predicted(one) for one in _means_of_trees(layers, estimator, columns, targets, 0)]
    raise not_in_sql(f"several targets of {name}")


def class_path(estimator: Any) -> str:
    """Library and class: `sklearn.Ridge`."""
    return f"{type(estimator).__module__.partition('.')[0]}.{type(estimator).__name__}"


def is_line(path: str) -> bool:
    """Whether an estimator is a weighted sum of its columns for each class, which DuckDB is quick at."""
    return path.partition(".")[2] in (*_LINES, *_BORDERS, *_SHARES, "PoissonRegressor", "GammaRegressor")


# ---- straight lines --------------------------------------------------------------------------------------------------


def _scores(layers: Layers, weights: Floats, intercepts: Floats, columns: Sequence[Column]) -> list[Expression]:
    """One weighted sum a row of `weights`, named; NULL for a row that has a NULL, or an infinite number."""
    finite = [one if isinstance(one, Looked) else layers.finite(one) for one in columns]
    rows = np.atleast_2d(weights)
    starts = np.broadcast_to(np.asarray(intercepts, dtype=np.float64).reshape(-1), (len(rows),))
    return [layers.named(layers.weighted(finite, row, float(start))) for row, start in zip(rows, starts, strict=True)]


def _line(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    return Predicted(_scores(layers, model.coef_, model.intercept_, columns)[0])


def _exponential(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    return Predicted(of("exp({0})", _scores(layers, model.coef_, model.intercept_, columns)[0]))


def _tweedie(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    linear = model.link == "identity" or (model.link == "auto" and model.power <= 0)
    return (_line if linear else _exponential)(layers, model, columns)


_LOGISTIC = "CASE WHEN {0} >= 0 THEN 1 / (1 + exp(-{0})) ELSE exp({0}) / (1 + exp({0})) END"


def _logistic(layers: Layers, score: Expression) -> Expression:
    """`1 / (1 + exp(-x))`, which does not overflow."""
    return layers.named(of(_LOGISTIC, score))


def _two_classes(score: Expression, above: str = "> 0") -> Expression:
    return of(f"CASE WHEN {{0}} {above} THEN 1 WHEN {{0}} IS NOT NULL THEN 0 END", score)


def _complement(layers: Layers, one: Expression) -> tuple[Expression, Expression]:
    return of("1 - {0}", one), one


def largest(scores: Sequence[Expression]) -> Expression:
    """The place of the largest, the first of equal ones; NULL where one is NULL."""
    cases = [
        "WHEN " + " AND ".join(f"{{{at}}} >= {{{other}}}" for other in range(at + 1, len(scores))) + f" THEN {at}"
        for at in range(len(scores) - 1)
    ]
    whole = " + ".join(f"{{{at}}}" for at in range(len(scores)))
    return of(f"CASE WHEN {whole} IS NULL THEN NULL {' '.join(cases)} ELSE {len(scores) - 1} END", *scores)


def softmax(layers: Layers, scores: Sequence[Expression]) -> tuple[Expression, ...]:
    """Shares that add up to 1; the largest score is taken off first, so that none overflows."""
    top = layers.named(of("greatest(" + ", ".join(f"{{{at}}}" for at in range(len(scores))) + ")", *scores))
    powers = [layers.named(of("exp({0} - {1})", one, top)) for one in scores]
    total = layers.named(layers.sum(powers))
    return tuple(of("{0} / {1}", one, total) for one in powers)


def _linear_classifier(
    layers: Layers, model: Any, columns: Sequence[Column], *, shares: str | None = None
) -> Predicted:
    """`shares`: how scores become probabilities, `softmax` or `one_vs_rest`; two classes are logistic either way."""
    scores = _scores(layers, model.coef_, model.intercept_, columns)
    if len(scores) == 1:
        found = None if shares is None else _complement(layers, _logistic(layers, scores[0]))
        return Predicted(_two_classes(scores[0]), found)
    if shares == "softmax":
        return Predicted(largest(scores), softmax(layers, scores))
    return Predicted(largest(scores), _normalized(layers, scores) if shares else None)


def _normalized(layers: Layers, scores: Sequence[Expression]) -> tuple[Expression, ...]:
    """The logistic of each score, divided by their sum."""
    each = [_logistic(layers, one) for one in scores]
    total = layers.named(layers.sum(each))
    return tuple(of("{0} / {1}", one, total) for one in each)


def _sgd(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    return _linear_classifier(layers, model, columns, shares="one_vs_rest" if model.loss == "log_loss" else None)


# ---- naive Bayes -----------------------------------------------------------------------------------------------------


def _gaussian(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    x = [layers.named(layers.complete(one)) for one in columns]
    scores = []
    for prior, means, variances in zip(model.class_prior_, model.theta_, model.var_, strict=True):
        squares = [
            of(f"pow({{0}} - {number(mean)}, 2) / {number(variance)}", one)
            for one, mean, variance in zip(x, means, variances, strict=True)
        ]
        start = number(math.log(prior) - 0.5 * float(np.sum(np.log(2.0 * np.pi * variances))))
        scores.append(layers.named(of(f"{start} - 0.5e0 * {{0}}", layers.named(layers.sum(squares)))))
    return Predicted(largest(scores), softmax(layers, scores))


def _multinomial(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    scores = _scores(layers, model.feature_log_prob_, model.class_log_prior_, columns)
    return Predicted(largest(scores), softmax(layers, scores))


def _bernoulli(layers: Layers, model: Any, columns: Sequence[Column]) -> Predicted:
    cells = columns if model.binarize is None else [_above(layers, one, model.binarize) for one in columns]
    other = np.log(1 - np.exp(model.feature_log_prob_))
    scores = _scores(layers, model.feature_log_prob_ - other, model.class_log_prior_ + other.sum(axis=1), cells)
    return Predicted(largest(scores), softmax(layers, scores))


def _above(layers: Layers, column: Column, threshold: float) -> Expression:
    one = layers.named(layers.complete(column))
    return of(f"CASE WHEN {{0}} > {number(threshold)} THEN 1e0 ELSE 0e0 END", one)


# ---- trees -----------------------------------------------------------------------------------------------------------


def _votes(
    layers: Layers,
    trees: Sequence[Node],
    columns: Sequence[Expression],
    values: int,
    start: Sequence[float] | None = None,
) -> list[Expression]:
    """The sum of all trees, from the first to the last, for each value; `start` comes before them."""
    check_size(trees, values)
    return [
        layers.named(
            layers.sum((tree_sql(tree, columns, at, number) for tree in trees), None if start is None else start[at])
        )
        for at in range(values)
    ]


def _forest_trees(model: Any, classes: int) -> list[Node]:
    """The trees: of the first target's classes, or of each target's number."""
    trees = [each.tree_ for each in getattr(model, "estimators_", [model])]
    return [sklearn_tree(one, one.value[:, 0, :] if classes else one.value[:, :, 0]) for one in trees]


def _sklearn_columns(layers: Layers, model: Any, columns: Sequence[Column]) -> list[Expression]:
    """In single precision; where the trees take no NULL, it is refused."""
    taken = model.estimators_[0] if hasattr(model, "estimators_") else model
    if not taken._support_missing_values(np.zeros((1, 1))) or not model.__sklearn_tags__().input_tags.allow_nan:
        columns = [one if isinstance(one, Looked) else layers.complete(one) for one in columns]
    return single_columns(layers, columns)


def _mean_of_trees(layers: Layers, model: Any, columns: Sequence[Column], *, classes: bool) -> Predicted:
    means = _means_of_trees(layers, model, columns, 1, model.n_classes_ if classes else 0)
    return Predicted(largest(means), tuple(means)) if classes else Predicted(means[0])


def _means_of_trees(
    layers: Layers, model: Any, columns: Sequence[Column], targets: int, classes: int
) -> list[Expression]:
    """The mean of the trees for each class of one target, or, without classes, for each target."""
    trees = _forest_trees(model, classes)
    sums = _votes(layers, trees, _sklearn_columns(layers, model, columns), classes or targets)
    return [layers.named(of(f"{{0}} / {len(trees)}", one)) for one in sums] if len(trees) > 1 else sums


def _gradient(layers: Layers, model: Any, columns: Sequence[Column], *, classes: bool) -> Predicted:
    starts = _start_of(model)
    x = single_columns(layers, [one if isinstance(one, Looked) else layers.complete(one) for one in columns])
    raw = []
    for at, start in enumerate(starts):
        trees = [
            sklearn_tree(one.tree_, one.tree_.value[:, 0, :] * model.learning_rate) for one in model.estimators_[:, at]
        ]
        raw += _votes(layers, trees, x, 1, [start])
    return _classes_of(layers, raw) if classes else Predicted(raw[0])


def _start_of(model: Any) -> list[float]:
    if isinstance(model.init_, str):
        return [0.0] * model.estimators_.shape[1]
    if type(model.init_).__name__ not in ("DummyRegressor", "DummyClassifier"):
        raise not_in_sql("gradient boosting that starts from an estimator")
    found: list[float] = model._raw_predict_init(np.zeros((1, model.n_features_in_))).reshape(-1).tolist()
    return found


def _classes_of(layers: Layers, raw: Sequence[Expression]) -> Predicted:
    """Classes of raw scores: one is that of the second of two, or there is one a class."""
    if len(raw) == 1:
        return Predicted(_two_classes(raw[0], ">= 0"), _complement(layers, _logistic(layers, raw[0])))
    return Predicted(largest(raw), softmax(layers, raw))


def _hist(layers: Layers, model: Any, columns: Sequence[Column], *, classes: bool) -> Predicted:
    if getattr(model, "_preprocessor", None) is not None:
        raise not_in_sql("categories of histogram gradient boosting")
    x, starts = double_columns(layers, columns), np.asarray(model._baseline_prediction).reshape(-1)
    raw = []
    for at, start in enumerate(starts):
        raw += _votes(layers, [hist_tree(step[at]) for step in model._predictors], x, 1, [float(start)])
    if classes:
        found = _classes_of(layers, raw)
        return Predicted(_two_classes(raw[0]), found.probabilities) if len(raw) == 1 else found
    if model.loss in ("poisson", "gamma"):
        return Predicted(of("exp({0})", raw[0]))
    return Predicted(raw[0])


# ---- LightGBM --------------------------------------------------------------------------------------------------------

_LIGHTGBM_LINES = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
_LIGHTGBM_POWERS = ("poisson", "gamma", "tweedie")


def _lightgbm(layers: Layers, model: Any, columns: Sequence[Column], *, classes: bool) -> Predicted:
    booster = model.booster_
    told = booster.dump_model(num_iteration=booster.best_iteration if booster.best_iteration > 0 else None)
    name, *words = str(told.get("objective", "")).split()
    if any("leaf_coeff" in str(tree.get("tree_structure", ""))[:2000] for tree in told["tree_info"][:1]):
        raise not_in_sql("linear trees of LightGBM")
    raw = _lightgbm_raw(layers, told, columns)
    settings = dict(word.partition(":")[::2] for word in words)
    if not classes:
        return _lightgbm_value(name, words, raw[0])
    if name == "multiclass":
        return Predicted(largest(softmax_named := _named(layers, softmax(layers, raw))), tuple(softmax_named))
    if name != "binary":
        raise not_in_sql(f"the objective {name} of LightGBM")
    slope = float(settings.get("sigmoid", 1.0))
    share = layers.named(of(f"1 / (1 + exp({{0}} * {number(-slope)}))", raw[0]))
    return Predicted(largest(_named(layers, _complement(layers, share))), _complement(layers, share))


def _named(layers: Layers, some: Sequence[Expression]) -> list[Expression]:
    return [layers.named(one) for one in some]


def _lightgbm_raw(layers: Layers, told: Any, columns: Sequence[Column]) -> list[Expression]:
    x, width, trees = double_columns(layers, columns), told["num_tree_per_iteration"], told["tree_info"]
    raw = []
    for at in range(width):
        own = [lightgbm_tree(tree["tree_structure"]) for tree in trees[at::width]]
        raw += _votes(layers, own, x, 1)
        if told.get("average_output"):
            raw[-1] = layers.named(of(f"{{0}} / {len(own)}", raw[-1]))
    return raw


def _lightgbm_value(name: str, words: Sequence[str], raw: Expression) -> Predicted:
    if "sqrt" in words:
        return Predicted(of("sign({0}) * {0} * {0}", raw))
    if name in _LIGHTGBM_POWERS:
        return Predicted(of("exp({0})", raw))
    if name not in _LIGHTGBM_LINES:
        raise not_in_sql(f"the objective {name} of LightGBM")
    return Predicted(raw)


# ---- XGBoost ---------------------------------------------------------------------------------------------------------

_XGBOOST_LINES = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror")
_XGBOOST_POWERS = ("count:poisson", "reg:gamma", "reg:tweedie")


def _single(value: float) -> str:
    return f"CAST({number(value)} AS FLOAT)"


def _xgboost(layers: Layers, model: Any, columns: Sequence[Column], *, classes: bool) -> Predicted:
    """Leaves are added in single precision, as the library does, so that sums are the same numbers."""
    learner = json.loads(bytes(model.get_booster().save_raw("json")))["learner"]
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] != "gbtree":
        raise not_in_sql(f"the booster {booster['name']} of XGBoost")
    x = single_columns(layers, columns)
    groups = max(int(learner["learner_model_param"]["num_class"]), 1)
    starts = _margins(learner, objective, groups)
    trees, group_of = booster["model"]["trees"], booster["model"]["tree_info"]
    raw = []
    for group, start in enumerate(starts):
        own = [xgboost_tree(tree) for tree, one in zip(trees, group_of, strict=True) if one == group]
        check_size(own, 1)
        terms = [Expression(_single(start), may_be_null=False), *(tree_sql(tree, x, 0, _single) for tree in own)]
        raw.append(layers.named(of("CAST({0} AS DOUBLE)", layers.sum(terms))))
    if not classes:
        return _xgboost_value(objective, raw[0])
    if objective == "binary:logistic":
        return Predicted(_two_classes(raw[0]), _complement(layers, _logistic(layers, raw[0])))
    if objective in ("multi:softprob", "multi:softmax"):
        return Predicted(largest(raw), softmax(layers, raw))
    raise not_in_sql(f"the objective {objective} of XGBoost")


def _margins(learner: Any, objective: str, groups: int) -> list[float]:
    """What sums of leaves start from, for each class; the file has it as what is predicted."""
    told = learner["learner_model_param"]["base_score"].strip("[]").split(",")
    scores = [float(np.float32(one)) for one in told]
    if objective in ("binary:logistic", "reg:logistic"):
        scores = [-math.log(1.0 / one - 1.0) for one in scores]
    elif objective in _XGBOOST_POWERS:
        scores = [math.log(one) for one in scores]
    return [float(np.float32(one)) for one in (scores if len(scores) == groups else scores * groups)]


def _xgboost_value(objective: str, raw: Expression) -> Predicted:
    if objective in _XGBOOST_LINES:
        return Predicted(raw)
    if objective in _XGBOOST_POWERS:
        return Predicted(of("CAST(CAST(exp({0}) AS FLOAT) AS DOUBLE)", raw))
    raise not_in_sql(f"the objective {objective} of XGBoost")


# ---- which there are -------------------------------------------------------------------------------------------------

_LINES = (
    "Ridge", "RidgeCV", "LinearRegression", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "Lars", "LarsCV",
    "LassoLars", "LassoLarsCV", "LassoLarsIC", "BayesianRidge", "ARDRegression", "HuberRegressor", "SGDRegressor",
    "LinearSVR", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "PassiveAggressiveRegressor",
    "QuantileRegressor", "TheilSenRegressor",
)  # fmt: skip
_BORDERS = ("RidgeClassifier", "RidgeClassifierCV", "LinearSVC", "Perceptron", "PassiveAggressiveClassifier")
_SHARES = ("LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis")
_FORESTS = ("DecisionTree{}", "ExtraTree{}", "RandomForest{}", "ExtraTrees{}")

ESTIMATORS: Mapping[str, Make] = {
    **{f"sklearn.{name}": _line for name in _LINES},
    **{f"sklearn.{name}": _exponential for name in ("PoissonRegressor", "GammaRegressor")},
    "sklearn.TweedieRegressor": _tweedie,
    **{f"sklearn.{name}": _linear_classifier for name in _BORDERS},
    **{f"sklearn.{name}": partial(_linear_classifier, shares="softmax") for name in _SHARES},
    "sklearn.SGDClassifier": _sgd,
    "sklearn.GaussianNB": _gaussian,
    "sklearn.MultinomialNB": _multinomial,
    "sklearn.BernoulliNB": _bernoulli,
    **{f"sklearn.{name.format('Regressor')}": partial(_mean_of_trees, classes=False) for name in _FORESTS},
    **{f"sklearn.{name.format('Classifier')}": partial(_mean_of_trees, classes=True) for name in _FORESTS},
    "sklearn.GradientBoostingRegressor": partial(_gradient, classes=False),
    "sklearn.GradientBoostingClassifier": partial(_gradient, classes=True),
    "sklearn.HistGradientBoostingRegressor": partial(_hist, classes=False),
    "sklearn.HistGradientBoostingClassifier": partial(_hist, classes=True),
    "lightgbm.LGBMRegressor": partial(_lightgbm, classes=False),
    "lightgbm.LGBMClassifier": partial(_lightgbm, classes=True),
    "xgboost.XGBRegressor": partial(_xgboost, classes=False),
    "xgboost.XGBClassifier": partial(_xgboost, classes=True),
    "xgboost.XGBRFRegressor": partial(_xgboost, classes=False),
}
