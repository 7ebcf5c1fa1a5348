"""sufficient_statistics: linear models are solved from sums of products, added up in one pass for all folds.

    Score(m; Train(ridge; Assemble(scale(x)), y)) => ScoreLinear(m; SolveLinear(ridge; Normal(scale(x); Products(x,
    y))))

Least squares needs of its rows only the sums of products of columns. They are added up once in each cell of rows (a
fold, in cross-validation); the training rows of a fold are all cells but one. Scaling, filling and one-hot encoding are
linear maps of the columns, so every feature set, penalty and fold is algebra on the same sums, and so are r2, mse and
rmse; other metrics take one product with the held-out matrix. A model whose equations are too close to singular to be
solved as well as scikit-learn does is trained from its rows, as without this rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from stratum_sql.catalog import registry
from stratum_sql.catalog.affine import Affine, Use
from stratum_sql.optimizer.solving import is_linear, solved
from stratum_sql.optimizer.trainings import Trained, full_parameters, grafted, grouped, trainings
from stratum_sql.plan.build import Answer, Batch, Goal
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.linear import Base, FoldProducts, Normal, Products, Recipe, Step
from stratum_sql.plan.relational import Read
from stratum_sql.plan.transform import Assemble, Fit, Fitted, FittedState, Map, Rows


def sufficient_statistics(batch: Batch) -> Batch:
    """The batch with linear models over linear features solved from sums."""
    groups = [group for group in grouped(_eligible(batch)) if _recipes(group[0]) is not None]
    return grafted(batch, lambda graph, made: _graft(graph, groups, made)) if groups else batch


def _eligible(batch: Batch) -> list[Trained]:
    full = full_parameters(batch)
    return [one for one in trainings(batch) if is_linear(one, full)]


# ---- features as linear maps -----------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Bases:
    """Base columns in the order they were first needed, each as it is used; fits whose states only rows can tell."""

    nodes: list[tuple[Node, Use]] = field(default_factory=list)
    fits: list[Node] = field(default_factory=list)

    def place(self, node: Node, use: Use) -> Base:
        if (node, use) not in self.nodes:
            self.nodes.append((node, use))
        return Base(self.nodes.index((node, use)))

    def recipe(self, node: Node, use: Use) -> Recipe | None:
        """The column as a linear map of base columns, seen as `use`; None where it is none."""
        match node.operator:
            case Rows():
                return self._row_wise(node.inputs[1], use)
            case Fitted():
                return self._step(node.inputs[0]) if use == "number" else None
        return None

    def _row_wise(self, node: Node, use: Use) -> Recipe | None:
        """What is the same in all folds: a column, or a linear map of columns that looks at no other row."""
        operator = node.operator
        spec = registry.transform(operator.transform) if isinstance(operator, Map) else None
        if use == "number" and isinstance(operator, Map) and spec is not None and spec.affine is not None:
            children = [self._base(child, spec.affine.use) for child in node.inputs]
            known = tuple(child for child in children if child is not None)
            if len(known) == len(children):
                return Step(operator.transform, operator.params, known)
        return self._base(node, use)

    def _base(self, node: Node, use: Use) -> Recipe | None:
        if use == "number" and isinstance(node.operator, Read) and node.operator.column_kind != "number":
            return None
        return self.place(node, use)

    def _step(self, fit: Node) -> Recipe | None:
        assert isinstance(fit.operator, Fit)
        affine = _affine(fit.operator)
        if affine is None or (affine.use == "category" and len(fit.inputs) > 1):
            return None
        children = [self.recipe(child, affine.use) for child in fit.inputs]
        known = [child for child in children if child is not None]
        if len(known) < len(children):
            return None
        state = None if _from_sums(affine, fit.operator, known) else self._state(fit)
        return Step(fit.operator.transform, fit.operator.params, tuple(known), state)

    def _state(self, fit: Node) -> int:
        if fit not in self.fits:
            self.fits.append(fit)
        return self.fits.index(fit)


def _affine(fit: Fit) -> Affine | None:
    spec = registry.transform(fit.transform)
    if fit.with_target or spec is None or spec.affine is None:
        return None
    return spec.affine if spec.affine.applies(fit.params.as_dict()) else None


def _from_sums(affine: Affine, fit: Fit, children: Iterable[Recipe]) -> bool:
    above_columns = all(isinstance(child, Base) for child in children)
    merges = affine.state is not None and affine.mergeable(fit.params.as_dict())
    return merges and (above_columns or not affine.needs_extremes)


def _recipes(one: Trained, bases: _Bases | None = None) -> tuple[Recipe, ...] | None:
    """The features of a training matrix as linear maps; None if one is none."""
    matrix = one.inputs[0]
    if not isinstance(matrix.operator, Assemble):
        return None
    bases = bases or _Bases()
    recipes = [bases.recipe(part, "number") for part in matrix.inputs]
    known = tuple(recipe for recipe in recipes if recipe is not None)
    return known if len(known) == len(recipes) else None


# ---- the new nodes ---------------------------------------------------------------------------------------------------


def _graft(graph: Graph, groups: Sequence[list[Trained]], made: Mapping[int, Node]) -> dict[Goal, Answer]:
    """One set of products for all groups over one split, target and weight."""
    answers: dict[Goal, Answer] = {}
    shared: dict[tuple[int, ...], list[list[Trained]]] = {}
    for group in groups:
        shared.setdefault(tuple(node.id for node in _below(group[0])), []).append(group)
    for those in shared.values():
        answers |= _over_one_split(graph, those, made)
    return answers


def _below(one: Trained) -> tuple[Node, ...]:
    """Split, target, and weight if there is one, all rows of them."""
    _, target, *weight = one.train.inputs
    return (target.inputs[0], target.inputs[1], *(node.inputs[1] for node in weight))


def _over_one_split(graph: Graph, groups: Sequence[list[Trained]], made: Mapping[int, Node]) -> dict[Goal, Answer]:
    own: list[_Bases] = []
    union = _Bases()
    for group in groups:
        bases = _Bases(nodes=union.nodes)
        _recipes(group[0], bases)
        own.append(bases)
    split, *below = (made[node.id] for node in _below(groups[0][0]))
    uses = tuple(use for _, use in union.nodes)
    products = Products(uses, weighted=len(below) > 1)
    columns = (made[node.id] for node, _ in union.nodes)
    merged = graph.node(FoldProducts(), split, graph.node(products, split, *below, *columns))
    answers: dict[Goal, Answer] = {}
    for group, bases in zip(groups, own, strict=True):
        recipes = _recipes(group[0], bases)
        assert recipes is not None
        matrix = group[0].inputs[0].operator
        assert isinstance(matrix, Assemble)
        operator = Normal(recipes, matrix.names, products.weighted)
        states = (graph.node(FittedState(), made[fit.id]) for fit in bases.fits)
        normal = graph.node(operator, merged, *states)
        answers |= solved(graph, normal, group, made)
    return answers
