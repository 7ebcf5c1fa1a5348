"""Bins: the rows of one matrix as LightGBM or XGBoost train on them, made once for many trainings.

Both libraries first sort each column's values into bins, and train on those. Trainings over one matrix that differ in
depth, rate or penalties alone would all make the same bins. Each library's own `fit` makes them here, in a training of
one round, so whatever it does to rows, labels and weights is done.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog import booster_parameters
from stratum_sql.catalog.booster_values import by_own_name, knows_all
from stratum_sql.catalog.columns import Matrix
from stratum_sql.catalog.estimators import build, class_of, missing_library
from stratum_sql.catalog.spec import EstimatorSpec

Values = np.ndarray[Any, Any]
Rows = tuple[Matrix, Values, Values | None]  # features, target, weights


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Parameters that are read while trees grow and not before. Any other parameter counts as one that shapes the bins, so a
# parameter that is new in the catalogue shares less, never wrongly.
_LIGHTGBM_TRAINING = _names(
    """
    boosting_type num_leaves max_depth learning_rate n_estimators min_split_gain min_child_weight subsample
    subsample_freq colsample_bytree reg_alpha reg_lambda importance_type feature_fraction_bynode pos_bagging_fraction
    neg_bagging_fraction bagging_seed feature_fraction_seed extra_seed drop_seed objective_seed extra_trees
    xgboost_dart_mode uniform_drop boost_from_average use_quantized_grad quant_train_renew_leaf stochastic_rounding
    drop_rate skip_drop top_rate other_rate max_drop num_grad_quant_bins path_smooth max_delta_step data_sample_strategy
    objective alpha fair_c poisson_max_delta_step tweedie_variance_power reg_sqrt scale_pos_weight is_unbalance sigmoid
    interaction_constraints monotone_constraints monotone_constraints_method monotone_penalty linear_lambda
    """
)
_XGBOOST_TRAINING = _names(
    """
    n_estimators max_depth max_leaves grow_policy gamma min_child_weight max_delta_step sampling_method colsample_bytree
    colsample_bylevel colsample_bynode subsample learning_rate reg_alpha reg_lambda scale_pos_weight base_score
    num_parallel_tree monotone_constraints interaction_constraints importance_type sample_type normalize_type rate_drop
    skip_drop one_drop objective quantile_alpha tweedie_variance_power huber_slope random_state
    """
)
_LEAF_SIZE = "min_child_samples"
_ANY = -1  # stands for every leaf size, where it plays no part
_MOST_DATASETS = 8  # of one byte a value: together what the matrix of doubles takes
# What `fit_on_bins` and `make_bins` use of the wrappers beyond what the libraries document.
_LIGHTGBM_INSIDE = ("_Booster", "_objective", "_process_params")
_XGBOOST_INSIDE = ("_create_dmatrix",)


@dataclass(frozen=True, eq=False, slots=True)
class LightGBMBins:
    """LightGBM's rows by the leaf size they are for, and what its `fit` noted of the target.

    `plain` are matrix, target and weights as they were, kept only for leaf sizes that have no rows of their own here.
    """

    datasets: Mapping[int, Any]
    learned: Mapping[str, Any]
    plain: Rows | None

    @property
    def nbytes(self) -> int:
        """Bytes, about: one a row and column."""
        different = {id(dataset): dataset for dataset in self.datasets.values()}.values()
        return sum(dataset.num_data() * dataset.num_feature() for dataset in different)


@dataclass(frozen=True, eq=False, slots=True)
class XGBoostBins:
    """XGBoost's rows, and the target's values, each once: its classifier counts them before it trains."""

    rows: Any
    targets: Values

    @property
    def nbytes(self) -> int:
        """Bytes, about: two a row and column."""
        return 2 * int(self.rows.num_row() * self.rows.num_col())


Bins = LightGBMBins | XGBoostBins


def bins_key(spec: EstimatorSpec, params: Mapping[str, Any]) -> Hashable | None:
    """What trainings over the same rows, weights and seed must have in common to share bins; None: they cannot.

    LightGBM's leaf size is not part of it: say all of them to `make_bins`. None for estimators without bins, and where
    the installed library does not have what sharing takes.
    """
    if spec.name not in booster_parameters.PARAMETERS or missing_library(spec) is not None:
        return None
    values = _values(spec, params)
    if not knows_all(spec.name, params) or not _has_insides(spec) or not _makes_bins(spec, values):
        return None
    training = _LIGHTGBM_TRAINING | {_LEAF_SIZE} if spec.library == "lightgbm" else _XGBOOST_TRAINING
    shaping = sorted((name, _frozen(value)) for name, value in values.items() if name not in training)
    return spec.library, spec.task, tuple(shaping)


def leaf_size(spec: EstimatorSpec, params: Mapping[str, Any]) -> int | None:
    """LightGBM's least rows of a leaf: a column that no bin splits into leaves that large is left out of the bins.

    None where that plays no part.
    """
    if spec.library != "lightgbm":
        return None
    values = _values(spec, params)
    return None if values.get("feature_pre_filter") is False else int(values[_LEAF_SIZE])


def make_bins(
    spec: EstimatorSpec,
    params: Mapping[str, Any],
    seed: int,
    matrix: Matrix,
    target: Values,
    weight: Values | None,
    leaf_sizes: Collection[int] = (),
) -> Bins:
    """Bins for every training with the `bins_key` of `params`; threads may share them.

    `params` are as for `build`. `leaf_sizes` are those of all the trainings (see `leaf_size`); where they differ too
    much in what they leave out, the bins keep hold of `matrix`. Raises what the library's own `fit` raises.
    """
    rows = (matrix, target, weight)
    if spec.library == "xgboost":
        return _xgboost_bins(spec, params, seed, rows)
    own = leaf_size(spec, params)
    if own is None:
        dataset, learned = _lightgbm_dataset(spec, params, seed, rows)
        return LightGBMBins({_ANY: dataset}, learned, None)
    return _bins_of_leaf_sizes(spec, params, seed, rows, sorted({own, *leaf_sizes}))


def fit_on_bins(spec: EstimatorSpec, params: Mapping[str, Any], seed: int, threads: int, bins: Bins) -> Any:
    """The estimator that `build(spec, params, seed, threads)` is after its `fit` on the rows of `bins`.

    It predicts the same bit for bit. Several may run at the same time on one Bins. Raises what the library's own `fit`
    raises, and ValueError for a leaf size that `make_bins` was not told.
    """
    estimator = build(spec, params, seed, threads)
    if isinstance(bins, XGBoostBins):
        return _fit_xgboost(estimator, bins)
    size = _ANY if (own := leaf_size(spec, params)) is None else own
    if size in bins.datasets:
        return _fit_lightgbm(estimator, bins.datasets[size], bins.learned)
    if bins.plain is None:
        raise ValueError(f"these bins were not made for a leaf size of {size}")
    return _fit(estimator, bins.plain)


# ---- parameters ------------------------------------------------------------------------------------------------------


def _values(spec: EstimatorSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """Every value under its parameter's own name, defaults filled in."""
    return dict(spec.defaults) | by_own_name(spec.name, params)


def _frozen(value: Any) -> str:
    """A value as text, so that values of any kinds can be compared; a struct's keys in their order."""
    return repr(sorted(value.items())) if isinstance(value, Mapping) else repr(value)


def _makes_bins(spec: EstimatorSpec, values: Mapping[str, Any]) -> bool:
    """Whether this training begins with bins. XGBoost's other methods sort the rows anew, or as they go."""
    if spec.library == "lightgbm":
        return True
    return values["tree_method"] in (None, "auto", "hist") and values["booster"] != "gblinear"


def _has_insides(spec: EstimatorSpec) -> bool:
    """Whether the installed wrapper has what is used of it here; another version of the library may not."""
    made = class_of(spec)()
    inside = _LIGHTGBM_INSIDE if spec.library == "lightgbm" else _XGBOOST_INSIDE
    return all(hasattr(made, name) for name in inside)


def _one_round(spec: EstimatorSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """`params` with one round, whatever name the statement wrote."""
    kept = {name: value for name, value in params.items() if not _is(spec, name, "n_estimators")}
    return kept | {"n_estimators": 1}


def _is(spec: EstimatorSpec, name: str, own: str) -> bool:
    parameter = booster_parameters.named(spec.name, name)
    return parameter is not None and parameter.name == own


def _fit(estimator: Any, rows: Rows, **more: Any) -> Any:
    matrix, target, weight = rows
    return estimator.fit(matrix, target, **({} if weight is None else {"sample_weight": weight}), **more)


# ---- LightGBM --------------------------------------------------------------------------------------------------------


def _bins_of_leaf_sizes(
    spec: EstimatorSpec, params: Mapping[str, Any], seed: int, rows: Rows, sizes: Sequence[int]
) -> LightGBMBins:
    """Bins for these leaf sizes, in their order.

    A larger leaf size leaves out more columns, never fewer, and changes nothing else. So where two sizes leave out the
    same, every size between them does too: one dataset serves them all. Where they do not, the middle one is tried.
    """
    others = {name: value for name, value in params.items() if not _is(spec, name, _LEAF_SIZE)}
    learned: dict[str, Any] = {}
    made: dict[int, Any] = {}

    def add(size: int) -> None:
        dataset, noted = _lightgbm_dataset(spec, others | {_LEAF_SIZE: size}, seed, rows)
        learned.update(noted)
        alike = [other for other in made if _bin_counts(made[other]) == _bin_counts(dataset)]
        least = min(alike, default=size)  # LightGBM takes a dataset for a larger leaf size, not for a smaller one
        made.update(dict.fromkeys((size, *alike), made[least] if least < size else dataset))

    for size in dict.fromkeys((sizes[0], sizes[-1])):
        add(size)
    open_ranges = [(0, len(sizes) - 1)]
    while open_ranges:
        low, high = open_ranges.pop()
        middle = (low + high) // 2
        if made[sizes[low]] is made[sizes[high]]:
            made.update(dict.fromkeys(sizes[low:high], made[sizes[low]]))
        elif middle != low and len({id(one) for one in made.values()}) < _MOST_DATASETS:
            add(sizes[middle])
            open_ranges += [(low, middle), (middle, high)]
    return LightGBMBins(made, learned, None if all(size in made for size in sizes) else rows)


def _bin_counts(dataset: Any) -> list[int]:
    """The bins of each column; 0 for one left out."""
    return [dataset.feature_num_bin(column) for column in range(dataset.num_feature())]


def _lightgbm_dataset(
    spec: EstimatorSpec, params: Mapping[str, Any], seed: int, rows: Rows
) -> tuple[Any, dict[str, Any]]:
    """The dataset that `fit` makes, and the attributes that it sets by looking at the rows."""
    donor = build(spec, _one_round(spec, params), seed, 1)
    before = dict(vars(donor))
    datasets: list[Any] = []

    def keep(environment: Any) -> None:
        datasets.append(environment.model.train_set)

    _fit(donor, rows, callbacks=[keep])
    learned = {name: value for name, value in vars(donor).items() if before.get(name, keep) is not value}
    for name in ("_Booster", "_objective"):  # these belong to one training
        learned.pop(name, None)
    return datasets[0], learned


def _fit_lightgbm(estimator: Any, dataset: Any, learned: Mapping[str, Any]) -> Any:
    """What LightGBM's `fit` does once it has its dataset."""
    import lightgbm

    vars(estimator).update(learned)
    params = estimator._process_params(stage="fit")
    estimator._Booster = lightgbm.train(params, dataset, num_boost_round=estimator.n_estimators)
    return estimator


# ---- XGBoost ---------------------------------------------------------------------------------------------------------


def _xgboost_bins(spec: EstimatorSpec, params: Mapping[str, Any], seed: int, rows: Rows) -> XGBoostBins:
    donor = build(spec, _one_round(spec, params), seed, 1)
    create = donor._create_dmatrix
    made: list[Any] = []

    def keep(ref: Any, **given: Any) -> Any:
        made.append(create(ref, **given))
        return made[-1]

    donor._create_dmatrix = keep
    _fit(donor, rows)
    return XGBoostBins(made[0], np.unique(rows[1]))


def _fit_xgboost(estimator: Any, bins: XGBoostBins) -> Any:
    """XGBoost's own `fit`, handed the rows that it would make."""
    estimator._create_dmatrix = lambda ref, **_given: bins.rows
    try:
        return estimator.fit(np.empty((0, bins.rows.num_col())), bins.targets)
    finally:
        del estimator._create_dmatrix
