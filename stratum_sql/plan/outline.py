"""What a batch does, as EXPLAIN tells it: relations, their splits, what is fitted, the matrices, what is trained.

Folds are folded: work that differs in the fold alone stands once, with the number of times it is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stratum_sql.catalog import registry
from stratum_sql.errors import printable
from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import (
    ApplyOnDevice,
    ColumnToDevice,
    FitForDevice,
    FitOnDevice,
    NormalOnDevice,
    RowsOnDevice,
    SearchOnDevice,
    TrainOnDevice,
)
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Node
from stratum_sql.plan.linear import Base, MatrixNormal, Normal, Products, Recipe, SolveLinear
from stratum_sql.plan.model import Candidate, TrainStopped, TrainTargets
from stratum_sql.plan.partition import Group
from stratum_sql.plan.relational import Compute, InGroup, Read, Scan, Where
from stratum_sql.plan.together import FirstRounds, Member, SearchTogether, TrainOnBins
from stratum_sql.plan.trained import TrainedModel, models_of, trained_models
from stratum_sql.plan.transform import Apply, Assemble, Encode, Fit, Fitted, InnerSplit, Map, Rows, Split, Targets
from stratum_sql.quoting import quote_text

Statements = frozenset[int]  # counted from 0


@dataclass(frozen=True, slots=True)
class Work:
    """Operators that do the same to different columns: `Fit standard_scale`, over these, so many times each."""

    what: str
    over: tuple[str, ...]
    times: int
    statements: Statements


@dataclass(frozen=True, slots=True)
class Training:
    """The trials of one estimator on one matrix. `params` are its candidate values by name."""

    estimator: str
    params: tuple[tuple[str, tuple[str, ...]], ...]
    trials: int
    fits: int
    statements: Statements
    how: str = ""  # where it is not one by one from the matrix
    shares: tuple[tuple[int, float], ...] = ()  # nodes that train it, and what part of each


@dataclass(frozen=True, slots=True)
class Matrix:
    """One feature matrix and what is trained on it; folds count as one."""

    features: tuple[str, ...]
    trainings: tuple[Training, ...]
    statements: Statements


@dataclass(frozen=True, slots=True)
class Folds:
    """One split of a relation, what is fitted in each fold, and the matrices. `uncounted`: only the data can say how
    many folds there are, so the plan shows one. `group` is the one whose rows are split, where it is not all."""

    split: str
    fits: tuple[Work, ...]
    matrices: tuple[Matrix, ...]
    statements: Statements
    uncounted: bool
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """One scan: the number of columns read, row-wise work done once, and the splits of its rows."""

    key: str
    title: str
    columns: tuple[str, ...]
    once: tuple[Work, ...]
    splits: tuple[Folds, ...]
    statements: Statements
    node: int


def outline(batch: Batch) -> tuple[Relation, ...]:
    """The relations of a batch, in the order they are read."""
    return _Outline(batch).relations()


def statements_of(batch: Batch) -> dict[int, Statements]:
    """Which statements use each node, by its id."""
    goals: dict[int, list[Node]] = {}
    for (statement, _), answer in batch.scores.items():
        goals.setdefault(statement, []).append(answer.node)
    found: dict[int, set[int]] = {}
    for statement in range(len(batch.queries)):
        pending = [*goals.get(statement, []), *([batch.splits[statement]] if statement in batch.splits else [])]
        seen: set[int] = set()
        while pending:
            node = pending.pop()
            if node.id not in seen:
                seen.add(node.id)
                found.setdefault(node.id, set()).add(statement)
                pending += node.inputs
    return {node_id: frozenset(statements) for node_id, statements in found.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """What a person would write, by node id: what a transform does, over which columns, and a matrix's features."""

    doing: Mapping[int, str]
    over: Mapping[int, str]
    features: Mapping[int, tuple[str, ...]]
    names: Mapping[int, tuple[str, ...]]  # of a matrix's features: those of the statement


def words_of(batch: Batch) -> Words:
    """The words of every transform, fitted or row-wise, and of every matrix, or of what stands for one."""
    told = _Outline(batch)
    works = [node for node in batch.graph if isinstance(node.operator, Fit) or _is_row_wise(node)]
    matrices = [(node, node.operator) for node in batch.graph if isinstance(node.operator, Assemble | Normal)]
    return Words(
        {node.id: told._doing(node) for node in works},
        {node.id: told._over(node) for node in works},
        {node.id: told._parts(node) for node, _ in matrices},
        {node.id: tuple(printable(name) for name in operator.names) for node, operator in matrices},
    )


class _Outline:
    """One batch being told. A node belongs to the scan and, above it, to the split it stands on."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.users = statements_of(batch)
        self.runs = runs(batch)
        self.models = trained_models(batch)
        self.texts: dict[int, str] = {}
        self.scan_of: dict[int, int] = {}
        self.split_of: dict[int, int] = {}
        for node in batch.graph:
            self._place(node)

    def _place(self, node: Node) -> None:
        below = [self.scan_of[child.id] for child in node.inputs]
        self.scan_of[node.id] = below[0] if below else node.id
        splits = [self.split_of[child.id] for child in node.inputs if child.id in self.split_of]
        if isinstance(node.operator, Split):
            self.split_of[node.id] = node.id
        elif splits:
            self.split_of[node.id] = splits[0]
        self.texts[node.id] = self._text(node)

    def _text(self, node: Node) -> str:
        """The value as a person would write it."""
        inner = [self.texts[child.id] for child in node.inputs]
        match node.operator:
            case Read(name=name):
                return printable(name)
            case Rows():
                return inner[1]
            case Fitted() | Encode() | Where() | InGroup() | ColumnToDevice():
                return inner[0]
            case RowsOnDevice():
                return inner[1]
            case ApplyOnDevice(transform, params, fitted):
                return called(transform, params, inner[fitted:])
            case Fit(transform, params) as fit:
                return called(transform, params, inner[: fit.columns])
            case Apply(transform, params):
                return called(transform, params, inner[1:])
            case Map(transform, params):
                return called(transform, params, inner)
            case Compute(sql=sql):
                return _filled(sql, inner)
        return ""

    def relations(self) -> tuple[Relation, ...]:
        return tuple(self._relation(node) for node in self.batch.graph if isinstance(node.operator, Scan))

    def _relation(self, scan: Node) -> Relation:
        assert isinstance(scan.operator, Scan)
        above = [node for node in self.batch.graph if self.scan_of[node.id] == scan.id]
        return Relation(
            scan.operator.source.key,
            printable(scan.operator.source.title),
            tuple(
                printable(node.operator.name)
                for node in above
                if isinstance(node.operator, Read) and not node.operator.key.startswith("WHERE ")
            ),
            self._works([node for node in above if node.id not in self.split_of and _is_row_wise(node)]),
            tuple(self._folds(split, above) for split in above if isinstance(split.operator, Split)),
            self.users.get(scan.id, frozenset()),
            scan.id,
        )

    def _folds(self, split: Node, above: Sequence[Node]) -> Folds:
        assert isinstance(split.operator, Split)
        own = [node for node in above if self.split_of.get(node.id) == split.id]
        works = self._works([node for node in own if isinstance(node.operator, Fit) or _is_row_wise(node)])
        users = self.users.get(split.id, frozenset())
        uncounted = any(self.batch.queries[statement].split.folds is None for statement in users)
        words = printable(split.operator.words + _chosen(split) + validated(self.batch, split))
        return Folds(words, works, self._matrices(split.id), users, uncounted, _group(split))

    def _works(self, nodes: Iterable[Node]) -> tuple[Work, ...]:
        """Operators that do the same for the same statements, together."""
        groups: dict[tuple[str, Statements], list[Node]] = {}
        for node in nodes:
            groups.setdefault((self._doing(node), self.users.get(node.id, frozenset())), []).append(node)
        return tuple(self._work(what, statements, group) for (what, statements), group in groups.items())

    def _work(self, what: str, statements: Statements, nodes: Sequence[Node]) -> Work:
        over = dict.fromkeys(self._over(node) for node in nodes)
        return Work(what, tuple(over), sum(self.runs[node.id] for node in nodes) // len(over), statements)

    def _doing(self, node: Node) -> str:
        """`Fit rare(min_frequency => 500)`: what is done, without the columns."""
        match node.operator:
            case Fit(transform, params) | Map(transform, params):
                said = named(transform, params)
                kind = "Fit" if isinstance(node.operator, Fit) else "Map"
                where = _WHERE.get(type(node.operator), "")
                return f"{kind} {transform}" + (f"({', '.join(said)})" if said else "") + where
        return node.operator.kind

    def _over(self, node: Node) -> str:
        inner = [self.texts[child.id] for child in node.inputs]
        match node.operator:
            case Compute(sql=sql):
                return _filled(sql, inner)
            case Fit() as fit:
                inner = inner[: fit.columns]
        return ", ".join(inner) if len(inner) == 1 else f"({', '.join(inner)})"

    def _matrices(self, split: int) -> tuple[Matrix, ...]:
        """The matrices over one split, and what is trained on each; those that are solved from sums are told like those
        that are made."""
        groups: dict[tuple[str, ...], list[TrainedModel]] = {}
        names: dict[tuple[str, ...], tuple[str, ...]] = {}
        for model in self.models:
            if self.split_of.get(model.matrix.id) == split:
                parts = self._parts(model.matrix)
                groups.setdefault(parts, []).append(model)
                operator = model.matrix.operator
                assert isinstance(operator, Assemble | Normal)
                names.setdefault(parts, tuple(printable(name) for name in operator.names))
        return tuple(Matrix(names[parts], self._trainings(models), _all(models)) for parts, models in groups.items())

    def _parts(self, matrix: Node) -> tuple[str, ...]:
        """A matrix's features as a person would write them."""
        if isinstance(matrix.operator, Normal):
            products = matrix.inputs[0].inputs[1]
            assert isinstance(products.operator, Products)
            bases = [self.texts[node.id] for node in products.inputs[2 + products.operator.weighted :]]
            return tuple(_recipe_text(recipe, bases) for recipe in matrix.operator.recipes)
        return tuple(self.texts[child.id] for child in matrix.inputs)

    def _trainings(self, models: Sequence[TrainedModel]) -> tuple[Training, ...]:
        groups: dict[tuple[str, str, Statements], list[TrainedModel]] = {}
        for model in models:
            key = (model.candidate.estimator, how(model.node), model.statements)
            groups.setdefault(key, []).append(model)
        return tuple(
            replace(
                _training(*key, [model.candidate for model in group], sum(self.runs[model.node.id] for model in group)),
                shares=tuple(share for model in group for share in _shares(model.node)),
            )
            for key, group in groups.items()
        )


def validated(batch: Batch, split: Node) -> str:
    """What of the training rows of a split is set aside for early stopping, to be said after the split."""
    above = [node.operator for node in batch.graph if node.inputs[:1] == (split,)]
    return "".join(f"; {one.words}" for one in above if isinstance(one, InnerSplit))


def _chosen(split: Node) -> str:
    """Which rows of its relation are split, where it is not all."""
    target = _target(split)
    if isinstance(target.operator, InGroup):
        target = target.inputs[0]
    condition = target.inputs[1].operator if isinstance(target.operator, Where) else None
    return f" of the rows {condition.name}" if isinstance(condition, Read) else ""


def _target(split: Node) -> Node:
    """The first target before it is encoded."""
    node = split.inputs[0]
    while isinstance(node.operator, Targets | Encode):
        node = node.inputs[0]
    return node


def _group(split: Node) -> Group | None:
    target = _target(split).operator
    return target.group if isinstance(target, InGroup) else None


_WHERE = {FitOnDevice: " on the GPU", FitForDevice: ", applied on the GPU"}
_SOLVED = {Normal: "from sums", MatrixNormal: "from one product", NormalOnDevice: "from one product on the GPU"}


def how(training: Node) -> str:
    """How models are trained, in a word or two, where it is not one by one from the matrix."""
    match training.operator:
        case SolveLinear():
            return _SOLVED[type(training.inputs[0].operator)]
        case TrainOnDevice():
            return "on the GPU"
        case TrainStopped(stopping_rounds=rounds):
            return f"early stopping {rounds}"
        case TrainOnBins():
            return "on shared bins"
        case FirstRounds():
            return "the first rounds of a longer one"
        case TrainTargets():
            return "for several targets"
        case Member() if isinstance(training.inputs[0].operator, SearchOnDevice):
            return "from a search on the GPU"
        case Member():
            return "from one search" if isinstance(training.inputs[0].operator, SearchTogether) else "together"
    return ""


def _shares(training: Node) -> tuple[tuple[int, float], ...]:
    """The nodes that train one model, and the part of each that is its own where several are trained at once."""
    below = training.inputs[:1] if isinstance(training.operator, Member) else ()
    return tuple((node.id, 1 / max(1, len(models_of(node)))) for node in (training, *below))


def _all(models: Iterable[TrainedModel]) -> Statements:
    return frozenset().union(*(model.statements for model in models))


def _recipe_text(recipe: Recipe, bases: Sequence[str]) -> str:
    if isinstance(recipe, Base):
        return bases[recipe.place]
    return called(recipe.transform, recipe.params, [_recipe_text(child, bases) for child in recipe.children])


def _training(
    estimator: str, manner: str, statements: Statements, candidates: Sequence[Candidate], fits: int
) -> Training:
    trials = dict.fromkeys(candidates)
    values: dict[str, dict[str, None]] = {}
    for candidate in trials:
        for name, value in candidate.params.items:
            values.setdefault(name, {})[f"{value:.4g}" if isinstance(value, float) else written(value)] = None
    params = tuple((name, tuple(found)) for name, found in values.items())
    return Training(estimator, params, len(trials), fits, statements, manner)


def _is_row_wise(node: Node) -> bool:
    return isinstance(node.operator, Map | Compute)


def _filled(sql: str, inner: Sequence[str]) -> str:
    """Scalar SQL with its inputs written in; as it stands where its text is no plain format."""
    try:
        return printable(sql.format(*inner))
    except (AttributeError, LookupError, TypeError, ValueError):
        return printable(sql)


def called(transform: str, params: FrozenParams, inner: Sequence[str]) -> str:
    """`impute(age, strategy => 'median')`: what is said differs from the defaults."""
    return f"{transform}({', '.join([*inner, *named(transform, params)])})"


def named(transform: str, params: FrozenParams) -> list[str]:
    """The parameters that differ from the transform's defaults, as a statement would say them."""
    spec = registry.transform(transform)
    defaults: Mapping[str, Any] = {} if spec is None else spec.complete({})
    return [
        f"{name} => {written(value)}" for name, value in params.items if name not in defaults or defaults[name] != value
    ]


def written(value: Any) -> str:
    """A parameter's value as a statement would write it, on one line."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case str():
            return printable(quote_text(value))
        case list() | tuple():
            return f"({', '.join(map(written, value))})"
    return printable(str(value))
