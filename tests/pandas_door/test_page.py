"""docs/pandas.md tells what is declared."""

from __future__ import annotations

from stratum_sql.pandas.coverage import PAGE, kinds, page, table
from stratum_sql.pandas.operations import OPERATIONS


def test_the_table_is_that_of_the_declarations() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "python -m stratum_sql.pandas.coverage writes it"


def test_every_public_name_is_of_one_kind() -> None:
    assert kinds("DataFrame")["fillna"] == "native"
    assert kinds("DataFrame")["to_numpy"] == "result"
    assert kinds("Series")["plot"] == "fallback"
    assert kinds("pandas")["read_parquet"] == "refused"
    assert all(f"`{owner}.{name}`" in table() for owner, name in OPERATIONS)
