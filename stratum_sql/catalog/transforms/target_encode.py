"""target_encode(x): the mean of the target over the training rows of this category, drawn towards the overall mean.

Training rows are encoded by cross-fitting: a row's own target has no part in its value. With `cv => NULL` it has, as
where the means are joined to the rows by hand; a model then trusts rare categories too much. An unseen category gets
the overall mean; NULL is a category. With more than two classes there is one column a class.

SELECT target_encode(tailnum) FROM flights
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import LabelBinarizer, TargetEncoder

from stratum_sql import kernels
from stratum_sql.catalog.categories import looked_up, null_place
from stratum_sql.catalog.checks import boolean, either, integer, number, one_of, optional
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.numeric import Floats, block, need_rows, number_columns
from stratum_sql.catalog.sklearn_like import WholeTargetEncoder
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def settle(params: Params, target: Target | None) -> Params:
    """`target_type` 'auto' said outright: whole numbers may be classes or not, which only the task tells."""
    if params["target_type"] != "auto" or target is None:
        return params
    if not target.is_classification:
        return {**params, "target_type": "continuous"}
    return {**params, "target_type": "binary" if len(np.unique(target.values)) <= 2 else "multiclass"}


def make(params: Params, seed: int) -> TargetEncoder:
    """The encoder with its folds said outright; with `target_type` 'auto' the folds are those of classes."""
    if params["cv"] is None:
        return WholeTargetEncoder(target_type=params["target_type"], smooth=params["smooth"])
    folds = KFold if params["target_type"] == "continuous" else StratifiedKFold
    cv = folds(params["cv"], shuffle=params["shuffle"], random_state=seed if params["shuffle"] else None)
    return TargetEncoder(target_type=params["target_type"], smooth=params["smooth"], cv=cv)


@dataclass(frozen=True, eq=False, slots=True)
class Sets:
    """The rows that means are taken of: those outside each part of the cross-fitting, then all.

    `parts` (n,) is the part of each row, None without cross-fitting. `targets` has one column (n,) for each column out,
    `means` and `variances` its overall means and variances (sets,). `classes` are named where there are several.
    """

    parts: NDArray[np.int32] | None
    targets: list[Floats]
    means: list[Floats]
    variances: list[Floats]
    classes: list[Any] | None


_SETS: WeakKeyDictionary[Target, dict[Any, Sets]] = WeakKeyDictionary()


def _sets(params: Params, target: Target, seed: int) -> Sets:
    """The sets of a fold's target; all columns of the fold are encoded by the same ones."""
    key = (params["target_type"], params["cv"], params["shuffle"], seed)
    known = _SETS.setdefault(target, {})
    if key not in known:
        known[key] = _made_sets(params, target.values, seed)
    return known[key]


def _made_sets(params: Params, values: NDArray[Any], seed: int) -> Sets:
    targets, classes = _targets(params["target_type"], values)
    parts = None if params["cv"] is None else _parts(make(params, seed).cv, values)
    inside = [parts != part for part in range(params["cv"])] if parts is not None else []
    rows = [*inside, slice(None)]
    means = [np.array([np.mean(one[some]) for some in rows]) for one in targets]
    variances = [np.array([np.var(one[some]) for some in rows]) for one in targets]
    return Sets(parts, targets, means, variances, classes)


def _targets(kind: str, values: NDArray[Any]) -> tuple[list[Floats], list[Any] | None]:
    """What is averaged, for each column out, and the classes where each has a column."""
    if kind == "continuous":
        return [values.astype(np.float64)], None
    if kind == "binary":
        return [np.unique(values, return_inverse=True)[1].astype(np.float64)], None
    classes = LabelBinarizer().fit(values).classes_
    if len(classes) < 3:
        raise ValueError(f"a multiclass target has three classes or more, not {len(classes)}")
    return [(values == one).astype(np.float64) for one in classes], list(classes)


def _parts(folds: Any, values: NDArray[Any]) -> NDArray[np.int32]:
    parts = np.empty(len(values), dtype=np.int32)
    for part, (_, held_out) in enumerate(folds.split(np.empty((len(values), 0)), values)):
        parts[held_out] = part
    return parts


def fit_apply(inputs: Inputs, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    """State: for every column `values` (k,) sorted, `null`, `means` (k or k+1, outputs); `overall`; `names`."""
    need_rows(inputs)
    if target is None:
        raise ValueError("target_encode needs a target")
    sets = _sets(settle(params, target), target, seed)
    smooth = None if params["smooth"] == "auto" else float(params["smooth"])
    found = [_fit_column(column, sets, smooth) for column in inputs.columns]
    names = _names(inputs.names, sets.classes)
    state = {
        "columns": [known for known, _ in found],
        "overall": np.array([means[-1] for means in sets.means]),
        "names": names,
    }
    return state, (block((values for _, encoded in found for values in encoded), names, len(inputs)),)


def _names(names: tuple[str, ...], classes: list[Any] | None) -> list[str]:
    return list(names) if classes is None else [f"{name}_{one}" for name in names for one in classes]


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    return fit_apply(inputs, params, target, seed)[0]


def _fit_column(column: Column, sets: Sets, smooth: float | None) -> tuple[State, list[Floats]]:
    """The state of one column, and its rows encoded."""
    if column.kind == "number":
        number_columns(Inputs([column]))  # refuses infinity, as scikit-learn does
    codes = column.codes
    learned = [
        kernels.target_means(codes.codes, target, len(codes.values), means, variances, sets.parts, smooth)
        for target, means, variances in zip(sets.targets, sets.means, sets.variances, strict=True)
    ]
    seen = np.flatnonzero(codes.counts())  # NULL, the last code, too
    values = seen[seen < len(codes.values)]
    known = {
        "values": codes.values[values],
        "null": len(values) < len(seen),
        "means": np.column_stack([means[-1, seen] for means in learned]),
    }
    tables = [means[-1] if sets.parts is None else means[:-1] for means in learned]
    return known, [kernels.look_up(codes.codes, table, sets.parts) for table in tables]


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """One table lookup a column."""
    names = iter(state["names"])
    pairs = zip(state["columns"], inputs.columns, strict=True)
    return tuple(
        looked_up(column, known["values"], null_place(known), table, next(names))
        for known, column in pairs
        for table in np.vstack([known["means"], state["overall"]]).T  # place -1, not seen, reads the last row
    )


TARGET_ENCODE = TransformSpec(
    name="target_encode",
    summary="the mean of the target over this category's training rows, cross-fitted; unseen ones get the overall mean",
    example="target_encode(tailnum)",
    takes="category",
    gives="number",
    per_column=True,
    fitted=True,
    fit=fit,
    apply=apply,
    fit_apply=fit_apply,
    uses_target=True,
    parameters=(
        Parameter(
            "smooth",
            "auto",
            "how many rows the overall mean weighs; 'auto' decides by the variances",
            either(one_of("auto"), number(low=0)),
        ),
        Parameter("cv", 5, "folds of the cross-fitting; NULL: a row's own target counts", optional(integer(low=2))),
        Parameter("shuffle", True, "shuffle the rows before folding, by the statement's seed", boolean),
        Parameter(
            "target_type",
            "auto",
            "what the target is; 'auto' goes by the task",
            one_of("auto", "continuous", "binary", "multiclass"),
        ),
    ),
    reference=make,
    settle=settle,
    sklearn="sklearn.preprocessing.TargetEncoder",
    engine="rust",
    ns_per_value=25.0,
)
