"""The flights batch against the same trials one by one."""

from __future__ import annotations

from pathlib import Path

import duckdb

from queries.flights.make_data import DataMissing, load_flights
from queries.report import CannotRun, Options, Report
from queries.run_workload import Workload, run_workload
from queries.workload import read_statements

SUMMARY = "eleven attempts at the delays of 336,776 flights: 85 trials, linear to boosted"


def run(options: Options) -> Report:
    """Load the flights, run both sides; raises `CannotRun` where the data is not installed."""
    return run_workload(
        Workload("flights", read_statements(Path(__file__).parent), _load, main_table="flights"), options
    )


def _load(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        load_flights(connection)
    except DataMissing as problem:
        raise CannotRun(str(problem)) from problem
