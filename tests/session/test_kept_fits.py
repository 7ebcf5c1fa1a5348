"""A batch that encodes rows as an earlier one did takes the fitted columns from there, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.catalog.columns import Block, Column
from stratum_sql.execute import kept_fits
from stratum_sql.execute.kept_fits import KeptFits
from stratum_sql.execute.values import FitResult
from tests.session.conftest import TABLE

TEXTS = "SELECT a, text_svd(c || (id % 40), 3), y FROM t TRAIN MODEL {} TARGET y CROSS VALIDATE 3 {}"
TREE, RIDGE, OTHER_TREE = "decision_tree_regressor(max_depth => 2)", "ridge", "decision_tree_regressor(max_depth => 3)"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The folds whose fits and applications are worked out, however quick they are."""
    seen: list[int | None] = []
    value = KeptFits.value

    def spied(self: KeptFits, digest: bytes, fold: int | None, make: Callable[[], Any]) -> Any:
        def counted() -> Any:
            seen.append(fold)
            return make()

        return value(self, digest, fold, counted)

    monkeypatch.setattr(KeptFits, "value", spied)
    monkeypatch.setattr(kept_fits, "_WORTH", 0.0)
    monkeypatch.setattr(kept_fits, "_SECONDS_PER_BYTE", 0.0)
    return seen


def scores(session: Session, sql: str) -> list[Any]:
    rows: list[dict[str, Any]] = session.sql(sql).arrow().to_pylist()
    return [(row["trial"], row["fold_scores"]) for row in rows]


def alone(sql: str) -> list[Any]:
    with stratum_sql.connect(threads=2) as session:
        session.sql(TABLE)
        return scores(session, sql)


def test_another_model_over_the_same_columns_fits_no_transform(session: Session, made: list[int | None]) -> None:
    session.sql(TEXTS.format(TREE, ""))
    assert sorted(fold for fold in made if fold is not None) == [0, 0, 1, 1, 2, 2]  # a fit and an application each
    made.clear()
    for model in (RIDGE, OTHER_TREE):
        assert scores(session, TEXTS.format(model, "")) == alone(TEXTS.format(model, ""))
    assert len(made) == 2 * 6  # of the fresh sessions


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET c = 'd' || id WHERE id % 3 = 0",
        "DELETE FROM t WHERE id = 5",
        "UPDATE t SET late = NOT late",  # the order of the rows, so their folds
    ],
)
def test_changed_rows_are_fitted_again(session: Session, made: list[int | None], change: str) -> None:
    session.sql(TEXTS.format(TREE, ""))
    session.sql(change)
    made.clear()
    session.sql(TEXTS.format(OTHER_TREE, ""))
    assert len(made) == 6


@pytest.mark.parametrize("other", ["SEED 1", "CROSS VALIDATE 4", "SPLIT k_fold(n_splits => 3, shuffle => true)"])
def test_other_folds_are_fitted_again(session: Session, made: list[int | None], other: str) -> None:
    session.sql(TEXTS.format(TREE, ""))
    made.clear()
    sql = TEXTS.format(OTHER_TREE, other)
    session.sql(sql if other == "SEED 1" else sql.replace("CROSS VALIDATE 3", ""))
    assert len(made) >= 6


def test_nothing_is_kept_where_reuse_is_off(session: Session, made: list[int | None]) -> None:
    session.sql("SET stratum_reuse_results = false")
    session.sql(TEXTS.format(TREE, ""))
    session.sql(TEXTS.format(OTHER_TREE, ""))
    assert made == []


def test_the_limit_holds_and_large_or_cheap_values_are_not_kept() -> None:
    block = Block(np.zeros((1000, 10)), tuple("abcdefghij"))
    kept = KeptFits(200_000)
    asked: list[int] = []

    def made_for(number: int, value: Any, seconds: float) -> None:
        def make() -> Any:
            asked.append(number)
            clock.append(clock[-1] + seconds)
            return value

        kept.value(bytes([number]), 0, make)

    clock = [0.0]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("stratum_sql.execute.kept_fits.time.perf_counter", lambda: clock[-1])
        for _ in range(2):
            made_for(1, (block,), 1.0)
            made_for(2, FitResult({"terms": ["x" * 100] * 5000}, (block,)), 1.0)  # too large
            made_for(3, (block,), 0.01)  # too cheap
            made_for(4, (Column("a", "number", np.zeros(5)),), 1.0)  # refers to what it was read from
        assert asked == [1, 2, 3, 4, 2, 3, 4]
        for number in range(5, 9):
            made_for(number, (block,), 2.0)
        asked.clear()
        made_for(1, (block,), 1.0)
        assert asked == [1]  # it saved least
