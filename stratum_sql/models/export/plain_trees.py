"""The compiled trees and losses of scikit-learn's estimators as plain values, and what must hold before they predict.

    {"tree": {"features": 3, "classes": [1], "depth": 2, "left": [1, -1, -1], "right": [2, -1, -1], ..}}
    {"histogram_tree": {"left": [..], "right": [..], "feature_idx": [..], "num_threshold": [..], ..}}
    {"loss": "PinballLoss", "arguments": {"quantile": 0.3}}

Their code follows the numbers of nodes and columns without a look at bounds: a file's are looked at here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

_NODES = {
    "left": "left_child",
    "right": "right_child",
    "column": "feature",
    "threshold": "threshold",
    "nan_left": "missing_go_to_left",
    "impurity": "impurity",
    "rows": "n_node_samples",
    "weight": "weighted_n_node_samples",
}  # of a "tree": our names, and those of scikit-learn's nodes
_HISTOGRAM = (
    "left", "right", "feature_idx", "num_threshold", "missing_go_to_left", "is_leaf", "value", "count", "gain",
    "depth", "bin_threshold",
)  # fmt: skip
_LOSSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    **dict.fromkeys(
        ("HalfSquaredError", "AbsoluteError", "HalfPoissonLoss", "HalfGammaLoss", "HalfBinomialLoss",
         "ExponentialLoss"),
        lambda _: {},
    ),
    "HalfMultinomialLoss": lambda loss: {"n_classes": loss.n_classes},
    "PinballLoss": lambda loss: {"quantile": loss.closs.__reduce__()[1][0]},
    "HuberLoss": lambda loss: {"quantile": loss.quantile, "delta": loss.closs.__reduce__()[1][0]},
}  # fmt: skip


def compiled_to_plain(value: Any) -> dict[str, Any] | None:
    """A compiled tree or a loss of scikit-learn as a plain value; None for anything else."""
    path, name = type(value).__module__, type(value).__name__
    if path == "sklearn.tree._tree" and name == "Tree":
        return {"tree": _tree(value)}
    if path == "sklearn.ensemble._hist_gradient_boosting.predictor" and name == "TreePredictor":
        return None if value.nodes["is_categorical"].any() else {"histogram_tree": _histogram_tree(value.nodes)}
    if path == "sklearn._loss.loss" and name in _LOSSES:
        return {"loss": name, "arguments": _LOSSES[name](value)}
    return None


def _tree(tree: Any) -> dict[str, Any]:
    state = tree.__getstate__()
    return {
        "features": int(tree.n_features),
        "classes": [int(one) for one in tree.n_classes],
        "depth": int(tree.max_depth),
        **{ours: _cells(state["nodes"][theirs]) for ours, theirs in _NODES.items()},
        "value": [[_cells(output) for output in node] for node in state["values"]],
    }


def _histogram_tree(nodes: Any) -> dict[str, Any]:
    return {name: _cells(nodes[name]) for name in _HISTOGRAM}


def _cells(values: Any) -> list[Any]:
    """Numbers as JSON can hold them: a split on NULL alone has an infinite threshold."""
    return [one if isinstance(one, int) or math.isfinite(one) else repr(one) for one in values.tolist()]


def read_tree(value: dict[str, Any]) -> Any:
    """The tree again. Raises ValueError, KeyError, TypeError or OverflowError for what is none."""
    from sklearn.tree._tree import NODE_DTYPE, Tree

    found = value["tree"]
    nodes = np.zeros(len(found["left"]), dtype=NODE_DTYPE)
    for ours, theirs in _NODES.items():
        nodes[theirs] = _column(found[ours], nodes.dtype[theirs], len(nodes))
    leaf = nodes["left_child"] == -1
    _check_children(nodes["left_child"], nodes["right_child"], leaf)
    classes = np.array(found["classes"], dtype=np.intp)
    values = np.array([[[float(one) for one in output] for output in node] for node in found["value"]])
    if classes.ndim != 1 or not len(classes) or values.shape != (len(nodes), len(classes), classes.max(initial=0)):
        raise ValueError("the values of a tree are not those of its nodes")
    _check_columns(nodes["feature"][~leaf], int(found["features"]))
    made = Tree(int(found["features"]), classes, len(classes))
    state = {"max_depth": int(found["depth"]), "node_count": len(nodes), "nodes": nodes, "values": values}
    made.__setstate__(state)
    return made


def read_histogram_tree(value: dict[str, Any]) -> Any:
    """The tree of a histogram boosting again, without categories. Raises as `read_tree`."""
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    found = value["histogram_tree"]
    nodes = np.zeros(len(found["left"]), dtype=PREDICTOR_RECORD_DTYPE)
    for name in _HISTOGRAM:
        nodes[name] = _column(found[name], nodes.dtype[name], len(nodes))
    leaf = nodes["is_leaf"].astype(bool)
    _check_children(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), leaf)
    nothing = np.zeros((0, 8), dtype=np.uint32)
    return TreePredictor(nodes, nothing, nothing)


def read_loss(value: dict[str, Any]) -> Any:
    """The loss again. Raises as `read_tree`."""
    from sklearn._loss import loss

    name = str(value["loss"])
    if name not in _LOSSES:
        raise ValueError("a loss of no known kind")
    return getattr(loss, name)(**{str(key): one for key, one in value["arguments"].items()})


def _column(cells: Any, dtype: Any, count: int) -> Any:
    if not isinstance(cells, list) or len(cells) != count or not count:
        raise ValueError("a tree's columns are not of one length")
    return np.array([float(one) for one in cells] if dtype.kind == "f" else [int(one) for one in cells], dtype=dtype)


def _check_children(left: Any, right: Any, leaf: Any) -> None:
    """A child stands after its parent, so that every walk ends, and in the tree."""
    inner = np.flatnonzero(~leaf)
    for child in (left[inner], right[inner]):
        if np.any(child <= inner) or np.any(child >= len(leaf)):
            raise ValueError("a tree's node has no such child")


def _check_columns(columns: Any, count: int) -> None:
    if np.any(columns < 0) or np.any(columns >= count):
        raise ValueError("a tree asks for a column that there is not")


_HOLDS_TREES = {"tree_", "estimators_", "_predictors"}


def check_trees(estimator: Any) -> None:
    """Raise ValueError if a compiled tree in the estimator could be given fewer columns than it asks for.

    So all parts of the estimator must be of one number of columns, which scikit-learn compares with the matrix.
    """
    parts = list(_parts(estimator, set()))
    trees = [one for one in parts if type(one).__name__ == "Tree"]
    histograms = [one for one in parts if type(one).__name__ == "TreePredictor"]
    if not trees and not histograms:
        return
    if any(not hasattr(one, "n_features_in_") for one in parts if _HOLDS_TREES & set(getattr(one, "__dict__", ()))):
        raise ValueError("trees without a number of columns")
    widths = {int(one.n_features_in_) for one in parts if hasattr(one, "n_features_in_")}
    widths |= {int(tree.n_features) for tree in trees}
    if len(widths) != 1 or not hasattr(estimator, "n_features_in_"):
        raise ValueError("trees of several numbers of columns")
    for one in histograms:
        _check_columns(one.nodes["feature_idx"], *widths)
    for one in parts:
        if type(one).__name__.startswith("GradientBoosting"):
            _check_boosting(one, *widths)
        if type(one).__name__.startswith("HistGradientBoosting") and _has_categories(one):
            raise ValueError("trees over categories")


def _parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """The value, and what it holds, objects of scikit-learn and their attributes."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, list | tuple):
        held = list(value)
    elif isinstance(value, dict):
        held = list(value.values())
    elif isinstance(value, np.ndarray):
        held = list(value.flat) if value.dtype.kind == "O" else []
    else:
        held = list(vars(value).values()) if hasattr(value, "__dict__") and not isinstance(value, type) else []
        yield value
    for one in held:
        if not isinstance(one, int | float | str | bool | None):
            yield from _parts(one, seen)


def _check_boosting(estimator: Any, width: int) -> None:
    """Its code takes each of `estimators_` for a tree of one value, and adds it to the column of its place."""
    from sklearn.tree import DecisionTreeRegressor
    from sklearn.tree._tree import Tree

    grown = estimator.estimators_
    if not isinstance(grown, np.ndarray) or grown.ndim != 2 or not grown.size:
        raise ValueError("boosted trees of no known form")
    for one in grown.flat:
        tree: Any = vars(one).get("tree_") if type(one) is DecisionTreeRegressor else None
        if type(tree) is not Tree or tree.n_outputs != 1 or tree.max_n_classes != 1:
            raise ValueError("a boosted tree is none")
    first = estimator._raw_predict_init(np.zeros((1, width), dtype=np.float32))
    if first.shape != (1, grown.shape[1]) or first.dtype != np.float64:
        raise ValueError("boosted trees without a first guess of their number")


def _has_categories(estimator: Any) -> bool:
    return estimator.is_categorical_ is not None or bool(np.any(estimator._bin_mapper.is_categorical_))
