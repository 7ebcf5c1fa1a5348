"""Medians and percentiles against numpy's, to the last bit."""

from __future__ import annotations

import math
import warnings
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql.catalog.quantiles import Floats, Ordered

# few different numbers, so that some are equal, and any numbers
NUMBERS = st.integers(-4, 4).map(float) | st.floats(-1e300, 1e300) | st.just(math.nan)
COLUMNS = st.lists(NUMBERS, min_size=1, max_size=60).map(np.array)
PERCENTS = st.lists(st.floats(0, 100) | st.integers(0, 100), min_size=1, max_size=5)


@given(COLUMNS, PERCENTS)
def test_percentiles_and_median_are_numpys(column: Floats, percents: list[float]) -> None:
    before, ordered = column.copy(), Ordered(column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all NaN
        percentiles, median = np.nanpercentile(column, percents), np.nanmedian(column)
    assert np.array_equal(ordered.percentiles(percents), percentiles, equal_nan=True)
    assert np.array_equal(ordered.median(), median, equal_nan=True)
    assert np.array_equal(column, before, equal_nan=True)


@given(COLUMNS, st.randoms(use_true_random=False))
def test_numbers_in_their_places_are_those_of_the_sorted_column(column: Floats, random: Random) -> None:
    known = np.sort(column[~np.isnan(column)])
    places = list(range(len(known)))
    random.shuffle(places)
    ordered = Ordered(column)
    assert [ordered.at(place) for place in places] == [known[place] for place in places]


def test_long_columns_take_another_way_through_numpy() -> None:
    for rows in (100_000, 100_001):
        column = np.round(np.random.default_rng(rows).normal(size=rows), 3)
        ordered = Ordered(column)
        assert ordered.median() == np.median(column)
        assert np.array_equal(ordered.percentiles((5, 25.5, 75)), np.percentile(column, (5, 25.5, 75)))
