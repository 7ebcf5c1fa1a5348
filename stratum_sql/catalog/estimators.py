"""The estimators of `TRAIN MODEL`: their names, what a statement may set, and how one is built.

Every classifier and regressor of scikit-learn is known under the snake_case of its class, those of LightGBM and XGBoost
under `lightgbm_…` and `xgboost_…`. Knowing a name imports nothing; scikit-learn's modules are imported one at a time
when an estimator of theirs is looked up, LightGBM and XGBoost when one is built.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from numbers import Integral, Real
from typing import Any

from stratum_sql.catalog import booster_parameters, sklearn_estimators
from stratum_sql.catalog.booster_values import by_own_name
from stratum_sql.catalog.parameter_rules import check_constraints, hostile_value, not_settable, shown
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue, Problem, Task
from stratum_sql.errors import PlanError, printable, suggestions

Resolve = Callable[[str], EstimatorSpec | None]

ALIASES: Mapping[str, str] = {
    "ols": "linear_regression",
    "logistic": "logistic_regression",
    "knn_classifier": "k_neighbors_classifier",
    "knn_regressor": "k_neighbors_regressor",
    "lda": "linear_discriminant_analysis",
    "qda": "quadratic_discriminant_analysis",
    "naive_bayes": "gaussian_nb",
    "hist_gb_classifier": "hist_gradient_boosting_classifier",
    "hist_gb_regressor": "hist_gradient_boosting_regressor",
    "lgbm_classifier": "lightgbm_classifier",
    "lgbm_regressor": "lightgbm_regressor",
    "xgb_classifier": "xgboost_classifier",
    "xgb_regressor": "xgboost_regressor",
}
_PATHS: Mapping[str, str] = sklearn_estimators.PATHS | booster_parameters.PATHS

_NESTED = frozenset({"estimator", "estimators", "base_estimator", "final_estimator", "regressor", "init"})
_DEEPEST = 4  # estimators inside estimators
_MOST_NESTED = 100  # estimators in one tuple
# The signature has a default, but no fit works with it.
_NEEDED_IN_FACT: Mapping[str, str] = {"self_training_classifier": "estimator"}
# These take regressors where they ask for a classifier, as in scikit-learn.
_TAKES_EITHER = frozenset({"stacking_classifier", "one_vs_rest_classifier", "output_code_classifier"})
# joblib runs these in threads; the others' n_jobs would start processes, so they keep to one.
_THREADED = frozenset(
    {"random_forest_classifier", "random_forest_regressor", "extra_trees_classifier", "extra_trees_regressor"}
    | {"k_neighbors_classifier", "k_neighbors_regressor", "radius_neighbors_classifier", "radius_neighbors_regressor"}
    | {"elastic_net_cv", "lasso_cv", "multi_task_elastic_net_cv", "multi_task_lasso_cv", "sgd_classifier", "perceptron"}
)
_FORESTS = frozenset(name for name in _THREADED if name.startswith(("random_forest", "extra_trees")))
# Their fit takes sample_weight without naming it.
_FORWARDS_WEIGHTS = frozenset(
    {"voting_classifier", "voting_regressor", "stacking_classifier", "stacking_regressor"}
    | {"regressor_chain", "transformed_target_regressor"}
)
_LISTS_OF_LISTS = frozenset({"interaction_constraints", "interaction_cst"})


# ---- the table -------------------------------------------------------------------------------------------------------


class _Estimators(Mapping[str, EstimatorSpec]):
    """Name to declaration; a declaration is made, and its module imported, when it is first asked for."""

    def __getitem__(self, name: str) -> EstimatorSpec:
        found = _spec(name) if name in _PATHS else None
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_PATHS)

    def __len__(self) -> int:
        return len(_PATHS)


_ESTIMATORS = _Estimators()


def estimators() -> Mapping[str, EstimatorSpec]:
    """Every estimator by its name, aliases not counted. Iterating over the names imports nothing."""
    return _ESTIMATORS


def estimator(name: str) -> EstimatorSpec | None:
    """The estimator called `name`, aliases included, compared without case; None if there is none."""
    lower = name.lower()
    return _ESTIMATORS.get(ALIASES.get(lower, lower))


def estimator_names() -> tuple[str, ...]:
    """Every name a statement may write, aliases last: what suggestions are drawn from."""
    return (*_PATHS, *ALIASES)


@cache
def _spec(name: str) -> EstimatorSpec | None:
    if name in booster_parameters.PATHS:
        return _booster_spec(name)
    found = _import(_PATHS[name])
    return spec_of_class(name, _PATHS[name], found, "sklearn") if found is not None else None


def spec_of_class(name: str, path: str, found: type, library: str) -> EstimatorSpec:
    """The declaration of a scikit-learn compatible class: what a statement may set is read from its signature."""
    parameters = {
        parameter.name: parameter.default
        for parameter in inspect.signature(found).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and not_settable(parameter.name) is None
        and not _needs_an_object(found, parameter.name)
    }
    required = frozenset(
        key
        for key, default in parameters.items()
        if default is inspect.Parameter.empty or _NEEDED_IN_FACT.get(name) == key
    )
    return EstimatorSpec(
        name=name,
        path=path,
        task=_task_of(found),
        library=library,
        defaults={key: default for key, default in parameters.items() if key not in required},
        required=required,
        nested=frozenset(parameters) & _NESTED,
        reals=_reals(found) & frozenset(parameters) if library == "sklearn" else frozenset(),
    )


def _reals(found: type) -> frozenset[str]:
    """The parameters that scikit-learn takes as real numbers; not those where 1 counts and 1.0 is a share."""
    from sklearn.utils._param_validation import Interval

    constraints = getattr(found, "_parameter_constraints", {})
    kinds = {
        name: [getattr(one, "type", one) for one in listed if isinstance(one, Interval | type)]
        for name, listed in constraints.items()
        if isinstance(listed, list)
    }
    return frozenset(name for name, types in kinds.items() if Real in types and not {Integral, int} & set(types))


def _needs_an_object(found: type, parameter: str) -> bool:
    """A Gaussian process's kernel is an object of its own kind, which the dialect cannot write."""
    return parameter == "kernel" and found.__name__.startswith("GaussianProcess")


def _task_of(found: type) -> Task:
    from sklearn.base import ClassifierMixin

    return "classification" if issubclass(found, ClassifierMixin) else "regression"


def _booster_spec(name: str) -> EstimatorSpec:
    return EstimatorSpec(
        name=name,
        path=_PATHS[name],
        task="classification" if name.endswith("_classifier") else "regression",
        library=name.split("_")[0],
        defaults={
            parameter.name: parameter.default
            for parameter in booster_parameters.PARAMETERS[name]
            if parameter.default is not booster_parameters.UNSET
        },
    )


def _import(path: str) -> Any:
    """The class at `path`, which comes from this module's table, never from a statement; None if it is not there."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name, None)


def missing_library(spec: EstimatorSpec) -> str | None:
    """What to install before `spec` can be built; None when its library is there. Imports nothing."""
    if spec.library not in ("lightgbm", "xgboost") or find_spec(spec.library) is not None:
        return None
    return f'{spec.name} needs the package {spec.library}: pip install "stratum-sql[{spec.library}]"'


def class_of(spec: EstimatorSpec) -> type:
    """The class of `spec`. Raises PlanError when its package is not installed."""
    missing = missing_library(spec)
    if missing:
        raise PlanError.at("", None, "missing_library", missing)
    found = _import(spec.path)
    if found is None:
        raise PlanError.at("", None, "missing_library", f"{spec.name} is not in the installed {spec.library}")
    return found  # type: ignore[no-any-return]


# ---- parameters ------------------------------------------------------------------------------------------------------


def check_parameters(
    spec: EstimatorSpec, params: Mapping[str, Any], resolve: Resolve = estimator, *, complete: bool = True
) -> list[Problem]:
    """Everything wrong with `params` for `spec`, in the order written: unknown names, bad values, what is not settable.

    `resolve` finds nested estimators by name. With `complete=False` parameters without a default may be left out.
    """
    return _check(spec, params, resolve, complete, depth=0)


def _check(
    spec: EstimatorSpec, params: Mapping[str, Any], resolve: Resolve, complete: bool, depth: int
) -> list[Problem]:
    found = [problem for name, value in params.items() for problem in _check_one(spec, name, value, resolve, depth)]
    found += _twice(spec, params)
    if complete:
        found += [
            Problem(name, f"{spec.name} needs {name}{_example(spec, name)}")
            for name in sorted(spec.required - params.keys())
        ]
    return found


def _check_one(spec: EstimatorSpec, name: str, value: Any, resolve: Resolve, depth: int) -> list[Problem]:
    reason = not_settable(name)
    if reason:
        return [Problem(name, f"{printable(name)} cannot be set in a statement: {reason}")]
    if name == "kernel" and spec.name.startswith("gaussian_process"):
        return [
            Problem(name, "kernel cannot be set in a statement: a Gaussian process's kernel is an object, not a value")
        ]
    if not _knows(spec, name):
        return [_unknown(spec, name)]
    if name in spec.nested and _holds_estimator(value):
        return _check_nested(spec, name, value, resolve, depth)
    hostile = hostile_value(name, value)
    if hostile:
        return [Problem(name, f"{name} {hostile}")]
    wrong = _check_value(spec, name, value)
    return [Problem(name, f"{name} {wrong[0]}", wrong[1])] if wrong else []


def _knows(spec: EstimatorSpec, name: str) -> bool:
    if spec.name in booster_parameters.PARAMETERS:
        return booster_parameters.named(spec.name, name) is not None
    return name in spec.defaults or name in spec.required


def _unknown(spec: EstimatorSpec, name: str) -> Problem:
    booster = spec.name in booster_parameters.PARAMETERS
    known = booster_parameters.names(spec.name) if booster else (*spec.required, *spec.defaults)
    return Problem(name, f'{spec.name} has no parameter "{printable(name)}"', suggestions(name, known))


def _check_value(spec: EstimatorSpec, name: str, value: Any) -> tuple[str, tuple[str, ...]] | None:
    if spec.name in booster_parameters.PARAMETERS:
        parameter = booster_parameters.named(spec.name, name)
        return parameter.problem(value) if parameter else None
    if name == "estimators":
        return f"must be a tuple of estimators; got {shown(value)}", ()
    constraints = getattr(class_of(spec), "_parameter_constraints", {})
    return check_constraints(name, value, constraints[name]) if name in constraints else None


def _twice(spec: EstimatorSpec, params: Mapping[str, Any]) -> list[Problem]:
    """A booster's parameter written under two of its names: the library would pick one in silence."""
    if spec.name not in booster_parameters.PARAMETERS:
        return []
    seen: dict[str, str] = {}
    problems = []
    for name in params:
        parameter = booster_parameters.named(spec.name, name)
        if parameter and seen.setdefault(parameter.name, name) != name:
            problems.append(Problem(name, f"{name} and {seen[parameter.name]} are the same parameter: set one of them"))
    return problems


def _example(spec: EstimatorSpec, name: str) -> str:
    kind = "classifier" if spec.task == "classification" else "regressor"
    if name == "estimators":
        return f", a tuple of estimators: estimators => (knn_{kind}(), decision_tree_{kind}())"
    return f", an estimator: {name} => decision_tree_{kind}()" if name in spec.nested else ""


# ---- estimators inside estimators ------------------------------------------------------------------------------------


def _holds_estimator(value: Any) -> bool:
    return isinstance(value, EstimatorValue) or (
        isinstance(value, list | tuple) and any(isinstance(part, EstimatorValue) for part in value)
    )


def _check_nested(spec: EstimatorSpec, name: str, value: Any, resolve: Resolve, depth: int) -> list[Problem]:
    parts = (value,) if isinstance(value, EstimatorValue) else tuple(value)
    if not isinstance(value, EstimatorValue) and name != "estimators":
        return [Problem(name, f"{name} takes one estimator, not several")]
    if depth >= _DEEPEST or len(parts) > _MOST_NESTED:
        return [Problem(name, f"{name}: at most {_MOST_NESTED} estimators, nested {_DEEPEST} deep")]
    return [problem for part in parts for problem in _check_part(spec, name, part, resolve, depth)]


def _check_part(spec: EstimatorSpec, name: str, part: Any, resolve: Resolve, depth: int) -> list[Problem]:
    if not isinstance(part, EstimatorValue):
        return [Problem(name, f"{name} must be a tuple of estimators; got {shown(part)}")]
    inner = resolve(part.name)
    if inner is None:
        return [Problem(name, f'no estimator "{printable(part.name)}"', suggestions(part.name, estimator_names()))]
    missing = missing_library(inner)
    if missing:
        return [Problem(name, missing)]
    if inner.task != spec.task and spec.name not in _TAKES_EITHER:
        wanted = "classifiers" if spec.task == "classification" else "regressors"
        return [Problem(name, f"{spec.name} takes {wanted}; {inner.name} is none", _counterpart(inner))]
    problems = _check(inner, dict(part.params), resolve, True, depth + 1)
    return [Problem(f"{name}.{one.parameter}", one.message, one.did_you_mean) for one in problems]


def _counterpart(spec: EstimatorSpec) -> tuple[str, ...]:
    """The same method for the other task, if there is one under a like name."""
    stem = spec.name.removesuffix("_regressor").removesuffix("_classifier")
    ending = "_classifier" if spec.task == "regression" else "_regressor"
    other = stem + ending if stem + ending in _PATHS else stem
    return (other,) if other in _PATHS and other != spec.name else ()


# ---- building --------------------------------------------------------------------------------------------------------


def build(spec: EstimatorSpec, params: Mapping[str, Any], seed: int, threads: int, resolve: Resolve = estimator) -> Any:
    """An unfitted estimator with `params`, which `check_parameters` has passed; the rest are the library's defaults.

    `random_state` is `seed` unless the statement gives a number; LightGBM and XGBoost are silent and repeatable. Nested
    estimators get the same seed; threads go to the innermost. Raises PlanError when the package is not installed.
    """
    found = class_of(spec)
    if spec.name in booster_parameters.PARAMETERS:  # beside its wrapper's default, LightGBM may not hear a synonym
        params = by_own_name(spec.name, params)
    given = {name: _built(spec, name, value, seed, threads, resolve) for name, value in params.items()}
    return found(**given, **_house_settings(spec, found, params, seed, threads))


def _built(spec: EstimatorSpec, name: str, value: Any, seed: int, threads: int, resolve: Resolve) -> Any:
    if name == "random_state" and value is None:
        return seed
    if name in _LISTS_OF_LISTS and isinstance(value, tuple):
        lists = [list(part) if isinstance(part, tuple) else part for part in value]
        return str(lists) if spec.library == "xgboost" else lists  # as lists, XGBoost looks for column names
    if name not in spec.nested or not _holds_estimator(value):
        return value
    if name == "estimators":
        parts = (value,) if isinstance(value, EstimatorValue) else tuple(value)
        return [
            (label, _build_part(part, seed, threads, resolve))
            for label, part in zip(_labels(parts), parts, strict=True)
        ]
    return _build_part(value, seed, threads, resolve)


def _build_part(part: EstimatorValue, seed: int, threads: int, resolve: Resolve) -> Any:
    inner = resolve(part.name)
    if inner is None:
        raise PlanError.at("", None, "unknown_estimator", f'no estimator "{printable(part.name)}"')
    return build(inner, dict(part.params), seed, threads, resolve)


def _labels(parts: tuple[EstimatorValue, ...]) -> list[str]:
    """Names for the parts of an ensemble, each once: ridge, ridge_2, …"""
    counts: dict[str, int] = {}
    labels = []
    for part in parts:
        name = ALIASES.get(part.name.lower(), part.name.lower()).replace(".", "_")
        counts[name] = counts.get(name, 0) + 1
        labels.append(name if counts[name] == 1 else f"{name}_{counts[name]}")
    return labels


def _house_settings(
    spec: EstimatorSpec, found: type, params: Mapping[str, Any], seed: int, threads: int
) -> dict[str, Any]:
    """What the session sets, never the statement: seed, threads, silence, repeatability."""
    if spec.library == "lightgbm":
        return _seed_of(params, seed) | {"n_jobs": threads, "verbosity": -1} | _lightgbm_order(params)
    if spec.library == "xgboost":
        return _seed_of(params, seed) | {"n_jobs": threads, "verbosity": 0}
    settings: dict[str, Any] = {}
    if "random_state" in inspect.signature(found).parameters and "random_state" not in params:
        settings["random_state"] = seed
    if spec.name in _THREADED:
        settings["n_jobs"] = threads
    return settings


def _seed_of(params: Mapping[str, Any], seed: int) -> dict[str, Any]:
    return {} if "random_state" in params else {"random_state": seed}


def _lightgbm_order(params: Mapping[str, Any]) -> dict[str, Any]:
    """Left alone, LightGBM times its two ways to sum histograms and takes the faster: sums would depend on the load."""
    chosen = {"force_col_wise", "force_row_wise"} & params.keys()
    return {"deterministic": True} | ({} if chosen else {"force_col_wise": True})


def is_same_on_threads(spec: EstimatorSpec, params: Mapping[str, Any]) -> bool:
    """Whether `fit` gives the same bits on any number of threads.

    A forest's trees have a seed each. LightGBM's threads take columns each, unless it is asked to let them take rows;
    XGBoost's take rows, and its sums differ in their last bits.
    """
    if spec.library == "lightgbm":
        refused = ("force_row_wise", "linear_tree")
        return params.get("deterministic", True) is True and not any(params.get(name) for name in refused)
    return spec.name in _FORESTS


def for_prediction(fitted: Any) -> Any:
    """`fitted`, set to predict in one thread.

    A forest's threads add up the trees in the order they finish, so that the last digits would change from run to run.
    """
    if getattr(fitted, "n_jobs", None) not in (None, 1):
        fitted.n_jobs = 1
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        ExtraTreesRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )

    forests = (ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor)
    for part in (fitted, *_parts_of(fitted)):
        if isinstance(part, forests):
            part.n_jobs = 1
    return fitted


def _parts_of(fitted: Any) -> Iterator[Any]:
    """Fitted estimators inside `fitted`, at any depth; trees of forests are left out."""
    inner = [getattr(fitted, name, None) for name in ("estimator_", "final_estimator_", "regressor_", "init_")]
    several = getattr(fitted, "estimators_", None)
    if isinstance(several, list):
        inner += several
    inner += [getattr(part, "estimator", None) for part in getattr(fitted, "calibrated_classifiers_", ())]
    for part in inner:
        if hasattr(part, "get_params"):
            yield part
            yield from _parts_of(part)


# ---- what an estimator can take --------------------------------------------------------------------------------------


def accepts_sparse(spec: EstimatorSpec, params: Mapping[str, Any] | None = None, resolve: Resolve = estimator) -> bool:
    """Whether it fits a CSR matrix. Ensembles answer for the estimators inside them, so they need `params`."""
    return spec.library in ("lightgbm", "xgboost") or bool(_tag(spec, params, resolve, "sparse"))


def accepts_missing(spec: EstimatorSpec, params: Mapping[str, Any] | None = None, resolve: Resolve = estimator) -> bool:
    """Whether it fits a matrix that holds NaN."""
    return spec.library in ("lightgbm", "xgboost") or bool(_tag(spec, params, resolve, "allow_nan"))


def accepts_sample_weight(
    spec: EstimatorSpec, params: Mapping[str, Any] | None = None, resolve: Resolve = estimator
) -> bool:
    """Whether `fit` takes `sample_weight`; an ensemble does when all estimators inside it do."""
    taken = inspect.signature(class_of(spec).fit).parameters  # type: ignore[attr-defined]
    if "sample_weight" not in taken and spec.name not in _FORWARDS_WEIGHTS:
        return False
    given = [value for name, value in (params or {}).items() if name in spec.nested and _holds_estimator(value)]
    parts = [part for value in given for part in ((value,) if isinstance(value, EstimatorValue) else value)]
    return all(
        (inner := resolve(part.name)) is not None and accepts_sample_weight(inner, dict(part.params), resolve)
        for part in parts
    )


def needs_several_targets(
    spec: EstimatorSpec, params: Mapping[str, Any] | None = None, resolve: Resolve = estimator
) -> bool:
    """Whether it fits two or more targets only, as `multi_task_lasso` and `classifier_chain` do."""
    if spec.library in ("lightgbm", "xgboost"):
        return False
    tags = _tags(spec, params, resolve)
    return tags is not None and tags.target_tags.multi_output and not tags.target_tags.single_output


def _tag(spec: EstimatorSpec, params: Mapping[str, Any] | None, resolve: Resolve, name: str) -> Any:
    tags = _tags(spec, params, resolve)
    return False if tags is None else getattr(tags.input_tags, name)


def _tags(spec: EstimatorSpec, params: Mapping[str, Any] | None, resolve: Resolve) -> Any:
    """scikit-learn's tags; None for an ensemble whose estimators are not given."""
    from sklearn.utils import get_tags

    if spec.required - (params or {}).keys():
        return None
    return get_tags(build(spec, params or {}, 0, 1, resolve))


# ---- classes ---------------------------------------------------------------------------------------------------------


def encode_labels(
    spec: EstimatorSpec,
    params: Mapping[str, Any],
    classes: Any,
    resolve: Resolve = estimator,
    elsewhere: Iterable[Any] = (),
) -> dict[str, Any]:
    """`params` with class labels replaced by their positions in `classes`, for a target given as positions.

    A statement writes `class_weight => {'yes': 2}`; a struct's keys are texts, so labels are compared as texts. Raises
    ValueError when a label is no class. `elsewhere` are the classes of all of several targets: where a struct names
    some of others, they are left out.
    """
    codes = _Codes({_label(value): code for code, value in enumerate(classes)}, frozenset(map(_label, elsewhere)))
    return {name: _encode(spec, name, value, codes, resolve) for name, value in params.items()}


@dataclass(frozen=True, slots=True)
class _Codes:
    """The codes of a target's classes, and the names of any target's."""

    own: Mapping[str, int]
    known: frozenset[str]


def names_classes(spec: EstimatorSpec, name: str, value: Any) -> bool:
    """Whether a parameter, by itself, says something of classes by their names."""
    match name:
        case "class_weight":
            return isinstance(value, Mapping)
        case "outlier_label":
            return value not in (None, "most_frequent")
        case "pos_label":
            return value is not None
        case "constant":
            return spec.task == "classification" and value is not None
    return False


def _encode(spec: EstimatorSpec, name: str, value: Any, codes: _Codes, resolve: Resolve) -> Any:
    if names_classes(spec, name, value):
        return _encode_weights(name, value, codes) if isinstance(value, Mapping) else _code(name, value, codes)
    if name in spec.nested and _holds_estimator(value):
        return _encode_parts(value, codes, resolve)
    return value


def _encode_weights(name: str, weights: Mapping[str, Any], codes: _Codes) -> dict[int, Any] | None:
    """None where all are classes of other targets."""
    own = {label: weight for label, weight in weights.items() if _label(label) not in codes.known - codes.own.keys()}
    return {_code(name, label, codes): weight for label, weight in own.items()} or None


def _encode_parts(value: Any, codes: _Codes, resolve: Resolve) -> Any:
    if not isinstance(value, EstimatorValue):
        return tuple(_encode_parts(part, codes, resolve) for part in value)
    inner = resolve(value.name)
    if inner is None:
        return value
    encoded = tuple((name, _encode(inner, name, part, codes, resolve)) for name, part in value.params)
    return EstimatorValue(value.name, encoded)


def _code(name: str, label: Any, codes: _Codes) -> int:
    text = _label(label)
    if text in codes.own:
        return codes.own[text]
    if text in codes.known:
        raise ValueError(f"{name}: {shown(label)} is not a class of every target")
    near = suggestions(text, codes.known or codes.own)
    of = "any target" if codes.known else "the target"
    raise ValueError(f"{name}: {shown(label)} is no class of {of}" + (f"; did you mean {near[0]!r}?" if near else ""))


def _label(value: Any) -> str:
    """A class as text: 1, 1.0 and true are written alike in a struct's key."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
