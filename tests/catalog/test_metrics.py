"""Metrics are scikit-learn's scorers, bit for bit; one that cannot be computed troubles no other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import get_scorer_names, log_loss
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.svm import LinearSVC

from stratum_sql.catalog.estimators import build, estimator
from stratum_sql.catalog.metrics import default_metric, left_out, metric, metrics, score
from stratum_sql.catalog.spec import MetricSpec


def spec(name: str) -> MetricSpec:
    found = metric(name)
    assert found is not None
    return found


# ---- the table -------------------------------------------------------------------------------------------------------


def test_every_scorer_is_a_metric_or_says_why_not() -> None:
    for name in get_scorer_names():
        assert (metric(name) is None) == (left_out(name) is not None), name
    assert {one.scorer for one in metrics().values()} == {name for name in get_scorer_names() if not left_out(name)}


def test_plain_names_are_positive_and_smaller_is_better() -> None:
    for name in ("mae", "mse", "rmse", "mape", "medae", "msle", "log_loss", "brier_score", "mean_absolute_error"):
        assert (spec(name).sign, spec(name).higher_is_better) == (-1, False)
    for name in ("r2", "auc", "accuracy", "f1", "neg_mean_absolute_error"):
        assert (spec(name).sign, spec(name).higher_is_better) == (1, True)


def test_names_are_compared_without_case_and_kept_as_columns() -> None:
    assert spec("MAE") is spec("mae")
    assert {name: one.name for name, one in metrics().items()} == {name: name for name in metrics()}
    assert metric("no_such_metric") is None


def test_defaults() -> None:
    assert default_metric("regression").name == "r2"
    assert default_metric("classification", 2).name == "roc_auc"
    assert default_metric("classification", 3).name == "accuracy"


# ---- equal to scikit-learn -------------------------------------------------------------------------------------------


def data_of(case: str) -> tuple[Any, Any, Any, Any]:
    """Estimator, splitter, features and target."""
    if case == "regression":
        features, y = make_regression(80, 4, noise=20.0, random_state=0)
        return Ridge(), KFold(3, shuffle=True, random_state=0), features, np.abs(y) + 1
    classes = 2 if case == "binary" else 3
    features, y = make_classification(120, 5, n_informative=3, n_redundant=0, n_classes=classes, random_state=1)
    return LogisticRegression(), StratifiedKFold(3, shuffle=True, random_state=0), features, y


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", ["regression", "binary", "multiclass"])
def test_values_are_cross_validates(case: str) -> None:
    estimator, splitter, features, y = data_of(case)
    task = "regression" if case == "regression" else "classification"
    asked = [one for one in metrics().values() if task in one.tasks]
    scoring = {one.name: one.scorer for one in asked}
    theirs = cross_validate(estimator, features, y, cv=splitter, scoring=scoring, return_estimator=True)
    for number, (_, test) in enumerate(splitter.split(features, y)):
        ours = score(theirs["estimator"][number], features[test], y[test], asked)
        for one in asked:
            their = one.sign * theirs[f"test_{one.name}"][number]
            assert np.array_equal(ours.values[one.name], their, equal_nan=True), one.name
            assert (one.name in ours.problems) == bool(np.isnan(their)), one.name
    computed = {name for name, value in ours.values.items() if not math.isnan(value)}
    # What stays out on the last fold: metrics of another number of classes, and of targets above 0.
    assert computed >= {"regression": {"r2", "mae", "rmse"}, "binary": {"auc", "log_loss", "f1"}}.get(
        case, {"f1_macro"}
    )
    assert len(computed) > len(asked) / 2


def test_weights_are_sklearns() -> None:
    features, y = make_regression(30, 3, noise=5.0, random_state=0)
    weight = np.linspace(0.1, 2, 30)
    fitted = LinearRegression().fit(features, y)
    ours = score(fitted, features, y, [spec("r2"), spec("mae"), spec("max_error")], weight)
    assert ours.values["r2"] == fitted.score(features, y, weight)
    assert ours.values["mae"] == np.average(np.abs(y - fitted.predict(features)), weights=weight)
    assert ours.values["max_error"] == np.abs(y - fitted.predict(features)).max()  # has no weights
    assert ours.problems == {}


class Counting(LogisticRegression):  # type: ignore[misc]
    """Counts how often it predicts."""

    predicted = 0

    def decision_function(self, X: Any) -> Any:  # noqa: N803 scikit-learn's name
        type(self).predicted += 1
        return super().decision_function(X)


def test_each_prediction_is_made_once() -> None:
    _, _, features, y = data_of("binary")
    fitted = Counting().fit(features, y)
    Counting.predicted = 0
    names = ("accuracy", "f1", "precision", "recall", "auc", "ap", "log_loss", "brier_score")
    values = score(fitted, features, y, [spec(name) for name in names])
    assert values.problems == {}
    # decision_function itself, and predict and predict_proba, which call it
    assert Counting.predicted == 3


# ---- what cannot be computed -----------------------------------------------------------------------------------------


def test_one_metric_that_fails_leaves_the_others() -> None:
    _, _, features, y = data_of("binary")
    fitted = LinearSVC().fit(features, y)
    found = score(fitted, features, y, [spec("log_loss"), spec("accuracy"), spec("auc")])
    assert math.isnan(found.values["log_loss"])
    assert "probabilities" in found.problems["log_loss"]
    assert found.values["accuracy"] == fitted.score(features, y)
    assert found.values["auc"] > 0.5


def test_binary_metrics_of_many_classes_name_the_right_ones() -> None:
    estimator, _, features, y = data_of("multiclass")
    fitted = estimator.fit(features, y)
    found = score(fitted, features, y, [spec("auc"), spec("f1"), spec("roc_auc_ovr")])
    assert found.problems == {
        "auc": "auc is for two classes; for more use roc_auc_ovr",
        "f1": "f1 is for two classes; for more use f1_macro",
    }
    assert found.values["roc_auc_ovr"] > 0.5


@pytest.mark.filterwarnings("ignore:Only one class")
def test_one_class_held_out_leaves_auc_undefined() -> None:
    estimator, _, features, y = data_of("binary")
    fitted = estimator.fit(features, y)
    rows = y == 1
    found = score(fitted, features[rows], y[rows], [spec("auc"), spec("accuracy")])
    assert math.isnan(found.values["auc"])
    assert found.problems == {"auc": "auc is undefined: the held-out rows have one class alone"}


def test_log_loss_is_over_the_classes_the_estimator_knows() -> None:
    estimator, _, features, y = data_of("multiclass")
    fitted = estimator.fit(features, y)
    rows = y != 2  # the held-out rows lack a class
    found = score(fitted, features[rows], y[rows], [spec("log_loss"), spec("brier_score")])
    proba = fitted.predict_proba(features[rows])
    assert found.values["log_loss"] == log_loss(y[rows], proba, labels=[0, 1, 2])
    assert found.values["brier_score"] == pytest.approx(((proba - np.eye(3)[y[rows]]) ** 2).sum(axis=1).mean())
    assert found.problems == {}


def test_a_class_never_seen_makes_log_loss_undefined() -> None:
    _, _, features, y = data_of("multiclass")
    rows = y != 2  # the training rows lack a class
    fitted = LogisticRegression().fit(features[rows], y[rows])
    found = score(fitted, features, y, [spec("log_loss"), spec("accuracy")])
    assert math.isnan(found.values["log_loss"])
    assert found.problems == {"log_loss": "the held-out rows have a class that the training rows lack"}
    assert found.values["accuracy"] == fitted.score(features, y)


def test_log_loss_of_one_class_held_out() -> None:
    fitted = DummyClassifier().fit(np.zeros((4, 1)), [0, 0, 0, 1])
    found = score(fitted, np.zeros((2, 1)), np.asarray([0, 0]), [spec("log_loss")])
    assert found.values["log_loss"] == pytest.approx(-math.log(0.75))


def test_a_reason_is_one_short_line() -> None:
    features = np.zeros((3, 1))
    fitted = LinearRegression().fit(features, [1.0, 2.0, 3.0])
    found = score(fitted, features, np.asarray([1.0, -2.0, 3.0]), [spec("gamma_deviance"), spec("msle"), spec("mae")])
    assert set(found.problems) == {"gamma_deviance", "msle"}
    assert all("\n" not in reason and len(reason) <= 201 for reason in found.problems.values())


@pytest.mark.parametrize(
    "name", ["lightgbm_classifier", "random_forest_classifier", "decision_tree_classifier", "extra_trees_classifier"]
)
def test_labels_are_taken_from_the_probabilities_once(name: str) -> None:
    rng = np.random.default_rng(5)
    rows, y = rng.normal(size=(120, 3)), rng.integers(0, 3, 120)
    spec = estimator(name)
    assert spec is not None
    fitted = build(spec, {"n_estimators": 7} if "tree_" not in name else {}, 0, 1).fit(rows, y)
    asked: list[str] = []

    class Counting(type(fitted)):  # type: ignore[misc]
        def predict_proba(self, *arguments: object, **options: object) -> object:
            asked.append("predict_proba")
            return super().predict_proba(*arguments, **options)

    Counting.__name__, Counting.__module__ = type(fitted).__name__, type(fitted).__module__
    expected = float((fitted.predict(rows) == y).mean())
    fitted.__class__ = Counting
    wanted = [one for one in (metric("accuracy"), metric("roc_auc_ovr"), metric("log_loss")) if one is not None]
    found = score(fitted, rows, y, wanted)
    assert found.values["accuracy"] == expected
    assert asked == ["predict_proba"]
