"""Linear models from sums of products: one pass over the rows for all folds, then algebra of a few hundred numbers.

The feature matrix is never made. `Products` adds up products of base columns in each cell of rows (rows that are in the
same training and held-out sets); `FoldProducts` merges cells to the training and the held-out rows of a fold; `Normal`
maps base columns to features; what is solved and scored from there looks at no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from stratum_sql.catalog.affine import Use
from stratum_sql.plan.build import Batch
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.model import Candidate
from stratum_sql.plan.relational import Read, Scan


@dataclass(frozen=True, slots=True)
class Base:
    """A base column, by its place among those that `Products` reads."""

    place: int


@dataclass(frozen=True, slots=True)
class Step:
    """A transform over recipes. `state` is the place of its `FittedState` among the further inputs of `Normal`; None
    where it follows from the sums."""

    transform: str
    params: FrozenParams
    children: tuple[Recipe, ...]
    state: int | None = None


Recipe = Base | Step


@dataclass(frozen=True, slots=True)
class Products(Operator):
    """Sums of products of base columns and the target in each cell of rows. Inputs: split, encoded target, the weight
    if `weighted`, then the columns, seen as `uses` say."""

    uses: tuple[Use, ...]
    weighted: bool

    @property
    def label(self) -> str:
        return f"Products of {len(self.uses)} columns"


@dataclass(frozen=True, slots=True)
class FoldProducts(Operator):
    """The sums of one fold's training rows and of its held-out rows, merged from cells. Inputs: split, products."""

    opens_folds: ClassVar[bool] = True

    @property
    def label(self) -> str:
        return "Merge products"


@dataclass(frozen=True, slots=True)
class Normal(Operator):
    """The normal equations of a feature matrix. Inputs: the fold's products, then states that only rows can tell.

    `weighted`: the products hold weighted sums beside the plain ones, from which states are taken.
    """

    recipes: tuple[Recipe, ...]
    names: tuple[str, ...] = field(compare=False)
    weighted: bool

    @property
    def label(self) -> str:
        return f"Normal equations [{', '.join(self.names)}]"


@dataclass(frozen=True, slots=True)
class MatrixNormal(Operator):
    """The normal equations of a feature matrix that is there. Inputs: training matrix and target, held-out matrix and
    target, and the two weights if `weighted`."""

    weighted: bool

    @property
    def label(self) -> str:
        return "Normal equations of a matrix"


@dataclass(frozen=True, slots=True)
class SolveLinear(Operator):
    """The coefficients of many linear models from one set of normal equations. Input: the normal equations."""

    models: tuple[Candidate, ...]

    @property
    def label(self) -> str:
        return f"Solve {len(self.models)} linear models"


@dataclass(frozen=True, slots=True)
class ScoreLinear(Operator):
    """Scores of solved models from the held-out rows' sums. Inputs: the models, the normal equations."""

    metrics: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"Score {', '.join(self.metrics)} from sums"


@dataclass(frozen=True, slots=True)
class ScorePredictions(Operator):
    """Scores of solved models, all predicted in one product. Inputs: the models, the held-out matrix, its target, and
    its weights if `weighted`."""

    metrics: tuple[str, ...]
    weighted: bool

    @property
    def label(self) -> str:
        return f"Score {', '.join(self.metrics)}"


_LEAST_STREAMED = 1 / 3  # of a scan's columns: reading the rows twice must save some memory


def streamable_scans(batch: Batch) -> dict[Operator, frozenset[Operator]]:
    """Scans of which many columns are only added up, and of each the reads that are needed for more: targets, weights,
    folds, states of rows.

    Only one sum of products over a scan, of nothing but its columns: each reads them anew.
    """
    users: dict[int, list[Node]] = {}
    for node in batch.graph:
        for child in node.inputs:
            users.setdefault(child.id, []).append(node)
    found: dict[Operator, frozenset[Operator]] = {}
    for scan in batch.graph:
        if isinstance(scan.operator, Scan):
            reads = users.get(scan.id, [])
            sums = list({user.id: user for read in reads for user in users.get(read.id, []) if _is_sum(user)}.values())
            added = [read for read in reads if all(_is_column(read, user) for user in users.get(read.id, []))]
            if len(sums) == 1 and len(added) >= _LEAST_STREAMED * len(reads) and _adds_up(sums[0], reads):
                found[scan.operator] = frozenset(read.operator for read in reads if read not in added)
    return found


def _is_sum(user: Node) -> bool:
    return isinstance(user.operator, Products)


def _adds_up(products: Node, reads: Sequence[Node]) -> bool:
    """Whether all columns are plain ones of one scan; `COLUMNS(..)` makes several that are read together."""
    columns = _columns(products)
    return all(column in reads for column in columns) and all(
        isinstance(column.operator, Read) and column.operator.width == 1 for column in columns
    )


def _columns(products: Node) -> tuple[Node, ...]:
    """The inputs after split, target and weight."""
    assert isinstance(products.operator, Products)
    return products.inputs[2 + products.operator.weighted :]


def _is_column(read: Node, user: Node) -> bool:
    """Whether `user` adds up `read` as a column, and needs it for nothing else."""
    return _is_sum(user) and read not in user.inputs[: len(user.inputs) - len(_columns(user))]
