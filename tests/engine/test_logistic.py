"""Logistic regressions trained together against scikit-learn's, one by one: numbers, steps, warnings, errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from stratum_sql.catalog.estimators import estimator
from stratum_sql.catalog.logistic import trains_together
from stratum_sql.execute.logistic import Fitted, Stopped, fit_together
from stratum_sql.execute.noted import listening, noted

Array = np.ndarray[Any, Any]
STRENGTHS = tuple({"C": strength} for strength in (1e-4, 0.01, 1.0, 100.0, 1e4))


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Warnings go where the engine has them go; no solver's thread stays behind."""
    before = set(threading.enumerate())
    with listening():
        yield
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("solver-")]


def rows(classes: int = 2, count: int = 700, columns: int = 6, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    matrix = np.asfortranarray(rng.normal(size=(count, columns)))
    scores = matrix @ rng.normal(size=(columns, classes)) + rng.gumbel(size=(count, classes))
    return matrix, scores.argmax(axis=1)


def one_by_one(
    matrix: Any, target: Array, weight: Array | None, candidates: Sequence[dict[str, Any]]
) -> list[tuple[LogisticRegression | None, tuple[str, ...], Exception | None]]:
    answers: list[tuple[LogisticRegression | None, tuple[str, ...], Exception | None]] = []
    for params in candidates:
        with noted() as said:
            try:
                model = LogisticRegression(**{"random_state": 0, **params}).fit(matrix, target, weight)
            except Exception as error:  # noqa: BLE001 compared below
                answers.append((None, tuple(said), error))
            else:
                answers.append((model, tuple(said), None))
    return answers


def check(
    matrix: Any, target: Array, candidates: Sequence[dict[str, Any]] = STRENGTHS, weight: Array | None = None
) -> list[Fitted]:
    """Fit both ways, compare, and give back what came out."""
    together = fit_together(matrix, target, weight, candidates, 0)
    assert len(together) == len(candidates)
    for ours, (theirs, said, error) in zip(together, one_by_one(matrix, target, weight, candidates), strict=True):
        assert ours.warnings == said
        assert (type(ours.error), str(ours.error)) == (type(error), str(error))
        assert ours.seconds >= 0
        if theirs is None:
            assert ours.estimator is None
        else:
            check_models(ours.estimator, theirs, matrix)
    return together


def check_models(ours: Any, theirs: LogisticRegression, matrix: Any) -> None:
    assert type(ours) is LogisticRegression
    assert ours.get_params() == theirs.get_params()
    assert set(vars(ours)) == set(vars(theirs))
    for name in ("coef_", "intercept_", "n_iter_", "classes_"):
        mine, right = getattr(ours, name), getattr(theirs, name)
        assert (mine.shape, mine.dtype) == (right.shape, right.dtype)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_array_equal(ours.n_iter_, theirs.n_iter_)
    scale = max(np.abs(theirs.coef_).max(), np.abs(theirs.intercept_).max())
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-7 * scale)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=0, atol=1e-7 * scale)
    np.testing.assert_allclose(ours.predict_proba(matrix), theirs.predict_proba(matrix), rtol=0, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("order", ["C", "F"])
def test_strengths(classes: int, order: Any) -> None:
    matrix, target = rows(classes)
    assert all(one.error is None and not one.warnings for one in check(np.array(matrix, order=order), target))


@pytest.mark.parametrize("classes", [2, 3])
def test_settings_differ_from_candidate_to_candidate(classes: int) -> None:
    matrix, target = rows(classes)
    check(
        matrix,
        target,
        [
            {"fit_intercept": False},
            {"class_weight": "balanced"},
            {"tol": 1e-9},
            {"class_weight": {0: 0.5, 1: 3.0, 2: 2.0}, "C": 0.1} if classes == 3 else {"class_weight": {1: 3.0}},
            {"C": np.inf},
            {"fit_intercept": False, "class_weight": "balanced"},
            {"random_state": 7},
            {},
        ],
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_weights(classes: int) -> None:
    matrix, target = rows(classes)
    weight = np.random.default_rng(1).uniform(0, 3, len(target)).round()
    candidates: list[dict[str, Any]] = [
        {},
        {"class_weight": "balanced"},
        {"class_weight": {0: 2.0, 1: 0.5, 2: 1.0}},
        {"C": 0.01},
    ]
    check(matrix, target, candidates if classes == 3 else candidates[:2] + candidates[3:], weight)


@pytest.mark.parametrize("count", [255, 256, 8192, 8193, 20001])
def test_blocks_of_rows_that_do_not_come_out_even(count: int) -> None:
    check(*rows(count=count, columns=3), STRENGTHS[:2])


def test_the_steps_run_out() -> None:
    matrix, target = rows(3)
    found = check(matrix, target, [{"max_iter": 3}, {"max_iter": 0}, {"max_iter": 1, "tol": 0.0}, {}])
    assert [len(one.warnings) for one in found] == [1, 1, 1, 0]
    assert found[0].warnings[0].startswith("ConvergenceWarning: lbfgs failed to converge after 3 iteration(s)")


def test_many_steps_on_badly_scaled_columns_are_scikit_learns_own() -> None:
    matrix, target = rows(columns=8)
    found = check(matrix * 10.0 ** np.arange(-3, 5), target, [{}, {"C": 1e4, "max_iter": 500}, {"max_iter": 29}])
    assert any(one.warnings for one in found)


def test_penalties_as_they_were_written_before() -> None:
    matrix, target = rows()
    found = check(
        matrix, target, [{"penalty": "l2"}, {"penalty": None}, {"penalty": None, "C": 2.0}, {"l1_ratio": None}]
    )
    assert all("FutureWarning" in one.warnings[0] for one in found)


def test_constant_and_collinear_columns() -> None:
    matrix, target = rows()
    extra = [matrix, np.ones((len(target), 2)), np.zeros((len(target), 1)), matrix[:, :2] + matrix[:, 2:4]]
    check(np.hstack(extra), target, STRENGTHS[:4])


def test_classes_far_apart() -> None:
    matrix, _ = rows()
    check(matrix, (matrix[:, 0] > 0).astype(int), STRENGTHS[:4])


def test_large_numbers_use_every_branch_of_the_loss() -> None:
    matrix, target = rows(columns=2)
    check(matrix * 1e3, target, STRENGTHS[2:])


@pytest.mark.parametrize("classes", [2, 4])
def test_one_hot_columns(classes: int) -> None:
    matrix, target = rows(classes, count=3000)
    groups = np.random.default_rng(2).integers(0, 30, len(target))
    hot = np.asfortranarray(np.hstack([matrix[:, :3], np.eye(30)[groups], matrix[:, 3:]]))
    check(hot, target)
    check(np.ascontiguousarray(hot), target, STRENGTHS[:2], np.linspace(0.5, 2, len(target)))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("form", ["csr", "csc"])
def test_sparse(classes: int, form: str) -> None:
    _, target = rows(classes)
    matrix = sparse.random(len(target), 30, density=0.1, format=form, random_state=0)
    check(matrix, target, [*STRENGTHS, {"class_weight": "balanced"}, {"fit_intercept": False}])


def test_read_only_input_stays_as_it_is() -> None:
    matrix, target = rows()
    before = matrix.copy()
    matrix.flags.writeable = target.flags.writeable = False
    check(matrix, target)
    np.testing.assert_array_equal(matrix, before)


def test_one_row_a_class() -> None:
    check(np.array([[0.0, 1.0], [2.0, 0.5]]), np.array([0, 1]))
    check(np.eye(4), np.arange(4))


def test_classes_of_any_type() -> None:
    matrix, target = rows()
    check(matrix, np.array(["no", "yes"])[target])
    check(matrix, np.array(["no", "yes"], dtype=object)[target])
    check(matrix, target.astype(bool))
    check(matrix, target * 2.0 + 0.0)


def test_single_precision_is_left_to_scikit_learn() -> None:
    matrix, target = rows()
    for one in check(matrix.astype(np.float32), target):
        assert one.estimator is not None
        assert one.estimator.coef_.dtype == np.float32


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_number_that_is_none(bad: float) -> None:
    matrix, target = rows()
    matrix[5, 2] = bad
    assert all(isinstance(one.error, ValueError) for one in check(matrix, target))
    assert all(isinstance(one.error, ValueError) for one in check(sparse.csr_matrix(matrix), target, STRENGTHS[:2]))


def test_input_that_scikit_learn_refuses() -> None:
    matrix, target = rows()
    weight = np.ones(len(target))
    for given_matrix, given_target, given_weight in (
        (matrix, np.zeros(len(target)), None),
        (matrix, target[:-1], None),
        (matrix, target + np.linspace(0, 1, len(target)), None),
        (matrix, np.where(target == 0, np.nan, 1.0), None),
        (matrix, target, weight[:-1]),
        (matrix, target, np.where(target == 0, np.nan, 1.0)),
        (matrix[:0], target[:0], None),
        (matrix[:, :0], target, None),
        (matrix[:, 0], target, None),
    ):
        found = check(given_matrix, given_target, STRENGTHS[:2], given_weight)
        assert all(one.error is not None for one in found)


def test_weights_of_nothing() -> None:
    matrix, target = rows()
    check(matrix, target, STRENGTHS[:2], np.zeros(len(target)))


def test_a_loss_that_overflows_is_left_to_scikit_learn() -> None:
    matrix, target = rows()
    check(matrix * 1e200, target, STRENGTHS[1:3])


def test_one_bad_candidate_harms_no_other() -> None:
    matrix, target = rows()
    bad: list[dict[str, Any]] = [{"C": -1.0}, {"tol": "no"}, {"max_iter": -3}, {"class_weight": {7: 1.0}}, {"C": "x"}]
    found = check(matrix, target, [{}, *bad, {"C": 0.1}])
    assert [one.error is None for one in found] == [True, False, False, False, False, False, True]
    unknown = fit_together(matrix, target, None, [{"depth": 3}, {}], 0)
    assert isinstance(unknown[0].error, TypeError)
    assert unknown[1].error is None


def test_no_candidate() -> None:
    assert fit_together(*rows(), weight=None, candidates=[], seed=0) == []


def test_more_candidates_than_are_trained_at_a_time() -> None:
    check(*rows(count=200, columns=2), [{"C": strength} for strength in np.logspace(-2, 2, 70)])


def test_the_same_call_gives_the_same_bits() -> None:
    matrix, target = rows(3, count=9000)
    first, second = (fit_together(matrix, target, None, STRENGTHS, 0) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert one.estimator is not None
        assert other.estimator is not None
        assert one.estimator.coef_.tobytes() == other.estimator.coef_.tobytes()


def test_calls_from_several_threads() -> None:
    folds = [rows(seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda fold: fit_together(fold[0], fold[1], None, STRENGTHS, 0), folds))
    for (matrix, target), found in zip(folds, together, strict=True):
        for ours, (theirs, _, _) in zip(found, one_by_one(matrix, target, None, STRENGTHS), strict=True):
            assert theirs is not None
            check_models(ours.estimator, theirs, matrix)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_stop(after: int) -> None:
    matrix, target = rows()
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) > after

    with pytest.raises(Stopped):
        fit_together(matrix, target, None, STRENGTHS, 0, should_stop)
    assert len(asked) == after + 1


def test_which_models_train_together() -> None:
    spec = estimator("logistic_regression")
    other = estimator("ridge_classifier")
    assert spec is not None
    assert other is not None
    taken: list[dict[str, Any]] = [
        {},
        {"C": 3.0, "tol": 1e-8, "max_iter": 5, "fit_intercept": False},
        {"penalty": "l2"},
        {"penalty": None},
        {"C": np.inf},
        {"l1_ratio": 0},
        {"class_weight": "balanced"},
        {"class_weight": {0: 1, 1: 2}},
    ]
    refused: list[dict[str, Any]] = [
        {"solver": "saga"},
        {"solver": "liblinear", "dual": True},
        {"penalty": "l1"},
        {"penalty": "elasticnet"},
        {"penalty": ["l2"]},
        {"l1_ratio": 0.5},
        {"l1_ratio": 1},
        {"warm_start": True},
        {"class_weight": "weighted"},
        {"class_weight": (1, 2)},
        {"solver": None},
    ]
    assert [params for params in taken if not trains_together(spec, params)] == []
    assert [params for params in refused if trains_together(spec, params)] == []
    assert not trains_together(other, {})


@settings(max_examples=40)
@given(
    data=st.data(),
    classes=st.integers(2, 4),
    columns=st.integers(1, 5),
    count=st.integers(8, 60),
    seed=st.integers(0, 2**16),
)
def test_any_small_table(data: st.DataObject, classes: int, columns: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-3, 4, size=(count, columns)).astype(float)
    target = np.concatenate([np.arange(classes), rng.integers(0, classes, count - classes)])
    candidate = st.fixed_dictionaries(
        {
            "C": st.floats(1e-3, 10),
            "fit_intercept": st.booleans(),
            "class_weight": st.sampled_from([None, "balanced"]),
            "max_iter": st.sampled_from([2, 100]),
        }
    )
    weight = rng.uniform(0.1, 2, count) if data.draw(st.booleans()) else None
    check(matrix, target, data.draw(st.lists(candidate, min_size=1, max_size=4)), weight)
