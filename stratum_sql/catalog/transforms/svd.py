"""svd(a, b, .., n_components): the first singular directions of these columns, not centred; refuses NULL.

Sparse columns stay sparse.

SELECT svd(tfidf(comment), 100) FROM reviews
"""

from __future__ import annotations

from sklearn.decomposition import TruncatedSVD

from stratum_sql.catalog.checks import integer, one_of
from stratum_sql.catalog.columns import Inputs, Matrix
from stratum_sql.catalog.extents import parameter
from stratum_sql.catalog.numeric import any_matrix
from stratum_sql.catalog.products import quick
from stratum_sql.catalog.spec import Parameter, Params, TransformSpec
from stratum_sql.catalog.wrapping import Wrapped


def make(params: Params, seed: int) -> TruncatedSVD:
    return TruncatedSVD(
        n_components=params["n_components"],
        algorithm=params["algorithm"],
        n_iter=params["n_iter"],
        n_oversamples=params["n_oversamples"],
        random_state=seed,
    )


def view(inputs: Inputs) -> Matrix:
    return quick(any_matrix(inputs))


WRAPPED = Wrapped(make, view)

SVD = TransformSpec(
    name="svd",
    summary="the first singular directions of these columns, not centred; refuses NULL",
    example="svd(tfidf(comment), 100)",
    takes="number",
    gives="number",
    per_column=False,
    fitted=True,
    fit=WRAPPED.fit,
    apply=WRAPPED.apply,
    fit_apply=WRAPPED.fit_apply,
    parameters=(
        Parameter("n_components", 2, "columns out, no more than go in", integer(low=1)),
        Parameter("algorithm", "randomized", "how it is solved", one_of("randomized", "arpack")),
        Parameter("n_iter", 5, "iterations of the randomized solver", integer(low=0, high=1000)),
        Parameter("n_oversamples", 10, "extra directions of the randomized solver", integer(low=1)),
    ),
    reference=make,
    sklearn="sklearn.decomposition.TruncatedSVD",
    engine="scikit-learn",
    extent=parameter("n_components"),
    ns_per_value=100.0,
)
