"""Held-out rows change nothing that is fitted."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Column, Part
from stratum_sql.catalog.embedders import give_embedder
from stratum_sql.catalog.estimators import estimator
from stratum_sql.catalog.registry import transform, transforms
from stratum_sql.execute.duckdb import Relation, read_relation
from stratum_sql.execute.linear.solve import LinearModels
from stratum_sql.execute.operators import Operators
from stratum_sql.execute.values import FitResult, Model
from stratum_sql.optimizer.pipeline import MAKE_EQUAL, RULES, Rule, optimize
from stratum_sql.plan.build import Batch, build_batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.query import TrainQuery
from stratum_sql.plan.relational import Read, Scan
from stratum_sql.plan.transform import Split
from stratum_sql.session import Session
from tests.engine import spies
from tests.engine.oracle import board, open_session, query_of
from tests.engine.test_differential import EXAMPLES, KEEPS_NULL

# ---- garbled rows ----------------------------------------------------------------------------------------------------

FITTED_EXAMPLES = [(name, items[0]) for name, items in EXAMPLES.items() if transforms()[name].fitted]


@pytest.fixture(scope="module", autouse=True)
def _embedder() -> None:
    give_embedder("length", lambda texts: np.array([[len(text), text.count("e")] for text in texts], dtype=np.float64))


OPERATORS = Operators(transform, estimator, 2**30)


def planned(session: Session, query: TrainQuery, rules: Sequence[Rule] = MAKE_EQUAL) -> tuple[Batch, dict[int, Any]]:
    """The batch of one statement after some rules, and the values of its scans and splits."""
    batch, _ = optimize(build_batch([query]), rules=rules)
    values: dict[int, Any] = {}
    for node in batch.graph:
        if isinstance(node.operator, Scan):
            reads = [one.operator for one in batch.graph if isinstance(one.operator, Read) and one.inputs == (node,)]
            values[node.id] = read_relation(
                Database(session.connection, lambda _sql: None), node.operator.source, reads
            )
    for node in batch.graph:
        if isinstance(node.operator, Split):
            values[node.id] = value_of(node, values)
    return batch, values


def value_of(node: Node, values: dict[int, Any], fold: int | None = None) -> Any:
    """The value of a node by the engine's own operators; `values` are those known already, all of one fold."""
    if node.id not in values:
        values[node.id] = OPERATORS.run(node.operator, [value_of(child, values, fold) for child in node.inputs], fold)
    return values[node.id]


def garbled(relation: Relation, rows: np.ndarray[Any, Any], target: str) -> Relation:
    """The same relation with other values in these rows: each column's are reversed among them, and of those that are no
    target every third is replaced by a value far away. The target keeps its classes: they are known of all rows."""
    columns = {}
    for key, column in relation.columns.items():
        values = column.arrow().to_pylist()
        swapped = [values[row] for row in rows[::-1]]
        for place, (row, value) in enumerate(zip(rows, swapped, strict=True)):
            values[row] = value if key[0] == target else _other(value, place)
        columns[key] = Column(column.name, column.kind, pa.array(values, column.arrow().type))
    return Relation(relation.rows, columns)


def _other(value: Any, place: int) -> Any:
    if place % 3 == 0 and isinstance(value, float):
        return 1e6 + place
    if place % 3 == 0 and isinstance(value, str):
        return "Berlin"
    return value


def fitted(batch: Batch, values: dict[int, Any], fold: int) -> list[bytes]:
    """Every state and model that the fold's score is made from, as bytes."""
    score = batch.scores[0, 1].node
    value_of(score.inputs[0], values, fold)
    found = [values[node.id] for node in batch.graph if node.id in values and _is_below(node, score.inputs[0])]
    return [_bytes(value) for value in found if isinstance(value, FitResult | Model)]


def _is_below(node: Node, top: Node) -> bool:
    return node is top or any(_is_below(node, child) for child in top.inputs)


def _bytes(value: Any) -> bytes:
    if isinstance(value, Model):
        return pickle.dumps(value.estimator)
    return pickle.dumps([value.state, [_content(part) for part in value.parts]])


def _content(part: Part) -> Any:
    if isinstance(part, Column):
        return part.numbers if part.kind == "number" else part.texts
    return part.values


@pytest.mark.filterwarnings(
    "ignore::RuntimeWarning", "ignore::UserWarning"
)  # constant columns, one-hot beside all-NULL
@pytest.mark.parametrize("target", ["y", "level"])
@pytest.mark.parametrize(("name", "items"), FITTED_EXAMPLES)
def test_garbled_held_out_rows_change_no_state(session: Session, name: str, items: str, target: str) -> None:
    full = f"impute({items})" if name in KEEPS_NULL else items
    model = "ridge" if target == "y" else "ridge_classifier"
    query = query_of(
        session.sql(f"SELECT {full}, {target} FROM t TRAIN MODEL {model} TARGET {target} CROSS VALIDATE 3")
    )
    batch, values = planned(session, query)
    splits = {node.id: values[node.id] for node in batch.splits.values()}
    scans = {node.id: values[node.id] for node in batch.graph if isinstance(node.operator, Scan)}
    for fold in range(3):
        clean = fitted(batch, {**scans, **splits}, fold)
        held_out = splits[batch.splits[0].id][fold].test
        dirty = {key: garbled(relation, held_out, query.target.key) for key, relation in scans.items()}
        assert len(clean) >= 2
        assert fitted(batch, {**dirty, **splits}, fold) == clean


def test_garbled_training_rows_change_the_state(session: Session) -> None:
    """The test above can fail."""
    query = query_of(session.sql("SELECT standard_scale(num), y FROM t TRAIN MODEL ridge TARGET y CROSS VALIDATE 3"))
    batch, values = planned(session, query)
    splits = {node.id: values[node.id] for node in batch.splits.values()}
    scans = {node.id: values[node.id] for node in batch.graph if isinstance(node.operator, Scan)}
    train = splits[batch.splits[0].id][0].train
    dirty = {key: garbled(relation, train, query.target.key) for key, relation in scans.items()}
    assert fitted(batch, {**dirty, **splits}, 0) != fitted(batch, {**scans, **splits}, 0)


# Linear models have no state of their own on the way: sums over all rows stand below. What comes out must be the training
# rows' alone, but for the last bits: where the numbers of a column are counted from is taken from all rows.
AFFINE = [
    "num, whole", "standard_scale(num), standard_scale(impute(holes))", "min_max_scale(num), max_abs_scale(impute(holes))",
    "robust_scale(num), impute(holes, 'median')", "impute(min_max_scale(standard_scale(holes)))", "one_hot(city), one_hot(kind, drop => 'first')",
    "one_hot(city, min_frequency => 12), count_encode(city), standard_scale(count_encode(kind))", "ordinal(city, unknown_value => -1, encoded_missing_value => -2)",
    "power_map(num), impute(holes)", "target_encode(city), num",
]  # fmt: skip
MODELS = "ridge(alpha => [0.1, 10]), lasso(alpha => 0.01), elastic_net(alpha => 0.1)"


def coefficients(batch: Batch, values: dict[int, Any], fold: int) -> np.ndarray[Any, Any]:
    """Weights and intercepts of the models that the fold solves, (models, features + 1)."""
    models = value_of(batch.scores[0, 1].node.inputs[0], values, fold)
    assert isinstance(models, LinearModels)
    return np.column_stack([models.weights, models.intercepts])


def garble_one_side(session: Session, items: str, weight: str, side: str) -> Iterator[tuple[Any, Any]]:
    """The coefficients of each fold, and those with garbled rows on one side."""
    sql = f"SELECT {items}, y FROM t TRAIN MODEL {MODELS} TARGET y {weight} CROSS VALIDATE 3"
    query = query_of(session.sql(sql))
    batch, values = planned(session, query, RULES)
    splits = {node.id: values[node.id] for node in batch.splits.values()}
    scans = {node.id: values[node.id] for node in batch.graph if isinstance(node.operator, Scan)}
    for fold in range(3):
        rows = getattr(splits[batch.splits[0].id][fold], side)
        dirty = {key: garbled(relation, rows, query.target.key) for key, relation in scans.items()}
        yield coefficients(batch, {**scans, **splits}, fold), coefficients(batch, {**dirty, **splits}, fold)


@pytest.mark.parametrize("weight", ["", "WEIGHT importance"])
@pytest.mark.parametrize("items", AFFINE)
def test_garbled_held_out_rows_change_no_coefficient(session: Session, items: str, weight: str) -> None:
    for clean, dirty in garble_one_side(session, items, weight, "test"):
        np.testing.assert_allclose(dirty, clean, rtol=1e-9, atol=1e-9 * float(np.abs(clean).max()))


@pytest.mark.parametrize("items", AFFINE)
def test_garbled_training_rows_change_coefficients(session: Session, items: str) -> None:
    """The test above can fail."""
    for clean, dirty in garble_one_side(session, items, "", "train"):
        assert clean.shape != dirty.shape or np.abs(dirty - clean).max() > 1e-4 * np.abs(clean).max()


# ---- the oracle spy --------------------------------------------------------------------------------------------------

SPY, MODEL = "tests.engine.spies.SpyTransform", "tests.engine.spies.SpyModel"


@pytest.fixture
def spied() -> Iterator[Session]:
    spies.FITTED.clear()
    spies.APPLIED.clear()
    with open_session(120, threads=2) as session:
        session.allow(SPY)
        session.allow(MODEL)
        yield session


def statements(tags: Sequence[str]) -> list[str]:
    return [
        f"SELECT {SPY}(id, num, tag => '{tag}'), y FROM t TRAIN MODEL {MODEL}(alpha => [1, 2], tag => '{tag}'), ridge TARGET y {split} WITH (return_folds = true)"
        for tag, split in zip(
            tags,
            ["CROSS VALIDATE 3", "CROSS VALIDATE 3 SEED 1", "HOLDOUT 0.25", "SPLIT BY part", "CROSS VALIDATE 3"],
            strict=True,
        )
    ]


def training_sets(result: Any) -> set[spies.Rows]:
    """The ids of each fold's training rows, as the folds asked for with `return_folds` say."""
    held = result.folds
    ids = held.column("id").to_pylist()
    made: dict[int, set[int]] = {}
    for row, folds in zip(ids, held.column("trained_on").to_pylist(), strict=True):
        for fold in folds:
            made.setdefault(fold, set()).add(row)
    return {frozenset(rows) for rows in made.values()}


def test_spies_see_training_rows_alone(spied: Session) -> None:
    tags = ["a", "b", "c", "d", "e"]
    texts = statements(tags)
    results = spied.batch([*texts, "SELECT id, num, y FROM t TRAIN MODEL ols TARGET y"])
    everything = frozenset(range(120))
    for tag, result in zip(tags, results, strict=False):
        assert all(status == "ok" for status, _ in board(result).values())
        allowed = training_sets(result)
        seen = [rows for who, rows in spies.FITTED if who == tag]
        assert set(seen) == allowed
        assert everything not in seen
        for who, rows in spies.APPLIED:
            assert who != tag or any(rows == everything - train or rows == train for train in allowed)


def test_equal_statements_fit_once(spied: Session) -> None:
    one, *_ = statements(["a", "b", "c", "d", "e"])
    spied.batch([one, one.replace("SELECT", "select  "), one])
    assert len([rows for who, rows in spies.FITTED if who == "a"]) == 3 * (
        1 + 2
    )  # three folds of the transform and two alphas


def test_a_kept_model_learns_from_all_rows_and_prediction_fits_nothing(spied: Session) -> None:
    spied.sql(f"SELECT {SPY}(id, num), y FROM t TRAIN MODEL {MODEL} TARGET y CROSS VALIDATE 3 AS m")
    everything = frozenset(range(120))
    assert {who for who, rows in spies.FITTED if rows == everything} == {"transform", "model"}
    spies.FITTED.clear()
    spies.APPLIED.clear()
    assert len(spied.sql("SELECT * FROM t WHERE id < 10 PREDICT MODEL m")) == 10
    assert spies.FITTED == []
    assert set(spies.APPLIED) == {("transform", frozenset(range(10))), ("model", frozenset(range(10)))}


@pytest.mark.parametrize("what", ["matrix", "y", "weight"])
def test_no_estimator_can_write_into_what_others_read(session: Session, what: str) -> None:
    session.allow("tests.engine.spies.Vandal")
    others = "SELECT num, price, y FROM t TRAIN MODEL ridge TARGET y WEIGHT importance"
    wanted = board(session.sql(others))[1]
    vandal = f"SELECT num, price, y FROM t TRAIN MODEL tests.engine.spies.Vandal(what => '{what}'), ridge TARGET y WEIGHT importance"
    bad, good = session.batch([vandal, others])
    assert board(bad)[1][0] == "failed"
    assert board(bad)[2] == board(good)[1] == wanted


# ---- noise -----------------------------------------------------------------------------------------------------------

ENCODERS = ["one_hot(code)", "ordinal(code, unknown_value => -1)", "target_encode(code)", "target_encode(code, cv => 2)", "count_encode(code)", "hash_encode(code, 8)",
            "one_hot(rare(code, 3))", "text_svd(code, 5)", "select_k(one_hot(code), 20)", "tfidf(code)", "vectorize(code)"]  # fmt: skip


def test_noise_cannot_be_learned(session: Session) -> None:
    """Labels are random, the category has 150 values: an encoder that saw held-out labels would score above 0.5."""
    session.sql(
        "CREATE OR REPLACE TABLE noise AS "
        "SELECT 'c' || (hash('code ' || i) % 150) AS code, hash('label ' || i) % 2 = 0 AS label FROM range(600) r(i)"
    )
    texts = [
        f"SELECT {encoder}, label FROM noise TRAIN MODEL logistic_regression TARGET label METRIC roc_auc CROSS VALIDATE 5 REPEAT 2 SEED {seed}"
        for encoder in ENCODERS
        for seed in (1, 2)
    ]
    found: dict[str, list[float]] = {}
    for text, result in zip(texts, session.batch(texts), strict=True):
        status, scores = board(result)[1]
        assert status == "ok", text
        found.setdefault(text.split(", label")[0], []).extend(scores["roc_auc"])
    for encoder, aucs in found.items():
        # one table of 600 labels: its own luck is 1 / sqrt(12 * 300 * 300 / 601), about 0.024, whatever the folds say
        error = max(float(np.std(aucs)) / np.sqrt(len(aucs)), 0.024)
        assert abs(np.mean(aucs) - 0.5) < 4 * error, encoder


def test_learned_labels_would_show(session: Session) -> None:
    """The test above can fail: the same category, encoded by all rows' labels before the split, scores far above."""
    result = session.sql(
        "SELECT avg(label::INTEGER) OVER (PARTITION BY code) AS leak, label FROM noise TRAIN MODEL logistic_regression TARGET label METRIC roc_auc"
    )
    assert np.mean(board(result)[1][1]["roc_auc"]) > 0.6
    assert {"target_leak", "window_over_target"} & {warning.code for warning in result.warnings}
