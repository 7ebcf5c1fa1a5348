"""ridge against scikit-learn's Ridge, and against LAPACK on the equations of wide categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import Ridge

from stratum_sql import kernels as rust

Array = npt.NDArray[Any]
ALPHAS = [1e-3, 0.1, 1.0, 50.0]


def data(kind: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    n, p = (30, 60) if kind == "more columns than rows" else (400, 12)
    x = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-2, 3, p)
    if kind == "correlated":
        x = x @ rng.normal(size=(p, p)) + 5.0
    if kind == "one-hot and a constant":
        x[:, :6] = np.eye(6)[rng.integers(0, 6, n)]
        x[:, 7] = 3.0
    y = x @ rng.normal(size=p) + rng.normal(size=n) + 100.0
    return x, y


@pytest.mark.parametrize("kind", ["plain", "correlated", "one-hot and a constant", "more columns than rows"])
def test_equals_scikit_learn(kind: str) -> None:
    x, y = data(kind)
    centred, target = x - x.mean(axis=0), y - y.mean()
    coefficients = rust.ridge(centred.T @ centred, centred.T @ target, ALPHAS)
    assert coefficients.shape == (4, x.shape[1])
    for alpha, found in zip(ALPHAS, coefficients, strict=True):
        wanted = Ridge(alpha=alpha).fit(x, y)
        assert np.allclose(centred @ found, centred @ wanted.coef_, rtol=1e-9, atol=1e-9 * np.abs(target).max())
        if kind == "plain":
            assert np.allclose(found, wanted.coef_, rtol=1e-8, atol=1e-10)


def category(rng: np.random.Generator, n: int, levels: int, weight: Array) -> Array:
    """Indicators of a random category of so many levels, less their means."""
    rows = np.append(np.arange(levels), rng.integers(0, levels, n - levels))  # each level has a row
    hot = np.eye(levels)[rows]
    return hot - np.average(hot, axis=0, weights=weight)


@pytest.mark.parametrize("place", ["first", "between", "last"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_levels_of_a_wide_category_are_eliminated(place: str, weighted: bool, scaled: bool) -> None:
    rng = np.random.default_rng(5)
    n = 3000
    weight = rng.uniform(0.5, 2.0, n) if weighted else np.ones(n)
    wide = category(rng, n, 120, weight)
    small, numbers = category(rng, n, 9, weight), rng.normal(size=(n, 4))
    parts = {"first": (wide, small, numbers), "between": (small, wide, numbers), "last": (numbers, small, wide)}[place]
    x = np.column_stack(parts) * (rng.uniform(0.5, 2.0, 133) if scaled else 1.0)
    gram, moment = x.T @ (weight[:, None] * x), x.T @ (weight * rng.normal(size=n))
    gram = exact_levels(gram, parts, weight, x)
    for alpha, found in zip(ALPHAS, rust.ridge(gram, moment, ALPHAS), strict=True):
        left = moment - gram @ found - alpha * found
        sizes = np.sqrt(np.diag(gram) + alpha)
        assert (np.abs(left) <= 1e-14 * sizes * (sizes @ np.abs(found))).all()
        wanted = np.linalg.solve(gram + alpha * np.eye(len(gram)), moment)
        assert np.allclose(x @ found, x @ wanted, rtol=1e-10, atol=1e-10 * np.abs(x @ wanted).max())


def exact_levels(gram: Array, parts: tuple[Array, ...], weight: Array, x: Array) -> Array:
    """The matrix with the entries of each category as sums of products give them: counts less one product."""
    made, at, total = gram.copy(), 0, weight.sum()
    for part in parts:
        own = slice(at, at + part.shape[1])
        at += part.shape[1]
        if part.shape[1] > 4:
            hot = part > 0
            means = weight @ hot / total
            sizes = np.abs(x[:, own]).max(axis=0) / np.abs(part).max(axis=0)
            counts = np.diag(weight @ hot) - total * np.outer(means, means)
            made[own, own] = counts * np.outer(sizes, sizes)
    return made


def test_levels_that_have_no_answer_without_a_penalty() -> None:
    rng = np.random.default_rng(6)
    x = category(rng, 500, 60, np.ones(500))
    gram = exact_levels(x.T @ x, (x,), np.ones(500), x)
    without, little = rust.ridge(gram, x[7], [0.0, 1e-9])
    assert np.isnan(without).all() or np.abs(without).max() > 1e6  # rounding says which; nobody may trust either
    assert np.isfinite(little).all()


def test_a_matrix_without_an_inverse_is_told() -> None:
    x = np.random.default_rng(1).normal(size=(50, 3))
    twice = np.column_stack([x, x[:, 0], np.zeros(50)])
    without, with_penalty = rust.ridge(twice.T @ twice, twice.T @ x[:, 0], [0.0, 1.0])
    assert np.isnan(without).all()
    assert np.isfinite(with_penalty).all()


def test_the_number_of_threads_changes_no_bit(threads_restored: None) -> None:
    x = np.random.default_rng(2).normal(size=(300, 150))
    alphas = np.geomspace(1e-3, 1e3, 9)
    answers = []
    for count in (1, 2, 5):
        rust.set_threads(count)
        answers.append(rust.ridge(x.T @ x, x[0], alphas))
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])


def test_no_columns_and_no_alphas() -> None:
    assert rust.ridge(np.empty((0, 0)), [], [1.0]).shape == (1, 0)
    assert rust.ridge([[1.0]], [1.0], []).shape == (0, 1)


@pytest.mark.parametrize(
    ("gram", "moment", "alphas", "message"),
    [
        (np.eye(2), np.ones(3), [1.0], r"Gram matrix of shape \(2, 2\)"),
        (np.ones((2, 3)), np.ones(2), [1.0], r"shape \(2, 3\)"),
        (np.ones(4), np.ones(2), [1.0], r"shape \(4,\)"),
        (np.full((1, 1), np.nan), np.ones(1), [1.0], "the Gram matrix must have finite"),
        (np.eye(1), np.array([np.inf]), [1.0], "the moment vector must have finite"),
        (np.eye(1), np.ones(1), [-1.0], "alpha 0 must be 0 or more"),
        (np.eye(1), np.ones(1), [1.0, np.nan], "alpha 1 must be 0 or more"),
    ],
)
def test_input_that_does_not_fit_is_refused(gram: Array, moment: Array, alphas: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rust.ridge(gram, moment, alphas)


def test_a_cancelled_call_raises() -> None:
    token = rust.CancelToken()
    token.cancel()
    with pytest.raises(rust.Cancelled):
        rust.ridge([[1.0]], [1.0], [1.0], cancel=token)
