"""What training costs, by family of estimators: one formula each, in units of the family's own coefficients.

An estimator that no family names costs what a descent of some steps over its matrix does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from stratum_sql.catalog.extents import Extent
from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.optimizer.cost.work import Units, added, times

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Training:
    """Units of one fit, and of predicting one row."""

    fit: Units
    predict: Units = field(default_factory=dict)


Family = Callable[[Params, Extent, float], Training]  # parameters, training matrix, values predicted at once


# ---- linear ----------------------------------------------------------------------------------------------------------


def _normal_equations(_params: Params, matrix: Extent, outputs: float) -> Training:
    if matrix.stored < matrix.columns:  # a sparse matrix is solved by descent
        return _descent(30)({}, matrix, outputs)
    work = matrix.rows * matrix.columns**2 + matrix.columns**3
    return Training({"fit_call": 1, "fit_normal": work}, _product(matrix, outputs))


def _least_squares(_params: Params, matrix: Extent, outputs: float) -> Training:
    return Training(
        {"fit_call": 1, "fit_least_squares": matrix.rows * matrix.stored * matrix.columns}, _product(matrix, outputs)
    )


def _descent(steps: int, *, factor: float = 1.0) -> Family:
    """Passes over the matrix, as many as `max_iter` allows, at most `steps`: most stop before."""

    def family(params: Params, matrix: Extent, outputs: float) -> Training:
        passes = min(_whole(params, "max_iter", steps), steps) * factor
        return Training(
            {"fit_call": 1, "fit_descent": matrix.rows * matrix.stored * passes * outputs}, _product(matrix, outputs)
        )

    return family


def _network(params: Params, matrix: Extent, outputs: float) -> Training:
    sizes = params.get("hidden_layer_sizes", 100)
    layers = [matrix.columns, *(sizes if isinstance(sizes, tuple | list) else [sizes]), outputs]
    weights = sum(a * b for a, b in pairwise(layers))
    epochs = min(_whole(params, "max_iter", 200), 100)
    return Training({"fit_call": 1, "fit_network": matrix.rows * weights * epochs}, {"predict_product": weights})


def _moments(_params: Params, matrix: Extent, outputs: float) -> Training:
    return Training({"fit_call": 1, "fit_moments": matrix.rows * matrix.stored}, _product(matrix, outputs))


def _product(matrix: Extent, outputs: float) -> Units:
    return {"predict_product": matrix.stored * outputs}


# ---- distances -------------------------------------------------------------------------------------------------------


def _neighbours(_params: Params, matrix: Extent, _outputs: float) -> Training:
    index = matrix.rows * matrix.stored * math.log2(matrix.rows + 2)
    return Training({"fit_call": 1, "fit_neighbours": index}, {"predict_distance": matrix.rows * matrix.stored})


def _kernel(_params: Params, matrix: Extent, outputs: float) -> Training:
    pairs = matrix.rows * matrix.stored
    return Training(
        {"fit_call": 1, "fit_kernel": matrix.rows * pairs * max(outputs / 2, 1)}, {"predict_distance": pairs}
    )


def _dense_kernel(_params: Params, matrix: Extent, _outputs: float) -> Training:
    return Training(
        {"fit_call": 1, "fit_normal": matrix.rows**3 / 3}, {"predict_distance": matrix.rows * matrix.stored}
    )


# ---- trees -----------------------------------------------------------------------------------------------------------


def _tree(*, sorts: bool) -> Family:
    """Levels of a tree, in each all rows, of the columns that are looked at; sorted, or cut at random."""

    def family(params: Params, matrix: Extent, _outputs: float) -> Training:
        levels = _levels(params, matrix.rows)
        looked_at = matrix.rows * _considered(params, matrix.stored) * levels
        flags = min(matrix.flags / max(matrix.columns, 1.0), 1.0)
        sorting = (1 - flags) * math.log2(matrix.rows + 2) + flags
        units = {"fit_sorted": looked_at * sorting} if sorts else {"fit_cut": looked_at}
        return Training({"fit_call": 1, **units}, {"predict_level": levels})

    return family


def _forest(*, sorts: bool) -> Family:
    def family(params: Params, matrix: Extent, outputs: float) -> Training:
        one = _tree(sorts=sorts)({"max_features": 1.0, **params}, matrix, outputs)
        trees = _whole(params, "n_estimators", 100)
        return Training(times(one.fit, trees), times(one.predict, trees))

    return family


def _boosted_trees(params: Params, matrix: Extent, outputs: float) -> Training:
    one = _tree(sorts=True)({"max_depth": 3, **params}, matrix, outputs)
    rounds = _whole(params, "n_estimators", 100) * outputs
    return Training(times(one.fit, rounds), times(one.predict, rounds))


def histograms(library: str, counter: str, rounds: int, leaves: str, most: int) -> Family:
    """Boosting over bins: once the bins of every value, then a round's histograms of rows and its search of leaves."""

    def family(params: Params, matrix: Extent, outputs: float) -> Training:
        count = _whole(params, counter, rounds) * outputs
        grown = min(_leaves(params, leaves, most), max(matrix.rows / 20, 2.0))
        depth = math.log2(grown)
        values = matrix.rows * matrix.stored
        return Training(
            {
                "fit_call": 1,
                f"{library}_bin": values,
                f"{library}_value": values * depth * count,
                f"{library}_leaf": grown * matrix.columns * count,
            },
            {"predict_level": depth * count},
        )

    return family


def _leaves(params: Params, name: str, most: int) -> float:
    depth = params.get("max_depth")
    allowed = _whole(params, name, most) if name else 2.0**60
    deepest = 2.0 ** min(depth, 60) if isinstance(depth, int) and depth > 0 else float(most)
    return max(min(float(allowed), deepest), 2.0)


def _levels(params: Params, rows: float) -> float:
    smallest = params.get("min_samples_leaf")
    least = smallest * (rows if isinstance(smallest, float) and smallest < 1 else 1) if smallest else 1
    natural = math.log2(max(rows / max(least, 1), 2.0))
    limits = [natural, float(params.get("max_depth") or natural)]
    if params.get("max_leaf_nodes"):
        limits.append(math.log2(max(params["max_leaf_nodes"], 2)))
    return max(min(limits), 1.0)


def _considered(params: Params, columns: float) -> float:
    match params.get("max_features"):
        case "sqrt":
            return math.sqrt(columns)
        case "log2":
            return math.log2(columns + 1)
        case float(share):
            return max(share * columns, 1.0)
        case int(count):
            return float(min(count, columns))
    return columns


# ---- estimators over estimators --------------------------------------------------------------------------------------


def _repeated(counter: str, usual: int, share: float = 1.0) -> Family:
    """The inner estimators, fitted again and again; a tree where a statement names none."""

    def family(params: Params, matrix: Extent, outputs: float) -> Training:
        inner = [each for each in map(_value, _inner(params)) if each is not None]
        own = [training(each.name, dict(each.params), matrix, outputs) for each in inner]
        trained = own or [_tree(sorts=True)({"max_depth": params.get("max_depth")}, matrix, outputs)]
        count = _whole(params, counter, usual) if counter else usual
        fit = times(added(*(each.fit for each in trained)), count)
        return Training(fit, times(added(*(each.predict for each in trained)), count * share))

    return family


def _inner(params: Params) -> list[Any]:
    """Every value of a parameter that may hold an estimator, tuples taken apart."""
    found: list[Any] = []
    for value in params.values():
        found += value if isinstance(value, tuple | list) else [value]
    return found


def _value(one: Any) -> EstimatorValue | None:
    named = one[-1] if isinstance(one, tuple) and one else one
    return named if isinstance(named, EstimatorValue) else None


# ---- which is which --------------------------------------------------------------------------------------------------

_DEFAULT: Family = _descent(20)
FAMILIES: Mapping[str, Family] = {
    "linear_regression": _least_squares,
    **dict.fromkeys(("ridge", "ridge_cv", "lars", "lasso_lars", "bayesian_ridge", "pls_regression"), _normal_equations),
    **dict.fromkeys(("linear_discriminant_analysis", "quadratic_discriminant_analysis"), _least_squares),
    **dict.fromkeys(("lasso", "elastic_net", "poisson", "gamma", "tweedie", "huber"), _descent(20)),
    **dict.fromkeys(("lasso_cv", "elastic_net_cv"), _descent(20, factor=100)),
    **dict.fromkeys(("lars_cv", "lasso_lars_cv", "orthogonal_matching_pursuit_cv"), _descent(20, factor=5)),
    "logistic_regression": _descent(40, factor=3),  # a step takes two products, its line search more
    "logistic_regression_cv": _descent(40, factor=150),  # ten penalties in five folds
    **dict.fromkeys(("linear_svc", "linear_svr"), _descent(100)),
    **dict.fromkeys(("sgd", "perceptron", "passive_aggressive"), _descent(20, factor=5)),
    **dict.fromkeys(("gaussian_nb", "bernoulli_nb", "multinomial_nb", "complement_nb", "dummy"), _moments),
    "mlp": _network,
    **dict.fromkeys(("k_neighbors", "radius_neighbors"), _neighbours),
    **dict.fromkeys(("svc", "svr", "nu_svc", "nu_svr"), _kernel),
    **dict.fromkeys(("kernel_ridge", "gaussian_process", "label_propagation", "label_spreading"), _dense_kernel),
    "decision_tree": _tree(sorts=True),
    "extra_tree": _tree(sorts=False),
    "random_forest": _forest(sorts=True),
    "extra_trees": _forest(sorts=False),
    "gradient_boosting": _boosted_trees,
    "hist_gradient_boosting": histograms("histogram", "max_iter", 100, "max_leaf_nodes", 31),
    "lightgbm": histograms("lightgbm", "n_estimators", 100, "num_leaves", 31),
    **dict.fromkeys(("xgboost", "xgboost_rf"), histograms("xgboost", "n_estimators", 100, "max_leaves", 64)),
    **dict.fromkeys(("classifier_chain", "regressor_chain", "fixed_threshold"), _repeated("", 1)),
    "ransac": _repeated("", 50),
    "bagging": _repeated("n_estimators", 10),
    "ada_boost": _repeated("n_estimators", 50),
    "voting": _repeated("", 1),
    "stacking": _repeated("", 6, 1 / 6),
    **dict.fromkeys(("calibrated", "self_training", "tuned_threshold"), _repeated("", 5)),
    **dict.fromkeys(
        ("one_vs_rest", "one_vs_one", "output_code", "multi_output", "transformed_target"), _repeated("", 1)
    ),
}


def training(estimator: str, params: Params, matrix: Extent, outputs: float) -> Training:
    """Units of fitting `estimator` on a matrix of this size, and of predicting a row; `params` may leave out defaults.

    `outputs`: how many numbers it predicts for a row, which is the classes where there are more than two.
    """
    return FAMILIES.get(stem(estimator), _DEFAULT)(params, matrix, outputs)


def stem(estimator: str) -> str:
    """The estimator's name without what it is for: `random_forest` of `random_forest_regressor`."""
    for end in ("_classifier_cv", "_classifier", "_regressor"):
        if estimator.endswith(end):
            return estimator.removesuffix(end)
    return estimator


def trees(params: Params) -> int:
    """The rounds of a boosting by XGBoost."""
    return _whole(params, "n_estimators", 100)


def _whole(params: Params, name: str, usual: int) -> int:
    value = params.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else usual
