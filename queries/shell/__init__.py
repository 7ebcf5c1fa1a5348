"""From a stock DuckDB to a trained model."""
