"""Which trainings go to a GPU: those that take much less time there, the way to it included.

    Train(xgboost(a); x, y), Train(xgboost(b); x, y)
      =>  TrainOnDevice(xgboost(a); ToDevice(x), y), TrainOnDevice(xgboost(b); ToDevice(x), y)

    Fit(kmeans; x)  =>  FitOnDevice(kmeans; x, ToDevice(x))
    ToDevice(Assemble(z, Fitted(FitOnDevice(..))))  =>  AssembleOnDevice(z, Fitted(FitOnDevice(..)))

It comes after all rules, as what a training costs on the CPU depends on what it shares there: bins, a solver's run, one
product. A matrix is moved once for all that is trained on it, so the trainings on one matrix are weighed together:
those that take less than half the time go if together they gain more than the way costs. A device does one training at
a time, the CPU one for each thread. What a transform makes there stays there for what is trained on it there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stratum_sql.catalog.gpu_forms import FORMS, gpu_form
from stratum_sql.catalog.gpu_transforms import TRANSFORM_FORMS, transform_form
from stratum_sql.optimizer.cost.coefficients import Coefficients
from stratum_sql.optimizer.cost.device import Device
from stratum_sql.optimizer.cost.formulas import (
    fit_units,
    fitting_on_device,
    is_there,
    moving,
    normal_on_device,
    searching_on_device,
    training_of,
    training_on_device,
)
from stratum_sql.optimizer.cost.work import Work, times
from stratum_sql.optimizer.rewrite import prune, rewrite
from stratum_sql.optimizer.trainings import Full, full_parameters
from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import (
    AssembleOnDevice,
    FitOnDevice,
    NormalOnDevice,
    Placement,
    SearchOnDevice,
    ToDevice,
    TrainOnDevice,
)
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.linear import MatrixNormal
from stratum_sql.plan.model import Candidate, Score, TrainModel
from stratum_sql.plan.outline import statements_of
from stratum_sql.plan.query import Mode
from stratum_sql.plan.together import Bins, FirstRounds, Member, SearchTogether, TrainOnBins, TrainTogether
from stratum_sql.plan.transform import Assemble, Components, FirstComponents, Fit, Fitted

NO_FORM, SPARSE, MEMORY = "with no GPU form", "on a sparse matrix", "too large for its memory"
_SURE = 2.0  # times less on the device, by estimates that are often wrong by so much
GAIN, ASKED, UNKNOWN = "that gain nothing", "asked for on the CPU", "of unknown size"
OTHER = "that a GPU makes otherwise"  # a form that goes only where the GPU is asked for


@dataclass(frozen=True, slots=True)
class _Unit:
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
        self.there: set[int] = set()  # fits that are done on the device

    def chosen(self) -> list[_Unit]:
        """What goes to the device."""
        units = list(self._units())
        fits = self._chosen_of([unit for unit in units if unit.fits])
        self.there = {node.id for unit in fits for node in unit.fits}
        return [*fits, *self._chosen_of([unit for unit in units if not unit.fits])]

    def _chosen_of(self, units: Sequence[_Unit]) -> list[_Unit]:
        groups: dict[Hashable, list[_Weighed]] = {}
        for unit in units:
            found = self._weighed(unit)
            if isinstance(found, str):
                self.left[found] += unit.count
            else:
                groups.setdefault(_key(unit), []).append(found)
        return [unit for group in groups.values() for unit in self._gaining(group)]

    def placement(self, units: Sequence[_Unit]) -> Placement:
        """What these do on the device, and why the others are not there."""
        often = runs(self.batch)
        moved = {tuple(node.id for node in nodes): nodes for unit in units for nodes in unit.moved}.values()
        copies = [(max(often[node.id] for node in nodes), self._numbers(nodes)) for nodes in moved]
        copies = [(count, numbers) for count, numbers in copies if numbers]
        return Placement(
            self.device.name,
            sum(len(unit.models) for unit in units if not unit.searches),
            sum(not unit.models and not unit.fits for unit in units),
            sum(len(unit.fits) for unit in units),
            sum(unit.searches for unit in units),
            sum(count for count, _ in copies),
            sum(count * 8 * numbers for count, numbers in copies),
            sum(count * self.costs.seconds(moving(numbers)) for count, numbers in copies),
            dict(self.left),
        )

    def _units(self) -> Iterator[_Unit]:
        for node in self.batch.graph:
            match node.operator:
                case TrainModel(estimator=name) if name in FORMS and FORMS[name].searches:
                    yield from self._searching(node)
                case SearchTogether():
                    yield replace(self._shared(node, self.above.get(node.id, ()), False), searches=True)
                case TrainModel(weighted=weighted):
                    yield _Unit(node.inputs, (node,), weighted, ((node, node.operator.models[0]),))
                case Bins(weighted=weighted):
                    on_bins = [one for one in self.above.get(node.id, ()) if isinstance(one.operator, TrainOnBins)]
                    yield self._shared(node, on_bins, weighted)
                case TrainTogether(weighted=weighted):
                    yield self._shared(node, self.above.get(node.id, ()), weighted)
                case MatrixNormal(weighted):
                    yield _Unit(node.inputs, (node,), weighted)
                case Components(transform=name) if name in TRANSFORM_FORMS:
                    fits = self.above.get(node.id, ())
                    yield _Unit(node.inputs, (node, *fits), fits=tuple(fits))
                case Fit(transform=name) if name in TRANSFORM_FORMS and not isinstance(node.operator, FirstComponents):
                    yield _Unit(node.inputs, (node,), fits=(node,))

    def _searching(self, node: Node) -> Iterator[_Unit]:
        """A model of neighbours by itself, where it predicts for one matrix alone."""
        scores = self.above.get(node.id, ())
        held_out = {score.inputs[1].id: score.inputs[1] for score in scores if isinstance(score.operator, Score)}
        assert isinstance(node.operator, TrainModel)
        if len(held_out) == 1 and all(isinstance(score.operator, Score) for score in scores):
            models = ((node, node.operator.models[0]),)
            inputs = (*node.inputs, *held_out.values())
            yield _Unit(inputs, (node,), node.operator.weighted, models, searches=True)

    def _shared(self, node: Node, users: Sequence[Node], weighted: bool) -> _Unit:
        models = []
        for user in users:
            assert isinstance(user.operator, TrainOnBins | Member)
            models.append((user, user.operator.candidate))
        return _Unit(node.inputs, (node, *users), weighted, tuple(models))

    # -- one unit ------------------------------------------------------------------------------------------------------

    def _weighed(self, unit: _Unit) -> _Weighed | str:
        """What a unit takes on either side, or why it cannot go to the device."""
        if any(node.id not in self.works for node in (*unit.replaced, *unit.inputs)):
            return UNKNOWN
        modes = {self.modes[user] for node in unit.replaced for user in self.users.get(node.id, ())}
        if "cpu" in modes:
            return ASKED
        found = self._fits_there(unit, "gpu" in modes) if unit.fits else self._on_device(unit, "gpu" in modes)
        if isinstance(found, str):
            return found
        cpu = sum(self.costs.seconds(self.works[node.id].units) for node in unit.replaced)
        return _Weighed(unit, cpu + self._looked_up(unit), found, "gpu" in modes)

    def _looked_up(self, unit: _Unit) -> float:
        """Seconds of the search that scoring a model of neighbours by itself takes on the CPU."""
        if not unit.searches or isinstance(unit.replaced[0].operator, SearchTogether):
            return 0.0
        rows = self.works[unit.inputs[-1].id].extent.rows
        return self.costs.seconds(times(self.works[unit.replaced[0].id].predict, rows))

    def _fits_there(self, unit: _Unit, asked: bool) -> float | str:
        """Seconds of fits on the device, with their rows moved back: who will read them is not known yet."""
        operators = [node.operator for node in unit.fits if isinstance(node.operator, Fit)]
        forms = [transform_form(one.transform, one.params.as_dict()) for one in operators]
        if None in forms or "cuml" not in self.device.libraries:
            return NO_FORM
        known = [form for form in forms if form is not None]
        if any(form.asked for form in known) and not asked:
            return OTHER
        if any(self.works[node.id].extent.stored < self.works[node.id].extent.columns for node in unit.inputs):
            return SPARSE
        if max(form.copies for form in known) * 8 * self._numbers(unit.inputs) > self.device.room:
            return MEMORY
        return sum(self._fit_there(node) for node in unit.fits)

    def _fit_there(self, node: Node) -> float:
        assert isinstance(node.operator, Fit)
        units = fit_units(node.operator, [self.works[child.id] for child in _columns(node)])
        return self.costs.seconds(fitting_on_device(units, self._size(node)))

    def _on_device(self, unit: _Unit, asked: bool) -> float | str:
        """Seconds of trainings, or of a product, on the device."""
        copies, matrix = self._copies(unit), self.works[unit.inputs[0].id].extent
        if copies is None:
            return NO_FORM
        if not asked and any(FORMS[one.estimator].asked for _, one in unit.models):
            return OTHER
        if matrix.stored < matrix.columns:
            return SPARSE
        if copies * 8 * sum(self._size(node) for nodes in unit.moved for node in nodes) > self.device.room:
            return MEMORY
        if not unit.models:
            return self.costs.seconds(normal_on_device(self.works[unit.replaced[0].id]))
        target = self.works[unit.inputs[1].id].extent
        if unit.searches:
            held_out = self.works[unit.inputs[-1].id].extent
            return self.costs.seconds(searching_on_device([one for _, one in unit.models], matrix, target, held_out))
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

    def _size(self, node: Node) -> float:
        """The numbers of a value."""
        extent = self.works[node.id].extent
        return extent.rows * extent.columns

    def _numbers(self, nodes: Sequence[Node]) -> float:
        """The numbers that are moved for a matrix, or its columns: not those that are made there."""
        if len(nodes) > 1 or not isinstance(nodes[0].operator, Assemble):
            return sum(map(self._size, nodes))
        return sum(self._size(node) for node in nodes[0].inputs if not self._is_made_there(node))

    def _is_made_there(self, node: Node) -> bool:
        return isinstance(node.operator, Fitted) and node.inputs[0].id in self.there

    # -- units on one matrix -------------------------------------------------------------------------------------------

    def _gaining(self, group: Sequence[_Weighed]) -> Iterator[_Unit]:
        """The units that go: those that must, and those that gain, if together they gain more than the way costs."""
        forced = [one for one in group if one.forced]
        free = [one for one in group if not one.forced and one.cpu / self.threads > _SURE * one.device]
        gain = sum(one.cpu / self.threads - one.device for one in free)
        way = sum(self.costs.seconds(moving(self._numbers(nodes))) for nodes in group[0].unit.moved)
        goes = [*forced, *(free if forced or gain > way else ())]
        for one in group:
            if one in goes:
                yield one.unit
            else:
                self.left[GAIN] += one.unit.count


def _key(unit: _Unit) -> Hashable:
    """What units share that are weighed together."""
    return tuple(tuple(node.id for node in nodes) for nodes in unit.moved)


# ---- the plan with it ------------------------------------------------------------------------------------------------


def _rewritten(batch: Batch, units: Sequence[_Unit]) -> Batch:
    models = {node.id: unit for unit in units if not unit.searches for node, _ in unit.models}
    searches = {unit.replaced[0].id for unit in units if unit.searches}
    fits = {node.id for unit in units for node in unit.fits}
    products = {unit.replaced[0].id for unit in units if not unit.models and not unit.fits}
    if not units:
        return batch

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.id in products:
            assert isinstance(node.operator, MatrixNormal)
            half = len(inputs) // 2
            moved = [graph.node(ToDevice(), one) if place % half == 0 else one for place, one in enumerate(inputs)]
            return graph.node(NormalOnDevice(node.operator.weighted), *moved)
        if node.id in fits:
            return _fit(graph, node.operator, inputs[: len(_columns(node))])
        if isinstance(node.operator, SearchTogether) and node.id in searches:
            return _search(graph, node.operator.models, inputs[0], inputs[1], inputs[2])
        if isinstance(node.operator, Score) and node.inputs[0].id in searches:
            return _search_alone(graph, node.operator, inputs)
        if node.id not in models:
            return graph.node(node.operator, *inputs)
        matrix, *others = inputs if isinstance(node.operator, TrainModel) else inputs[0].inputs  # of bins, or of a run
        unit = models[node.id]
        candidate = next(one for own, one in unit.models if own.id == node.id)
        return graph.node(TrainOnDevice(candidate, unit.weighted), _moved(graph, matrix), *others)

    changed = models.keys() | fits | products | searches
    return _marked(prune(rewrite(batch, lambda node: node.id in changed, step)))


def _columns(fit: Node) -> tuple[Node, ...]:
    """The columns of a fit, among its inputs."""
    assert isinstance(fit.operator, Fit)
    return fit.inputs[: fit.operator.columns]


def _fit(graph: Graph, operator: Operator, columns: Sequence[Node]) -> Node:
    assert isinstance(operator, Fit)
    own = FitOnDevice(operator.transform, operator.params, operator.seed, operator.with_target, stays=False)
    return graph.node(own, *columns, graph.node(ToDevice(), *columns))


def _search(graph: Graph, models: tuple[Candidate, ...], matrix: Node, target: Node, held_out: Node) -> Node:
    moved = [graph.node(ToDevice(), one) for one in (matrix, held_out)]
    return graph.node(SearchOnDevice(models), moved[0], target, moved[1])


def _search_alone(graph: Graph, operator: Operator, inputs: Sequence[Node]) -> Node:
    """The score of a model by itself, which is found only here together with the matrix that it predicts for."""
    model, held_out = inputs[0], inputs[1]
    assert isinstance(model.operator, TrainModel)
    search = _search(graph, model.operator.models, model.inputs[0], model.inputs[1], held_out)
    return graph.node(operator, graph.node(Member(0, model.operator.models[0]), search), *inputs[1:])


def _moved(graph: Graph, matrix: Node) -> Node:
    """The matrix on the device, put together there if a part of it is there."""
    if isinstance(matrix.operator, Assemble) and any(map(is_there, matrix.inputs)):
        operator = matrix.operator
        return graph.node(AssembleOnDevice(operator.names, operator.memory_limit), *matrix.inputs)
    return graph.node(ToDevice(), matrix)


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
