"""A PCA of fewer components, taken from one of more: the covariance has its eigenvectors however many are asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import Floats, as_block, rows_matrix
from stratum_sql.catalog.spec import Components, Params, State

_EIGENVECTORS = "covariance_eigh"
_FIRST = ("components_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    """A fitted PCA, and the training rows as their matrix: (rows, columns), row-major."""

    transformer: Any
    matrix: Floats

    @property
    def nbytes(self) -> int:
        return int(self.matrix.nbytes)


def pca_components(make: Callable[[Params, int], Any]) -> Components:
    """How PCAs that `make` builds are taken from the one of the most components."""

    def fit(inputs: Inputs, params: Params, seed: int) -> _Known:
        matrix = rows_matrix(inputs)
        return _Known(make(params, seed).fit(matrix), matrix)

    return Components("n_components", _may_be_first, fit, _first)


def _may_be_first(params: Params) -> bool:
    """Other solvers stop when they have as many as are wanted, or give the training rows in another way."""
    return (
        type(params["n_components"]) is int
        and params["n_components"] >= 1
        and params["svd_solver"] in ("auto", _EIGENVECTORS)
    )


def _first(known: _Known, inputs: Inputs, params: Params) -> tuple[State, tuple[Part, ...]] | None:
    """State and training rows as a fit of `params` gives them, bit for bit; None where that is not known.

    Not known is what scikit-learn decides by shape: with few rows to a column it may take another solver, depending on
    the number of components.
    """
    rows, columns = known.matrix.shape
    tall = columns <= 1000 and rows >= 10 * columns
    if known.transformer._fit_svd_solver != _EIGENVECTORS or not (tall or params["svd_solver"] == _EIGENVECTORS):
        return None
    made = _shortened(known.transformer, params["n_components"])
    names = [str(name) for name in made.get_feature_names_out()]
    return {"transformer": made, "names": names}, (as_block(made.transform(known.matrix), names),)


def _shortened(transformer: Any, count: int) -> Any:
    """Components keep their layout in memory, which products with them depend on in their last bits. The variance that
    is left to noise is that of all further components, and not known here."""
    made = copy.copy(transformer)
    made.n_components = made.n_components_ = count
    for name in _FIRST:
        setattr(made, name, getattr(transformer, name)[:count].copy(order="K"))
    del made.noise_variance_
    return made
