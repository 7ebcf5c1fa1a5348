"""The validation rows of early stopping: some of the training rows of a fold, which are then not trained on.

They are what `sklearn.model_selection.train_test_split` would hold out of the training rows, in the same order; with
groups, what `GroupShuffleSplit` would.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from stratum_sql.catalog.search_space import python_arguments
from stratum_sql.catalog.splitters import Array, Fold, SplitProblem
from stratum_sql.grammar.syntax import CrossValidate, Holdout, Splitter

Manner = Literal["last", "groups", "classes", "rows"]


def manner_of(roles: tuple[str, ...], task: str) -> Manner:
    """How rows are set aside under a split that names columns in these roles: the last ones of an order, whole groups,
    classes in proportion, or any."""
    if "order" in roles:
        return "last"
    if "groups" in roles:
        return "groups"
    return "classes" if task == "classification" else "rows"


def gap_of(clause: object) -> int:
    """The rows that a split in an order leaves out before those that it holds out."""
    match clause:
        case Splitter(call=call):
            return int(python_arguments(call).get("gap", 0))
        case CrossValidate(options=options) | Holdout(options=options):
            return options.gap or 0
    return 0


def set_aside(rows: Array, fraction: float, manner: Manner, column: Array | None, seed: int, gap: int = 0) -> Fold:
    """The positions `rows` parted: `train` is fitted, `test` validates; each in the order drawn.

    `column` has a value for each row of the relation: its place in the order, its group, its class; none is needed for
    `rows`. The share is rounded up; of groups it is one of groups. Raises SplitProblem where there are too few rows.
    """
    if manner == "last":
        assert column is not None
        return _last(rows[np.argsort(column[rows], kind="stable")], fraction, gap)
    of_rows = None if column is None else column[rows]
    y, groups = (of_rows if manner == one else None for one in ("classes", "groups"))
    splitter = _splitter(manner)(n_splits=1, test_size=fraction, random_state=seed)
    try:
        fitted, valid = next(splitter.split(np.empty(len(rows)), y, groups))
    except ValueError as error:
        raise _problem(len(rows), fraction, " ".join(str(error).split())) from None
    return Fold(rows[fitted], rows[valid])


def _splitter(manner: Manner) -> Any:
    from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

    return {"groups": GroupShuffleSplit, "classes": StratifiedShuffleSplit}.get(manner, ShuffleSplit)


def _last(rows: Array, fraction: float, gap: int) -> Fold:
    valid = math.ceil(len(rows) * fraction)
    fitted = len(rows) - valid - gap
    if fitted < 1:
        before = f" and {gap:,} before them" if gap else ""
        raise _problem(len(rows), fraction, f"the last {valid:,} rows{before} leave none to fit")
    return Fold(rows[:fitted], rows[len(rows) - valid :])


def _problem(rows: int, fraction: float, why: str) -> SplitProblem:
    message = f"early stopping cannot set {fraction:.3g} of {rows:,} training rows aside: {why}"
    return SplitProblem("no_validation", message, "another validation_fraction, or more rows")


def places(order: Array) -> Array:
    """The place of each row where `order` lists the rows: int64, from 0."""
    found: np.ndarray[Any, Any] = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order))
    return found
