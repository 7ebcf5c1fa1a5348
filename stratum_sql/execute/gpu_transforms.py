"""Transforms fitted on the GPU by cuML: the fitted numbers become scikit-learn's own transformer, on the host, and the
training rows stay on the device.

None of this has run on a GPU yet; see `docs/gpu.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.gpu_transforms import TRANSFORM_FORMS, TransformForm
from stratum_sql.catalog.spec import Params
from stratum_sql.execute.gpu import DeviceBlock, DeviceFailed, Gpu, class_at, on_host
from stratum_sql.execute.gpu_values import OnDevice
from stratum_sql.execute.values import FitResult


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """What a fit is given: the form, the parameters and the seed; the columns there, (rows, columns); and CuPy."""

    form: TransformForm
    params: Params
    seed: int
    there: Any
    arrays: Any


Fitted = tuple[Any, list[str], Any]  # the transformer, the names of its columns, the training rows on the device


def fit_on_device(gpu: Gpu, transform: str, params: Params, seed: int, matrix: OnDevice) -> FitResult:
    """What `Fit` of the transform gives, with the training rows on the device. Raises DeviceFailed."""
    if matrix.is_sparse:
        raise DeviceFailed("the matrix is sparse")

    def work() -> Fitted:
        given = Given(TRANSFORM_FORMS[transform], params, seed, gpu.copy(matrix), gpu.arrays)
        return FITS[transform](given)

    with gpu.turn():
        fitted, names, rows = gpu.tried(work)
        made = gpu.keep(rows)
    return FitResult({"transformer": fitted, "names": names}, (DeviceBlock(gpu, made, tuple(names)),))


def _class(given: Given, **settings: Any) -> Any:
    """cuML's class; what it gives are CuPy's arrays."""
    return class_at(given.form.path)(**settings, output_type="cupy")


def _numbers(found: Any) -> Any:
    """Fitted numbers on the host. Raises DeviceFailed where one is not finite."""
    numbers = np.asarray(on_host(found), dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise DeviceFailed("a fitted number is not finite")
    return numbers


# ---- components ------------------------------------------------------------------------------------------------------

_ONE_PLANE = 1e-9  # of the largest variance: directions whose variances differ by less may be turned within their plane
_NOTHING = 1e-12  # of the largest variance: a direction with less of it is rounding


def _fit_pca(given: Given) -> Fitted:
    """By the eigenvectors of the covariance, where scikit-learn takes those, or the exact decomposition of the rows."""
    from stratum_sql.catalog.transforms.pca import make

    estimator, (rows, columns) = make(given.params, given.seed), given.there.shape
    count = columns if estimator.n_components is None else estimator.n_components
    _check_components(count, rows, columns)
    if estimator.svd_solver == "auto" and not _is_exact(count, rows, columns):
        raise DeviceFailed("scikit-learn would draw lots for a matrix of this shape")
    found = _class(given, n_components=count, whiten=False, svd_solver="full").fit(
        given.there.copy()
    )  # which it may centre
    variance = _numbers(found.explained_variance_)
    if (variance[:-1] - variance[1:] < _ONE_PLANE * variance[0]).any():
        raise DeviceFailed("directions have equal variance, so which they are is the library's choice")
    if estimator.whiten and variance[-1] < _NOTHING * variance[0]:
        raise DeviceFailed("a direction has no variance")
    components = given.arrays.asarray(found.components_) * _signs(found.components_, given.arrays)
    estimator.mean_, estimator.components_ = _numbers(found.mean_), _numbers(components)
    estimator.explained_variance_ = variance
    estimator.explained_variance_ratio_ = _numbers(found.explained_variance_ratio_)
    estimator.singular_values_ = _numbers(found.singular_values_)
    estimator.noise_variance_ = _left_over(given, variance, count)
    estimator.n_samples_, estimator.n_features_in_, estimator.n_components_ = rows, columns, count
    made = (given.there - given.arrays.asarray(found.mean_)) @ components.T
    if estimator.whiten:
        made = made / given.arrays.sqrt(given.arrays.asarray(found.explained_variance_))
    return estimator, [f"pca{at}" for at in range(count)], made


def _is_exact(count: int, rows: int, columns: int) -> bool:
    """Whether scikit-learn's PCA, left the choice of a solver, takes one that draws no lots."""
    tall = columns <= 1000 and rows >= 10 * columns
    return tall or max(rows, columns) <= 500 or count >= 0.8 * min(rows, columns)


def _left_over(given: Given, variance: Any, count: int) -> float:
    """The mean variance of the directions that are left out."""
    rows, columns = given.there.shape
    if count == min(rows, columns):
        return 0.0
    whole = float(given.there.var(axis=0).sum()) * rows / (rows - 1)
    left = (whole - float(variance.sum())) / (min(rows, columns) - count)
    return left if left > 0 else 0.0  # rounding


def _fit_svd(given: Given) -> Fitted:
    """The exact first directions, where scikit-learn's are near to them."""
    from stratum_sql.catalog.transforms.svd import make

    estimator, (rows, columns) = make(given.params, given.seed), given.there.shape
    _check_components(estimator.n_components, rows, columns)
    found = _class(given, n_components=estimator.n_components, algorithm="full").fit(given.there)
    components = given.arrays.asarray(found.components_) * _signs(found.components_, given.arrays)
    made = given.there @ components.T
    estimator.components_, estimator.singular_values_ = _numbers(components), _numbers(found.singular_values_)
    estimator.explained_variance_ = _numbers(made.var(axis=0))
    estimator.explained_variance_ratio_ = estimator.explained_variance_ / float(given.there.var(axis=0).sum())
    estimator.n_features_in_ = columns
    return estimator, [f"truncatedsvd{at}" for at in range(estimator.n_components)], made


def _check_components(count: int, rows: int, columns: int) -> None:
    """What scikit-learn may refuse it says itself; of few rows, directions are not told apart."""
    if not count <= columns <= rows or columns < 2:
        raise DeviceFailed("there are more components than columns, or fewer rows than columns")


def _signs(components: Any, arrays: Any) -> Any:
    """(components, 1): what makes the largest number of each component positive, as scikit-learn's `svd_flip` does."""
    largest = arrays.abs(components).argmax(axis=1)
    return arrays.sign(arrays.take_along_axis(arrays.asarray(components), largest[:, None], axis=1))


# ---- k-means ---------------------------------------------------------------------------------------------------------


def _fit_kmeans(given: Given) -> Fitted:
    """Lloyd's steps from the centres that scikit-learn would begin with, over rows less their mean, as it takes them:
    so what comes of them is the same but for rounding."""
    from stratum_sql.catalog.transforms.kmeans import LABEL, make, names_out

    estimator, rows = make(given.params, given.seed), len(given.there)
    if rows < estimator.n_clusters:
        raise DeviceFailed("there are fewer rows than clusters")
    mean = given.there.mean(axis=0)
    centred = given.there - mean
    best = _best_run(given, estimator, centred)
    centres, labels = given.arrays.asarray(best.cluster_centers_), given.arrays.asarray(best.labels_)
    fitted = _as_kmeans(estimator, _numbers(centres + mean), on_host(labels), float(best.inertia_), int(best.n_iter_))
    made = labels if given.params["encode"] == LABEL else given.arrays.sqrt(_squares(centred, centres, given.arrays))
    return fitted, names_out(given.params), made.astype(np.float64).reshape(rows, -1)


def _best_run(given: Given, estimator: Any, centred: Any) -> Any:
    """cuML's, fitted, of the least inertia."""
    tolerance = float(centred.var(axis=0).mean()) * estimator.tol  # which is relative in scikit-learn
    draws = np.random.RandomState(estimator.random_state)  # scikit-learn's own generator
    best = None
    for _ in range(1 if estimator.n_init == "auto" else estimator.n_init):
        found = _class(
            given,
            n_clusters=estimator.n_clusters,
            init=first_centres(centred, estimator.n_clusters, draws, given.arrays),
            n_init=1,
            max_iter=estimator.max_iter,
            tol=tolerance,
        ).fit(centred)
        if best is None or float(found.inertia_) < float(best.inertia_) * (1 - 1e-9):  # not by rounding alone
            best = found
    return best


def first_centres(rows: Any, count: int, draws: np.random.RandomState, arrays: Any) -> Any:
    """(count, columns) of the rows, drawn by k-means++ from the numbers that scikit-learn's `kmeans_plusplus` would
    draw; another row is taken only where rounding of a sum decides.

    Each is the best of some that are drawn by their squared distance to the nearest centre so far: D. Arthur and
    S. Vassilvitskii, k-means++: the advantages of careful seeding, 2007.
    """
    size, tries = len(rows), 2 + int(np.log(count))
    chosen = [int(draws.choice(size, p=np.full(size, 1.0) / size))]
    nearest = _squares(rows, rows[chosen], arrays)[:, 0]
    for _ in range(1, count):
        wanted = arrays.asarray(draws.uniform(size=tries)) * nearest.sum()
        places = arrays.minimum(arrays.searchsorted(arrays.cumsum(nearest), wanted), size - 1)
        left = arrays.minimum(_squares(rows, rows[places], arrays), nearest[:, None])
        best = int(left.sum(axis=0).argmin())
        chosen.append(int(places[best]))
        nearest = left[:, best]
    return rows[chosen]


def _as_kmeans(estimator: Any, centres: Any, labels: Any, inertia: float, steps: int) -> Any:
    """The estimator as if it had ended there. It is fitted on the centres, for what scikit-learn sets beside them."""
    asked = {"n_init": estimator.n_init, "max_iter": estimator.max_iter}
    fitted = estimator.set_params(init=centres, n_init=1, max_iter=1).fit(centres)
    fitted.cluster_centers_, fitted.labels_ = centres, np.asarray(labels, dtype=np.int32)
    fitted.inertia_, fitted.n_iter_ = inertia, steps
    return fitted.set_params(init="k-means++", **asked)


def _squares(rows: Any, centres: Any, arrays: Any) -> Any:
    """Squared distances, (rows, centres), by the product that scikit-learn takes too."""
    lengths = [(one * one).sum(axis=1) for one in (rows, centres)]
    return arrays.maximum(lengths[0][:, None] - 2 * (rows @ centres.T) + lengths[1][None, :], 0)


FITS: Mapping[str, Callable[[Given], Fitted]] = {"kmeans": _fit_kmeans, "pca": _fit_pca, "svd": _fit_svd}
