"""The record of trials: what is the same for all of a statement is made once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stratum_sql.execute.outcomes import TrialResult
from stratum_sql.models.journal import Journal
from tests.engine.oracle import open_session, query_of


class _Kept:
    """A store that keeps the rows in a list."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def add_trials(self, rows: Any) -> None:
        self.rows += rows


def test_a_statement_is_printed_once_however_many_trials_it_has() -> None:
    with open_session(60) as session:
        query = query_of(session.sql("SELECT num, y FROM t TRAIN MODEL ridge(alpha => [1, 2, 3]) TARGET y"))
    printed: list[str] = []

    def canonical() -> str:
        printed.append(query.canonical())
        return printed[-1]

    store: Any = _Kept()
    journal = Journal(store, [query, replace(query, canonical=canonical)])
    for trial in query.trials:
        journal.add(1, TrialResult(trial, "ok", {"r2": (0.5,)}, 0.1, None))
    journal.flush()
    assert len(printed) == 1
    assert [row.statement for row in store.rows] == printed * 3
    assert [row.trial for row in store.rows] == [1, 2, 3]
