"""Each kernel against the library that does the same, on the same data."""
