"""Reading the relations of a batch: one query each, and where that fails, what each statement alone can have of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Column
from stratum_sql.errors import Diagnostic, Interrupted, RunError, StratumError
from stratum_sql.execute.duckdb import ReadKey, Relation, StreamedRelation, open_stream, read_relation
from stratum_sql.execute.limited import limited
from stratum_sql.execute.scheduler import reason
from stratum_sql.plan.build import Batch, build_batch
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.query import TrainQuery
from stratum_sql.plan.relational import Read, Scan

AnyRelation = Relation | StreamedRelation
Deadlines = Sequence[float | None]  # by statement, on the monotonic clock


def read_relations(
    batch: Batch,
    database: Database,
    deadlines: Deadlines,
    stop: threading.Event,
    streamed: Mapping[Operator, frozenset[Operator]] | None = None,
) -> tuple[dict[Node, AnyRelation], dict[int, StratumError]]:
    """Every scan of the batch that can be read, and the errors of the statements that cannot have theirs.

    Of the scans in `streamed` only the columns that it names are read.
    """
    reading = _Reading(batch.queries, database, deadlines, stop, streamed or {})
    readers, reads = _readers(batch), _reads(batch)
    for scan, indexes in readers.items():
        reading.read(scan, reads.get(scan, []), indexes)
    return reading.relations, reading.errors


def _readers(batch: Batch) -> dict[Node, list[int]]:
    """The statements above each scan: a statement's split stands above its target, and that above what it reads."""
    found: dict[Node, list[int]] = {}
    for index, split in batch.splits.items():
        for scan in _scans_below(split):
            found.setdefault(scan, []).append(index)
    return found


def _scans_below(node: Node) -> set[Node]:
    if isinstance(node.operator, Scan):
        return {node}
    return set().union(*(_scans_below(child) for child in node.inputs))


def _reads(batch: Batch) -> dict[Node, list[Read]]:
    found: dict[Node, list[Read]] = {}
    for node in batch.graph:
        if isinstance(node.operator, Read):
            found.setdefault(node.inputs[0], []).append(node.operator)
    return found


class _Reading:
    """What was read so far, and who cannot have what they asked for."""

    def __init__(
        self,
        queries: Sequence[TrainQuery],
        database: Database,
        deadlines: Deadlines,
        stop: threading.Event,
        streamed: Mapping[Operator, frozenset[Operator]],
    ) -> None:
        self.streamed = streamed
        self.queries, self.database, self.deadlines, self.stop = queries, database, deadlines, stop
        self.relations: dict[Node, AnyRelation] = {}
        self.errors: dict[int, StratumError] = {}

    def read(self, node: Node, reads: Sequence[Read], readers: Sequence[int]) -> None:
        """Read one relation for its statements; if that fails, for each of them alone."""
        assert isinstance(node.operator, Scan)
        made = self._attempt(node.operator, reads, readers)
        if isinstance(made, Relation | StreamedRelation):
            self.relations[node] = made
        elif len(readers) > 1 and not isinstance(made, Interrupted):
            self._read_apart(node, node.operator, reads, readers)
        else:
            self.errors |= dict.fromkeys(readers, made)

    def _read_apart(self, node: Node, scan: Scan, reads: Sequence[Read], readers: Sequence[int]) -> None:
        """Rows come in the same order each time, so that columns read apart belong together."""
        columns: dict[ReadKey, Column] = {}
        rows = 0
        for index in readers:
            own = self._attempt(scan, _reads_of(self.queries[index], reads), [index])
            if isinstance(own, StratumError):
                self.errors[index] = own
            else:
                columns |= own.columns
                rows = own.rows
        if columns:
            self.relations[node] = Relation(rows, columns)

    def _attempt(self, scan: Scan, reads: Sequence[Read], readers: Sequence[int]) -> AnyRelation | StratumError:
        if self.stop.is_set():
            return _stopped()
        try:
            with self._limited(readers) as late:
                if scan in self.streamed:
                    held = [read for read in reads if read in self.streamed[scan]]
                    return open_stream(self.database, scan.source, held)
                return read_relation(self.database, scan.source, reads)
        except Interrupted as error:
            return _too_late() if late.is_set() else error
        except StratumError as error:
            return error
        except Exception as error:  # noqa: BLE001 whatever the driver raises ends these statements, not the batch
            return RunError(Diagnostic("scan_failed", reason(error) or "", "run"))

    def _limited(self, readers: Sequence[int]) -> AbstractContextManager[threading.Event]:
        """DuckDB is interrupted, and the event set, once the time of every reader is over."""
        limits = [limit for index in readers if (limit := self.deadlines[index]) is not None]
        return limited(self.database, max(limits) - time.monotonic() if len(limits) == len(readers) else None)


def _stopped() -> Interrupted:
    return Interrupted(Diagnostic("interrupted", "stopped by the caller", "run", retryable=True))


def _too_late() -> RunError:
    return RunError(Diagnostic("timeout", "the time was over before the rows were read", "run", retryable=True))


def _reads_of(query: TrainQuery, reads: Sequence[Read]) -> list[Read]:
    """The reads that one statement asked for."""
    own = {node.operator for node in build_batch([query]).graph if isinstance(node.operator, Read)}
    return [read for read in reads if read in own or read.key.startswith("WHERE ")]
