"""What binding makes of a statement: a value that says everything the plan needs, and names no table by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from stratum_sql.catalog.bayes import Bayes
from stratum_sql.catalog.halving import Rung
from stratum_sql.catalog.spec import EstimatorSpec, MetricSpec, Task
from stratum_sql.errors import Diagnostic, Span
from stratum_sql.grammar.syntax import Created
from stratum_sql.plan.features import Feature, Leaf
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.partition import Group, Partition
from stratum_sql.plan.relational import Source

Mode = Literal["auto", "cpu", "gpu"]

# The columns that every leaderboard may have, beside those of its metrics.
BOARD_COLUMNS = (
    "statement", "model", "trial", "estimator", "params", "features", "rung", "rows", "rounds", "fold_scores",
    "fit_seconds", "rank", "status", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate of a statement's search space. `given` are the parameters the statement says, `full` adds the
    defaults. Where the select list has choices, `features` are the trial's own, and `choices` names what each item
    became, None where it is left out."""

    number: int
    estimator: EstimatorSpec
    given: FrozenParams
    full: FrozenParams
    features: tuple[Feature, ...] | None = None
    choices: tuple[tuple[str, str | None], ...] = ()

    def __str__(self) -> str:
        """What it was given: `alpha => 1, x as standard_scale(x), without c`."""
        chosen = [f"without {name}" if words is None else _named(name, words) for name, words in self.choices]
        return ", ".join([*([str(self.given)] if self.given.items else []), *chosen])


def _named(name: str, words: str) -> str:
    return words if name == words else f"{name} as {words}"


@dataclass(frozen=True, slots=True)
class Round:
    """Some trials that are asked for together. `features` are those of all of them, `source` is what they read."""

    trials: tuple[Trial, ...]
    features: tuple[Feature, ...]
    source: Source


class Proposer(Protocol):
    """A search that proposes trials from the scores of earlier ones. It is asked and told in turn."""

    def ask(self) -> Round | None:
        """The next round; None once all trials were asked. Raises StratumError where a trial cannot be bound."""

    def tell(self, values: Sequence[float | None]) -> None:
        """The scores of that round by the first metric, in its order; None is a trial that failed."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """What `SEARCH BAYES` says; `begin` begins the search anew: with equal scores it asks for equal trials."""

    search: Bayes
    begin: Callable[[], Proposer] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Options:
    """`WITH (…)`; None means the session's own setting, or, of early stopping, that there is none."""

    timeout: float | None = None  # seconds for the statement
    on_error: str = "skip"
    memory_limit: int | None = None  # bytes
    n_jobs: int | None = None
    return_folds: bool = False
    early_stopping: int | None = None  # rounds without gain after which boosting ends
    validation_fraction: float = 0.1  # of the training rows, which say what gain is
    rules: tuple[tuple[str, bool], ...] = ()
    device: Mode | None = None  # where models may be trained
    max_groups: int = 1_000
    keep_order: bool = False  # rows as the query's ORDER BY has them, in place of an order made of their content


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How rows become folds. `folds` is None where only the data can say; `roles` name the columns in `columns`; of a
    halving search it is the split of one rung."""

    key: str
    clause: object
    seed: int
    folds: int | None
    roles: tuple[str, ...] = ()
    columns: tuple[Leaf, ...] = ()
    rung: Rung | None = None

    @property
    def words(self) -> str:
        """What EXPLAIN shows."""
        return self.key if self.rung is None else f"{self.key}, {self.rung}"


@dataclass(frozen=True, slots=True)
class TrainQuery:
    """A bound TRAIN statement. `features` are those of every trial, or of some trial where the select list has choices:
    all that is read. Where `proposals` are to come, the trials are those of the first round. `partition` are those of
    PARTITION BY; with a `group` it is the statement over this group's rows alone."""

    text: str
    span: Span
    source: Source
    features: tuple[Feature, ...]
    target: Leaf
    task: Task
    weight: Leaf | None
    split: SplitPlan
    metrics: tuple[MetricSpec, ...]
    trials: tuple[Trial, ...]
    seed: int
    options: Options
    name: str | None
    canonical: Callable[[], str] = field(compare=False)  # prints the statement in canonical form
    warnings: tuple[Diagnostic, ...] = field(default=())
    columns: tuple[tuple[str, str], ...] = ()  # name and type of the relation's columns, for prediction
    created: Created | None = None  # what CREATE MODEL says; None for TRAIN, which adds a version
    proposals: Proposals | None = None
    partition: tuple[Partition, ...] = ()
    group: Group | None = None
    more_targets: tuple[Leaf, ...] = ()
    request: int = field(default=0, compare=False)  # that it came with, where a batch has those of several callers

    @property
    def targets(self) -> tuple[Leaf, ...]:
        """Every column that is predicted."""
        return (self.target, *self.more_targets)

    @property
    def split_task(self) -> Task:
        """By what the rows are split: classes are kept in proportion where there is one target to have them, as
        scikit-learn's `check_cv` does."""
        return "regression" if self.more_targets else self.task

    def features_of(self, trial: Trial) -> tuple[Feature, ...]:
        """What a trial learns from."""
        return self.features if trial.features is None else trial.features
