"""A small workload for documentation and quick tests."""
