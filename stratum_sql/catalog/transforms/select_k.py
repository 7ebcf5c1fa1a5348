"""select_k(a, b, .., k => 10): the k columns that tell most about the target; refuses NULL.

SELECT select_k(COLUMNS('num_.*'), 10) FROM people
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.feature_selection import (
    SelectKBest,
    chi2,
    f_classif,
    f_regression,
    mutual_info_classif,
    mutual_info_regression,
)

from stratum_sql.catalog.checks import either, integer, one_of
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import parameter
from stratum_sql.catalog.numeric import any_matrix, as_block, need_rows
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec

SCORES: dict[str, Callable[..., Any]] = {
    "f_classif": f_classif,
    "f_regression": f_regression,
    "mutual_info_classif": mutual_info_classif,
    "mutual_info_regression": mutual_info_regression,
    "chi2": chi2,
}
SEEDED = frozenset({"mutual_info_classif", "mutual_info_regression"})


def settle(params: Params, target: Target | None) -> Params:
    """`score_func` 'auto' and 'mutual_info' said outright, by the task."""
    classes = target is None or target.is_classification
    by_task = {
        "auto": "f_classif" if classes else "f_regression",
        "mutual_info": "mutual_info_classif" if classes else "mutual_info_regression",
    }
    return {**params, "score_func": by_task.get(params["score_func"], params["score_func"])}


def make(params: Params, seed: int) -> SelectKBest:
    """The selector; 'auto' counts as classification, as in scikit-learn."""
    name = settle(params, None)["score_func"]
    score = partial(SCORES[name], random_state=seed) if name in SEEDED else SCORES[name]
    return SelectKBest(score, k=params["k"])


def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
    """State: `kept`, the positions of the columns that stay, ascending; `scores` of all."""
    need_rows(inputs)
    if target is None:
        raise ValueError("select_k needs a target")
    selector = make(settle(params, target), seed).fit(any_matrix(inputs), target.values)
    return {"kept": selector.get_support(indices=True), "scores": np.asarray(selector.scores_)}


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """The kept columns, unchanged."""
    kept = state["kept"]
    return (as_block(any_matrix(inputs)[:, kept], [inputs.names[at] for at in kept]),)


SELECT_K = TransformSpec(
    name="select_k",
    summary="the k columns that tell most about the target; refuses NULL",
    example="select_k(COLUMNS('num_.*'), 10)",
    takes="number",
    gives="number",
    per_column=False,
    fitted=True,
    fit=fit,
    apply=apply,
    uses_target=True,
    parameters=(
        Parameter("k", 10, "how many columns stay; 'all' keeps all", either(integer(low=0), one_of("all"))),
        Parameter(
            "score_func",
            "auto",
            "how a column is scored; 'auto' is the F test of the task",
            one_of("auto", "mutual_info", *SCORES),
        ),
    ),
    reference=make,
    settle=settle,
    sklearn="sklearn.feature_selection.SelectKBest",
    engine="scikit-learn",
    extent=parameter("k"),
    ns_per_value=20.0,
)
