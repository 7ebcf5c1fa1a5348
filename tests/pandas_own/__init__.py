"""pandas' own tests, which come with the installed pandas, run with the recording door in its place."""
