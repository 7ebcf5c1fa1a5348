"""Kernels over trees that were grown by a library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from stratum_sql import _rust_udfs
from stratum_sql._rust_udfs import CancelToken
from stratum_sql.kernel_runs import counted
from stratum_sql.kernels.arrays import Floats, Integers, arrow, numbers_of

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False, slots=True)
class Trees:
    """t binary trees, one after the other: `starts` (t + 1,) says where each begins among the nodes, and their end.

    Of each node `left` and `right` (its tree's node that rows go to, -1 in a leaf), the `column` that is asked, the
    `threshold` that rows at or below it go left by, `nan_left` where NaN does, the `weight` of training rows that came
    by, and the `value` of a leaf. Children stand behind their parents.
    """

    starts: Integers
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    column: npt.NDArray[np.int32]
    threshold: Floats
    nan_left: npt.NDArray[np.int32]
    weight: Floats
    value: Floats


@counted(lambda _trees, matrix, **_: len(matrix))
def tree_shap(trees: Trees, matrix: npt.ArrayLike, *, cancel: CancelToken | None = None) -> Floats:
    """What each column of a matrix (n, p) adds to the sum of the trees' values, (n, p + 1); last what none adds.

    A row adds up to what the trees say of it. The Shapley values of Lundberg, Erion and Lee (2018): an unknown column
    sends a row both ways, as large a part each as training rows went. NaN goes where `nan_left` says. ValueError: trees
    that are none, or deeper than 1,000.
    """
    rows = np.ascontiguousarray(matrix, dtype=np.float64)
    n, width = rows.shape
    whole, number = np.int32, np.float64
    added = _rust_udfs.tree_shap(
        arrow(trees.starts, np.int64),
        arrow(trees.left, whole),
        arrow(trees.right, whole),
        arrow(trees.column, whole),
        arrow(trees.threshold, number),
        arrow(trees.nan_left, whole),
        arrow(trees.weight, number),
        arrow(trees.value, number),
        arrow(rows.reshape(-1), number),
        width,
        cancel,
    )
    return numbers_of(added, np.float64).reshape(n, width + 1)


class BoostedTrees:
    """The trees of a LightGBM model, from the text that its `model_to_string` gives: its predictions bit for bit.

    `features` are the columns that a matrix must have, `classes` the scores of a row (1, or the classes of a multiclass
    model), `rounds` the rounds of boosting. ValueError: a text that is malformed, or of a model whose predictions are
    not known here (categorical splits, linear trees, averaged trees, an objective of the user's own, …).
    """

    def __init__(self, text: str) -> None:
        self._trees = _rust_udfs.BoostedTrees(text)
        self.features, self.classes, self.rounds = self._trees.features, self._trees.classes, self._trees.rounds

    @counted(lambda _self, matrix, *_, **__: len(matrix))
    def scores(
        self,
        matrix: npt.NDArray[Any],
        stop: int,
        start: int = 0,
        before: Floats | None = None,
        *,
        cancel: CancelToken | None = None,
    ) -> Floats:
        """Raw scores (n, classes) after round `stop`, of a matrix (n, features) of float64 or float32.

        `before` are the scores after round `start`, so that one number of rounds after another costs no more than the
        largest alone. NaN, 0 and infinity are treated as LightGBM treats them. Row-major and column-major float64 is
        read in place. ValueError: shapes that do not fit, rounds that the model has not, a matrix of another type.
        """
        if matrix.ndim != 2 or matrix.dtype not in (np.float64, np.float32) or matrix.shape[1] != self.features:
            raise ValueError(f"a matrix {matrix.shape} of {matrix.dtype} for a model of {self.features} features")
        order: Literal["F", "C"] = "F" if matrix.flags.f_contiguous else "C"
        values = arrow(matrix.ravel(order), np.float64)
        earlier = None if before is None else arrow(before.ravel(), np.float64)
        memory = self._trees.advance(values, len(matrix), order == "F", start, stop, earlier, cancel)
        return numbers_of(memory, np.float64).reshape((len(matrix), self.classes))

    @counted(lambda _self, scores: len(scores))
    def outputs(self, scores: Floats) -> Floats:
        """What LightGBM predicts where the raw scores are these, in the same shape: probabilities, or numbers."""
        return numbers_of(self._trees.outputs(arrow(scores.ravel(), np.float64)), np.float64).reshape(scores.shape)
