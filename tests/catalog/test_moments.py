"""Mean and variance: exact where numbers are far from zero, and independent of how rows are cut."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stratum_sql.catalog.moments import CHUNK, Moments, merge, moments


def exact(values: list[float]) -> tuple[float, float]:
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((value - mean) ** 2 for value in values)


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_equals_exact_sums_over_several_chunks(offset: float) -> None:
    values = np.random.default_rng(0).normal(offset, 1, CHUNK + 1000)
    found = moments(values)
    mean, m2 = exact(values.tolist())
    assert found.count == len(values)
    assert found.mean == pytest.approx(mean, rel=1e-15)
    assert found.m2 == pytest.approx(m2, rel=1e-9)


def test_null_is_skipped() -> None:
    assert moments(np.array([np.nan, 1.0, 3.0, np.nan])) == Moments(2, 2.0, 2.0)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_nothing_has_no_mean(values: list[float]) -> None:
    found = moments(np.array(values, dtype=np.float64))
    assert found.count == 0
    assert math.isnan(found.mean)
    assert math.isnan(found.m2)


def test_merge_is_the_union() -> None:
    values = np.random.default_rng(1).normal(5, 2, 1000)
    merged = merge(moments(values[:300]), moments(values[300:]))
    assert merged.count == 1000
    assert merged.mean == pytest.approx(moments(values).mean, rel=1e-14)
    assert merged.m2 == pytest.approx(moments(values).m2, rel=1e-12)
    assert merge(moments(values), moments(np.array([np.nan]))) == moments(values)


def test_a_whole_chunk_of_null_changes_nothing() -> None:
    values = np.random.default_rng(2).normal(5, 2, 100)
    assert moments(np.concatenate([np.full(CHUNK, np.nan), values])) == moments(values)
