"""Models that are kept: what they are, where their bytes lie, and how they predict."""
