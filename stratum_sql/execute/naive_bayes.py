"""Many models of naive Bayes over one matrix from one pass over it, with scikit-learn's own results.

What reads the rows is the same for all of them: means and variances of the classes, or sums of the classes. One model
is fitted over the rows; every other one is fitted over one row of zeros a class, which checks its parameters, and is
then handed the counts. What it makes of them is scikit-learn's own code, or a sum with the same operands, so that every
attribute is the same to the last bit.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from stratum_sql.catalog.columns import Matrix
from stratum_sql.catalog.estimators import build
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.execute.fitted import Fitted
from stratum_sql.execute.noted import noted

Values = npt.NDArray[Any]
Fit = Callable[[Any], Any]  # an unfitted model to the same model, fitted

_NO_WEIGHT = 5e-324  # a weight must not be 0; added to the count of any row this one is lost


def fit_from_counts(
    spec: EstimatorSpec,
    matrix: Matrix,
    target: Values,
    weight: Values | None,
    candidates: Sequence[Mapping[str, Any]],
) -> list[Fitted]:
    """Fit the estimator `spec` for each candidate's parameters, all over one matrix.

    `matrix`: (rows, columns) float64, dense or CSR; `target`: (rows,) classes of any type; `weight`: (rows,) or None.
    All candidates must have one `counts_key`. Gives one `Fitted` for each, in their order; one that fails has
    scikit-learn's own exception and harms no other. Where the rows cannot be counted, each is fitted alone.
    """
    if not candidates:
        return []
    started = time.perf_counter()
    fit = _counted(spec, matrix, target, weight, candidates[0])
    counting = (time.perf_counter() - started) / len(candidates)
    return [_fitted(fit, partial(build, spec, params, 0, 1), counting) for params in candidates]


def _fitted(fit: Fit, make: Callable[[], Any], counting: float) -> Fitted:
    started = time.perf_counter()
    model, failed = None, None
    with noted() as said:
        try:
            model = fit(make())
        except Exception as error:  # noqa: BLE001 whatever the library raises is this candidate's result
            failed = error
    seconds = counting + time.perf_counter() - started
    return Fitted(model, seconds, tuple(said), failed)


def _counted(
    spec: EstimatorSpec, matrix: Matrix, target: Values, weight: Values | None, first: Mapping[str, Any]
) -> Fit:
    """Fits from the counts of these rows; where scikit-learn refuses them, from the rows themselves."""
    gaussian = spec.name == "gaussian_nb"
    same = {"var_smoothing": 0.0} if gaussian else {name: first[name] for name in ("binarize",) if name in first}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said again by each candidate
            base = build(spec, same, 0, 1).fit(matrix, target, sample_weight=weight)
            if gaussian:
                return partial(_from_moments, base=base, widest=np.max(np.var(matrix, axis=0)))
            return partial(_from_sums, base=base)
    except Exception:  # noqa: BLE001 each candidate raises its own
        return lambda model: model.fit(matrix, target, sample_weight=weight)


def _from_moments(model: Any, base: Any, widest: np.float64) -> Any:
    """GaussianNB: variances are those of the classes plus a share of the `widest` column's."""
    _over_zeros(model, base)
    model.epsilon_ = model.var_smoothing * widest
    model.theta_, model.class_count_ = base.theta_.copy(), base.class_count_.copy()
    model.var_ = base.var_ + model.epsilon_
    if model.priors is None:
        model.class_prior_ = base.class_prior_.copy()
    return model


def _from_sums(model: Any, base: Any) -> Any:
    """The discrete families: a row of zeros that weighs nothing has the model work out its probabilities anew."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said again below
        _over_zeros(model, base)
    model.feature_count_, model.class_count_ = base.feature_count_.copy(), base.class_count_.copy()
    largest = base.classes_[[np.argmax(base.class_count_)]]
    return model.partial_fit(np.zeros((1, base.n_features_in_)), largest, sample_weight=[_NO_WEIGHT])


def _over_zeros(model: Any, base: Any) -> None:
    model.fit(np.zeros((len(base.classes_), base.n_features_in_)), base.classes_)
