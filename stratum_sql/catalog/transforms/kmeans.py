"""kmeans(a, b, .., n_clusters): the cluster a row falls in, or its distance to the centre of each; refuses NULL.

Centres are drawn by k-means++ from the statement's seed. The number of a cluster means nothing but which one it is.

SELECT one_hot(kmeans(standard_scale(age), standard_scale(income), 4)) FROM people
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from stratum_sql.catalog.checks import either, integer, number, one_of
from stratum_sql.catalog.clusters import ClusterNumber
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import Extent, dense
from stratum_sql.catalog.numeric import as_block, need_rows, rows_matrix
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec

LABEL = "label"


def make(params: Params, seed: int) -> KMeans:
    """The estimator, of scikit-learn's own class whatever is encoded: a kept model holds it."""
    return KMeans(**_settings(params), random_state=seed)


def names_out(params: Params) -> list[str]:
    """The names of its columns, as scikit-learn has them for distances."""
    return ["kmeans"] if params["encode"] == LABEL else [f"kmeans{at}" for at in range(params["n_clusters"])]


def _settings(params: Params) -> dict[str, Any]:
    return {name: params[name] for name in ("n_clusters", "n_init", "max_iter", "tol")}


def _fit(inputs: Inputs, params: Params, _target: Target | None, seed: int) -> State:
    need_rows(inputs)
    return {"transformer": make(params, seed).fit(rows_matrix(inputs)), "names": names_out(params)}


def _fit_apply(inputs: Inputs, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
    """The training rows have the clusters of the last step: where centres coincide, a prediction may say another."""
    state = _fit(inputs, params, target, seed)
    if params["encode"] == LABEL:
        return state, (as_block(state["transformer"].labels_[:, None], state["names"]),)
    return state, _apply(state, inputs, params)


def _apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    names, fitted = state["names"], state["transformer"]
    if len(inputs) == 0:  # scikit-learn refuses no rows, a query may well have none
        return (as_block(np.empty((0, len(names))), names),)
    matrix = rows_matrix(inputs)
    made = fitted.predict(matrix)[:, None] if params["encode"] == LABEL else fitted.transform(matrix)
    return (as_block(made, names),)


def _reference(params: Params, seed: int) -> KMeans:
    return ClusterNumber(**_settings(params), random_state=seed) if params["encode"] == LABEL else make(params, seed)


def _extent(params: Mapping[str, Any], given: Extent) -> Extent:
    return dense(given, 1.0 if params["encode"] == LABEL else float(params["n_clusters"]))


KMEANS = TransformSpec(
    name="kmeans",
    summary="the number of the k-means cluster a row falls in, or its distance to each centre; refuses NULL",
    example="one_hot(kmeans(standard_scale(age), standard_scale(income), 4))",
    takes="number",
    gives="number",
    per_column=False,
    fitted=True,
    fit=_fit,
    apply=_apply,
    fit_apply=_fit_apply,
    parameters=(
        Parameter("n_clusters", 8, "how many clusters", integer(low=1)),
        Parameter("encode", LABEL, "the cluster's number, or one column a centre", one_of(LABEL, "distance")),
        Parameter("n_init", "auto", "runs, of which the best is kept", either(integer(low=1), one_of("auto"))),
        Parameter("max_iter", 300, "steps of a run at most", integer(low=1)),
        Parameter("tol", 1e-4, "a run ends when centres move less, relative", number(low=0)),
    ),
    reference=_reference,
    sklearn="sklearn.cluster.KMeans",
    engine="scikit-learn",
    extent=_extent,
    ns_per_value=1000.0,
)
