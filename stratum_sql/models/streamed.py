"""Predictions as rows that DuckDB reads: a piece is read, predicted and forgotten before the next.

The rows come over a connection beside the session's, which runs the statement that reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import pyarrow as pa

from stratum_sql.bind.aside import Aside
from stratum_sql.bind.database import FAILURES, from_duckdb
from stratum_sql.execute.allocator import give_back
from stratum_sql.models.predict import Piece, Rows
from stratum_sql.optimizer.statistics.cardinality import query_plan

_GIVEN_BACK = 8  # pieces after which what they took goes back to the system: an allocator keeps some of each thread
Beside = Callable[[Piece], pa.Table]


class PredictedRows:
    """The rows of a head in their order, each with its predictions, for DuckDB to read by the Arrow PyCapsule
    interface, as often as it asks.

    `beside` gives a piece's columns and predictions; a piece has `piece` rows. `error` is what ended the last reading.
    """

    def __init__(self, rows: Rows, aside: Aside, beside: Beside, names: list[str], piece: int) -> None:
        self._rows, self._aside, self._beside, self._names, self._piece = rows, aside, beside, names, piece
        self.error: BaseException | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types, of no row."""
        with self._aside.opened() as connection:
            empty = connection.sql(f"FROM ({self._rows.query.text}\n) LIMIT 0").to_arrow_table()
        found: pa.Schema = self._beside(self._rows.piece(empty)).rename_columns(self._names).schema
        return found

    def __arrow_c_schema__(self) -> object:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.RecordBatchReader.from_batches(self.schema, self._batches()).__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        self.error = None
        try:
            with self._aside.opened() as connection:
                reader = connection.sql(self._rows.query.text).to_arrow_reader(self._piece)
                for count, batch in enumerate(reader, 1):
                    yield from self._predicted(batch)
                    if count % _GIVEN_BACK == 0:
                        give_back()
        except GeneratorExit:
            raise
        except FAILURES as error:
            self.error = from_duckdb(error, self._rows.query, self._rows.script)
            raise self.error from error
        except BaseException as error:
            self.error = error
            raise

    def _predicted(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        made = self._beside(self._rows.piece(pa.Table.from_batches([batch])))
        return made.rename_columns(self._names).cast(self.schema).combine_chunks().to_batches()  # type: ignore[no-any-return]


def are_many(rows: Rows, least: int) -> bool:
    """Whether DuckDB has to do with so many rows, as far as it knows."""
    largest = query_plan(rows.database, rows.query).largest
    return largest is None or largest >= least
