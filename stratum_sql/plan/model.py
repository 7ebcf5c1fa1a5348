"""Training and scoring. An operator that trains says in `models` what."""

from __future__ import annotations

from dataclasses import dataclass, field

from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Operator


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model: an estimator and its parameters.

    `params` are handed to the library; two trainings are the same work if their `identity` is: what the statement says,
    or, once `equal_trials` has run, that and every default.
    """

    estimator: str
    params: FrozenParams = field(compare=False)
    identity: FrozenParams
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainModel(Operator):
    """Fit one estimator; see `Candidate`. Inputs: matrix, target, and weights if `weighted`. Gives the fitted estimator
    and its seconds."""

    estimator: str
    params: FrozenParams = field(compare=False)
    identity: FrozenParams
    seed: int
    weighted: bool

    @property
    def label(self) -> str:
        return f"Train {self.estimator}({self.params})"

    @property
    def models(self) -> tuple[Candidate, ...]:
        """What it trains."""
        return (Candidate(self.estimator, self.params, self.identity, self.seed),)


@dataclass(frozen=True, slots=True)
class TrainStopped(Operator):
    """Fit one boosting that ends once `stopping_rounds` rounds have not bettered the validation rows.

    Inputs: matrix and target of the rows to fit, then of the validation rows, and the weights of both if `weighted`.
    Gives what `TrainModel` gives, and the rounds that were best. It is no `TrainModel`: no rule that takes one training
    for a part of another may see it.
    """

    estimator: str
    params: FrozenParams = field(compare=False)
    identity: FrozenParams
    seed: int
    weighted: bool
    stopping_rounds: int

    @property
    def label(self) -> str:
        return f"Train {self.estimator}({self.params}), stopped after {self.stopping_rounds} rounds without gain"

    @property
    def models(self) -> tuple[Candidate, ...]:
        """What it trains."""
        return (Candidate(self.estimator, self.params, self.identity, self.seed),)


@dataclass(frozen=True, slots=True)
class TrainTargets(Operator):
    """Fit one estimator to several targets at once, or, where the library's own takes one, one of them to each. Inputs
    and value are those of `TrainModel`, the target being a matrix; nothing is shared with other models."""

    estimator: str
    params: FrozenParams = field(compare=False)
    identity: FrozenParams
    seed: int
    weighted: bool

    @property
    def label(self) -> str:
        return f"Train {self.estimator}({self.params}) for several targets"

    @property
    def models(self) -> tuple[Candidate, ...]:
        """What it trains."""
        return (Candidate(self.estimator, self.params, self.identity, self.seed),)


@dataclass(frozen=True, slots=True)
class Score(Operator):
    """The metrics of one model on held-out rows, all from one prediction pass.

    Inputs: model, matrix, held-out target, and weights if `weighted`.
    """

    metrics: tuple[str, ...]
    weighted: bool

    @property
    def label(self) -> str:
        return f"Score {', '.join(self.metrics)}"
