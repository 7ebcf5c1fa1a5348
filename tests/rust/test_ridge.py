"""ridge against scikit-learn's Ridge, and its condition against numpy's."""

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
    coefficients, condition = rust.ridge(centred.T @ centred, centred.T @ target, ALPHAS)
    assert coefficients.shape == (4, x.shape[1])
    assert condition.shape == (4,)
    for alpha, found, quality in zip(ALPHAS, coefficients, condition, strict=True):
        assert quality > 1e-12
        wanted = Ridge(alpha=alpha).fit(x, y)
        assert np.allclose(centred @ found, centred @ wanted.coef_, rtol=1e-9, atol=1e-9 * np.abs(target).max())
        if quality > 1e-6:
            assert np.allclose(found, wanted.coef_, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("p", [1, 2, 33, 200])
def test_the_condition_is_near_the_true_one(p: int) -> None:
    rng = np.random.default_rng(p)
    x = rng.normal(size=(2 * p + 1, p)) @ rng.normal(size=(p, p)) * 10.0 ** rng.integers(-5, 6, p)
    gram = x.T @ x
    unit = np.sqrt(np.diag(gram))
    true = 1.0 / np.linalg.cond(gram / np.outer(unit, unit), 1)
    (found,) = rust.ridge(gram, np.ones(p), [0.0])[1]
    assert true * 0.99 <= found <= true * 10.0


def test_a_matrix_without_an_inverse_is_told() -> None:
    x = np.random.default_rng(1).normal(size=(50, 3))
    twice = np.column_stack([x, x[:, 0], np.zeros(50)])
    coefficients, condition = rust.ridge(twice.T @ twice, twice.T @ x[:, 0], [0.0, 1.0])
    assert condition[0] == 0.0
    assert np.isnan(coefficients[0]).all()
    assert condition[1] > 1e-4
    assert np.isfinite(coefficients[1]).all()
    copied = twice[:, :4]
    assert rust.ridge(copied.T @ copied, np.ones(4), [0.0])[1][0] < 1e-14


def test_the_number_of_threads_changes_no_bit(threads_restored: None) -> None:
    x = np.random.default_rng(2).normal(size=(300, 150))
    alphas = np.geomspace(1e-3, 1e3, 9)
    answers = []
    for count in (1, 2, 5):
        rust.set_threads(count)
        answers.append(np.column_stack([*rust.ridge(x.T @ x, x[0], alphas)]))
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])


def test_no_columns_and_no_alphas() -> None:
    coefficients, condition = rust.ridge(np.empty((0, 0)), [], [1.0])
    assert coefficients.shape == (1, 0)
    assert condition.tolist() == [1.0]
    assert [part.shape for part in rust.ridge([[1.0]], [1.0], [])] == [(0, 1), (0,)]


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
