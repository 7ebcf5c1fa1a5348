"""An estimator of a script as words of the dialect: transforms of columns, and an estimator with its parameters.

What the words mean is asked of the catalogue: a transform's own reference, and the estimator that is built, must be
what the script has, parameter for parameter. Anything else is declined.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from stratum_sql.catalog import registry
from stratum_sql.catalog.estimators import build, check_parameters, estimator
from stratum_sql.catalog.sklearn_estimators import snake_case
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import text_literal
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.parts import is_estimator

# How many threads, and what is said meanwhile: nothing that a score depends on.
_OF_NO_MATTER = frozenset({"n_jobs", "verbose", "verbosity", "silent", "copy", "copy_X", "nthread", "cache_size"})
_OF_NO_MATTER |= {"eval_metric"}  # what XGBoost tells of rows it was given beside the training rows
# Transforms of one column that a class of scikit-learn stands for, each over every column by itself.
_TRANSFORMS: tuple[str, ...] = (
    "standard_scale",
    "min_max_scale",
    "max_abs_scale",
    "robust_scale",
    "impute",
    "one_hot",
    "quantile_map",
)
_TRANSFORMS += ("power_map",)


def as_words(
    model: Any, labels: Sequence[Hashable], is_dense: Callable[[Any], bool]
) -> tuple[list[tuple[str, Hashable]], EstimatorSpec, str]:
    """The SELECT items, each a template and its column, the estimator's declaration, and its call. Raises Declined.

    `is_dense` says whether a ColumnTransformer gives a dense matrix, where that depends on the rows.
    """
    steps = _steps(model)
    items = [("{}", label) for label in labels]
    for place, step in enumerate(steps[:-1]):
        if type(step).__name__ == "ColumnTransformer":
            if place:
                raise Declined("columns chosen after they were changed")
            items = _of_columns(step, labels)
            if any("sparse_output => true" in template for template, _ in items):
                if not is_dense(step):
                    raise Declined("a sparse matrix")
                items = [(_made_dense(template), label) for template, label in items]
        elif not _is_nothing(step):
            items = [(_over(step, template), label) for template, label in items]
    if any("sparse_output => true" in template for template, _ in items):
        raise Declined("a sparse matrix")
    spec, call = _estimator(steps[-1])
    if not items:
        raise Declined("a model without columns")
    return items, spec, call


def _made_dense(template: str) -> str:
    return template.replace(", sparse_output => true", "")


def _steps(model: Any) -> list[Any]:
    if type(model).__name__ != "Pipeline":
        return [model]
    if model.memory is not None:
        raise Declined("a pipeline that keeps files")
    return [inner for _, step in model.steps for inner in _steps(step)]


def _is_nothing(step: Any) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


# ---- columns ---------------------------------------------------------------------------------------------------------


def _of_columns(chooser: Any, labels: Sequence[Hashable]) -> list[tuple[str, Hashable]]:
    """The items of a ColumnTransformer: part by part, and what remains last."""
    if chooser.transformer_weights is not None:
        raise Declined("weighted columns")
    found: list[tuple[str, Hashable]] = []
    taken: set[Hashable] = set()
    for _, step, chosen in chooser.transformers:
        columns = _chosen(chosen, labels)
        taken |= set(columns)
        if isinstance(step, str) and step == "drop":
            continue
        found += [(template, label) for label in columns for template in [_through(step)]]
    remaining = [label for label in labels if label not in taken]
    if remaining and chooser.remainder == "passthrough":
        found += [("{}", label) for label in remaining]
    elif chooser.remainder != "drop" and remaining:
        raise Declined("remaining columns that are transformed")
    return found


def _chosen(chosen: Any, labels: Sequence[Hashable]) -> list[Hashable]:
    listed = [chosen] if isinstance(chosen, str) else chosen
    if not isinstance(listed, list | tuple) and not hasattr(listed, "tolist"):
        raise Declined("columns chosen by a function")
    listed = list(listed)
    if not all(isinstance(one, str) and one in labels for one in listed):
        raise Declined("columns that are not chosen by label")
    return listed


def _through(step: Any) -> str:
    template = "{}"
    for one in _steps(step):
        if not _is_nothing(one):
            template = _over(one, template)
    return template


def _over(step: Any, template: str) -> str:
    """The template below a step of a pipeline, as its transform writes it."""
    for name in _TRANSFORMS:
        spec = registry.transform(name)
        if spec is None or spec.reference is None or spec.sklearn is None or not spec.sklearn.endswith(_name(step)):
            continue
        held = step.get_params(deep=False)
        params = {one.name: held[one.name] for one in spec.parameters if one.name in held}
        said = {key: value for key, value in params.items() if not _same(value, spec.parameter(key).default)}  # type: ignore[union-attr]
        if _alike(step, spec.reference(spec.complete(params), 0)):
            return f"{name}({', '.join([template, *_arguments(said)])})"
    raise Declined(f"{_name(step)} with these parameters is no transform of the dialect")


def _name(step: Any) -> str:
    if not is_estimator(step):
        raise Declined("a step that is no estimator")
    return f".{(getattr(type(step), '_real', None) or type(step)).__name__}"


def _alike(step: Any, other: Any) -> bool:
    """Whether two estimators have one class and the same parameters."""
    if type(other).__name__ != type(step).__name__ or draws(step):
        return False
    ours, theirs = step.get_params(deep=False), other.get_params(deep=False)
    return all(
        name in _OF_NO_MATTER or _same(value, theirs[name]) or _is_missing_marker(name, value, theirs[name])
        for name, value in ours.items()
    )


def _is_missing_marker(name: str, ours: Any, theirs: Any) -> bool:
    """SimpleImputer's NaN, which is all that is missing in a column of numbers; text is refused elsewhere."""
    return name == "missing_values" and isinstance(ours, float) and math.isnan(ours) and theirs is not ours


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    return type(one) is type(other) and bool(np.all(one == other))


# ---- the estimator ---------------------------------------------------------------------------------------------------


def _estimator(model: Any) -> tuple[EstimatorSpec, str]:
    if not is_estimator(model) or draws(model):
        raise Declined("an estimator that draws from NumPy's own generator")
    spec, said, held = spec_of(model), said_by(model), model.get_params(deep=False)
    if spec.library == "lightgbm" and held["random_state"] is None and not _PLAIN_BOOSTING.items() <= held.items():
        raise Declined("LightGBM's own seeds, which are those of no random_state")
    if check_parameters(spec, said):
        raise Declined(f"parameters that {spec.name} does not take in a statement")
    theirs = build(spec, said, 0, 1).get_params(deep=False)
    for name, value in held.items():
        if name not in _OF_NO_MATTER and name != "random_state" and not _same(value, theirs.get(name)):
            raise Declined(f"{spec.name} has another {name}")
    return spec, f"{spec.name}({', '.join(_arguments(said))})"


_PLAIN_BOOSTING = {"boosting_type": "gbdt", "colsample_bytree": 1.0, "subsample_freq": 0}  # which draws nothing


def said_by(model: Any) -> dict[str, Any]:
    """The parameters that are not the defaults and matter for what is learned."""
    kind: Any = getattr(type(model), "_real", None) or type(model)
    defaults = _defaults(kind)
    return {
        name: value
        for name, value in model.get_params(deep=False).items()
        if name not in _OF_NO_MATTER and not (name in defaults and _same(value, defaults[name]))
    }


def spec_of(model: Any) -> EstimatorSpec:
    """The declaration of an estimator. Raises Declined."""
    real = getattr(type(model), "_real", None) or type(model)
    spec = estimator(_dialect_name(real))
    if spec is None or spec.path.rpartition(".")[2] != real.__name__:
        raise Declined(f"{real.__name__} is no estimator of the dialect")
    return spec


def _dialect_name(real: type) -> str:
    library = real.__module__.partition(".")[0]
    short = real.__name__.removeprefix("LGBM").removeprefix("XGB")
    name = snake_case(short)
    return f"{library}_{name}" if library in ("lightgbm", "xgboost") else name


@functools.cache
def _defaults(real: Any) -> Mapping[str, Any]:
    """The parameters of an object made without any; none where there is no such."""
    try:
        return real().get_params(deep=False)  # type: ignore[no-any-return]
    except TypeError:
        return {}


def _arguments(params: dict[str, Any]) -> list[str]:
    return [f"{name} => {written(value)}" for name, value in params.items()]


def written(value: Any) -> str:
    """A value of Python as the dialect writes it. Raises Declined."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating) and math.isfinite(value):
        return repr(float(value))
    if isinstance(value, str):
        return text_literal(value)
    if type(value) is tuple and value:
        return f"row({', '.join(written(one) for one in value)})"
    raise Declined(f"a parameter of type {type(value).__name__}")
