"""The sums of Logistic against scikit-learn's LinearModelLoss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn._loss import HalfBinomialLoss, HalfMultinomialLoss
from sklearn.linear_model._linear_loss import LinearModelLoss

from stratum_sql import kernels as rust


def reference(matrix: Any, codes: Any, classes: int, weight: Any, vectors: Any) -> tuple[float, Any]:
    """Loss and gradient of one model, sums over all rows; two classes as scikit-learn has them: the second one's."""
    base = HalfBinomialLoss() if classes == 2 else HalfMultinomialLoss(n_classes=classes)
    linear = LinearModelLoss(base_loss=base, fit_intercept=True)
    own = vectors[0] if classes == 2 else vectors
    loss, gradient = linear.loss_gradient(own, matrix, codes.astype(np.float64), sample_weight=weight)
    total = weight.sum()
    return loss * total, gradient * total


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, ...]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, columns, classes, models = (draw(st.integers(*bounds)) for bounds in ((1, 300), (0, 6), (2, 4), (1, 5)))
    matrix = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < draw(st.floats(0, 1)))
    codes = rng.integers(0, classes, rows).astype(np.int32)
    weight = rng.random(rows) + 0.1 if draw(st.booleans()) else None
    factors = rng.random((models, classes)) + 0.1 if draw(st.booleans()) else None
    scarce = sorted(draw(st.sets(st.integers(0, columns - 1)))) if columns else []
    coefficients = rng.normal(size=(models, 1 if classes == 2 else classes, columns + 1)) * draw(
        st.sampled_from([1, 30])
    )
    return matrix, codes, classes, weight, factors, scarce, coefficients


@given(cases(), st.sampled_from(["C", "F", "sparse"]))
def test_sums_are_those_of_scikit_learn(case: tuple[Any, ...], layout: str) -> None:
    matrix, codes, classes, weight, factors, scarce, coefficients = case
    given_matrix = sparse.csr_matrix(matrix) if layout == "sparse" else np.asarray(matrix, order=layout)  # type: ignore[call-overload]
    rows = rust.Logistic(given_matrix, codes, classes, weight, vectors=7, scarce=scarce)
    losses, gradients = rows.sums(coefficients, factors)
    for model, vectors in enumerate(coefficients):
        counts = np.ones(len(codes)) if weight is None else weight
        counts = counts if factors is None else counts * factors[model][codes]
        loss, gradient = reference(matrix, codes, classes, counts, vectors)
        assert losses[model] == pytest.approx(loss, rel=1e-12, abs=1e-12)
        assert gradients[model].reshape(gradient.shape) == pytest.approx(gradient, rel=1e-10, abs=1e-10)


def test_threads_change_no_bit() -> None:
    rng = np.random.default_rng(1)
    matrix, codes = rng.normal(size=(50_000, 3)), rng.integers(0, 3, 50_000)
    coefficients = rng.normal(size=(2, 3, 4))
    rows, threads = rust.Logistic(matrix, codes, 3), rust.threads()
    found = [_sums_on(count, rows, coefficients) for count in (1, 2, 5)]
    rust.set_threads(threads)
    assert found[0] == found[1] == found[2]


def _sums_on(count: int, rows: rust.Logistic, coefficients: Any) -> list[bytes]:
    rust.set_threads(count)
    return [part.tobytes() for part in rows.sums(coefficients)]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e308])
@pytest.mark.parametrize("classes", [2, 3])
def test_what_overflows_is_seen_and_harms_no_other(wrong: float, classes: int) -> None:
    rng = np.random.default_rng(2)
    rows = rust.Logistic(10 * rng.normal(size=(100, 2)), rng.integers(0, classes, 100), classes)
    well = rng.normal(size=(1, 1 if classes == 2 else classes, 3))
    alone = rows.sums(well)
    losses, gradients = rows.sums(np.concatenate([np.full_like(well, wrong), well]))
    assert not np.isfinite(losses[0])
    assert losses[1] == pytest.approx(alone[0][0], rel=1e-13)
    assert gradients[1] == pytest.approx(alone[1][0], rel=1e-12)


def test_what_does_not_fit_is_refused() -> None:
    matrix = np.ones((3, 2))
    for codes, classes in (([0, 1], 2), ([0, 1, 2], 2), ([0, 0, 0], 1), ([0, -1, 1], 2)):
        with pytest.raises(ValueError, match="class"):
            rust.Logistic(matrix, codes, classes)
    with pytest.raises(ValueError, match="weights"):
        rust.Logistic(matrix, [0, 1, 0], 2, [1.0])
    with pytest.raises(ValueError, match="coefficients"):
        rust.Logistic(matrix, [0, 1, 0], 2).sums(np.zeros((1, 1, 2)))
    with pytest.raises(ValueError, match="columns"):
        rust.Logistic(matrix, [0, 1, 0], 2, scarce=[2])
