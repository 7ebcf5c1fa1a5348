"""bin_kmeans(x, n_bins): the number of the bin a value falls in, bins around k-means centres; refuses NULL.

SELECT bin_kmeans(fare, 10) FROM trips
"""

from __future__ import annotations

from stratum_sql.catalog.binning import ENCODE, N_BINS, SUBSAMPLE, Binned, maker
from stratum_sql.catalog.extents import bins
from stratum_sql.catalog.kmeans import kmeans_fitted
from stratum_sql.catalog.spec import TransformSpec

MAKE = maker("kmeans")
BINNED = Binned(MAKE, kmeans_fitted)

BIN_KMEANS = TransformSpec(
    name="bin_kmeans",
    summary="the number of the bin a value falls in, bins around k-means centres; refuses NULL",
    example="bin_kmeans(fare, 10)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    fit=BINNED.fit,
    apply=BINNED.apply,
    parameters=(N_BINS, ENCODE, SUBSAMPLE),
    reference=MAKE,
    sklearn="sklearn.preprocessing.KBinsDiscretizer",
    engine="scikit-learn",
    extent=bins,
    ns_per_value=100.0,
)
