"""What is done on a GPU, and the plan with it.

    Train(a; x, y)                 =>  TrainOnDevice(a; ToDevice(x), y)
    Fit(kmeans; x)                 =>  FitOnDevice(kmeans; x, ToDevice(x))
    Score(Train(knn; x, y), z)     =>  Score(Member(0, SearchOnDevice(knn; ToDevice(x), y, ToDevice(z))), z)
    ToDevice(Assemble(u, v))       =>  AssembleOnDevice(u, v), if u was made there, or can be (`device_columns.py`)

`placing.py` says what goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stratum_sql.optimizer.cost.formulas import is_there
from stratum_sql.optimizer.device_columns import Recipes, built, gains
from stratum_sql.optimizer.rewrite import prune, rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import (
    ApplyOnDevice,
    AssembleOnDevice,
    FitForDevice,
    FitOnDevice,
    NormalOnDevice,
    SearchOnDevice,
    ToDevice,
    TrainOnDevice,
)
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.linear import MatrixNormal
from stratum_sql.plan.model import Candidate, Score, TrainModel
from stratum_sql.plan.together import Member, SearchTogether
from stratum_sql.plan.transform import Assemble, Fit, Fitted


@dataclass(frozen=True, slots=True)
class Unit:
    """What is placed as a whole: models by the nodes that give them, or fits of transforms, or one product; what they
    stand on; and the nodes that would not be needed any more."""

    inputs: tuple[
        Node, ...
    ]  # matrix, target, weights if any; of a product also those of the other side; of fits columns
    replaced: tuple[Node, ...]
    weighted: bool = False
    models: tuple[tuple[Node, Candidate], ...] = ()
    fits: tuple[Node, ...] = ()
    searches: bool = False  # models of neighbours, with the held-out matrix as the last of the inputs

    @property
    def moved(self) -> tuple[tuple[Node, ...], ...]:
        """What would have to be moved: matrices, each by itself or by its columns."""
        if self.fits:
            return (self.inputs,)
        second = -1 if self.searches else len(self.inputs) // 2
        sides = (0, second) if self.searches or not self.models else (0,)
        return tuple((self.inputs[place],) for place in sides)

    @property
    def count(self) -> int:
        """Trainings, fits, or one product."""
        return max(1, len(self.models) + len(self.fits))


def on_device(batch: Batch, units: Sequence[Unit], recipes: Recipes, whole: frozenset[int] = frozenset()) -> Batch:
    """The batch with these on the device, and what they stand on moved there. `whole`: the splits, by id, whose columns
    are moved once for all folds."""
    models = {node.id: unit for unit in units if not unit.searches for node, _ in unit.models}
    searches = {unit.replaced[0].id for unit in units if unit.searches}
    fits = {node.id for unit in units for node in unit.fits}
    products = {unit.replaced[0].id for unit in units if not unit.models and not unit.fits}
    together = _Together(recipes)
    if not units:
        return batch

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.id in whole:
            split = graph.node(node.operator, *inputs)
            together.whole |= {split.id}
            return split
        if node.id in products:
            assert isinstance(node.operator, MatrixNormal)
            half = len(inputs) // 2
            moved = [together.copied(graph, one) if place % half == 0 else one for place, one in enumerate(inputs)]
            return graph.node(NormalOnDevice(node.operator.weighted), *moved)
        if node.id in fits:
            return _fit(graph, node.operator, inputs[: len(columns_of(node))], together)
        if isinstance(node.operator, SearchTogether) and node.id in searches:
            return _search(graph, node.operator.models, inputs, together)
        if isinstance(node.operator, Score) and node.inputs[0].id in searches:
            return _search_alone(graph, node.operator, inputs, together)
        if node.id not in models:
            return graph.node(node.operator, *inputs)
        matrix, *others = inputs if isinstance(node.operator, TrainModel) else inputs[0].inputs  # of bins, or of a run
        unit = models[node.id]
        candidate = next(one for own, one in unit.models if own.id == node.id)
        return graph.node(TrainOnDevice(candidate, unit.weighted), together.moved(graph, matrix), *others)

    changed = models.keys() | fits | products | searches
    return _marked(_states_alone(prune(rewrite(batch, lambda node: node.id in changed, step))))


def columns_of(fit: Node) -> tuple[Node, ...]:
    """The columns of a fit, among its inputs."""
    assert isinstance(fit.operator, Fit)
    return fit.inputs[: fit.operator.columns]


def features_of(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """What a matrix that is moved consists of: nodes of which one is a matrix, or its columns by themselves."""
    return nodes[0].inputs if isinstance(nodes[0].operator, Assemble) else tuple(nodes)


def _fit(graph: Graph, operator: Operator, columns: Sequence[Node], together: _Together) -> Node:
    assert isinstance(operator, Fit)
    own = FitOnDevice(operator.transform, operator.params, operator.seed, operator.with_target, stays=False)
    made = together.made(graph, columns)
    if made is None:
        return graph.node(own, *columns, graph.node(ToDevice(), *columns))
    return graph.node(own, *made, graph.node(AssembleOnDevice(()), *made))


def _search(graph: Graph, models: tuple[Candidate, ...], inputs: Sequence[Node], together: _Together) -> Node:
    """Inputs: the matrix, the target, and the held-out matrix."""
    matrix, held_out = (together.copied(graph, inputs[place]) for place in (0, 2))
    return graph.node(SearchOnDevice(models), matrix, inputs[1], held_out)


def _search_alone(graph: Graph, operator: Operator, inputs: Sequence[Node], together: _Together) -> Node:
    """The score of a model by itself, which is found only here together with the matrix that it predicts for."""
    model, held_out = inputs[0], inputs[1]
    assert isinstance(model.operator, TrainModel)
    search = _search(graph, model.operator.models, (*model.inputs[:2], held_out), together)
    return graph.node(operator, graph.node(Member(0, model.operator.models[0]), search), *inputs[1:])


@dataclass(slots=True)
class _Together:
    """Matrices put together on the device. `whole`: as `on_device`, with the ids of the new graph."""

    recipes: Recipes
    whole: frozenset[int] = frozenset()

    def moved(self, graph: Graph, matrix: Node) -> Node:
        """The matrix on the device."""
        made = self.made(graph, matrix.inputs) if isinstance(matrix.operator, Assemble) else None
        if made is None:
            return graph.node(ToDevice(), matrix)
        assert isinstance(matrix.operator, Assemble)
        return graph.node(AssembleOnDevice(matrix.operator.names, matrix.operator.memory_limit), *made)

    def copied(self, graph: Graph, matrix: Node) -> Node:
        """The copy of a matrix that the host needs as it is."""
        made = self.made(graph, matrix.inputs) if isinstance(matrix.operator, Assemble) else None
        return graph.node(ToDevice(), matrix) if made is None else graph.node(ToDevice(beside=True), matrix, *made)

    def made(self, graph: Graph, features: Sequence[Node]) -> list[Node] | None:
        """The features as they are put together there; None where the host's matrix is moved as well."""
        recipes = [self.recipes.of(node) for node in features]
        if not any(map(is_there, features)) and not gains(features, recipes, self.whole):
            return None
        pairs = zip(features, recipes, strict=True)
        return [node if recipe is None else built(graph, recipe, self.whole) for node, recipe in pairs]


def _states_alone(batch: Batch) -> Batch:
    """The batch with fits whose training rows nobody on the host reads told so."""
    read = {node.inputs[0].id for node in batch.graph if isinstance(node.operator, Fitted)}
    applied = {
        node.inputs[0].id
        for node in batch.graph
        if isinstance(node.operator, ApplyOnDevice) and node.operator.fitted and node.inputs[0].id not in read
    }

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        operator = node.operator
        if node.id in applied:
            assert isinstance(operator, Fit)
            operator = FitForDevice(operator.transform, operator.params, operator.seed, operator.with_target)
        return graph.node(operator, *inputs)

    return rewrite(batch, lambda node: node.id in applied, step)


def _marked(batch: Batch) -> Batch:
    """The batch with fits told whether their rows stay on the device."""
    read = {
        node.inputs[0].id
        for user in batch.graph
        if not isinstance(user.operator, AssembleOnDevice)
        for node in user.inputs
        if is_there(node)
    }

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        operator = node.operator
        if isinstance(operator, FitOnDevice) and node.id not in read:
            operator = replace(operator, stays=True)
        return graph.node(operator, *inputs)

    return rewrite(batch, lambda node: isinstance(node.operator, FitOnDevice), step)
