"""The DuckDB extensions: built, and put where DuckDB finds them."""
