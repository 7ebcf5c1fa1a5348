"""Models that share work in training: bins of one matrix, rounds of one boosting run, steps of a solver, a search."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from stratum_sql.plan.graph import Operator
from stratum_sql.plan.model import Candidate


@dataclass(frozen=True, slots=True)
class Bins(Operator):
    """The rows of a matrix as boosted trees are trained on them. Inputs: matrix, target, and weights if `weighted`.

    `key` says what shapes the bins, `leaf_sizes` the least rows of a leaf that trainings on them ask for; `example` is
    one of these trainings.
    """

    key: Hashable
    leaf_sizes: tuple[int, ...]
    seed: int
    weighted: bool
    example: Candidate = field(compare=False)

    @property
    def label(self) -> str:
        return f"Bins for {self.example.estimator}"


@dataclass(frozen=True, slots=True)
class TrainOnBins(Operator):
    """Fit one model on bins; see `Candidate`. Inputs: bins, target. Gives what `TrainModel` gives."""

    candidate: Candidate

    @property
    def label(self) -> str:
        return f"Train {self.candidate.estimator}({self.candidate.params}) on bins"

    @property
    def models(self) -> tuple[Candidate, ...]:
        """What it trains."""
        return (self.candidate,)


@dataclass(frozen=True, slots=True)
class TrainTogether(Operator):
    """Fit many models in one run of their solver. Inputs: matrix, target, and weights if `weighted`."""

    models: tuple[Candidate, ...]
    weighted: bool

    @property
    def label(self) -> str:
        return f"Train {len(self.models)} models together"


@dataclass(frozen=True, slots=True)
class SearchTogether(Operator):
    """Fit models of nearest neighbours, and find those of the held-out rows once for all. Inputs: matrix, target, and
    the held-out matrix."""

    models: tuple[Candidate, ...]

    @property
    def label(self) -> str:
        return f"Search neighbours for {len(self.models)} models"


@dataclass(frozen=True, slots=True)
class Member(Operator):
    """One of the models trained together, by its place. Input: `TrainTogether` or `SearchTogether`."""

    place: int
    candidate: Candidate = field(compare=False)

    @property
    def label(self) -> str:
        return f"Model {self.candidate.estimator}({self.candidate.params})"

    @property
    def stands_for(self) -> Candidate:
        """The model it is."""
        return self.candidate


@dataclass(frozen=True, slots=True)
class FirstRounds(Operator):
    """The model that fewer rounds, or members, would have given. Input: a model with more of them, all else equal."""

    rounds: int
    candidate: Candidate = field(compare=False)

    @property
    def label(self) -> str:
        return f"First {self.rounds} rounds"

    @property
    def stands_for(self) -> Candidate:
        """The model it is."""
        return self.candidate
