"""elastic_net against scikit-learn's ElasticNet and Lasso: coefficients, iterations, duality gap, convergence."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso

from stratum_sql import kernels as rust

Array = npt.NDArray[Any]
KINDS = ["plain", "correlated", "one-hot", "constant", "more columns than rows", "scales"]


def data(kind: str, seed: int = 0) -> tuple[Array, Array]:
    """Centred columns and target."""
    rng = np.random.default_rng(seed)
    n, p = (25, 60) if kind == "more columns than rows" else (300, 14)
    x = rng.normal(size=(n, p))
    if kind == "correlated":
        x = x[:, :3] @ rng.normal(size=(3, p)) + 0.05 * x
    if kind == "one-hot":
        x[:, :8] = np.eye(8)[rng.integers(0, 8, n)]
    if kind == "constant":
        x[:, 4] = 0.0
    if kind == "scales":
        x *= 10.0 ** rng.integers(-2, 3, p)
    weights = rng.normal(size=p) * (rng.random(p) < 0.5)
    y = x @ weights + rng.normal(size=n)
    return x - x.mean(axis=0), y - y.mean()


def fit(x: Array, y: Array, **parameters: Any) -> tuple[Array, float, int]:
    """One candidate."""
    given = {"alpha": 1.0, "l1_ratio": 0.5, "tol": 1e-4, "max_iter": 1000, "positive": False, **parameters}
    found = rust.elastic_net(
        x.T @ x,
        x.T @ y,
        float(y @ y),
        len(y),
        [given["alpha"]],
        [given["l1_ratio"]],
        [given["tol"]],
        [given["max_iter"]],
        [given["positive"]],
    )
    return found[0][0], float(found[1][0]), int(found[2][0])


def check(x: Array, y: Array, **parameters: Any) -> None:
    """The kernel's answer is scikit-learn's."""
    model = ElasticNet(fit_intercept=False, **parameters)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(x, y)
    coefficients, gap, iterations = fit(x, y, **parameters)
    size = float(y @ y)
    assert iterations == model.n_iter_
    assert np.allclose(coefficients, model.coef_, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(model.coef_).max())))
    assert np.array_equal(coefficients == 0.0, model.coef_ == 0.0)
    assert gap / len(y) == pytest.approx(model.dual_gap_, rel=1e-6, abs=1e-11 * size)
    warned = any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    assert (gap > model.tol * size) == warned


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [1e-3, 0.03, 0.3, 1e6])
@pytest.mark.parametrize("l1_ratio", [0.2, 1.0])
@pytest.mark.parametrize("positive", [False, True])
def test_equals_scikit_learn(kind: str, alpha: float, l1_ratio: float, positive: bool) -> None:
    check(*data(kind), alpha=alpha, l1_ratio=l1_ratio, positive=positive, tol=1e-5, max_iter=5000)


@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**32 - 1),
    alpha=st.sampled_from([0.01, 0.1, 1.0, 10.0]),
    l1_ratio=st.sampled_from([0.05, 0.5, 0.9, 1.0]),
    tol=st.sampled_from([1e-2, 1e-4, 1e-7]),
    positive=st.booleans(),
)
@settings(max_examples=60)
def test_equals_scikit_learn_on_any_seed(
    kind: str, seed: int, alpha: float, l1_ratio: float, tol: float, positive: bool
) -> None:
    check(*data(kind, seed), alpha=alpha, l1_ratio=l1_ratio, tol=tol, positive=positive, max_iter=2000)


@pytest.mark.parametrize("max_iter", [1, 2, 7])
@pytest.mark.parametrize("kind", ["correlated", "more columns than rows"])
def test_too_few_iterations_are_told_as_scikit_learn_tells_them(kind: str, max_iter: int) -> None:
    check(*data(kind), alpha=0.01, l1_ratio=0.9, tol=1e-10, max_iter=max_iter)


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_without_an_l1_part(alpha: float) -> None:
    check(*data("plain"), alpha=alpha, l1_ratio=0.0, tol=1e-4, max_iter=300)


def test_a_penalty_too_large_gives_zeros_at_once() -> None:
    coefficients, gap, iterations = fit(*data("plain"), alpha=1e6)
    assert not coefficients.any()
    assert (gap, iterations) == (0.0, 0)


def test_a_target_of_zeros_gives_zeros() -> None:
    x, y = data("plain")
    coefficients, gap, iterations = fit(x, np.zeros_like(y), alpha=0.1)
    assert not coefficients.any()
    assert (gap, iterations) == (0.0, 0)


def test_the_path_of_a_grid_equals_lasso_by_lasso() -> None:
    x, y = data("correlated", 5)
    alphas = np.geomspace(0.02, 1.0, 12)
    many = [1.0] * 12, [1e-6] * 12, [10_000] * 12
    coefficients, _, iterations, _ = rust.elastic_net(x.T @ x, x.T @ y, float(y @ y), len(y), alphas, *many)
    assert coefficients.shape == (12, x.shape[1])
    for alpha, found, sweeps in zip(alphas, coefficients, iterations, strict=True):
        wanted = Lasso(alpha=alpha, tol=1e-6, max_iter=10_000).fit(x, y)
        assert sweeps == wanted.n_iter_
        assert np.allclose(found, wanted.coef_, rtol=1e-8, atol=1e-9)


def test_from_the_gram_kernel_with_an_intercept() -> None:
    """The whole way of an engine: one matrix of sums, centred, equals scikit-learn on the rows."""
    rng = np.random.default_rng(6)
    n, pivots = 5_000, [1000.0, 0.0, 5.0]
    columns = [rng.normal(1000.0, 2.0, n), rng.random(n)]
    code = rng.integers(0, 5, n).astype(np.int32)
    y = columns[0] - 3.0 * columns[1] + (code == 2) + rng.normal(size=n)
    sums = rust.gram([*columns, y], pivots, [code], [5], np.zeros(n, np.int32), 1)[0]
    centred = (sums - np.outer(sums[0], sums[0]) / sums[0, 0])[1:, 1:]
    kept = [0, 1, 3, 4, 5, 6, 7]  # atom 2 is the target
    found, _, iterations, _ = rust.elastic_net(
        centred[np.ix_(kept, kept)], centred[2, kept], centred[2, 2], n, [0.01], [0.7], [1e-6], [1000]
    )
    x = np.column_stack([*columns, np.eye(5)[code]])
    wanted = ElasticNet(alpha=0.01, l1_ratio=0.7, tol=1e-6).fit(x, y)
    assert iterations[0] == wanted.n_iter_
    assert np.allclose(found[0], wanted.coef_, rtol=1e-9, atol=1e-9)


def test_the_number_of_threads_changes_no_bit(threads_restored: None) -> None:
    x, y = data("more columns than rows")
    alphas = np.geomspace(1e-2, 1.0, 9)
    answers = []
    for count in (1, 2, 5):
        rust.set_threads(count)
        found = rust.elastic_net(x.T @ x, x.T @ y, float(y @ y), len(y), alphas, [0.5] * 9, [1e-6] * 9, [500] * 9)
        answers.append(np.column_stack([*found]))
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])


FINE: dict[str, Any] = {
    "gram": np.eye(2), "moment": np.ones(2), "target_square": 4.0, "rows": 5, "alphas": [0.1], "l1_ratios": [0.5],
    "tols": [1e-4], "max_iters": [10], "positive": [True],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gram": np.eye(3)}, r"shape \(3, 3\)"),
        ({"gram": np.full((2, 2), np.nan)}, "finite"),
        ({"moment": np.array([1.0, np.inf])}, "finite"),
        ({"target_square": -1.0}, "square must be 0 or more"),
        ({"target_square": np.nan}, "square must be 0 or more"),
        ({"rows": 0}, "rows must be positive"),
        ({"alphas": [0.1, 0.2]}, "different lengths: 2, 1, 1, 1, 1"),
        ({"positive": []}, "different lengths: 1, 1, 1, 1, 0"),
        ({"alphas": [-0.1]}, "candidate 0: alpha must be 0 or more"),
        ({"l1_ratios": [1.1]}, "l1_ratio must be 0 to 1"),
        ({"tols": [np.nan]}, "tol must be 0 or more"),
        ({"max_iters": [0]}, "max_iter must be 1 or more"),
        ({"max_iters": [-1]}, "max_iters must be 0 or more"),
    ],
)
def test_input_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    rust.elastic_net(**FINE)
    with pytest.raises(ValueError, match=message):
        rust.elastic_net(**{**FINE, **change})


def test_a_cancelled_call_raises() -> None:
    token = rust.CancelToken()
    token.cancel()
    with pytest.raises(rust.Cancelled):
        rust.elastic_net(**FINE, cancel=token)
