"""What EXPLAIN shows: a `.plan.sql` file is a batch, `----`, and its plan. STRATUM_ACCEPT=1 writes the plans.

The tables are empty; the row counts are made up in the file's own comments: `-- rows of people: 1000000`. So is a GPU:
`-- device: large` is that of `devices/large.json`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stratum_sql import Session, StratumError, connect
from stratum_sql.bind.database import Database
from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.optimizer.statistics import profile
from stratum_sql.optimizer.statistics.cardinality import ScanPlan
from stratum_sql.plan.explain import SCREEN, WIDTH
from stratum_sql.plan.explain_mermaid import MOST
from stratum_sql.plan.relational import Source

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.plan.sql"))
RULER = "\n----\n"
SCHEMA = '''
    CREATE TABLE people
    (id INTEGER, age DOUBLE, income DOUBLE, town VARCHAR, born TIMESTAMP, fold INTEGER, y DOUBLE, late BOOLEAN);
    CREATE TABLE towns (town VARCHAR, size DOUBLE, "Mean ""Rent""" DOUBLE);
'''


@contextmanager
def opened_session(device: str = "auto") -> Iterator[Session]:
    with connect(threads=2, device=device) as opened:
        opened.sql(SCHEMA)
        yield opened


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("STRATUM_COSTS", "default")
    with opened_session() as opened:
        yield opened


def with_rows(monkeypatch: pytest.MonkeyPatch, counts: dict[str, int]) -> None:
    """Relations have the rows that are said of their first table, or none that anyone knows."""

    def made_up(_database: Database, source: Source) -> ScanPlan:
        rows = next((count for name, count in counts.items() if re.search(rf"\b{name}\b", source.title)), None)
        return ScanPlan(rows)

    monkeypatch.setattr(profile, "scan_plan", made_up)


def shown(session: Session, sql: str) -> str:
    if re.search(r"(?m)^EXPLAIN\b", sql):
        return str(session.sql(sql).fetchall()[0][0])
    return session.explain(sql)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_snapshot(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("STRATUM_COSTS", "default")
    sql, _, expected = path.read_text(encoding="utf-8").partition(RULER)
    counts = {name: int(count) for name, count in re.findall(r"-- rows of (\w+): (\d+)", sql)}
    with_rows(monkeypatch, counts)
    device = re.search(r"-- device: (\w+)", sql)
    with opened_session("auto" if device is None else str(FOLDER / "devices" / f"{device[1]}.json")) as session:
        plan = shown(session, sql)
    if os.environ.get("STRATUM_ACCEPT") == "1":
        path.write_text(sql + RULER + plan, encoding="utf-8")
        return
    assert plan == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_a_snapshot_is_one_screen(path: Path) -> None:
    plan = path.read_text(encoding="utf-8").partition(RULER)[2].splitlines()
    if not plan[0].startswith("flowchart"):
        assert len(plan) <= SCREEN
        assert max(map(len, plan)) <= WIDTH


def batch_of(size: int) -> list[str]:
    return [
        f"SELECT standard_scale(age), one_hot(town), income + {n} AS more, y FROM people WHERE id % 50 <> {n % 25} "
        f"TRAIN MODEL ridge(alpha => [0.1, 1, 10]), lasso(alpha => {n + 1}) "
        f"TARGET y CROSS VALIDATE {2 + n % 3} AS model_{n}"
        for n in range(size)
    ]


@pytest.mark.parametrize("size", [1, 4, 12, 40])
def test_any_batch_is_one_screen(session: Session, size: int) -> None:
    plan = session.explain(batch_of(size)).splitlines()
    assert len(plan) <= SCREEN
    assert max(map(len, plan)) <= WIDTH
    assert any("FORMAT json" in line for line in plan) == (size > 4)


def test_a_cut_plan_says_what_is_missing(session: Session) -> None:
    plan = session.explain(batch_of(40))
    told = sum(map(int, re.findall(r"(\d+) trials:", plan)))
    left = re.search(r"… (\d+) more relations with (\d+) trials", plan)
    assert left is not None
    assert told + int(left[2]) == 160
    assert plan.count("\nScan ") + int(left[1]) == 25


def test_hostile_names_stay_on_their_line(session: Session) -> None:
    session.sql('CREATE TABLE odd ("a\n└─ Train" DOUBLE, "{0}" DOUBLE, "x\x1b[31m" DOUBLE, y DOUBLE)')
    train = "TRAIN MODEL ols() TARGET y"
    plan = session.explain(f'SELECT standard_scale("a\n└─ Train"), "{{0}}", "x\x1b[31m", y FROM odd {train}')
    assert "\x1b" not in plan
    assert all(len(line) <= WIDTH for line in plan.splitlines())
    tame = session.explain(f"SELECT standard_scale(age), id, income, y FROM people {train}")
    assert plan.count("\n") == tame.count("\n")


# ---- FORMAT json -----------------------------------------------------------------------------------------------------


def test_json_is_the_whole_graph(session: Session) -> None:
    train = "TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y CROSS VALIDATE 3 METRIC mae AS m"
    plan = json.loads(shown(session, f"EXPLAIN (FORMAT json) SELECT standard_scale(age), y FROM people {train}"))
    assert (plan["version"], plan["trials"], plan["fits"]) == (2, 2, 6)
    assert len(plan["nodes"]) < plan["operators"] == sum(node["runs"] for node in plan["nodes"])
    assert plan["operators"] < plan["operators_unshared"]
    told = [(one["statement"], one["name"], one["target"], one["metrics"]) for one in plan["statements"]]
    assert told == [(1, "m", "y", ["mae"])]
    assert [rule["rule"] for rule in plan["rules"]] == list(rule_names())
    for place, node in enumerate(plan["nodes"]):
        assert node["id"] == place
        assert all(child < place for child in node["inputs"])
    kinds = [node["operator"] for node in plan["nodes"]]
    assert [kinds.count(kind) for kind in ("Scan", "Fit", "SolveLinear", "ScorePredictions")] == [1, 1, 1, 1]
    scored = [node["trials"] for node in plan["nodes"] if node["operator"] == "ScorePredictions"]
    assert scored == [[{"statement": 1, "trial": 1}, {"statement": 1, "trial": 2}]]
    assert {node["side"] for node in plan["nodes"] if node["operator"] == "Rows"} == {"train", "test"}
    assert {node["runs"] for node in plan["nodes"]} == {1, 3}


def test_json_says_which_trials_each_score_is_of(session: Session) -> None:
    train = "TRAIN MODEL decision_tree_regressor(max_depth => [2, 3]) TARGET y CROSS VALIDATE 3"
    plan = json.loads(shown(session, f"EXPLAIN (FORMAT json) SELECT age, y FROM people {train}"))
    scored = [node["trials"] for node in plan["nodes"] if node["operator"] == "Score"]
    assert scored == [[{"statement": 1, "trial": 1}], [{"statement": 1, "trial": 2}]]


def test_json_after_a_run_has_its_measures(session: Session) -> None:
    session.sql("CREATE TABLE t AS SELECT i AS x, i * 2.0 AS y FROM range(30) r(i)")
    sql = "EXPLAIN (ANALYZE, FORMAT json) SELECT x, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 3"
    plan = json.loads(shown(session, sql))
    assert plan["measured"]["SolveLinear"]["runs"] == 3
    assert "TrainModel" not in plan["measured"]
    assert plan["seconds"] > 0


def test_analyze_shows_runs_and_seconds(session: Session) -> None:
    session.sql("CREATE TABLE t AS SELECT i AS x, i * 2.0 AS y FROM range(30) r(i)")
    plan = shown(session, "EXPLAIN ANALYZE SELECT x, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 3")
    assert re.search(r"^  SolveLinear +3 runs +\d+\.\d{3} s +\d+% +estimated \d+\.\d{3} s", plan, re.MULTILINE)
    assert re.search(r"^  ScoreLinear +3 runs", plan, re.MULTILINE)
    plan = shown(session, "EXPLAIN ANALYZE SELECT x, y FROM t TRAIN MODEL knn_regressor() TARGET y CROSS VALIDATE 3")
    assert re.search(r"^  Train +3 runs", plan, re.MULTILINE)


def test_an_unknown_format_names_the_known_ones(session: Session) -> None:
    with pytest.raises(StratumError) as caught:
        shown(session, "EXPLAIN (FORMAT mermade) SELECT age, y FROM people TRAIN MODEL ols() TARGET y")
    assert caught.value.diagnostic.code == "unknown_format"
    assert caught.value.diagnostic.did_you_mean == ("mermaid",)


# ---- FORMAT mermaid --------------------------------------------------------------------------------------------------


def test_mermaid_reads_no_name(session: Session) -> None:
    hostile = '\'"]; click n0 "https://x"\''
    sql = f'SELECT "Mean ""Rent""", size FROM towns WHERE town <> {hostile} TRAIN MODEL ols() TARGET size'
    plan = shown(session, f"EXPLAIN (FORMAT mermaid) {sql}")
    for line in plan.splitlines()[1:]:
        assert re.fullmatch(r'  n\d+(\[\(|\[|\{\{|\(\[)"[^"\[\]]*"(\)\]|\]|\}\}|\]\))|  n\d+ --> n\d+', line), line


def test_mermaid_arrows_join_boxes(session: Session) -> None:
    plan = shown(session, f"EXPLAIN (FORMAT mermaid) {batch_of(1)[0]}")
    boxes = set(re.findall(r"(?m)^  (n\d+)[\[({]", plan))
    joined = re.findall(r"(?m)^  (n\d+) --> (n\d+)$", plan)
    assert {end for pair in joined for end in pair} == boxes


def test_a_large_chart_is_cut(session: Session) -> None:
    queries = [text.partition(" AS model")[0] for text in batch_of(50)]
    nested = ", ".join(f"({query}) AS q{n}" for n, query in enumerate(queries))
    plan = shown(session, f"EXPLAIN (FORMAT mermaid) SELECT 1 FROM {nested}")
    boxes = re.findall(r"(?m)^  (n\d+)[\[({]", plan)
    assert len(boxes) <= MOST
    assert "more" in plan
