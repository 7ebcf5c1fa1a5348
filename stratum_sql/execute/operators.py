"""What each operator does to the values of its inputs. Everything here is pure: values in, a new value out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial, singledispatchmethod
from itertools import groupby
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from stratum_sql.catalog import targets
from stratum_sql.catalog.bins import Bins as AnyBins
from stratum_sql.catalog.bins import fit_on_bins, make_bins
from stratum_sql.catalog.columns import Block, Column, Inputs, Part, Pending, stack
from stratum_sql.catalog.estimators import build, encode_labels, for_prediction, is_same_on_threads
from stratum_sql.catalog.gpu_forms import FORMS
from stratum_sql.catalog.metrics import Scores, metric, score
from stratum_sql.catalog.naive_bayes import counts_key
from stratum_sql.catalog.numeric import rows_matrix
from stratum_sql.catalog.spec import EstimatorSpec, State, Target, TransformSpec
from stratum_sql.catalog.splitters import Fold, SplitProblem, folds, subsampled
from stratum_sql.catalog.stopping import ROUNDS, fit_stopped
from stratum_sql.catalog.validation import places, set_aside
from stratum_sql.errors import RunError
from stratum_sql.execute.alone import alone_if_drawing
from stratum_sql.execute.boosted import predicted, trees_of
from stratum_sql.execute.duckdb import Again, Relation, Streamed, StreamedRelation
from stratum_sql.execute.gpu import DeviceBlock, DeviceFailed, Gpu
from stratum_sql.execute.gpu_neighbours import search_on_device
from stratum_sql.execute.gpu_transforms import fit_on_device
from stratum_sql.execute.gpu_values import ColumnThere, OnDevice, PlacesThere, RowsThere, ThereBlock, applied_there
from stratum_sql.execute.group_rows import GroupRows, group_rows
from stratum_sql.execute.linear import normal, scores
from stratum_sql.execute.linear.cells import cells_of
from stratum_sql.execute.linear.normal import NormalEquations
from stratum_sql.execute.linear.products import CellProducts, FoldSums, add_up, merge
from stratum_sql.execute.linear.solve import LinearModels, solve
from stratum_sql.execute.linear.streamed import add_up_streamed
from stratum_sql.execute.linear.unsolved import NotShared, Unsolved
from stratum_sql.execute.logistic import fit_together
from stratum_sql.execute.naive_bayes import fit_from_counts
from stratum_sql.execute.neighbours import Searched, search_together
from stratum_sql.execute.noted import noted
from stratum_sql.execute.prefix import first_rounds, trained_rounds
from stratum_sql.execute.values import Design, FitResult, Labels, Model, Parts, Scored, read_only
from stratum_sql.plan.device import (
    ApplyOnDevice,
    AssembleOnDevice,
    ColumnToDevice,
    FitForDevice,
    FitOnDevice,
    NormalOnDevice,
    PlacesToDevice,
    RowsOnDevice,
    SearchOnDevice,
    ToDevice,
    TrainOnDevice,
)
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Operator
from stratum_sql.plan.linear import (
    FoldProducts,
    MatrixNormal,
    Normal,
    Products,
    ScoreLinear,
    ScorePredictions,
    SolveLinear,
)
from stratum_sql.plan.model import Candidate, Score, TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.relational import Compute, Groups, InGroup, Read, Where
from stratum_sql.plan.together import Bins, FirstRounds, Member, SearchTogether, TrainOnBins, TrainTogether
from stratum_sql.plan.transform import (
    Apply,
    Assemble,
    Components,
    Encode,
    FirstComponents,
    Fit,
    Fitted,
    FittedState,
    InnerSplit,
    Map,
    Rows,
    Split,
    Targets,
)
from stratum_sql.trust.private import private_connection

_log = logging.getLogger(__name__)
_SHARE_OF_SEARCH = 0.25  # of the memory limit that the neighbours of one fold may take
Members = list[Scored | Unsolved]  # one for each model trained together


@dataclass(eq=False)
class Operators:
    """The operators of one session: look-ups by name, the memory budget, and the threads inside one library call, where
    those change no bit of its result."""

    find_transform: Callable[[str], TransformSpec | None]
    find_estimator: Callable[[str], EstimatorSpec | None]
    memory_limit: int
    inner_threads: int = 1
    gpu: Gpu | None = None  # where a plan has something for it
    _scalar: threading.local = field(default_factory=threading.local)

    def on_threads(self, inner_threads: int) -> Operators:
        """The same, with so many threads inside one library call."""
        return replace(self, inner_threads=inner_threads)

    def on_gpu(self, gpu: Gpu | None) -> Operators:
        """The same, with this GPU."""
        return replace(self, gpu=gpu)

    @singledispatchmethod
    def run(self, operator: Operator, inputs: Sequence[Any], fold: int | None = None) -> Any:
        """The value of one node; `fold` is the fold it is done in, where it is one that opens folds."""
        raise TypeError(f"no engine runs {operator.kind}")

    @run.register
    def _read(self, operator: Read, inputs: Sequence[Any], _fold: int | None = None) -> Any:
        relation: Relation | StreamedRelation = inputs[0]
        if isinstance(relation, StreamedRelation):
            return relation.value(operator)
        return (relation.columns[operator.key, operator.index].renamed(operator.name),)

    @run.register
    def _where(self, _operator: Where, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        chosen = np.flatnonzero(inputs[1][0].numbers == 1)
        return tuple(part.take(chosen) for part in inputs[0])

    @run.register
    def _groups(self, _operator: Groups, inputs: Sequence[Any], _fold: int | None = None) -> GroupRows:
        return group_rows([column for (column,) in inputs])

    @run.register
    def _in_group(self, operator: InGroup, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        groups: GroupRows = inputs[1]
        return tuple(part.take(groups.of(operator.group.key)) for part in inputs[0])

    @run.register
    def _encode(self, operator: Encode, inputs: Sequence[Any], _fold: int | None = None) -> Labels:
        return encode_target(inputs[0][0], operator.task, operator.type)

    @run.register
    def _targets(self, _operator: Targets, inputs: Sequence[Any], _fold: int | None = None) -> Labels:
        return side_by_side(inputs)

    @run.register
    def _split(self, operator: Split, inputs: Sequence[Any], _fold: int | None = None) -> tuple[Fold, ...]:
        labels: Labels = inputs[0]
        columns = {role: inputs[1 + index][0] for index, role in enumerate(operator.roles)}
        with _told():
            return split_rows(operator, labels, columns)

    @run.register
    def _inner_split(self, operator: InnerSplit, inputs: Sequence[Any], fold: int) -> Fold:
        rows, column = inputs[0][fold].train, _parting(operator, inputs[1:])
        with _told():
            return set_aside(rows, operator.fraction, operator.manner, column, operator.seed, operator.gap)

    @run.register
    def _rows(self, operator: Rows, inputs: Sequence[Any], fold: int) -> Any:
        chosen: Fold = inputs[0] if isinstance(inputs[0], Fold) else inputs[0][fold]  # of an inner split, or of a split
        rows = chosen.train if operator.side == "train" else chosen.test
        value = inputs[1]
        if isinstance(value, Labels):
            return value.take(rows)
        return tuple(_frozen(part.take(rows)) for part in value)

    @run.register
    def _map(self, operator: Map, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        spec = self._transform(operator.transform)
        return _frozen_all(spec.apply({}, _inputs(inputs), operator.params.as_dict()))

    @run.register
    def _fit(self, operator: Fit, inputs: Sequence[Any], _fold: int | None = None) -> FitResult:
        spec = self._transform(operator.transform)
        params = operator.params.as_dict()
        target = inputs[-1].target if operator.with_target else None
        given = _inputs(inputs[:-1] if operator.with_target else inputs)
        if spec.fit_apply is not None:
            state, parts = spec.fit_apply(given, params, target, operator.seed)
        else:
            state = spec.fit(given, params, target, operator.seed)
            parts = spec.apply(state, given, params)
        return FitResult(state, _frozen_all(parts))

    @run.register
    def _components(self, operator: Components, inputs: Sequence[Any], _fold: int | None = None) -> Any:
        spec = self._transform(operator.transform)
        assert spec.components is not None
        try:
            return spec.components.fit(_inputs(inputs), operator.params.as_dict(), operator.seed)
        except Exception:  # noqa: BLE001 whatever it raises, those who want fewer are fitted by themselves
            return None

    @run.register
    def _first_components(
        self, operator: FirstComponents, inputs: Sequence[Any], _fold: int | None = None
    ) -> FitResult:
        components = self._transform(operator.transform).components
        *columns, known = inputs
        if components is not None and known is not None:
            found = components.first(known, _inputs(columns), operator.params.as_dict())
            if found is not None:
                return FitResult(found[0], _frozen_all(found[1]))
        return self._fit(operator, columns)  # type: ignore[no-any-return]

    @run.register
    def _fitted(self, operator: Fitted, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        fit: FitResult = inputs[0]
        return fit.parts

    @run.register
    def _fitted_state(self, _operator: FittedState, inputs: Sequence[Any], _fold: int | None = None) -> State:
        fit: FitResult = inputs[0]
        return fit.state

    @run.register
    def _apply(self, operator: Apply, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        spec = self._transform(operator.transform)
        return _frozen_all(spec.apply(inputs[0].state, _inputs(inputs[1:]), operator.params.as_dict()))

    @run.register
    def _compute(self, operator: Compute, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        return (compute(self._connection(), operator.sql, operator.name, _inputs(inputs)),)

    @run.register
    def _assemble(self, operator: Assemble, inputs: Sequence[Any], _fold: int | None = None) -> Design:
        given = _inputs(inputs)
        for part in given.parts:
            if isinstance(part, Column) and part.kind != "number":
                hint = f"encode it, for example one_hot({part.name})"
                raise RunError.at("", None, "not_a_number", f"the feature {part.name} is no number", hint=hint)
        check_memory(given, min(self.memory_limit, operator.memory_limit or self.memory_limit))
        return Design(read_only(stack(given.parts)), given.names)

    @run.register
    def _train(self, operator: TrainModel, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        spec, params = self._estimator(operator.models[0], inputs[1])
        estimator = build(spec, params, operator.seed, self._threads(spec, params), self.find_estimator)
        return self._fit_estimator(estimator, operator.weighted, inputs)

    @run.register
    def _train_targets(self, operator: TrainTargets, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        labels: Labels = inputs[1]
        spec, params = self._estimator(operator.models[0], labels)

        def made(params: Mapping[str, Any]) -> Any:
            return build(spec, params, operator.seed, self._threads(spec, params), self.find_estimator)

        if not labels.each:
            return self._fit_estimator(targets.regressor(made(params)), operator.weighted, inputs)
        with _told_of_labels():
            classifier = targets.classifier(spec, params, labels.each, self.find_estimator, made)
        return self._fit_estimator(classifier, operator.weighted, inputs)

    def _fit_estimator(self, estimator: Any, weighted: bool, inputs: Sequence[Any]) -> Model:
        weight = {"sample_weight": _weights(inputs[2][0])} if weighted else {}
        started = time.perf_counter()
        with noted() as said, alone_if_drawing(estimator):
            fitted = estimator.fit(inputs[0].matrix, inputs[1].target.values, **weight)
        return Model(for_prediction(fitted), time.perf_counter() - started, tuple(said), trees_of(fitted))

    @run.register
    def _train_stopped(self, operator: TrainStopped, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        """In one thread: more would sum what the library's metric says of the validation rows in another order."""
        spec, params = self._estimator(operator.models[0], inputs[1])
        estimator = build(spec, params, operator.seed, 1, self.find_estimator)
        weights = [_weights(column) for (column,) in inputs[4:]] if operator.weighted else (None, None)
        fitted, valid = (
            (inputs[place].matrix, inputs[place + 1].target.values, weight)
            for place, weight in zip((0, 2), weights, strict=True)
        )
        started = time.perf_counter()
        with noted() as said:
            rounds = fit_stopped(spec, estimator, fitted, valid, operator.stopping_rounds)
        seconds = time.perf_counter() - started
        return Model(for_prediction(estimator), seconds, tuple(said), trees_of(estimator), rounds)

    def _threads(self, spec: EstimatorSpec, params: Mapping[str, Any]) -> int:
        return self.inner_threads if is_same_on_threads(spec, params) else 1

    def _params(self, spec: EstimatorSpec, given: FrozenParams, labels: Labels) -> dict[str, Any]:
        """The statement's parameters; where they name classes, the classes' codes."""
        params = given.as_dict()
        if labels.labels is None:
            return params
        with _told_of_labels():
            return encode_labels(spec, params, labels.labels, self.find_estimator)

    @run.register
    def _score(self, operator: Score, inputs: Sequence[Any], _fold: int | None = None) -> Scores:
        model: Model = inputs[0]
        specs = [spec for name in operator.metrics if (spec := metric(name)) is not None]
        weight = _weights(inputs[3][0]) if operator.weighted else None
        with noted():
            predict = partial(predicted, model.estimator, model.trees)
            found = score(model.estimator, inputs[1].matrix, inputs[2].target.values, specs, weight, predict)
        return found if model.rounds is None else replace(found, values={**found.values, ROUNDS: float(model.rounds)})

    # -- models that share work ----------------------------------------------------------------------------------------

    @run.register
    def _bins(self, operator: Bins, inputs: Sequence[Any], _fold: int | None = None) -> AnyBins:
        spec, params = self._estimator(operator.example, inputs[1])
        weight = _weights(inputs[2][0]) if operator.weighted else None
        target = inputs[1].target.values
        return make_bins(spec, params, operator.seed, inputs[0].matrix, target, weight, operator.leaf_sizes)

    @run.register
    def _train_on_bins(self, operator: TrainOnBins, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        own = operator.candidate
        spec, params = self._estimator(own, inputs[1])
        started = time.perf_counter()
        with noted() as said:
            fitted = fit_on_bins(spec, params, own.seed, self._threads(spec, params), inputs[0])
        return Model(for_prediction(fitted), time.perf_counter() - started, tuple(said), trees_of(fitted))

    @run.register
    def _first_rounds(self, operator: FirstRounds, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        longer: Model = inputs[0]
        fitted = first_rounds(longer.estimator, operator.rounds)
        if fitted is None:
            raise NotShared("which rounds came first is not known of this model")
        share = operator.rounds / max(trained_rounds(longer.estimator), operator.rounds)
        return Model(for_prediction(fitted), longer.seconds * share, longer.warnings, longer.trees)

    @run.register
    def _train_together(self, operator: TrainTogether, inputs: Sequence[Any], _fold: int | None = None) -> list[Any]:
        params = [self._full(candidate) for candidate in operator.models]
        encoded = [
            {**full, **self._estimator(candidate, inputs[1])[1]}
            for full, candidate in zip(params, operator.models, strict=True)
        ]
        weight = _weights(inputs[2][0]) if operator.weighted else None
        spec, first = self._estimator(operator.models[0], inputs[1])
        matrix, target = inputs[0].matrix, inputs[1].target.values
        if counts_key(spec, first) is not None:
            return fit_from_counts(spec, matrix, target, weight, encoded)
        return fit_together(matrix, target, weight, encoded, operator.models[0].seed)

    @run.register
    def _search_together(self, operator: SearchTogether, inputs: Sequence[Any], _fold: int | None = None) -> Searched:
        train, labels, held_out = inputs
        models = self._unfitted(operator.models, labels)
        most = int(self.memory_limit * _SHARE_OF_SEARCH)
        return search_together(models, train.matrix, labels.target.values, held_out.matrix, most)

    def _unfitted(self, models: Sequence[Candidate], labels: Labels) -> list[Any]:
        known = [(candidate, *self._estimator(candidate, labels)) for candidate in models]
        return [build(spec, params, candidate.seed, 1, self.find_estimator) for candidate, spec, params in known]

    @run.register
    def _member(self, operator: Member, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        if isinstance(inputs[0], Searched):
            return _searched(inputs[0], operator.place)
        found = inputs[0][operator.place]
        if found.error is not None:
            raise found.error
        return Model(for_prediction(found.estimator), found.seconds, found.warnings)

    def _estimator(self, candidate: Candidate, labels: Labels) -> tuple[EstimatorSpec, dict[str, Any]]:
        """The declaration of a candidate's estimator, and its parameters with classes as codes."""
        spec = self.find_estimator(candidate.estimator)
        if spec is None:
            raise RunError.at("", None, "unknown_estimator", f"no estimator {candidate.estimator}")
        return spec, self._params(spec, candidate.params, labels)

    # -- linear models from sums ---------------------------------------------------------------------------------------

    @run.register
    def _products(self, operator: Products, inputs: Sequence[Any], _fold: int | None = None) -> CellProducts:
        folds, labels, *rest = inputs
        weight = rest.pop(0)[0].numbers if operator.weighted else None
        cells = cells_of(folds, len(labels.target.values))
        if rest and all(isinstance(column, Streamed | Again) for column in rest):
            streamed = [column.streamed if isinstance(column, Again) else column for column in rest]
            return add_up_streamed(cells, labels.target.values, weight, streamed, operator.uses, self.memory_limit)
        return add_up(cells, labels.target.values, weight, rest, operator.uses, self.memory_limit)

    @run.register
    def _fold_products(self, _operator: FoldProducts, inputs: Sequence[Any], fold: int) -> FoldSums:
        return merge(inputs[1], fold)

    @run.register
    def _normal(self, operator: Normal, inputs: Sequence[Any], _fold: int | None = None) -> NormalEquations:
        return normal.from_sums(inputs[0], operator.recipes, inputs[1:], self._transform)

    @run.register
    def _matrix_normal(
        self, operator: MatrixNormal, inputs: Sequence[Any], _fold: int | None = None
    ) -> NormalEquations:
        half = len(inputs) // 2
        train, test = (
            (side[0].matrix, side[1].target.values, _weights(side[2][0]) if operator.weighted else None)
            for side in (inputs[:half], inputs[half:])
        )
        return normal.from_matrix(train, test)

    @run.register
    def _solve_linear(self, operator: SolveLinear, inputs: Sequence[Any], _fold: int | None = None) -> LinearModels:
        return solve(inputs[0], operator.models, self._full)

    @run.register
    def _score_linear(self, operator: ScoreLinear, inputs: Sequence[Any], _fold: int | None = None) -> Members:
        return scores.from_sums(inputs[0], inputs[1], operator.metrics)

    @run.register
    def _score_predictions(
        self, operator: ScorePredictions, inputs: Sequence[Any], _fold: int | None = None
    ) -> Members:
        models, design, labels, *rest = inputs
        weight = _weights(rest[0][0]) if operator.weighted else None
        return scores.from_predictions(models, design.matrix, labels.target.values, weight, operator.metrics)

    # -- on a GPU ------------------------------------------------------------------------------------------------------

    @run.register
    def _to_device(self, operator: ToDevice, inputs: Sequence[Any], _fold: int | None = None) -> OnDevice:
        """It is moved when it is first used: others may have to make room."""
        if operator.beside:
            return replace(side_by_side_there(_inputs(inputs[1:]).parts), design=inputs[0])
        if isinstance(inputs[0], Design):
            return OnDevice.of(inputs[0])
        columns = _inputs(inputs)
        return OnDevice.of(Design(read_only(rows_matrix(columns)), columns.names))

    @run.register
    def _column_to_device(self, operator: ColumnToDevice, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        if not (isinstance(inputs[0], tuple) and len(inputs[0]) == 1 and isinstance(inputs[0][0], Column)):
            raise DeviceFailed("a column is not held as a whole")
        return (RowsThere(ColumnThere(inputs[0][0], operator.coded, operator.engine == "cudf")),)

    @run.register
    def _places_to_device(self, operator: PlacesToDevice, inputs: Sequence[Any], fold: int) -> PlacesThere:
        chosen: Fold = inputs[0][fold]
        return PlacesThere.of(chosen.train if operator.side == "train" else chosen.test)

    @run.register
    def _rows_on_device(self, _operator: RowsOnDevice, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        places, (column,) = inputs
        return (RowsThere(column.source, places),)

    @run.register
    def _apply_on_device(self, operator: ApplyOnDevice, inputs: Sequence[Any], _fold: int | None = None) -> Parts:
        spec = self._transform(operator.transform)
        state = inputs[0].state if operator.fitted else {}
        given = [part for parts in inputs[operator.fitted :] for part in parts]
        return applied_there(spec, operator.params.as_dict(), state, given)

    @run.register
    def _fit_for_device(self, operator: FitForDevice, inputs: Sequence[Any], _fold: int | None = None) -> FitResult:
        spec = self._transform(operator.transform)
        return FitResult(spec.fit(_inputs(inputs), operator.params.as_dict(), None, operator.seed), ())

    @run.register
    def _fit_on_device(self, operator: FitOnDevice, inputs: Sequence[Any], _fold: int | None = None) -> FitResult:
        params = operator.params.as_dict()
        return fit_on_device(self._the_gpu(), operator.transform, params, operator.seed, inputs[-1])

    @run.register
    def _assemble_on_device(
        self, _operator: AssembleOnDevice, inputs: Sequence[Any], _fold: int | None = None
    ) -> OnDevice:
        return side_by_side_there(_inputs(inputs).parts)

    @run.register
    def _train_on_device(self, operator: TrainOnDevice, inputs: Sequence[Any], _fold: int | None = None) -> Model:
        spec, params = self._estimator(operator.candidate, inputs[1])
        estimator = build(spec, params, operator.candidate.seed, self._threads(spec, params), self.find_estimator)
        weight = _weights(inputs[2][0]) if operator.weighted else None
        started = time.perf_counter()
        with noted() as said:
            fitted = self._the_gpu().fit(FORMS[spec.name], estimator, inputs[0], inputs[1].target.values, weight)
        return Model(for_prediction(fitted), time.perf_counter() - started, tuple(said), trees_of(fitted))

    @run.register
    def _normal_on_device(
        self, operator: NormalOnDevice, inputs: Sequence[Any], _fold: int | None = None
    ) -> NormalEquations:
        """Where the device cannot, numpy multiplies."""
        half = len(inputs) // 2
        train, test = (
            (side[0], side[1].target.values, _weights(side[2][0]) if operator.weighted else None)
            for side in (inputs[:half], inputs[half:])
        )
        try:
            return self._the_gpu().normal_equations(train, test)
        except DeviceFailed as failed:
            _log.info("a product is made by numpy, as the GPU failed: %s", failed)
        here = [(side[0].design.matrix, *side[1:]) for side in (train, test)]
        return normal.from_matrix(here[0], here[1])

    @run.register
    def _search_on_device(self, operator: SearchOnDevice, inputs: Sequence[Any], _fold: int | None = None) -> Searched:
        train, labels, held_out = inputs
        models = self._unfitted(operator.models, labels)
        return search_on_device(self._the_gpu(), models, train, labels.target.values, held_out)

    def _the_gpu(self) -> Gpu:
        if self.gpu is None:
            raise DeviceFailed("no GPU is there")
        return self.gpu

    def _full(self, candidate: Candidate) -> dict[str, Any]:
        """Every parameter of a candidate."""
        spec = self.find_estimator(candidate.estimator)
        return {**(spec.defaults if spec is not None else {}), **candidate.params.as_dict()}

    # -- look-ups ------------------------------------------------------------------------------------------------------

    def _transform(self, name: str) -> TransformSpec:
        spec = self.find_transform(name)
        if spec is None:
            raise RunError.at("", None, "unknown_transform", f"no transform {name}")
        return spec

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB of this thread's own for scalar SQL: it sees no table, file or setting of the session."""
        found = getattr(self._scalar, "connection", None)
        if found is None:
            found = self._scalar.connection = private_connection()
        return found


def _searched(search: Searched, place: int) -> Model:
    """One of the models that share a search. Raises why it does not."""
    found = search.models[place]
    if isinstance(found, NotShared):
        raise found
    return Model(for_prediction(found), search.seconds, search.warnings)


def side_by_side_there(parts: Sequence[Part]) -> OnDevice:
    """One matrix of all parts, put together on the device: what is on the host is moved, in as few pieces as may be,
    and what follows from codes as those."""
    beside: list[Any] = []
    for is_plain, group in groupby(parts, lambda part: not isinstance(part, DeviceBlock | Pending | ThereBlock)):
        run = list(group)
        beside += [stack(run)] if is_plain else map(_there_alone, run)
    columns = sum(len(part.names) if isinstance(part, Block) else 1 for part in parts)
    return OnDevice(None, (len(parts[0]), columns), tuple(beside))


def _there_alone(part: Part) -> Any:
    if isinstance(part, DeviceBlock):
        return part.made
    if isinstance(part, ThereBlock):
        return part
    assert isinstance(part, Pending)
    return part.piece


def check_memory(given: Inputs, limit: int) -> None:
    """Raises RunError where the dense matrix of these features would take more than `limit` bytes."""
    if any(isinstance(part, Block) and part.is_sparse for part in given.parts):
        return
    wanted = 8 * len(given) * len(given.names)
    if wanted <= limit:
        return
    widest = max(given.parts, key=lambda part: len(part.names) if isinstance(part, Block) else 1)
    title = f"{widest.names[0]} …" if isinstance(widest, Block) else widest.name
    size = f"{len(given):,} rows of {len(given.names):,} columns"
    raise RunError.at(
        "",
        None,
        "out_of_memory",
        f"the matrix of {size} needs {_size(wanted)}; the limit is {_size(limit)}",
        hint=f"the widest feature starts with {title}: "
        "try sparse_output => true, rare(..), target_encode(..) or hash_encode(..)",
    )


def _size(count: int) -> str:
    unit, power = next(
        (unit, power)
        for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10), ("bytes", 0))
        if count >= 2**power or not power
    )
    return f"{count / 2**power:,.1f} {unit}" if power else f"{count} bytes"


def _weights(column: Column) -> np.ndarray[Any, Any]:
    """The weights of the rows. Raises RunError where one is no finite number: some libraries would take it."""
    weights: np.ndarray[Any, Any] = column.numbers
    wrong = int((~np.isfinite(weights)).sum())
    if wrong:
        message = f"the weight {column.name} is NULL or infinite in {wrong:,} of {len(weights):,} rows"
        raise RunError.at("", None, "bad_weight", message, hint=f"coalesce({column.name}, 0)")
    return read_only(weights)  # type: ignore[no-any-return]


def compute(connection: duckdb.DuckDBPyConnection, sql: str, name: str, inputs: Inputs) -> Column:
    """Scalar SQL over columns of numbers; one number a row comes out. Rows keep their order."""
    columns = inputs.columns
    table = pa.table({f"c{index}": pa.array(column.numbers, from_pandas=True) for index, column in enumerate(columns)})
    connection.register("__inputs", table)
    try:
        expression = sql.format(*(f'"c{index}"' for index in range(len(columns))))
        answer = connection.sql(f"SELECT ({expression})::DOUBLE FROM __inputs").to_arrow_table()
    except (duckdb.Error, IndexError) as error:
        raise RunError.at("", None, "compute_failed", f"{name}: {str(error).splitlines()[0]}") from None
    finally:
        connection.unregister("__inputs")
    return Column(name, "number", answer.column(0).combine_chunks())


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a split is an error of the run."""
    try:
        yield
    except SplitProblem as problem:
        raise RunError.at("", None, problem.code, problem.message, hint=problem.hint) from None


@contextmanager
def _told_of_labels() -> Iterator[None]:
    """A name that is no class is an error of the run."""
    try:
        yield
    except ValueError as error:
        raise RunError.at("", None, "unknown_label", str(error)) from None


def _parting(operator: InnerSplit, inputs: Sequence[Any]) -> np.ndarray[Any, Any] | None:
    """What tells the rows of an inner split apart: their place in the order, their group, their class."""
    labels, *columns = inputs
    if operator.manner == "last":
        return places(_time_order(columns[0][0]))
    if operator.manner == "groups":
        return columns[0][0].codes.codes  # type: ignore[no-any-return]
    return labels.target.values if operator.manner == "classes" else None


def split_rows(operator: Split, labels: Labels, columns: dict[str, Column]) -> tuple[Fold, ...]:
    """The folds of one clause; with ORDER BY the rows are put in that order first. Raises SplitProblem."""
    order = _time_order(columns["order"]) if "order" in columns else None
    groups, values, strata = (
        _ordered(_label_values(columns.get(role)), order) for role in ("groups", "by", "stratify")
    )
    made = folds(
        operator.clause,  # type: ignore[arg-type]
        len(labels.target.values),
        _ordered(labels.target.values, order),
        groups,
        operator.seed,
        classification=operator.task == "classification",
        strata=strata,
        values=values,
    )
    if order is not None:
        made = tuple(Fold(order[fold.train], order[fold.test]) for fold in made)
    if operator.rung is None:
        return made
    return subsampled(made, operator.rung, len(labels.target.values), classes_of(labels))


def classes_of(labels: Labels) -> int | None:
    """How many classes there are, of several targets those of the one with the most; None for regression."""
    if labels.each:
        return max(map(len, labels.each))
    classes = labels.target.classes
    return None if classes is None else len(classes)


def side_by_side(each: Sequence[Labels]) -> Labels:
    """Several targets as one."""
    values = read_only(np.column_stack([one.target.values for one in each]))
    return Labels(Target(values), None, tuple(one.labels for one in each if one.labels is not None))


def _ordered(values: np.ndarray[Any, Any] | None, order: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any] | None:
    return values if values is None or order is None else values[order]


def _time_order(column: Column) -> np.ndarray[Any, Any]:
    values = (
        column.numbers if column.kind == "number" else column.times if column.kind == "time" else column.codes.codes
    )
    return np.argsort(values, kind="stable")


def _label_values(column: Column | None) -> np.ndarray[Any, Any] | None:
    if column is None:
        return None
    codes = column.codes
    values: np.ndarray[Any, Any] = np.append(codes.values.astype(object), [None])
    labels: np.ndarray[Any, Any] = values[codes.codes]
    return labels


def _inputs(values: Sequence[Parts]) -> Inputs:
    return Inputs([part for parts in values for part in parts])


def _frozen_all(parts: Sequence[Part]) -> Parts:
    return tuple(_frozen(part) for part in parts)


def _frozen(part: Part) -> Part:
    """The part with its arrays read-only: many trials share them."""
    if isinstance(part, Block) and not isinstance(part, Pending):  # those are read-only when they are made
        read_only(part.values)
    return part


def encode_target(column: Column, task: str, duckdb_type: str) -> Labels:
    """A target as the library wants it. Raises RunError where there is nothing to learn from it."""
    return _classes(column, duckdb_type) if task == "classification" else _numbers(column)


def _numbers(column: Column) -> Labels:
    if column.kind != "number":
        raise RunError.at(
            "",
            None,
            "target_type",
            f"the target {column.name} is no number; a regression needs one",
            hint="use a classifier, or cast it in SQL",
        )
    values = column.numbers
    _check_target(column.name, len(values), int(np.isnan(values).sum()))
    if not np.isfinite(values).all():
        raise RunError.at(
            "", None, "target_infinite", f"the target {column.name} is infinite in {int(np.isinf(values).sum()):,} rows"
        )
    return Labels(Target(read_only(values)), None)


def _classes(column: Column, kind: str) -> Labels:
    try:
        codes = column.codes
    except ValueError as error:
        raise RunError.at("", None, "target_type", f"the target {error}") from None
    _check_target(column.name, len(column), int((codes.codes < 0).sum()))
    present = codes.present()
    if len(present) < 2:
        only = _label(codes.values[present].tolist()[0], kind)
        raise RunError.at("", None, "one_class", f"the target {column.name} has one class only: {only!r}")
    values = codes.values[present]
    if values.dtype.kind == "f" and len(present) > 20 and not (values == np.floor(values)).all():
        raise RunError.at(
            "",
            None,
            "continuous_target",
            f"the target {column.name} has {len(present):,} different values that are no whole numbers",
            hint="use a regressor, or make classes of it: SELECT x > 15 AS late",
        )
    table = np.full(len(codes.values), -1, dtype=np.int64)
    table[present] = np.arange(len(present))
    return Labels(
        Target(read_only(table[codes.codes]), values), tuple(_label(value, kind) for value in values.tolist())
    )


def _label(value: Any, kind: str) -> Any:
    """A class as a value of the target's own type."""
    if kind == "BOOLEAN":
        return bool(value)
    return int(value) if isinstance(value, float) and value.is_integer() and "INT" in kind else value


def _check_target(name: str, rows: int, missing: int) -> None:
    if rows == 0:
        raise RunError.at("", None, "no_rows", "the query has no rows")
    if missing:
        raise RunError.at(
            "",
            None,
            "null_target",
            f"the target {name} is NULL in {missing:,} of {rows:,} rows",
            hint=f"add WHERE {name} IS NOT NULL",
        )
