"""Classes of cuML made of numpy and scikit-learn, with the parameters that cuML's own have, and no others.

They take arrays of the device alone and give such arrays, and do their work as cuML does it, not as scikit-learn: with
singles where cuML has singles, and signs as they come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import ensemble
from sklearn.metrics import pairwise_distances_argmin


def _plain(array: Any) -> Any:
    return array.view(np.ndarray)


class KMeans:
    """cuML's k-means from given centres."""

    def __init__(
        self,
        *,
        n_clusters: int = 8,
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: Any = False,
        random_state: int | None = None,
        init: Any = "scalable-k-means++",
        n_init: Any = "auto",
        oversampling_factor: float = 2.0,
        max_samples_per_batch: int = 1 << 15,
        device_buffer_samples: int = 0,
        init_size: int = 0,
        output_type: str | None = None,
    ) -> None:
        assert output_type == "cupy"
        assert n_init == 1, "centres that are given are the same in every run"
        assert init.shape[0] == n_clusters
        self.init, self.steps, self.tol = init, max_iter, tol

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> KMeans:  # noqa: N803
        """Until centres move by less than `tol`, as a sum of squares: it is not relative, as scikit-learn's is."""
        rows, centres = _plain(X), _plain(self.init).copy()
        for step in range(1, self.steps + 1):
            before, self.n_iter_ = centres, step
            centres = _means(rows, _nearest(rows, before), before)
            if ((centres - before) ** 2).sum() < self.tol:
                break
        labels = _nearest(rows, centres)
        self.inertia_ = float(((rows - centres[labels]) ** 2).sum())
        self.cluster_centers_, self.labels_ = centres.view(type(X)), labels.astype(np.int32).view(type(X))
        return self


def _means(rows: Any, labels: Any, centres: Any) -> Any:
    """A centre that has no rows stays where it is; scikit-learn moves it to the row that is farthest from its own."""
    own = [rows[labels == place] for place in range(len(centres))]
    return np.array([some.mean(axis=0) if len(some) else centre for some, centre in zip(own, centres, strict=True)])


def _nearest(rows: Any, centres: Any) -> Any:
    return np.asarray(pairwise_distances_argmin(rows, centres))


class NearestNeighbors:
    """cuML's search, which takes singles and compares all pairs by their product."""

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        radius: float = 1.0,
        verbose: Any = False,
        algorithm: str = "auto",
        metric: str = "euclidean",
        p: float = 2,
        algo_params: dict[str, Any] | None = None,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        output_type: str | None = None,
    ) -> None:
        assert (output_type, algorithm, metric) == ("cupy", "brute", "euclidean")
        self.count = n_neighbors

    def fit(self, X: Any, y: None = None) -> NearestNeighbors:  # noqa: N803
        assert X.dtype == np.float32, "cuML would make singles of it"
        self.rows = _plain(X)
        return self

    def kneighbors(self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True) -> Any:  # noqa: N803
        assert X.dtype == np.float32
        asked = _plain(X)
        lengths = (asked**2).sum(axis=1)[:, None] + (self.rows**2).sum(axis=1)[None, :]
        squares = np.maximum(lengths - 2 * (asked @ self.rows.T), 0)
        places = squares.argsort(axis=1)[:, : self.count].astype(np.int64)
        distances = np.sqrt(np.take_along_axis(squares, places, axis=1))
        return distances.view(type(X)), places.view(type(X))


class PCA:
    """cuML's, by the eigenvectors of the covariance; which way a direction points is left to chance."""

    def __init__(
        self,
        *,
        copy: bool = True,
        iterated_power: int = 15,
        n_components: int | None = None,
        svd_solver: str = "auto",
        tol: float = 1e-7,
        verbose: Any = False,
        whiten: bool = False,
        output_type: str | None = None,
    ) -> None:
        assert (output_type, svd_solver, copy) == ("cupy", "full", True)
        assert n_components is None or type(n_components) is int, "cuML knows no share of the variance"
        self.count = n_components

    def fit(self, X: Any, y: None = None) -> PCA:  # noqa: N803
        rows = _plain(X)
        mean = rows.mean(axis=0)
        variance, directions = _eigen((rows - mean).T @ (rows - mean) / (len(rows) - 1))
        kept = slice(self.count)
        self.mean_, self.components_ = mean.view(type(X)), directions[kept].view(type(X))
        self.explained_variance_ = variance[kept].view(type(X))
        self.explained_variance_ratio_ = (variance / variance.sum())[kept].view(type(X))
        self.singular_values_ = np.sqrt(variance[kept] * (len(rows) - 1)).view(type(X))
        X[:] = np.nan  # worse than cuML, which centres it and adds the mean again
        return self


class TruncatedSVD:
    """cuML's, by the eigenvectors of the product of the rows."""

    def __init__(
        self,
        *,
        algorithm: str = "full",
        n_components: int = 1,
        n_iter: int = 15,
        random_state: int | None = None,
        tol: float = 1e-7,
        verbose: Any = False,
        output_type: str | None = None,
    ) -> None:
        assert (output_type, algorithm) == ("cupy", "full")
        self.count = n_components

    def fit(self, X: Any, y: None = None) -> TruncatedSVD:  # noqa: N803
        squares, directions = _eigen(_plain(X).T @ _plain(X))
        self.components_ = directions[: self.count].view(type(X))
        self.singular_values_ = np.sqrt(squares[: self.count]).view(type(X))
        return self


def _eigen(product: Any) -> tuple[Any, Any]:
    """Eigenvalues, the largest first, and their vectors in rows, each turned round or not."""
    values, vectors = np.linalg.eigh(product)
    turned = np.random.default_rng(len(product)).choice([-1.0, 1.0], size=(len(product), 1))
    return values[::-1].copy(), turned * vectors[:, ::-1].T


class _Forest:
    """cuML's forest: other lots than scikit-learn's, and numbers as bins between quantiles."""

    kind: type

    def __init__(
        self,
        *,
        split_criterion: str | None = None,
        n_estimators: int = 100,
        bootstrap: bool = True,
        max_samples: float = 1.0,
        max_depth: int | None = 16,
        max_leaves: int = -1,
        max_features: Any = None,
        n_bins: int = 128,
        min_samples_leaf: Any = 1,
        min_samples_split: Any = 2,
        min_impurity_decrease: float = 0.0,
        max_batch_size: int = 4096,
        random_state: int | None = None,
        n_streams: int = 4,
        oob_score: bool = False,
        verbose: Any = False,
        output_type: str | None = None,
    ) -> None:
        assert output_type == "numpy"
        assert type(random_state) is int
        names = {"mse": "squared_error"}
        self.made = self.kind(
            criterion=names.get(str(split_criterion), split_criterion),
            n_estimators=n_estimators,
            bootstrap=bootstrap,
            max_depth=max_depth,
            max_features=max_features,
            min_samples_leaf=min_samples_leaf,
            min_samples_split=min_samples_split,
            min_impurity_decrease=min_impurity_decrease,
            random_state=random_state + 1,
        )

    def fit(self, X: Any, y: Any) -> _Forest:  # noqa: N803
        rows = _plain(X)
        edges = np.quantile(rows, np.linspace(0, 1, 129), axis=0)
        places = [np.searchsorted(edges[:, at], rows[:, at]) for at in range(rows.shape[1])]
        self.made.fit(np.column_stack([edges[place, at] for at, place in enumerate(places)]), _plain(y))
        return self

    def as_sklearn(self) -> Any:
        return self.made


class RandomForestClassifier(_Forest):
    kind = ensemble.RandomForestClassifier


class RandomForestRegressor(_Forest):
    kind = ensemble.RandomForestRegressor


MODULES: dict[str, tuple[type, ...]] = {
    "cluster": (KMeans,),
    "neighbors": (NearestNeighbors,),
    "ensemble": (RandomForestClassifier, RandomForestRegressor),
    "decomposition": (PCA, TruncatedSVD),
}
