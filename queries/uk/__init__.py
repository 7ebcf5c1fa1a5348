"""House prices of England and Wales: two searches over pipelines, one after the other."""
