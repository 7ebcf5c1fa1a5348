"""A model as a scikit-learn pipeline: what it predicts, also for NULL and unseen categories, and what it is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stratum_sql import Session, StratumError
from stratum_sql.errors import Span
from stratum_sql.models.export.sklearn import input_columns, to_sklearn
from stratum_sql.models.stored import StoredModel
from tests.models.export.conftest import Make
from tests.models.export.models import CLASSIFIERS, FEATURES, NULLS, TREES
from tests.models.export.told import engine_predicts

WANTED = 1e-9


def frame(session: Session) -> pd.DataFrame:
    return session.sql("FROM others ORDER BY id").df()


def differ(session: Session, model: StoredModel) -> None:
    """Compare the pipeline with the engine over rows that neither has seen."""
    given = frame(session)[list(input_columns(model))]
    wanted, got = engine_predicts(session, model), to_sklearn(model).predict(given)
    if model.manifest.labels is None:
        np.testing.assert_allclose(np.asarray(got, dtype=np.float64).reshape(-1), wanted, rtol=WANTED)
    else:
        assert np.asarray(got).tolist() == wanted


@pytest.mark.parametrize("features", FEATURES)
def test_every_transform(session: Session, make: Make, features: str) -> None:
    differ(session, make(FEATURES[features], "ridge(alpha => 0.5)", "y"))


@pytest.mark.parametrize("estimator", TREES)
def test_trees_that_take_null(session: Session, make: Make, estimator: str) -> None:
    differ(session, make(NULLS, estimator, "y"))


@pytest.mark.parametrize(("estimator", "target"), CLASSIFIERS)
def test_classifiers_give_the_labels(session: Session, make: Make, estimator: str, target: str) -> None:
    differ(session, make("standard_scale(a) AS s, one_hot(c) AS oc, target_encode(level) AS tl", estimator, target))


def test_texts_make_a_sparse_matrix(session: Session, make: Make) -> None:
    model = make("tfidf(c) AS tf, hash_text(c, 8) AS h, standard_scale(a) AS s", "ridge()", "y")
    assert to_sklearn(model)[0].sparse_output_
    differ(session, model)


def test_common_steps_are_scikit_learns_own(make: Make) -> None:
    """Such a pipeline runs where this package is not."""
    features = (
        "standard_scale(impute(b)) AS s, robust_scale(a) AS r, one_hot(c) AS oc, target_encode(c) AS tc, "
        "ordinal(level) AS o, pca(a, plus, 1) AS p, power_map(plus) AS pm, plus"
    )
    for estimator, target in (("ridge()", "y"), ("logistic_regression(max_iter => 2000)", "late")):
        assert modules(to_sklearn(make(features, estimator, target))) == {"sklearn"}
    assert modules(to_sklearn(make("count_encode(c) AS n", "ridge()", "y"))) == {"sklearn", "stratum_sql"}


def modules(part: object) -> set[str]:
    """The libraries of an estimator and all that it holds."""
    found = {type(part).__module__.partition(".")[0]}
    for name in ("steps", "transformers_"):
        for entry in getattr(part, name, ()):
            found |= modules(entry[1]) if not isinstance(entry[1], str) else set()
    return found


def test_the_frames_columns(session: Session, make: Make) -> None:
    features = "ln(a + plus) AS l, standard_scale(a) AS s, ordinal(c) AS o"
    model = make(features, "hist_gradient_boosting_regressor()", "y")
    assert input_columns(model) == {"a": "BIGINT", "c": "VARCHAR", "plus": ""}
    given = frame(session)[["c", "plus", "id", "a"]]  # in any order, with others beside them
    np.testing.assert_allclose(to_sklearn(model).predict(given), engine_predicts(session, model), rtol=WANTED)


def test_a_column_of_the_from_clause_alone(session: Session) -> None:
    text = "SELECT (SELECT max(a) FROM t) + a AS m, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.2"
    session.sql(f"CREATE OR REPLACE TEMP MODEL bound AS {text}")
    with pytest.raises(StratumError, match="FROM clause") as caught:
        to_sklearn(session._training.store.load("bound", "bound", Span(0, 5)))
    assert caught.value.diagnostic.code == "not_exported"
