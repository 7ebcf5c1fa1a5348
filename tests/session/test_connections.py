"""What comes out of DuckDB's client and is no error of its own."""

from __future__ import annotations

from typing import Any

import pytest

from stratum_sql import RunError, Session
from stratum_sql.connections import not_ctrl_c


def test_ctrl_c_is_told_as_a_runtime_error() -> None:
    with pytest.raises(KeyboardInterrupt):
        not_ctrl_c(RuntimeError("Query interrupted"))


@pytest.mark.parametrize(
    "text", ["SELECT 1", "SELECT i, i * 2 AS y FROM range(20) r(i) TRAIN MODEL ols() TARGET y HOLDOUT 0.5"]
)
def test_a_system_without_threads_is_an_error_of_the_statement(
    session: Session, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """It was taken for Ctrl-C, which ends a whole batch."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("Resource temporarily unavailable")

    connection = session.connection
    monkeypatch.setattr(session._database, "connection", _Failing(connection, fail))
    with pytest.raises(RunError, match="Resource temporarily unavailable"):
        session.sql(text)


class _Failing:
    """A connection whose queries end without an error of DuckDB's."""

    def __init__(self, real: Any, fail: Any) -> None:
        self._real, self.sql = real, fail

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
