"""Models of naive Bayes made from shared counts against scikit-learn's, one by one: every attribute, warning, error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from stratum_sql.catalog.estimators import build, estimator
from stratum_sql.catalog.naive_bayes import counts_key
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.execute.naive_bayes import fit_from_counts
from stratum_sql.execute.noted import listening, noted

Array = np.ndarray[Any, Any]
PRIORS = [0.2, 0.5, 0.3]
SMOOTHED: list[dict[str, Any]] = [
    {}, {"alpha": 0.1}, {"alpha": 0.0, "force_alpha": False}, {"alpha": 0.0}, {"fit_prior": False},
    {"class_prior": PRIORS}, {"class_prior": [0.5, 0.5]}, {"alpha": -1.0}, {"alpha": [1.0, 0.5, 2.0, 0.1]},
]  # fmt: skip
FAMILIES: dict[str, list[dict[str, Any]]] = {
    "gaussian_nb": [{}, {"var_smoothing": 0.1}, {"var_smoothing": 0.0}, {"var_smoothing": -1.0}]
    + [{"priors": priors} for priors in (PRIORS, [0.5, 0.5], [0.5, 0.6, -0.1], [0.1, 0.1, 0.1])],
    "multinomial_nb": SMOOTHED,
    "complement_nb": [*SMOOTHED, {"norm": True}],
    "bernoulli_nb": SMOOTHED,
}


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    with listening():
        yield


def spec_of(name: str) -> EstimatorSpec:
    spec = estimator(name)
    assert spec is not None
    return spec


def rows(classes: int = 3, count: int = 200) -> tuple[Array, Array]:
    rng = np.random.default_rng(7)
    target = rng.integers(0, classes, count)
    return rng.poisson(1.0 + target[:, None] * [0.5, 1.0, 0.0, 2.0]).astype(np.float64), target


def check(name: str, matrix: Any, target: Array, weight: Array | None, candidates: Sequence[Mapping[str, Any]]) -> None:
    """What comes of each is what comes of it alone, to the last bit."""
    spec = spec_of(name)
    together = fit_from_counts(spec, matrix, target, weight, candidates)
    assert len(together) == len(candidates)
    for ours, params in zip(together, candidates, strict=True):
        error, theirs = None, build(spec, params, 0, 1)
        with noted() as said:
            try:
                theirs.fit(matrix, target, sample_weight=weight)
            except Exception as failed:  # noqa: BLE001 compared below
                error = failed
        assert ours.warnings == tuple(said)
        assert (type(ours.error), str(ours.error)) == (type(error), str(error))
        assert ours.seconds >= 0
        if error is None:
            same(ours.estimator, theirs)


def same(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    mine, those = ({name: value for name, value in vars(one).items() if name.endswith("_")} for one in (ours, theirs))
    assert mine.keys() == those.keys()
    for name, value in those.items():
        np.testing.assert_array_equal(mine[name], value, err_msg=name)
        assert np.asarray(mine[name]).dtype == np.asarray(value).dtype, name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("layout", [np.asfortranarray, np.ascontiguousarray, sparse.csr_array])
def test_every_attribute(name: str, weighted: bool, layout: Any) -> None:
    matrix, target = rows()
    weight = np.random.default_rng(1).uniform(0, 2, len(target)) if weighted else None
    check(name, layout(matrix), target, weight, FAMILIES[name])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
def test_classes_of_other_types_and_numbers(name: str) -> None:
    matrix, target = rows()
    few: list[dict[str, Any]] = [{}, {"var_smoothing": 0.5} if name == "gaussian_nb" else {"alpha": 0.5}]
    check(name, matrix, np.array(["b", "a", "c"])[target], None, few)
    check(name, matrix, target > 0, None, few)
    check(name, matrix, np.zeros(len(target)), None, few)
    check(name, matrix[:1], target[:1], None, few)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("fault", ["nan", "negative", "empty", "numbers"])
def test_rows_that_are_refused(name: str, fault: str) -> None:
    matrix, target = rows()
    values: Array = target
    if fault == "nan":
        matrix[3, 1] = np.nan
    if fault == "negative":
        matrix[3, 1] = -1.0
    if fault == "empty":
        matrix, values = matrix[:0], target[:0]
    if fault == "numbers":
        values = target + 0.5
    check(name, matrix, values, None, [{}, FAMILIES[name][1]])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cut", [0.0, 1.5, -1.0, None])
def test_bernoulli_cuts(cut: float | None) -> None:
    matrix, target = rows()
    check("bernoulli_nb", matrix, target, None, [{"binarize": cut, "alpha": alpha} for alpha in (0.1, 1.0)])


def test_what_has_one_key() -> None:
    keys = {
        name: counts_key(spec_of(name), params)
        for name, params in (("gaussian_nb", {"var_smoothing": 0.5}), ("multinomial_nb", {}), ("complement_nb", {}))
    }
    assert len(set(keys.values())) == 3
    assert keys["gaussian_nb"] == counts_key(spec_of("gaussian_nb"), {"priors": PRIORS})
    bernoulli = spec_of("bernoulli_nb")
    assert counts_key(bernoulli, {"alpha": 0.1}) == counts_key(bernoulli, {"binarize": 0.0})
    assert counts_key(bernoulli, {}) != counts_key(bernoulli, {"binarize": 1.0})
    assert counts_key(bernoulli, {}) != counts_key(bernoulli, {"binarize": None})
    assert counts_key(spec_of("categorical_nb"), {}) is None
    assert counts_key(spec_of("ridge"), {}) is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), *[st.floats(0, 1e6)] * 2), min_size=1, max_size=30),
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
    st.sampled_from(sorted(FAMILIES)),
)
@pytest.mark.filterwarnings("ignore")
def test_made_up_rows(table: list[tuple[float, ...]], levels: list[float], name: str) -> None:
    values = np.array(table, dtype=np.float64)
    parameter = "var_smoothing" if name == "gaussian_nb" else "alpha"
    with listening():
        check(name, values[:, 1:], values[:, 0].astype(int), None, [{parameter: level} for level in levels])
