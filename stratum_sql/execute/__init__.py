"""Running: nodes become values. One file an engine, and the scheduler that walks the graph."""
