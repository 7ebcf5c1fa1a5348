"""Work on a GPU, with a stand-in for CuPy and cuML: what is trained there, what it gives back, and what fails."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xgboost
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.neighbors import KNeighborsRegressor

from stratum_sql import Session, StratumError, connect
from stratum_sql.catalog.columns import Column, Inputs, Part, Pending, stack
from stratum_sql.catalog.registry import transform
from stratum_sql.catalog.transforms.kmeans import KMEANS
from stratum_sql.execute.gpu import DeviceFailed, found_gpu
from stratum_sql.execute.gpu_neighbours import search_on_device
from stratum_sql.execute.gpu_transforms import first_centres, fit_on_device
from stratum_sql.execute.gpu_values import OnDevice
from stratum_sql.execute.linear.unsolved import NotShared
from stratum_sql.execute.operators import side_by_side_there
from stratum_sql.execute.values import Design
from stratum_sql.results import Result
from tests.execute.gpu_stand_in import StandIn

ROWS = """
    CREATE TABLE t AS
    SELECT i AS id, (hash(i) % 1000) / 100.0 AS a, (hash(i * 7) % 1000) / 100.0 AS b, 'k' || hash(i * 3) % 5 AS k,
        1 + hash(i * 5) % 3 AS w, a + 2 * b + (hash(i * 11) % 1000) / 300.0 AS y, y > 16 AS late,
        CASE WHEN y < 10 THEN 'low' WHEN y < 20 THEN 'mid' ELSE 'high' END AS level
    FROM range(600) r(i)
"""
HEAD = "SELECT a, b, target_encode(k) AS k"
XGBOOST = "xgboost_regressor(n_estimators => 12, max_depth => 3)"


@pytest.fixture
def session(stand_in: StandIn) -> Iterator[Session]:
    with connect(threads=2) as opened:
        opened.sql(ROWS)
        yield opened


def scores(result: Result) -> list[tuple[str, Any]]:
    return [(row["params"], row["fold_scores"]) for row in result.arrow().to_pylist()]


def on(session: Session, device: str, models: str, target: str, rest: str = "") -> Result:
    train = f"TRAIN MODEL {models} TARGET {target} {rest} CROSS VALIDATE 3"
    return session.sql(f"{HEAD}, {target} FROM t {train} WITH (device = '{device}')")


def alike(found: Result, expected: Result, tolerance: float = 1e-9) -> None:
    for (params, each), (same, wanted) in zip(
        sorted(scores(found), key=str), sorted(scores(expected), key=str), strict=True
    ):
        assert params == same
        for metric, values in wanted.items():
            assert each[metric] == pytest.approx(values, rel=tolerance)


# ---- what is trained there -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "target", "rest", "trained"),
    [
        pytest.param("ridge(alpha => 2, solver => 'cholesky')", "y", "", "Ridge", id="ridge"),
        pytest.param("ols", "y", "WEIGHT w", "LinearRegression", id="weights"),
        pytest.param("lasso(alpha => 0.1)", "y", "", "Lasso", id="lasso"),
        pytest.param("elastic_net(alpha => 0.1, l1_ratio => 0.3)", "y", "", "ElasticNet", id="elastic net"),
        pytest.param("logistic(C => 0.5)", "late", "", "LogisticRegression", id="one logistic regression"),
        pytest.param("logistic(C => [0.1, 1])", "late", "WEIGHT w", "LogisticRegression", id="several"),
        pytest.param("logistic(class_weight => {'low': 3, 'mid': 2})", "level", "", "LogisticRegression", id="classes"),
    ],
)
def test_a_model_of_cuml_scores_as_on_the_cpu(
    session: Session, stand_in: StandIn, models: str, target: str, rest: str, trained: str
) -> None:
    session.sql("SET stratum_sufficient_statistics = false; SET stratum_shared_gram = false")
    expected = on(session, "cpu", models, target, rest)
    assert not stand_in.trained
    found = on(session, "gpu", models, target, rest)
    assert set(stand_in.trained) == {trained}
    assert len(stand_in.trained) == 3 * len(scores(found))
    assert len(stand_in.copied) == 3  # a matrix goes there once a fold, whatever is trained on it
    assert not found.warnings
    alike(found, expected)


@pytest.mark.parametrize("target", ["y", "late", "level"])
def test_xgboost_is_told_the_device_and_forgets_it(
    session: Session, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    told: list[str] = []
    fit = xgboost.XGBModel.fit if target == "y" else xgboost.XGBClassifier.fit

    def noted(self: Any, *args: Any, **more: Any) -> Any:
        told.append(self.device)
        return fit(self, *args, **more)

    kind = "regressor" if target == "y" else "classifier"
    monkeypatch.setattr(getattr(xgboost, "XGBRegressor" if target == "y" else "XGBClassifier"), "fit", noted)
    models = f"xgboost_{kind}(n_estimators => [6, 12], max_depth => 3)"
    found = on(session, "gpu", models, target)
    assert told == ["cuda"] * 3  # the shorter one is the first rounds of the longer
    alike(found, on(session, "cpu", models, target), 1e-4)


def test_a_product_is_made_there(session: Session, stand_in: StandIn) -> None:
    models = "ridge(alpha => [0.1, 1]), lasso(alpha => 0.1)"
    found = on(session, "gpu", models, "y", "WEIGHT w")
    assert stand_in.columns == [pa.float64(), pa.float64()]  # for either side of three folds
    assert stand_in.copied == [(400, 1)] * 3  # what target_encode makes of training rows; of others it is codes
    assert not stand_in.trained
    assert not found.warnings
    alike(found, on(session, "cpu", models, "y", "WEIGHT w"))


def test_a_matrix_that_a_form_changes_is_not_the_others(session: Session, stand_in: StandIn) -> None:
    session.sql("SET stratum_sufficient_statistics = false; SET stratum_shared_gram = false")
    models = "lasso(alpha => [0.1, 0.2]), elastic_net(alpha => 0.1), ridge"
    found = on(session, "gpu", models, "y")
    assert stand_in.trained.count("Lasso") == 6
    assert not found.warnings
    alike(found, on(session, "cpu", models, "y"))


def test_a_kept_model_is_fitted_by_the_library(session: Session, stand_in: StandIn) -> None:
    train = f"{HEAD}, late FROM t TRAIN MODEL logistic(C => 0.5) TARGET late AS"
    session.sql(f"{train} m WITH (device = 'gpu')")
    assert stand_in.trained
    session.sql(f"{train} n WITH (device = 'cpu')")
    said = [
        session.sql(f"{HEAD.replace('target_encode(k) AS ', '')} FROM t ORDER BY id PREDICT MODEL {name} AS p").arrow()
        for name in "mn"
    ]
    assert said[0].equals(said[1])


def test_trainings_are_there_one_at_a_time(session: Session, stand_in: StandIn) -> None:
    inside, most = [], []

    def busy(_number: int) -> None:
        inside.append(1)
        threading.Event().wait(0.02)
        most.append(len(inside))
        inside.pop()

    stand_in.fails = busy
    on(session, "gpu", "logistic(C => [0.1, 1, 10])", "late")
    assert set(most) == {1}


def test_a_forest_is_grown_there_only_where_that_is_asked_for(session: Session, stand_in: StandIn) -> None:
    models = "random_forest_classifier(n_estimators => 20)"
    plan = session.explain(f"{HEAD}, level FROM t TRAIN MODEL {models} TARGET level")
    assert "1 that a GPU makes otherwise" in plan
    on(session, "auto", models, "level")
    assert not stand_in.trained
    found = on(session, "gpu", models, "level")
    assert stand_in.trained == ["RandomForestClassifier"] * 3
    assert not found.warnings
    alike(found, on(session, "cpu", models, "level"), 0.05)
    assert scores(found) != scores(on(session, "cpu", models, "level"))  # another forest


# ---- neighbours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("models", ["knn_regressor(n_neighbors => 5)", "knn_regressor(n_neighbors => [2, 5, 9])"])
def test_neighbours_are_looked_up_there_and_are_those_of_the_library(
    session: Session, stand_in: StandIn, models: str
) -> None:
    found = on(session, "gpu", models, "y")
    assert stand_in.trained == ["NearestNeighbors"] * 3
    assert stand_in.columns == [pa.float64(), pa.float64()]  # for either side of three folds
    assert not found.warnings
    alike(found, on(session, "cpu", models, "y"), 1e-12)


def test_neighbours_that_singles_cannot_tell_apart_are_those_of_the_library(stand_in: StandIn) -> None:
    """Rows in two heaps: within one of them the distances of singles are rounding alone."""
    device = found_gpu()
    assert device is not None
    draws = np.random.default_rng(0)
    heaps = np.repeat([[0.0, 0.0], [1000.0, 1000.0]], (300, 30), axis=0)
    rows = heaps + draws.normal(size=heaps.shape) * np.repeat([100.0, 1e-3], (300, 30))[:, None]
    asked = np.concatenate([draws.normal(size=(200, 2)) * 100, 1000 + draws.normal(size=(9, 2)) * 1e-3])
    target = draws.normal(size=len(rows))
    model = KNeighborsRegressor(4)
    given = (OnDevice.of(Design(one, ("a", "b"))) for one in (rows, asked))
    searched = search_on_device(device, [model], next(given), target, next(given))
    expected = KNeighborsRegressor(4).fit(rows, target)
    (found,) = searched.models
    assert not isinstance(found, NotShared)
    assert np.array_equal(found.predict(asked), expected.predict(asked))
    asked = asked[-60:]
    with pytest.raises(DeviceFailed, match="single precision"):
        search_on_device(device, [model], OnDevice.of(Design(rows, ("a", "b"))), target, OnDevice.of(Design(asked, ())))


def test_rows_that_are_equally_far_are_left_to_the_library(session: Session, stand_in: StandIn) -> None:
    text = "SELECT id % 7 AS a, id % 5 AS b, y FROM t TRAIN MODEL knn_regressor TARGET y CROSS VALIDATE 3"
    found = session.sql(f"{text} WITH (device = 'gpu')")
    assert stand_in.trained
    alike(found, session.sql(f"{text} WITH (device = 'cpu')"), 1e-12)


def test_a_search_that_fails_there_is_done_on_the_cpu(session: Session, stand_in: StandIn) -> None:
    stand_in.fails = failing(lambda: MemoryError("full"))
    found = on(session, "gpu", "knn_regressor(n_neighbors => [2, 5])", "y")
    assert [one.code for one in found.warnings] == ["gpu_failed"]
    alike(found, on(session, "cpu", "knn_regressor(n_neighbors => [2, 5])", "y"))


# ---- transforms ------------------------------------------------------------------------------------------------------

CLUSTERS = "SELECT kmeans(a, b, n_clusters => 4) AS c, a, late FROM t TRAIN MODEL {} TARGET late CROSS VALIDATE 3"


def test_what_a_transform_makes_stays_there(session: Session, stand_in: StandIn) -> None:
    plan = session.sql(f"EXPLAIN (ANALYZE, FORMAT json) {CLUSTERS.format('logistic')} WITH (device = 'gpu')")
    told = json.loads(plan.fetchall()[0][0])
    assert stand_in.trained.count("KMeans") == stand_in.trained.count("LogisticRegression") == 3
    assert not stand_in.copied  # no matrix
    assert stand_in.columns == [pa.float64(), pa.float64()]  # once for all folds, for what is made of them and for `a`
    assert told["device_measured"]["bytes"] == 2 * 8 * 600 + 3 * 4 * 400
    assert (told["device"]["copies"], told["device"]["bytes"]) == (2 + 3, told["device_measured"]["bytes"])
    assert told["device_measured"]["returned"] == 0
    assert [node["engine"] for node in told["nodes"] if node["operator"] == "FitOnDevice"] == ["cuml on the GPU"]


def test_the_first_centres_are_those_of_scikit_learn(stand_in: StandIn) -> None:
    arrays = sys.modules["cupy"]
    for seed in range(20):
        rows = np.random.default_rng(seed).normal(size=(300, 3))
        found = first_centres(arrays.asarray(rows), 9, np.random.RandomState(seed), arrays)
        assert np.array_equal(found, kmeans_plusplus(rows, 9, random_state=seed)[0])


def test_kmeans_is_scikit_learns_own_where_it_ends(stand_in: StandIn) -> None:
    device = found_gpu()
    assert device is not None
    rows = np.random.default_rng(0).normal(size=(400, 3)) + 5.0 * np.arange(400)[:, None] % 4
    params = KMEANS.complete({"n_clusters": 4, "n_init": 3})
    result = fit_on_device(device, "kmeans", params, 5, OnDevice.of(Design(rows, ("a", "b", "c"))))
    found, expected = result.state["transformer"], KMeans(4, n_init=3, random_state=5).fit(rows)
    assert found.inertia_ == pytest.approx(expected.inertia_, rel=1e-9)
    assert found.cluster_centers_ == pytest.approx(expected.cluster_centers_, rel=1e-9)
    assert (found.labels_ == expected.labels_).all()
    assert (found.predict(rows + 0.1) == expected.predict(rows + 0.1)).all()
    assert (result.parts[0].values[:, 0] == expected.labels_).all()  # type: ignore[union-attr]
    assert found.get_params() == expected.get_params()
    assert set(vars(found)) == set(vars(expected))


@pytest.mark.parametrize(("name", "said"), [("pca", {}), ("pca", {"n_components": 2, "whiten": True}), ("svd", {})])
def test_components_are_those_of_scikit_learn(stand_in: StandIn, name: str, said: dict[str, Any]) -> None:
    device, spec = found_gpu(), transform(name)
    assert device is not None
    assert spec is not None
    assert spec.reference is not None
    draws = np.random.default_rng(3)
    rows = draws.normal(size=(500, 4)) @ draws.normal(size=(4, 4)) + 3
    params = spec.complete(said | ({"algorithm": "arpack"} if name == "svd" else {}))
    result = fit_on_device(device, name, params, 0, OnDevice.of(Design(rows, tuple("abcd"))))
    found, expected = result.state["transformer"], spec.reference(params, 0).fit(rows)
    for fitted in (one for one in vars(expected) if one.endswith("_") and not one.startswith("_")):
        assert getattr(found, fitted) == pytest.approx(getattr(expected, fitted), rel=1e-9), fitted
    assert found.transform(rows[:9]) == pytest.approx(expected.transform(rows[:9]), rel=1e-9)
    (part,) = result.parts
    assert part.values == pytest.approx(expected.transform(rows), rel=1e-9)  # type: ignore[union-attr]
    assert list(part.names) == list(expected.get_feature_names_out())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rows", "said", "why"),
    [
        pytest.param(np.eye(30)[:, :6], {}, "equal variance", id="a plane"),
        pytest.param(np.arange(60.0).reshape(30, 2), {"whiten": True}, "no variance", id="nothing to whiten"),
        pytest.param(np.ones((3, 6)), {}, "fewer rows", id="few rows"),
        pytest.param(np.eye(900, 300), {"n_components": 2}, "draw lots", id="lots"),
    ],
)
def test_components_that_are_a_choice_are_the_librarys(
    stand_in: StandIn, rows: Any, said: dict[str, Any], why: str
) -> None:
    device, spec = found_gpu(), transform("pca")
    assert device is not None
    assert spec is not None
    with pytest.raises(DeviceFailed, match=why):
        fit_on_device(device, "pca", spec.complete(said), 0, OnDevice.of(Design(rows, ())))


def test_several_numbers_of_components_take_one_matrix_there(session: Session, stand_in: StandIn) -> None:
    head = "SELECT pca(a, b, a * b, w, choose_int(1, 3)) AS p, late FROM t"
    text = f"{head} TRAIN MODEL logistic TARGET late CROSS VALIDATE 3"
    found = session.sql(f"{text} WITH (device = 'gpu')")
    assert stand_in.trained.count("PCA") == 9
    assert len(stand_in.columns) == 4  # once for all folds and numbers of components: what is made of them is there
    assert not stand_in.copied
    alike(found, session.sql(f"{text} WITH (device = 'cpu')"), 1e-6)


def test_what_would_be_others_there_is_for_those_who_ask(session: Session, stand_in: StandIn) -> None:
    text = "SELECT svd(a, b, 1) AS s, late FROM t TRAIN MODEL knn_classifier(p => 1) TARGET late"
    plan = session.explain(text)
    assert "on the GPU" not in plan
    assert "that a GPU makes otherwise" in plan
    assert "Fit svd" in session.explain(text + " WITH (device = 'gpu')")
    assert "svd(n_components => 1) on the GPU" in session.explain(text + " WITH (device = 'gpu')")


def test_features_are_put_together_there_as_they_are_here(stand_in: StandIn) -> None:
    device, draws = found_gpu(), np.random.default_rng(0)
    assert device is not None
    texts = pa.array([None if code == 4 else f"k{code}" for code in draws.integers(0, 5, 300)])
    columns = Column("k", "text", texts), Column("x", "number", draws.normal(size=300))
    parts: list[Part] = [columns[1]]
    for name, said in (("one_hot", {}), ("one_hot", {"drop": "first"}), ("ordinal", {}), ("count_encode", {})):
        spec = transform(name)
        assert spec is not None
        assert spec.coded(spec.complete(said))
        state = spec.fit(Inputs([columns[0].take(np.arange(100))]), spec.complete(said), None, 0)
        made = spec.apply(state, Inputs(columns[:1]), spec.complete(said))
        assert all(isinstance(one, Pending) for one in made)
        parts += made
    before = len(stand_in.copied)
    there = device.copy(side_by_side_there([*parts, columns[1]]))
    assert np.array_equal(device.arrays.asnumpy(there), stack([*parts, columns[1]]), equal_nan=True)
    assert device.moved.bytes == 300 * (2 * 8 + 4 * 4)
    assert len(stand_in.copied) == before + 2  # the others are codes


def test_what_a_transform_makes_is_moved_back_for_the_cpu(session: Session, stand_in: StandIn) -> None:
    models = CLUSTERS.format("decision_tree_classifier(max_depth => 3), logistic")
    plan = session.sql(f"EXPLAIN (ANALYZE, FORMAT json) {models} WITH (device = 'gpu')")
    told = json.loads(plan.fetchall()[0][0])
    assert told["device_measured"]["returned"] == 3 * 8 * 400  # one column of the training rows of each fold


def test_what_was_made_there_is_moved_back_to_make_room(stand_in: StandIn) -> None:
    stand_in.memory = 2_500 / 0.8  # bytes: room for two matrices of 1,000
    device = found_gpu()
    assert device is not None
    made = device.keep(device.arrays.asarray(np.full((25, 5), 7.0)))
    others = [OnDevice.of(Design(np.full((25, 5), float(n)), tuple("abcde"))) for n in range(2)]
    for one in others:
        device.copy(one)
    assert (device.moved.spilled, device.moved.returned) == (1, 1_000)
    assert (device.host(made) == 7).all()
    assert (device.copy(made) == device.arrays.asarray(device.host(made))).all()
    assert (device.moved.copies, device.moved.spilled) == (3, 2)


def test_a_transform_that_fails_there_is_fitted_on_the_cpu(session: Session, stand_in: StandIn) -> None:
    stand_in.fails = failing(lambda: RuntimeError("no kernel image"))
    for model in ("logistic", "decision_tree_classifier(max_depth => 3)"):
        found = session.sql(CLUSTERS.format(model) + " WITH (device = 'gpu')")
        (row,) = found.arrow().to_pylist()
        assert row["status"] == "ok"
        assert "trained on the CPU, as the GPU failed: RuntimeError: no kernel image" in row["error"]
        alike(found, session.sql(CLUSTERS.format(model) + " WITH (device = 'cpu')"))


def test_what_is_wrong_with_a_transform_is_said_as_on_the_cpu(session: Session, stand_in: StandIn) -> None:
    for head in ("kmeans(CASE WHEN id > 5 THEN a END, b, n_clusters => 3)", "kmeans(a, n_clusters => 900)"):
        errors = [
            session.sql(f"SELECT {head}, late FROM t TRAIN MODEL logistic TARGET late WITH (device = '{device}')")
            .arrow()
            .to_pylist()[0]["error"]
            for device in ("gpu", "cpu")
        ]
        assert errors[1] in errors[0]
        assert errors[1]


# ---- what fails ------------------------------------------------------------------------------------------------------


def failing(error: Callable[[], Exception], *numbers: int) -> Callable[[int], None]:
    def fails(number: int) -> None:
        if not numbers or number in numbers:
            raise error()

    return fails


def test_a_trial_that_finds_no_memory_is_trained_on_the_cpu(session: Session, stand_in: StandIn) -> None:
    stand_in.fails = failing(lambda: MemoryError("out of memory: 80 GB wanted"))
    found = on(session, "gpu", "logistic(C => [0.1, 1])", "late")
    rows = found.arrow().to_pylist()
    assert [row["status"] for row in rows] == ["ok", "ok"]
    assert all("trained on the CPU, as the GPU failed: MemoryError: out of memory" in row["error"] for row in rows)
    assert [one.code for one in found.warnings] == ["gpu_failed"]
    alike(found, on(session, "cpu", "logistic(C => [0.1, 1])", "late"), 1e-6)


def test_memory_is_tried_again_with_nothing_else_held(session: Session, stand_in: StandIn) -> None:
    stand_in.fails = failing(lambda: MemoryError("full"), 1)
    found = on(session, "gpu", "logistic(C => [0.1, 1])", "late")
    assert not found.warnings
    assert len(stand_in.trained) == 7


def test_the_copy_longest_unused_gives_way(stand_in: StandIn) -> None:
    stand_in.memory = 2_500 / 0.8  # bytes: room for two matrices of 1,000
    device = found_gpu()
    assert device is not None
    first, second, third = (OnDevice.of(Design(np.full((25, 5), float(n)), tuple("abcde"))) for n in range(3))
    for one in (first, second, first, third, first):
        assert (device.copy(one) == device.arrays.asarray(device.host(one))).all()
    assert (device.moved.copies, device.moved.bytes, device.moved.spilled) == (3, 3_000, 1)
    device.copy(second)
    assert device.moved.copies == 4
    del one, first, second, third
    assert not device._held  # nobody wants them any more


def test_analyze_tells_what_failed(session: Session, stand_in: StandIn) -> None:
    stand_in.fails = failing(lambda: RuntimeError("no kernel image"))
    plan = session.sql(
        f"EXPLAIN (ANALYZE, FORMAT json) {HEAD}, late FROM t TRAIN MODEL logistic(C => 1) TARGET late "
        "CROSS VALIDATE 3 WITH (device = 'gpu')"
    ).fetchall()[0][0]
    told = json.loads(plan)["device_measured"]
    assert told["failed"] == {"RuntimeError: no kernel image": 1}
    assert told["copies"] >= 1


def test_what_is_wrong_with_a_trial_is_said_by_the_library(session: Session, stand_in: StandIn) -> None:
    found = session.sql(
        "SELECT CASE WHEN id > 5 THEN a END AS a, late FROM t TRAIN MODEL logistic TARGET late WITH (device = 'gpu')"
    )
    (row,) = found.arrow().to_pylist()
    assert row["status"] == "failed"
    assert "NaN" in row["error"]
    assert not stand_in.trained


def test_a_batch_that_is_stopped_trains_no_more_there(session: Session, stand_in: StandIn) -> None:
    def stop(number: int) -> None:
        if number == 1:
            session.interrupt()
            threading.Event().wait(0.5)

    stand_in.fails = stop
    found = on(session, "gpu", f"logistic(C => [{', '.join(map(str, range(1, 30)))}])", "late")
    assert {row["status"] for row in found.arrow().to_pylist()} == {"cancelled"}
    assert len(stand_in.trained) < 10


# ---- which results are whose -----------------------------------------------------------------------------------------


def test_a_result_of_the_gpu_is_none_of_the_cpu(session: Session, stand_in: StandIn) -> None:
    on(session, "gpu", "logistic(C => 1)", "late")
    on(session, "gpu", "logistic(C => 1)", "late")
    assert len(stand_in.trained) == 3
    summary = on(session, "cpu", "logistic(C => 1)", "late").summary
    assert summary is not None
    assert summary.reused == 0


def test_statements_that_share_a_training_go_by_the_strictest(session: Session, stand_in: StandIn) -> None:
    text = f"{HEAD}, late FROM t TRAIN MODEL logistic(C => 1) TARGET late CROSS VALIDATE 3 WITH (device = '{{}}')"
    results = session.batch([text.format("gpu"), text.format("cpu")])
    assert not stand_in.trained
    assert [[one.code for one in result.warnings] for result in results] == [["not_on_gpu"], []]


def test_a_session_says_where(session: Session, stand_in: StandIn) -> None:
    text = f"{HEAD}, late FROM t TRAIN MODEL logistic(C => 1) TARGET late CROSS VALIDATE 3"
    session.sql("SET stratum_device = 'gpu'")
    session.sql(text)
    assert len(stand_in.trained) == 3
    session.sql("RESET stratum_device")
    session.sql(f"{text} METRIC accuracy")
    assert len(stand_in.trained) == 3  # so few rows gain nothing


def test_what_has_no_form_is_told(session: Session, stand_in: StandIn) -> None:
    found = on(session, "gpu", "decision_tree_classifier", "late")
    assert [(one.code, one.severity) for one in found.warnings] == [("not_on_gpu", "warning")]
    assert "with no GPU form" in found.warnings[0].message


# ---- without one -----------------------------------------------------------------------------------------------------


def test_a_gpu_that_is_not_there_is_said_at_the_option() -> None:
    with connect() as session:
        session.sql(ROWS)
        with pytest.raises(StratumError) as caught:
            on(session, "gpu", "ols", "y")
        told = caught.value.diagnostic
        assert (told.code, told.line) == ("no_gpu", 1)
        assert "stratum-sql[gpu]" in str(told.hint)
        with pytest.raises(StratumError, match="no GPU"):
            session.sql("SET stratum_device = 'gpu'")
    with pytest.raises(StratumError, match="no GPU"):
        connect(device="gpu")


def test_a_device_that_is_described_is_planned_for_and_trains_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gpu.json"
    path.write_text(json.dumps({"name": "made up", "memory": 8e9}))
    with connect(device=path) as session:
        session.sql(ROWS)
        text = f"{HEAD}, late FROM t TRAIN MODEL logistic TARGET late WITH (device = 'gpu')"
        assert "1 training there" in session.explain(text)
        with pytest.raises(StratumError, match="no GPU"):
            session.sql(text)
        auto = session.sql(text.replace("'gpu'", "'auto'"))
        assert [row["status"] for row in auto.arrow().to_pylist()] == ["ok"]


def test_nothing_of_a_gpu_is_imported_without_one() -> None:
    script = (
        "import sys; from stratum_sql import connect; s = connect(); "
        "s.sql('SELECT i AS x, i % 7 AS y FROM range(50) r(i) TRAIN MODEL ols TARGET y'); "
        "print(sorted({'cupy', 'cuml', 'cudf', 'xgboost'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
