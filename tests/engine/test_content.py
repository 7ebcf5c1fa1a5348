"""Digests name content: the same for equal values and equal work, in any process; another for anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql.catalog.columns import CategoryColumn, Codes, Column, Kind
from stratum_sql.catalog.estimators import estimator_names
from stratum_sql.catalog.registry import transform_names
from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.execute.content import DIGEST_BYTES, VOLATILE, column_digest, node_digests, versions
from stratum_sql.execute.duckdb import plain_array
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.model import TrainModel
from stratum_sql.plan.relational import Compute, Read, Scan, Source
from stratum_sql.plan.transform import Apply, Assemble, Fit, Map, Rows
from tests.engine.spies import SpyModel

# ---- columns ---------------------------------------------------------------------------------------------------------

TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "int8": (pa.int8(), st.integers(-128, 127)),
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "double": (pa.float64(), st.floats(allow_nan=True)),
    "float": (pa.float32(), st.floats(width=32)),
    "half": (pa.float16(), st.floats(width=16)),
    "bool": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
    "bytes": (pa.binary(), st.binary(max_size=5)),
    "fixed": (pa.binary(3), st.binary(min_size=3, max_size=3)),
    "decimal": (pa.decimal128(9, 2), st.integers(-9999, 9999).map(lambda cents: Decimal(cents) / 100)),
    "date": (pa.date32(), st.dates()),
    "moment": (pa.timestamp("us"), st.datetimes()),
    "list": (pa.list_(pa.int32()), st.lists(st.none() | st.integers(0, 9), max_size=3)),
    "pair": (pa.list_(pa.int32(), 2), st.lists(st.none() | st.integers(0, 9), min_size=2, max_size=2)),
    "struct": (
        pa.struct([("a", pa.int32()), ("b", pa.string())]),
        st.fixed_dictionaries({"a": st.none() | st.integers(0, 9), "b": st.none() | st.text("ab", max_size=2)}),
    ),
    "map": (pa.map_(pa.string(), pa.int32()), st.lists(st.tuples(st.text("ab", max_size=2), st.integers(0, 9)))),
}


@st.composite
def arrays(draw: st.DrawFn) -> tuple[Any, list[Any]]:
    """A type, and values of it with NULLs between them."""
    kind, values = TYPES[draw(st.sampled_from(sorted(TYPES)))]
    return kind, draw(st.lists(st.none() | values, max_size=12))


def digest(values: Any, kind: Kind = "other", name: str = "x") -> bytes:
    return column_digest(Column(name, kind, values))


@given(arrays(), st.integers(0, 9), st.data())
def test_buffers_do_not_count(array: tuple[Any, list[Any]], before: int, data: st.DataObject) -> None:
    kind, values = array
    plain = pa.array(values, kind)
    filler = data.draw(st.lists(st.none() | TYPES_BY_KIND[kind], min_size=before, max_size=before))
    whole = pa.array([*filler, *values, *filler], kind)
    cut = data.draw(st.integers(0, len(values)))
    expected = digest(plain)
    assert len(expected) == DIGEST_BYTES
    assert digest(plain, name="another name") == expected
    assert digest(whole.slice(before, len(values))) == expected
    assert digest(pa.chunked_array([plain[:cut], plain[cut:]], kind)) == expected
    rows = np.arange(before, before + len(values))
    assert column_digest(Column("x", "other", whole).take(rows)) == expected
    assert column_digest(Column("x", "other", whole).take(rows[::-1]).take(rows[::-1] - before)) == expected
    assert column_digest(Column("x", "other", plain).renamed("y")) == expected


TYPES_BY_KIND = dict(TYPES.values())


@given(arrays(), st.data())
def test_any_one_change_counts(array: tuple[Any, list[Any]], data: st.DataObject) -> None:
    kind, values = array
    position = data.draw(st.integers(0, len(values)))
    value = data.draw(st.none() | TYPES_BY_KIND[kind])
    changed = data.draw(
        st.sampled_from(
            [
                [*values[:position], value, *values[position:]],  # one more
                values[: position - 1] if position else [value, *values],  # fewer
                [*values[:position], value, *values[position + 1 :]],  # another
                values[::-1],
            ]
        )
    )
    same = len(changed) == len(values) and repr(pa.array(changed, kind).to_pylist()) == repr(
        pa.array(values, kind).to_pylist()
    )
    assert (digest(pa.array(changed, kind)) == digest(pa.array(values, kind))) == same


@given(st.lists(st.none() | st.sampled_from(["", "a", "bc", "a longer text than a view holds"]), max_size=20))
def test_layouts_of_text_are_one(words: list[str | None]) -> None:
    expected = digest(pa.array(words, pa.string()), "text")
    for values in (
        pa.array(words, pa.large_string()),
        pa.array(words, pa.string_view()),
        pa.array(words, pa.string()).dictionary_encode(),
        pa.chunked_array([pa.array(words, pa.string()).dictionary_encode()]),
        pa.array(words, pa.large_string()).dictionary_encode()[:],
    ):
        assert digest(values, "text") == expected
    assert digest(pa.array(words, pa.string()).cast(pa.binary()), "text") != expected


@given(st.lists(st.none() | st.sampled_from(["x", "y", "z"]), min_size=1, max_size=20))
def test_categories_are_their_values(words: list[str | None]) -> None:
    known = np.array(["w", "x", "y", "z"], dtype=object)  # one that no row has
    codes = np.array([-1 if word is None else known.tolist().index(word) for word in words], dtype=np.int32)
    expected = digest(pa.array(words, pa.string()), "text")
    column = CategoryColumn("c", Codes(codes, known))
    assert column_digest(column) == expected
    assert column_digest(column.renamed("d").take(np.arange(len(words)))) == expected
    assert column_digest(Column("c", "text", pa.array(words, pa.string())).take(np.arange(len(words)))) == expected
    numbers = CategoryColumn("n", Codes(codes, np.array([0.5, 1.0, 2.0, 3.0])))
    plain = [None if code < 0 else [0.5, 1.0, 2.0, 3.0][code] for code in codes.tolist()]
    assert column_digest(numbers) == digest(pa.array(plain, pa.float64()), "number")


def test_categories_of_no_value() -> None:
    column = CategoryColumn("c", Codes(np.array([-1, -1], dtype=np.int32), np.array([], dtype=object)))
    assert column_digest(column) == digest(pa.array([None, None], pa.string()), "text")


@given(st.lists(st.floats(), max_size=20))
def test_numpy_is_arrow(numbers: list[float]) -> None:
    values = np.array(numbers, dtype=np.float64)
    expected = digest(pa.array(numbers, pa.float64()), "number")
    assert digest(values, "number") == expected
    assert digest(np.repeat(values, 2)[::2], "number") == expected


def test_what_stands_under_null_does_not_count() -> None:
    bits = pa.array([True, False, True]).buffers()[1]
    validity = pa.array([1, None, 3], pa.int64()).buffers()[0]
    for first, second in ((7, 8), (0, -1)):
        dirty = [pa.py_buffer(np.array([1, each, 3], dtype=np.int64)) for each in (first, second)]
        ints = [pa.Array.from_buffers(pa.int64(), 3, [validity, each]) for each in dirty]
        assert digest(ints[0]) == digest(ints[1]) == digest(pa.array([1, None, 3], pa.int64()))
    dirty_text = pa.Array.from_buffers(
        pa.string(), 3, [validity, pa.py_buffer(np.array([0, 1, 4, 5], dtype=np.int32)), pa.py_buffer(b"axyzb")]
    )
    assert dirty_text.to_pylist() == ["a", None, "b"]
    assert digest(dirty_text) == digest(pa.array(["a", None, "b"]))
    dirty_bool = pa.Array.from_buffers(pa.bool_(), 3, [validity, pa.py_buffer(b"\xff")])
    assert digest(dirty_bool) == digest(pa.array([True, None, True]))
    assert digest(pa.Array.from_buffers(pa.bool_(), 3, [None, bits])) == digest(pa.array([True, False, True]))


def test_every_validity_says_so() -> None:
    """An array that has a bitmap, all of it set, is one without."""
    full = pa.Array.from_buffers(pa.int32(), 2, [pa.py_buffer(b"\xff"), pa.py_buffer(np.array([1, 2], np.int32))])
    assert digest(full) == digest(pa.array([1, 2], pa.int32()))


def test_nan_zero_and_null() -> None:
    quiet, other = np.array([0x7FF8000000000000, 0xFFF0000000000001], dtype=np.uint64).view(np.float64)
    one = digest(np.array([1.0, quiet]), "number")
    assert digest(np.array([1.0, other]), "number") == one
    assert digest(pa.array([1.0, None], pa.float64()), "number") != one
    assert digest(np.array([0.0]), "number") != digest(np.array([-0.0]), "number")


def test_type_and_kind_count() -> None:
    made = [
        digest(pa.array([1], pa.int32()), "number"),
        digest(pa.array([1], pa.int64()), "number"),
        digest(pa.array([1], pa.uint64()), "number"),
        digest(pa.array([1], pa.int64()), "other"),
        digest(pa.array([1], pa.timestamp("us")), "time"),
        digest(pa.array([1], pa.timestamp("us", "UTC")), "time"),
        digest(pa.array([1], pa.timestamp("ns")), "time"),
        digest(pa.array(["1"]), "text"),
        digest(pa.array([None], pa.null())),
        digest(pa.array([None], pa.string())),
        digest(pa.array([None], pa.list_(pa.string()))),
        digest(pa.array([None], pa.list_(pa.int32()))),
        digest(pa.array([{"a": 1}])),
        digest(pa.array([{"b": 1}])),
    ]
    assert len(set(made)) == len(made)


def test_texts_do_not_run_into_one_another() -> None:
    made = [digest(pa.array(words)) for words in (["ab", "c"], ["a", "bc"], ["abc", ""], ["", "abc"], ["abc"])]
    assert len(set(made)) == len(made)


def test_every_type_of_duckdb_has_a_digest() -> None:
    items = (
        "union_value(a := 1)",
        "MAP {'a': 1}",
        "uuid()",
        "'101'::BIT",
        "INTERVAL 1 DAY",
        "TIME '10:00'",
        "1::HUGEINT",
        "'a'::ENUM('a', 'b')",
        "'x'::BLOB",
        "[1]::INTEGER[1]",
        "[{'a': [NULL, 1]}]",
        "TIMESTAMP_NS '2020-01-01 00:00:00.000000001'",
        "1.5::DECIMAL(4, 1)",
        "NULL",
    )
    with duckdb.connect() as connection:
        for item in items:
            table = connection.sql(f"SELECT {item} AS x FROM range(3)").to_arrow_table()
            first = digest(plain_array(table.column(0)))
            assert len(first) == DIGEST_BYTES
            assert digest(plain_array(table.column(0)).slice(0, 2)) != first


# ---- nodes -----------------------------------------------------------------------------------------------------------


def source(key: str) -> Source:
    return Source(key, "SELECT", f"FROM {key}", (), (), key)


def read(key: str) -> Read:
    return Read(key, key, key, "DOUBLE", "number")


def by_key(node: Node) -> bytes | None:
    """The content of a column, as its key stands for it here; none of the column `unknown`."""
    assert isinstance(node.operator, Read)
    return None if node.operator.key == "unknown" else node.operator.key.encode()


def digest_of(*operators: Operator, column: str = "a", table: str = "t", reader: int | None = None) -> bytes | None:
    """The digest of operators one above the other over a column."""
    graph = Graph()
    node = graph.node(read(column), graph.node(Scan(source(table), reader)))
    for operator in operators:
        node = graph.node(operator, node)
    return node_digests(graph, by_key).get(node.id)


def train(estimator: str = "ridge", seed: int = 0, **params: Any) -> TrainModel:
    return TrainModel(estimator, freeze(params), freeze(params), seed, False)


def test_a_node_is_its_work_over_content() -> None:
    first = digest_of(Fit("pca", freeze({}), 0, False), train())
    assert first is not None
    assert digest_of(Fit("pca", freeze({}), 0, False), train(), table="u", reader=3) == first
    others = [
        digest_of(Fit("pca", freeze({}), 1, False), train()),
        digest_of(Fit("svd", freeze({}), 0, False), train()),
        digest_of(Fit("pca", freeze({}), 0, False), train(), column="b"),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=1)),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=1.0)),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=True)),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha="1")),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=[1, 2])),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=(1, 2))),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=(12,))),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=np.float32(1))),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=EstimatorValue("ridge", (("alpha", 1),)))),
        digest_of(Fit("pca", freeze({}), 0, False), train(alpha=EstimatorValue("ridge", (("alpha", 2),)))),
        digest_of(Rows("train"), train()),
        digest_of(Rows("test"), train()),
    ]
    assert None not in others
    assert len({first, *others}) == len(others) + 1


def test_what_is_not_compared_does_not_count() -> None:
    assert digest_of(Assemble(("a",))) == digest_of(Assemble(("b",)))
    assert digest_of(train(alpha=1, tol=2)) == digest_of(train(tol=2, alpha=1))
    given_less = TrainModel("ridge", freeze({}), freeze({"alpha": 1.0}), 0, False)
    assert digest_of(given_less) == digest_of(train(alpha=1.0))


def test_the_order_of_inputs_counts() -> None:
    graph = Graph()
    scan = graph.node(Scan(source("t")))
    a, b = graph.node(read("a"), scan), graph.node(read("b"), scan)
    one, two = graph.node(Assemble(()), a, b), graph.node(Assemble(()), b, a)
    made = node_digests(graph, by_key)
    assert made[one.id] != made[two.id]
    assert scan.id not in made


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), st.lists))
def test_parameters_are_told_apart_as_in_the_plan(value: Any) -> None:
    others: list[Any] = [0, 0.0, -0.0, False, None, "", "0", [], (), [0], (0,), [[]], float("nan")]
    for other in others:
        same = freeze({"p": value}).key == freeze({"p": other}).key
        assert (digest_of(train(p=value)) == digest_of(train(p=other))) == same


def test_what_has_no_name_has_no_digest_nor_what_is_above() -> None:
    for operator in (
        train(p=lambda: 1),
        train(p=object()),
        train(p=[{"a": object()}]),
        train(p=np.array([object()])),
        train("nowhere.Estimator"),
        train("unheard_of"),
        train(p=EstimatorValue("nowhere.Estimator")),
        Map("nowhere.Transform", freeze({})),
        Compute("{0} * random()", "x"),
        Compute("{0} + epoch(Now())", "x"),
        Compute("{0} + extract(hour FROM current_time)", "x"),
        train("tests.engine.spies.SpyModel"),
        train(p=SpyModel),
        train(p=EstimatorValue("tests.engine.spies.SpyModel")),
        Map("tests.engine.spies.SpyTransform", freeze({})),
        Fit("tests.engine.spies.SpyTransform", freeze({}), 0, False),
        Apply("tests.engine.spies.SpyTransform", freeze({})),
        Map("text_embed", freeze({"model": "mini"})),
    ):
        assert digest_of(operator) is None, operator
        assert digest_of(operator, train()) is None
    assert digest_of(train(), column="unknown") is None
    assert digest_of(Compute("ln({0})", "x")) is not None
    assert digest_of(Map("hash_encode", freeze({}))) is not None
    assert digest_of(train(p=EstimatorValue("ols"))) is not None


def test_volatile_functions_are_all_known() -> None:
    with duckdb.connect() as connection:
        unstable = connection.execute("SELECT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
        names = {name for (name,) in unstable.fetchall()}
        assert names
        macros = connection.execute(
            "SELECT function_name FROM duckdb_functions() WHERE function_type = 'macro' "
            "AND regexp_extract_all(lower(macro_definition), '\\w+')::VARCHAR[] && ?",
            [sorted(VOLATILE)],
        ).fetchall()
    assert names | {name for (name,) in macros} <= VOLATILE


def test_a_dot_tells_granted_names_from_the_catalogue() -> None:
    assert not [name for name in (*estimator_names(), *transform_names()) if "." in name]


# -- processes

SCRIPT = """
from stratum_sql.execute.content import node_digests, versions
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.graph import Graph
from stratum_sql.plan.model import TrainModel
from stratum_sql.plan.relational import Read, Scan, Source
graph, params = Graph(), freeze({"a": frozenset("abc"), "b": {"c": [0.1]}})
scan = graph.node(Scan(Source("t", "", "", (), (), "t")))
model = graph.node(TrainModel("ridge", params, params, 0, False), graph.node(Read("a", "", "", "", "number"), scan))
said = node_digests(graph, lambda node: b"a")[model.id].hex() + " " + versions().hex()
"""


def test_another_process_gives_the_same() -> None:
    here: dict[str, Any] = {}
    exec(SCRIPT, here)
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    command = [sys.executable, "-c", SCRIPT + "print(said)"]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == here["said"]


def test_versions_count(monkeypatch: pytest.MonkeyPatch) -> None:
    from stratum_sql.execute import content

    before = versions()
    assert len(before) == DIGEST_BYTES
    versions.cache_clear()
    assert versions() == before
    for name, other in (("_version", lambda _name: "absent"), ("_machine", lambda: ["vax"]), ("_own_code", list)):
        with monkeypatch.context() as patched:
            patched.setattr(content, name, other)
            versions.cache_clear()
            assert versions() != before
    versions.cache_clear()
