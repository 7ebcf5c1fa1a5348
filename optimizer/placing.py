"""Which trainings go to a GPU: those that take much less time there, the way to it included.

    Train(xgboost(a); x, y), Train(xgboost(b); x, y)
      =>  TrainOnDevice(xgboost(a); ToDevice(x), y), TrainOnDevice(xgboost(b); ToDevice(x), y)

It comes after all rules, as what a training costs on the CPU depends on what it shares there: bins, a solver's run, one
product. A matrix is moved once for all that is trained on it, so the trainings on one matrix are weighed together:
those that take less than half the time go if together they gain more than the way costs. A device does one training at
a time, the CPU one for each thread. What a transform makes there stays there for what is trained on it there, and what
follows from columns there is made of those (`device_columns.py`).
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
    moving,
    normal_on_device,
    searching_on_device,
    training_of,
    training_on_device,
)
from stratum_sql.optimizer.cost.work import Work, times
from stratum_sql.optimizer.device_columns import Recipes
from stratum_sql.optimizer.on_device import Unit, columns_of, on_device
from stratum_sql.optimizer.trainings import Full, full_parameters
from stratum_sql.optimizer.ways import Ways
from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import Placement
from stratum_sql.plan.graph import Node
from stratum_sql.plan.linear import MatrixNormal
from stratum_sql.plan.model import Candidate, Score, TrainModel
from stratum_sql.plan.outline import statements_of
from stratum_sql.plan.query import Mode
from stratum_sql.plan.together import Bins, FirstRounds, Member, SearchTogether, TrainOnBins, TrainTogether
from stratum_sql.plan.transform import Components, FirstComponents, Fit

NO_FORM, SPARSE, MEMORY = "with no GPU form", "on a sparse matrix", "too large for its memory"
_SURE = 2.0  # times less on the device, by estimates that are often wrong by so much
GAIN, ASKED, UNKNOWN = "that gain nothing", "asked for on the CPU", "of unknown size"
OTHER = "that a GPU makes otherwise"  # a form that goes only where the GPU is asked for


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Seconds of one fold on either side, by one thread of the CPU and without the way to the device."""

    unit: Unit
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
    whole = placing.whole(chosen)
    return on_device(batch, chosen, placing.ways.recipes, whole), placing.placement(chosen, whole)


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
        self.ways = Ways(works, runs(batch), Recipes(device.libraries))

    def chosen(self) -> list[Unit]:
        """What goes to the device."""
        units = list(self._units())
        fits = self._chosen_of([unit for unit in units if unit.fits])
        self.ways.there = {node.id for unit in fits for node in unit.fits}
        return [*fits, *self._chosen_of([unit for unit in units if not unit.fits])]

    def _chosen_of(self, units: Sequence[Unit]) -> list[Unit]:
        groups: dict[Hashable, list[_Weighed]] = {}
        for unit in units:
            found = self._weighed(unit)
            if isinstance(found, str):
                self.left[found] += unit.count
            else:
                groups.setdefault(_key(unit), []).append(found)
        return [unit for group in groups.values() for unit in self._gaining(group)]

    def whole(self, units: Sequence[Unit]) -> frozenset[int]:
        """The splits whose columns are moved once for all folds, beside what these hold."""
        return self.ways.whole(units, self.device.room - max(map(self._needs, units), default=0.0))

    def placement(self, units: Sequence[Unit], whole: frozenset[int]) -> Placement:
        """What these do on the device, and why the others are not there."""
        moves = [move for move in self.ways.moves(units, whole).values() if move.bytes]
        return Placement(
            self.device.name,
            sum(len(unit.models) for unit in units if not unit.searches),
            sum(not unit.models and not unit.fits for unit in units),
            sum(len(unit.fits) for unit in units),
            sum(unit.searches for unit in units),
            sum(move.count for move in moves),
            sum(move.count * move.bytes for move in moves),
            sum(move.count * self.costs.seconds(moving(move.bytes / 8)) for move in moves),
            dict(self.left),
            self.ways.applied(units, whole),
            self.ways.once(units, whole),
        )

    def _units(self) -> Iterator[Unit]:
        for node in self.batch.graph:
            match node.operator:
                case TrainModel(estimator=name) if name in FORMS and FORMS[name].searches:
                    yield from self._searching(node)
                case SearchTogether():
                    yield replace(self._shared(node, self.above.get(node.id, ()), False), searches=True)
                case TrainModel(weighted=weighted):
                    yield Unit(node.inputs, (node,), weighted, ((node, node.operator.models[0]),))
                case Bins(weighted=weighted):
                    on_bins = [one for one in self.above.get(node.id, ()) if isinstance(one.operator, TrainOnBins)]
                    yield self._shared(node, on_bins, weighted)
                case TrainTogether(weighted=weighted):
                    yield self._shared(node, self.above.get(node.id, ()), weighted)
                case MatrixNormal(weighted):
                    yield Unit(node.inputs, (node,), weighted)
                case Components(transform=name) if name in TRANSFORM_FORMS:
                    fits = self.above.get(node.id, ())
                    yield Unit(node.inputs, (node, *fits), fits=tuple(fits))
                case Fit(transform=name) if name in TRANSFORM_FORMS and not isinstance(node.operator, FirstComponents):
                    yield Unit(node.inputs, (node,), fits=(node,))

    def _searching(self, node: Node) -> Iterator[Unit]:
        """A model of neighbours by itself, where it predicts for one matrix alone."""
        scores = self.above.get(node.id, ())
        held_out = {score.inputs[1].id: score.inputs[1] for score in scores if isinstance(score.operator, Score)}
        assert isinstance(node.operator, TrainModel)
        if len(held_out) == 1 and all(isinstance(score.operator, Score) for score in scores):
            models = ((node, node.operator.models[0]),)
            inputs = (*node.inputs, *held_out.values())
            yield Unit(inputs, (node,), node.operator.weighted, models, searches=True)

    def _shared(self, node: Node, users: Sequence[Node], weighted: bool) -> Unit:
        models = []
        for user in users:
            assert isinstance(user.operator, TrainOnBins | Member)
            models.append((user, user.operator.candidate))
        return Unit(node.inputs, (node, *users), weighted, tuple(models))

    # -- one unit ------------------------------------------------------------------------------------------------------

    def _weighed(self, unit: Unit) -> _Weighed | str:
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

    def _looked_up(self, unit: Unit) -> float:
        """Seconds of the search that scoring a model of neighbours by itself takes on the CPU."""
        if not unit.searches or isinstance(unit.replaced[0].operator, SearchTogether):
            return 0.0
        rows = self.works[unit.inputs[-1].id].extent.rows
        return self.costs.seconds(times(self.works[unit.replaced[0].id].predict, rows))

    def _fits_there(self, unit: Unit, asked: bool) -> float | str:
        """Seconds of fits on the device, with their rows moved back: who will read them is not known yet."""
        forms = [transform_form(one.transform, one.params.as_dict()) for one in map(_fit_of, unit.fits)]
        if None in forms or "cuml" not in self.device.libraries:
            return NO_FORM
        known = [form for form in forms if form is not None]
        if any(form.asked for form in known) and not asked:
            return OTHER
        if any(self.works[node.id].extent.stored < self.works[node.id].extent.columns for node in unit.inputs):
            return SPARSE
        if self._needs(unit) > self.device.room:
            return MEMORY
        return sum(self._fit_there(node) for node in unit.fits)

    def _fit_there(self, node: Node) -> float:
        units = fit_units(_fit_of(node), [self.works[child.id] for child in columns_of(node)])
        return self.costs.seconds(fitting_on_device(units, self._size(node)))

    def _on_device(self, unit: Unit, asked: bool) -> float | str:
        """Seconds of trainings, or of a product, on the device."""
        matrix = self.works[unit.inputs[0].id].extent
        if self._copies(unit) is None:
            return NO_FORM
        if not asked and any(FORMS[one.estimator].asked for _, one in unit.models):
            return OTHER
        if matrix.stored < matrix.columns:
            return SPARSE
        if self._needs(unit) > self.device.room:
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

    def _needs(self, unit: Unit) -> float:
        """Bytes of the device's memory that it takes."""
        return 8 * (self._copies(unit) or 0.0) * sum(self._size(node) for nodes in unit.moved for node in nodes)

    def _copies(self, unit: Unit) -> float | None:
        """Copies of the matrix that the device would hold; None where some model has no form there."""
        if unit.fits:
            return max(TRANSFORM_FORMS[one.transform].copies for one in map(_fit_of, unit.fits))
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

    def _way(self, unit: Unit) -> float:
        """Seconds of one fold that moving what a unit needs takes, if nothing else needs it."""
        moves = self.ways.moves([unit], self.whole([unit])).values()
        folds = max((move.count for move in moves), default=1)
        return sum(move.count / folds * self.costs.seconds(moving(move.bytes / 8)) for move in moves)

    def _size(self, node: Node) -> float:
        """The numbers of a value."""
        extent = self.works[node.id].extent
        return extent.rows * extent.columns

    # -- units on one matrix -------------------------------------------------------------------------------------------

    def _gaining(self, group: Sequence[_Weighed]) -> Iterator[Unit]:
        """The units that go: those that must, and those that gain, if together they gain more than the way costs."""
        forced = [one for one in group if one.forced]
        free = [one for one in group if not one.forced and one.cpu / self.threads > _SURE * one.device]
        gain = sum(one.cpu / self.threads - one.device for one in free)
        way = self._way(group[0].unit)
        goes = [*forced, *(free if forced or gain > way else ())]
        for one in group:
            if one in goes:
                yield one.unit
            else:
                self.left[GAIN] += one.unit.count


def _key(unit: Unit) -> Hashable:
    """What units share that are weighed together."""
    return tuple(tuple(node.id for node in nodes) for nodes in unit.moved)


def _fit_of(node: Node) -> Fit:
    assert isinstance(node.operator, Fit)
    return node.operator
