"""A PCA of fewer components taken from one of more against one fitted by itself, and whole statements."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn import decomposition

from stratum_sql.catalog.columns import Column, Inputs
from stratum_sql.catalog.transforms.pca import PCA
from stratum_sql.session import Session
from tests.engine.oracle import board, check, open_session

SHAPES = [(20, 2), (200, 10), (1300, 30), (900, 90)]  # rows, columns


def inputs(rows: int, columns: int, seed: int, *, scaled: bool = False, equal: bool = False) -> Inputs:
    drawn = np.random.default_rng(seed)
    values = drawn.normal(size=(rows, columns))
    if scaled:
        values = values @ drawn.normal(size=(columns, columns)) * 10.0 ** drawn.integers(-3, 4, columns) + 2020
    if equal:
        values[:, 1] = values[:, 0]
    return Inputs(tuple(Column(f"c{at}", "number", values[:, at]) for at in range(columns)))


def values(parts: Any) -> np.ndarray[Any, Any]:
    return np.asarray(Inputs(parts).matrix)


def taken(given: Inputs, count: int, most: int, **params: Any) -> Any:
    assert PCA.components is not None
    said = PCA.complete(params)
    known = PCA.components.fit(given, {**said, "n_components": most}, 3)
    return PCA.components.first(known, given, {**said, "n_components": count})


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("params", [{}, {"whiten": True}, {"svd_solver": "covariance_eigh"}], ids=str)
@pytest.mark.parametrize("data", [{}, {"scaled": True}, {"equal": True}], ids=str)
def test_rows_are_those_of_a_fit_of_fewer(
    shape: tuple[int, int], params: dict[str, Any], data: dict[str, bool]
) -> None:
    given, others = inputs(*shape, 1, **data), inputs(77, shape[1], 2, **data)
    for count in {1, shape[1] // 2, shape[1] - 1, shape[1]}:
        said = PCA.complete({**params, "n_components": count})
        assert PCA.fit_apply is not None
        state, parts = PCA.fit_apply(given, said, None, 3)
        got_state, got_parts = taken(given, count, shape[1], **params)
        assert got_state["names"] == state["names"]
        for got, wanted in (
            (values(got_parts), values(parts)),
            (values(PCA.apply(got_state, others, said)), values(PCA.apply(state, others, said))),
        ):
            assert got.flags.c_contiguous == wanted.flags.c_contiguous
            assert got.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("shape", [(99, 10), (600, 80), (40, 60)], ids=str)
def test_few_rows_to_a_column_may_mean_another_solver(shape: tuple[int, int]) -> None:
    assert taken(inputs(*shape, 1), 2, 5) is None


def test_the_fit_of_more_stays_as_it_was() -> None:
    assert PCA.components is not None
    given = inputs(200, 10, 1)
    known = PCA.components.fit(given, PCA.complete({"n_components": 8}), 3)
    before = known.transformer.components_.copy()
    PCA.components.first(known, given, PCA.complete({"n_components": 2}))
    assert known.transformer.n_components_ == 8
    assert np.array_equal(known.transformer.components_, before)
    assert known.nbytes == 200 * 10 * 8


@pytest.mark.parametrize(
    "params",
    [{"n_components": None}, {"n_components": 0}, {"n_components": 0.5}, {"n_components": "mle"}]
    + [{"n_components": 2, "svd_solver": solver} for solver in ("full", "arpack", "randomized")],
    ids=str,
)  # fmt: skip
def test_no_components_of_more(params: dict[str, Any]) -> None:
    assert PCA.components is not None
    assert not PCA.components.applies(PCA.complete(params))


# ---- statements ------------------------------------------------------------------------------------------------------

OFF = "WITH (rules = {'prefix_components': false})"
ENDING = (
    "y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]), decision_tree_regressor(max_depth => 4) TARGET y CROSS VALIDATE 3"
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """A session that computes every batch anew."""
    with open_session(threads=2) as one:
        one.sql("SET stratum_reuse_results = false")
        yield one


def pca(count: int, columns: str = "num, pos, price, whole", rest: str = "") -> str:
    return f"SELECT pca({columns}, {count}{rest}), {ENDING}"


def test_statements_share_a_fit(shared: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of one matrix in three folds are three fits, and so is one of another matrix."""
    fitted: list[int] = []
    fit = decomposition.PCA._fit

    def counted(self: Any, rows: Any) -> Any:
        fitted.append(self.n_components)
        return fit(self, rows)

    monkeypatch.setattr(decomposition.PCA, "_fit", counted)
    texts = [pca(2), pca(1), pca(4), pca(2, "standard_scale(num), pos, price, whole")]
    together = shared.batch(texts)
    assert sorted(fitted) == [2] * 3 + [4] * 3
    alone = shared.batch([f"{text} {OFF}" for text in texts])
    assert [board(one) for one in together] == [board(one) for one in alone]
    assert len(fitted) == 6 + 12


def test_two_numbers_in_one_statement(shared: Session) -> None:
    """The decision tree sees every bit of both."""
    check(
        shared,
        "SELECT pca(num, pos, price, 1) AS a, pca(num, pos, price, 2) AS b, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 4) TARGET y CROSS VALIDATE 3",
        0.0,
    )


@pytest.mark.parametrize("columns", ["num, pos, price, whole", "num, holes"])
def test_each_says_what_is_wrong_with_it(shared: Session, columns: str) -> None:
    """More components than columns, and NULL: those that can be had are had."""
    texts = [pca(2, columns), pca(9, columns), pca(1, columns)]
    rows, alone = (
        [row for result in shared.batch(some) for row in result.arrow().to_pylist()]
        for some in (texts, [f"{text} {OFF}" for text in texts])
    )
    assert sorted(map(_told, rows)) == sorted(map(_told, alone))
    assert any(row["error"] for row in rows)


def _told(row: dict[str, Any]) -> str:
    return repr((row["trial"], row["estimator"], row["status"], row["error"], row["fold_scores"]))


def test_explain(shared: Session) -> None:
    """It is told as the fits that the statement asks for."""
    sql = f"SELECT pca(num, pos, price, 1) AS a, pca(num, pos, price, 2) AS b, {ENDING}"
    told = str(shared.sql(f"EXPLAIN {sql}"))
    assert "prefix_components" in told
    assert "prefix_components" not in str(shared.sql(f"EXPLAIN {sql} {OFF}"))
    for format in ("json", "mermaid", "html"):
        assert "pca" in str(shared.sql(f"EXPLAIN (FORMAT {format}) {sql}"))
    assert "FirstComponents" in str(shared.sql(f"EXPLAIN ANALYZE {sql}")).partition("measured, seconds")[2]
