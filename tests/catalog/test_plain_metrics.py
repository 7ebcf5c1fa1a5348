"""The short ways of metrics against scikit-learn's: the same bits, the same reasons, the same warnings."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.datasets import make_classification
from sklearn.metrics import get_scorer

from stratum_sql.catalog import metrics as metrics_module
from stratum_sql.catalog import plain_metrics
from stratum_sql.catalog.estimators import build, estimator
from stratum_sql.catalog.metrics import metrics, score
from stratum_sql.catalog.plain_metrics import plain_value
from stratum_sql.catalog.spec import MetricSpec

REGRESSION = (
    "r2",
    "explained_variance",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "neg_mean_absolute_error",
)
MULTICLASS = ("accuracy", "balanced_accuracy", "neg_log_loss")
BINARY = (*MULTICLASS, "precision", "recall", "f1", "roc_auc", "average_precision", "neg_brier_score")


class Number(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts what it is given."""

    def fit(self, _rows: Any, _target: Any) -> Number:
        return self

    def predict(self, rows: Any) -> Any:
        return rows

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Labels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Its rows are probabilities of the classes, and it says the most probable."""

    def __init__(self, classes: int) -> None:
        self.classes_ = np.arange(classes)

    def fit(self, _rows: Any, _target: Any) -> Labels:
        return self

    def predict_proba(self, rows: Any) -> Any:
        return rows

    def predict(self, rows: Any) -> Any:
        return np.argmax(rows, axis=1)

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Ranks(Labels):
    """Has a decision function as well."""

    def decision_function(self, rows: Any) -> Any:
        return rows[:, 1] * 7 - 2


def of(scorers: tuple[str, ...]) -> list[MetricSpec]:
    return [spec for spec in metrics().values() if spec.scorer in scorers and spec.name == spec.scorer]


def told(fitted: Any, rows: Any, y: Any, weight: Any, scorers: tuple[str, ...]) -> tuple[Any, Any, list[str]]:
    """Values by their bits, reasons, and what was warned of."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        made = score(fitted, rows, y, of(scorers), weight)
    bits = {name: value.hex() for name, value in made.values.items()}
    return bits, dict(made.problems), [f"{one.category.__name__}: {one.message}" for one in heard]


def agree(fitted: Any, rows: Any, y: Any, weight: Any, scorers: tuple[str, ...]) -> None:
    ours = told(fitted, rows, y, weight, scorers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics_module, "plain_value", lambda *_: None)
        theirs = told(fitted, rows, y, weight, scorers)
    assert ours == theirs


# ---- rows of every kind ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Some held-out rows: how many, how they are weighted, and what is odd about target and predictions."""

    count: int
    seed: int
    weights: str
    target: str
    said: str
    dtype: str = "float64"

    def weight(self, random: Any) -> Any:
        some = random.uniform(0, 3, self.count)
        return {
            "none": None,
            "some": some,
            "zeros": np.where(random.random(self.count) < 0.4, 0.0, some),
            "whole": random.integers(0, 4, self.count).astype(np.float64),
            "nothing": np.zeros(self.count),
            "negative": some - 1,
            "tiny": some * 1e-310,
            "apart": some[::-1],
        }[self.weights]


def cases(targets: tuple[str, ...], said: tuple[str, ...]) -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        count=st.sampled_from([1, 2, 3, 7, 8, 9, 100, 129, 1000, 3001]) | st.integers(1, 40),
        seed=st.integers(0, 2**32 - 1),
        weights=st.sampled_from(["none", "none", "some", "zeros", "whole", "nothing", "negative", "tiny", "apart"]),
        target=st.sampled_from(targets),
        said=st.sampled_from(said),
        dtype=st.sampled_from(["float64", "float32"]),
    )


NUMBERS = ("usual", "whole", "constant", "offset", "huge", "tiny")
SAID = ("near", "exact", "mean", "rounded", "strided", "missing", "infinite", "column")


def numbers(case: Case) -> tuple[Any, Any, Any]:
    """What is predicted, the target, the weights."""
    random = np.random.default_rng(case.seed)
    usual = random.normal(size=case.count) * 20
    y = {
        "usual": usual,
        "whole": np.round(usual),
        "constant": np.full(case.count, 0.1),
        "offset": usual + 1e15,
        "huge": usual * 1e160,
        "tiny": usual * 1e-200,
    }[case.target]
    near = y + random.normal(size=case.count) * np.abs(y).mean()
    wrong = near.copy()
    wrong[case.seed % case.count] = np.inf if case.said == "infinite" else np.nan
    made = {
        "near": near,
        "exact": y.copy(),
        "mean": np.full(case.count, y.mean()),
        "rounded": np.round(near, -1),
        "strided": np.repeat(near, 2)[::2],
        "missing": wrong,
        "infinite": wrong,
        "column": near[:, None],
    }[case.said]
    with np.errstate(over="ignore"):
        return made.astype(case.dtype), y, case.weight(random)


@given(cases(NUMBERS, SAID))
@example(Case(3001, 0, "none", "usual", "near"))
@example(Case(3001, 0, "zeros", "offset", "near"))
@example(Case(40, 0, "none", "constant", "exact"))
@example(Case(40, 0, "none", "constant", "near"))
@example(Case(1, 0, "none", "usual", "near"))
@example(Case(9, 0, "nothing", "usual", "near"))
@example(Case(9, 0, "none", "usual", "missing"))
@example(Case(100, 0, "some", "huge", "near"))
def test_numbers_are_scored_as_by_the_library(case: Case) -> None:
    made, y, weight = numbers(case)
    agree(Number(), made, y, weight, REGRESSION)


CLASSES = ("usual", "rare", "first", "last", "unknown")
PROBABLE = ("usual", "tied", "certain", "constant", "right", "columns", "missing", "above", "unequal")


def probabilities(case: Case, classes: int) -> tuple[Any, Any, Any]:
    """The probabilities said, the codes of the classes, the weights."""
    random = np.random.default_rng(case.seed)
    share = 1 / classes if case.target != "rare" else 0.02
    y = {
        "first": np.zeros(case.count, dtype=np.int64),
        "last": np.full(case.count, classes - 1),
        "unknown": random.integers(0, classes + 1, case.count),
    }.get(case.target, np.where(random.random(case.count) < share, random.integers(0, classes, case.count), 0))
    hit = y[:, None] == np.arange(classes)
    likely = random.uniform(0, 1, (case.count, classes)) + 0.5 * hit
    if case.said == "tied":
        likely = np.round(likely, 1) + 0.1
    if case.said in ("certain", "right"):
        likely = (likely == likely.max(axis=1, keepdims=True)) if case.said == "certain" else hit + 0.0
        likely = likely + 1e-320
    if case.said == "constant":
        likely = np.ones_like(likely)
    made = (likely / likely.sum(axis=1, keepdims=True)).astype(case.dtype)
    if case.said in ("missing", "above", "unequal"):
        made[case.seed % case.count, -1] = {"missing": np.nan, "above": 1.5, "unequal": 0.75}[case.said]
    return np.asfortranarray(made) if case.said == "columns" else made, y, case.weight(random)


@given(cases(CLASSES, PROBABLE), st.booleans())
@example(Case(3001, 0, "none", "usual", "tied"), True)
@example(Case(3001, 0, "zeros", "usual", "tied"), False)
@example(Case(40, 0, "none", "first", "usual"), False)
@example(Case(40, 0, "none", "first", "right"), False)
@example(Case(40, 0, "none", "last", "right"), False)
@example(Case(40, 0, "none", "unknown", "usual"), False)
@example(Case(40, 0, "some", "usual", "above"), False)
def test_two_classes_are_scored_as_by_the_library(case: Case, ranked: bool) -> None:
    made, y, weight = probabilities(case, 2)
    agree((Ranks if ranked else Labels)(2), made, y, weight, BINARY)


@given(cases(CLASSES, PROBABLE), st.sampled_from([1, 3, 5, 11]))
@example(Case(3001, 0, "some", "usual", "columns"), 11)
@example(Case(40, 0, "none", "usual", "unequal"), 3)
def test_other_numbers_of_classes_are_scored_as_by_the_library(case: Case, classes: int) -> None:
    made, y, weight = probabilities(case, classes)
    agree(Labels(classes), made, y, weight, BINARY)


# ---- which way is taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", ["none", "some"])
def test_plain_rows_take_the_short_way(weights: str) -> None:
    made, y, weight = numbers(Case(500, 1, weights, "usual", "near"))
    for scorer in REGRESSION:
        assert plain_value(scorer, Number(), made, y, weight) == get_scorer(scorer)(
            Number(), made, y, sample_weight=weight
        )
    for classes, scorers in ((2, BINARY), (4, MULTICLASS)):
        made, y, weight = probabilities(Case(500, 1, weights, "usual", "tied"), classes)
        for scorer in scorers:
            found = plain_value(scorer, Labels(classes), made, y, weight)
            assert found == get_scorer(scorer)(Labels(classes), made, y, sample_weight=weight)


@pytest.mark.parametrize("case", [Case(50, 1, "none", "usual", said) for said in ("missing", "infinite", "column")])
def test_numbers_that_are_not_plain_are_left_to_the_library(case: Case) -> None:
    made, y, weight = numbers(case)
    assert [plain_value(scorer, Number(), made, y, weight) for scorer in REGRESSION] == [None] * len(REGRESSION)


def test_other_scorers_and_weights_are_left_to_the_library() -> None:
    made, y, _ = numbers(Case(50, 1, "none", "usual", "near"))
    assert plain_value("max_error", Number(), made, y, None) is None
    for weight in (np.ones(49), np.full(50, np.nan), np.zeros(50), -np.ones(50), np.ones(50, dtype=np.float32)):
        assert plain_value("r2", Number(), made, y, weight) is None


def test_other_codes_are_left_to_the_library() -> None:
    made, y, _ = probabilities(Case(50, 1, "none", "usual", "usual"), 2)
    named = Labels(2)
    named.classes_ = np.asarray([-1, 1])
    for fitted, codes in ((named, y * 2 - 1), (Labels(2), y + 1), (Labels(2), y.astype(np.float64))):
        assert [plain_value(scorer, fitted, made, codes, None) for scorer in BINARY] == [None] * len(BINARY)


@pytest.mark.parametrize(
    "name",
    [
        "logistic_regression",
        "decision_tree_classifier",
        "random_forest_classifier",
        "hist_gradient_boosting_classifier",
        "lightgbm_classifier",
        "xgboost_classifier",
    ],
)
def test_common_classifiers_are_plain(name: str) -> None:
    rows, y = make_classification(200, 5, random_state=3)
    spec = estimator(name)
    assert spec is not None
    fitted = build(spec, {}, 0, 1).fit(rows[:100], y[:100])
    for scorer in BINARY:
        assert plain_value(scorer, fitted, rows[100:], y[100:], None) == get_scorer(scorer)(fitted, rows[100:], y[100:])


def test_every_formula_is_compared() -> None:
    short = [scorer for formulas, _ in plain_metrics._RESPONSES for scorer in formulas]
    assert sorted(short) == sorted({*REGRESSION, *BINARY})
