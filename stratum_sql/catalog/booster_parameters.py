"""The parameters of LightGBM and XGBoost that a statement may set, with their types and ranges.

Both libraries take any keyword in silence, so a typo would train another model than the one asked for: this table is
what stands between. Defaults stand here for the parameters of the libraries' own scikit-learn signatures; the others
are the library's to choose.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from stratum_sql.catalog.parameter_rules import first_options, shown
from stratum_sql.errors import suggestions

UNSET: Any = object()  # the library chooses; `defaults` of the estimator does not name it


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, both allowed unless `above` says that `low` itself is not."""

    whole: bool
    low: float = -math.inf
    high: float = math.inf
    above: bool = False

    def problem(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        kind: type = Integral if self.whole else Real
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if fits and (self.low < value if self.above else self.low <= value) and value <= self.high:
            return None
        return f"must be {self._describe()}; got {shown(value)}", ()

    def _describe(self) -> str:
        kind = "an int" if self.whole else "a number"
        low = "" if self.low == -math.inf else f" above {self.low:g}" if self.above else f" of {self.low:g} or more"
        high = "" if self.high == math.inf else f"{' and' if low else ''} up to {self.high:g}"
        return f"{kind}{low}{high}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some texts."""

    options: tuple[str, ...]

    def problem(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        if isinstance(value, str) and value in self.options:
            return None
        near = suggestions(value, self.options) if isinstance(value, str) else ()
        return f"must be one of {first_options([repr(option) for option in self.options])}; got {shown(value)}", near


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""

    def problem(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        return None if isinstance(value, bool) else (f"must be true or false; got {shown(value)}", ())


@dataclass(frozen=True, slots=True)
class Numbers:
    """A tuple of numbers, each of which `each` allows; of `groups`, a tuple of such tuples."""

    each: Number
    groups: bool = False

    def problem(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        rows = value if self.groups else (value,)
        sound = isinstance(rows, list | tuple) and all(isinstance(row, list | tuple) for row in rows)
        if sound and all(self.each.problem(part) is None for row in rows for part in row):
            return None
        return f"must be a tuple of {'tuples of ' if self.groups else ''}numbers; got {shown(value)}", ()


@dataclass(frozen=True, slots=True)
class ClassWeight:
    """'balanced', or a struct of class and weight."""

    def problem(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        weight = _real(0)
        if value == "balanced" or (
            isinstance(value, Mapping) and all(weight.problem(part) is None for part in value.values())
        ):
            return None
        return f"must be 'balanced' or a struct of class and weight; got {shown(value)}", ()


Rule = Number | OneOf | Boolean | Numbers | ClassWeight


@dataclass(frozen=True, slots=True)
class BoosterParameter:
    """One parameter: its name in the scikit-learn API, the library's other names for it, its rule and default."""

    name: str
    rule: Rule
    default: Any = UNSET
    aliases: tuple[str, ...] = ()

    def problem(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        """What is wrong with `value`, or None. NULL is allowed where it is the default."""
        return None if value is None and self.default is None else self.rule.problem(value)


def _int(low: float = -math.inf, high: float = 2**31 - 1) -> Number:
    return Number(True, low, high)


def _real(low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> Number:
    return Number(False, low, high, above)


_SHARE = _real(0, 1, above=True)
_SEED = _int(0, 2**32 - 1)


def _many(text: str, rule: Rule) -> tuple[BoosterParameter, ...]:
    """One parameter a line: its name, then its aliases; all without a default."""
    rows = (line.split() for line in text.strip().splitlines())
    return tuple(BoosterParameter(name, rule, UNSET, tuple(aliases)) for name, *aliases in rows)


# ---- LightGBM --------------------------------------------------------------------------------------------------------

_LIGHTGBM: tuple[BoosterParameter, ...] = (
    BoosterParameter("boosting_type", OneOf(("gbdt", "rf", "dart", "goss")), "gbdt", ("boosting", "boost")),
    BoosterParameter("num_leaves", _int(2, 131_072), 31, ("num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes")),
    BoosterParameter("max_depth", _int(-1), -1),
    BoosterParameter("learning_rate", _real(0, above=True), 0.1, ("eta", "shrinkage_rate")),
    BoosterParameter(
        "n_estimators",
        _int(1, 1_000_000),
        100,
        (
            "num_iterations",
            "num_iteration",
            "n_iter",
            "num_tree",
            "num_trees",
            "num_round",
            "num_rounds",
            "nrounds",
            "num_boost_round",
            "max_iter",
        ),
    ),
    BoosterParameter("subsample_for_bin", _int(1, 100_000_000), 200_000, ("bin_construct_sample_cnt",)),
    BoosterParameter("min_split_gain", _real(0), 0.0, ("min_gain_to_split",)),
    BoosterParameter(
        "min_child_weight",
        _real(0),
        0.001,
        ("min_sum_hessian_in_leaf", "min_sum_hessian_per_leaf", "min_sum_hessian", "min_hessian"),
    ),
    BoosterParameter(
        "min_child_samples", _int(0), 20, ("min_data_in_leaf", "min_data_per_leaf", "min_data", "min_samples_leaf")
    ),
    BoosterParameter("subsample", _SHARE, 1.0, ("bagging_fraction", "sub_row", "bagging")),
    BoosterParameter("subsample_freq", _int(0), 0, ("bagging_freq",)),
    BoosterParameter("colsample_bytree", _SHARE, 1.0, ("feature_fraction", "sub_feature")),
    BoosterParameter("reg_alpha", _real(0), 0.0, ("lambda_l1", "l1_regularization")),
    BoosterParameter("reg_lambda", _real(0), 0.0, ("lambda_l2", "lambda", "l2_regularization")),
    BoosterParameter("random_state", _SEED, None, ("seed", "random_seed")),
    BoosterParameter("importance_type", OneOf(("split", "gain")), "split"),
    BoosterParameter("max_bin", _int(2, 65_535), UNSET, ("max_bins",)),
    BoosterParameter("max_bin_by_feature", Numbers(_int(2, 65_535))),
    BoosterParameter(
        "monotone_constraints", Numbers(_int(-1, 1)), UNSET, ("mc", "monotone_constraint", "monotonic_cst")
    ),
    BoosterParameter(
        "monotone_constraints_method",
        OneOf(("basic", "intermediate", "advanced")),
        UNSET,
        ("monotone_constraining_method", "mc_method"),
    ),
    BoosterParameter("interaction_constraints", Numbers(_int(0), groups=True)),
    BoosterParameter("feature_contri", Numbers(_real(0)), UNSET, ("feature_contrib", "fc", "fp", "feature_penalty")),
    BoosterParameter("data_sample_strategy", OneOf(("bagging", "goss"))),
    *_many("feature_fraction_bynode sub_feature_bynode colsample_bynode", _SHARE),
    *_many(
        """
        pos_bagging_fraction pos_sub_row pos_subsample pos_bagging
        neg_bagging_fraction neg_sub_row neg_subsample neg_bagging
        """,
        _SHARE,
    ),
    *_many(
        """
        bagging_seed bagging_fraction_seed
        feature_fraction_seed
        extra_seed
        drop_seed
        data_random_seed data_seed
        objective_seed
        """,
        _int(0),
    ),
    *_many(
        """
        extra_trees extra_tree
        xgboost_dart_mode
        uniform_drop
        linear_tree linear_trees
        boost_from_average
        use_missing
        zero_as_missing
        enable_bundle is_enable_bundle bundle
        is_enable_sparse is_sparse enable_sparse sparse
        feature_pre_filter
        force_col_wise
        force_row_wise
        use_quantized_grad
        quant_train_renew_leaf
        stochastic_rounding
        """,
        Boolean(),
    ),
    *_many("drop_rate rate_drop\nskip_drop\ntop_rate\nother_rate", _real(0, 1)),
    *_many("max_drop\nmin_data_per_group\nmin_data_in_bin\nmax_cat_threshold\nmax_cat_to_onehot", _int(1)),
    *_many("num_grad_quant_bins", _int(2, 255)),
    *_many(
        """
        cat_l2
        cat_smooth
        linear_lambda
        path_smooth
        max_delta_step max_tree_output max_leaf_output
        monotone_penalty monotone_splits_penalty ms_penalty mc_penalty
        cegb_tradeoff
        cegb_penalty_split
        """,
        _real(0),
    ),
)

_LIGHTGBM_REGRESSION: tuple[BoosterParameter, ...] = (
    BoosterParameter(
        "objective",
        OneOf(
            (
                "regression",
                "regression_l2",
                "l2",
                "mean_squared_error",
                "mse",
                "l2_root",
                "root_mean_squared_error",
                "rmse",
                "regression_l1",
                "l1",
                "mean_absolute_error",
                "mae",
                "huber",
                "fair",
                "poisson",
                "quantile",
                "mape",
                "mean_absolute_percentage_error",
                "gamma",
                "tweedie",
            )
        ),
        None,
        ("objective_type", "app", "application", "loss"),
    ),
    BoosterParameter("alpha", _real(0, above=True)),
    BoosterParameter("fair_c", _real(0, above=True)),
    BoosterParameter("poisson_max_delta_step", _real(0, above=True)),
    BoosterParameter("tweedie_variance_power", _real(1, 1.999999)),
    BoosterParameter("reg_sqrt", Boolean()),
)
_LIGHTGBM_CLASSIFICATION: tuple[BoosterParameter, ...] = (
    BoosterParameter(
        "objective",
        OneOf(("binary", "multiclass", "softmax", "multiclassova", "multiclass_ova", "ova", "ovr")),
        None,
        ("objective_type", "app", "application", "loss"),
    ),
    BoosterParameter("class_weight", ClassWeight(), None),
    BoosterParameter("scale_pos_weight", _real(0, above=True)),
    BoosterParameter("is_unbalance", Boolean(), UNSET, ("unbalance", "unbalanced_sets")),
    BoosterParameter("sigmoid", _real(0, above=True)),
)

# ---- XGBoost ---------------------------------------------------------------------------------------------------------

_XGBOOST: tuple[BoosterParameter, ...] = (
    BoosterParameter("n_estimators", _int(1, 1_000_000), None),
    BoosterParameter("max_depth", _int(0, 10_000), None),
    BoosterParameter("max_leaves", _int(0), None),
    BoosterParameter("max_bin", _int(2, 65_535), None),
    BoosterParameter("grow_policy", OneOf(("depthwise", "lossguide")), None),
    BoosterParameter("booster", OneOf(("gbtree", "gblinear", "dart")), None),
    BoosterParameter("tree_method", OneOf(("auto", "exact", "approx", "hist")), None),
    BoosterParameter("gamma", _real(0), None, ("min_split_loss",)),
    BoosterParameter("min_child_weight", _real(0), None),
    BoosterParameter("max_delta_step", _real(0), None),
    BoosterParameter("sampling_method", OneOf(("uniform",)), None),
    BoosterParameter("colsample_bytree", _SHARE, None),
    BoosterParameter("colsample_bylevel", _SHARE, None),
    BoosterParameter("reg_alpha", _real(0), None, ("alpha",)),
    BoosterParameter("scale_pos_weight", _real(0), None),
    BoosterParameter("base_score", _real(), None),
    BoosterParameter("random_state", _SEED, None),
    BoosterParameter("num_parallel_tree", _int(1, 10_000), None),
    BoosterParameter("monotone_constraints", Numbers(_int(-1, 1)), None),
    BoosterParameter("interaction_constraints", Numbers(_int(0), groups=True), None),
    BoosterParameter("importance_type", OneOf(("gain", "weight", "cover", "total_gain", "total_cover")), None),
    BoosterParameter("max_cat_to_onehot", _int(1), None),
    BoosterParameter("max_cat_threshold", _int(1), None),
    BoosterParameter("multi_strategy", OneOf(("one_output_per_tree", "multi_output_tree")), None),
    BoosterParameter("sample_type", OneOf(("uniform", "weighted"))),
    BoosterParameter("normalize_type", OneOf(("tree", "forest"))),
    BoosterParameter("rate_drop", _real(0, 1)),
    BoosterParameter("skip_drop", _real(0, 1)),
    BoosterParameter("one_drop", Boolean()),
    BoosterParameter("feature_selector", OneOf(("cyclic", "shuffle", "random", "greedy", "thrifty"))),
    BoosterParameter("top_k", _int(0)),
)
_XGBOOST_BOOSTED: tuple[BoosterParameter, ...] = (
    BoosterParameter("learning_rate", _real(0, above=True), None, ("eta",)),
    BoosterParameter("subsample", _SHARE, None),
    BoosterParameter("colsample_bynode", _SHARE, None),
    BoosterParameter("reg_lambda", _real(0), None, ("lambda",)),
)
_XGBOOST_FOREST: tuple[BoosterParameter, ...] = (
    BoosterParameter("learning_rate", _real(0, above=True), 1.0, ("eta",)),
    BoosterParameter("subsample", _SHARE, 0.8),
    BoosterParameter("colsample_bynode", _SHARE, 0.8),
    BoosterParameter("reg_lambda", _real(0), 1e-5, ("lambda",)),
)
_XGBOOST_REGRESSION: tuple[BoosterParameter, ...] = (
    BoosterParameter(
        "objective",
        OneOf(
            (
                "reg:squarederror",
                "reg:squaredlogerror",
                "reg:logistic",
                "reg:pseudohubererror",
                "reg:absoluteerror",
                "reg:quantileerror",
                "reg:gamma",
                "reg:tweedie",
                "count:poisson",
            )
        ),
        "reg:squarederror",
    ),
    BoosterParameter("quantile_alpha", _real(0, 1, above=True)),
    BoosterParameter("tweedie_variance_power", _real(1, 2, above=True)),
    BoosterParameter("huber_slope", _real(0, above=True)),
)
_XGBOOST_CLASSIFICATION: tuple[BoosterParameter, ...] = (
    BoosterParameter(
        "objective",
        OneOf(("binary:logistic", "binary:logitraw", "binary:hinge", "multi:softmax", "multi:softprob")),
        "binary:logistic",
    ),
)

PARAMETERS: dict[str, tuple[BoosterParameter, ...]] = {
    "lightgbm_regressor": _LIGHTGBM + _LIGHTGBM_REGRESSION,
    "lightgbm_classifier": _LIGHTGBM + _LIGHTGBM_CLASSIFICATION,
    "xgboost_regressor": _XGBOOST + _XGBOOST_BOOSTED + _XGBOOST_REGRESSION,
    "xgboost_classifier": _XGBOOST + _XGBOOST_BOOSTED + _XGBOOST_CLASSIFICATION,
    "xgboost_rf_regressor": _XGBOOST + _XGBOOST_FOREST + _XGBOOST_REGRESSION,
    "xgboost_rf_classifier": _XGBOOST + _XGBOOST_FOREST + _XGBOOST_CLASSIFICATION,
}
PATHS: dict[str, str] = {
    "lightgbm_regressor": "lightgbm.LGBMRegressor",
    "lightgbm_classifier": "lightgbm.LGBMClassifier",
    "xgboost_regressor": "xgboost.XGBRegressor",
    "xgboost_classifier": "xgboost.XGBClassifier",
    "xgboost_rf_regressor": "xgboost.XGBRFRegressor",
    "xgboost_rf_classifier": "xgboost.XGBRFClassifier",
}

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*\Z")


def named(estimator: str, parameter: str) -> BoosterParameter | None:
    """The parameter of the booster `estimator` called `parameter`, by its own name or one of the library's others."""
    found = (one for one in PARAMETERS[estimator] if parameter == one.name or parameter in one.aliases)
    return next(found, None)


def names(estimator: str) -> tuple[str, ...]:
    """Every name a statement may use, aliases included."""
    return tuple(name for one in PARAMETERS[estimator] for name in (one.name, *one.aliases) if _PLAIN_NAME.match(name))
