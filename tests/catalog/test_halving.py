"""The arithmetic of successive halving: rows, trials and survivors of every rung are scikit-learn's."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 the next import needs it
from sklearn.model_selection import HalvingGridSearchCV, KFold

from stratum_sql.catalog.halving import EXHAUST, SMALLEST, Halving, Rung, rung_candidates, rung_rows, survivors
from stratum_sql.catalog.splitters import Fold, SplitProblem, subsampled


class Known:
    """A model whose score is known; `number` tells candidates of equal scores apart."""

    def __init__(self, value: float = 0.0, number: int = 0) -> None:
        self.value, self.number = value, number

    def fit(self, _x: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        return self

    def score(self, _x: Any, _y: Any) -> float:
        return self.value


class KnownRegressor(Known, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The same, of numbers."""


class KnownClassifier(Known, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The same, of classes."""


def theirs(values: list[float], rows: int, folds: int, classes: int | None, search: Halving) -> HalvingGridSearchCV:
    """scikit-learn's search over candidates of these scores."""
    found = HalvingGridSearchCV(
        KnownRegressor() if classes is None else KnownClassifier(),
        [{"value": [value], "number": [number]} for number, value in enumerate(values)],
        cv=KFold(folds),
        factor=search.factor,
        min_resources=search.min_resources,
        random_state=search.seed,
        refit=False,
    )
    y = np.arange(rows, dtype=float) if classes is None else np.arange(rows) % classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return found.fit(np.zeros((rows, 1)), y)


SEARCHES = st.builds(Halving, st.integers(2, 5), st.sampled_from([EXHAUST, SMALLEST, 6, 20]))
VALUES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, float("nan")]), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(VALUES, st.integers(12, 500), st.integers(2, 3), st.sampled_from([None, 2]), SEARCHES)
def test_every_rung_is_that_of_scikit_learn(
    values: list[float], rows: int, folds: int, classes: int | None, search: Halving
) -> None:
    rung = Rung(search, len(values))
    try:
        sizes = rung_rows(rung, rows, folds, classes)
    except ValueError:
        with pytest.raises(ValueError, match="is greater than max_resources_"):
            theirs(values, rows, folds, classes, search)
        return
    expected = theirs(values, rows, folds, classes, search)
    assert list(sizes) == expected.n_resources_
    assert list(rung_candidates(rung))[: len(sizes)] == expected.n_candidates_
    going = list(range(len(values)))
    for number in range(len(sizes)):
        on_it = np.asarray(expected.cv_results_["iter"]) == number
        params = np.asarray(expected.cv_results_["params"])[on_it]
        assert going == [one["number"] for one in params]
        going = [going[position] for position in survivors([values[one] for one in going], search.factor)]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 100_000), st.integers(2, 9), st.integers(10, 10**9))
def test_rungs_grow_and_thin_out(candidates: int, factor: int, rows: int) -> None:
    rung = Rung(Halving(factor), candidates)
    sizes, counts = rung_rows(rung, rows, 5, None), list(rung_candidates(rung))
    assert sizes[0] >= 10
    assert sizes[-1] <= rows
    assert all(before * factor == after for before, after in pairwise(sizes))
    assert counts[0] == candidates
    assert all(before > after for before, after in pairwise(counts))
    assert len(sizes) <= len(counts)


def test_without_a_value_is_last() -> None:
    assert survivors([None, 1.0, 3.0, None, 2.0], 3) == [4, 2]
    assert survivors([None, None, None], 2) == [1, 2]
    assert survivors([5.0], 3) == [0]


def test_rows_are_drawn_from_both_sides_of_a_fold() -> None:
    made = (Fold(np.arange(0, 80), np.arange(80, 100)), Fold(np.arange(20, 100), np.arange(0, 20)))
    rung = Rung(Halving(3, seed=7), 9)
    few = subsampled(made, rung, 100, None)
    assert [(len(fold.train), len(fold.test)) for fold in few] == [(8, 2), (8, 2)]
    assert all(set(one.train) <= set(whole.train) for one, whole in zip(few, made, strict=True))
    assert all(set(one.test) <= set(whole.test) for one, whole in zip(few, made, strict=True))
    other = subsampled(made, Rung(Halving(3, seed=8), 9), 100, None)
    assert not np.array_equal(few[0].train, other[0].train)


def test_too_few_rows() -> None:
    made = (Fold(np.arange(3), np.arange(3, 6)), Fold(np.arange(3, 6), np.arange(3)))
    with pytest.raises(SplitProblem, match="starts with 8 rows, and there are 6") as caught:
        subsampled(made, Rung(Halving(), 9), 6, 2)
    assert caught.value.code == "too_few_rows"
    with pytest.raises(SplitProblem) as caught:
        subsampled(made, Rung(Halving(min_resources=1), 9), 6, None)
    assert caught.value.code == "empty_fold"


def test_in_words() -> None:
    assert str(Rung(Halving(), 27)) == "rung 1 of halving 27 trials, factor 3, seed 0"
    assert str(Rung(Halving(2, 50, 4), 5, 1)) == "rung 2 of halving 5 trials, factor 2, from 50 rows, seed 4"
