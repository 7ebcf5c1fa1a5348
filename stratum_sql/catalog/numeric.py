"""Numbers going into a transform, checked the way scikit-learn checks them, with the column's name in the error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stratum_sql import kernels
from stratum_sql.catalog.columns import Block, Inputs, Matrix, Pending

Floats = NDArray[np.float64]

LARGEST_DENSE = 4 * 2**30  # bytes that one block may fill when it is dense


def need_rows(inputs: Inputs) -> None:
    """Raise ValueError where there is no row to fit on."""
    if len(inputs) == 0:
        raise ValueError("no training rows")


def number_columns(inputs: Inputs) -> list[Floats]:
    """Every column as float64 of shape (n,), NULL as NaN. Raises ValueError on infinity and on what is no number."""
    _refuse_huge(inputs)
    for column in inputs.columns:
        _refuse_infinity(column.numbers, column.name)
    return [column.numbers for column in inputs.columns]


def complete_columns(inputs: Inputs) -> list[Floats]:
    """As `number_columns`, and ValueError on NULL too."""
    columns = number_columns(inputs)
    for values, name in zip(columns, inputs.names, strict=True):
        if np.isnan(values).any():
            raise ValueError(f"{name} has NULL: this transform needs a value in every row, so impute({name}) first")
    return columns


def rows_matrix(inputs: Inputs) -> Floats:
    """The columns as one dense row-major matrix without NULL and infinity, as scikit-learn's own pipelines hold it."""
    return _row_major(complete_columns(inputs), len(inputs))


def rows_matrix_with_null(inputs: Inputs) -> Floats:
    """The columns as one dense row-major matrix; NULL is NaN, infinity raises ValueError."""
    return _row_major(number_columns(inputs), len(inputs))


def any_matrix(inputs: Inputs) -> Matrix:
    """As `rows_matrix`, but CSR where a part is sparse."""
    if not any(isinstance(part, Block) and part.is_sparse for part in inputs.parts):
        return rows_matrix(inputs)
    matrix = inputs.matrix
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    if len(bad):
        raise ValueError(
            f"{inputs.names[matrix.indices[bad[0]]]} has NULL or infinity, which this transform cannot take"
        )
    return matrix


def block(columns: Iterable[Floats], names: Sequence[str], rows: int) -> Block:
    """A dense column-major block of `rows` rows out of float64 columns; the only column of one is not copied."""
    if len(names) == 1:
        (column,) = columns
        return Block(column.reshape(rows, 1), tuple(names))
    values = np.empty((rows, len(names)), dtype=np.float64, order="F")
    for at, column in enumerate(columns):
        values[:, at] = column
    return Block(values, tuple(names))


def as_block(matrix: Matrix, names: Sequence[str]) -> Block:
    """A matrix as a block: CSR stays CSR, dense becomes column-major, coded columns wait until they are needed."""
    if isinstance(matrix, kernels.Coded):
        return Pending(matrix, names)
    if sparse.issparse(matrix):
        return Block(sparse.csr_matrix(matrix, dtype=np.float64), tuple(names))
    return Block(np.asfortranarray(matrix, dtype=np.float64), tuple(names))


def blocks(parts: Iterable[tuple[Matrix, Sequence[str]]]) -> tuple[Block, ...]:
    """Blocks out of matrices and their names; a name that stands already gets `_2`, `_3`, …."""
    parts = list(parts)
    names = iter(_unique(name for _, some in parts for name in some))
    return tuple(as_block(matrix, list(islice(names, len(some)))) for matrix, some in parts)


def _unique(names: Iterable[str]) -> list[str]:
    out: dict[str, None] = {}
    for name in names:
        fresh, count = name, 2
        while fresh in out:
            fresh, count = f"{name}_{count}", count + 1
        out[fresh] = None
    return list(out)


def _row_major(columns: list[Floats], rows: int) -> Floats:
    out = np.empty((rows, len(columns)), dtype=np.float64)
    for at, values in enumerate(columns):
        out[:, at] = values
    return out


def _refuse_infinity(values: Floats, name: str) -> None:
    # a finite sum proves that all is finite, in one pass and no mask
    with np.errstate(over="ignore", invalid="ignore"):
        total = values.sum()
    if not np.isfinite(total) and np.isinf(values).any():
        raise ValueError(f"{name} has infinity, which no transform can take: use nullif or least in the query")


def _refuse_huge(inputs: Inputs) -> None:
    for part in inputs.parts:
        if isinstance(part, Block) and part.is_sparse and 8 * len(part) * len(part.names) > LARGEST_DENSE:
            raise ValueError(
                f"{len(part.names)} sparse columns of {len(part)} rows would need "
                f"{8 * len(part) * len(part.names) / 2**30:.0f} GiB when made dense: reduce them with svd(..) first"
            )
