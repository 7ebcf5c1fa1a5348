"""Models logged to MLflow, of which a small one stands in: what it is told."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import skops.io

import stratum_sql
from stratum_sql import Session, StratumError

TABLE = "CREATE TABLE t AS SELECT i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 + i % 5 AS y FROM range(60) r(i)"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=1) as one:
        one.sql(
            f"{TABLE}; SELECT standard_scale(a) AS s, one_hot(c), y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y METRIC r2, mae AS m"
        )
        one.sql("SELECT a, c, y FROM t TRAIN MODEL ols() TARGET y PARTITION BY c AS parted")
        yield one


class Tracker(ModuleType):
    """The part of MLflow that is used; what it is told is kept."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.active: Any = None
        self.begun: list[str] = []
        self.params: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.metrics: list[tuple[str, float, int]] = []
        self.texts: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.pipelines: dict[str, dict[str, Any]] = {}

    def active_run(self) -> Any:
        return self.active

    @contextmanager
    def start_run(self, *, run_name: str) -> Iterator[Any]:
        self.begun.append(run_name)
        yield SimpleNamespace(info=SimpleNamespace(run_id="new"))

    def log_params(self, params: dict[str, str]) -> None:
        self.params |= params

    def set_tags(self, tags: dict[str, str]) -> None:
        self.tags |= tags

    def log_metric(self, key: str, value: float, step: int = 0) -> None:
        self.metrics.append((key, value, step))

    def log_text(self, text: str, path: str) -> None:
        self.texts[path] = text

    def log_artifact(self, path: str, folder: str) -> None:
        self.files[f"{folder}/{Path(path).name}"] = Path(path).read_bytes()

    def log_model(self, made: Any, **given: Any) -> None:
        self.pipelines[given["name"]] = {"made": made, **given}


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Tracker:
    found, flavour = Tracker(), ModuleType("mlflow.sklearn")
    flavour.log_model = found.log_model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", found)
    monkeypatch.setitem(sys.modules, "mlflow.sklearn", flavour)
    return found


def test_a_run_has_what_the_model_says_of_itself(session: Session, mlflow: Tracker) -> None:
    model = session.model("m")
    assert model.log_to_mlflow() == "new"
    assert mlflow.begun == ["m@1"]
    assert mlflow.params == {"estimator": "ridge", "params": model.params, "target": "y", "features": "s, one_hot(c)"}
    means = {key: value for key, value, _ in mlflow.metrics if not key.endswith("_fold")}
    assert means["r2"] == pytest.approx(model.score)
    steps = [(value, step) for key, value, step in mlflow.metrics if key == "mae_fold"]
    assert steps == list(zip(model.fold_scores["mae"], range(5), strict=True))
    assert mlflow.tags["stratum.statement"] == model.statement
    assert mlflow.tags["stratum.digest.data"] == model.manifest["lineage"]["data"]
    assert json.loads(mlflow.texts["model/manifest.json"]) == model.manifest


def test_the_model_is_a_pipeline_that_can_be_loaded_without_pickle(session: Session, mlflow: Tracker) -> None:
    session.model("m").log_to_mlflow("spending")
    logged = mlflow.pipelines["spending"]
    assert logged["serialization_format"] == "skops"
    assert any(one.startswith("scikit-learn==") for one in logged["pip_requirements"])
    again = skops.io.loads(skops.io.dumps(logged["made"]), trusted=logged["skops_trusted_types"])
    wanted = session.sql("FROM t PREDICT MODEL m").df()
    assert again.predict(wanted[["a", "c"]]) == pytest.approx(wanted["prediction"], rel=1e-9)
    assert not mlflow.files


def test_a_model_that_is_no_pipeline_is_a_file(session: Session, mlflow: Tracker) -> None:
    session.model("parted").log_to_mlflow()
    assert not mlflow.pipelines
    assert json.loads(mlflow.files["model/model.json"])["format"] == "stratum-sql model"


def test_a_run_that_is_active_goes_on(session: Session, mlflow: Tracker) -> None:
    mlflow.active = SimpleNamespace(info=SimpleNamespace(run_id="mine"))
    assert session.model("m").log_to_mlflow() == "mine"
    assert mlflow.begun == []


def test_what_goes_wrong_is_told(session: Session, mlflow: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("no server at 127.0.0.1")

    monkeypatch.setattr(mlflow, "log_params", refuse)
    with pytest.raises(StratumError, match="no server") as caught:
        session.model("m").log_to_mlflow()
    assert caught.value.diagnostic.code == "not_logged"
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(StratumError, match="mlflow is not installed") as caught:
        session.model("m").log_to_mlflow()
    assert caught.value.diagnostic.code == "missing_library"
    assert "stratum-sql[mlflow]" in str(caught.value.diagnostic.hint)


def test_export_writes_the_file_that_its_end_tells(session: Session, tmp_path: Path) -> None:
    path = session.model("m").export(tmp_path / "it's.json")
    assert json.loads(path.read_text())["manifest"]["name"] == "m"
    with pytest.raises(StratumError) as caught:
        session.model("parted").export(tmp_path / "m.onnx")
    assert caught.value.diagnostic.code == "not_exported"
