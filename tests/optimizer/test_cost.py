"""The cost model: every operator has a formula, and estimates grow with what makes work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from stratum_sql import Session, connect, plan
from stratum_sql.catalog.estimators import estimators
from stratum_sql.catalog.extents import Extent
from stratum_sql.catalog.registry import transforms
from stratum_sql.optimizer.cost import coefficients
from stratum_sql.optimizer.cost.coefficients import SHIPPED, Coefficients, load, save
from stratum_sql.optimizer.cost.defaults import DEFAULTS, UNITS
from stratum_sql.optimizer.cost.families import FAMILIES, stem, training
from stratum_sql.optimizer.cost.formulas import FORMULAS
from stratum_sql.plan.engines import ENGINES
from stratum_sql.plan.graph import Operator

MATRIX = Extent(10_000, 20, 20)


def operators() -> set[type[Operator]]:
    """Every kind of operator that a module of plans declares."""
    modules = [import_module(f"{plan.__name__}.{module.name}") for module in iter_modules(plan.__path__)]
    declared = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    return {one for one in declared if issubclass(one, Operator) and one is not Operator}


def test_every_operator_has_a_formula_and_an_engine() -> None:
    found = operators()
    assert len(found) > 20
    assert set(FORMULAS) == found
    assert set(ENGINES) == found


def test_every_unit_has_a_default_and_says_what_it_counts() -> None:
    assert UNITS.keys() == DEFAULTS.keys()
    assert all(0 < seconds < 1 for seconds in DEFAULTS.values())
    assert all(UNITS.values())


# ---- trainings -------------------------------------------------------------------------------------------------------


def seconds(estimator: str, matrix: Extent = MATRIX, outputs: float = 1, /, **params: Any) -> float:
    return SHIPPED.seconds(training(estimator, params, matrix, outputs).fit)


@pytest.mark.parametrize("name", sorted(estimators()))
def test_every_estimator_costs_something_in_known_units(name: str) -> None:
    found = training(name, {}, MATRIX, 3)
    assert set(found.fit) | set(found.predict) <= set(UNITS)
    assert SHIPPED.seconds(found.fit) > 0
    assert SHIPPED.seconds(training(name, {}, Extent(0, 0, 0), 1).fit) >= 0


def test_every_family_is_that_of_an_estimator() -> None:
    assert set(FAMILIES) <= {stem(name) for name in estimators()}


@pytest.mark.parametrize(
    "name", ["ridge", "lasso", "logistic_regression", "random_forest_regressor", "lightgbm_regressor", "svr", "mlp"]
)
def test_more_rows_and_columns_cost_more(name: str) -> None:
    assert seconds(name) < seconds(name, Extent(40_000, 20, 20)) < seconds(name, Extent(40_000, 80, 80))


def test_parameters_that_make_work_cost() -> None:
    assert seconds("ridge") < seconds("random_forest_regressor", n_estimators=10) < seconds("random_forest_regressor")
    assert seconds("decision_tree_regressor", max_depth=3) < seconds("decision_tree_regressor")
    assert seconds("decision_tree_regressor", max_leaf_nodes=8) < seconds("decision_tree_regressor")
    assert seconds("random_forest_regressor", max_features="sqrt") < seconds("random_forest_regressor")
    assert seconds("xgboost_regressor", max_depth=2) < seconds("xgboost_regressor")
    assert seconds("lightgbm_classifier", MATRIX, 5) > 4 * seconds("lightgbm_classifier")
    assert seconds("mlp_regressor") < seconds("mlp_regressor", hidden_layer_sizes=(200, 200))


@pytest.mark.parametrize(
    "params",
    [
        {"n_estimators": None},
        {"max_depth": -1},
        {"max_depth": 10**9},
        {"max_features": 10**6},
        {"min_samples_leaf": 0.5},
        {"hidden_layer_sizes": [3, 3]},
        {"estimator": None, "estimators": ()},
    ],
)
@pytest.mark.parametrize(
    "name",
    ["random_forest_classifier", "lightgbm_regressor", "mlp_classifier", "bagging_regressor", "stacking_regressor"],
)
def test_odd_parameters_are_estimated_too(name: str, params: dict[str, Any]) -> None:
    assert 0 < seconds(name, **params) < float("inf")


@pytest.mark.parametrize("name", sorted(transforms()))
def test_every_transform_says_how_large_its_values_are(name: str) -> None:
    spec = transforms()[name]
    for given in (Extent(1000, 1, 1, 50, 12.0), Extent(1000, 4, 4), Extent(0, 1, 1, 0.0)):
        made = spec.extent(spec.complete({}), given)
        assert made.rows == given.rows
        assert 0 < made.stored <= made.columns


# ---- whole batches ---------------------------------------------------------------------------------------------------


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("STRATUM_COSTS", "default")
    with connect(threads=2) as opened:
        for rows in (1000, 100_000):
            columns = "i % 97 AS x, 'town ' || i % 40 AS town, i % 13 AS y, i % 2 = 0 AS late"
            opened.sql(f"CREATE TABLE t{rows} AS SELECT {columns} FROM range({rows}) r(i)")
        yield opened


def explained(session: Session, model: str, rows: int = 1000, rest: str = "CROSS VALIDATE 3") -> dict[str, Any]:
    text = f"SELECT standard_scale(x) AS x, one_hot(town), y FROM t{rows} TRAIN MODEL {model} TARGET y {rest}"
    found: dict[str, Any] = json.loads(session.explain(text, "json"))
    return found


def cost(session: Session, *args: Any, **options: Any) -> float:
    return float(explained(session, *args, **options)["estimate"]["seconds"])


def test_estimates_grow_with_rows_folds_and_trials(session: Session) -> None:
    forest = "random_forest_regressor(n_estimators => 20)"
    assert cost(session, forest) < cost(session, forest, 100_000)
    assert cost(session, forest) < cost(session, forest, rest="CROSS VALIDATE 10")
    grid = "random_forest_regressor(n_estimators => 20, max_depth => [3, 5, 7])"
    assert cost(session, "random_forest_regressor(n_estimators => 20, max_depth => 3)") < cost(session, grid)


def test_a_straight_line_is_cheaper_than_a_forest(session: Session) -> None:
    assert cost(session, "ridge", 100_000) < cost(session, "random_forest_regressor", 100_000) / 10


def test_shared_work_is_cheaper_than_each_alone(session: Session) -> None:
    told = explained(session, "ridge(alpha => [0.1, 1, 10, 100])", 100_000)["estimate"]
    assert told["seconds"] < told["seconds_alone"] / 2
    assert told["clock_seconds"] <= told["seconds"] * 1.001
    assert told["peak_bytes"] > 0


def test_every_node_is_estimated(session: Session) -> None:
    plan = explained(session, "ridge(alpha => [0.1, 1]), lightgbm_regressor(learning_rate => [0.1, 0.2]), ols")
    for node in plan["nodes"]:
        assert node["estimate"].keys() == {"rows", "bytes", "seconds", "reuse"}
        assert node["estimate"]["seconds"] > 0 or node["operator"] == "Read"
    by_kind = {node["operator"]: node for node in plan["nodes"]}
    assert by_kind["Scan"]["estimate"]["reuse"] == 5
    assert by_kind["SolveLinear"]["estimate"]["reuse"] == 3
    engines = {kind: by_kind[kind]["engine"] for kind in ("Scan", "Products", "TrainOnBins")}
    assert engines == {"Scan": "duckdb", "Products": "rust", "TrainOnBins": "lightgbm"}


def test_a_relation_of_unknown_rows_is_not_estimated(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum_sql.optimizer.statistics.cardinality._cardinality", lambda _node: None)
    plan = explained(session, "ridge", 100_000)
    assert [node["estimate"] for node in plan["nodes"] if node["estimate"] is not None] == []
    assert plan["estimate"] == dict.fromkeys(plan["estimate"]) | {"threads": 2}


def test_rows_chosen_from_a_wider_relation_are_those_of_the_filter(session: Session) -> None:
    texts = [
        f"SELECT x, one_hot(town), y FROM t100000 {where} TRAIN MODEL decision_tree_regressor TARGET y"
        for where in ("", "WHERE x < 48")
    ]
    plan = json.loads(session.explain(texts, "json"))
    (rows,) = {node["estimate"]["rows"] for node in plan["nodes"] if node["operator"] == "Where"}
    assert rows == pytest.approx(49_500, rel=0.1)


# ---- the file --------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("STRATUM_COSTS", raising=False)
    return coefficients.costs_file()


def test_what_was_measured_is_read_again(file: Path) -> None:
    save({"call": 0.5, "row": 1e-6}, file)
    found = coefficients.coefficients()
    assert (found.measured, found.seconds({"call": 2, "row": 1e6})) == (True, 2.0)
    assert found.seconds_of["text"] == DEFAULTS["text"]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_without_a_file_the_shipped_ones_hold(file: Path) -> None:
    assert coefficients.coefficients() is SHIPPED


def test_a_test_asks_for_the_shipped_ones(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save({"call": 0.5}, file)
    monkeypatch.setenv("STRATUM_COSTS", "default")
    assert coefficients.coefficients() is SHIPPED


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"version": 1}',
        '{"version": 99, "machine": MACHINE, "seconds": {"call": 1}}',
        '{"version": 1, "machine": {"cores": "64"}, "seconds": {"call": 1}}',
        '{"version": 1, "machine": MACHINE, "seconds": {"call": -1, "row": NaN, "text": "1", "view": true}}',
        '{"version": 1, "machine": MACHINE, "seconds": [1]}',
        '{"version": 1, "machine": MACHINE, "seconds": {"unheard_of": 1}}',
    ],
)
def test_a_damaged_file_counts_as_not_there(file: Path, damage: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(damage.replace("MACHINE", json.dumps(coefficients.this_machine())), encoding="utf-8")
    assert coefficients.coefficients() is SHIPPED


def test_bytes_that_are_no_text_and_folders_count_as_not_there(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xfe\x00")
    assert load(file) is None
    assert load(file.parent) is None


def test_a_failed_write_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save({"call": 0.5}, file)
    monkeypatch.setattr(json, "dump", lambda *_args, **_options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save({"call": 0.25}, file)
    monkeypatch.undo()
    assert load(file) == Coefficients({**DEFAULTS, "call": 0.5}, measured=True)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_relative_config_folder_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "here")
    monkeypatch.setenv("HOME", "/nonexistent")
    assert coefficients.costs_file() == Path("/nonexistent/.config/stratum-sql/costs.json")
