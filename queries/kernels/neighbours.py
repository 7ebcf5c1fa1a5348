"""The nearest rows against scikit-learn's search, fitted beforehand: our tree is timed, theirs is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from queries.kernels.case import Case, apart
from stratum_sql import kernels

Floats = NDArray[np.float64]
Found = tuple[Floats, NDArray[np.int64]]  # distances and places
NEIGHBOURS = 10
SHARE = 5  # a held-out row for so many training rows, as in five folds or so


@dataclass(frozen=True, slots=True)
class Table:
    """Training and held-out rows, and scikit-learn's search in the former."""

    train: Floats
    asked: Floats
    fitted: NearestNeighbors


def _table(rows: int, columns: int) -> Table:
    train, asked = (
        np.random.default_rng(seed).normal(size=(rows // part, columns)) for seed, part in ((6, 1), (7, SHARE))
    )
    return Table(train, asked, NearestNeighbors(n_neighbors=NEIGHBOURS).fit(train))


def _nearest(data: Table, _fold: int, _threads: int) -> Found:
    squares, places = kernels.nearest(data.train, data.asked, NEIGHBOURS)
    return np.sqrt(squares), places


def _sklearn(data: Table, _fold: int, threads: int) -> Found:
    return data.fitted.set_params(n_jobs=threads).kneighbors(data.asked)  # type: ignore[no-any-return]


def _apart(ours: Found, theirs: Found) -> float:
    """The distances; other neighbours are infinitely apart."""
    return apart(ours[0], theirs[0]) if np.array_equal(ours[1], theirs[1]) else float("inf")


def _case(rows: int, columns: int, against: str, tolerance: float, goal: float | None) -> Case:
    name = f"{NEIGHBOURS} nearest rows, {columns} columns"
    return Case(name, against, lambda count: _table(count, columns), _nearest, _sklearn, _apart, tolerance, goal, rows)


TREE, PAIRS = "scikit-learn's tree, ready made", "scikit-learn's comparison of all pairs"
CASES = (
    _case(200_000, 3, TREE, 0.0, 2.0),
    _case(20_000, 10, TREE, 0.0, 2.0),
    _case(20_000, 20, PAIRS, 1e-12, 2.0),
    _case(20_000, 50, PAIRS, 1e-12, 2.0),
)
