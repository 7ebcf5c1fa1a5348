"""What the host program granted can be named in a statement; nothing near it can."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from stratum_sql.catalog.allowed import Allowed
from stratum_sql.catalog.columns import Block, Inputs
from stratum_sql.catalog.estimators import build, check_parameters, estimator
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue, Target, TransformSpec
from stratum_sql.errors import NotAllowed

PCA = "sklearn.decomposition.PCA"
MATRIX = np.asfortranarray(np.random.default_rng(0).normal(size=(20, 3)))
INPUTS = Inputs([Block(MATRIX, ("a", "b", "c"))])


def transform(path: str) -> TransformSpec:
    found = Allowed([path]).transform(path)
    assert found is not None
    return found


def test_only_what_was_granted_letter_for_letter() -> None:
    allowed = Allowed(["sklearn.linear_model.Ridge"])
    assert allowed.paths() == ("sklearn.linear_model.Ridge",)
    found = allowed.resolve("sklearn.linear_model.Ridge")
    assert isinstance(found, EstimatorSpec)
    assert (found.task, found.library) == ("regression", "host")
    for name in (
        "sklearn.linear_model.Lasso",
        "sklearn.linear_model.ridge",
        "sklearn.linear_model.Ridge.fit",
        " sklearn.linear_model.Ridge",
        "sklearn.linear_model",
        "os.system",
        "ridge",
    ):
        assert allowed.resolve(name) is None
        assert allowed.transform(name) is None


def test_a_statements_name_imports_nothing() -> None:
    assert "this" not in sys.modules
    allowed = Allowed()
    assert allowed.resolve("this.s") is None
    assert allowed.estimator("this.s") is None
    error = allowed.refuse("this.s")
    assert "is not allowed in this session" in str(error)
    assert "this" not in sys.modules


def test_a_refusal_names_what_was_granted() -> None:
    error = Allowed(["sklearn.linear_model.Ridge"]).refuse("sklearn.linear_model.Rigde")
    assert error.diagnostic.did_you_mean == ("sklearn.linear_model.Ridge",)


@pytest.mark.parametrize(
    "path",
    [
        "Ridge",
        "",
        ".",
        "no_such.Thing",
        "sklearn.linear_model.NoSuch",
        "os.path",
        "os.getcwd",
        "a-b.C",
        "json.JSONDecoder",
    ],
)
def test_a_grant_that_means_nothing_is_an_error_at_once(path: str) -> None:
    with pytest.raises(NotAllowed):
        Allowed().allow(path)


def test_a_granted_estimator_is_checked_and_built_like_any_other() -> None:
    allowed = Allowed(["sklearn.linear_model.Ridge", "sklearn.ensemble.RandomForestClassifier"])
    ridge = allowed.estimator("sklearn.linear_model.Ridge")
    assert ridge is not None
    assert build(ridge, {"alpha": 2.0}, 7, 1).random_state == 7
    (problem,) = check_parameters(ridge, {"alpha": -1.0})
    assert "in the range [0.0, inf)" in problem.message
    forest = allowed.estimator("sklearn.ensemble.RandomForestClassifier")
    assert forest is not None
    assert forest.task == "classification"
    assert check_parameters(forest, {"n_jobs": 99})


def test_granted_and_known_estimators_mix_in_an_ensemble() -> None:
    allowed = Allowed(["sklearn.linear_model.Ridge"])
    assert allowed.estimator("ols") is estimator("ols")
    voting = allowed.estimator("voting_regressor")
    assert voting is not None
    params = {"estimators": (EstimatorValue("sklearn.linear_model.Ridge"), EstimatorValue("ols"))}
    assert check_parameters(voting, params, allowed.estimator) == []
    assert check_parameters(voting, params) != []
    made = build(voting, params, 0, 1, allowed.estimator)
    assert [name for name, _ in made.estimators] == ["sklearn_linear_model_ridge", "linear_regression"]
    made.fit(MATRIX, MATRIX[:, 0])


def test_a_granted_transform_takes_a_matrix_and_gives_one() -> None:
    spec = transform(PCA)
    state, (block,) = spec.fit_apply(INPUTS, {"n_components": 2}, None, 0) if spec.fit_apply else (None, (None,))
    assert isinstance(block, Block)
    assert spec.reference is not None
    reference = spec.reference({"n_components": 2}, 0)
    assert np.array_equal(block.values, reference.fit_transform(MATRIX))
    assert block.names == ("pca0", "pca1")
    assert state is not None
    (again,) = spec.apply(state, INPUTS, {})
    assert isinstance(again, Block)
    assert np.allclose(again.values, block.values)
    fitted = spec.fit(INPUTS, {"n_components": 2}, None, 0)
    (other,) = spec.apply(fitted, INPUTS, {})
    assert isinstance(other, Block)
    assert np.array_equal(other.values, again.values)


def test_its_parameters_are_the_signatures_without_the_hosts() -> None:
    spec = transform("sklearn.preprocessing.StandardScaler")
    assert [one.name for one in spec.parameters] == ["with_mean", "with_std"]  # not copy
    parameter = spec.parameter("with_mean")
    assert parameter is not None
    assert parameter.check(True) is None
    assert parameter.check(len) is not None


def test_a_sparse_matrix_stays_sparse() -> None:
    spec = transform("sklearn.preprocessing.MaxAbsScaler")
    inputs = Inputs([Block(sparse.csr_matrix(MATRIX), ("a", "b", "c"))])
    (block,) = spec.apply(spec.fit(inputs, {}, None, 0), inputs, {})
    assert isinstance(block, Block)
    assert block.is_sparse
    assert block.names == ("a", "b", "c")


def test_a_transform_that_needs_the_target_gets_it() -> None:
    spec = transform("sklearn.feature_selection.SelectKBest")
    assert spec.uses_target
    params: dict[str, Any] = {"k": 1}
    target = Target((MATRIX[:, 1] > 0).astype(float), np.asarray([0, 1]))
    (block,) = spec.apply(spec.fit(INPUTS, params, target, 0), INPUTS, params)
    assert isinstance(block, Block)
    assert np.array_equal(block.values[:, 0], MATRIX[:, 1])
    assert block.names == ("b",)
