"""Many clients of one engine."""
