"""Neighbours of the held-out rows, looked up on the GPU by cuML; scikit-learn predicts from them, on the host.

cuML compares rows in single precision. So it is asked for some neighbours more than are wanted, and those are put in
order by distances in double precision. Whether a row that cuML left out could be nearer is told by a bound on its
rounding; the few held-out rows of which that cannot be said are looked up by scikit-learn.

None of this has run on a GPU yet; see `docs/gpu.md`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from stratum_sql.catalog.gpu_forms import FORMS
from stratum_sql.execute.gpu import DeviceFailed, Gpu, class_at
from stratum_sql.execute.gpu_values import OnDevice
from stratum_sql.execute.linear.unsolved import NotShared
from stratum_sql.execute.neighbours import Searched, found_elsewhere, searching_alike
from stratum_sql.execute.noted import noted

_PATH = FORMS["k_neighbors_classifier"].path
_MORE = 16  # neighbours asked for beyond those wanted: their distances are far from rounding away, as a rule
_UNSURE = 0.05  # of the held-out rows at most: scikit-learn's own search for more would take longer than is gained
_AT_ONCE = 2**24  # numbers of differences held at a time
_MOST_COLUMNS_OF_BOXES = 15  # scikit-learn, left the choice, compares all pairs for more

Found = tuple[Any, Any, Any]  # squared distances and places, (held-out rows, neighbours), and whether a row is sure


def search_on_device(gpu: Gpu, models: Sequence[Any], matrix: OnDevice, target: Any, held_out: OnDevice) -> Searched:
    """As `search_together`, of one model or more. Raises NotShared where scikit-learn would search in another way, or
    rows are equally far, and DeviceFailed."""
    if matrix.is_sparse or held_out.is_sparse:
        raise DeviceFailed("the matrix is sparse")
    here, asked = gpu.host(matrix), gpu.host(held_out)
    sharing = searching_alike(models, len(here))
    if not sharing:
        raise NotShared("this number of neighbours is looked for in another way")
    widest = sharing[-1]
    boxes = widest.algorithm == "kd_tree" or (widest.algorithm == "auto" and here.shape[1] <= _MOST_COLUMNS_OF_BOXES)
    count = min(int(widest.n_neighbors) + 1, len(here))
    started = time.perf_counter()
    with noted() as said:
        fitted = widest.set_params(algorithm="brute").fit(here, target)  # which builds no tree
    found = _completed(fitted, asked, gpu.tried(lambda: _nearest(gpu, matrix, held_out, count)))
    return found_elsewhere(models, fitted, asked, found, time.perf_counter() - started, tuple(said), boxes=boxes)


def _completed(fitted: Any, asked: Any, found: Found) -> tuple[Any, Any]:
    """Squared distances and places, with scikit-learn's own where those that were found are not sure."""
    squares, places, sure = found
    unsure = np.flatnonzero(~sure)
    if len(unsure) > max(1, _UNSURE * len(sure)):
        raise DeviceFailed("too many rows are too nearly as far as others for single precision")
    if len(unsure):
        distances, places[unsure] = fitted.kneighbors(asked[unsure], places.shape[1])
        squares[unsure] = distances**2
    return squares, places


def _nearest(gpu: Gpu, matrix: OnDevice, held_out: OnDevice, count: int) -> Found:
    """The `count` nearest, nearest first, on the host."""
    arrays, rows, asked = gpu.arrays, gpu.copy(matrix), gpu.copy(held_out)
    if not bool(arrays.isfinite(rows).all() and arrays.isfinite(asked).all()):
        raise DeviceFailed("the matrix has NULL or infinity")
    mean = rows.mean(axis=0)  # taken off, so that singles have their digits where they matter
    wanted = min(count + _MORE, len(rows))
    index = class_at(_PATH)(n_neighbors=wanted, algorithm="brute", metric="euclidean", output_type="cupy")
    index.fit((rows - mean).astype(np.float32))
    far, places = index.kneighbors((asked - mean).astype(np.float32))
    squares = _squares(rows, asked, places, arrays)
    order = squares.argsort(axis=1)[:, :count]
    squares, places = (arrays.take_along_axis(one, order, axis=1) for one in (squares, places))
    sure = squares[:, -1] < far.max(axis=1).astype(np.float64) ** 2 - _off(rows - mean, asked - mean)
    if wanted == len(rows):
        sure = arrays.isfinite(far[:, -1])  # none was left out
    return arrays.asnumpy(squares), arrays.asnumpy(places).astype(np.intp), arrays.asnumpy(sure)


def _squares(rows: Any, asked: Any, places: Any, arrays: Any) -> Any:
    """Of the distances to the rows at `places`, in double precision."""
    at_once = max(1, _AT_ONCE // max(1, places.shape[1] * rows.shape[1]))
    parts = []
    for first in range(0, len(asked), at_once):
        some = slice(first, first + at_once)
        apart = rows[places[some]] - asked[some][:, None, :]
        parts.append((apart * apart).sum(axis=2))
    return arrays.concatenate(parts, axis=0)


def _off(rows: Any, asked: Any) -> Any:
    """What the square of a distance in singles may be off, by held-out row.

    It is taken as |x|² - 2xq + |q|²: each of these sums of p products is off by at most p + 1 units in the last place
    of |x|² + |q|², and so are the numbers themselves, once rounded; this is several times all of that.
    """
    lengths = (asked * asked).sum(axis=1) + (rows * rows).sum(axis=1).max()
    return 8 * (rows.shape[1] + 4) * float(np.finfo(np.float32).eps) * lengths
