"""Which estimators a GPU can train, and how: one declaration each.

A form trains on the device and gives its fitted numbers back to the library's own estimator, which predicts on the host
and is kept, exported and compared as ever. What a form cannot do (another solver, a parameter that it lacks) is
trained by the library on the CPU. `docs/gpu.md` lists the forms and what is left out, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stratum_sql.catalog.spec import EstimatorSpec

Library = Literal["cuml", "xgboost"]


@dataclass(frozen=True, slots=True)
class GpuForm:
    """How one estimator is trained on a GPU.

    `path`: the class that is trained, where it is not the estimator's own. `handed` are its parameters, by the names
    they have in scikit-learn, and `called` those that cuML has another name for; `only` are parameters that must have
    one of these values; `unread` are those that change nothing in what the form does; any other must have its default,
    unless the form `takes_others`. `fixed` is what the form sets.

    `tolerance`: how far the score of a fold may be from the CPU's, relative. `copies`: device memory that training
    takes, in copies of the matrix as 8-byte numbers, the first one included. `searches`: it looks up the neighbours of
    the held-out rows, and scikit-learn predicts from them. `asked`: only where a statement asks for the GPU, as it
    makes another model there, which is as good; cuML writes that out as scikit-learn's own. `writes`: it may centre
    the matrix in place and add the means again, which changes last bits, so it is given a copy.
    """

    library: Library
    tolerance: float
    copies: float
    path: str = ""
    handed: tuple[str, ...] = ()
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    takes_others: bool = False
    weighted: bool = True
    searches: bool = False
    called: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False
    writes: bool = False

    def takes(self, spec: EstimatorSpec, params: Mapping[str, Any]) -> bool:
        """Whether it can train with all these parameters, defaults included."""
        return all(self._takes(name, value, spec.defaults.get(name)) for name, value in params.items())

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the class is made with, of all the parameters of an estimator."""
        return {self.called.get(name, name): _in_cuml(name, given[name]) for name in self.handed} | dict(self.fixed)

    def _takes(self, name: str, value: Any, default: Any) -> bool:
        if name in self.only:
            return value in self.only[name]
        return self.takes_others or name in self.handed or name in self.unread or value == default


def _in_cuml(name: str, value: Any) -> Any:
    """A value as cuML calls it."""
    return _CRITERIA.get(value, value) if name == "criterion" else value


_CRITERIA = {"squared_error": "mse", "log_loss": "entropy"}
_DIRECT = frozenset({"tol", "max_iter", "random_state"})  # read by iterative solvers and by those that draw
_DESCENT = frozenset({"random_state", "precompute"})  # of a cyclic descent, which draws nothing
_XGBOOST = GpuForm(
    "xgboost",
    tolerance=1e-2,
    copies=2.0,
    only={
        "tree_method": (None, "auto", "hist"),
        "booster": (None, "gbtree"),
        "multi_strategy": (None, "one_output_per_tree"),
    },
    takes_others=True,
)

_NEIGHBOURS = GpuForm(
    "cuml",
    tolerance=1e-9,
    copies=3.0,
    path="cuml.neighbors.NearestNeighbors",
    handed=("n_neighbors",),
    only={
        "weights": ("uniform",),  # others read the distances themselves, to the last bit
        "algorithm": ("auto", "brute", "kd_tree"),
        "metric": ("minkowski", "euclidean", "l2"),
        "p": (2,),
    },
    unread=frozenset({"leaf_size"}),
    weighted=False,
    searches=True,
)


def _forest(path: str, criteria: tuple[str, ...]) -> GpuForm:
    """It splits at quantiles, 128 of a column, and draws its lots in its own way."""
    handed = "n_estimators max_depth min_samples_split min_samples_leaf max_features min_impurity_decrease bootstrap"
    return GpuForm(
        "cuml",
        tolerance=2e-2,
        copies=3.0,
        path=path,
        handed=(*handed.split(), "random_state", "criterion"),
        only={"criterion": criteria},
        called={"criterion": "split_criterion"},
        weighted=False,
        asked=True,
    )


FORMS: Mapping[str, GpuForm] = {
    "linear_regression": GpuForm(
        "cuml",
        tolerance=1e-6,
        copies=4.0,
        path="cuml.linear_model.LinearRegression",
        handed=("fit_intercept",),
        only={"positive": (False,)},
        unread=frozenset({"tol"}),  # read for sparse matrices alone
        fixed={"algorithm": "svd"},  # as scikit-learn, for columns that depend on each other too
    ),
    "ridge": GpuForm(
        "cuml",
        tolerance=1e-6,
        copies=3.0,
        path="cuml.linear_model.Ridge",
        handed=("alpha", "fit_intercept"),
        only={"positive": (False,), "solver": ("auto", "cholesky")},
        unread=_DIRECT,
        fixed={"solver": "eig"},  # of the same product of the matrix that scikit-learn solves
    ),
    "lasso": GpuForm(
        "cuml",
        tolerance=1e-3,
        copies=3.0,
        path="cuml.linear_model.Lasso",
        handed=("alpha", "fit_intercept", "max_iter", "tol"),
        only={"positive": (False,), "selection": ("cyclic",)},
        unread=_DESCENT,
        weighted=False,
        writes=True,
    ),
    "elastic_net": GpuForm(
        "cuml",
        tolerance=1e-3,
        copies=3.0,
        path="cuml.linear_model.ElasticNet",
        handed=("alpha", "l1_ratio", "fit_intercept", "max_iter", "tol"),
        only={"positive": (False,), "selection": ("cyclic",)},
        unread=_DESCENT,
        weighted=False,
        writes=True,
    ),
    "logistic_regression": GpuForm(
        "cuml",
        tolerance=1e-2,
        copies=3.0,
        path="cuml.linear_model.LogisticRegression",
        handed=("C", "tol", "max_iter", "fit_intercept", "class_weight"),
        only={"penalty": ("deprecated", "l2"), "l1_ratio": (0.0,), "solver": ("lbfgs",), "dual": (False,)},
        unread=frozenset({"random_state", "intercept_scaling"}),  # read by liblinear and saga alone
        fixed={"penalty": "l2"},
    ),
    "random_forest_classifier": _forest("cuml.ensemble.RandomForestClassifier", ("gini", "entropy", "log_loss")),
    "random_forest_regressor": _forest("cuml.ensemble.RandomForestRegressor", ("squared_error", "poisson")),
    "k_neighbors_classifier": _NEIGHBOURS,
    "k_neighbors_regressor": _NEIGHBOURS,
    "xgboost_regressor": _XGBOOST,
    "xgboost_classifier": _XGBOOST,
}


def gpu_form(spec: EstimatorSpec, params: Mapping[str, Any], *, weighted: bool) -> GpuForm | None:
    """How a GPU trains this estimator with all these parameters; None where it cannot."""
    form = FORMS.get(spec.name)
    if form is None or (weighted and not form.weighted) or not form.takes(spec, params):
        return None
    return form
