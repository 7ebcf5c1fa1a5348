"""What bin_uniform, bin_quantile and bin_kmeans share: scikit-learn's KBinsDiscretizer with one strategy each.

It finds the edges; numbers are put between them by a kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.preprocessing import KBinsDiscretizer

from stratum_sql import kernels
from stratum_sql.catalog.checks import integer, one_of, optional
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.numeric import block, complete_columns, need_rows, rows_matrix
from stratum_sql.catalog.spec import Parameter, Params, State, Target
from stratum_sql.catalog.subsample import drawn
from stratum_sql.catalog.wrapping import Wrapped

Floats = npt.NDArray[np.float64]

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


@dataclass(frozen=True, slots=True)
class Binned:
    """fit and apply of one strategy. State: that of `Wrapped`.

    `quick` fits a discretizer on a matrix as its own `fit` would, and returns it, or None where it cannot.
    """

    make: Callable[[Params, int], KBinsDiscretizer]
    quick: Callable[[KBinsDiscretizer, Floats], KBinsDiscretizer | None] | None = None

    @property
    def _wrapped(self) -> Wrapped:
        return Wrapped(self.make, rows_matrix)

    def fit(self, inputs: Inputs, params: Params, _target: Target | None, seed: int) -> State:
        """Edges from the rows that scikit-learn would draw; it draws none itself, as there are no more."""
        need_rows(inputs)
        columns = drawn(complete_columns(inputs), params["subsample"], seed, replace=True)
        matrix = np.column_stack(columns)
        fitted = None if self.quick is None else self.quick(self.make(params, seed), matrix)
        if fitted is not None:
            return self._wrapped.state_of(fitted, inputs)
        return self._wrapped.fitted(self.make(params, seed), matrix, inputs)

    def apply(self, state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
        """The number of each value's bin; columns of indicators are scikit-learn's work."""
        edges = [each[1:-1] for each in state["transformer"].bin_edges_]
        if params["encode"] != "ordinal" or not all(_ascend(each) for each in edges):
            return self._wrapped.apply(state, inputs, params)
        columns = zip(complete_columns(inputs), edges, strict=True)
        return (block((kernels.bins(*each) for each in columns), state["names"], len(inputs)),)


def _ascend(edges: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Whether no edge is NaN, as some are where the range of a column is beyond that of doubles."""
    return bool(not np.isnan(edges).any() and (edges[1:] >= edges[:-1]).all())
