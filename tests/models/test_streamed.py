"""Predictions that another query reads a piece at a time: as those that are all there first, and when they are not."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.execute import boosted
from stratum_sql.kernels import BoostedTrees
from stratum_sql.models import grouped, run
from stratum_sql.models.streamed import PredictedRows

TABLE = """
CREATE TABLE t AS SELECT i AS id, (i * 7919) % 13 AS a, CASE WHEN i % 11 <> 0 THEN (i * 31) % 17 / 3.0 END AS b,
    CASE WHEN i % 13 <> 0 THEN 'c' || (i * 17 % 5) END AS c, (i * 7919) % 13 * 2.0 + (i * 31) % 17 + sin(i) AS y,
    (['sad', 'ok', 'glad'])[(i * 7919) % 13 // 5 + 1]::ENUM ('sad', 'ok', 'glad') AS mood
FROM range({rows}) r(i)
"""
MODELS = {
    "number": "SELECT a, b, ordinal(c) AS oc, y FROM t WHERE id < 2000 TRAIN MODEL lightgbm_regressor(n_estimators => 12) TARGET y",
    "label": "SELECT a, b, one_hot(c) AS oc, mood FROM t WHERE id < 2000 TRAIN MODEL lightgbm_classifier(n_estimators => 4) TARGET mood",
    "early": "SELECT a, b, y FROM t WHERE id < 2000 TRAIN MODEL lightgbm_regressor(n_estimators => 60) TARGET y WITH (early_stopping = 2)",
    "forest": "SELECT a, impute(b) AS b, one_hot(c) AS oc, y FROM t WHERE id < 2000 TRAIN MODEL random_forest_regressor(n_estimators => 3) TARGET y",
    "parted": "SELECT a, impute(b) AS b, y, c FROM t WHERE id < 2000 TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y PARTITION BY c",
    "two": "SELECT a, impute(b) AS b, y, id % 7 AS z FROM t WHERE id < 2000 TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y, z",
    "choosy": "SELECT a, b, y FROM t WHERE id < 2000 AND b IS NOT NULL TRAIN MODEL svr() TARGET y",
}  # fmt: skip
# With gaps, and categories that training never saw.
HEAD = "SELECT * REPLACE (CASE WHEN id % 9 > 0 THEN 'c' || (id % 8) END AS c), 'x' AS more FROM t ORDER BY y"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=2) as one:
        one.sql(TABLE.format(rows=20_000))
        for name, statement in MODELS.items():
            one.sql(f"{statement} HOLDOUT 0.2 AS {name}")
        yield one


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every answer is streamed that can be; the list has those that were."""
    made: list[Any] = []

    class Spied(PredictedRows):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

    monkeypatch.setattr(run, "PredictedRows", Spied)
    monkeypatch.setattr(run, "_STREAMED", 1)
    monkeypatch.setattr(run, "_PIECE", 4096)
    return made


@pytest.mark.parametrize("name", ["number", "label", "early", "forest", "parted", "two"])
def test_it_is_the_answer_that_is_there_at_once(session: Session, streams: list[Any], name: str) -> None:
    statement = f"{HEAD} PREDICT MODEL {name} WITH (probabilities = {str(name == 'label').lower()})"
    whole = session.sql(statement)
    assert not streams
    streamed = session.sql(f"FROM ({statement})")
    assert len(streams) == 1
    assert (streamed.columns, streamed.types) == (whole.columns, whole.types)
    assert streamed.fetchall() == whole.fetchall()


@pytest.mark.parametrize("name", ["number", "label", "early"])
def test_the_kernel_says_what_lightgbm_says(session: Session, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    statement = f"{HEAD} PREDICT MODEL {name} WITH (probabilities = {str(name == 'label').lower()})"
    calls: list[Any] = []
    scores = BoostedTrees.scores

    def counted(*given: Any) -> Any:
        calls.append(1)
        return scores(*given)

    monkeypatch.setattr(BoostedTrees, "scores", counted)
    by_kernel = session.sql(statement).fetchall()
    assert calls
    monkeypatch.setattr(boosted, "_LEAST_ROWS", 10**9)
    calls.clear()
    assert session.sql(statement).fetchall() == by_kernel
    assert not calls


def test_statements_that_read_it(session: Session, streams: list[Any]) -> None:
    asked = "FROM t ORDER BY id PREDICT MODEL number"
    wanted = [row[-1] for row in session.sql(asked).fetchall()]
    assert session.sql(f"SELECT prediction FROM ({asked}) LIMIT 3").fetchall() == [(one,) for one in wanted[:3]]
    (found,) = session.sql(f"SELECT count(*), max(prediction) FROM ({asked}) WHERE id < 50").fetchall()
    assert found == (50, max(wanted[:50]))
    twice = "SELECT count(*) FROM p AS one JOIN p AS other USING (id) WHERE one.prediction = other.prediction"
    assert session.sql(f"WITH p AS ({asked}) {twice}").fetchall() == [(20_000,)]
    session.sql(f"CREATE TABLE kept AS FROM ({asked})")
    assert [row[0] for row in session.sql("SELECT prediction FROM kept").fetchall()] == wanted
    session.sql("INSERT INTO kept FROM (FROM t PREDICT MODEL number)")
    assert session.sql("SELECT count(*) FROM kept").fetchall() == [(40_000,)]
    session.sql(
        "CREATE OR REPLACE TABLE kept AS SELECT id, prediction FROM (SELECT * EXCLUDE (prediction) FROM kept PREDICT MODEL number)"
    )
    assert session.sql("SELECT count(prediction) FROM kept").fetchall() == [(40_000,)]
    assert session.sql("SELECT count(*) FROM (FROM t WHERE id < 0 PREDICT MODEL forest)").fetchall() == [(0,)]
    assert len(streams) == 7


def test_what_a_second_connection_would_read_otherwise_is_there_first(session: Session, streams: list[Any]) -> None:
    count = "SELECT count(*), count(prediction) FROM ({} PREDICT MODEL number)"
    frame = session.sql("FROM t LIMIT 30").df()
    assert session.sql(count.format("FROM frame")).fetchall() == [(30, 30)]  # a variable of the caller's
    session.sql("CREATE TEMP TABLE hidden AS FROM t LIMIT 20; CREATE VIEW above AS FROM hidden")
    assert session.sql(count.format("FROM hidden")).fetchall() == [(20, 20)]
    assert session.sql(count.format("FROM above")).fetchall() == [(20, 20)]
    session.sql("DROP VIEW above; DROP TABLE hidden; CREATE TEMP MACRO half() AS TABLE FROM t LIMIT 10")
    assert session.sql(count.format("FROM half()")).fetchall() == [(10, 10)]
    session.sql("DROP MACRO TABLE half; SET VARIABLE most = 7")
    assert session.sql(count.format("FROM t WHERE id < getvariable('most')")).fetchall() == [(7, 7)]
    session.sql("RESET VARIABLE most; BEGIN; DELETE FROM t WHERE id >= 100")
    assert session.sql(count.format("FROM t")).fetchall() == [(100, 100)]
    session.sql("ROLLBACK")
    assert isinstance(frame, pd.DataFrame)
    assert not streams


def test_a_second_connection_has_the_settings_of_the_first(session: Session, streams: list[Any]) -> None:
    count = "SELECT count(prediction), min(zone) FROM (SELECT *, current_setting('TimeZone') AS zone FROM t PREDICT MODEL number)"
    session.sql(
        "CREATE SCHEMA other; CREATE TABLE other.t AS FROM main.t LIMIT 5; USE other; SET TimeZone = 'Europe/Oslo'"
    )
    assert session.sql(count).fetchall() == [(5, "Europe/Oslo")]
    session.sql("USE main; DROP SCHEMA other CASCADE; RESET TimeZone")
    assert session.sql(count).fetchall()[0][0] == 20_000
    assert len(streams) == 2


def test_what_goes_wrong_is_told_at_the_users_words(
    session: Session, streams: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, broken = (
        "SELECT a, b, y FROM t PREDICT MODEL choosy",
        "SELECT a, c::INTEGER AS b FROM t PREDICT MODEL number",
    )
    for inner, words in ((refused, "NaN"), (broken, "convert")):
        with pytest.raises(StratumError, match=words) as streamed:
            session.sql(f"SELECT avg(prediction) FROM ({inner})")
        monkeypatch.setattr(run, "_STREAMED", 10**9)
        with pytest.raises(StratumError, match=words) as whole:
            session.sql(f"SELECT avg(prediction) FROM ({inner})")
        monkeypatch.setattr(run, "_STREAMED", 1)
        assert streamed.value.diagnostic == whole.value.diagnostic
    assert len(streams) == 2
    assert session.sql("SELECT count(*) FROM (FROM t PREDICT MODEL number)").fetchall() == [(20_000,)]


def test_an_interrupt_ends_the_reading(session: Session, streams: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []
    predicted = grouped.predicted

    def stopped(*given: Any, **more: Any) -> Any:
        pieces.append(1)
        if len(pieces) == 3:
            session.interrupt()
        return predicted(*given, **more)

    monkeypatch.setattr(run, "predicted", stopped)
    with pytest.raises(StratumError) as told:
        session.sql("SELECT avg(prediction) FROM (FROM t, range(100) PREDICT MODEL forest)")
    assert told.value.diagnostic.code == "interrupted"
    assert len(pieces) < 50
    assert len(streams) == 1


MEMORY = """
import stratum_sql
from queries.compare import own_peak_mib

with stratum_sql.connect(threads=2) as session:
    session.sql({table!r})
    session.sql({model!r})
    peaks = []
    for rows in (1_000_000, 6_000_000):
        head = f"SELECT i % 13 AS a, i / 7.0 AS b, 'c' || (i % 9) AS c FROM range({{rows}}) r(i)"
        (count,) = session.sql(f"SELECT count(prediction) FROM ({{head}} PREDICT MODEL number)").fetchall()[0]
        assert count == rows
        peaks.append(own_peak_mib())
print(peaks[1] - peaks[0])
"""


def test_memory_does_not_grow_with_the_rows() -> None:
    script = MEMORY.format(table=TABLE.format(rows=2000), model=f"{MODELS['number']} AS number")
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    grown = float(ended.stdout.splitlines()[-1])
    assert grown < 150  # MiB; seen: 60, whatever the rows, and 300 where 5 million rows more are all there at once
