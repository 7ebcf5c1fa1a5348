"""The metrics of `METRIC`: scikit-learn's scorers under their own names, and errors and losses also under plain ones.

`mae` is shown positive and smaller is better; `neg_mean_absolute_error` is scikit-learn's number as it is. Left out are
the scorers that compare clusterings, which ignore what a class is called, and those for several labels a row.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.plain_metrics import plain_value
from stratum_sql.catalog.spec import MetricSpec, Task
from stratum_sql.catalog.targets import of_each_target

# ---- the table -------------------------------------------------------------------------------------------------------

_REGRESSION_SCORES = "r2 explained_variance d2_absolute_error_score"
_CLASSIFICATION_SCORES = (
    "accuracy balanced_accuracy average_precision roc_auc roc_auc_ovo roc_auc_ovo_weighted roc_auc_ovr "
    "roc_auc_ovr_weighted top_k_accuracy matthews_corrcoef positive_likelihood_ratio d2_brier_score d2_log_loss_score "
    "f1 f1_macro f1_micro f1_weighted jaccard jaccard_macro jaccard_micro jaccard_weighted precision precision_macro "
    "precision_micro precision_weighted recall recall_macro recall_micro recall_weighted"
)
_REGRESSION_LOSSES: Mapping[str, str] = {  # scikit-learn's scorer without neg_, and its short names
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse",
    "mean_absolute_percentage_error": "mape",
    "median_absolute_error": "medae",
    "mean_squared_log_error": "msle",
    "root_mean_squared_log_error": "rmsle",
    "max_error": "",
    "mean_poisson_deviance": "poisson_deviance",
    "mean_gamma_deviance": "gamma_deviance",
}
_CLASSIFICATION_LOSSES: Mapping[str, str] = {
    "log_loss": "",
    "brier_score": "brier",
    "negative_likelihood_ratio": "",
}
_SHORT_SCORES: Mapping[str, str] = {"auc": "roc_auc", "mcc": "matthews_corrcoef", "ap": "average_precision"}

_CLUSTERINGS = frozenset(
    [
        "adjusted_mutual_info_score",
        "adjusted_rand_score",
        "completeness_score",
        "fowlkes_mallows_score",
        "homogeneity_score",
        "mutual_info_score",
        "normalized_mutual_info_score",
        "rand_score",
        "v_measure_score",
    ]
)
_MULTILABEL = frozenset({"f1_samples", "jaccard_samples", "precision_samples", "recall_samples"})


def _table() -> dict[str, MetricSpec]:
    table: dict[str, MetricSpec] = {}
    tasks: tuple[tuple[Task, str, Mapping[str, str]], ...] = (
        ("regression", _REGRESSION_SCORES, _REGRESSION_LOSSES),
        ("classification", _CLASSIFICATION_SCORES, _CLASSIFICATION_LOSSES),
    )
    for task, scores, losses in tasks:
        of = frozenset({task})
        table |= {name: MetricSpec(name, name, True, 1, of) for name in scores.split()}
        for loss, short in losses.items():
            scorer = f"neg_{loss}"
            table[scorer] = MetricSpec(scorer, scorer, True, 1, of)
            table |= {name: MetricSpec(name, scorer, False, -1, of) for name in (loss, *short.split())}
    for short, name in _SHORT_SCORES.items():
        table[short] = MetricSpec(short, name, True, 1, table[name].tasks)
    return table


_METRICS: Mapping[str, MetricSpec] = _table()


def metrics() -> Mapping[str, MetricSpec]:
    """Every metric by every one of its names; a leaderboard's column is called as the statement wrote it."""
    return _METRICS


def metric(name: str) -> MetricSpec | None:
    """The metric called `name`, compared without case; None if there is none (`left_out` may know why)."""
    return _METRICS.get(name.lower())


def left_out(name: str) -> str | None:
    """Why a scorer of scikit-learn is no metric here; None for any other name."""
    if name.lower() in _CLUSTERINGS:
        return f"{name.lower()} compares two clusterings and ignores which class is which: use accuracy or f1_macro"
    if name.lower() in _MULTILABEL:
        return f"{name.lower()} is for several labels a row: use {name.lower().removesuffix('_samples')}_macro"
    return None


def default_metric(task: Task, n_classes: int | None = None) -> MetricSpec:
    """What ranks when a statement names no metric: r2; roc_auc for two classes; accuracy for more."""
    if task == "regression":
        return _METRICS["r2"]
    return _METRICS["roc_auc" if n_classes == 2 else "accuracy"]


# ---- scoring ---------------------------------------------------------------------------------------------------------


Predict = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Scores:
    """One value a metric, by its name; `problems` says why a value is NaN."""

    values: Mapping[str, float]
    problems: Mapping[str, str]


def score(
    estimator: Any,
    rows: Any,
    y: Any,
    metrics: Sequence[MetricSpec],
    sample_weight: Any = None,
    predict: Predict | None = None,
) -> Scores:
    """The metrics of a fitted estimator on held-out rows: a matrix (n, features) and y of length n.

    Values are scikit-learn's scorers', bit for bit, times `sign`; each prediction is made once, however many metrics
    read it. A metric that cannot be computed is NaN with its reason, and the others go on. Log loss and Brier scores
    are taken over the classes the estimator knows, so held-out rows may lack a class; they are NaN when held-out rows
    have a class the estimator never saw. `predict(method, rows)` gives, to the last bit, what the estimator's method of
    that name gives; without it that method is called.
    """
    remembered = _Remembered(estimator, predict or (lambda method, given: getattr(estimator, method)(given)))
    if np.ndim(y) == 2 and hasattr(estimator, "classes_"):
        parts = of_each_target(estimator, remembered)
        each = [
            score(one, rows, column, metrics, sample_weight) for one, column in zip(parts, _columns(y), strict=True)
        ]
        return _mean(each, metrics)
    values: dict[str, float] = {}
    problems: dict[str, str] = {}
    for spec in metrics:
        value, reason = _score_one(remembered, rows, y, spec, sample_weight)
        values[spec.name] = spec.sign * value
        if reason:
            problems[spec.name] = reason
    return Scores(values, problems)


def _columns(y: Any) -> list[Any]:
    return [np.ascontiguousarray(y[:, at]) for at in range(y.shape[1])]


def _mean(each: Sequence[Scores], metrics: Sequence[MetricSpec]) -> Scores:
    """The scores of several targets as one; the first that has a problem tells it."""
    values = {spec.name: float(np.mean([one.values[spec.name] for one in each])) for spec in metrics}
    problems: dict[str, str] = {}
    for number, one in enumerate(each, 1):
        problems = {name: f"target {number}: {why}" for name, why in one.problems.items()} | problems
    return Scores(values, problems)


class _Remembered:
    """A fitted estimator that predicts the same rows once a method; everything else is the estimator's own."""

    def __init__(self, estimator: Any, predict: Predict) -> None:
        self._estimator = estimator
        self._predict = predict
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._estimator, name)
        if name not in ("predict", "predict_proba", "decision_function"):
            return found

        def predicted(rows: Any) -> Any:
            return self._once(name, rows)

        predicted.__name__ = name  # scikit-learn asks for it
        return predicted

    def _once(self, name: str, rows: Any) -> Any:
        if name not in self._made:
            self._made[name] = self._most_probable(rows) if self._is_argmax(name) else self._predict(name, rows)
        return self._made[name]

    def _is_argmax(self, name: str) -> bool:
        """Whether these predictions are, by the library's own code, the class of the largest probability."""
        kind = type(self._estimator)
        library = kind.__module__.split(".")[0]
        return name == "predict" and (library, kind.__name__) in _ARGMAX

    def _most_probable(self, rows: Any) -> Any:
        """What `predict` would give, from the probabilities that other metrics need as well."""
        made, classes = self._once("predict_proba", rows), self._estimator.classes_
        if isinstance(made, list):  # of several targets
            return np.column_stack([_largest(one, known) for one, known in zip(made, classes, strict=True)])
        return _largest(made, classes)


def _largest(shares: Any, classes: Any) -> Any:
    return classes.take(np.argmax(shares, axis=1), axis=0)


# Their `predict` computes the probabilities again and takes the largest: half the time of scoring an ensemble.
_ARGMAX = frozenset(
    {
        ("lightgbm", "LGBMClassifier"),
        ("sklearn", "RandomForestClassifier"),
        ("sklearn", "ExtraTreesClassifier"),
        ("sklearn", "DecisionTreeClassifier"),
        ("sklearn", "ExtraTreeClassifier"),
    }
)


def _score_one(
    estimator: _Remembered, rows: Any, y: Any, spec: MetricSpec, sample_weight: Any
) -> tuple[float, str | None]:
    try:
        value = plain_value(spec.scorer, estimator, rows, y, sample_weight)
        if value is None:
            unseen = _unseen_class(estimator, y) if spec.scorer in _OVER_CLASSES else None
            if unseen is not None:
                return math.nan, unseen
            value = _call(_scorer(spec.scorer, estimator), estimator, rows, y, sample_weight)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 whatever a metric raises is that metric's problem alone
        return math.nan, _reason(spec, str(error))
    if math.isnan(value):
        one_class = "classification" in spec.tasks and len(np.unique(y)) < 2
        return value, _reason(spec, "Only one class" if one_class else "the value is undefined for these rows")
    return value, None


def _call(scorer: Any, estimator: _Remembered, rows: Any, y: Any, sample_weight: Any) -> float:
    if sample_weight is None or not _weighs(scorer):
        return float(scorer(estimator, rows, y))
    return float(scorer(estimator, rows, y, sample_weight=sample_weight))


def _weighs(scorer: Any) -> bool:
    """Whether the metric takes sample weights; median_absolute_error does, max_error does not."""
    return "sample_weight" in inspect.signature(scorer._score_func).parameters


_OVER_CLASSES = frozenset({"neg_log_loss", "neg_brier_score", "d2_log_loss_score", "d2_brier_score"})


def _scorer(name: str, estimator: _Remembered) -> Any:
    """scikit-learn's scorer; losses over probabilities are told the classes, as a fold may lack one."""
    from sklearn.metrics import (
        brier_score_loss,
        d2_brier_score,
        d2_log_loss_score,
        get_scorer,
        log_loss,
        make_scorer,
    )

    loss = {
        "neg_log_loss": log_loss,
        "neg_brier_score": brier_score_loss,
        "d2_log_loss_score": d2_log_loss_score,
        "d2_brier_score": d2_brier_score,
    }.get(name)
    if loss is None:
        return get_scorer(name)
    return make_scorer(
        loss,
        greater_is_better=not name.startswith("neg_"),
        response_method="predict_proba",
        labels=estimator.classes_,
    )


def _unseen_class(estimator: _Remembered, y: Any) -> str | None:
    known = getattr(estimator, "classes_", None)
    if known is None or len(np.setdiff1d(y, known)) == 0:
        return None
    return "the held-out rows have a class that the training rows lack"


_MULTICLASS: Mapping[str, str] = {
    "roc_auc": "roc_auc_ovr",
    "f1": "f1_macro",
    "precision": "precision_macro",
    "recall": "recall_macro",
    "jaccard": "jaccard_macro",
}


def _reason(spec: MetricSpec, message: str) -> str:
    """One line that a user can act on."""
    line = " ".join(message.split())
    if "multi_class must be" in line or "Target is multiclass" in line:
        return f"{spec.name} is for two classes; for more use {_MULTICLASS.get(spec.scorer, 'accuracy')}"
    if "has none of the following attributes" in line:
        return f"{spec.name} needs probabilities or a decision function, which this estimator does not give"
    if "Only one class" in line:
        return f"{spec.name} is undefined: the held-out rows have one class alone"
    return line if len(line) <= 200 else f"{line[:200]}…"
