"""The Rust kernels, with numpy arrays in and out and no copy on the way in or out.

Every result is the same whatever the number of threads (`set_threads`). A call raises ValueError for input that breaks
its contract, `Cancelled` when its `CancelToken` was cancelled, MemoryError when the result does not fit, and
`KernelError` for a fault of the kernel itself; the process and later calls are not affected by any of them.
"""

from __future__ import annotations

try:
    from stratum_sql._rust_udfs import Cancelled, CancelToken, KernelError, set_threads, threads
except ImportError as error:
    raise ImportError(
        "the Rust part of stratum-sql (stratum_sql._rust_udfs) is missing or was built for another Python; "
        "in a checkout './run test' builds it, elsewhere 'pip install --force-reinstall stratum-sql'"
    ) from error

from stratum_sql.kernels.arrays import Csr, Floats, Integers
from stratum_sql.kernels.columns import (
    Moments,
    bins,
    category_counts,
    lloyd,
    look_up,
    mean_and_variance,
    moments,
    one_hot,
    ranks,
    row_order,
    target_means,
    text_codes,
)
from stratum_sql.kernels.linear import Logistic, elastic_net, ridge
from stratum_sql.kernels.matrices import Coded, assemble, design, gram, nearest
from stratum_sql.kernels.texts import first_seen, ngrams, renumber, sparse_product
from stratum_sql.kernels.trees import BoostedTrees, Trees, tree_shap

__all__ = [
    "BoostedTrees",
    "CancelToken",
    "Cancelled",
    "Coded",
    "Csr",
    "Floats",
    "Integers",
    "KernelError",
    "Logistic",
    "Moments",
    "Trees",
    "assemble",
    "bins",
    "category_counts",
    "design",
    "elastic_net",
    "first_seen",
    "gram",
    "lloyd",
    "look_up",
    "mean_and_variance",
    "moments",
    "nearest",
    "ngrams",
    "one_hot",
    "ranks",
    "renumber",
    "ridge",
    "row_order",
    "set_threads",
    "sparse_product",
    "target_means",
    "text_codes",
    "threads",
    "tree_shap",
]
