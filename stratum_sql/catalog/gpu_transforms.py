"""Which transforms a GPU can fit, and how: one declaration each.

A form fits on the device and gives the fitted numbers to scikit-learn's own transformer, which applies them on the host
and is kept as ever. The training rows it makes stay on the device for what is trained on them there. `docs/gpu.md`
lists the forms and what is left out, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stratum_sql.catalog.spec import Params


@dataclass(frozen=True, slots=True)
class TransformForm:
    """How one transform is fitted on a GPU, by cuML.

    `path`: the class. `takes`: whether it can with these parameters. `tolerance`: how far the score of a model on what
    it makes may be from the CPU's, relative. `copies`: device memory that the fit takes, in copies of its columns as
    8-byte numbers, the first one included. `asked`: only where a statement asks for the GPU, as scikit-learn's own
    answer is another approximation.
    """

    path: str
    tolerance: float
    copies: float
    takes: Callable[[Params], bool]
    asked: bool = False


def _whole_components(params: Params) -> bool:
    """A number of components, or all of them, by a solver that gives the exact ones."""
    count = params["n_components"]
    is_count = count is None or (isinstance(count, int) and not isinstance(count, bool) and count >= 1)
    return is_count and params["svd_solver"] in ("auto", "full", "covariance_eigh")


TRANSFORM_FORMS: Mapping[str, TransformForm] = {
    "pca": TransformForm(
        path="cuml.decomposition.PCA",
        tolerance=1e-3,
        copies=3.0,
        takes=_whole_components,
    ),
    "svd": TransformForm(
        path="cuml.decomposition.TruncatedSVD",
        tolerance=1e-2,
        copies=3.0,
        takes=lambda _params: True,
        asked=True,  # scikit-learn's solvers are randomized or iterate, cuML's is exact
    ),
    "kmeans": TransformForm(
        path="cuml.cluster.KMeans",
        tolerance=1e-2,
        copies=3.0,
        takes=lambda _params: True,
    ),
}


def transform_form(name: str, params: Params) -> TransformForm | None:
    """How a GPU fits this transform with all these parameters; None where it cannot."""
    form = TRANSFORM_FORMS.get(name)
    return form if form is not None and form.takes(params) else None
