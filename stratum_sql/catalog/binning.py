"""What bin_uniform, bin_quantile and bin_kmeans share: scikit-learn's KBinsDiscretizer with one strategy each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.preprocessing import KBinsDiscretizer

from stratum_sql.catalog.checks import integer, one_of, optional
from stratum_sql.catalog.spec import Parameter, Params

N_BINS = Parameter("n_bins", 5, "number of bins", integer(low=2, high=65_536))
ENCODE = Parameter(
    "encode", "ordinal", "the bin's number, or one column a bin", one_of("ordinal", "onehot", "onehot-dense")
)
SUBSAMPLE = Parameter("subsample", 200_000, "rows drawn to find the edges; NULL for all", optional(integer(low=1)))


def maker(strategy: str) -> Callable[[Params, int], KBinsDiscretizer]:
    """The function that builds the discretizer of this strategy."""

    def make(params: Params, seed: int) -> KBinsDiscretizer:
        more = {"quantile_method": params["quantile_method"]} if "quantile_method" in params else {}
        return KBinsDiscretizer(
            n_bins=params["n_bins"],
            encode=params["encode"],
            strategy=strategy,
            subsample=params["subsample"],
            random_state=seed,
            dtype=np.float64,  # said, it is stored as a type and not as an object
            **more,
        )

    return make
