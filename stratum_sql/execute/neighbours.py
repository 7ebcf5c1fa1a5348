"""Models of nearest neighbours that share one search for them, with scikit-learn's own predictions.

The widest model is fitted and asked for the neighbours of the held-out rows. Every other one is a copy of it that is
handed its share of the answer and predicts from that by the library's own code, so in the same order and to the same
last bit. That holds where the nearest k of a row are one set in one order; where two rows are equally far, they may
come out in another order of a search for more. A model that this could touch is for scikit-learn alone.

Where rows are dense and distances Euclidean, a Rust kernel searches instead of the library. It finds what a tree of
boxes finds, distances included, to the last bit. A search one by one has the library round more, by how far the rows
are from zero: the kernel's answer stands in for its only where no two rows are that near to equally far, and no
prediction reads the distances themselves.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stratum_sql import kernels
from stratum_sql.catalog.columns import Matrix
from stratum_sql.execute.linear.unsolved import NotShared
from stratum_sql.execute.noted import noted

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

# Relative. A tree leaves a box out by a bound that is rounded: only rows whose distances differ by no more than that
# can be missed, and then by one search and not by another. Far more than the rounding of sums over a thousand columns.
_EQUALLY_FAR = 1e-12
# Where the kernel was never slower than scikit-learn with its tree ready made (1 thread, 500 to 200,000 rows of normal
# numbers). Else its own tree is not worth making, or the library's matrix products over all pairs are as fast: the
# kernel had 0.6 to 0.96 of its speed for 100 columns and more, 0.9 for 100 neighbours in 20 columns.
_LEAST_ASKED = 0.02  # held-out rows for each training row
_MOST_COLUMNS, _MOST_NEIGHBOURS = 64, 64  # for the comparison of all pairs
_SAMPLE = 256  # rows whose neighbours are looked up first: where many are equally far, they show it at a small price


@dataclass(frozen=True, eq=False, slots=True)
class Searched:
    """Models in their order: each one's estimator, or why it has none here; and the bytes of what they share.

    `seconds`: each one's share of the fit. `warnings`: what the fit would say of each.
    """

    models: tuple[Any | NotShared, ...]
    seconds: float
    warnings: tuple[str, ...]
    nbytes: int


def search_together(
    models: Sequence[Any], matrix: Matrix, target: npt.NDArray[Any], held_out: Matrix, most_bytes: int
) -> Searched:
    """Fitted estimators for `models`, unfitted ones of equal `search_key`, that know the neighbours of `held_out`.

    `matrix`: (rows, columns), `target`: (rows,), `held_out`: (other rows, the same columns), dense or CSR. What comes
    back predicts for `held_out` itself, the same object, without another search, and for other rows with one.

    Raises NotShared where fewer than two models can share a search, or its answer of 16 bytes a neighbour would take
    more than `most_bytes`; and what scikit-learn raises for these rows, which need not be so for every model alone.
    """
    sharing = searching_alike(models, matrix.shape[0])
    if len(sharing) < 2:
        raise _OTHER_SEARCH
    widest = sharing[-1]
    if 16 * held_out.shape[0] * (_count(widest) + 1) > most_bytes:
        raise NotShared("so many neighbours are not held at a time")
    started = time.perf_counter()
    with noted() as said:
        widest.fit(matrix, target)
    seconds = time.perf_counter() - started
    return _answered(models, sharing, _search(widest, sharing, held_out), seconds, said)


def searching_alike(models: Sequence[Any], rows: int) -> list[Any]:
    """The models that can be fitted on so many rows and have one search; the one of the most neighbours is the last."""
    return sorted((model for model in models if _searches_alike(model, rows)), key=_count)


def found_elsewhere(
    models: Sequence[Any],
    fitted: Any,
    held_out: Matrix,
    found: tuple[Floats, Places],
    seconds: float,
    said: Sequence[str],
    *,
    boxes: bool,
) -> Searched:
    """As `search_together`, of neighbours that another engine found: squared distances and places, nearest first, one
    more than anybody asks for. `fitted`: the widest model; `boxes`: whether the library would look in a tree of boxes.

    Raises NotShared where none of the models can be told its neighbours.
    """
    squares, places = found
    distances = np.sqrt(squares)
    apart = _apart(distances) if boxes else _apart_by_products(squares, fitted._fit_X, held_out)
    known = _Known(fitted, held_out, distances, places, apart, same_distances=False)
    sharing = searching_alike(models, fitted.n_samples_fit_)
    if not any(known.tells(model) for model in sharing):
        raise _TIED
    return _answered(models, sharing, known, seconds, said)


def _answered(
    models: Sequence[Any], sharing: Sequence[Any], known: _Known, seconds: float, said: Sequence[str]
) -> Searched:
    found = tuple(_member(known, model) if model in sharing else _OTHER_SEARCH for model in models)
    return Searched(found, seconds / len(models), tuple(said), known.distances.nbytes + known.places.nbytes)


def _count(model: Any) -> int:
    return int(model.n_neighbors)


def _searches_alike(model: Any, rows: int) -> bool:
    """Whether a model can be fitted on so many rows, and its algorithm does not depend on its number of neighbours.

    Left the choice, scikit-learn takes no tree for half of the rows or more."""
    return _count(model) < rows // 2 if model.algorithm == "auto" else _count(model) <= rows


_OTHER_SEARCH = NotShared("this number of neighbours is looked for in another way")
_TIED = NotShared("rows are equally far, so which of them are neighbours is the library's choice")


# ---- the search ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    """The neighbours of `held_out`: (rows, neighbours) distances and places among the training rows, nearest first.

    `apart`: (neighbours - 1,) whether in every row each is certainly nearer than the next. `fitted`: the estimator that
    would search. `same_distances`: whether they are the library's, to the last bit.
    """

    fitted: Any
    held_out: Matrix
    distances: Floats
    places: Places
    apart: npt.NDArray[np.bool_]
    same_distances: bool = True

    @classmethod
    def of(cls, fitted: Any, held_out: Matrix, count: int) -> _Known:
        """As the library finds them."""
        distances, places = fitted.kneighbors(held_out, count)
        return cls(fitted, held_out, distances, places, _apart(distances))

    @classmethod
    def by_kernel(cls, fitted: Any, held_out: Floats, count: int) -> _Known:
        """As the kernel finds them."""
        squares, places = kernels.nearest(fitted._fit_X, held_out, count)
        distances = np.sqrt(squares)
        boxes = fitted._fit_method == "kd_tree"
        apart = _apart(distances) if boxes else _apart_by_products(squares, fitted._fit_X, held_out)
        return cls(fitted, held_out, distances, places, apart, same_distances=boxes)

    def tells(self, model: Any) -> bool:
        """Whether the neighbours that `model` would find are known, and, where that matters, their order.

        Votes are counted, whatever their order; what is added up or weighed is rounded in the order it comes in."""
        count = _count(model)
        if model.weights != "uniform" and not self.same_distances:
            return False
        in_order = not hasattr(self.fitted, "classes_") or model.weights != "uniform"
        return bool(self.apart[0 if in_order else count - 1 : count].all())


def _apart(distances: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray((distances[:, 1:] > distances[:, :-1] * (1 + _EQUALLY_FAR)).all(axis=0))


def _apart_by_products(squares: Floats, rows: Floats, held_out: Floats) -> npt.NDArray[np.bool_]:
    """For squares that the library takes as |x|² - 2xq + |q|²: each of its sums of p products is off by at most p + 1
    units in the last place of |x|² + |q|², and three are added up; the bound here is wider than all of that."""
    lengths = np.einsum("ij,ij->i", held_out, held_out) + np.einsum("ij,ij->i", rows, rows).max()
    off = 4 * (rows.shape[1] + 4) * np.finfo(np.float64).eps * lengths
    return np.asarray((squares[:, 1:] - squares[:, :-1] > 2 * off[:, None]).all(axis=0))


def _search(widest: Any, sharing: Sequence[Any], held_out: Matrix) -> _Known:
    """One neighbour more than anybody asks for tells whether the last of them was a choice. Raises NotShared where no
    two models are served."""
    count = min(_count(widest) + 1, widest.n_samples_fit_)
    if held_out.shape[0] > 4 * _SAMPLE:
        _check(_find(widest, sharing, held_out[:_SAMPLE], count), sharing)
    known = _find(widest, sharing, held_out, count)
    _check(known, sharing)
    return known


def _find(widest: Any, sharing: Sequence[Any], held_out: Matrix, count: int) -> _Known:
    """By the kernel, if that serves all whom the library's search would serve."""
    if _kernel_searches(widest, held_out, count):
        known = _Known.by_kernel(widest, held_out, count)
        if known.same_distances or all(known.tells(model) for model in sharing):
            return known
    return _Known.of(widest, held_out, count)


def _kernel_searches(fitted: Any, held_out: Any, count: int) -> bool:
    """Left to the library are also rows that it refuses, in its own words."""
    return (
        _kernel_is_faster(fitted, held_out, count)
        and fitted.effective_metric_ == "euclidean"
        and fitted._fit_method in ("kd_tree", "brute")
        and all(isinstance(rows, np.ndarray) and rows.dtype == np.float64 for rows in (fitted._fit_X, held_out))
        and held_out.shape[1:] == fitted._fit_X.shape[1:]
        and bool(np.isfinite(held_out).all())
    )


def _kernel_is_faster(fitted: Any, held_out: Any, count: int) -> bool:
    if held_out.shape[0] < _LEAST_ASKED * fitted.n_samples_fit_:
        return False
    return fitted._fit_method == "kd_tree" or (held_out.shape[1] <= _MOST_COLUMNS and count <= _MOST_NEIGHBOURS)


def _check(known: _Known, sharing: Sequence[Any]) -> None:
    if sum(known.tells(model) for model in sharing) < 2:
        raise _TIED


# ---- those who share it ----------------------------------------------------------------------------------------------


def _member(known: _Known, model: Any) -> Any | NotShared:
    """A copy of the fitted estimator that predicts as `model` would, fitted."""
    if not known.tells(model):
        return _TIED
    made = copy.copy(known.fitted)
    made.n_neighbors, made.weights = model.n_neighbors, model.weights
    made.kneighbors = _Answer(known, model.n_neighbors)
    made._fit_method = "known"  # else it may search in its own way, where it only counts votes
    return made


@dataclass(frozen=True, eq=False, slots=True)
class _Answer:
    """Stands for an estimator's `kneighbors`."""

    known: _Known
    count: int

    def __call__(self, rows: Any = None, n_neighbors: int | None = None, return_distance: bool = True) -> Any:
        """New arrays, laid out in memory as by a search: predictions are made in the order of their layout."""
        known, count = self.known, self.count if n_neighbors is None else n_neighbors
        if rows is not known.held_out or count > self.count:
            return known.fitted.kneighbors(rows, count, return_distance)
        places = known.places[:, :count].copy(order="C")
        return (known.distances[:, :count].copy(order="C"), places) if return_distance else places
