"""Which trainings go to a GPU: those that take much less time there, the way to it included.

    Train(xgboost(a); x, y), Train(xgboost(b); x, y)
      =>  TrainOnDevice(xgboost(a); ToDevice(x), y), TrainOnDevice(xgboost(b); ToDevice(x), y)

It comes after all rules, as what a training costs on the CPU depends on what it shares there: bins, a solver's run, one
product. A matrix is moved once for all that is trained on it, so the trainings on one matrix are weighed together:
those that take less than half the time go if together they gain more than the way costs. A device does one training at
a time, the CPU one for each thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.catalog.extents import Extent
from stratum_sql.catalog.gpu_forms import gpu_form
from stratum_sql.optimizer.cost.coefficients import Coefficients
from stratum_sql.optimizer.cost.device import MOVE, MOVED, Device
from stratum_sql.optimizer.cost.formulas import normal_on_device, training_of, training_on_device
from stratum_sql.optimizer.cost.work import Work
from stratum_sql.optimizer.rewrite import prune, rewrite
from stratum_sql.optimizer.trainings import Full, full_parameters
from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import NormalOnDevice, Placement, ToDevice, TrainOnDevice
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.linear import MatrixNormal
from stratum_sql.plan.model import Candidate, TrainModel
from stratum_sql.plan.outline import statements_of
from stratum_sql.plan.query import Mode
from stratum_sql.plan.together import Bins, FirstRounds, Member, TrainOnBins, TrainTogether

NO_FORM, SPARSE, MEMORY = "with no GPU form", "on a sparse matrix", "too large for its memory"
_SURE = 2.0  # times less on the device, by estimates that are often wrong by so much
GAIN, ASKED, UNKNOWN = "that gain nothing", "asked for on the CPU", "of unknown size"


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is placed as a whole: models by the nodes that give them, what they stand on, and the nodes that would not
    be needed any more."""

    models: tuple[tuple[Node, Candidate], ...]
    inputs: tuple[Node, ...]  # matrix, target, weights if any; of normal equations also those of the other side
    replaced: tuple[Node, ...]
    weighted: bool

    @property
    def matrices(self) -> tuple[Node, ...]:
        """What would have to be moved."""
        return self.inputs[:1] if self.models else (self.inputs[0], self.inputs[len(self.inputs) // 2])

    @property
    def count(self) -> int:
        """Trainings, or one product."""
        return max(1, len(self.models))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Seconds of one fold on either side, by one thread of the CPU and without the way to the device."""

    unit: _Unit
    cpu: float
    device: float
    forced: bool


def placed(
    batch: Batch,
    works: Mapping[int, Work],
    costs: Coefficients,
    device: Device,
    modes: Sequence[Mode],
    threads: int = 1,
) -> tuple[Batch, Placement]:
    """The batch with what gains by it on the device, and what that is. `modes` are those of the statements, `works` of
    the batch's nodes. What several statements share goes by the strictest: `cpu`, then `gpu`."""
    placing = _Placing(batch, works, device.priced(costs), device, modes, max(1, threads))
    chosen = placing.chosen()
    return _rewritten(batch, chosen), placing.placement(chosen)


class _Placing:
    """One batch being placed."""

    def __init__(
        self,
        batch: Batch,
        works: Mapping[int, Work],
        costs: Coefficients,
        device: Device,
        modes: Sequence[Mode],
        threads: int,
    ) -> None:
        self.batch, self.works, self.costs, self.device = batch, works, costs, device
        self.modes, self.threads = modes, threads
        self.full: Full = full_parameters(batch)
        self.users = statements_of(batch)
        self.above: dict[int, list[Node]] = {}
        for node in batch.graph:
            for child in node.inputs:
                self.above.setdefault(child.id, []).append(node)
        self.left: Counter[str] = Counter()

    def chosen(self) -> list[_Unit]:
        """What goes to the device."""
        groups: dict[tuple[int, ...], list[_Weighed]] = {}
        for unit in self._units():
            found = self._weighed(unit)
            if isinstance(found, str):
                self.left[found] += unit.count
            else:
                groups.setdefault(tuple(node.id for node in unit.matrices), []).append(found)
        return [unit for group in groups.values() for unit in self._gaining(group)]

    def placement(self, units: Sequence[_Unit]) -> Placement:
        """What these do on the device, and why the others are not there."""
        times = runs(self.batch)
        matrices = {matrix.id: matrix for unit in units for matrix in unit.matrices}.values()
        return Placement(
            self.device.name,
            sum(len(unit.models) for unit in units),
            sum(not unit.models for unit in units),
            sum(times[matrix.id] for matrix in matrices),
            sum(times[matrix.id] * 8 * self._numbers(matrix) for matrix in matrices),
            sum(times[matrix.id] * self._moving(matrix) for matrix in matrices),
            dict(self.left),
        )

    def _units(self) -> Iterator[_Unit]:
        for node in self.batch.graph:
            match node.operator:
                case TrainModel(weighted=weighted):
                    yield _Unit(((node, node.operator.models[0]),), node.inputs, (node,), weighted)
                case Bins(weighted=weighted):
                    on_bins = [one for one in self.above.get(node.id, ()) if isinstance(one.operator, TrainOnBins)]
                    yield self._shared(node, on_bins, weighted)
                case TrainTogether(weighted=weighted):
                    yield self._shared(node, self.above.get(node.id, ()), weighted)
                case MatrixNormal(weighted):
                    yield _Unit((), node.inputs, (node,), weighted)

    def _shared(self, node: Node, users: Sequence[Node], weighted: bool) -> _Unit:
        models = []
        for user in users:
            assert isinstance(user.operator, TrainOnBins | Member)
            models.append((user, user.operator.candidate))
        return _Unit(tuple(models), node.inputs, (node, *users), weighted)

    # -- one unit ------------------------------------------------------------------------------------------------------

    def _weighed(self, unit: _Unit) -> _Weighed | str:
        """What a unit takes on either side, or why it cannot go to the device."""
        if any(node.id not in self.works for node in (*unit.replaced, *unit.inputs)):
            return UNKNOWN
        modes = {self.modes[user] for node in unit.replaced for user in self.users.get(node.id, ())}
        if "cpu" in modes:
            return ASKED
        matrix = self.works[unit.inputs[0].id].extent
        found = self._on_device(unit, matrix)
        if isinstance(found, str):
            return found
        cpu = sum(self.costs.seconds(self.works[node.id].units) for node in unit.replaced)
        return _Weighed(unit, cpu, found, "gpu" in modes)

    def _on_device(self, unit: _Unit, matrix: Extent) -> float | str:
        """Seconds on the device."""
        copies = self._copies(unit)
        if copies is None:
            return NO_FORM
        if matrix.stored < matrix.columns:
            return SPARSE
        if copies * 8 * sum(self._numbers(node) for node in unit.matrices) > self.device.room:
            return MEMORY
        if not unit.models:
            return self.costs.seconds(normal_on_device(self.works[unit.replaced[0].id]))
        target = self.works[unit.inputs[1].id].extent
        alone = [(one, training_of(one, matrix, target)) for _, one in unit.models]
        if not all(self.device.does(training.fit) for _, training in alone):
            return NO_FORM
        return sum(self.costs.seconds(training_on_device(one, training, matrix)) for one, training in alone)

    def _copies(self, unit: _Unit) -> float | None:
        """Copies of the matrix that the device would hold; None where some model has no form there."""
        if not unit.models:
            return 2.0 if "cupy" in self.device.libraries else None
        each = [self._copies_of(node, candidate, unit.weighted) for node, candidate in unit.models]
        return None if not each or None in each else max(one for one in each if one is not None)

    def _copies_of(self, node: Node, candidate: Candidate, weighted: bool) -> float | None:
        spec, full = self.full[candidate.estimator, candidate.params]
        form = gpu_form(spec, full.as_dict(), weighted=weighted)
        if form is None or form.library not in self.device.libraries:
            return None
        read_on = any(isinstance(user.operator, FirstRounds) for user in self.above.get(node.id, ()))
        return None if read_on and form.library != "xgboost" else form.copies

    def _numbers(self, node: Node) -> float:
        extent = self.works[node.id].extent
        return extent.rows * extent.columns

    # -- units on one matrix -------------------------------------------------------------------------------------------

    def _gaining(self, group: Sequence[_Weighed]) -> Iterator[_Unit]:
        """The units that go: those that must, and those that gain, if together they gain more than the way costs."""
        forced = [one for one in group if one.forced]
        free = [one for one in group if not one.forced and one.cpu / self.threads > _SURE * one.device]
        gain = sum(one.cpu / self.threads - one.device for one in free)
        goes = [*forced, *(free if forced or gain > sum(map(self._moving, group[0].unit.matrices)) else ())]
        for one in group:
            if one in goes:
                yield one.unit
            else:
                self.left[GAIN] += one.unit.count

    def _moving(self, matrix: Node) -> float:
        """Seconds to move the matrix of one fold."""
        return self.costs.seconds({MOVE: 1, MOVED: 8 * self._numbers(matrix)})


# ---- the plan with it ------------------------------------------------------------------------------------------------


def _rewritten(batch: Batch, units: Sequence[_Unit]) -> Batch:
    models = {node.id: unit for unit in units for node, _ in unit.models}
    products = {unit.replaced[0].id for unit in units if not unit.models}
    if not models and not products:
        return batch

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.id in products:
            assert isinstance(node.operator, MatrixNormal)
            return graph.node(NormalOnDevice(node.operator.weighted), *_moved(graph, inputs, len(inputs) // 2))
        if node.id not in models:
            return graph.node(node.operator, *inputs)
        given = inputs if isinstance(node.operator, TrainModel) else inputs[0].inputs  # of bins, or of a run
        unit = models[node.id]
        candidate = next(one for own, one in unit.models if own.id == node.id)
        return graph.node(TrainOnDevice(candidate, unit.weighted), *_moved(graph, given, len(given)))

    return prune(rewrite(batch, lambda node: node.id in models or node.id in products, step))


def _moved(graph: Graph, inputs: Sequence[Node], every: int) -> list[Node]:
    """The inputs with each first of `every` moved to the device."""
    return [graph.node(ToDevice(), node) if place % every == 0 else node for place, node in enumerate(inputs)]
