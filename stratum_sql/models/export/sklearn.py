"""A kept model as a scikit-learn Pipeline over a DataFrame of the columns that it reads.

Steps are scikit-learn's own classes, told what was learned, wherever it has the transform: such a pipeline runs without
this package. Others are those of `steps`.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from stratum_sql.catalog.registry import transform
from stratum_sql.catalog.spec import Params, State
from stratum_sql.catalog.transforms.poly import make as make_poly
from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.models.export.steps import Fitted, Labelled, SqlColumn, SqlOfNumbers, class_values
from stratum_sql.models.manifest import fitted_features
from stratum_sql.models.predict import inputs_of
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed, kind_of_feature

Stage = tuple[Any, list[str]]  # a fitted transformer, or "passthrough", and the columns of the frame that it is given


def to_sklearn(model: StoredModel) -> Pipeline:
    """The model as a fitted Pipeline: a DataFrame with the columns `input_columns` names in, predictions out.

    Numbers are float64, integers or bool with NaN for NULL, text has NaN for NULL (as pandas' own text columns have),
    times are datetime64. It predicts what PREDICT MODEL does, to 1e-9; a classifier gives the labels themselves.
    Raises RunError `not_exported` for a transform of the host program, and for a column that only the query knew that
    the model was trained from.
    """
    if model.manifest.groups:
        raise not_exported("it has a model for each group")
    if model.manifest.takes == "frame":
        return model.estimator.made
    states: dict[Feature, State] = dict(zip(fitted_features(model.manifest.features), model.states, strict=True))
    columns = _side_by_side(model.manifest.features, states)
    return Pipeline([("features", columns), ("model", _final(model))])


def input_columns(model: StoredModel) -> dict[str, str]:
    """The columns that the pipeline reads, by name, with their DuckDB types where the model knows them, else ''."""
    found: dict[str, str] = {}
    bare = [leaf for leaf in inputs_of(model) if is_bare(leaf)]
    for leaf in bare:
        found[leaf.name] = leaf.type
    known = {name.lower() for name in found}
    others = {name for leaf in inputs_of(model) if not is_bare(leaf) for name in leaf.columns} - known
    return found | dict.fromkeys(sorted(others), "")


def is_bare(leaf: Leaf) -> bool:
    """Whether it is one column as it stands."""
    return leaf.free_sql is not None and leaf.columns == {leaf.name.lower()} and "(" not in leaf.free_sql


def not_exported(what: str) -> RunError:
    """The error for a part of a model that has no form elsewhere."""
    return RunError(Diagnostic("not_exported", f"the model cannot be exported so: {what}", "run"))


# ---- the estimator ---------------------------------------------------------------------------------------------------

_NAMES_CLASSES = (
    "sklearn.linear_model", "sklearn.naive_bayes", "sklearn.tree", "sklearn.discriminant_analysis", "sklearn.svm",
    "sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._hist_gradient_boosting",
)  # fmt: skip


def _final(model: StoredModel) -> Any:
    """The estimator; one that names the classes where it was trained on their numbers."""
    labels = model.manifest.labels
    if labels is None or list(map(repr, labels)) == [str(at) for at in range(len(labels))]:
        return model.estimator
    values = class_values(labels)
    if type(model.estimator).__module__.startswith(_NAMES_CLASSES) and values.dtype != object:
        named = copy.copy(model.estimator)
        named.classes_ = values
        return named
    return Labelled(model.estimator, list(labels))


# ---- the features ----------------------------------------------------------------------------------------------------


def _side_by_side(features: Sequence[Feature], states: Mapping[Feature, State]) -> ColumnTransformer:
    """A fitted ColumnTransformer of the features, in their order."""
    stages = [(f"f{at}", *_stage(feature, states)) for at, feature in enumerate(features)]
    names = dict.fromkeys(name for _, _, columns in stages for name in columns)
    made = ColumnTransformer(
        [(name, "passthrough", columns) for name, _, columns in stages],
        sparse_threshold=1.0,
        verbose_feature_names_out=False,
    )
    made.fit(pd.DataFrame([dict.fromkeys(names, 0.0)]))  # which tells it the names of the columns, and nothing else
    steps = {name: step for name, step, _ in stages}
    made.transformers = stages
    made.transformers_ = [(name, _used(steps.get(name), step), columns) for name, step, columns in made.transformers_]
    made.sparse_output_ = any(map(_is_sparse, features))
    return made


def _used(own: Any, made: Any) -> Any:
    """The step itself, or the one that was made for columns that are left as they are."""
    return made if own is None or isinstance(own, str) else own


_SPARSE = ("tfidf", "count_words", "hash_text")
_AS_GIVEN = ("passthrough", "row_normalize", "select_k")


def _is_sparse(feature: Feature) -> bool:
    """Whether a feature is a sparse matrix."""
    if not isinstance(feature, Transformed):
        return False
    params = feature.params.as_dict()
    own = params.get("sparse_output") is True or params.get("encode") == "onehot" or feature.transform in _SPARSE
    return own or (feature.transform in _AS_GIVEN and any(map(_is_sparse, feature.children)))


def _leaves(feature: Feature) -> list[Leaf]:
    return [feature] if isinstance(feature, Leaf) else [leaf for child in feature.children for leaf in _leaves(child)]


def _columns_of(leaf: Leaf) -> list[str]:
    if leaf.free_sql is None:
        raise not_exported(f"{leaf.name} is known by the FROM clause it was trained with alone")
    return [leaf.name] if is_bare(leaf) else sorted(leaf.columns)


def _stage(feature: Feature, states: Mapping[Feature, State]) -> Stage:
    match feature:
        case Leaf():
            columns = _columns_of(feature)
            bare = is_bare(feature)
            return ("passthrough" if bare else SqlColumn(str(feature.free_sql), feature.type, feature.kind)), columns
        case Computed():
            return _above(feature.children, SqlOfNumbers(feature.sql), states)
        case Transformed():
            return _above(feature.children, _step(feature, states.get(feature, {})), states)


def _above(children: Sequence[Feature], step: Any, states: Mapping[Feature, State]) -> Stage:
    """A step over what its children give: over the frame's columns themselves where they are all columns of it."""
    names = list(dict.fromkeys(name for child in children for leaf in _leaves(child) for name in _columns_of(leaf)))
    if all(isinstance(child, Leaf) and is_bare(child) for child in children) and len(names) == len(children):
        return _named(step, names), names
    if len(children) == 1:
        step, (below, names) = _named(step, None), _stage(children[0], states)
        steps = below.steps if isinstance(below, Pipeline) else [("s0", below)]
        return Pipeline([*steps, (f"s{len(steps)}", step)]), names
    return Pipeline([("s0", _side_by_side(children, states)), ("s1", _named(step, None))]), names


def _named(step: Any, names: Sequence[str] | None) -> Any:
    """A step that knows what its columns are called, so that it neither warns of names nor misses them."""
    if names is not None:
        step.feature_names_in_ = np.asarray(names, dtype=object)
        step.n_features_in_ = len(names)
    elif hasattr(step, "feature_names_in_"):
        del step.feature_names_in_
    return step


def _step(feature: Transformed, state: State) -> Any:
    if transform(feature.transform) is None:
        raise not_exported(f"{feature.transform} is a transform of the host program")
    params = feature.params.as_dict()
    kinds = [kind_of_feature(child) for child in feature.children]
    made = None
    if feature.transform in _NATIVE:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what was learned only some of it is told by fitting
            made = _NATIVE[feature.transform](state, params, feature.children)
    return Fitted(feature.transform, params, state, kinds) if made is None else made


# ---- scikit-learn's own transformers, told what was learned; None where one cannot be told so ------------------------


def _ones(width: int) -> Any:
    return np.ones((2, width))


def _standard(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    made = StandardScaler(with_mean=params["with_mean"], with_std=params["with_std"]).fit(_ones(len(state["mean"])))
    made.mean_, made.var_, made.n_samples_seen_ = state["mean"], state["variance"], state["count"]
    made.scale_ = state["scale"] if params["with_std"] else None
    return made


def _min_max(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    rows = np.vstack([state["low"], state["high"]])
    return MinMaxScaler(feature_range=tuple(params["feature_range"]), clip=params["clip"]).fit(rows)


def _max_abs(state: State, _params: Params, _children: Sequence[Feature]) -> Any:
    return MaxAbsScaler().fit(state["largest"].reshape(1, -1))


def _robust(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    made = RobustScaler(
        with_centering=params["with_centering"],
        with_scaling=params["with_scaling"],
        quantile_range=tuple(params["quantile_range"]),
        unit_variance=params["unit_variance"],
    ).fit(_ones(len(state["center"])))
    made.center_ = state["center"] if params["with_centering"] else None
    made.scale_ = state["scale"] if params["with_scaling"] else None
    return made


def _impute(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    fills = state["fills"]
    if any(fill is None for fill in fills) or len({type(fill) for fill in fills}) != 1:
        return None
    texts = isinstance(fills[0], str)
    made = SimpleImputer(strategy="most_frequent" if texts or params["strategy"] == "constant" else params["strategy"])
    return made.fit(np.array([fills], dtype=object if texts else np.float64))


def _categories(known: State) -> Any:
    """The categories of a column as scikit-learn lists them: NULL is the last one."""
    values = known["values"]
    return np.append(values, np.array([np.nan], dtype=values.dtype)) if known["null"] else values


def _one_hot(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    if any(len(known["labels"]) != len(known["slots"]) for known in state["columns"]):
        return None  # categories that share a column, or that are left out
    categories = [_categories(known) for known in state["columns"]]
    if not _are_plain(categories):
        return None
    made = OneHotEncoder(
        categories=categories, handle_unknown="ignore", sparse_output=params["sparse_output"], dtype=np.float64
    )
    return made.fit(_first_row(categories))


def _ordinal(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    columns = state["columns"]
    if any(list(known["numbers"]) != list(range(len(known["values"]))) for known in columns):
        return None
    categories = [_categories(known) for known in columns]
    if not _are_plain(categories):
        return None
    unknown, missing = (
        np.nan if params[name] is None else params[name] for name in ("unknown_value", "encoded_missing_value")
    )
    made = OrdinalEncoder(
        categories=categories,
        handle_unknown="use_encoded_value",
        unknown_value=unknown,
        encoded_missing_value=missing,
        dtype=np.float64,
    )
    return made.fit(_first_row(categories))


def _target(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    columns, overall = state["columns"], state["overall"]
    categories = [_categories(known) for known in columns]
    if not _are_plain(categories):
        return None
    several = len(overall) > 1
    made = TargetEncoder(categories=categories, target_type="multiclass" if several else "continuous", cv=2)
    rows = pd.concat([_first_row(categories)] * max(len(overall), 2), ignore_index=True)
    made.fit(rows, np.arange(len(rows)) if several else np.arange(len(rows), dtype=np.float64))
    made.encodings_ = [known["means"][:, at].copy() for known in columns for at in range(len(overall))]
    made.target_mean_ = overall if several else float(overall[0])
    return made


def _are_plain(categories: Sequence[Any]) -> bool:
    """Whether they are numbers or texts, and there are some."""
    return all(len(values) and values.dtype.kind in "fO" for values in categories)


def _first_row(categories: Sequence[Any]) -> pd.DataFrame:
    """One row of categories; a DataFrame, since columns may be of different types. Its names are no promise."""
    return pd.DataFrame({str(at): pd.Series([values[0]], dtype=values.dtype) for at, values in enumerate(categories)})


def _held(state: State, _params: Params, _children: Sequence[Feature]) -> Any:
    return copy.copy(state["transformer"])


def _kmeans(state: State, params: Params, _children: Sequence[Feature]) -> Any:
    return copy.copy(state["transformer"]) if params["encode"] == "distance" else None


def _missing_flag(_state: State, _params: Params, children: Sequence[Feature]) -> Any:
    if any(not isinstance(child, Leaf) or child.kind != "number" for child in children):
        return None
    return MissingIndicator(features="all").fit(_ones(len(children)))


def _poly(_state: State, params: Params, children: Sequence[Feature]) -> Any:
    if any(not isinstance(child, Leaf) for child in children):
        return None  # how many columns a transform gives is not known here
    return make_poly(params, 0).fit(_ones(len(children)))


_NATIVE: dict[str, Callable[[State, Params, Sequence[Feature]], Any]] = {
    "standard_scale": _standard,
    "min_max_scale": _min_max,
    "max_abs_scale": _max_abs,
    "robust_scale": _robust,
    "impute": _impute,
    "one_hot": _one_hot,
    "ordinal": _ordinal,
    "target_encode": _target,
    "missing_flag": _missing_flag,
    "row_normalize": lambda _state, params, _children: Normalizer(norm=params["norm"]).fit(_ones(1)),
    "poly": _poly,
    "kmeans": _kmeans,
    **dict.fromkeys(("pca", "svd", "power_map", "quantile_map", "bin_uniform", "bin_quantile", "bin_kmeans"), _held),
}
