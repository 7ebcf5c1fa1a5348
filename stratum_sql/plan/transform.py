"""Preparing features: split, select rows, fit on training rows, apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from stratum_sql.catalog.halving import Rung
from stratum_sql.catalog.validation import Manner
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Operator

Side = Literal["train", "valid", "test"]


@dataclass(frozen=True, slots=True)
class Encode(Operator):
    """The target as the library wants it: float64, or class codes with the sorted classes. Input: the read target.

    `type` is the target's DuckDB type: predictions come back in it.
    """

    task: str
    type: str

    @property
    def label(self) -> str:
        return f"Encode target ({self.task})"


@dataclass(frozen=True, slots=True)
class Targets(Operator):
    """Several targets as the columns of one matrix. Inputs: the encoded targets."""

    @property
    def label(self) -> str:
        return "Targets side by side"


@dataclass(frozen=True, slots=True)
class Split(Operator):
    """Train and test positions of every fold. Inputs: the encoded target, then the columns that `roles` name.

    `key` says clause, seed and task; `clause` is the syntax node itself. `rung` says which of the rows a halving search
    takes.
    """

    key: str
    roles: tuple[str, ...]
    clause: object = field(compare=False)
    seed: int = field(compare=False)
    task: str = field(compare=False)
    rung: Rung | None = None

    @property
    def words(self) -> str:
        """The split as EXPLAIN shows it."""
        return self.key if self.rung is None else f"{self.key}, {self.rung}"

    @property
    def label(self) -> str:
        return f"Split {self.words}"


@dataclass(frozen=True, slots=True)
class InnerSplit(Operator):
    """The training rows of each fold, parted once more: those that are fitted (`train`), and those on which a training
    sees when to stop (`valid`). Inputs: the split, the encoded target, and the column of groups or of the order where
    `manner` needs one.
    """

    opens_folds: ClassVar[bool] = True

    fraction: float  # of the training rows, or of their groups, that validate
    manner: Manner
    seed: int
    gap: int = 0  # rows before the validation rows that go unused

    @property
    def words(self) -> str:
        """The split as EXPLAIN shows it."""
        return f"{self.fraction:.3g} of the training rows validate"

    @property
    def label(self) -> str:
        return f"Inner split, {self.words}"


@dataclass(frozen=True, slots=True)
class Rows(Operator):
    """The rows of one side of each fold. Inputs: the split, or the inner split, and the value. Shares the value's
    encodings."""

    opens_folds: ClassVar[bool] = True

    side: Side

    @property
    def label(self) -> str:
        return f"Rows {self.side}"


@dataclass(frozen=True, slots=True)
class Fit(Operator):
    """Fit one transform. Inputs: its columns on the training rows (then their target). Gives the state and, from the
    same pass, the training rows transformed, which is not always what applying the state to them gives (target
    encoding)."""

    transform: str
    params: FrozenParams
    seed: int
    with_target: bool

    @property
    def columns(self) -> int | None:
        """Where its columns end among its inputs, as the end of a slice."""
        return -1 if self.with_target else None

    @property
    def label(self) -> str:
        return f"Fit {self.transform}({self.params})"


@dataclass(frozen=True, slots=True)
class Components(Operator):
    """Fit a transform with the most components that are asked for. Inputs: its columns on the training rows. Gives what
    `FirstComponents` take theirs from, or None where the fit fails: what is wrong, each says of itself."""

    transform: str
    params: FrozenParams
    seed: int

    @property
    def label(self) -> str:
        return f"Components {self.transform}({self.params})"


@dataclass(frozen=True, slots=True)
class FirstComponents(Fit):
    """A fit of some of the components. Inputs: its columns on the training rows, then `Components`. Gives what `Fit`
    gives, and is fitted as that is where it cannot be taken from the other."""

    @property
    def columns(self) -> int | None:
        """Where its columns end among its inputs."""
        return -1


@dataclass(frozen=True, slots=True)
class Fitted(Operator):
    """The training rows as their `Fit` left them. Input: the fit."""

    @property
    def label(self) -> str:
        return "Fitted rows"


@dataclass(frozen=True, slots=True)
class FittedState(Operator):
    """The state of a `Fit` alone, so that its training rows can be forgotten. Input: the fit."""

    @property
    def label(self) -> str:
        return "Fitted state"


@dataclass(frozen=True, slots=True)
class Apply(Operator):
    """Transform rows with a fitted state. Inputs: the fit, then the columns."""

    transform: str
    params: FrozenParams

    @property
    def label(self) -> str:
        return f"Apply {self.transform}"


@dataclass(frozen=True, slots=True)
class Map(Operator):
    """A row-wise transform: nothing is fitted, so it is done once for all rows. Inputs: the columns."""

    transform: str
    params: FrozenParams

    @property
    def label(self) -> str:
        return f"Map {self.transform}({self.params})"


@dataclass(frozen=True, slots=True)
class Assemble(Operator):
    """Features side by side as one matrix, in the order of the SELECT list. Inputs: the values.

    `memory_limit` is the statement's own, in bytes: a matrix that is too large for one statement may do for another.
    """

    names: tuple[str, ...] = field(compare=False)
    memory_limit: int | None = None

    @property
    def label(self) -> str:
        return f"Assemble [{', '.join(self.names)}]"
