"""The values that nodes give: read-only, so that what is shared cannot be changed by one of those who use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.columns import Matrix, Part
from stratum_sql.catalog.metrics import Scores
from stratum_sql.catalog.spec import State, Target
from stratum_sql.execute.boosted import Trees

Parts = tuple[Part, ...]


@dataclass(frozen=True, eq=False, slots=True)
class FitResult:
    """What a fit gives: the state, and the training rows transformed."""

    state: State
    parts: Parts


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """A matrix of features and the names of its columns."""

    matrix: Matrix
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """A fitted estimator, the seconds its fit took, what the library warned of, the trees it shares with others, and
    the rounds it kept where it stopped early."""

    estimator: Any
    seconds: float
    warnings: tuple[str, ...] = ()
    trees: Trees | None = None
    rounds: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """The scores of one model among those trained together, its seconds, and what the library would warn of."""

    scores: Scores
    seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """A target together with the labels its class codes stand for, in the target's own type.

    Several targets are the columns of one matrix; `labels` is None then, and `each` has those of each, if they are
    classes.
    """

    target: Target
    labels: tuple[Any, ...] | None
    each: tuple[tuple[Any, ...], ...] = ()

    def take(self, rows: np.ndarray[Any, Any]) -> Labels:
        """The rows at these positions."""
        return Labels(Target(read_only(self.target.values[rows]), self.target.classes), self.labels, self.each)


def read_only(matrix: Matrix) -> Matrix:
    """The array, or the CSR matrix, closed to writing: many trials are given the same one.

    A CSR matrix is put into its canonical form first, which libraries otherwise do in place when they are given it.
    """
    if hasattr(matrix, "indptr"):
        matrix.sum_duplicates()
        for part in (matrix.data, matrix.indices, matrix.indptr):
            part.flags.writeable = False
    else:
        matrix.flags.writeable = False
    return matrix


def nbytes(value: object) -> int:
    """Bytes a value holds of its own; views of other values count nothing."""
    match value:
        case FitResult(parts=parts):
            return sum(_part_bytes(part) for part in parts)
        case Design(matrix=matrix):
            return _matrix_bytes(matrix)
        case tuple():
            return sum(_part_bytes(part) for part in value)
    return _part_bytes(value)


def _part_bytes(part: object) -> int:
    return int(getattr(part, "nbytes", 0))


def _matrix_bytes(matrix: Matrix) -> int:
    if hasattr(matrix, "indptr"):
        return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)
    return int(matrix.nbytes)
