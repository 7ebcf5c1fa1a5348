"""Folds are those of scikit-learn's splitters; what cannot be split is said, with a way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection as theirs
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)

from stratum_sql.catalog.splitters import (
    Fold,
    SplitProblem,
    check_splitter,
    folds,
    quantile_bins,
    splitter,
    splitter_names,
    splitters,
)
from stratum_sql.errors import Span
from stratum_sql.grammar.syntax import (
    Argument,
    Call,
    CrossValidate,
    Expression,
    Holdout,
    Literal,
    Name,
    SplitBy,
    SplitOptions,
    Splitter,
    TupleOf,
)

AT = Span(0, 1)
N = 24
RNG = np.random.default_rng(0)
NUMBER = RNG.normal(size=N)
CLASSES = np.repeat([0, 1, 2], N // 3)[RNG.permutation(N)]
GROUPS = np.repeat(np.arange(8), 3)[RNG.permutation(N)]
COLUMN = Name(("c",), AT)


def cv(k: int | None = 4, **options: Any) -> CrossValidate:
    return CrossValidate(k, SplitOptions(**options), AT)


def holdout(fraction: float = 0.25, **options: Any) -> Holdout:
    return Holdout(fraction, SplitOptions(**options), AT)


def call(splitter_name: str, /, **arguments: Any) -> Call:
    args = tuple(Argument(name, literal(value), AT) for name, value in arguments.items())
    return Call(splitter_name, args, AT, AT)


def literal(value: Any) -> Expression:
    return TupleOf(tuple(literal(part) for part in value), AT) if isinstance(value, tuple) else Literal(value, AT)


def same(ours: tuple[Fold, ...], reference: Any, *arguments: Any) -> None:
    expected = list(reference.split(np.zeros(N), *arguments))
    assert len(ours) == len(expected)
    for fold, (train, test) in zip(ours, expected, strict=True):
        assert fold.train.dtype == fold.test.dtype == np.int64
        assert np.array_equal(fold.train, train)
        assert np.array_equal(fold.test, test)


# ---- CROSS VALIDATE --------------------------------------------------------------------------------------------------


def test_no_clause_is_five_folds_by_the_seed() -> None:
    same(folds(None, N, NUMBER, seed=3), KFold(5, shuffle=True, random_state=3))
    same(
        folds(None, N, CLASSES, seed=3, classification=True), StratifiedKFold(5, shuffle=True, random_state=3), CLASSES
    )


def test_cross_validate() -> None:
    same(folds(cv(4), N, NUMBER, seed=1), KFold(4, shuffle=True, random_state=1))
    same(folds(cv(4, seed=9), N, NUMBER, seed=1), KFold(4, shuffle=True, random_state=9))
    same(folds(cv(4, shuffle=False), N, NUMBER), KFold(4))
    same(folds(cv(4), N, CLASSES, classification=True), StratifiedKFold(4, shuffle=True, random_state=0), CLASSES)
    same(folds(cv(4, shuffle=False), N, CLASSES, classification=True), StratifiedKFold(4), CLASSES)


def test_labels_may_be_texts() -> None:
    labels = np.asarray(["a", "b", "c"], dtype=object)[CLASSES]
    same(folds(cv(4), N, labels, classification=True), StratifiedKFold(4, shuffle=True, random_state=0), CLASSES)


def test_stratify_on_a_number_is_by_quantile_bins() -> None:
    bins = pd.qcut(NUMBER, 6, labels=False, duplicates="drop")
    assert np.array_equal(quantile_bins(NUMBER, 4), bins)
    same(folds(cv(4, stratify=True), N, NUMBER), StratifiedKFold(4, shuffle=True, random_state=0), bins)


def test_bins_of_many_equal_numbers_are_pandas() -> None:
    values = np.round(NUMBER)
    expected = pd.qcut(values, 6, labels=False, duplicates="drop")
    assert np.array_equal(np.unique(quantile_bins(values, 4), return_inverse=True)[1], expected)


def test_stratify_by_a_column_null_is_a_value() -> None:
    strata = np.array([None if one == 2 else one for one in CLASSES], dtype=object)
    split = cv(4, stratify_by=COLUMN)
    same(folds(split, N, NUMBER, strata=strata), StratifiedKFold(4, shuffle=True, random_state=0), CLASSES)


def test_groups() -> None:
    same(folds(cv(4, groups=COLUMN), N, NUMBER, GROUPS), GroupKFold(4), None, GROUPS)
    same(
        folds(cv(4, groups=COLUMN, shuffle=True), N, NUMBER, GROUPS, 5),
        GroupKFold(4, shuffle=True, random_state=5),
        None,
        GROUPS,
    )
    found = folds(cv(4, groups=COLUMN), N, CLASSES, GROUPS, classification=True)
    same(found, StratifiedGroupKFold(4), CLASSES, GROUPS)
    assert all(not set(GROUPS[fold.train]) & set(GROUPS[fold.test]) for fold in found)


def test_repeat() -> None:
    same(folds(cv(3, repeat=2), N, NUMBER, seed=4), RepeatedKFold(n_splits=3, n_repeats=2, random_state=4))
    same(
        folds(cv(3, repeat=2), N, CLASSES, seed=4, classification=True),
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=4),
        CLASSES,
    )
    grouped = folds(cv(3, repeat=2, groups=COLUMN), N, NUMBER, GROUPS, 4)
    assert len(grouped) == 6
    assert any(not np.array_equal(one.test, other.test) for one, other in zip(grouped[:3], grouped[3:], strict=True))


def test_order_by_trains_on_the_past() -> None:
    same(folds(cv(3, order_by=COLUMN, gap=2), N, NUMBER), TimeSeriesSplit(3, gap=2))
    same(folds(cv(3, order_by=COLUMN), N, CLASSES, classification=True), TimeSeriesSplit(3))


# ---- HOLDOUT ---------------------------------------------------------------------------------------------------------


def test_holdout() -> None:
    same(folds(holdout(0.3), N, NUMBER, seed=2), ShuffleSplit(1, test_size=0.3, random_state=2))
    same(
        folds(holdout(0.25), N, CLASSES, seed=2, classification=True),
        StratifiedShuffleSplit(1, test_size=0.25, random_state=2),
        CLASSES,
    )
    same(folds(holdout(0.3, repeat=3), N, NUMBER), ShuffleSplit(3, test_size=0.3, random_state=0))
    same(
        folds(holdout(0.25, groups=COLUMN), N, CLASSES, GROUPS, 2, classification=True),
        GroupShuffleSplit(1, test_size=0.25, random_state=2),
        None,
        GROUPS,
    )


def test_ordered_holdout_is_the_last_rows() -> None:
    (fold,) = folds(holdout(0.3, order_by=COLUMN, gap=2), N, NUMBER)
    train, test = theirs.train_test_split(np.arange(N), test_size=0.3, shuffle=False)
    assert np.array_equal(fold.test, test)
    assert np.array_equal(fold.train, train[:-2])
    (plain,) = folds(holdout(0.3, shuffle=False), N, NUMBER)
    assert np.array_equal(plain.train, train)


# ---- SPLIT BY --------------------------------------------------------------------------------------------------------

BY = SplitBy(COLUMN, AT)


def test_words_for_training_and_testing_make_one_fold() -> None:
    values = np.asarray(["Train", "TEST", "training", "val", " validation ", None], dtype=object)
    (fold,) = folds(BY, 6, values=values)
    assert fold.train.tolist() == [0, 2, 5]
    assert fold.test.tolist() == [1, 3, 4]


def test_true_is_held_out() -> None:
    for values in (np.asarray([True, False, False, True]), np.asarray([True, None, False, True], dtype=object)):
        (fold,) = folds(BY, 4, values=values)
        assert fold.train.tolist() == [1, 2]
        assert fold.test.tolist() == [0, 3]


def test_every_other_value_is_a_fold() -> None:
    values = np.arange(N) % 3
    same(folds(BY, N, values=values), PredefinedSplit(values))
    texts = np.asarray(["c", "a", "b"], dtype=object)[values]
    same(folds(BY, N, values=texts), PredefinedSplit(np.asarray([2, 0, 1])[values]))


def test_null_and_minus_one_are_never_held_out() -> None:
    values = np.arange(N) % 4 - 1
    same(folds(BY, N, values=values), PredefinedSplit(values))
    with_null = np.where(values == -1, np.nan, values * 1.0)
    same(folds(BY, N, values=with_null), PredefinedSplit(values))


# ---- SPLIT splitter(..) ----------------------------------------------------------------------------------------------


def test_the_table_is_sklearns() -> None:
    found = {
        name
        for name in theirs.__all__
        if not name.startswith("Base") and "Search" not in name and hasattr(getattr(theirs, name, None), "split")
    }
    assert {one.path.rpartition(".")[2] for one in splitters().values()} == found
    assert tuple(splitters()) == splitter_names()
    assert splitter("REPEATED_k_fold") is splitters()["repeated_k_fold"]
    assert splitter("no_such_splitter") is None


PARAMS: dict[str, dict[str, Any]] = {
    "leave_p_out": {"p": 2},
    "leave_p_groups_out": {"n_groups": 2},
    "predefined_split": {"test_fold": tuple(range(N))},
    "repeated_k_fold": {"n_splits": 3, "n_repeats": 2},
    "k_fold": {"n_splits": 3, "shuffle": True},
    "time_series_split": {"n_splits": 3, "gap": 1, "test_size": 2},
    "shuffle_split": {"n_splits": 1, "test_size": 0.5},
    "group_shuffle_split": {"n_splits": 2, "train_size": 3},
}


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
@pytest.mark.parametrize("name", splitter_names())
def test_every_splitter_is_sklearns(name: str) -> None:
    spec = splitters()[name]
    params = PARAMS.get(name, {})
    assert check_splitter(spec, params) == []
    found = folds(Splitter(call(name, **params), SplitOptions(), AT), N, CLASSES, GROUPS, 6, classification=True)
    draws = "random_state" in spec.defaults and params.get("shuffle", spec.defaults.get("shuffle", True))
    reference = getattr(theirs, spec.path.rpartition(".")[2])(**params, **({"random_state": 6} if draws else {}))
    same(found, reference, CLASSES, GROUPS)


@pytest.mark.parametrize(
    ("name", "params", "reference"),
    [
        ("shuffle_split", {"n_splits": 2}, ShuffleSplit(2, random_state=6)),
        ("k_fold", {"n_splits": 3, "shuffle": True}, KFold(3, shuffle=True, random_state=6)),
        ("k_fold", {"n_splits": 3}, KFold(3)),
    ],
)
def test_a_null_random_state_is_the_seed(name: str, params: dict[str, Any], reference: Any) -> None:
    split = Splitter(call(name, **params, random_state=None), SplitOptions(), AT)
    same(folds(split, N, NUMBER, seed=6), reference)


def test_a_splitter_takes_columns_from_the_clause() -> None:
    strata = np.where(CLASSES == 0, "x", "y").astype(object)
    split = Splitter(call("stratified_k_fold", n_splits=4), SplitOptions(stratify_by=COLUMN, seed=1), AT)
    same(folds(split, N, NUMBER, strata=strata), StratifiedKFold(4), (CLASSES != 0).astype(int))


WRONG_PARAMS: list[tuple[str, dict[str, Any], str]] = [
    ("k_fold", {"n_split": 3}, "no parameter"),
    ("k_fold", {"n_splits": 1}, "from 2"),
    ("k_fold", {"n_splits": 10**9}, "from 2"),
    ("k_fold", {"n_splits": True}, "from 2"),
    ("k_fold", {"shuffle": "yes"}, "true or false"),
    ("k_fold", {"random_state": "x"}, "an int"),
    ("shuffle_split", {"test_size": 1.5}, "share"),
    ("shuffle_split", {"test_size": "half"}, "share"),
    ("repeated_k_fold", {"n_repeats": 0}, "from 1"),
    ("time_series_split", {"gap": -1}, "0 or more"),
    ("leave_p_out", {}, "needs p"),
    ("predefined_split", {"test_fold": ("a",)}, "tuple of ints"),
]


@pytest.mark.parametrize(("name", "params", "text"), WRONG_PARAMS)
def test_wrong_splitter_parameters(name: str, params: dict[str, Any], text: str) -> None:
    (problem,) = check_splitter(splitters()[name], params)
    assert text in problem.message
    with pytest.raises(SplitProblem) as caught:
        folds(Splitter(call(name, **params), SplitOptions(), AT), N, NUMBER)
    assert caught.value.code == "wrong_parameter"


# ---- problems --------------------------------------------------------------------------------------------------------

FEW = np.asarray([0] * (N - 2) + [1] * 2)

PROBLEMS: list[tuple[Any, dict[str, Any], str]] = [
    (cv(1), {"y": NUMBER}, "too_few_folds"),
    (cv(N + 1), {"y": NUMBER}, "too_few_rows"),
    (cv(3), {"y": FEW, "classification": True}, "too_few_members"),
    (holdout(0.2), {"y": np.asarray([0] * (N - 1) + [1]), "classification": True}, "too_few_members"),
    (cv(9, groups=COLUMN), {"y": NUMBER, "groups": GROUPS}, "too_few_groups"),
    (
        cv(4, groups=COLUMN),
        {"y": NUMBER, "groups": np.array([None if one == 1 else one for one in GROUPS], dtype=object)},
        "null_group",
    ),
    (cv(4, gap=2), {"y": NUMBER}, "options_clash"),
    (cv(4, order_by=COLUMN, shuffle=True), {"y": NUMBER}, "options_clash"),
    (cv(4, order_by=COLUMN, stratify=True), {"y": NUMBER}, "options_clash"),
    (cv(4, order_by=COLUMN, groups=COLUMN), {"y": NUMBER, "groups": GROUPS}, "options_clash"),
    (cv(4, order_by=COLUMN, repeat=2), {"y": NUMBER}, "options_clash"),
    (cv(4, shuffle=False, repeat=2), {"y": NUMBER}, "options_clash"),
    (cv(4, repeat=0), {"y": NUMBER}, "wrong_repeat"),
    (cv(4, order_by=COLUMN, gap=-1), {"y": NUMBER}, "wrong_gap"),
    (cv(4, order_by=COLUMN, gap=10**6), {"y": NUMBER}, "cannot_split"),
    (cv(4, stratify=True), {"y": np.where(CLASSES == 0, np.nan, NUMBER)}, "cannot_stratify"),
    (holdout(0.0), {"y": NUMBER}, "wrong_fraction"),
    (holdout(1.5), {"y": NUMBER}, "wrong_fraction"),
    (holdout(float("nan")), {"y": NUMBER}, "wrong_fraction"),
    (holdout(0.99), {"y": NUMBER}, "cannot_split"),
    (holdout(0.9, order_by=COLUMN, gap=N), {"y": NUMBER}, "empty_fold"),
    (holdout(0.2, groups=COLUMN, stratify=True), {"y": NUMBER, "groups": GROUPS}, "options_clash"),
    (holdout(0.2, shuffle=False, stratify=True), {"y": NUMBER}, "options_clash"),
    (BY, {"values": np.full(N, None)}, "empty_fold"),
    (BY, {"values": np.full(N, -1)}, "empty_fold"),
    (BY, {"values": np.full(N, "test", dtype=object)}, "empty_fold"),
    (BY, {"values": np.full(N, "train", dtype=object)}, "empty_fold"),
    (BY, {"values": np.full(N, False)}, "empty_fold"),
    (BY, {"values": np.full(N + 1, 1)}, "wrong_length"),
    (Splitter(call("k_folds"), SplitOptions(), AT), {"y": NUMBER}, "unknown_splitter"),
    (Splitter(call("group_k_fold"), SplitOptions(), AT), {"y": NUMBER}, "needs_groups"),
    (Splitter(call("k_fold"), SplitOptions(groups=COLUMN), AT), {"y": NUMBER, "groups": GROUPS}, "options_clash"),
    (Splitter(call("k_fold"), SplitOptions(repeat=2), AT), {"y": NUMBER}, "options_clash"),
    (Splitter(call("k_fold"), SplitOptions(stratify=True), AT), {"y": NUMBER}, "options_clash"),
    (Splitter(call("leave_p_out", p=10), SplitOptions(), AT), {"y": NUMBER}, "too_many_folds"),
    (Splitter(call("predefined_split", test_fold=(0, 1)), SplitOptions(), AT), {"y": NUMBER}, "wrong_length"),
    (
        Splitter(call("stratified_k_fold", n_splits=3), SplitOptions(), AT),
        {"y": FEW, "classification": True},
        "too_few_members",
    ),
]


@pytest.mark.parametrize(("split", "columns", "code"), PROBLEMS)
def test_problems(split: Any, columns: dict[str, Any], code: str) -> None:
    with pytest.raises(SplitProblem) as caught:
        folds(split, N, **columns)
    assert caught.value.code == code
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("n", [0, 1])
def test_no_rows_to_split(n: int) -> None:
    with pytest.raises(SplitProblem) as caught:
        folds(None, n, np.zeros(n))
    assert caught.value.code == "too_few_rows"


def test_too_few_members_says_what_to_write() -> None:
    with pytest.raises(SplitProblem, match="the smallest class has 2 rows, fewer than the 3 folds") as caught:
        folds(cv(3), N, FEW, classification=True)
    assert caught.value.hint == "CROSS VALIDATE 2, or SPLIT k_fold(..), which does not stratify"


def test_the_members_that_are_enough_are_split() -> None:
    assert len(folds(cv(2), N, FEW, classification=True)) == 2
