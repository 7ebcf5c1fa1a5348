"""docs/estimators.md is what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from stratum_sql.catalog.document_estimators import estimators_markdown

PAGE = Path(__file__).parents[2] / "docs" / "estimators.md"


def test_the_page_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == estimators_markdown(), (
        "run: python -m stratum_sql.catalog.document_estimators > docs/estimators.md"
    )
