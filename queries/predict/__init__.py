"""Predictions of kept models, in DuckDB and by matrices."""
