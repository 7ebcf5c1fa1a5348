"""What one run of each operator costs: one formula a kind, on one page.

A formula says how large the value is and counts units; `coefficients.py` says what a unit takes on this machine. Rows
and columns are those of the inputs: r rows, c columns, s numbers stored a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stratum_sql.catalog import registry
from stratum_sql.catalog.extents import Extent
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.optimizer.cost.device import MOVE, MOVED, RETURNED, there
from stratum_sql.optimizer.cost.families import Training, stem, training, trees
from stratum_sql.optimizer.cost.work import Units, Work, added, times
from stratum_sql.optimizer.statistics.values import Statistics
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
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.linear import (
    Base,
    FoldProducts,
    MatrixNormal,
    Normal,
    Products,
    Recipe,
    ScoreLinear,
    ScorePredictions,
    SolveLinear,
)
from stratum_sql.plan.model import Candidate, Score, TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.relational import Compute, Groups, InGroup, Read, Scan, Where
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

_DEFAULT_SHARE = 0.2  # of rows that a condition keeps, where nothing better is known: DuckDB's own guess
_HELD_OUT = 0.25  # of rows in a fold, where the clause does not say
_STEPS = 100  # of a coordinate descent on products


@dataclass(frozen=True, slots=True)
class Context:
    """What a formula may ask beside its inputs: `rows` of every scan, of rows chosen, and the columns read of a scan.

    `kept`: the rows that a condition keeps, by the node of the condition. `folds` by the node of a split.
    """

    statistics: Statistics
    reads: Mapping[int, Sequence[Read]]
    rows: Mapping[int, float]
    kept: Mapping[int, float]
    folds: Mapping[int, int]


Formula = Callable[[Any, Node, Sequence[Work], Context], Work]  # operator, node, its inputs' works, what else is known

# ---- reading and choosing rows ---------------------------------------------------------------------------------------


def _scan(_operator: Scan, node: Node, _given: Sequence[Work], context: Context) -> Work:
    rows, reads = context.rows[node.id], context.reads.get(node.id, ())
    texts = sum(read.column_kind == "text" for read in reads)
    units = {"query": 1.0, "row": rows, "number": rows * (len(reads) - texts), "text": rows * texts}
    return Work(Extent(rows, len(reads), len(reads)), units, 8 * rows * (len(reads) + 2 * texts))


def _read(operator: Read, node: Node, given: Sequence[Work], context: Context) -> Work:
    scan = node.inputs[0].operator
    key = scan.source.key if isinstance(scan, Scan) else ""
    known = context.statistics.column(key, (operator.key, operator.index))
    width = known.width if operator.column_kind != "text" or known.width is not None else 30.0
    distinct = 2.0 if operator.type.upper() == "BOOLEAN" else known.distinct
    return Work(Extent(given[0].extent.rows, 1, 1, distinct, width), {"view": 1})


def _where(_operator: Where, node: Node, given: Sequence[Work], context: Context) -> Work:
    kept = context.kept.get(node.inputs[1].id, _DEFAULT_SHARE * given[0].extent.rows)
    return Work(given[0].extent.of(kept), {"call": 1, "chosen": given[0].extent.rows})


def _groups(_operator: Groups, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    rows = given[0].extent.rows
    return Work(Extent(rows), {"call": 1, "split": rows * len(given)}, 8 * rows)


def _in_group(operator: InGroup, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    rows = float(operator.group.rows)
    return Work(given[0].extent.of(rows), {"call": 1, "chosen": rows})


def _encode(operator: Encode, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    column = given[0].extent
    labels = (column.distinct or 2.0) if operator.task == "classification" else 1.0
    return Work(Extent(column.rows, 1, 1, labels), {"call": 1, "target": column.rows}, 8 * column.rows)


def _targets(_operator: Targets, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    rows, count = given[0].extent.rows, len(given)
    labels = max(one.extent.distinct or 1.0 for one in given)
    return Work(Extent(rows, count, count, labels), {"call": 1, "stacked": rows * count}, 8 * rows * count)


def _split(_operator: Split, node: Node, given: Sequence[Work], context: Context) -> Work:
    rows = given[0].extent.rows
    folds = context.folds.get(node.id, 1)
    return Work(Extent(rows), {"call": folds, "split": rows * folds}, 8 * rows * folds)


def _rows(operator: Rows, node: Node, given: Sequence[Work], context: Context) -> Work:
    value = given[1].extent
    kept = value.of(value.rows * _share(operator, node.inputs[0], context))
    is_lazy = isinstance(node.inputs[1].operator, Read | Where | InGroup)  # a column is cut by who first needs it
    return Work(kept, {"view": 1, "chosen": 0.0 if is_lazy else kept.rows * kept.stored})


def _inner_split(_operator: InnerSplit, node: Node, given: Sequence[Work], context: Context) -> Work:
    rows = given[1].extent.rows * (1 - _test_share(node.inputs[0], context))
    return Work(Extent(rows), {"call": 1, "split": rows}, 8 * rows)


def _share(operator: Rows, split: Node, context: Context) -> float:
    """Of all rows, those of one side of a fold."""
    inner = split.operator
    if isinstance(inner, InnerSplit):
        train = 1 - _test_share(split.inputs[0], context)
        return train * (inner.fraction if operator.side == "valid" else 1 - inner.fraction)
    test = _test_share(split, context)
    return test if operator.side == "test" else 1 - test


def _test_share(split: Node, context: Context) -> float:
    fraction = getattr(getattr(split.operator, "clause", None), "fraction", None)
    folds = context.folds.get(split.id, 1)
    return float(fraction) if isinstance(fraction, float) else 1 / folds if folds > 1 else _HELD_OUT


# ---- features --------------------------------------------------------------------------------------------------------


def _fit(operator: Fit, node: Node, given: Sequence[Work], _context: Context) -> Work:
    columns = given[:-1] if operator.with_target else given
    made, units = _transformed(operator.transform, operator.params, columns)
    return Work(made, added(units, _cut(node, given)), made.bytes)


def _components(operator: Components, node: Node, given: Sequence[Work], _context: Context) -> Work:
    made, units = _transformed(operator.transform, operator.params, given)
    return Work(made, added(units, _cut(node, given)), _side_by_side(given).bytes)  # it keeps its rows, as a matrix


def _first_components(operator: FirstComponents, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    made, units = _transformed(operator.transform, operator.params, given[: operator.columns])
    return Work(made, times(units, 0.5), made.bytes)  # a product with the matrix


def _cut(node: Node, given: Sequence[Work]) -> Units:
    """Rows of columns are cut out of them by the operator that needs them."""
    lazy = (one.extent for child, one in zip(node.inputs, given, strict=True) if isinstance(child.operator, Rows))
    return {"chosen": sum(one.rows * one.stored for one in lazy)}


def _fitted(_operator: Fitted, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    return Work(given[0].extent, {"view": 1})


def _fitted_state(_operator: FittedState, _node: Node, _given: Sequence[Work], _context: Context) -> Work:
    return Work(Extent(1, 1), {"view": 1})


def _apply(operator: Apply, node: Node, given: Sequence[Work], _context: Context) -> Work:
    made, units = _transformed(operator.transform, operator.params, given[1:])
    spec = registry.transform(operator.transform)
    made = replace(given[0].extent, rows=made.rows) if spec is None or spec.fitted else made
    return Work(made, added(times(units, 0.5), _cut(node, given)), made.bytes)


def _map(operator: Map, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    made, units = _transformed(operator.transform, operator.params, given)
    return Work(made, units, made.bytes)


def _transformed(name: str, params: FrozenParams, given: Sequence[Work]) -> tuple[Extent, Units]:
    spec = registry.transform(name)
    inputs = _side_by_side(given)
    made = inputs if spec is None else _widened(spec, params, inputs, given)
    nanoseconds = 100.0 if spec is None else spec.ns_per_value
    return made, {"call": 1, "transform": nanoseconds * inputs.rows * inputs.stored, "made": made.rows * made.stored}


def _widened(spec: TransformSpec, params: FrozenParams, inputs: Extent, given: Sequence[Work]) -> Extent:
    full = spec.complete(params.as_dict())
    if not spec.per_column:
        return spec.extent(full, inputs)
    return _beside([spec.extent(full, one.extent) for one in given], inputs.rows)


def _side_by_side(given: Sequence[Work]) -> Extent:
    return _beside([one.extent for one in given], given[0].extent.rows if given else 0.0)


def _beside(parts: Sequence[Extent], rows: float) -> Extent:
    if len(parts) == 1:
        return parts[0]
    columns, stored, flags = (sum(getattr(one, name) for one in parts) for name in ("columns", "stored", "flags"))
    return Extent(rows, columns, stored, flags=flags)


def _compute(_operator: Compute, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    inputs = _side_by_side(given)
    return Work(Extent(inputs.rows), {"computation": 1, "computed": inputs.rows * inputs.columns}, 8 * inputs.rows)


def _assemble(_operator: Assemble, node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix = _side_by_side(given)
    if matrix.stored < matrix.columns / 2:  # a sparse part makes all of it sparse
        units = {"call": 1.0, "stacked": 3 * matrix.rows * matrix.stored}
        return Work(matrix, added(units, _cut(node, given)), matrix.bytes)
    matrix = replace(matrix, stored=matrix.columns)
    units = {"call": 1.0, "stacked": matrix.rows * matrix.columns}
    return Work(matrix, added(units, _cut(node, given)), matrix.bytes)


# ---- models, one at a time -------------------------------------------------------------------------------------------


def _train(operator: TrainModel, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    fitted = training_of(operator.models[0], given[0].extent, given[1].extent)
    return Work(given[0].extent, fitted.fit, predict=fitted.predict)


def _train_stopped(operator: TrainStopped, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    """As many rounds as there may be: only the data can say where it stops. Each also predicts the validation rows."""
    fitted = training_of(operator.models[0], given[0].extent, given[1].extent)
    validated = times(fitted.predict, given[2].extent.rows)
    return Work(given[0].extent, added(fitted.fit, validated), predict=fitted.predict)


def _train_targets(operator: TrainTargets, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    """As if one model were trained for each target, with the classes of the one that has the most."""
    target = given[1].extent
    one, count = training_of(operator.models[0], given[0].extent, target), target.columns
    return Work(given[0].extent, times(one.fit, count), predict=times(one.predict, count))


def training_of(candidate: Candidate, matrix: Extent, target: Extent) -> Training:
    """The training of one model by itself."""
    labels = target.distinct or 1.0
    return training(candidate.estimator, candidate.params.as_dict(), matrix, labels if labels > 2 else 1.0)


def _score(operator: Score, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    model, matrix = given[0], given[1].extent
    predicted = times(model.predict, matrix.rows)
    return Work(Extent(1), added({"prediction": 1}, predicted, _metrics(operator.metrics, matrix.rows)))


def _metrics(names: Sequence[str], rows: float) -> Units:
    return {"metric": len(names), "scored": len(names) * rows}


# ---- models that share work ------------------------------------------------------------------------------------------


def _bins(operator: Bins, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix = given[0].extent
    kind = f"{_library(operator.example)}_bin"
    made = training_of(operator.example, matrix, given[1].extent).fit.get(kind, matrix.rows * matrix.stored)
    return Work(replace(matrix, distinct=given[1].extent.distinct), {"fit_call": 1, kind: made}, matrix.bytes / 8)


def _library(candidate: Candidate) -> str:
    return "xgboost" if stem(candidate.estimator).startswith("xgboost") else "lightgbm"


def _train_on_bins(operator: TrainOnBins, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    whole = training_of(operator.candidate, given[0].extent, given[1].extent)
    units = {name: count for name, count in whole.fit.items() if not name.endswith("_bin")}
    return Work(given[0].extent, units, predict=whole.predict)


def _first_rounds(operator: FirstRounds, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix = given[0].extent
    own = training_of(operator.candidate, matrix, Extent(matrix.rows))
    return Work(matrix, {"fit_call": 1}, predict=own.predict)


def _train_together(operator: TrainTogether, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    each = [training_of(one, given[0].extent, given[1].extent) for one in operator.models]
    alone = added(*(one.fit for one in each))
    together = {("lockstep" if name == "fit_descent" else name): count for name, count in alone.items()}
    if "fit_moments" in together:
        together["fit_moments"] /= len(each)  # the rows are counted once
    return Work(given[0].extent, together, predict=each[0].predict)


def _search_together(operator: SearchTogether, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    one = training_of(operator.models[0], given[0].extent, given[1].extent)
    return Work(given[0].extent, added(one.fit, times(one.predict, given[2].extent.rows)))


def _member(_operator: Member, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    return Work(given[0].extent, {"view": 1}, predict=given[0].predict)


# ---- linear models from sums -----------------------------------------------------------------------------------------


def _products(operator: Products, node: Node, given: Sequence[Work], context: Context) -> Work:
    columns = [one.extent for one in given[2 + operator.weighted :]]
    widths = zip(columns, operator.uses, strict=True)
    atoms = 1 + sum(one.categories if use == "category" else one.columns for one, use in widths)
    rows, cells = given[1].extent.rows, float(max(context.folds.get(node.inputs[0].id, 1), 2))
    held = 1 + sum(one.columns for one in columns)
    units = {"sums": 1, "added": rows * held, "multiplied": rows * held * held / 2, "cell": cells * atoms * atoms}
    return Work(Extent(atoms, atoms, atoms), units, 8 * cells * atoms * atoms, bases=tuple(columns))


def _fold_products(_operator: FoldProducts, node: Node, given: Sequence[Work], context: Context) -> Work:
    cells = float(max(context.folds.get(node.inputs[0].id, 1), 2))
    sums = given[1].extent
    size = sums.rows * sums.columns
    return Work(sums, {"call": 1, "cell": cells * size}, 16 * size, bases=given[1].bases)


def _normal(operator: Normal, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    atoms = given[0].extent.rows
    columns = sum(_recipe(one, given[0].bases).columns for one in operator.recipes)
    units = {"call": 1, "recipe": len(operator.recipes), "flop": 4 * columns * atoms * (atoms + columns)}  # both sides
    return Work(Extent(columns, columns, columns), units, 16 * columns * columns)


def _recipe(recipe: Recipe, bases: Sequence[Extent]) -> Extent:
    """How wide a linear map of base columns is; rows count nothing."""
    if isinstance(recipe, Base):
        return bases[recipe.place]
    children = [Work(_recipe(child, bases)) for child in recipe.children]
    spec = registry.transform(recipe.transform)
    inputs = _side_by_side(children)
    return inputs if spec is None else _widened(spec, recipe.params, inputs, children)


def _matrix_normal(_operator: MatrixNormal, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix = given[0].extent
    flops = matrix.rows * matrix.columns**2
    return Work(Extent(matrix.columns, matrix.columns, matrix.columns), {"call": 1, "flop": 2 * flops})


# ---- on a GPU --------------------------------------------------------------------------------------------------------


def _to_device(operator: ToDevice, node: Node, given: Sequence[Work], _context: Context) -> Work:
    """The host keeps its copy, from which the device's is made again where there is no room for it."""
    if operator.beside:
        parts = zip(node.inputs[1:], given[1:], strict=True)
        return Work(given[0].extent, moving(sum(numbers_to_move(child, one.extent) for child, one in parts)))
    matrix = _side_by_side(given)
    numbers = matrix.rows * matrix.columns
    if isinstance(node.inputs[0].operator, Assemble):
        return Work(matrix, moving(numbers))
    return Work(matrix, added(moving(numbers), {"call": 1, "stacked": numbers}, _cut(node, given)), matrix.bytes)


def moving(numbers: float) -> Units:
    """The units of a matrix of so many numbers being moved there."""
    return {MOVE: 1, MOVED: 8 * numbers}


def _column_to_device(operator: ColumnToDevice, node: Node, given: Sequence[Work], _context: Context) -> Work:
    column = given[0].extent
    return Work(column, added(moving(operator.item / 8 * column.rows), _cut(node, given)))


def _places_to_device(operator: PlacesToDevice, node: Node, given: Sequence[Work], context: Context) -> Work:
    share = _test_share(node.inputs[0], context)
    rows = given[0].extent.rows * (share if operator.side == "test" else 1 - share)
    return Work(Extent(rows), moving(rows / 2), 4 * rows)


def _rows_on_device(_operator: RowsOnDevice, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    return Work(given[1].extent.of(given[0].extent.rows), {"view": 1})


def _apply_on_device(operator: ApplyOnDevice, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    """In the device's own memory, which is no work worth counting beside what the host does to begin it."""
    made, _ = _transformed(operator.transform, operator.params, given[operator.fitted :])
    made = replace(given[0].extent, rows=made.rows) if operator.fitted else made
    return Work(made, {"call": 1})


def _fit_for_device(operator: FitForDevice, node: Node, given: Sequence[Work], _context: Context) -> Work:
    """As large as its rows would be, for what is made of them there."""
    made, units = _transformed(operator.transform, operator.params, given)
    return Work(made, added(times(units, 0.5), _cut(node, given)))


def _fit_on_device(operator: FitOnDevice, node: Node, given: Sequence[Work], _context: Context) -> Work:
    made, units = _transformed(operator.transform, operator.params, given[:-1])
    back = 0.0 if operator.stays else made.rows * made.columns
    return Work(made, fitting_on_device(units, back), made.bytes)


def fit_units(operator: Fit, columns: Sequence[Work]) -> Units:
    """The units of a fit by itself."""
    return _transformed(operator.transform, operator.params, columns)[1]


def fitting_on_device(on_host: Units, back: float) -> Units:
    """The units of a fit there, whose units on the host are known, and of so many numbers of it being moved back."""
    return added(there({"fit_call": 1, "transform": on_host["transform"]}), {MOVE: 1, RETURNED: 8 * back})


def _assemble_on_device(_operator: AssembleOnDevice, node: Node, given: Sequence[Work], _context: Context) -> Work:
    """What is there already is put together at no cost worth counting."""
    matrix = _side_by_side(given)
    matrix = replace(matrix, stored=matrix.columns)
    numbers = sum(numbers_to_move(child, one.extent) for child, one in zip(node.inputs, given, strict=True))
    return Work(matrix, added(moving(numbers), {"call": 1, "stacked": numbers}, _cut(node, given)))


def numbers_to_move(node: Node, extent: Extent) -> float:
    """The numbers of 8 bytes that take some features of a matrix to the device."""
    if is_there(node) or isinstance(node.operator, ColumnToDevice | RowsOnDevice | ApplyOnDevice):
        return 0.0
    return extent.rows * (len(node.inputs[0].inputs) / 2 if is_coded(node) else extent.columns)


def is_coded(node: Node) -> bool:
    """Whether features follow from codes of 4 bytes, one for each column that they are made of."""
    fit = node.inputs[0].operator if isinstance(node.operator, Fitted) else None
    return isinstance(fit, Fit) and codes_of(fit)


def codes_of(fit: Fit) -> bool:
    """Whether what a fit makes follows from codes."""
    spec = registry.transform(fit.transform)
    return spec is not None and spec.coded(spec.complete(fit.params.as_dict()))


def is_there(node: Node) -> bool:
    """Whether a value is on the device."""
    return isinstance(node.operator, Fitted) and isinstance(node.inputs[0].operator, FitOnDevice)


def _train_on_device(operator: TrainOnDevice, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix = given[0].extent
    fitted = training_of(operator.candidate, matrix, given[1].extent)
    return Work(matrix, training_on_device(operator.candidate, fitted, matrix), predict=fitted.predict)


def training_on_device(candidate: Candidate, alone: Training, matrix: Extent) -> Units:
    """The units of a training there, and of its coefficients' way back. A tree begins so many kernels, one level after
    the other, that few rows take as long as many."""
    rounds = {"round": float(trees(candidate.params.as_dict()))} if "xgboost_bin" in alone.fit else {}
    return added(there({**alone.fit, **rounds}), {MOVE: 1, RETURNED: 8 * matrix.columns})


def _normal_on_device(operator: NormalOnDevice, node: Node, given: Sequence[Work], context: Context) -> Work:
    on_host = _matrix_normal(MatrixNormal(operator.weighted), node, given, context)
    return replace(on_host, units=normal_on_device(on_host))


def normal_on_device(on_host: Work) -> Units:
    """The units of a product there, and of its way back, for both sides of a fold."""
    return added(there(on_host.units), {MOVE: 2, RETURNED: 16 * on_host.extent.columns**2})


def _search_on_device(operator: SearchOnDevice, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix, target, held_out = (one.extent for one in given)
    return Work(matrix, searching_on_device(operator.models, matrix, target, held_out))


def searching_on_device(models: Sequence[Candidate], matrix: Extent, target: Extent, held_out: Extent) -> Units:
    """The units of a search there, of a fit here, and of the way back of places and distances."""
    compared = times(training_of(models[0], matrix, target).predict, held_out.rows)
    found = 16 * held_out.rows * max(int(one.params.as_dict().get("n_neighbors", 5)) for one in models)
    return added(there({"fit_call": 1, **compared}), {"fit_call": 1, MOVE: 1, RETURNED: found})


# ---- linear models from sums, solved ---------------------------------------------------------------------------------


def _solve_linear(operator: SolveLinear, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    columns, models = given[0].extent.columns, operator.models
    descents = sum(one.estimator in ("lasso", "elastic_net") for one in models)
    direct = len(models) - descents
    units = {
        "call": 1,
        "solved": direct * columns**3 + (columns**3 if models else 0),
        "descended": descents * _STEPS * columns**2,
    }
    return Work(Extent(columns, columns, columns), units, predict={"predict_product": columns})


def _score_linear(operator: ScoreLinear, _node: Node, given: Sequence[Work], _context: Context) -> Work:
    columns = given[0].extent.columns
    return Work(Extent(1), {"call": 1, "flop": columns**2 * len(operator.metrics)})


def _score_predictions(operator: ScorePredictions, node: Node, given: Sequence[Work], _context: Context) -> Work:
    matrix = given[1].extent
    solver = node.inputs[0].operator
    models = len(solver.models) if isinstance(solver, SolveLinear) else 1
    scored = models * len(operator.metrics)
    product = {"predict_product": matrix.rows * matrix.stored * models}
    return Work(Extent(models), {"call": 1, **product, "metric": scored, "scored_together": scored * matrix.rows})


FORMULAS: Mapping[type[Operator], Formula] = {
    Scan: _scan,
    Read: _read,
    Where: _where,
    Groups: _groups,
    InGroup: _in_group,
    Encode: _encode,
    Split: _split,
    InnerSplit: _inner_split,
    Rows: _rows,
    Fit: _fit,
    Components: _components,
    FirstComponents: _first_components,
    Fitted: _fitted,
    FittedState: _fitted_state,
    Apply: _apply,
    Map: _map,
    Compute: _compute,
    Assemble: _assemble,
    TrainModel: _train,
    TrainStopped: _train_stopped,
    TrainTargets: _train_targets,
    Targets: _targets,
    Score: _score,
    Bins: _bins,
    TrainOnBins: _train_on_bins,
    FirstRounds: _first_rounds,
    TrainTogether: _train_together,
    SearchTogether: _search_together,
    Member: _member,
    Products: _products,
    FoldProducts: _fold_products,
    Normal: _normal,
    MatrixNormal: _matrix_normal,
    ToDevice: _to_device,
    ColumnToDevice: _column_to_device,
    PlacesToDevice: _places_to_device,
    RowsOnDevice: _rows_on_device,
    ApplyOnDevice: _apply_on_device,
    FitForDevice: _fit_for_device,
    FitOnDevice: _fit_on_device,
    AssembleOnDevice: _assemble_on_device,
    SearchOnDevice: _search_on_device,
    TrainOnDevice: _train_on_device,
    NormalOnDevice: _normal_on_device,
    SolveLinear: _solve_linear,
    ScoreLinear: _score_linear,
    ScorePredictions: _score_predictions,
}


def work_of(node: Node, given: Sequence[Work], context: Context) -> Work:
    """The work of one run of a node, from the works of its inputs. LookupError: a kind of operator without formula."""
    return FORMULAS[type(node.operator)](node.operator, node, given, context)
