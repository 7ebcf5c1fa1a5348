"""The normal equations of a feature matrix: from a fold's sums by the features' recipes, or from the matrix itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.affine import NO_NULL, Floats, Levels, Terms, stacked
from stratum_sql.catalog.columns import Matrix
from stratum_sql.catalog.spec import State, TransformSpec
from stratum_sql.execute.linear.products import FoldSums, Numbers, Unusable
from stratum_sql.execute.linear.unsolved import NotFromSums
from stratum_sql.plan.linear import Base, Recipe, Step

_ROWS_AT_ONCE = 16_384  # of a matrix: a block stays in the cache between centring and multiplying


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """Sums over the rows of one side, features and target both less their means over the training rows: `gram` (p, p),
    `moment` (p,) with the target, `square` of the target, and the plain sums `features` (p,) and `target`."""

    count: float
    gram: Floats
    moment: Floats
    square: float
    features: Floats
    target: float


@dataclass(frozen=True, eq=False, slots=True)
class NormalEquations:
    """What linear models over p features need to be solved and scored. `rows` are the training rows; the sides' `count`
    is their weight where there are weights."""

    rows: int
    means: Floats  # of the features over the training rows, (p,)
    target_mean: float
    train: Side
    test: Side

    @property
    def nbytes(self) -> int:
        """Bytes of the two matrices."""
        return self.train.gram.nbytes + self.test.gram.nbytes


# ---- from sums -------------------------------------------------------------------------------------------------------


def from_sums(
    sums: FoldSums,
    recipes: Sequence[Recipe],
    states: Sequence[State],
    find_transform: Callable[[str], TransformSpec],
) -> NormalEquations:
    """The normal equations of the features that `recipes` make.

    Raises NotFromSums where one is NULL or no finite number in some row, where none is left, and where the sums have
    lost too many digits.
    """
    terms = stacked([_Maker(sums, states, find_transform).numbers(recipe) for recipe in recipes])
    if not len(terms):
        raise NotFromSums("no feature is left")
    _check_digits(terms, sums)
    if (terms.null != NO_NULL).any():
        raise NotFromSums("a feature is NULL in some rows")
    weights, at = terms.weights, sums.cell_products.target
    train = _side(weights, at, sums.train.count, sums.train.products, np.zeros(len(sums.train.means)))
    test = _side(weights, at, sums.test.count, sums.test.products, sums.test.drift)
    means = weights @ sums.train.means
    if not (np.isfinite(train.gram).all() and np.isfinite(means).all()):
        raise NotFromSums("a feature is no finite number in some rows")
    target_mean = float(sums.train.means[at]) + sums.cell_products.pivot
    return NormalEquations(round(sums.plain.count), means, target_mean, train, test)


def _check_digits(terms: Terms, sums: FoldSums) -> None:
    target = sums.cell_products.target
    used = np.unique(np.append(terms.weights.indices, target))
    numbers = used[(used > 0) & (used <= target)]  # the target is the last number
    if sums.train.lost[numbers].any() or sums.plain.lost[numbers].any():
        raise NotFromSums("a column is nearly constant in a training set, far from its values elsewhere")


def _side(weights: Any, target: int, count: float, products: Floats, drift: Floats) -> Side:
    half = weights @ products  # (p, atoms)
    gram = (weights @ half.T).T
    square = float(products[target, target])
    return Side(count, (gram + gram.T) / 2, half[:, target], square, weights @ drift, float(drift[target]))


@dataclass(frozen=True, eq=False, slots=True)
class _Maker:
    """Turns recipes into terms over the atoms of one fold."""

    sums: FoldSums
    states: Sequence[State]
    find_transform: Callable[[str], TransformSpec]

    def numbers(self, recipe: Recipe) -> Terms:
        if isinstance(recipe, Base):
            base = self._base(recipe)
            assert isinstance(base, Numbers)
            return base.terms
        return self._step(recipe)

    def _base(self, base: Base) -> Numbers | Levels:
        found = self.sums.cell_products.bases[base.place]
        if isinstance(found, Unusable):
            raise NotFromSums(found.reason)
        return found

    def _step(self, step: Step) -> Terms:
        affine = self.find_transform(step.transform).affine
        assert affine is not None
        params = step.params.as_dict()
        if affine.use == "category":
            (child,) = step.children
            assert isinstance(child, Base)
            levels = self._base(child)
            assert isinstance(levels, Levels)
            return affine.terms(self._state(step, lambda: self.sums.base_sums(levels), params), levels, params)
        terms = stacked([self.numbers(child) for child in step.children])
        if not self.find_transform(step.transform).fitted:
            return affine.terms({}, terms, params)
        return affine.terms(self._state(step, lambda: self._number_sums(step, terms), params), terms, params)

    def _state(self, step: Step, sums: Callable[[], Any], params: Mapping[str, Any]) -> State:
        if step.state is not None:
            return self.states[step.state]
        affine = self.find_transform(step.transform).affine
        assert affine is not None
        assert affine.state is not None
        state: State = affine.state(sums(), params)
        return state

    def _number_sums(self, step: Step, terms: Terms) -> Any:
        affine = self.find_transform(step.transform).affine
        if affine is None or not affine.needs_extremes:
            return self.sums.number_sums(terms)
        bases = [self._base(child) for child in step.children if isinstance(child, Base)]
        each = [self.sums.base_sums(base) for base in bases]
        low, high = (np.concatenate([getattr(one, side) for one in each]) for side in ("low", "high"))
        return self.sums.number_sums(terms, low, high)


# ---- from a matrix ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Arrays:
    """Where a matrix is multiplied: numpy, or a module like it whose arrays are elsewhere. `there` gives an array of
    the host as one of the module's, `host` one of these back; `rows` are multiplied at once."""

    module: Any = np
    rows: int = _ROWS_AT_ONCE
    there: Callable[[Any], Any] = np.asarray
    host: Callable[[Any], Floats] = np.asarray


def from_matrix(
    train: tuple[Matrix, Floats, Floats | None], test: tuple[Matrix, Floats, Floats | None], arrays: Arrays = Arrays()
) -> NormalEquations:
    """The normal equations of a dense matrix (rows, p): matrix, target and weights of either side, on the host. They
    are multiplied by `arrays`.

    Raises NotFromSums for a sparse matrix, one with NULL or infinity, one without columns or with no more rows than
    columns, and for negative weights.
    """
    matrix, target, weight = train
    if hasattr(matrix, "indptr") or not 0 < matrix.shape[1] < matrix.shape[0]:
        raise NotFromSums("the matrix is sparse, has no columns, or has no more rows than columns")
    if any(weights is not None and (weights < 0).any() for weights in (weight, test[2])):
        raise NotFromSums("a weight is negative")
    total = float(len(target)) if weight is None else float(weight.sum())
    if total <= 0:
        raise NotFromSums("a training set has no weight")
    means = (matrix.sum(axis=0) if weight is None else weight @ matrix) / total
    target_mean = float(target.sum() if weight is None else weight @ target) / total
    if not np.isfinite(means).all():
        raise NotFromSums("the matrix has NULL or infinity")
    sides = (_added_up(*side, means, target_mean, arrays) for side in (train, test))
    return NormalEquations(len(target), means, target_mean, *sides)


def _added_up(
    matrix: Matrix, target: Floats, weight: Floats | None, means: Floats, target_mean: float, arrays: Arrays
) -> Side:
    width, xp = matrix.shape[1], arrays.module
    gram, moment, features = xp.zeros((width, width)), xp.zeros(width), xp.zeros(width)
    count = square = total = 0.0
    all_x, centre = arrays.there(matrix), arrays.there(means)
    for first in range(0, len(target), arrays.rows):
        rows = slice(first, first + arrays.rows)
        y = target[rows] - target_mean
        w = np.ones(len(y)) if weight is None else weight[rows]
        x, y_there = all_x[rows] - centre, arrays.there(y)
        weighed = x if weight is None else x * arrays.there(w)[:, None]
        gram += weighed.T @ x
        moment += weighed.T @ y_there
        features += weighed.sum(axis=0)
        count, square, total = count + float(w.sum()), square + float(w @ (y * y)), total + float(w @ y)
    gram = arrays.host(gram)
    if not np.isfinite(gram).all():
        raise NotFromSums("the matrix has NULL or infinity")
    return Side(count, (gram + gram.T) / 2, arrays.host(moment), square, arrays.host(features), total)
