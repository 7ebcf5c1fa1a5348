"""Many logistic regressions over one matrix, trained together, with scikit-learn's own results.

Every candidate is minimised by scipy's L-BFGS-B exactly as `LogisticRegression.fit` has it minimised: the same start,
options and stopping rule. Only the evaluations of the loss are made for all of them at once (`logistic_loss.py`), so
that the iterates are scikit-learn's up to rounding. A fitted model is a `LogisticRegression` like any other.

What scikit-learn checks, warns of and refuses, it still does itself: a candidate is first fitted over one row of
zeros a class, which says everything that depends on parameters alone. Some are given to `LogisticRegression.fit` one
by one: all candidates where scikit-learn would refuse the input, one whose loss overflows, and one that takes so many
steps that what began as rounding could show in its result.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from stratum_sql.catalog.columns import Matrix
from stratum_sql.catalog.estimators import build, estimator
from stratum_sql.execute.fitted import Fitted
from stratum_sql.execute.lockstep import Ask, Stopped, run_together
from stratum_sql.execute.logistic_loss import Codes, Floats, Objective, SharedRows, Weighting
from stratum_sql.execute.noted import noted

__all__ = ["Fitted", "Stopped", "fit_together"]

_NAME = "logistic_regression"
_MOST_VECTORS = 512  # coefficient vectors trained at a time; more would not fit the cache in blocks worth their calls
_MOST_TOGETHER = 64  # models, and so threads, at a time
# Sums in another order differ in their last digits, and each step of L-BFGS enlarges the difference. Over 540 models on
# badly scaled and shifted columns the coefficients differed by at most 3e-9 of the greatest after fewer than 30 steps,
# 2e-7 before 60, 3e-4 before 100, once by 5e-7 after 29; scikit-learn's own differ as much if the rows are permuted.
_MOST_STEPS = 25


def fit_together(
    matrix: Matrix,
    target: npt.NDArray[Any],
    weight: npt.NDArray[Any] | None,
    candidates: Sequence[Mapping[str, Any]],
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Fitted]:
    """Fit a logistic regression for each candidate's parameters, all over one matrix.

    `matrix`: (rows, columns) float64, dense in any order or CSR; `target`: (rows,) classes of any type; `weight`:
    (rows,) or None. Each candidate must pass `trains_together`. Gives one `Fitted` for each, in their order; a
    candidate that fails, for which reason ever, has its exception and harms no other. NaN, one class only, lengths
    that differ and so on: every candidate has scikit-learn's own exception.

    Warnings are those scikit-learn would have said, as text; they are heard while `noted.listening` is open.
    Raises Stopped soon after `should_stop`, asked between evaluations, said yes. Holds one copy of the matrix, and
    memory for intermediate values that does not grow with the rows. May be called from several threads at once.
    """
    trials = [_Trial(params, seed) for params in candidates]
    rows = _Rows.of(matrix, target, weight)
    if rows is not None:
        size = max(1, min(_MOST_TOGETHER, _MOST_VECTORS // rows.vectors))
        for start in range(0, len(trials), size):
            _train(rows, trials[start : start + size], should_stop)
    for trial in trials:
        if not trial.done:
            _alone(trial, matrix, target, weight, should_stop)
    return [Fitted(trial.model, trial.seconds, trial.warnings, trial.error) for trial in trials]


# ---- the input -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """Training rows that scikit-learn would accept."""

    matrix: Matrix
    target: npt.NDArray[Any]
    classes: npt.NDArray[Any]
    codes: Codes
    weight: Floats | None

    @property
    def vectors(self) -> int:
        """Coefficient vectors of one model."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @classmethod
    def of(cls, matrix: Matrix, target: npt.NDArray[Any], weight: npt.NDArray[Any] | None) -> _Rows | None:
        """The checked rows; None where scikit-learn must be asked itself, because it would raise, warn or compute
        in another type."""
        from sklearn.utils import check_array, check_consistent_length
        from sklearn.utils.multiclass import check_classification_targets

        plain = isinstance(matrix, np.ndarray) or sparse.issparse(matrix)
        if not plain or matrix.dtype != np.float64 or np.ndim(target) != 1:
            return None
        try:
            checked = check_array(matrix, accept_sparse="csr", dtype=np.float64)
            check_consistent_length(checked, target)
            check_classification_targets(target)
            classes, codes = np.unique(target, return_inverse=True)
            weights = _checked_weight(weight, checked)
        except (TypeError, ValueError):
            return None
        if len(classes) < 2 or (classes.dtype.kind == "f" and not np.isfinite(classes).all()):
            return None
        return cls(checked, target, classes, codes, weights)


def _checked_weight(weight: npt.NDArray[Any] | None, matrix: Matrix) -> Floats | None:
    """The weights as float64. Raises ValueError for what scikit-learn would refuse."""
    if weight is None:
        return None
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != (matrix.shape[0],) or not np.isfinite(weights).all():
        raise ValueError("weights must be one finite number a row")
    return weights


# ---- together --------------------------------------------------------------------------------------------------------


class _Alone(Exception):
    """This candidate is for scikit-learn alone."""


@dataclass(eq=False)
class _Trial:
    """One candidate on its way; `done` once it has a model or an error."""

    params: Mapping[str, Any]
    seed: int
    objective: Objective | None = None
    questions: int = 0
    seconds: float = 0.0
    model: Any | None = None
    warnings: tuple[str, ...] = ()
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.model is not None or self.error is not None

    def run(self, fit: Callable[[], Any]) -> None:
        """Keep the model that `fit` gives, or the exception it raises, and what the libraries say in this thread."""
        with noted() as said:
            try:
                self.model = fit()
            except _Alone:
                return
            except Exception as error:  # noqa: BLE001 whatever the library raises is this candidate's result
                self.error = error
        self.warnings = tuple(said)

    def build(self) -> Any:
        """The unfitted estimator."""
        spec = estimator(_NAME)
        if spec is None:
            raise LookupError(f"no estimator {_NAME}")
        return build(spec, self.params, self.seed, 1)


@dataclass(eq=False)
class _Weightings:
    """The weightings of the rows by their class factors; candidates of equal factors share one."""

    rows: _Rows
    _made: dict[tuple[float, ...] | None, Weighting] = field(default_factory=dict)

    def of(self, class_weight: Any) -> Weighting:
        """Raises ValueError for class weights that scikit-learn refuses."""
        factors = None if class_weight is None else self._factors(class_weight)
        key = None if factors is None else tuple(factors.tolist())
        return self._made.setdefault(key, Weighting.of(self.rows.weight, factors, self.rows.codes))

    def _factors(self, class_weight: Any) -> Floats:
        from sklearn.utils import compute_class_weight

        weight = np.ones(len(self.rows.codes)) if self.rows.weight is None else self.rows.weight
        found: Floats = compute_class_weight(
            class_weight, classes=self.rows.classes, y=self.rows.target, sample_weight=weight
        )
        return found


def _train(rows: _Rows, trials: Sequence[_Trial], should_stop: Callable[[], bool]) -> None:
    """Fit the trials together; those that are for scikit-learn alone stay undone."""
    started = time.perf_counter()
    shared = SharedRows(rows.matrix, rows.codes, len(rows.classes), len(trials), rows.weight)
    weightings = _Weightings(rows)

    def answer(points: Mapping[int, Floats]) -> Mapping[int, tuple[float, Floats]]:
        objectives = [trials[number].objective for number in points]
        for number in points:
            trials[number].questions += 1
        found = shared.evaluate(list(points.values()), [one for one in objectives if one is not None])
        return dict(zip(points, found, strict=True))

    solvers = [partial(_solve, trial, rows, weightings) for trial in trials]
    run_together(solvers, answer, should_stop)
    _share(trials, time.perf_counter() - started)


def _share(trials: Sequence[_Trial], seconds: float) -> None:
    """Divide the time among the trials by their evaluations."""
    questions = max(1, sum(trial.questions for trial in trials))
    for trial in trials:
        trial.seconds += seconds * trial.questions / questions


def _solve(trial: _Trial, rows: _Rows, weightings: _Weightings, ask: Ask) -> None:
    """Fit one trial in its own thread."""

    def fit() -> Any:
        model = _prepared(trial, rows)
        trial.objective = _objective(model, weightings)
        _minimise(model, trial.objective, rows, ask)
        return model

    trial.run(fit)


def _prepared(trial: _Trial, rows: _Rows) -> Any:
    """The estimator fitted over one row of zeros a class: its parameters are checked and all attributes set.

    Any slope counts as small enough, so that it takes no step and does not warn of one.
    """
    model = trial.build()
    tolerance = model.tol
    if isinstance(tolerance, int | float) and tolerance >= 0:
        model.tol = sys.float_info.max
    model.fit(np.zeros((len(rows.classes), rows.matrix.shape[1])), rows.classes)
    model.tol = tolerance
    return model


def _objective(model: Any, weightings: _Weightings) -> Objective:
    weighting = weightings.of(model.class_weight)
    if not weighting.total > 0:
        raise _Alone
    strength = np.inf if model.penalty is None else float(model.C)
    return Objective(weighting, 1.0 / (strength * weighting.total), bool(model.fit_intercept))


def _minimise(model: Any, objective: Objective, rows: _Rows, ask: Ask) -> None:
    """Fit the coefficients, and put them into the model. Warns as scikit-learn does."""
    from sklearn.linear_model._logistic import _LOGISTIC_SOLVER_CONVERGENCE_MSG
    from sklearn.utils.optimize import _check_optimize_result

    start = np.zeros(rows.vectors * (rows.matrix.shape[1] + objective.intercept))
    found = optimize.minimize(
        partial(_asked, ask),
        start,
        method="L-BFGS-B",
        jac=True,
        options={
            "maxiter": min(model.max_iter, _MOST_STEPS),
            "maxls": 50,
            "gtol": model.tol,
            "ftol": 64 * np.finfo(float).eps,
        },
    )
    if not found.success and found.nit < model.max_iter:
        raise _Alone  # many steps, or a line search that rounding defeated
    steps = _check_optimize_result("lbfgs", found, model.max_iter, extra_warning_msg=_LOGISTIC_SOLVER_CONVERGENCE_MSG)
    _set_coefficients(model, np.ascontiguousarray(found.x.reshape(-1, rows.vectors).T), steps)


def _asked(ask: Ask, point: Floats) -> tuple[float, Floats]:
    loss, gradient = ask(point)
    if not (np.isfinite(loss) and np.isfinite(gradient).all()):
        raise _Alone  # it overflows: scikit-learn decides what becomes of it
    return loss, gradient


def _set_coefficients(model: Any, vectors: Floats, steps: int) -> None:
    """`vectors`: (1 or classes, columns + intercept). The attributes are laid out in memory as by scikit-learn."""
    model.n_iter_ = np.asarray([steps], dtype=np.int32)
    model.coef_ = vectors[:, :-1] if model.fit_intercept else vectors
    model.intercept_ = vectors[:, -1] if model.fit_intercept else np.zeros(len(vectors))


# ---- alone -----------------------------------------------------------------------------------------------------------


def _alone(
    trial: _Trial,
    matrix: Matrix,
    target: npt.NDArray[Any],
    weight: npt.NDArray[Any] | None,
    should_stop: Callable[[], bool],
) -> None:
    """Let scikit-learn fit the trial, in a thread of its own, so that its warnings are heard apart."""
    if should_stop():
        raise Stopped
    started = time.perf_counter()

    def fit() -> Any:
        return trial.build().fit(matrix, target, sample_weight=weight)

    run_together([lambda _ask: trial.run(fit)], lambda _points: {})
    trial.seconds += time.perf_counter() - started
