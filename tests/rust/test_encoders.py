"""category_counts, look_up and target_means against numpy and scikit-learn's TargetEncoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder

from stratum_sql import _rust_udfs
from stratum_sql import kernels as rust

Array = np.ndarray[Any, Any]
CODES = hnp.arrays(np.int32, st.integers(0, 200), elements=st.integers(-1, 4))
TABLE = np.array([0.5, -1.0, np.nan, 1e300, 0.0, 7.0])


@given(CODES)
def test_counts_equal_numpys(codes: Array) -> None:
    assert np.array_equal(rust.category_counts(codes, 5), np.roll(np.bincount(codes + 1, minlength=6), -1))


@given(CODES)
def test_look_up_equals_indexing(codes: Array) -> None:
    assert np.array_equal(rust.look_up(codes, TABLE), TABLE[codes], equal_nan=True)


@given(CODES, st.integers(0, 2**32 - 1))
def test_look_up_reads_the_table_of_the_rows_part(codes: Array, seed: int) -> None:
    parts = np.random.default_rng(seed).integers(0, 3, len(codes)).astype(np.int32)
    tables = np.array([TABLE, 2 * TABLE, -TABLE])
    assert np.array_equal(rust.look_up(codes, tables, parts), tables[parts, codes], equal_nan=True)


def test_long_columns_cross_chunks() -> None:
    codes = (np.arange(2 * _rust_udfs.CHUNK_ROWS + 7) % 6 - 1).astype(np.int32)
    assert np.array_equal(rust.look_up(codes, TABLE), TABLE[codes], equal_nan=True)
    assert np.array_equal(rust.category_counts(codes, 5), np.roll(np.bincount(codes + 1), -1))


@pytest.mark.parametrize("code", [5, -2, 2**31 - 1])
def test_a_code_out_of_range_is_refused(code: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: rust.category_counts([0, code], 5),
        lambda: rust.look_up([0, code], TABLE),
        lambda: rust.target_means([0, code], [1.0, 2.0], 5, [1.5], [0.25]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=f"row 1 has code {code}, outside -1 to 5"):
            call()


@pytest.mark.parametrize("part", [2, -2, -1])
def test_a_part_out_of_range_is_refused(part: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: rust.look_up([0], [TABLE, TABLE], [part]),
        lambda: rust.target_means([0], [1.0], 5, [1.0] * 3, [1.0] * 3, [part]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="part"):
            call()


def test_shapes_that_do_not_fit_are_refused() -> None:
    calls: list[Callable[[], object]] = [
        lambda: rust.look_up([0], [TABLE]),
        lambda: rust.look_up([0], TABLE, [0]),
        lambda: rust.look_up([0], [TABLE], [0, 0]),
        lambda: rust.look_up([0], []),
        lambda: rust.target_means([0], [1.0, 2.0], 1, [1.0], [1.0]),
        lambda: rust.target_means([0], [1.0], 1, [1.0], []),
        lambda: rust.target_means([0], [1.0], 1, [], []),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"rows|dimensions|tables|means|shorter"):
            call()


def learned(codes: Array, target: Array, folds: int, smooth: float | None) -> tuple[Array, Array]:
    """Training rows cross-fitted, and the mean of each category (NULL's last), by the kernels."""
    parts = np.empty(len(codes), np.int32)
    for part, (_, held_out) in enumerate(KFold(folds).split(codes)):
        parts[held_out] = part
    rows = [*(parts != part for part in range(folds)), slice(None)]
    means, variances = [target[some].mean() for some in rows], [target[some].var() for some in rows]
    found = rust.target_means(codes, target, 5, means, variances, parts, smooth)
    return rust.look_up(codes, found[:-1], parts), found[-1]


@given(
    st.integers(10, 150),
    st.sampled_from([2, 5, 7]),
    st.none() | st.floats(0, 50),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_target_means_are_scikit_learns_to_the_last_bit(
    rows: int, folds: int, smooth: float | None, whole: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    codes = random.integers(-1, 5, rows).astype(np.int32)
    target = random.integers(0, 2, rows).astype(np.float64) if whole else random.normal(3, 2, rows)
    encoder = TargetEncoder(target_type="continuous", cv=KFold(folds), smooth="auto" if smooth is None else smooth)
    wanted = encoder.fit_transform(codes.reshape(-1, 1), target)
    encoded, means = learned(codes, target, folds, smooth)
    assert np.array_equal(encoded, wanted[:, 0])
    assert np.array_equal(means[encoder.categories_[0]], encoder.encodings_[0])


def test_target_means_of_many_rows_and_categories() -> None:
    random = np.random.default_rng(5)
    codes = random.integers(-1, 5, 3 * _rust_udfs.CHUNK_ROWS).astype(np.int32)
    target = random.normal(1e6, 1, len(codes))
    encoder = TargetEncoder(target_type="continuous", cv=KFold(5))
    wanted = encoder.fit_transform(codes.reshape(-1, 1), target)
    assert np.array_equal(learned(codes, target, 5, None)[0], wanted[:, 0])
