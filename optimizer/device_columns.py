"""A matrix that is put together on the GPU, from columns that are moved there as they were read.

    Assemble(Fitted(Fit(t; Rows(s, x))), Rows(s, y))
      =>  AssembleOnDevice(ApplyOnDevice(t; FitForDevice(t; Rows(s, x)), RowsOnDevice(p, X)), RowsOnDevice(p, Y))
          where  X = ColumnToDevice(x),  Y = ColumnToDevice(y),  p = PlacesToDevice(s)

The state is fitted on the host, by the same operator as ever: only what applies it is there. X and p are one node for
all matrices, and X is one for all folds. Where that is more than the rows of each fold by themselves, as in a single
fold, or where the device has no room for all rows, X is ColumnToDevice(Rows(s, x)) instead, one a fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.catalog import registry
from stratum_sql.catalog.gpu_columns import column_form
from stratum_sql.optimizer.cost.formulas import codes_of, is_coded
from stratum_sql.plan.device import ApplyOnDevice, ColumnToDevice, PlacesToDevice, RowsOnDevice
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.relational import Compute, InGroup, Read, Where
from stratum_sql.plan.transform import Apply, Fit, Fitted, Map, Rows, Side, Split

PLACE = 4.0  # bytes that say which row it is
_CODE, _DOUBLE = 4.0, 8.0
_WIDTHS = {  # bytes of a value as Arrow holds it; NULL adds a bit where a column has any
    "BOOLEAN": 0.125,
    **dict.fromkeys(("TINYINT", "UTINYINT"), 1.0),
    **dict.fromkeys(("SMALLINT", "USMALLINT"), 2.0),
    **dict.fromkeys(("INTEGER", "UINTEGER", "FLOAT"), 4.0),
    **dict.fromkeys(("BIGINT", "UBIGINT", "DOUBLE"), 8.0),
}


@dataclass(frozen=True, slots=True)
class Column:
    """The rows of one side of a column, as numbers or as the codes of its categories; `item` bytes a row are moved."""

    split: Node
    side: Side
    value: Node
    coded: bool
    by_cudf: bool
    item: float


@dataclass(frozen=True, slots=True)
class Applied:
    """A transform of columns that are there. `of`: its fit, or its own node where nothing is fitted."""

    of: Node
    columns: tuple[Recipe, ...]


Recipe = Column | Applied


class Recipes:
    """How features are made on a device that has these libraries, and on a GPU that applies transforms by CuPy."""

    def __init__(self, libraries: Sequence[str]) -> None:
        self._cupy, self._cudf = "cupy" in libraries, "cudf" in libraries

    def of(self, feature: Node) -> Recipe | None:
        """How the rows of a feature, of one side, are made there; None where the host makes them."""
        if not self._cupy:
            return None
        match feature.operator:
            case Rows(side) if isinstance(feature.inputs[0].operator, Split):
                return self._picked(feature.inputs[0], side, feature.inputs[1])
            case Fitted():
                fit = feature.inputs[0]
                return self._fitted(fit, fit.inputs)
            case Apply():
                return self._fitted(feature.inputs[0], feature.inputs[1:])
            case Map(transform, params) if column_form(transform, _complete(transform, params.as_dict())):
                return self._applied(feature, map(self.of, feature.inputs))
        return None

    def _picked(self, split: Node, side: Side, value: Node) -> Recipe | None:
        """Rows of a value of all rows. What is row-wise is done to the rows instead."""
        match value.operator:
            case Map(transform, params) if column_form(transform, _complete(transform, params.as_dict())):
                return self._applied(value, (self._picked(split, side, one) for one in value.inputs))
            case Compute():
                return Column(split, side, value, coded=False, by_cudf=False, item=_DOUBLE)
        read = _read(value)
        if read is None or read.column_kind != "number":
            return None
        width = _WIDTHS.get(read.type.upper()) if self._cudf else None
        return Column(split, side, value, coded=False, by_cudf=width is not None, item=width or _DOUBLE)

    def _fitted(self, fit: Node, columns: Sequence[Node]) -> Recipe | None:
        operator = fit.operator
        if type(operator) is not Fit or operator.with_target or not _is_its_state(operator):
            return None
        if codes_of(operator):
            return self._looked_up(fit, columns)
        if column_form(operator.transform, _complete(operator.transform, operator.params.as_dict())) is None:
            return None
        return self._applied(fit, map(self.of, columns))

    def _looked_up(self, fit: Node, columns: Sequence[Node]) -> Recipe | None:
        """Columns that follow from codes, of columns as they were read."""
        found = []
        for node in columns:
            if not isinstance(node.operator, Rows) or not isinstance(node.inputs[0].operator, Split):
                return None
            if _read(node.inputs[1]) is None:
                return None
            found.append(Column(node.inputs[0], node.operator.side, node.inputs[1], True, False, _CODE))
        return Applied(fit, tuple(found))

    def _applied(self, of: Node, columns: Iterable[Recipe | None]) -> Recipe | None:
        found = tuple(columns)
        known = tuple(one for one in found if one is not None)
        return Applied(of, known) if len(known) == len(found) and not any(map(_is_coded, known)) else None


def _is_its_state(fit: Fit) -> bool:
    """Whether a fit's training rows are what its state makes of them."""
    spec = registry.transform(fit.transform)
    return spec is not None and spec.fit_apply is None


def _is_coded(recipe: Recipe) -> bool:
    """Whether it gives columns of codes looked up: they are of a width that only the data knows."""
    return isinstance(recipe, Applied) and any(isinstance(one, Column) and one.coded for one in recipe.columns)


def _complete(name: str, given: Mapping[str, object]) -> Mapping[str, object]:
    spec = registry.transform(name)
    return given if spec is None else spec.complete(dict(given))


def _read(value: Node) -> Read | None:
    """The column that a value is, or is some rows of."""
    while isinstance(value.operator, Where | InGroup):
        value = value.inputs[0]
    return value.operator if isinstance(value.operator, Read) else None


def columns_of(recipe: Recipe) -> Iterator[Column]:
    """The columns that it needs there."""
    if isinstance(recipe, Column):
        yield recipe
    else:
        for one in recipe.columns:
            yield from columns_of(one)


def applied_of(recipe: Recipe) -> Iterator[Node]:
    """The fits, and what is row-wise, that it applies there."""
    if isinstance(recipe, Applied):
        yield recipe.of
        for one in recipe.columns:
            yield from applied_of(one)


def gains(features: Sequence[Node], recipes: Sequence[Recipe | None], whole: frozenset[int]) -> bool:
    """Whether a matrix is better put together there: a feature is not what is moved for it, or is moved once."""
    made = any(isinstance(one, Applied) or (one is not None and one.split.id in whole) for one in recipes)
    return made or any(map(is_coded, features))


def built(graph: Graph, recipe: Recipe, whole: frozenset[int]) -> Node:
    """The node that makes it there. `whole`: the splits, by id, whose columns are moved once for all folds."""
    if isinstance(recipe, Column):
        return _column(graph, recipe, recipe.split.id in whole)
    columns = [built(graph, one, whole) for one in recipe.columns]
    operator = recipe.of.operator
    assert isinstance(operator, Fit | Map)
    if isinstance(operator, Map):
        return graph.node(ApplyOnDevice(operator.transform, operator.params, fitted=False), *columns)
    return graph.node(ApplyOnDevice(operator.transform, operator.params, fitted=True), recipe.of, *columns)


def _column(graph: Graph, column: Column, once: bool) -> Node:
    moved = ColumnToDevice("cudf" if column.by_cudf else "cupy", column.coded, column.item)
    if not once:
        return graph.node(moved, graph.node(Rows(column.side), column.split, column.value))
    places = graph.node(PlacesToDevice(column.side), column.split)
    return graph.node(RowsOnDevice(), places, graph.node(moved, column.value))
