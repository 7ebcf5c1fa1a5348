"""Several targets at once: the estimator that fits them, and a fitted classifier of them as one of each.

scikit-learn's rule: what takes several targets is given them together, of anything else one is fitted to each, as
`MultiOutputRegressor` and `MultiOutputClassifier` do. Each target of a classifier has classes of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.estimators import Resolve, encode_labels, names_classes
from stratum_sql.catalog.spec import EstimatorSpec

Params = Mapping[str, Any]
Build = Callable[[Params], Any]
# Its tags say that it takes several targets; it does if all have two classes, as the labels of a row.
_OF_LABELS = frozenset({"OneVsRestClassifier"})


@dataclass(frozen=True, eq=False)
class EachTarget:
    """A classifier to each target, unfitted, where they differ in what their parameters say of classes."""

    estimators: Sequence[Any]

    def fit(self, rows: Any, y: Any, **weight: Any) -> Any:
        """The `MultiOutputClassifier` that holds each fitted to its column of y (n, targets)."""
        from sklearn.base import clone
        from sklearn.multioutput import MultiOutputClassifier

        made = MultiOutputClassifier(clone(self.estimators[0]))
        made.estimators_ = [one.fit(rows, y[:, at], **weight) for at, one in enumerate(self.estimators)]
        made.classes_ = [one.classes_ for one in made.estimators_]
        return made


def regressor(estimator: Any) -> Any:
    """The unfitted regressor of several targets."""
    from sklearn.multioutput import MultiOutputRegressor

    return estimator if takes_together(estimator) else MultiOutputRegressor(estimator)


def classifier(
    spec: EstimatorSpec, params: Params, labels: Sequence[Sequence[Any]], resolve: Resolve, build: Build
) -> Any:
    """The unfitted classifier of several targets, whose classes are `labels`; `fit` gives what was fitted.

    `build` makes an estimator of parameters. What they say of classes is each target's own, as its codes; see
    `encode_each`. Raises ValueError.
    """
    from sklearn.multioutput import MultiOutputClassifier

    each = encode_each(spec, params, labels, resolve)
    if takes_together(build(params)):
        return build({name: _together(spec, name, value, each) for name, value in params.items()})
    if all(one == each[0] for one in each):
        return MultiOutputClassifier(build(each[0]))
    return EachTarget([build(one) for one in each])


def takes_together(estimator: Any) -> bool:
    """Whether an unfitted estimator takes several targets at once, of any number of classes each."""
    from sklearn.utils import get_tags

    return get_tags(estimator).target_tags.multi_output and type(estimator).__name__ not in _OF_LABELS


def encode_each(
    spec: EstimatorSpec, params: Params, labels: Sequence[Sequence[Any]], resolve: Resolve
) -> list[dict[str, Any]]:
    """The parameters of each target, classes as their codes in it. `class_weight` weighs the classes of its names in
    every target that has them; other names must be classes of all. Raises ValueError where one is not.
    """
    known = [label for classes in labels for label in classes]
    return [encode_labels(spec, params, classes, resolve, known) for classes in labels]


def _together(spec: EstimatorSpec, name: str, value: Any, each: Sequence[Params]) -> Any:
    """A parameter of an estimator that takes all targets: where it names classes, a list of what it says to each."""
    found = [one[name] for one in each]
    if names_classes(spec, name, value):
        return found
    if any(one != found[0] for one in found):
        raise ValueError(f"{name}: an estimator inside {spec.name} names classes that are not the same in every target")
    return found[0]


# ---- fitted ----------------------------------------------------------------------------------------------------------


class OneTarget:
    """A classifier that was fitted to several targets, as one of them alone.

    `predict` gives (n,), `predict_proba` (n, classes); all else is the whole's own.
    """

    def __init__(self, together: Any, at: int) -> None:
        self._together, self._at = together, at
        self.classes_ = together.classes_[at]

    def __getattr__(self, name: str) -> Any:
        if name == "decision_function":  # it is of all targets
            raise AttributeError(name)
        found = getattr(self._together, name)
        return self._shares if name == "predict_proba" else found

    def predict(self, rows: Any) -> Any:
        """The class of each row."""
        return np.ascontiguousarray(self._together.predict(rows)[:, self._at]).astype(self.classes_.dtype, copy=False)

    def _shares(self, rows: Any) -> Any:
        return shares_of_each(self._together.predict_proba(rows))[self._at]


def of_each_target(fitted: Any, together: Any = None) -> list[Any]:
    """A fitted classifier of several targets as one for each: its own parts where it has them. `together` stands for it
    where it has none.
    """
    from sklearn.multioutput import MultiOutputClassifier

    if isinstance(fitted, MultiOutputClassifier):
        return list(fitted.estimators_)
    return [OneTarget(fitted if together is None else together, at) for at in range(len(fitted.classes_))]


def shares_of_each(shares: Any) -> list[Any]:
    """What `predict_proba` of several targets gives, as (n, classes) for each: a list of them, or, of a chain, the
    probabilities (n, targets) of the second of two classes."""
    if isinstance(shares, list):
        return shares
    return [np.column_stack([1 - shares[:, at], shares[:, at]]) for at in range(shares.shape[1])]
