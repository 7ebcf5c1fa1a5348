"""The rows that are set aside for early stopping are those that scikit-learn would hold out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from stratum_sql.catalog.splitters import SplitProblem
from stratum_sql.catalog.validation import manner_of, places, set_aside

TRAIN = np.flatnonzero(np.arange(200) % 3)
CLASSES = np.arange(200) % 7 % 4
GROUPS = np.arange(200) // 9


@given(fraction=st.floats(0.05, 0.9), seed=st.integers(0, 1000))
def test_rows_and_classes_are_those_of_train_test_split(fraction: float, seed: int) -> None:
    for manner, column in (("rows", None), ("classes", CLASSES)):
        strata = None if column is None else column[TRAIN]
        fitted, valid = train_test_split(TRAIN, test_size=fraction, random_state=seed, stratify=strata)
        found = set_aside(TRAIN, fraction, manner, column, seed)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found.train, fitted)
        np.testing.assert_array_equal(found.test, valid)


@given(fraction=st.floats(0.05, 0.9), seed=st.integers(0, 1000))
def test_groups_stay_whole(fraction: float, seed: int) -> None:
    found = set_aside(TRAIN, fraction, "groups", GROUPS, seed)
    wanted, held = next(GroupShuffleSplit(1, test_size=fraction, random_state=seed).split(TRAIN, None, GROUPS[TRAIN]))
    np.testing.assert_array_equal(found.train, TRAIN[wanted])
    np.testing.assert_array_equal(found.test, TRAIN[held])
    assert not set(GROUPS[found.train]) & set(GROUPS[found.test])


@given(order=st.permutations(list(range(30))), fraction=st.floats(0.05, 0.6), gap=st.integers(0, 5))
def test_the_last_rows_of_an_order_validate(order: list[int], fraction: float, gap: int) -> None:
    train = np.array(order[:25])[::-1]  # as a halving search leaves them: in any order
    found = set_aside(train, fraction, "last", places(np.array(order)), 0, gap)
    _, valid = train_test_split(np.array(order[:25]), test_size=fraction, shuffle=False)
    np.testing.assert_array_equal(found.test, valid)
    np.testing.assert_array_equal(found.train, order[: 25 - len(valid) - gap])


@pytest.mark.parametrize(
    ("rows", "manner", "gap", "words"),
    [
        (TRAIN[:1], "rows", 0, "1 training rows aside"),
        (TRAIN[:4], "last", 3, "the last 2 rows and 3 before them leave none to fit"),
        (TRAIN[:2], "groups", 0, "train set will be empty"),
        (TRAIN[:5], "classes", 0, "classes"),
    ],
)
def test_too_few_rows_are_a_problem(rows: np.ndarray, manner: str, gap: int, words: str) -> None:
    column = {"last": np.arange(200), "groups": GROUPS, "classes": np.arange(200)}.get(manner)
    with pytest.raises(SplitProblem, match=words) as caught:
        set_aside(rows, 0.5, manner, column, 0, gap)  # type: ignore[arg-type]
    assert caught.value.code == "no_validation"


def test_the_split_says_how() -> None:
    assert manner_of(("order",), "classification") == "last"
    assert manner_of(("groups", "stratify"), "classification") == "groups"
    assert manner_of(("by",), "classification") == "classes"
    assert manner_of((), "regression") == "rows"
