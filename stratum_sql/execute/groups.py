"""PARTITION BY: a statement becomes one for each group of its rows, and their answers become its own.

The groups are asked of DuckDB, in one query that reads the partition columns alone. The statements that are made of
them read one relation, once; each chooses its rows from it (`plan/relational.py`, `InGroup`), in the order in which it
would read them alone, so that splits, fits and scores are those of the statement with a WHERE for the group.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stratum_sql.bind.composed import ours
from stratum_sql.bind.database import Database
from stratum_sql.catalog.splitters import MOST_FITS
from stratum_sql.errors import Diagnostic, Interrupted, RunError, StratumError
from stratum_sql.execute.duckdb import plain_array, read_item
from stratum_sql.execute.limited import limited
from stratum_sql.execute.outcomes import StatementResult, TrialResult
from stratum_sql.plan.partition import Group
from stratum_sql.plan.query import TrainQuery

_MOST_WARNINGS = 10


@dataclass(frozen=True, eq=False, slots=True)
class Parted:
    """The statements of a batch, those with groups taken apart. `places` says for each statement, as it was given,
    which of `queries` are its own; `errors` has those whose groups could not be found."""

    given: tuple[TrainQuery, ...]
    queries: tuple[TrainQuery, ...]
    places: Mapping[int, range]
    errors: Mapping[int, StratumError]

    def statement_of(self) -> list[int]:
        """For each of `queries` the statement that it comes from, counted from 0."""
        return [given for given, places in self.places.items() for _ in places]

    def gathered(self, results: Sequence[StatementResult]) -> Iterator[StatementResult]:
        """The answers of `queries` as those of the statements that were given."""
        for index, query in enumerate(self.given):
            if index in self.errors:
                yield StatementResult(query, (), query.warnings, error=self.errors[index])
            else:
                yield _gathered(query, [results[place] for place in self.places[index]])


def part(queries: Sequence[TrainQuery], database: Database) -> Parted:
    """Take statements with PARTITION BY apart. A relation without rows has no groups: such a statement stays whole."""
    made: list[TrainQuery] = []
    places: dict[int, range] = {}
    errors: dict[int, StratumError] = {}
    for index, query in enumerate(queries):
        try:
            own = _parts(query, database) if query.partition else [query]
        except StratumError as error:
            errors[index] = error
            continue
        places[index] = range(len(made), len(made) + len(own))
        made += own
    return Parted(tuple(queries), tuple(made), places, errors)


def _parts(query: TrainQuery, database: Database) -> list[TrainQuery]:
    started = time.monotonic()
    groups = groups_of(query, database)
    _check_size(query, len(groups))
    timeout, spent = query.options.timeout, time.monotonic() - started
    options = replace(query.options, timeout=None if timeout is None else max(0.0, timeout - spent))
    return [replace(query, group=group, options=options) for group in groups] or [query]


def groups_of(query: TrainQuery, database: Database) -> list[Group]:
    """The groups of a statement's rows by value, NULL last. Raises RunError where there are more than `max_groups`."""
    with limited(database, query.options.timeout) as late:
        try:
            table = database.table(ours(_groups_sql(query)), "")
        except Interrupted as error:
            raise _too_late() if late.is_set() else error from None
    if table.num_rows > query.options.max_groups:
        names = ", ".join(one.column.name for one in query.partition)
        raise RunError(
            Diagnostic(
                "too_many_groups",
                f"PARTITION BY {names} makes more than {query.options.max_groups:,} groups",
                "run",
                hint="WITH (max_groups = 5000) allows more; a number is cut into fewer values in a subquery",
            )
        )
    read, width = [plain_array(column) for column in table.columns], len(query.partition)
    columns = tuple(one.column for one in query.partition)
    return [
        Group(
            tuple(column[row].as_py() for column in read[:width]),
            columns,
            tuple(column[row] for column in read[width : 2 * width]),
            read[-1][row].as_py(),
        )
        for row in range(table.num_rows)
    ]


def _groups_sql(query: TrainQuery) -> str:
    """Keys, one value of each, and the number of rows. One group more than may be is asked for."""
    columns = [one.column for one in query.partition]
    keys, values = ([f'"{letter}{at}"' for at in range(len(columns))] for letter in "kv")
    items = [f"{one.key.sql} AS {key}" for one, key in zip(query.partition, keys, strict=True)]
    items += [f"{column.sql} AS {value}" for column, value in zip(columns, values, strict=True)]
    one_of = [f"any_value({value})" for value in values]
    shown = [read_item(item, column.type, column.kind) for item, column in zip(one_of, columns, strict=True)]
    return (
        f"SELECT {', '.join([*keys, *shown, 'count(*)'])} "
        f"FROM ({query.source.before} {', '.join(items)} {query.source.after}\n) GROUP BY {', '.join(keys)} "
        f"ORDER BY {', '.join(f'{item} NULLS LAST' for item in one_of)} LIMIT {query.options.max_groups + 1}"
    )


def _check_size(query: TrainQuery, groups: int) -> None:
    trials = len(query.trials) if query.proposals is None else query.proposals.search.trials
    fits = groups * (query.split.folds or 1) * trials
    if fits > MOST_FITS:
        message = f"{groups:,} groups take {fits:,} fits: at most {MOST_FITS:,} in all"
        raise RunError(Diagnostic("too_many_fits", message, "run", hint="SEARCH RANDOM 10 TRIALS draws some trials"))


def _too_late() -> RunError:
    return RunError(Diagnostic("timeout", "the time was over before the groups were found", "run", retryable=True))


# ---- answers ---------------------------------------------------------------------------------------------------------


def _gathered(query: TrainQuery, groups: Sequence[StatementResult]) -> StatementResult:
    """The answers of the groups as one; it has failed where each of them has, with the first one's reason."""
    if groups[0].query.group is None:
        return groups[0]
    errors = [one.error for one in groups if one.error is not None and not one.trials]
    if len(errors) == len(groups):
        return StatementResult(query, (), query.warnings, error=errors[0])
    told = tuple(map(_told, groups))
    trials = tuple(trial for one in told for trial in one.trials)
    return StatementResult(query, trials, _warnings(query, told), groups=told)


def _told(result: StatementResult) -> StatementResult:
    """A group without a trial, as one whose rows could not be split: all its trials have failed, for that reason."""
    if result.trials or result.error is None:
        return result
    reason = result.error.diagnostic.message
    failed = (TrialResult(trial, "failed", {}, 0.0, reason) for trial in result.query.trials)
    return replace(result, trials=tuple(failed))


def _warnings(query: TrainQuery, groups: Iterable[StatementResult]) -> tuple[Diagnostic, ...]:
    """The statement's own, then those of groups, each once."""
    later = dict.fromkeys(one for group in groups for one in group.warnings if one not in query.warnings)
    return (*query.warnings, *list(later)[:_MOST_WARNINGS])
