"""Models that share a search for neighbours against models that search by themselves, and whole statements."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from stratum_sql.catalog.neighbours import search_key
from stratum_sql.execute import neighbours, operators
from stratum_sql.execute.linear.unsolved import NotShared
from stratum_sql.execute.neighbours import Searched, search_together
from stratum_sql.session import Session
from tests.engine.oracle import assert_close, board, check, expected, open_session, query_of
from tests.execute.boosted_data import full, spec_of

PLENTY = 1 << 30
COUNTS = [(count, weights) for count in (1, 2, 7, 40) for weights in ("uniform", "distance")]
SEARCHES: list[dict[str, Any]] = [
    {},
    {"metric": "manhattan"},
    {"p": 3, "leaf_size": 5},
    {"algorithm": "brute"},
    {"algorithm": "brute", "metric": "cosine"},
    {"algorithm": "kd_tree", "metric": "chebyshev"},
]
SHAPES = [(90, 30, 2), (300, 1100, 3), (400, 100, 20)]  # boxes, more held-out rows than the sample, one by one


def table(rows: int, columns: int, seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=(rows, columns))


def target(kind: type, rows: int) -> np.ndarray[Any, Any]:
    drawn = np.random.default_rng(9)
    return drawn.integers(0, 4, rows) if kind is KNeighborsClassifier else drawn.normal(size=rows)


def share(kind: type, counts: Sequence[tuple[int, str]], matrix: Any, others: Any, **search: Any) -> Searched:
    models = [kind(count, weights=weights, **search) for count, weights in counts]
    return search_together(models, matrix, target(kind, matrix.shape[0]), others, PLENTY)


def assert_as_alone(found: Searched, kind: type, matrix: Any, others: Any, **search: Any) -> int:
    """Those that share the search predict what they do alone, bit for bit. Gives how many there are."""
    shared = [model for model in found.models if not isinstance(model, NotShared)]
    for model in shared:
        alone = kind(model.n_neighbors, weights=model.weights, **search).fit(matrix, target(kind, matrix.shape[0]))
        assert model.get_params() == alone.get_params()
        for method in ("predict", "predict_proba") if kind is KNeighborsClassifier else ("predict",):
            got, wanted = getattr(model, method)(others), getattr(alone, method)(others)
            assert got.dtype == wanted.dtype
            assert got.tobytes() == wanted.tobytes()
    return len(shared)


# ---- the same predictions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [KNeighborsRegressor, KNeighborsClassifier])
@pytest.mark.parametrize("search", SEARCHES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_predictions_are_those_of_each_alone(kind: type, search: dict[str, Any], shape: tuple[int, int, int]) -> None:
    rows, held_out, columns = shape
    matrix, others = table(rows, columns, 1), table(held_out, columns, 2)
    found = share(kind, COUNTS, matrix, others, **search)
    assert assert_as_alone(found, kind, matrix, others, **search) == len(COUNTS)


@pytest.mark.parametrize("kind", [KNeighborsRegressor, KNeighborsClassifier])
def test_sparse_rows(kind: type) -> None:
    matrix, others = (
        sparse.csr_matrix(np.where(abs(draws) > 0.5, draws, 0)) for draws in (table(200, 12, 1), table(60, 12, 2))
    )
    assert assert_as_alone(share(kind, COUNTS, matrix, others), kind, matrix, others) == len(COUNTS)


def test_other_rows_are_searched_for() -> None:
    matrix, others, more = table(90, 2, 1), table(30, 2, 2), table(20, 2, 3)
    found = share(KNeighborsClassifier, COUNTS, matrix, others)
    assert assert_as_alone(found, KNeighborsClassifier, matrix, more) == len(COUNTS)
    near: Any = found.models[4]
    assert near.kneighbors(others)[1].shape == (30, 7)
    assert near.kneighbors(others, 3, return_distance=False).shape == (30, 3)
    assert near.kneighbors(others, 9, return_distance=False).shape == (30, 9)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(0, 3), st.booleans(), st.booleans())
def test_rounded_rows(seed: int, columns: int, digits: int, classify: bool, brute: bool) -> None:
    """The fewer digits, the more rows are equally far; whoever shares the search is right."""
    kind = KNeighborsClassifier if classify else KNeighborsRegressor
    matrix, others = (table(80, columns, seed + part).round(digits) for part in (0, 1))
    search = {"algorithm": "brute" if brute else "kd_tree"}
    try:
        found = share(kind, COUNTS, matrix, others, **search)
    except NotShared:
        return
    assert_as_alone(found, kind, matrix, others, **search)


# ---- who shares ------------------------------------------------------------------------------------------------------


def reasons(found: Searched) -> list[bool]:
    return [isinstance(model, NotShared) for model in found.models]


def test_a_tie_at_the_last_neighbour_is_a_choice() -> None:
    """Places 2 and 3 are equally far: two neighbours are a choice; three, in which order, only where they are added."""
    matrix = np.array([[0.0], [1.0], [-1.0], [3.0], [7.0], [20.0], [40.0], [60.0], [80.0]])
    others = np.array([[0.0]])
    counts = [(1, "uniform"), (2, "uniform"), (3, "uniform"), (3, "distance")]
    assert reasons(share(KNeighborsClassifier, counts, matrix, others)) == [False, True, False, True]
    with pytest.raises(NotShared, match="equally far"):
        share(KNeighborsRegressor, counts, matrix, others)
    assert (
        reasons(share(KNeighborsRegressor, [(1, "distance"), *counts], matrix, others)) == [False, False] + [True] * 3
    )


def spied_kneighbors(monkeypatch: pytest.MonkeyPatch, kind: type) -> list[int]:
    """Of every search by the library: for how many rows."""
    asked: list[int] = []
    search = kind.kneighbors  # type: ignore[attr-defined]

    def counted(self: Any, rows: Any, *given: Any) -> Any:
        asked.append(len(rows))
        return search(self, rows, *given)

    monkeypatch.setattr(kind, "kneighbors", counted)
    return asked


def test_ties_show_in_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = spied_kneighbors(monkeypatch, KNeighborsRegressor)
    with pytest.raises(NotShared, match="equally far"):
        share(KNeighborsRegressor, COUNTS, table(300, 2, 1).round(), table(3000, 2, 2).round(), metric="manhattan")
    assert asked == [neighbours._SAMPLE]


UNIFORM = [(count, "uniform") for count in (1, 2, 7, 40)]


@pytest.mark.parametrize("kind", [KNeighborsRegressor, KNeighborsClassifier])
@pytest.mark.parametrize(
    ("counts", "columns", "search", "kernel"),
    [
        (COUNTS, 3, {}, True),
        (COUNTS, 15, {}, True),
        (COUNTS, 20, {"algorithm": "kd_tree"}, True),
        (UNIFORM, 20, {}, True),
        (UNIFORM, 3, {"algorithm": "brute", "metric": "euclidean"}, True),
        (COUNTS, 20, {}, False),  # the library's distances are rounded more
        (COUNTS, 3, {"metric": "manhattan"}, False),
        (UNIFORM, 65, {}, False),  # the library's products are faster, and for so many neighbours
        ([*UNIFORM, (64, "uniform")], 20, {}, False),
        ([*COUNTS, (64, "uniform")], 3, {}, True),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_who_searches(
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    counts: list[tuple[int, str]],
    columns: int,
    search: dict[str, Any],
    kernel: bool,
    order: Any,
) -> None:
    matrix, others = (np.asarray(table(rows, columns, rows), order=order) for rows in (500, 120))
    asked = spied_kneighbors(monkeypatch, kind)
    found = share(kind, counts, matrix, others, **search)
    assert (not asked) == kernel
    monkeypatch.undo()
    assert assert_as_alone(found, kind, matrix, others, **search) == len(counts)


def test_rows_far_from_zero_are_searched_by_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where digits are lost to a common offset, the library may find others than the nearest, and so shall we."""
    matrix, others = table(300, 20, 1) + 1e7, table(100, 20, 2) + 1e7
    asked = spied_kneighbors(monkeypatch, KNeighborsRegressor)
    try:
        found = share(KNeighborsRegressor, UNIFORM, matrix, others)
    except NotShared:
        found = None
    assert asked == [100]
    monkeypatch.undo()
    if found is not None:
        assert_as_alone(found, KNeighborsRegressor, matrix, others)


def test_left_the_choice_scikit_learn_searches_for_many_in_another_way() -> None:
    matrix, others = table(20, 2, 1), table(9, 2, 2)
    counts = [(3, "uniform"), (9, "uniform"), (10, "uniform"), (20, "uniform"), (21, "uniform")]
    assert reasons(share(KNeighborsRegressor, counts, matrix, others)) == [False, False, True, True, True]
    found = share(KNeighborsRegressor, counts, matrix, others, algorithm="kd_tree")
    assert reasons(found) == [False, False, False, False, True]
    assert assert_as_alone(found, KNeighborsRegressor, matrix, others, algorithm="kd_tree") == 4
    with pytest.raises(NotShared, match="another way"):
        share(KNeighborsRegressor, counts[1:], matrix, others)


def test_an_answer_too_large_to_hold() -> None:
    models = [KNeighborsRegressor(count) for count in (3, 9)]
    rows = (table(90, 2, 1), target(KNeighborsRegressor, 90), table(30, 2, 2))
    assert search_together(models, *rows, 16 * 30 * 10).nbytes == 16 * 30 * 10
    with pytest.raises(NotShared, match="not held"):
        search_together(models, *rows, 16 * 30 * 10 - 1)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("k_neighbors_regressor", {"n_neighbors": 0}),
        ("k_neighbors_regressor", {"n_neighbors": 3.0}),
        ("k_neighbors_regressor", {"weights": None}),
        ("k_neighbors_regressor", {"metric": "precomputed", "algorithm": "brute"}),
        ("k_neighbors_regressor", {"metric": "minkowski", "metric_params": {"w": (1.0, 2.0)}}),
        ("k_neighbors_regressor", {"metric": "braycurtis"}),
        ("k_neighbors_regressor", {"algorithm": "ball_tree"}),
        ("k_neighbors_regressor", {"what_is_this": 1}),
        ("radius_neighbors_regressor", {}),
        ("nearest_centroid", {}),
    ],
)
def test_no_shared_search(name: str, params: dict[str, Any]) -> None:
    assert search_key(spec_of(name), full(name, params)) is None


def test_what_searches_alike() -> None:
    def key(name: str = "k_neighbors_regressor", **params: Any) -> Any:
        return search_key(spec_of(name), full(name, params))

    assert key() == key(n_neighbors=9) == key(weights="distance") == key(p=2.0) == key(n_jobs=4)
    assert len({key(), key(p=1), key(leaf_size=9), key(algorithm="brute"), key("k_neighbors_classifier")}) == 5


# ---- statements ------------------------------------------------------------------------------------------------------

NUMBERS = "num, pos, price"
KNN = "knn_regressor(n_neighbors => [1, 4, 9], weights => ['uniform', 'distance'])"
OFF = "WITH (rules = {'shared_neighbours': false})"


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """A session that computes every batch anew."""
    with open_session(threads=2) as one:
        one.sql("SET stratum_reuse_results = false")
        yield one


STATEMENTS = {
    "regression": f"SELECT {NUMBERS}, y FROM t TRAIN MODEL {KNN} TARGET y CROSS VALIDATE 3 METRIC r2, mae",
    "sparse": "SELECT one_hot(city, sparse_output => true), num, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [2, 5]) TARGET y CROSS VALIDATE 3",
    "one by one": f"SELECT {NUMBERS}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [2, 5], algorithm => 'brute', metric => 'cosine') TARGET y HOLDOUT 0.3",
    "two classes": f"SELECT {NUMBERS}, late FROM t TRAIN MODEL knn_classifier(n_neighbors => [1, 4, 9], weights => ['uniform', 'distance']) TARGET late CROSS VALIDATE 3 METRIC accuracy, roc_auc, log_loss",
    "three classes": f"SELECT {NUMBERS}, level FROM t TRAIN MODEL knn_classifier(n_neighbors => [3, 5], p => [1, 2]) TARGET level CROSS VALIDATE 3 METRIC f1_macro, log_loss, roc_auc_ovr",
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_scores_are_the_library_s(shared: Session, what: str) -> None:
    sql = STATEMENTS[what]
    assert "from one search" in str(shared.sql(f"EXPLAIN {sql}"))
    check(shared, sql, 0.0)
    assert board(shared.sql(sql)) == board(shared.sql(f"{sql} {OFF}"))


def searches(monkeypatch: pytest.MonkeyPatch) -> list[list[bool]]:
    """Of every search that is made: who has no part in it."""
    made: list[list[bool]] = []

    def spied(models: Any, *given: Any) -> Searched:
        try:
            found = search_together(models, *given)
        except NotShared:
            made.append([True] * len(models))
            raise
        made.append(reasons(found))
        return found

    monkeypatch.setattr(operators, "search_together", spied)
    return made


def test_statements_share_a_search(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    made = searches(monkeypatch)
    texts = [
        f"SELECT {NUMBERS}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => {count}) TARGET y CROSS VALIDATE 3 METRIC {metric}"
        for count, metric in ((4, "r2"), (9, "mae"), (9, "r2"), (6, "rmse"))
    ]
    for result in shared.batch(texts):
        assert_close(board(result)[1][1], expected(shared, query_of(result))[1], 0.0)
    assert made == [[False] * 3] * 3


def test_duplicate_rows(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of few different values are equally far, so every model is trained alone, and scores as ever."""
    made = searches(monkeypatch)
    check(shared, f"SELECT whole, importance, y FROM t TRAIN MODEL {KNN} TARGET y CROSS VALIDATE 3", 0.0)
    assert made
    assert all(all(alone) for alone in made)


def test_some_are_tied(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight rows lie far off on a line, at whole places: of some numbers of neighbours the last is a choice."""
    made = searches(monkeypatch)
    far = "CASE WHEN id % 30 = 0 THEN 100 ELSE num END AS n, CASE WHEN id % 30 = 0 THEN part ELSE price END AS p"
    model = "knn_classifier(n_neighbors => [1, 2, 3, 4, 5, 6])"
    check(shared, f"SELECT {far}, late FROM t TRAIN MODEL {model} TARGET late CROSS VALIDATE 3 METRIC log_loss", 0.0)
    assert any(True in alone and False in alone for alone in made)


def test_more_neighbours_than_rows(shared: Session) -> None:
    """The library's own words for one trial; the others share their search."""
    sql = f"SELECT {NUMBERS}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [3, 500, 5, 100]) TARGET y CROSS VALIDATE 3"
    result, alone = shared.sql(sql), shared.sql(f"{sql} {OFF}")
    found = {row["trial"]: row for row in result.arrow().to_pylist()}
    assert [found[trial]["status"] for trial in (1, 2, 3, 4)] == ["ok", "failed", "ok", "ok"]
    assert "Expected n_neighbors <= n_samples_fit" in found[2]["error"]
    assert {row["trial"]: row["error"] for row in alone.arrow().to_pylist()}[2] == found[2]["error"]
    wanted = expected(shared, query_of(shared.sql(sql.replace("500", "6"))))
    for trial in (1, 3, 4):
        assert_close(board(result)[trial][1], wanted[trial], 0.0)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT holes, num, y FROM t TRAIN MODEL {KNN} TARGET y CROSS VALIDATE 3",
        f"SELECT {NUMBERS}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [2, 5], algorithm => 'kd_tree', metric => 'cosine') TARGET y CROSS VALIDATE 3",
    ],
)
def test_what_the_library_refuses(shared: Session, sql: str) -> None:
    result, alone = (shared.sql(text).arrow().to_pylist() for text in (sql, f"{sql} {OFF}"))
    assert [row["error"] for row in result] == [row["error"] for row in alone]
    assert all(row["error"] for row in result)


def test_explain(shared: Session) -> None:
    sql = STATEMENTS["regression"]
    assert " · from one search" not in str(shared.sql(f"EXPLAIN {sql} {OFF}"))
    assert "  SearchTogether" in str(shared.sql(f"EXPLAIN ANALYZE {sql}")).partition("measured, seconds")[2]
    plan = json.loads(str(shared.sql(f"EXPLAIN (FORMAT json) {sql}")))
    (search,) = (node for node in json.dumps(plan).split('"operator"') if "SearchTogether" in node and "models" in node)
    assert search.count("n_neighbors") == 6
    drawn = str(shared.sql(f"EXPLAIN (FORMAT mermaid) {sql}"))
    assert "6 trials, 18 fits" in drawn
    assert all(row["fit_seconds"] > 0 for row in shared.sql(sql).arrow().to_pylist())
