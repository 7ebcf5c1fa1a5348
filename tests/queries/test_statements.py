"""The workloads' statements: of the dialect, legal over their tables, and the batch is what it claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from queries.flights.make_data import COLUMNS
from queries.tiny.make_data import SCHEMA
from queries.workload import WorkloadStatement, read_statements
from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.syntax import Call, Evaluate, ListOf, Nested, Predict, Train

QUERIES = Path(__file__).parents[2] / "queries"
FILES = sorted(QUERIES.glob("**/*.sql"))
BY_MACROS = [
    path for path in FILES if not {"uk", "models", "pandas", "tpch"} & set(path.relative_to(QUERIES).parts)
]  # vectorize(*) is no macro: test_uk.py binds those; test_models.py, test_pandas.py and test_tpch.py run theirs
FLIGHTS = read_statements(QUERIES / "flights")
TINY = read_statements(QUERIES / "tiny")
MODELS = read_statements(QUERIES / "models")
UK = read_statements(QUERIES / "uk")
SIXTEEN = read_statements(QUERIES / "uk" / "sixteen")
TRANSFORMS: tuple[str, ...] = ("standard_scale", "one_hot", "impute", "missing_flag", "ordinal")
TRANSFORMS += ("target_encode", "count_encode", "rare", "date_parts", "tfidf")

# What is known only once the plane has landed, or taken off: no feature may come from it.
AFTER_THE_FACT = ("arr_time", "dep_time", "air_time")


@pytest.fixture(scope="module")
def empty_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table of both workloads, typed but without rows, and each transform as a macro that gives its input."""
    schemas = {name: pa.schema(list(columns.items())) for name, columns in COLUMNS.items()}
    with duckdb.connect() as connection:
        for name, schema in {**schemas, "passengers": SCHEMA, "new_passengers": SCHEMA}.items():
            connection.register(f"_{name}", schema.empty_table())
            connection.execute(f"CREATE TABLE {name} AS FROM _{name}")
        for name in TRANSFORMS:
            connection.execute(f"CREATE MACRO {name}(x) AS x, (x, parameter) AS x")
        connection.execute("CREATE MACRO optional(x) AS x; CREATE MACRO choose(x, y, z) AS x")
        yield connection


def trains(statements: tuple[WorkloadStatement, ...]) -> list[Train]:
    found = [
        query for item in statements for query in (item.tree.queries if isinstance(item.tree, Nested) else [item.tree])
    ]
    return [query for query in found if isinstance(query, Train)]


def trials(query: Train) -> int:
    """How many trials the estimators' lists span."""
    return sum(prod(len(a.value.items) for a in call.args if isinstance(a.value, ListOf)) for call in query.estimators)


def name_of(path: Path) -> str:
    return str(path.relative_to(QUERIES))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_is_of_the_dialect_and_opens_with_what_it_is(path: Path) -> None:
    text = path.read_text()
    script, errors = parse_script(text)
    assert errors == ()
    assert script.statements
    assert text.startswith("-- ")


@pytest.mark.parametrize("path", BY_MACROS, ids=name_of)
def test_every_head_is_legal_over_its_tables(path: Path, empty_tables: duckdb.DuckDBPyConnection) -> None:
    text = path.read_text()
    for statement in parse_script(text)[0].statements:
        for query in statement.queries if isinstance(statement, Nested) else [statement]:
            assert isinstance(query, Train | Predict | Evaluate)
            head = text[query.head.start : query.head.end]
            assert empty_tables.execute(f"DESCRIBE {head}").fetchall()


def test_the_flights_batch_is_large_enough() -> None:
    assert len({item.file for item in FLIGHTS}) >= 6
    assert len(trains(FLIGHTS)) == len(FLIGHTS) >= 6
    assert sum(trials(query) for query in trains(FLIGHTS)) >= 60


def test_both_questions_are_asked_and_one_model_of_each_is_kept() -> None:
    targets = {query.targets[0].last for query in trains(FLIGHTS)}
    assert targets == {"arr_delay", "late"}
    assert [query.name.last for query in trains(FLIGHTS) if query.name] == ["arr_delay_model", "late_model"]


def test_every_statement_says_its_folds_and_metrics() -> None:
    assert all(query.split is not None and query.metrics for query in trains(FLIGHTS) + trains(TINY))


@pytest.mark.parametrize("item", FLIGHTS, ids=lambda item: item.file)
def test_no_feature_knows_the_future(item: WorkloadStatement) -> None:
    """`arr_delay` is the target alone, and the times of the flight itself are not read at all."""
    code = re.sub(r"--[^\n]*", "", item.text)
    assert not [name for name in AFTER_THE_FACT if re.search(rf"\b{name}\b", code)]
    arguments = re.findall(r"\(([^()]*arr_delay[^()]*)\)", code)
    assert all("SELECT" in argument for argument in arguments), "a transform reads the target"


def test_a_model_of_the_evening_before_does_not_know_the_departure() -> None:
    evening = [item.text for item in FLIGHTS if item.file == "08_the_evening_before.sql"]
    assert len(evening) == 2
    assert not [text for text in evening if "dep_delay" in re.sub(r"--[^\n]*", "", text)]


def test_the_statements_are_cut_where_they_end() -> None:
    three = [item for item in FLIGHTS if item.file == "06_which_encoder.sql"]
    assert len(three) == 3
    assert all(item.text.startswith("SELECT") and item.text.endswith("mae, r2") for item in three)
    assert len({item.text for item in three}) == 3


def test_predictions_use_models_that_training_keeps() -> None:
    for folder, statements in (("flights", FLIGHTS), ("tiny", TINY)):
        kept = {query.name.last for query in trains(statements) if query.name}
        used = set(re.findall(r"(?:PREDICT|EVALUATE) MODEL ([\w, ]+?)(?: AS| TARGET|;|\n)", _used(folder)))
        assert {name for names in used for name in names.split(", ")} <= kept
        assert used


def _used(folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((QUERIES / folder / "predict").glob("*.sql")))


def test_trials_counts_the_product_of_lists() -> None:
    text = "SELECT x, y FROM t TRAIN MODEL ridge(alpha => [1, 2], solver => ['svd', 'lsqr', 'cholesky']), ols TARGET y"
    (query,) = parse_script(text)[0].statements
    assert isinstance(query, Train)
    assert all(isinstance(call, Call) for call in query.estimators)
    assert trials(query) == 7


@pytest.mark.parametrize(
    ("folder", "statements"),
    [("flights", FLIGHTS), ("tiny", TINY), ("models", MODELS), ("uk", UK), ("uk/sixteen", SIXTEEN)],
)
def test_the_readme_lists_every_file(folder: str, statements: tuple[WorkloadStatement, ...]) -> None:
    readme = (QUERIES / folder / "README.md").read_text()
    listed = re.findall(r"^\| `(\d\d_\w+\.sql)`", readme, re.MULTILINE)
    assert listed == sorted({item.file for item in statements})


def test_the_readme_counts_the_trials() -> None:
    readme = (QUERIES / "flights" / "README.md").read_text()
    told = {file: int(count) for file, count in re.findall(r"^\| `(\S+)` .* \| (\d+) \|$", readme, re.MULTILINE)}
    counted: dict[str, int] = {}
    for item, query in zip(FLIGHTS, trains(FLIGHTS), strict=True):
        counted[item.file] = counted.get(item.file, 0) + trials(query)
    assert told == counted
    assert f"{sum(counted.values())} trials in {len(FLIGHTS)} statements" in readme
