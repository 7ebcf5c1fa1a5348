"""Transforms that are a scikit-learn transformer: fit, apply and fit_apply made from the function that builds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.columns import Inputs, Matrix, Part
from stratum_sql.catalog.numeric import as_block, need_rows
from stratum_sql.catalog.spec import Params, State, Target


@dataclass(frozen=True, slots=True)
class Wrapped:
    """`make(params, seed)` builds the transformer, `view` turns the inputs into its matrix.

    State: `transformer`, the fitted object, and `names`, its columns out. Training rows get what `fit_transform` gives,
    which for some classes differs from `transform` in the last bits.
    """

    make: Callable[[Params, int], Any]
    view: Callable[[Inputs], Matrix]

    def fit(self, inputs: Inputs, params: Params, _target: Target | None, seed: int) -> State:
        need_rows(inputs)
        return self.fitted(self.make(params, seed), self.view(inputs), inputs)

    def fitted(self, transformer: Any, matrix: Matrix, inputs: Inputs) -> State:
        """The state of `transformer`, fitted on `matrix`: the columns of `inputs`, of which it may have some rows."""
        return self.state_of(transformer.fit(matrix), inputs)

    @staticmethod
    def state_of(fitted: Any, inputs: Inputs) -> State:
        """The state of a transformer that has been fitted."""
        return _state(fitted, inputs)

    def fit_apply(
        self, inputs: Inputs, params: Params, _target: Target | None, seed: int
    ) -> tuple[State, tuple[Part, ...]]:
        need_rows(inputs)
        transformer = self.make(params, seed)
        values = transformer.fit_transform(self.view(inputs))
        state = _state(transformer, inputs)
        return state, (as_block(values, state["names"]),)

    def apply(self, state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
        names = state["names"]
        if len(inputs) == 0:  # scikit-learn refuses no rows, a query may well have none
            return (as_block(np.empty((0, len(names))), names),)
        return (as_block(state["transformer"].transform(self.view(inputs)), names),)


def _state(transformer: Any, inputs: Inputs) -> State:
    names = transformer.get_feature_names_out(np.asarray(inputs.names, dtype=object))
    return {"transformer": transformer, "names": [str(name) for name in names]}
