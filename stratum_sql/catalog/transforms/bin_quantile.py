"""bin_quantile(x, n_bins): the number of a value's bin, bins of equal numbers of training rows; refuses NULL.

SELECT bin_quantile(fare, 10) FROM trips
"""

from __future__ import annotations

from stratum_sql.catalog.binning import ENCODE, N_BINS, SUBSAMPLE, Binned, maker
from stratum_sql.catalog.checks import one_of
from stratum_sql.catalog.extents import bins
from stratum_sql.catalog.spec import Parameter, TransformSpec

MAKE = maker("quantile")
BINNED = Binned(MAKE)

QUANTILE_METHODS = (
    "averaged_inverted_cdf",
    "inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
)
QUANTILE_METHOD = Parameter(
    "quantile_method", "averaged_inverted_cdf", "how a quantile between two values is read", one_of(*QUANTILE_METHODS)
)

BIN_QUANTILE = TransformSpec(
    name="bin_quantile",
    summary="the number of the bin a value falls in, bins of equal numbers of training rows; refuses NULL",
    example="bin_quantile(fare, 10)",
    takes="number",
    gives="number",
    per_column=True,
    fitted=True,
    fit=BINNED.fit,
    apply=BINNED.apply,
    parameters=(N_BINS, ENCODE, QUANTILE_METHOD, SUBSAMPLE),
    reference=MAKE,
    sklearn="sklearn.preprocessing.KBinsDiscretizer",
    engine="scikit-learn",
    extent=bins,
    ns_per_value=60.0,
)
