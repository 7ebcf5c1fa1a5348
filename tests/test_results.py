"""Results: the same values by every road, held in memory, errors raised when data is asked for."""

import builtins
import datetime
import decimal
import math
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from stratum_sql.errors import BindError, RunError
from stratum_sql.results import Result

# every kind of value that DuckDB's Python client hands out without another library
VALUES = """
    SELECT 1 AS whole, 1.5::DOUBLE AS float, 'nan'::DOUBLE AS nan, 1.10::DECIMAL(5, 2) AS dec, 'ä' AS text,
        NULL AS nothing, DATE '2020-02-29' AS day, TIMESTAMP '2020-01-01 10:00:00.5' AS moment, TIME '10:00' AS hour,
        INTERVAL 1 DAY AS span, '\\xAA'::BLOB AS bytes, uuid() AS id, 170141183460469231731687303715884105727 AS huge,
        {'a': 1.5, 'b': [1, NULL]} AS struct, MAP {'k': 1} AS map, [1, 2] AS list, true AS truth
"""


def from_sql(sql: str) -> Result:
    return Result.from_relation(duckdb.connect().sql(sql), sql)


def failed() -> Result:
    return Result.failed(BindError.at("SELECT agee", None, "unknown_column", 'no column "agee"'), "SELECT agee")


def test_a_plain_result_has_duckdbs_own_values() -> None:
    connection = duckdb.connect()
    relation = connection.sql(VALUES).materialize()
    result = Result.from_relation(relation)
    assert repr(result.fetchall()) == repr(relation.fetchall())  # repr: nan is not equal to itself
    assert result.columns == relation.columns
    assert result.types == [str(kind) for kind in relation.types]
    row = dict(zip(result.columns, result.fetchall()[0], strict=True))
    assert row["dec"] == decimal.Decimal("1.10")
    assert row["day"] == datetime.date(2020, 2, 29)
    assert math.isnan(row["nan"])
    assert row["nothing"] is None


def test_a_plain_result_has_duckdbs_own_data_frame() -> None:
    connection = duckdb.connect()
    sql = "SELECT * FROM (VALUES (1, 'a', 0.5::DOUBLE), (NULL, NULL, NULL)) AS t(i, s, d)"
    result = Result.from_relation(connection.sql(sql))
    theirs = connection.sql(sql).df()
    assert result.df().dtypes.to_dict() == theirs.dtypes.to_dict()
    assert result.df().equals(theirs)


def test_rows_are_held_whatever_happens_to_the_table() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    result = Result.from_relation(connection.sql("FROM t"))
    connection.execute("INSERT INTO t VALUES (2)")
    assert (result.fetchall(), result.fetchall(), len(result)) == ([(1,)], [(1,)], 1)
    assert result.arrow().to_pydict() == {"a": [1]}


def test_an_arrow_result_gives_the_same_values_as_a_plain_one() -> None:
    connection = duckdb.connect()
    sql = "SELECT 1 AS whole, NULL::INTEGER AS gap, {'a': 1.5} AS struct, [1, 2] AS list, MAP {'k': 1} AS map"
    plain = Result.from_relation(connection.sql(sql))
    arrow = Result.from_arrow(plain.arrow(), "predictions")
    assert arrow.fetchall() == plain.fetchall()
    assert arrow.types == plain.types
    assert arrow.df().dtypes.to_dict() == plain.df().dtypes.to_dict()
    assert arrow.kind == "predictions"


def test_an_arrow_result_outlives_every_session() -> None:
    connection = duckdb.connect()
    table = connection.sql("SELECT 7 AS a").to_arrow_table()
    connection.close()
    assert Result.from_arrow(table, "rows").fetchall() == [(7,)]


def test_columns_of_one_name_keep_it() -> None:
    result = from_sql("SELECT 1 AS a, 2 AS a")
    assert result.columns == ["a", "a"]
    assert result.arrow().column_names == ["a", "a"]
    assert result.fetchall() == [(1, 2)]
    assert Result.from_arrow(result.arrow(), "rows").fetchall() == [(1, 2)]


def test_fetching_walks_and_fetchall_does_not() -> None:
    result = from_sql("SELECT range AS i FROM range(5) ORDER BY i")
    assert result.fetchone() == (0,)
    assert result.fetchmany(2) == [(1,), (2,)]
    assert len(result.fetchall()) == 5
    assert result.fetchmany(9) == [(3,), (4,)]
    assert result.fetchone() is None
    assert result.fetchmany(-1) == []
    assert list(result) == [(i,) for i in range(5)]
    assert list(result) == list(result)


def test_arrow_polars_and_the_capsule_agree() -> None:
    result = from_sql("SELECT 1 AS a, 'x' AS b UNION ALL SELECT NULL, 'y' ORDER BY b")
    assert pa.table(result).to_pydict() == {"a": [1, None], "b": ["x", "y"]}
    assert result.pl().to_dict(as_series=False) == result.arrow().to_pydict()


def test_polars_missing_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_polars(name: str, *rest: Any) -> Any:
        if name == "polars":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_polars)
    with pytest.raises(RunError, match="polars is not installed") as caught:
        from_sql("SELECT 1").pl()
    assert caught.value.diagnostic.code == "missing_library"


@pytest.mark.parametrize("read", ["fetchall", "fetchone", "fetchmany", "arrow", "df", "pl", "__len__", "__iter__"])
def test_a_failed_result_raises_its_error_when_read(read: str) -> None:
    with pytest.raises(BindError, match="no column"):
        getattr(failed(), read)()


@pytest.mark.parametrize("read", ["columns", "types"])
def test_a_failed_result_has_no_columns_to_ask_for(read: str) -> None:
    with pytest.raises(BindError):
        getattr(failed(), read)


def test_a_failed_result_can_still_be_looked_at() -> None:
    result = failed()
    assert result
    assert "BindError[unknown_column]" in repr(result)
    assert result.statement == "SELECT agee"


def test_nothing_is_no_rows_and_no_columns() -> None:
    result = Result.none("SET threads = 1")
    assert (result.columns, result.types, result.fetchall(), result.fetchone(), len(result)) == ([], [], [], None, 0)
    assert result.df().empty
    assert result.arrow().num_columns == 0
    assert repr(result) == "ok"


def test_no_rows_keep_their_columns() -> None:
    result = from_sql("SELECT 1 AS a WHERE false")
    assert (result.columns, result.types, result.fetchall()) == (["a"], ["INTEGER"], [])


def test_times_with_a_zone_are_shown_as_text_without_a_time_zone_library() -> None:
    connection = duckdb.connect(config={"autoload_known_extensions": False})
    sql = "SELECT 1 AS a, TIMESTAMPTZ '2020-01-01 00:00:00+00' AS t, {'t': TIMESTAMPTZ '2020-01-01 00:00:00+00'} AS s"
    result = Result.from_relation(connection.sql(sql))
    assert result.head(1) == [(1, "2020-01-01 00:00:00+00", "{'t': '2020-01-01 00:00:00+00'}")]
    assert len(result.head(0)) == 0


def test_the_text_of_a_result_says_how_many_rows_are_not_shown() -> None:
    shown = repr(from_sql("SELECT range AS i FROM range(30)"))
    assert shown.splitlines()[-1] == "30 rows, the first 20 shown"
    assert len(shown.splitlines()) == 20 + 3
