"""Workloads: runnable batches of statements, one folder each, read by tests and benchmarks."""
