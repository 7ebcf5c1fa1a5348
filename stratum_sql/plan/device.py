"""What is done on a GPU: a matrix is moved there once, and stays for all that is trained on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stratum_sql.plan.graph import Operator
from stratum_sql.plan.model import Candidate


@dataclass(frozen=True, slots=True)
class ToDevice(Operator):
    """Move a matrix to the GPU. Input: the matrix. All that is done on it there has this one node as its input."""

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
class Placement:
    """What a batch does on a device: its name, and how many trainings and products are there; of those that are not,
    how many for which reason; and the copies of matrices that are moved there in all folds, their bytes and seconds."""

    device: str
    trainings: int
    products: int = 0
    copies: int = 0
    bytes: float = 0.0
    seconds: float = 0.0
    left: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceRun:
    """What a batch did on a device when it ran: copies of matrices that were moved there, their bytes and seconds, how
    often one had to give way, and trials that were trained on the CPU after all, by reason."""

    device: str
    copies: int = 0
    bytes: int = 0
    seconds: float = 0.0
    spilled: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
