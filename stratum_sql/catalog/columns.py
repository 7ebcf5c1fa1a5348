"""What flows between transforms: columns of a table, blocks of a matrix, and the inputs of one transform.

Rows keep one fixed order everywhere. NULL is one thing: NaN in numbers, code -1 in categories, None in text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from stratum_sql import kernels

Kind = Literal["number", "text", "time", "other"]
Matrix = Any  # numpy.ndarray of shape (rows, columns), float64, or scipy.sparse.csr_matrix


@dataclass(frozen=True, eq=False, slots=True)
class Codes:
    """A column as categories: `values[codes[i]]` is row i's value, code -1 is NULL; `values` is sorted and may hold
    values that no row of this selection has."""

    codes: np.ndarray[Any, Any]  # int32, n
    values: np.ndarray[Any, Any]  # sorted; float64, bool, datetime64 or object of str

    def present(self) -> np.ndarray[Any, Any]:
        """Codes that occur, ascending, -1 left out."""
        return np.flatnonzero(self.counts()[:-1])

    def counts(self) -> np.ndarray[Any, Any]:
        """Rows of each code (int64, k + 1), the last of -1."""
        return kernels.category_counts(self.codes, len(self.values))


class Column:
    """One column of n rows, seen as numbers, categories, text or times; each view is made once, when first asked for.

    `take` shares the views with the parent column, so a fold never encodes a text twice.
    """

    def __init__(self, name: str, kind: Kind, values: pa.Array | np.ndarray[Any, Any]) -> None:
        self.name = name
        self.kind = kind
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def take(self, rows: np.ndarray[Any, Any]) -> Column:
        """The rows at these positions, in this order."""
        return _Rows(self, rows)

    def renamed(self, name: str) -> Column:
        """The same values under another name."""
        return _Rows(self, None, name)

    def arrow(self) -> pa.Array:
        """The values as they were read, in their own type."""
        return self._values if isinstance(self._values, pa.Array) else pa.array(self._values)

    @cached_property
    def numbers(self) -> np.ndarray[Any, Any]:
        """float64, NULL is NaN; booleans are 0 and 1. Raises ValueError on text and times."""
        if isinstance(self._values, np.ndarray):
            return np.ascontiguousarray(self._values, dtype=np.float64)
        if self.kind != "number":
            raise ValueError(f"{self.name} is no number")
        values = self._values
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        return np.ascontiguousarray(
            values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64
        )

    @cached_property
    def codes(self) -> Codes:
        """The column as categories, sorted by value. ValueError: whole numbers that doubles cannot tell apart."""
        if self.kind == "number":
            _refuse_too_large(self.name, self._values)
            # + 0.0 makes one of 0.0 and -0.0, which Arrow tells apart
            return _coded(pa.array(self.numbers + 0.0, from_pandas=True))
        return _coded(pa.array(self._values))

    @cached_property
    def texts(self) -> np.ndarray[Any, Any]:
        """Object array of str, None for NULL."""
        codes = self.codes
        words = np.asarray([str(value) for value in codes.values], dtype=object)
        table: np.ndarray[Any, Any] = np.append(words, [None])
        texts: np.ndarray[Any, Any] = table[codes.codes]
        return texts

    @cached_property
    def times(self) -> np.ndarray[Any, Any]:
        """datetime64[us], NaT for NULL; only of `kind` time."""
        if self.kind != "time":
            raise ValueError(f"{self.name} is no time")
        values = (
            self._values.cast(pa.timestamp("us"), safe=False)
            if not isinstance(self._values, np.ndarray)
            else self._values
        )
        return (
            values if isinstance(values, np.ndarray) else values.to_numpy(zero_copy_only=False).astype("datetime64[us]")
        )

    @property
    def nbytes(self) -> int:
        """Bytes held by the source values (views not counted)."""
        return int(self._values.nbytes)


class CategoryColumn(Column):
    """A column made by a transform out of categories, such as `rare` or `impute` of text."""

    def __init__(self, name: str, codes: Codes) -> None:
        kind: Kind = "number" if codes.values.dtype.kind in "fiub" else "text"
        super().__init__(name, kind, codes.codes)
        self.__dict__["codes"] = codes

    @cached_property
    def numbers(self) -> np.ndarray[Any, Any]:
        if self.kind != "number":
            raise ValueError(f"{self.name} is no number")
        numbers: np.ndarray[Any, Any] = np.append(self.codes.values.astype(np.float64), [np.nan])[self.codes.codes]
        return numbers


class _Rows(Column):
    """Some rows of another column; every view is cut from the parent's."""

    def __init__(self, parent: Column, rows: np.ndarray[Any, Any] | None, name: str | None = None) -> None:
        self.name = name or parent.name
        self.kind = parent.kind
        self._parent = parent
        self._rows: Any = slice(None) if rows is None else rows

    def __len__(self) -> int:
        return len(self._parent) if isinstance(self._rows, slice) else len(self._rows)

    def arrow(self) -> pa.Array:
        values = self._parent.arrow()
        return values if isinstance(self._rows, slice) else values.take(pa.array(self._rows))

    @cached_property
    def numbers(self) -> np.ndarray[Any, Any]:
        numbers: np.ndarray[Any, Any] = self._parent.numbers[self._rows]
        return numbers

    @cached_property
    def codes(self) -> Codes:
        return Codes(self._parent.codes.codes[self._rows], self._parent.codes.values)

    @cached_property
    def texts(self) -> np.ndarray[Any, Any]:
        texts: np.ndarray[Any, Any] = self._parent.texts[self._rows]
        return texts

    @cached_property
    def times(self) -> np.ndarray[Any, Any]:
        times: np.ndarray[Any, Any] = self._parent.times[self._rows]
        return times

    @property
    def nbytes(self) -> int:
        return 8 * len(self)


def _coded(values: Any) -> Codes:
    """Categories of an Arrow array, found by hashing: a value is compared with others once, not once a row."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        codes, firsts = kernels.text_codes(values.cast(pa.large_string()))
        return Codes(codes, values.take(pa.array(firsts)).to_numpy(zero_copy_only=False))
    encoded = values.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy(zero_copy_only=False)
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    rank[-1] = -1
    # an ENUM comes with unsigned indices, which have no -1
    indices = pc.fill_null(encoded.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
    return Codes(rank[indices], encoded.dictionary.take(pa.array(order)).to_numpy(zero_copy_only=False))


_LARGEST_EXACT = 2**53  # whole numbers above it share their double with others


def _refuse_too_large(name: str, values: Any) -> None:
    if not isinstance(values, pa.Array) or values.type not in (pa.int64(), pa.uint64()) or len(values) == 0:
        return
    ends = pc.min_max(values).as_py()
    if ends["max"] is not None and max(-ends["min"], ends["max"]) > _LARGEST_EXACT:
        raise ValueError(f"{name} has whole numbers above 2^53, which are no categories as numbers: cast it to VARCHAR")


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Some columns of a matrix: `values` is float64 of shape (rows, len(names)), dense (column-major) or CSR."""

    values: Matrix
    names: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.values.shape[0])

    @property
    def is_sparse(self) -> bool:
        return bool(sparse.issparse(self.values))

    @property
    def nbytes(self) -> int:
        if self.is_sparse:
            return int(self.values.data.nbytes + self.values.indices.nbytes + self.values.indptr.nbytes)
        return int(self.values.nbytes)

    def take(self, rows: np.ndarray[Any, Any]) -> Block:
        """The rows at these positions, in this order."""
        return Block(self.values[rows] if self.is_sparse else np.asfortranarray(self.values[rows]), self.names)


class Pending(Block):
    """Dense columns that follow from codes: `stack` writes them where they belong, alone they are made when asked for.

    So a matrix of many categories is never there twice. `rows` of them, made once, read-only.
    """

    __slots__ = ("_made", "piece")
    piece: kernels.Coded
    _made: Matrix | None

    def __init__(self, piece: kernels.Coded, names: Sequence[str]) -> None:
        for name, value in (("piece", piece), ("names", tuple(names)), ("_made", None)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.piece.codes)

    @property
    def values(self) -> Matrix:
        """The columns as a matrix (rows, columns), column-major."""
        if self._made is None:
            made = kernels.design([self.piece], len(self))
            made.flags.writeable = False
            object.__setattr__(self, "_made", made)
        return self._made

    @property
    def is_sparse(self) -> bool:
        return False

    @property
    def nbytes(self) -> int:
        """Bytes, also before they are made."""
        return 8 * len(self) * len(self.names)


Part = Column | Block


class Inputs:
    """What one transform is given: one or more columns or blocks of equal length, in the order they were written."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)

    def __len__(self) -> int:
        return len(self.parts[0]) if self.parts else 0

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every input as a column; blocks are taken apart (a sparse block is made dense)."""
        return tuple(column for part in self.parts for column in _columns_of(part))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in (part.names if isinstance(part, Block) else (part.name,)))

    @cached_property
    def matrix(self) -> Matrix:
        """Every input as one matrix (rows, columns) of float64: CSR if any part is sparse, else dense, column-major.
        Raises ValueError if a column is no number."""
        return stack(self.parts)


def _columns_of(part: Part) -> tuple[Column, ...]:
    if isinstance(part, Column):
        return (part,)
    values = part.values.toarray() if part.is_sparse else part.values
    return tuple(Column(name, "number", np.ascontiguousarray(values[:, i])) for i, name in enumerate(part.names))


def dense(matrix: Matrix) -> np.ndarray[Any, Any]:
    """The matrix as float64, its zeros written out."""
    return np.asarray(matrix.todense() if hasattr(matrix, "todense") else matrix, dtype=np.float64)


def stack(parts: Sequence[Part]) -> Matrix:
    """One matrix of all parts, side by side: CSR if any is sparse, else dense and column-major."""
    if any(isinstance(part, Block) and part.is_sparse for part in parts):
        return sparse.hstack([_sparse(part) for part in parts], format="csr")
    return kernels.design([_piece(part) for part in parts], len(parts[0]) if parts else 0)


def _piece(part: Part) -> Any:
    if isinstance(part, Pending):
        return part.piece
    return part.values if isinstance(part, Block) else part.numbers


def _sparse(part: Part) -> Matrix:
    return sparse.csr_matrix(part.values if isinstance(part, Block) else part.numbers.reshape(-1, 1))
