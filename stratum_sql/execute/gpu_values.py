"""Values that are on the GPU, or will be when somebody there asks for them: matrices, columns, places of rows.

What is moved is held on the device as long as its handle lives and there is room (`gpu.py`). What follows from it is
made anew for each matrix, in the device's own memory, and never held.

None of this has run on a GPU yet; see `docs/gpu.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from stratum_sql.catalog.columns import Block, Column, Inputs, Matrix, Part, Pending
from stratum_sql.catalog.gpu_columns import column_form
from stratum_sql.catalog.spec import State, TransformSpec
from stratum_sql.execute.values import Design
from stratum_sql.kernels import Coded

if TYPE_CHECKING:
    from stratum_sql.execute.gpu import Gpu

_LARGEST_PLACE = np.iinfo(np.int32).max


class Handle(Protocol):
    """What may be held on the device."""

    @property
    def nbytes(self) -> int:
        """Bytes that it takes there."""
        ...

    @property
    def is_only_there(self) -> bool:
        """Whether it could not be moved or made once more."""
        ...

    def made(self, gpu: Gpu) -> Any:
        """The array there. Raises what CuPy and cuDF raise."""
        ...


@dataclass(eq=False, slots=True, weakref_slot=True)
class OnDevice:
    """A matrix that has, or will have, a copy on the device.

    `design` is the host's, from which the copy is made; None of a matrix that was made there, until somebody here asks
    for it. One that is put together there has `beside` for that: matrices of the host, columns as codes, which are a
    fraction of them, others that are there, and columns that are made there. The host need not have such a one.
    """

    design: Design | None
    shape: tuple[int, int]
    beside: tuple[Matrix | Coded | OnDevice | ThereBlock, ...] = ()

    @classmethod
    def of(cls, design: Design) -> OnDevice:
        """A matrix of the host, which keeps it."""
        return cls(design, design.matrix.shape)

    @property
    def nbytes(self) -> int:
        return 0 if self.is_sparse else 8 * self.shape[0] * self.shape[1]

    @property
    def is_sparse(self) -> bool:
        here = self.beside if self.design is None else (self.design.matrix,)
        return any(hasattr(one, "indptr") for one in here)

    @property
    def is_only_there(self) -> bool:
        return self.design is None and not self.beside

    def made(self, gpu: Gpu) -> Any:
        """Column-major. A part is written where it belongs as soon as it is there, so that it need not stay."""
        if not self.beside:
            assert self.design is not None, "what is made there is held, or was moved back"
            return gpu.moved_there(self.design.matrix)
        with gpu.reserved(self.nbytes):
            matrix, first = gpu.arrays.empty(self.shape, dtype=np.float64, order="F"), 0
            for columns in (columns for one in self.beside for columns in _columns_of(one, gpu)):
                last = first + columns.shape[1]
                matrix[:, first:last] = columns
                first = last
        return matrix


def _columns_of(one: Matrix | Coded | OnDevice | ThereBlock, gpu: Gpu) -> Iterator[Any]:
    """Some columns of a matrix that is put together there, as matrices."""
    if isinstance(one, OnDevice):
        yield gpu.copy(one)
    elif isinstance(one, ThereBlock | Coded):
        made = (
            one.columns(gpu) if isinstance(one, ThereBlock) else looked_up(one, gpu.moved_there(one.codes), gpu.arrays)
        )
        yield from (values[:, None] for values in made)
    else:
        yield gpu.moved_there(one)


def looked_up(piece: Coded, codes: Any, arrays: Any) -> Iterator[Any]:
    """The columns that follow from codes, which are there, one after the other: code -1 reads the last entry."""
    entries = arrays.asarray(piece.table)[codes]
    if piece.width is None:
        yield entries
    else:
        yield from ((entries == place).astype(np.float64) for place in range(piece.width))


# ---- columns ---------------------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True, weakref_slot=True)
class ColumnThere:
    """A column of the host on the device: numbers as doubles with NULL as NaN, or the codes of its categories.

    `by_cudf`: it is moved in the type in which it was read, NULL as bits, and made doubles there.
    """

    column: Column
    coded: bool = False
    by_cudf: bool = False

    @property
    def nbytes(self) -> int:
        return (4 if self.coded else 8) * len(self.column)

    @property
    def is_only_there(self) -> bool:
        return False

    def made(self, gpu: Gpu) -> Any:
        if self.coded:
            return gpu.moved_there(self.column.codes.codes)
        frames = gpu.frames() if self.by_cudf else None
        if frames is None:
            return gpu.moved_there(self.column.numbers)
        values = self.column.arrow()
        if not _is_plain(values.type):
            return gpu.moved_there(self.column.numbers)
        return gpu.moved_by(values, lambda: frames.Series.from_arrow(values).astype("float64").to_cupy(na_value=np.nan))


def _is_plain(kind: pa.DataType) -> bool:
    """Whether a value becomes a double in one way only: decimals are left to Arrow, as on the host."""
    return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind) or kind in (pa.float32(), pa.float64()))


@dataclass(eq=False, slots=True, weakref_slot=True)
class PlacesThere:
    """The places of some rows, on the device in 4 bytes each where that is enough."""

    rows: np.ndarray[Any, Any]

    @classmethod
    def of(cls, rows: np.ndarray[Any, Any]) -> PlacesThere:
        """Of rows by their number."""
        is_small = not len(rows) or int(rows.max()) <= _LARGEST_PLACE
        return cls(rows.astype(np.int32) if is_small else rows)

    @property
    def nbytes(self) -> int:
        return int(self.rows.nbytes)

    @property
    def is_only_there(self) -> bool:
        return False

    def made(self, gpu: Gpu) -> Any:
        return gpu.moved_there(self.rows)


# ---- blocks of columns -----------------------------------------------------------------------------------------------


class ThereBlock(Block):
    """Columns that are made on the device from others there. The host has none of them."""

    __slots__ = ("rows",)
    rows: int

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return self.rows

    @property
    def is_sparse(self) -> bool:
        return False

    @property
    def nbytes(self) -> int:
        """On the host."""
        return 0

    def columns(self, gpu: Gpu) -> Iterable[Any]:
        """Arrays of float64 (rows,) on the device. Raises what CuPy and cuDF raise, and ValueError."""
        raise NotImplementedError


class RowsThere(ThereBlock):
    """A column, or some rows of one."""

    __slots__ = ("places", "source")
    source: ColumnThere
    places: PlacesThere | None

    def __init__(self, source: ColumnThere, places: PlacesThere | None = None) -> None:
        rows = len(source.column) if places is None else len(places.rows)
        self._set(source=source, places=places, rows=rows, names=(source.column.name,))

    def columns(self, gpu: Gpu) -> list[Any]:
        places = None if self.places is None else gpu.copy(self.places)
        values = gpu.copy(self.source)
        return [values if places is None else values[places]]


class AppliedThere(ThereBlock):
    """A transform of numbers that are there, with a state of the host."""

    __slots__ = ("given", "params", "state", "transform")
    transform: str
    params: Mapping[str, Any]
    state: State
    given: tuple[ThereBlock, ...]

    def __init__(self, transform: str, params: Mapping[str, Any], state: State, given: Sequence[ThereBlock]) -> None:
        form = column_form(transform, params)
        assert form is not None, "what is planned has a form"
        width = form.width(state, params, sum(len(one.names) for one in given))
        names = tuple(f"{transform}{place}" for place in range(width))
        self._set(transform=transform, params=params, state=state, given=tuple(given), names=names, rows=len(given[0]))

    def columns(self, gpu: Gpu) -> list[Any]:
        form = column_form(self.transform, self.params)
        assert form is not None, "what is planned has a form"
        given = [values for one in self.given for values in one.columns(gpu)]
        return form.apply(self.state, self.params, given, gpu.arrays)


class LookedUpThere(ThereBlock):
    """What follows from the codes of a column that are there."""

    __slots__ = ("of", "piece")
    of: RowsThere
    piece: Coded

    def __init__(self, of: RowsThere, piece: Coded, names: tuple[str, ...]) -> None:
        self._set(of=of, piece=piece, names=names, rows=len(of))

    def columns(self, gpu: Gpu) -> Iterator[Any]:
        (codes,) = self.of.columns(gpu)
        return looked_up(self.piece, codes, gpu.arrays)


def applied_there(
    spec: TransformSpec, params: Mapping[str, Any], state: State, given: Sequence[Any]
) -> tuple[ThereBlock, ...]:
    """The columns that a transform makes of others there. What follows from codes has its tables from the host's own
    transform, which makes no column for that."""
    full = spec.complete(dict(params))
    if not (spec.fitted and spec.coded(full)):
        return (AppliedThere(spec.name, full, state, given),)
    parts: Sequence[Part] = spec.apply(state, Inputs([one.source.column for one in given]), full)
    made = [part for part in parts if isinstance(part, Pending)]
    assert len(made) == len(given), "each column follows from its own codes"
    return tuple(LookedUpThere(one, part.piece, part.names) for one, part in zip(given, made, strict=True))
