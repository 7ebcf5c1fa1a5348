"""bin_uniform(x, n_bins): the number of the bin a value falls in, bins of equal width; refuses NULL.

SELECT bin_uniform(distance, 10) FROM flights
"""

from __future__ import annotations

from stratum_sql.catalog.binning import ENCODE, N_BINS, SUBSAMPLE, Binned, maker
from stratum_sql.catalog.extents import bins
from stratum_sql.catalog.spec import TransformSpec

MAKE = maker("uniform")
BINNED = Binned(MAKE)

BIN_UNIFORM = TransformSpec(
    name="bin_uniform",
    summary="the number of the bin a value falls in, bins of equal width; refuses NULL",
    example="bin_uniform(distance, 10)",
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
    ns_per_value=20.0,
)
