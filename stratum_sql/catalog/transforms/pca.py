"""pca(a, b, .., n_components): the directions of largest variance of these columns, centred; refuses NULL.

SELECT pca(standard_scale(COLUMNS('num_.*')), 8) FROM people
"""

from __future__ import annotations

from sklearn import decomposition

from stratum_sql.catalog.checks import boolean, either, integer, number, one_of, optional
from stratum_sql.catalog.components import pca_components
from stratum_sql.catalog.extents import parameter
from stratum_sql.catalog.numeric import rows_matrix
from stratum_sql.catalog.spec import Parameter, Params, TransformSpec
from stratum_sql.catalog.wrapping import Wrapped


def make(params: Params, seed: int) -> decomposition.PCA:
    return decomposition.PCA(
        n_components=params["n_components"],
        whiten=params["whiten"],
        svd_solver=params["svd_solver"],
        random_state=seed,
    )


WRAPPED = Wrapped(make, rows_matrix)

PCA = TransformSpec(
    name="pca",
    summary="the directions of largest variance of these columns; refuses NULL",
    example="pca(standard_scale(COLUMNS('num_.*')), 8)",
    takes="number",
    gives="number",
    per_column=False,
    fitted=True,
    fit=WRAPPED.fit,
    apply=WRAPPED.apply,
    fit_apply=WRAPPED.fit_apply,
    parameters=(
        Parameter(
            "n_components",
            None,
            "columns out, a share of the variance (0 to 1), or 'mle'; NULL keeps all",
            optional(either(integer(low=0), number(low=0, high=1), one_of("mle"))),
        ),
        Parameter("whiten", False, "then variance 1", boolean),
        Parameter(
            "svd_solver",
            "auto",
            "how it is solved",
            one_of("auto", "full", "covariance_eigh", "arpack", "randomized"),
        ),
    ),
    components=pca_components(make),
    reference=make,
    sklearn="sklearn.decomposition.PCA",
    engine="scikit-learn",
    extent=parameter("n_components"),
    ns_per_value=60.0,
)
