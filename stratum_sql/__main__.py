"""`python -m stratum_sql` is the command `stratum`."""

from stratum_sql.shell.cli import console

console()
