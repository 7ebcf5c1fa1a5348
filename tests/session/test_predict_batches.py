"""PREDICT statements over one query in one batch: each has the answer that it has alone, and the rows are read once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.models import together

ROWS = """
CREATE TABLE homes AS
SELECT i AS id, 20 + (i * 37) % 90 AS area, ['Oslo', 'Bergen', 'Voss'][1 + i % 3] AS town, i % 2 = 0 AS garden,
       2.0 * ((i * 37) % 90) + (i % 3) * 7 + sin(i) AS price, if((i * 37) % 90 > 45, 'dear', 'cheap') AS class
FROM range(400) AS r(i);
CREATE VIEW some_homes AS SELECT * FROM homes WHERE id % 3 > 0;
CREATE VIEW drawn_homes AS SELECT * REPLACE (random() * 100 AS area) FROM homes;
CREATE MACRO draw(x) AS x * random();
"""
MODELS = {
    "line": "SELECT area, one_hot(town), price FROM homes TRAIN MODEL ridge() TARGET price",
    "flags": "SELECT area, garden, price FROM homes TRAIN MODEL ols() TARGET price",
    "forest": "SELECT area, garden, price FROM homes "
    "TRAIN MODEL random_forest_regressor(n_estimators => 9) TARGET price",
    "border": "SELECT area, one_hot(town), class FROM homes TRAIN MODEL logistic_regression() TARGET class",
    "vote": "SELECT area, garden, class FROM homes TRAIN MODEL k_neighbors_classifier() TARGET class",
}
ENDS = (
    "line",
    "forest AS p",
    "border WITH (probabilities = true)",
    "line, flags",
    "vote WITH (probabilities = true)",
    "forest",
)


@pytest.fixture(scope="module")
def homes() -> Iterator[Session]:
    with stratum_sql.connect() as session:
        session.run_script(ROWS)
        for name, statement in MODELS.items():
            session.sql(f"{statement} HOLDOUT 0.2 AS {name}")
        yield session


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many models each shared reading was for."""
    found: list[int] = []

    def counted(make: Any) -> Any:
        def made(models: Any, rows: Any, **more: Any) -> Any:
            found.append(len(models))
            return make(models, rows, **more)

        return made

    for name in ("predicted_in_duckdb", "in_pieces"):
        monkeypatch.setattr(together, name, counted(getattr(together, name)))
    return found


@pytest.mark.parametrize(
    "head",
    ["FROM homes", "SELECT id, area + 1 AS area, town, garden FROM some_homes ORDER BY id DESC", "FROM homes LIMIT 0"],
)
def test_each_has_the_answer_that_it_has_alone(homes: Session, readings: list[int], head: str) -> None:
    statements = [f"{head} PREDICT MODEL {end}" for end in ENDS]
    alone = [homes.sql(one).arrow() for one in statements]
    assert readings == []
    together = homes.batch(statements)
    assert sorted(readings) == [1, 1, 2, 3]  # query and matrices, each with and without probabilities
    for one, other, statement in zip(together, alone, statements, strict=True):
        assert one.statement == statement
        assert one.arrow().equals(other)


def test_statements_of_one_script_are_a_batch(homes: Session, readings: list[int]) -> None:
    made = homes.run_script(
        "FROM homes PREDICT MODEL line; FROM homes PREDICT MODEL flags; SELECT 1; FROM homes PREDICT MODEL line"
    )
    assert readings == [2]
    assert [len(one) for one in made] == [400, 400, 1, 400]


def test_one_that_fails_harms_no_other(homes: Session) -> None:
    made = homes.batch(
        ["FROM homes PREDICT MODEL line", "FROM homes PREDICT MODEL lime", "FROM homes PREDICT MODEL forest"]
    )
    assert [one.error is None for one in made] == [True, False, True]
    assert made[1].error is not None
    assert made[1].error.diagnostic.code == "unknown_model"
    assert made[0].arrow().equals(homes.sql("FROM homes PREDICT MODEL line").arrow())


def test_a_row_that_one_model_refuses(homes: Session) -> None:
    head = "SELECT * REPLACE (NULL::BOOLEAN AS garden) FROM homes"
    made = homes.batch([f"{head} PREDICT MODEL {name}" for name in ("line", "flags", "forest")])
    assert [one.error is None for one in made] == [True, False, True]
    assert made[1].error is not None
    assert made[1].error.diagnostic.code == "predict_failed"
    assert made[2].arrow().equals(homes.sql(f"{head} PREDICT MODEL forest").arrow())


@pytest.mark.parametrize(
    "head",
    [
        "SELECT * REPLACE (random() * 100 AS area) FROM homes",
        "FROM drawn_homes",
        "SELECT * REPLACE (draw(area) AS area) FROM homes",
        "SELECT * FROM homes USING SAMPLE 50",
    ],
)
def test_rows_that_are_others_each_time_are_read_each_time(homes: Session, readings: list[int], head: str) -> None:
    one, other = homes.batch([f"{head} PREDICT MODEL line", f"{head} PREDICT MODEL line"])
    assert readings == []
    assert one.fetchall() != other.fetchall()


def test_the_callers_tables_are_read_each_time(homes: Session, readings: list[int]) -> None:
    """Of what a host program lends it is not known whether it can be read twice and alike."""
    wanted = pd.DataFrame({"area": [30, 60], "town": ["Oslo", "Rome"], "garden": [True, False]})
    one, other = homes.batch(["FROM wanted PREDICT MODEL line", "FROM wanted PREDICT MODEL flags"])
    assert readings == []
    assert len(one) == len(other) == len(wanted)


def test_a_model_of_an_open_batch_waits(homes: Session) -> None:
    homes.run_script(f"BEGIN BATCH; {MODELS['line']} AS later")
    made = homes.batch(["FROM homes PREDICT MODEL later", "FROM homes PREDICT MODEL line"])
    assert [one.error and one.error.diagnostic.code for one in made] == ["waiting_model", None]
    homes.sql("ROLLBACK BATCH")
