"""Features that are made on a GPU of columns there, with a stand-in for CuPy, cuDF and cuML: what is moved, how often,
what is made of it, and what fails."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql import Session, connect
from stratum_sql.catalog.columns import Column, Inputs, stack
from stratum_sql.catalog.gpu_columns import COLUMN_FORMS, column_form
from stratum_sql.catalog.registry import transform
from stratum_sql.execute import gpu as engine
from stratum_sql.execute.gpu import DeviceFailed, Gpu, found_gpu
from stratum_sql.execute.gpu_values import ColumnThere, OnDevice, PlacesThere, RowsThere, applied_there
from stratum_sql.execute.kept_fits import fit_digests
from stratum_sql.plan.device import FitForDevice
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.graph import Graph
from stratum_sql.plan.relational import Read
from stratum_sql.plan.transform import Fit, Rows
from stratum_sql.results import Result
from tests.execute.gpu_stand_in import StandIn, installed
from tests.execute.test_gpu import alike

ROWS = """
    CREATE TABLE t AS
    SELECT i AS id, CASE WHEN i % 11 > 0 THEN (hash(i) % 1000)::SMALLINT END AS a, (hash(i * 7) % 1000) / 100.0 AS b,
        (hash(i * 13) % 4)::INTEGER AS n, 'k' || hash(i * 3) % 5 AS k, hash(i * 17) % 2 = 0 AS f,
        coalesce(a, 300) + 90 * b + (hash(i * 11) % 1000) / 3.0 AS y, y > 950 AS late
    FROM range(600) r(i)
"""
FEATURES = "standard_scale(impute(a, 'median')), min_max_scale(b), poly(b, n, 2), one_hot(k), f"


@pytest.fixture
def session(stand_in: StandIn) -> Iterator[Session]:
    with connect(threads=2) as opened:
        opened.sql(ROWS)
        opened.sql("SET stratum_reuse_results = false")
        yield opened


def on(session: Session, device: str, features: str, models: str = "logistic", split: str = "CROSS VALIDATE 3") -> Any:
    train = f"SELECT {features}, late FROM t TRAIN MODEL {models} TARGET late {split} WITH (device = '{device}')"
    answer = session.sql(f"EXPLAIN (ANALYZE, FORMAT json) {train}")
    return json.loads(answer.fetchall()[0][0])


def scores(session: Session, device: str, features: str, models: str, split: str = "CROSS VALIDATE 3") -> Result:
    return session.sql(
        f"SELECT {features}, late FROM t TRAIN MODEL {models} TARGET late {split} WITH (device = '{device}')"
    )


def told_of_the_gpu(result: Result) -> list[str]:
    return [one.code for one in result.warnings if "gpu" in one.code]


def device_of(stand_in: StandIn) -> Gpu:
    found = found_gpu()
    assert found is not None
    return found


# ---- what is made there ----------------------------------------------------------------------------------------------

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "standard_scale": [{}, {"with_mean": False}, {"with_std": False}],
    "min_max_scale": [{}, {"feature_range": (-2, 3), "clip": True}],
    "max_abs_scale": [{}],
    "robust_scale": [{}, {"with_centering": False, "unit_variance": True}],
    "clip_outliers": [{}, {"low": 0.3, "high": 0.4}],
    "impute": [{"strategy": one} for one in ("mean", "median", "most_frequent", "constant")]
    + [{"strategy": "constant", "fill_value": -7.5, "keep_empty_features": True}],
    "missing_flag": [{}],
    "poly": [{}, {"degree": 3, "interaction_only": True}, {"degree": (2, 3), "include_bias": False}],
    "row_normalize": [{"norm": norm} for norm in ("l1", "l2", "max")],
}
REFUSE_NULL = {"poly", "row_normalize"}


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, all_ in PARAMETERS.items() for said in all_])
@given(seed=st.integers(0, 2**31), rows=st.integers(3, 40), width=st.integers(1, 4))
@settings(max_examples=15)
def test_what_is_made_there_is_what_the_host_makes(
    name: str, said: Mapping[str, Any], seed: int, rows: int, width: int
) -> None:
    draws = np.random.default_rng(seed)
    columns = [numbers_of(draws, rows, name not in REFUSE_NULL) for _ in range(width)]
    with pytest.MonkeyPatch.context() as patch, installed(patch) as stand_in:
        check_is_the_hosts(device_of(stand_in), name, said, columns, np.sort(draws.choice(rows, rows // 2 + 1)))


def numbers_of(draws: np.random.Generator, rows: int, with_null: bool) -> pa.Array:
    values = draws.choice([0.0, -0.0, 1e-60, 1e60, 3.5, -2.25]) * draws.integers(-4, 5, rows) + draws.normal(size=rows)
    values = values if draws.random() < 0.8 else np.full(rows, 0.1)
    return pa.array(values, mask=with_null & (draws.random(rows) < draws.choice([0.0, 0.2, 1.0])))


def check_is_the_hosts(gpu: Gpu, name: str, said: Mapping[str, Any], values: list[Any], fitted: Any) -> None:
    spec = transform(name)
    assert spec is not None
    params = spec.complete(dict(said))
    parts = [Column(f"c{place}", "number", one) for place, one in enumerate(values)]
    state = spec.fit(Inputs([one.take(fitted) for one in parts]), params, None, 0) if spec.fitted else {}
    expected = stack(spec.apply(state, Inputs([one.take(fitted) for one in parts]), params))
    there = [RowsThere(ColumnThere(one, by_cudf=True), PlacesThere.of(fitted)) for one in parts]
    blocks = applied_there(spec, said, state, there)
    shape = (len(fitted), sum(len(one.names) for one in blocks))
    found = gpu.arrays.asnumpy(gpu.copy(OnDevice(None, shape, blocks)))
    assert found.flags.f_contiguous or min(found.shape) <= 1
    exact = name != "row_normalize"
    assert np.array_equal(found, expected, equal_nan=True) if exact else found == pytest.approx(expected, rel=1e-14)


def test_every_form_is_tried_and_takes_the_defaults() -> None:
    assert PARAMETERS.keys() == COLUMN_FORMS.keys()
    for name, form in COLUMN_FORMS.items():
        spec = transform(name)
        assert spec is not None
        assert spec.fit_apply is None, "its training rows are not what its state makes of them"
        assert column_form(name, spec.complete({})) is form
    assert column_form("impute", {"strategy": "constant", "fill_value": "none"}) is None


@pytest.mark.parametrize("models", ["logistic(C => [0.1, 1])", "xgboost_classifier(n_estimators => 6, max_depth => 3)"])
@pytest.mark.parametrize(
    "features",
    [
        FEATURES,
        "robust_scale(b), clip_outliers(b), count_encode(k), ordinal(k), target_encode(k)",
        "missing_flag(a), b",
    ],
)
def test_scores_are_those_of_the_cpu(session: Session, stand_in: StandIn, features: str, models: str) -> None:
    expected = scores(session, "cpu", features, models)
    assert not stand_in.columns
    found = scores(session, "gpu", features, models)
    assert stand_in.columns
    assert not told_of_the_gpu(found)
    alike(found, expected)


# ---- what is moved ---------------------------------------------------------------------------------------------------


def test_columns_are_moved_once_in_their_own_type(session: Session, stand_in: StandIn) -> None:
    told = on(session, "gpu", FEATURES, "logistic, xgboost_classifier(n_estimators => 4)", "CROSS VALIDATE 5")
    assert sorted(map(str, stand_in.columns)) == ["bool", "double", "int16", "int32"]
    assert not stand_in.copied  # no matrix
    kinds = [node["operator"] for node in told["nodes"]]
    assert [kinds.count(kind) for kind in ("ColumnToDevice", "PlacesToDevice", "AssembleOnDevice")] == [5, 1, 1]
    assert [node["runs"] for node in told["nodes"] if node["operator"] == "ColumnToDevice"] == [1] * 5
    engines = {node["operator"]: node["engine"] for node in told["nodes"]}
    assert (engines["PlacesToDevice"], engines["ApplyOnDevice"]) == ("cupy", "cupy")
    assert sorted(node["engine"] for node in told["nodes"] if node["operator"] == "ColumnToDevice").count("cudf") == 4
    planned, ran = told["device"], told["device_measured"]
    assert (planned["copies"], planned["once"], planned["applied"]) == (5 + 5, 5, 5)
    assert ran["copies"] == 5 + 5
    assert planned["bytes"] == 600 * (2 + 8 + 4 + 4 + 1 / 8) + 5 * 480 * 4
    assert ran["bytes"] == planned["bytes"] + 600 / 8  # which values of one are NULL
    assert ran["returned"] == 0


def test_the_host_makes_no_rows_that_it_does_not_read(session: Session, stand_in: StandIn) -> None:
    features = "min_max_scale(b), max_abs_scale(impute(a))"
    told = on(session, "gpu", features)
    kinds = [node["operator"] for node in told["nodes"]]
    assert (kinds.count("FitForDevice"), kinds.count("Fit"), kinds.count("Fitted")) == (
        2,
        1,
        1,
    )  # of impute, to be scaled
    both = on(session, "gpu", features, "logistic, decision_tree_classifier")
    kinds = [node["operator"] for node in both["nodes"]]
    assert (kinds.count("FitForDevice"), kinds.count("Fit"), kinds.count("ApplyOnDevice")) == (0, 3, 3)


def test_a_fit_without_rows_is_kept_under_a_name_of_its_own() -> None:
    """Else a later batch on the CPU would be given no rows."""
    graph, params = Graph(), freeze({})
    column = graph.node(Read("b", "b", "b", "DOUBLE", "number"), graph.node(Rows("train")))
    fits = [graph.node(kind("standard_scale", params, 0, False), column) for kind in (Fit, FitForDevice)]
    digests = fit_digests(graph, lambda _node: b"0" * 16)
    assert len({digests[node.id] for node in fits}) == 2


def test_one_fold_moves_its_own_rows_once_for_all_matrices(session: Session, stand_in: StandIn) -> None:
    told = on(session, "gpu", "choose(b, standard_scale(b), robust_scale(b)), n", split="HOLDOUT 0.25")
    assert (told["device"]["once"], told["device"]["bytes"]) == (0, 450 * (8 + 4) + 450 * 16)  # one is the host's own
    assert told["device_measured"]["bytes"] == told["device"]["bytes"]
    assert stand_in.columns == [pa.float64(), pa.int32()]


def test_without_cudf_columns_are_doubles(session: Session, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "cudf" else find(name, *rest))
    engine.found_gpu.cache_clear()
    told = on(session, "gpu", FEATURES)
    assert not stand_in.columns
    assert told["device"]["bytes"] == 600 * (8 + 8 + 8 + 4 + 8) + 3 * 400 * 4 == told["device_measured"]["bytes"]


def test_a_cudf_that_cannot_be_imported_is_none(session: Session, stand_in: StandIn) -> None:
    known = device_of(stand_in)
    assert "cudf" in known.device.libraries
    broken = sys.modules.pop("cudf")
    try:
        with pytest.MonkeyPatch.context() as patch:
            find = importlib.util.find_spec
            patch.setattr(
                importlib.util,
                "find_spec",
                lambda name, *rest: broken.__spec__ if name == "cudf" else find(name, *rest),
            )
            found = scores(session, "gpu", FEATURES, "logistic")
    finally:
        sys.modules["cudf"] = broken
    assert not told_of_the_gpu(found)
    assert not stand_in.columns
    alike(found, scores(session, "cpu", FEATURES, "logistic"))


# ---- what fails ------------------------------------------------------------------------------------------------------


def test_columns_give_way_and_are_moved_again(stand_in: StandIn) -> None:
    stand_in.memory = 2_500 / 0.8  # bytes: room for a matrix of 1,600 and a column of 800
    device = device_of(stand_in)
    columns = [ColumnThere(Column(f"c{n}", "number", pa.array(np.arange(100.0) + n)), by_cudf=True) for n in range(2)]
    matrix = OnDevice(None, (100, 2), tuple(map(RowsThere, columns)))
    for _ in range(2):
        found = device.arrays.asnumpy(device.copy(matrix))
        assert (found == np.column_stack([one.column.numbers for one in columns])).all()
        device._spill(len(device._held))
    assert device.moved.copies == len(stand_in.columns) == 4
    assert device.moved.spilled == 1 + 2 + 1 + 2  # a column for the other, then what is left of all
    assert device._reserved == 0


def test_no_memory_for_a_column_is_the_cpus(
    session: Session, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_array: pa.Array) -> Any:
        raise MemoryError("std::bad_alloc")

    monkeypatch.setattr(sys.modules["cudf"].Series, "from_arrow", full)
    found = scores(session, "gpu", FEATURES, "logistic(C => [0.1, 1])")
    assert told_of_the_gpu(found) == ["gpu_failed"]
    for row in found.arrow().to_pylist():
        assert row["status"] == "ok"
        assert "trained on the CPU, as the GPU failed: MemoryError: std::bad_alloc" in row["error"]
    alike(found, scores(session, "cpu", FEATURES, "logistic(C => [0.1, 1])"))
    monkeypatch.undo()
    told = on(session, "gpu", FEATURES)
    assert told["device_measured"]["failed"] == {}


@pytest.mark.parametrize(
    "features", ["poly(a, b, 2)", "standard_scale(a)", "standard_scale(b / nullif(id, 7) * 1e308 * 1e5)"]
)
def test_what_is_wrong_with_features_is_said_as_on_the_cpu(session: Session, stand_in: StandIn, features: str) -> None:
    (found,), (expected,) = (
        scores(session, device, features, "logistic").arrow().to_pylist() for device in ("gpu", "cpu")
    )
    assert (found["status"], expected["status"]) == ("failed", "failed")
    assert expected["error"] in found["error"]


def test_a_wide_encoding_is_made_a_column_at_a_time(stand_in: StandIn) -> None:
    device = device_of(stand_in)
    column = Column("k", "text", pa.array([f"k{row % 7}" for row in range(50)]))
    spec = transform("one_hot")
    assert spec is not None
    state = spec.fit(Inputs([column.take(np.arange(20))]), spec.complete({}), None, 0)
    (block,) = applied_there(
        spec, {}, state, [RowsThere(ColumnThere(column, coded=True), PlacesThere.of(np.arange(30)))]
    )
    shapes = [values.shape for values in block.columns(device)]
    assert shapes == [(30,)] * 7
    found = device.arrays.asnumpy(device.copy(OnDevice(None, (30, 7), (block,))))
    assert np.array_equal(found, stack(spec.apply(state, Inputs([column.take(np.arange(30))]), spec.complete({}))))
    assert device.moved.bytes == 4 * 50 + 4 * 30


def test_null_among_products_is_no_number_there(stand_in: StandIn) -> None:
    device, column = device_of(stand_in), Column("a", "number", pa.array([1.0, None]))
    spec = transform("poly")
    assert spec is not None
    blocks = applied_there(spec, {}, {}, [RowsThere(ColumnThere(column))])
    with pytest.raises(DeviceFailed, match="NULL or infinity"):
        device.tried(lambda: device.copy(OnDevice(None, (2, 3), blocks)))
