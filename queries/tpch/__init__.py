"""The 22 TPC-H queries in pandas: through the door, by pandas, and as SQL written by hand."""
