"""Sums over rows that are larger than the memory they are read in."""
