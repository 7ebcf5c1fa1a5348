"""scikit-learn's KMeans as one column: the number of the cluster, where its own transform gives distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans


class ClusterNumber(KMeans):  # type: ignore[misc]  # scikit-learn is untyped
    """KMeans whose `transform` gives (rows, 1): the number of the cluster a row falls in, from 0."""

    def transform(self, rows: Any) -> NDArray[np.float64]:
        return np.asarray(self.predict(rows), dtype=np.float64)[:, None]

    def fit_transform(self, rows: Any, y: Any = None, sample_weight: Any = None) -> NDArray[np.float64]:
        return np.asarray(self.fit(rows, y, sample_weight).labels_, dtype=np.float64)[:, None]

    def get_feature_names_out(self, _names: Any = None) -> NDArray[Any]:
        return np.asarray(["kmeans"], dtype=object)
