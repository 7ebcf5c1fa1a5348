"""Every estimator and transform that has a GPU form against the library on the CPU, on the engines that are there.

With a GPU each form trains there, and its scores must be those of the CPU within the tolerance that it declares.
Without one a stand-in of numpy takes its place, which shows that what goes there and comes back is right, and nothing
of cuML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from stratum_sql import Session, StratumError, connect
from stratum_sql.catalog.estimators import estimator
from stratum_sql.catalog.gpu_columns import COLUMN_FORMS
from stratum_sql.catalog.gpu_forms import FORMS, gpu_form
from stratum_sql.catalog.gpu_transforms import TRANSFORM_FORMS, transform_form
from stratum_sql.catalog.registry import transform, transform_names
from stratum_sql.execute.gpu import found_gpu
from stratum_sql.execute.gpu_transforms import FITS
from stratum_sql.results import Result
from tests.execute.gpu_stand_in import installed

PARAMETERS = {
    "linear_regression": "",
    "ridge": "alpha => 2.5",
    "lasso": "alpha => 0.02",
    "elastic_net": "alpha => 0.02, l1_ratio => 0.3",
    "logistic_regression": "C => 0.3",
    "random_forest_classifier": "max_depth => 8, criterion => 'log_loss'",
    "random_forest_regressor": "min_samples_leaf => 3, max_features => 0.6",
    "k_neighbors_classifier": "n_neighbors => 7",
    "k_neighbors_regressor": "n_neighbors => [3, 8]",
    "xgboost_regressor": "n_estimators => 30, max_depth => 4",
    "xgboost_classifier": "n_estimators => 30, max_depth => 4",
}
TRANSFORMS = {
    "pca": ["2", "whiten => true"],
    "svd": ["2", "1, algorithm => 'arpack'"],
    "kmeans": ["n_clusters => 5, encode => 'distance'", "n_clusters => 4, n_init => 3"],
}
COLUMNS = {
    "standard_scale": "a, n",
    "min_max_scale": "a, clip => true",
    "max_abs_scale": "n",
    "robust_scale": "a, b",
    "clip_outliers": "a, 0.1, 0.9",
    "impute": "m, 'median'",
    "missing_flag": "m",
    "poly": "a, n, 2",
    "row_normalize": "a, b, n",
}
CODED = {"one_hot": "k, n", "ordinal": "k, unknown_value => -1", "count_encode": "k"}
ENGINE = "stand-in" if found_gpu() is None else "gpu"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with connect(threads=2) as opened:
        opened.sql(
            "CREATE TABLE t AS SELECT (hash(i) % 1000) / 100.0 AS a, (hash(i * 7) % 1000) / 100.0 AS b, "
            "'k' || hash(i * 3) % 5 AS k, (hash(i * 13) % 7)::SMALLINT AS n, "
            "if(i % 9 > 0, a, NULL) AS m, 1 + hash(i * 5) % 3 AS w, a + 2 * b + (hash(i * 11) % 1000) / 300.0 AS y, "
            "y > 16 AS late FROM range(2000) r(i)"
        )
        opened.sql("SET stratum_sufficient_statistics = false; SET stratum_reuse_results = false")
        yield opened


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("engine", [ENGINE])
@pytest.mark.parametrize("weight", ["", "WEIGHT w"])
def test_scores_are_those_of_the_cpu(
    session: Session, monkeypatch: pytest.MonkeyPatch, name: str, engine: str, weight: str
) -> None:
    spec = estimator(name)
    assert spec is not None
    target = "y" if spec.task == "regression" else "late"
    metric = "r2" if spec.task == "regression" else "roc_auc"
    train = f"SELECT a, b, one_hot(k), {target} FROM t TRAIN MODEL {name}({PARAMETERS[name]}) TARGET {target} {weight}"
    if weight and FORMS[name].searches:
        with pytest.raises(StratumError, match="takes no weights"):
            session.sql(train)
        return
    expected = session.sql(f"{train} METRIC {metric} WITH (device = 'cpu')")
    with nullcontext() if engine == "gpu" else installed(monkeypatch):
        result = session.sql(f"{train} METRIC {metric} WITH (device = 'gpu')")
    has_form = not weight or FORMS[name].weighted
    assert [one.code for one in result.warnings] == ([] if has_form else ["not_on_gpu"])
    tolerance = FORMS[name].tolerance if has_form else 1e-9
    for found, wanted in zip(*(by_trial(one) for one in (result, expected)), strict=True):
        assert found["fold_scores"][metric] == pytest.approx(wanted["fold_scores"][metric], rel=tolerance)


def by_trial(result: Result) -> list[dict[str, Any]]:
    return sorted(result.arrow().to_pylist(), key=lambda row: int(row["trial"]))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_takes_the_defaults_and_refuses_what_it_cannot(name: str) -> None:
    spec, form = estimator(name), FORMS[name]
    assert spec is not None
    assert name in PARAMETERS
    defaults = dict(spec.defaults)
    assert gpu_form(spec, defaults, weighted=False) is form
    assert gpu_form(spec, defaults, weighted=True) is (form if form.weighted else None)
    assert set(form.handed) | set(form.only) | set(form.unread) <= defaults.keys()
    for parameter in form.only:
        assert gpu_form(spec, {**defaults, parameter: "something else"}, weighted=False) is None
    if not form.takes_others:
        others = defaults.keys() - set(form.handed) - set(form.only) - form.unread
        for parameter in others:
            assert gpu_form(spec, {**defaults, parameter: "something else"}, weighted=False) is None


# ---- transforms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, all_ in TRANSFORMS.items() for said in all_])
@pytest.mark.parametrize("engine", [ENGINE])
@pytest.mark.parametrize("model", ["ridge", "decision_tree_regressor(max_depth => 4)"])
def test_models_on_a_transform_score_as_on_the_cpu(
    session: Session, monkeypatch: pytest.MonkeyPatch, name: str, said: str, engine: str, model: str
) -> None:
    """With a model that is trained on the device too, and one that takes the rows back."""
    head = f"SELECT {name}(a, b, a * b, {said}) AS made, one_hot(k), b AS plain, y FROM t"
    train = f"{head} TRAIN MODEL {model} TARGET y CROSS VALIDATE 3 METRIC r2"
    (expected,) = session.sql(f"{train} WITH (device = 'cpu')").arrow().to_pylist()
    with nullcontext() if engine == "gpu" else installed(monkeypatch) as stand_in:
        result = session.sql(f"{train} WITH (device = 'gpu')")
    (found,) = result.arrow().to_pylist()
    assert not result.warnings
    assert stand_in is None or TRANSFORM_FORMS[name].path.rpartition(".")[2] in stand_in.trained
    assert found["fold_scores"]["r2"] == pytest.approx(
        expected["fold_scores"]["r2"], rel=TRANSFORM_FORMS[name].tolerance
    )


@pytest.mark.parametrize("name", TRANSFORM_FORMS)
def test_a_form_of_a_transform_takes_the_defaults_and_can_be_run(name: str) -> None:
    spec = transform(name)
    assert spec is not None
    assert TRANSFORM_FORMS.keys() == FITS.keys() == TRANSFORMS.keys()
    assert transform_form(name, spec.complete({})) is TRANSFORM_FORMS[name]


# ---- columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "said"), [*COLUMNS.items(), *CODED.items()])
@pytest.mark.parametrize("engine", [ENGINE])
def test_models_on_columns_that_are_made_there_score_as_on_the_cpu(
    session: Session, monkeypatch: pytest.MonkeyPatch, name: str, said: str, engine: str
) -> None:
    train = f"SELECT {name}({said}), b, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 4 METRIC r2"
    (expected,) = session.sql(f"{train} WITH (device = 'cpu')").arrow().to_pylist()
    with nullcontext() if engine == "gpu" else installed(monkeypatch):
        result = session.sql(f"{train} WITH (device = 'gpu')")
        plan = json.loads(session.sql(f"EXPLAIN (FORMAT json) {train} WITH (device = 'gpu')").fetchall()[0][0])
    (found,) = result.arrow().to_pylist()
    assert not result.warnings
    assert plan["device"]["applied"] >= 1
    assert plan["device"]["once"] >= 1
    tolerance = FORMS["linear_regression"].tolerance
    assert found["fold_scores"]["r2"] == pytest.approx(expected["fold_scores"]["r2"], rel=tolerance)


def test_every_form_of_columns_is_tried() -> None:
    assert COLUMNS.keys() == COLUMN_FORMS.keys()
    coded = {spec.name for name in transform_names() if (spec := transform(name)) and spec.coded(spec.complete({}))}
    assert CODED.keys() == coded
