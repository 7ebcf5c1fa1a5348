"""Decision trees as nested CASE: one a tree and value. NULL falls into ELSE, which is where each split sends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.models.export.sql_text import (
    Column,
    Expression,
    Floats,
    Layers,
    Looked,
    Table,
    not_in_sql,
    number,
    of,
)

DEEPEST = 150  # splits above each other: DuckDB's parser takes some hundred
MOST_NODES = 60_000  # of all trees together, counted once a value


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a path: one number a value of the tree."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """`column` is a place in the matrix. Where `left_if` (SQL of the column, `{x}`) is true a row goes left, where it
    is false right; `right_if` says the opposite. NULL goes left if `null_left`.
    """

    column: int
    left_if: str
    right_if: str
    null_left: bool
    left: Node
    right: Node


Node = Leaf | Split


def at_most(column: int, threshold: float, null_left: bool, left: Node, right: Node) -> Split:
    """`x <= threshold` goes left."""
    bound = number(threshold)
    return Split(column, f"{{x}} <= {bound}", f"{{x}} > {bound}", null_left, left, right)


def below(column: int, threshold: float, null_left: bool, left: Node, right: Node) -> Split:
    """`x < threshold` goes left."""
    bound = number(threshold)
    return Split(column, f"{{x}} < {bound}", f"{{x}} >= {bound}", null_left, left, right)


def check_size(trees: Sequence[Node], values: int) -> None:
    """Raise RunError for more than a query should be made of."""
    if any(_depth(tree) > DEEPEST for tree in trees):
        raise not_in_sql(f"a tree is more than {DEEPEST} splits deep")
    nodes = sum(map(_size, trees)) * values
    if nodes > MOST_NODES:
        raise not_in_sql(f"its trees have {nodes:,} nodes, and {MOST_NODES:,} are as many as a query should have")


def _depth(tree: Node) -> int:
    deepest, waiting = 0, [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(node, Split):
            waiting += [(node.left, depth + 1), (node.right, depth + 1)]
    return deepest


def _size(tree: Node) -> int:
    found, waiting = 0, [tree]
    while waiting:
        node = waiting.pop()
        found += 1
        if isinstance(node, Split):
            waiting += [node.left, node.right]
    return found


def tree_sql(tree: Node, columns: Sequence[Expression], value: int, write: Callable[[float], str]) -> Expression:
    """One value of a tree; `columns` are named ones."""
    used: list[Expression] = []

    def sql(node: Node) -> str:
        if isinstance(node, Leaf):
            return write(node.values[value])
        x = columns[node.column]
        used.append(x)
        condition = (node.right_if if node.null_left else node.left_if).replace("{x}", x.sql)
        first, other = (node.right, node.left) if node.null_left else (node.left, node.right)
        return f"CASE WHEN {condition} THEN {sql(first)} ELSE {sql(other)} END"

    made = sql(tree)
    return Expression(made, max((one.layer for one in used), default=0), may_be_null=False)


def double_columns(layers: Layers, columns: Sequence[Column]) -> list[Expression]:
    """The matrix as it is, each column named."""
    return [layers.named(layers.sql_of(one)) for one in columns]


def single_columns(layers: Layers, columns: Sequence[Column]) -> list[Expression]:
    """The matrix in single precision, each column named; numbers beyond its range are refused, as infinity is."""
    return [layers.named(_single(layers, one)) for one in columns]


_LARGEST = float(np.finfo(np.float32).max)


def _single(layers: Layers, column: Column) -> Expression:
    if isinstance(column, Looked):
        rounded = column.values.astype(np.float32).astype(np.float64).reshape(-1, 1)
        return layers.sql_of(Looked(Table(column.table.of, column.table.keys, rounded), 0))
    one = layers.named(layers.finite(column))
    layers.refuse(f"abs({one.sql}) > {number(_LARGEST)}", one)
    return of("CAST(TRY_CAST({0} AS FLOAT) AS DOUBLE)", one)


# ---- scikit-learn ----------------------------------------------------------------------------------------------------


def sklearn_tree(tree: Any, values: Floats) -> Node:
    """A `tree_` of scikit-learn; `values` are (nodes, values)."""
    missing = tree.missing_go_to_left

    def node(at: int) -> Node:
        left, right = int(tree.children_left[at]), int(tree.children_right[at])
        if left == right:
            return Leaf(tuple(values[at].tolist()))
        return at_most(int(tree.feature[at]), float(tree.threshold[at]), bool(missing[at]), node(left), node(right))

    return node(0)


def hist_tree(predictor: Any) -> Node:
    """A predictor of scikit-learn's histogram gradient boosting."""
    nodes = predictor.nodes

    def node(at: int) -> Node:
        one = nodes[at]
        if one["is_leaf"]:
            return Leaf((float(one["value"]),))
        if one["is_categorical"]:
            raise not_in_sql("a split by categories of histogram gradient boosting")
        column, threshold = int(one["feature_idx"]), float(one["num_threshold"])
        return at_most(
            column, threshold, bool(one["missing_go_to_left"]), node(int(one["left"])), node(int(one["right"]))
        )

    return node(0)


# ---- LightGBM --------------------------------------------------------------------------------------------------------

_ZERO = number(float(np.float32(1e-35)))  # what LightGBM takes for 0


def lightgbm_tree(one: Any) -> Node:
    """A `tree_structure` of LightGBM's dump."""
    if "split_index" not in one:
        return Leaf((float(one["leaf_value"]),))
    left, right = lightgbm_tree(one["left_child"]), lightgbm_tree(one["right_child"])
    column = int(one["split_feature"])
    if one["decision_type"] == "==":
        listed = ", ".join(f"{int(each)}e0" for each in str(one["threshold"]).split("||"))
        inside = f"trunc({{x}}) IN ({listed})"
        return Split(column, inside, f"NOT {inside}", False, left, right)
    threshold, default_left = float(one["threshold"]), bool(one["default_left"])
    if one["missing_type"] == "Zero":
        some = f"abs({{x}}) > {_ZERO} AND {{x}}"  # what is 0 goes where NULL goes
        bound = number(threshold)
        return Split(column, f"{some} <= {bound}", f"{some} > {bound}", default_left, left, right)
    null_left = default_left if one["missing_type"] == "NaN" else threshold >= 0
    return at_most(column, threshold, null_left, left, right)


# ---- XGBoost ---------------------------------------------------------------------------------------------------------


def xgboost_tree(one: Any) -> Node:
    """A tree of XGBoost's own JSON; numbers there are in single precision, whole."""
    if any(one.get("split_type", ())):
        raise not_in_sql("a split by categories of XGBoost")
    left, right = one["left_children"], one["right_children"]
    bounds = np.asarray(one["split_conditions"], dtype=np.float32).astype(np.float64)

    def node(at: int) -> Node:
        if left[at] < 0:
            return Leaf((float(bounds[at]),))
        null_left = bool(one["default_left"][at])
        return below(int(one["split_indices"][at]), float(bounds[at]), null_left, node(left[at]), node(right[at]))

    return node(0)
