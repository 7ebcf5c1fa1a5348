"""The tiny batch against the same trials one by one: a check of every score, in seconds, more than a measurement."""

from __future__ import annotations

from pathlib import Path

from queries.report import Options, Report
from queries.run_workload import Workload, run_workload
from queries.tiny.make_data import load_tiny
from queries.workload import read_statements

SUMMARY = "300 made-up passengers: checks every score in seconds, says little about speed"


def run(options: Options) -> Report:
    """Make the passengers, run both sides."""
    return run_workload(
        Workload("tiny", read_statements(Path(__file__).parent), load_tiny, main_table="passengers"), options
    )
