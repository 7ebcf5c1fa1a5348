"""The discretizer of bin_kmeans fitted by a kernel: scikit-learn's own fit leaves the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import KBinsDiscretizer

from stratum_sql.catalog.kmeans import kmeans_fitted


def make(count: int, encode: str = "ordinal") -> KBinsDiscretizer:
    return KBinsDiscretizer(count, encode=encode, strategy="kmeans", subsample=None, random_state=0, dtype=np.float64)


@pytest.mark.parametrize("count", [2, 5, 12])
@pytest.mark.parametrize("encode", ["ordinal", "onehot", "onehot-dense"])
def test_state_is_that_of_a_fit(count: int, encode: str) -> None:
    random = np.random.default_rng(count)
    matrix = np.column_stack([random.normal(1e3, 5, 4000), random.random(4000), random.integers(0, 50, 4000)])
    found, wanted = kmeans_fitted(make(count, encode), matrix), make(count, encode).fit(matrix)
    assert found is not None
    assert vars(found).keys() == vars(wanted).keys()
    assert found.get_params() == wanted.get_params()
    assert found.n_bins_.tolist() == wanted.n_bins_.tolist()
    for own, other, column in zip(found.bin_edges_, wanted.bin_edges_, matrix.T, strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=1e-9 * np.ptp(column))
    ours, theirs = found.transform(matrix), wanted.transform(matrix)
    assert abs(ours - theirs).sum() == 0


@pytest.mark.parametrize(
    "column",
    [
        [1.0, 1.0, 1.0, 1.0],  # constant
        [0.0, 1.0],  # fewer rows than bins
        [0.0, 0.1, 0.2, 9.0],  # a centre loses its numbers
        [0.0, 1e-8, 2e-8, 3e-8],  # bins that are removed
        [0.0, np.nan, 2.0, 3.0],
        [-1.7e308, 0.0, 1.0, 1.7e308],
    ],
)
def test_left_to_scikit_learn(column: Any) -> None:
    assert kmeans_fitted(make(3), np.array(column)[:, None]) is None
