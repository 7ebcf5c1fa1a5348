"""What is done on a GPU: a matrix is moved there once, and stays for all that is trained on it. One that is put
together there needs the columns that it follows from, which are moved once for all matrices, and for all folds where
that is less.

    AssembleOnDevice
    ├─ ApplyOnDevice(standard_scale)
    │  ├─ FitForDevice(standard_scale)                           the state, on the host
    │  └─ RowsOnDevice                                           of one fold
    │     ├─ PlacesToDevice ─ Split                              4 bytes a row
    │     └─ ColumnToDevice ─ Read                               once for all folds
    └─ Fitted ─ FitOnDevice(pca)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Operator
from stratum_sql.plan.model import Candidate
from stratum_sql.plan.together import SearchTogether
from stratum_sql.plan.transform import Assemble, Fit, Side


@dataclass(frozen=True, slots=True)
class ToDevice(Operator):
    """Move a matrix to the GPU. Input: the matrix, or the columns of one. All that is done on it there has this one
    node as its input. `beside`: a matrix that the host needs as it is, and of which the device's copy is put together
    there: the matrix, then its features, as `AssembleOnDevice` has them."""

    beside: bool = False

    @property
    def label(self) -> str:
        return "To the GPU"


@dataclass(frozen=True, slots=True)
class TrainOnDevice(Operator):
    """Fit one model on the GPU; see `Candidate`. Inputs: `ToDevice`, target, and weights if `weighted`. Gives what
    `TrainModel` gives: a fitted estimator that predicts on the host. It is no `TrainModel`: what fails on the device is
    trained again without it, as all that is shared."""

    candidate: Candidate
    weighted: bool

    @property
    def label(self) -> str:
        return f"Train {self.candidate.estimator}({self.candidate.params}) on the GPU"

    @property
    def models(self) -> tuple[Candidate, ...]:
        """What it trains."""
        return (self.candidate,)


@dataclass(frozen=True, slots=True)
class NormalOnDevice(Operator):
    """What `MatrixNormal` gives, multiplied on the GPU. Inputs: those of `MatrixNormal`, with `ToDevice` in place of
    either matrix."""

    weighted: bool

    @property
    def label(self) -> str:
        return "Normal equations of a matrix on the GPU"


@dataclass(frozen=True, slots=True)
class FitOnDevice(Fit):
    """A fit on the GPU. Inputs: its columns on the training rows, for those who name them, then `ToDevice` of them.
    Gives what `Fit` gives: a state that applies on the host, and the training rows, which are moved back if somebody
    there reads them. `stays`: nobody does."""

    stays: bool = field(compare=False)

    @property
    def columns(self) -> int | None:
        """Where its columns end among its inputs."""
        return -1


@dataclass(frozen=True, slots=True)
class AssembleOnDevice(Assemble):
    """What `ToDevice` of `Assemble` gives, where some of the features are on the GPU already: put side by side there.
    Inputs: the values. What is on the host is moved."""

    @property
    def label(self) -> str:
        return f"Assemble [{', '.join(self.names)}] on the GPU"


@dataclass(frozen=True, slots=True)
class ColumnToDevice(Operator):
    """Move a column to the GPU, by `engine`: cuDF in the type in which it was read, CuPy as doubles, or, where `coded`,
    as the codes of its categories. `item`: bytes a row. Input: the column, of all rows or of those of one fold."""

    engine: Literal["cudf", "cupy"]
    coded: bool
    item: float = field(compare=False)

    @property
    def label(self) -> str:
        return f"Column to the GPU{' as codes' if self.coded else ''}"


@dataclass(frozen=True, slots=True)
class PlacesToDevice(Operator):
    """Move the places of the rows of one side of each fold to the GPU. Input: the split."""

    opens_folds: ClassVar[bool] = True

    side: Side

    @property
    def label(self) -> str:
        return f"Places {self.side} to the GPU"


@dataclass(frozen=True, slots=True)
class RowsOnDevice(Operator):
    """The rows of one side of each fold, taken from a column on the GPU. Inputs: `PlacesToDevice`, `ColumnToDevice`."""

    @property
    def label(self) -> str:
        return "Rows on the GPU"


@dataclass(frozen=True, slots=True)
class ApplyOnDevice(Operator):
    """Transform columns on the GPU. Inputs: the fit, if it is `fitted`, whose state is the host's; then the columns
    there. Gives what the host's own makes of the same rows."""

    transform: str
    params: FrozenParams
    fitted: bool

    @property
    def label(self) -> str:
        return f"Apply {self.transform}({self.params}) on the GPU"


@dataclass(frozen=True, slots=True)
class FitForDevice(Fit):
    """A fit on the host whose training rows are made on the GPU, and there alone. Gives the state."""


@dataclass(frozen=True, slots=True)
class SearchOnDevice(SearchTogether):
    """What `SearchTogether` gives, of one model or more, with the search on the GPU. Inputs: `ToDevice`, target, and
    `ToDevice` of the held-out matrix."""

    @property
    def label(self) -> str:
        return f"Search neighbours for {len(self.models)} models on the GPU"


@dataclass(frozen=True, slots=True)
class Placement:
    """What a batch does on a device: its name, and how many trainings, products, fits of transforms and searches of
    neighbours are there; of those that are not, how many for which reason; and what is moved there in all folds, as
    matrices or parts of them, with its bytes and seconds. `applied`: transforms that the host fits and that are applied
    there. `once`: columns that are moved once for all folds."""

    device: str
    trainings: int
    products: int = 0
    transforms: int = 0
    searches: int = 0
    copies: int = 0
    bytes: float = 0.0
    seconds: float = 0.0
    left: Mapping[str, int] = field(default_factory=dict)
    applied: int = 0
    once: int = 0


@dataclass(frozen=True, slots=True)
class DeviceRun:
    """What a batch did on a device when it ran: copies of matrices that were moved there, their bytes and seconds, how
    often one had to give way, bytes of what was made there that were moved back, and trials that were trained on the
    CPU after all, by reason."""

    device: str
    copies: int = 0
    bytes: int = 0
    seconds: float = 0.0
    spilled: int = 0
    returned: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
