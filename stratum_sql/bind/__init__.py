"""Binding: names and types of a statement, found out by asking DuckDB, become features, trials and roles."""
