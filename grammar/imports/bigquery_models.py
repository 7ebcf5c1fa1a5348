"""BigQuery ML's model types and their options as estimators, parameters and clauses.

An option with no equal is an error. One that says how a model is looked for, kept or run, and not what it is, is left
out and told. Where BigQuery's default is not the library's, it is written.
Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/bigqueryml-syntax-create
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stratum_sql.grammar.expressions import near
from stratum_sql.grammar.imports.bigquery_penalties import linear, logistic
from stratum_sql.grammar.imports.bigquery_values import (
    counts,
    layers,
    numbers,
    one_of,
    search_space,
    weights,
    words_in_lower_case,
)
from stratum_sql.grammar.imports.foreign import Options, argument, call, literal, spell_name
from stratum_sql.grammar.printer import expression
from stratum_sql.grammar.syntax import Argument, Call, Expression, ListOf, Literal

Note = Callable[[str], None]
Convert = Callable[[Options, Argument, Expression], Expression]


@dataclass(frozen=True, slots=True)
class Made:
    """What a model's options become: the target, the select list over its query, and what follows the query."""

    target: str
    features: str
    clauses: str


@dataclass(frozen=True, slots=True)
class ModelType:
    """One model type: which estimator it is, its options with the parameters they are, and BigQuery's defaults.

    `estimator` reads the options that decide which estimator it is; its arguments come first.
    """

    estimator: Callable[[Options, Note], Call]
    parameters: Mapping[str, tuple[str, Convert]]
    defaults: tuple[tuple[str, float], ...] = ()
    scaled: bool = False
    aside: tuple[str, ...] = ()  # options that say how the model is looked for, and change nothing here
    stops: bool = False  # BigQuery stops its iterations early unless early_stop is false, which has no equal here
    boosted: bool = False  # the same, and it has one
    needs: tuple[str, ...] = ()


def training(options: Options, note: Note) -> Made:
    """The training that `options` say. Raises ParseError for what is missing, wrong or without an equal."""
    kind = _model_type(options)
    target = _target(options)
    searched = "num_trials" in options.names()
    estimator = _estimator(kind, options, note, searched)
    split, aside = _split(options, note)
    weight = options.text("instance_weight_col")
    clauses = [f"TRAIN MODEL {expression(estimator)}", f"TARGET {spell_name(target)}"]
    clauses += [f"WEIGHT {spell_name(weight)}"] if weight else []
    clauses += [split] if split else []
    clauses += [*_metric(options), *_search(options, note), *_stopping(kind, options, note)]
    _encoding(options)
    _leave_out(kind, options, note)
    features = _features(kind, target, [name for name in (aside, weight) if name])
    return Made(target, features, "\n".join(clauses))


def _model_type(options: Options) -> ModelType:
    given = options.take("model_type")
    if given is None:
        raise options.cursor.error(
            "expected", "OPTIONS wants a model_type", options.place, hint="model_type = 'LINEAR_REG'"
        )
    name = options.text_of(given).upper()
    if name not in MODEL_TYPES:
        like = near(name, MODEL_TYPES)
        hint = None if like else f"there are {', '.join(MODEL_TYPES)}"
        message = f"the model type {name[:40]} has no equal here"
        raise options.cursor.error("not_supported", message, given.value.span, like=like, hint=hint)
    return MODEL_TYPES[name]


def _target(options: Options) -> str:
    given = options.take("input_label_cols")
    if given is None:
        return "label"
    items = given.value.items if isinstance(given.value, ListOf) else (given.value,)
    if len(items) != 1:
        raise options.no_equal(given, "names several columns", "one CREATE MODEL a column")
    if not isinstance(items[0], Literal) or not isinstance(items[0].value, str):
        raise options.wrong(given, "the name of a column in quotes", items[0])
    return items[0].value


def _encoding(options: Options) -> None:
    """Refuse another encoding than the one of `vectorize`."""
    given = options.take("category_encoding_method")
    if given is not None and options.text_of(given).upper() != "ONE_HOT_ENCODING":
        hint = "say how in the SELECT list: TRANSFORM (ML.LABEL_ENCODER(x) OVER (), …)"
        raise options.no_equal(given, "has no equal but 'ONE_HOT_ENCODING'", hint)


def _features(kind: ModelType, target: str, aside: list[str]) -> str:
    """The columns as BigQuery prepares them without TRANSFORM: numbers scaled where that matters, text encoded."""
    columns = f"* EXCLUDE ({', '.join(map(spell_name, aside))})" if aside else "*"
    encoded = f"vectorize({columns})"
    features = f"standard_scale({encoded})" if kind.scaled else encoded
    return f"{features}, {spell_name(target)}"


# ---- the estimator -------------------------------------------------------------------------------------------------


def _estimator(kind: ModelType, options: Options, note: Note, searched: bool) -> Call:
    for name in kind.needs:
        if name not in options.names():
            message = f"{name} must be said: what BigQuery takes without it has no equal here"
            raise options.cursor.error("expected", message, options.place)
    _check_searched(options, searched)
    estimator = kind.estimator(options, note)
    args = list(estimator.args)
    for option, (name, convert) in kind.parameters.items():
        given = options.take(option)
        if given is not None:
            args.append(argument(name, search_space(options, given, convert)))
    said = {arg.name for arg in args}
    args += [argument(name, literal(value)) for name, value in kind.defaults if name not in said]
    return call(estimator.name, *args)


def _check_searched(options: Options, searched: bool) -> None:
    if searched:
        return
    for given in options.given():
        if isinstance(given.value, Call) and given.value.name.upper().startswith("HPARAM_"):
            raise options.cursor.error(
                "expected", f"{given.value.name} wants num_trials", given.span, hint="num_trials = 20"
            )


def _plain(name: str) -> Callable[[Options, Note], Call]:
    return lambda options, note: call(name)


# ---- clauses -------------------------------------------------------------------------------------------------------


def _split(options: Options, note: Note) -> tuple[str, str | None]:
    """The clause, and the column that is no feature because it splits the rows."""
    given = options.take("data_split_method")
    method = "AUTO_SPLIT" if given is None else options.text_of(given).upper()
    fraction, column = _fraction(options), options.take("data_split_col")
    if given is not None and method not in _SPLITS:
        raise options.wrong(given, f"one of {', '.join(_SPLITS)}")
    if (column is not None) != (method in ("CUSTOM", "SEQ")):
        wanted, place = f"{method} wants data_split_col", given
        if column is not None:
            wanted, place = f"data_split_col belongs to CUSTOM and SEQ, and the method is {method}", column
        raise options.cursor.error("expected", wanted, place.span if place else options.place)
    name = options.text_of(column) if column is not None else None
    return _SPLITS[method](fraction, name or "", note), name


def _fraction(options: Options) -> str:
    given = options.take("data_split_eval_fraction")
    return "0.2" if given is None else expression(numbers(options, given, given.value))


def _no_split(fraction: str, column: str, note: Note) -> str:
    note("NO_SPLIT: the model is of all rows, as always here; its scores are those of CROSS VALIDATE 5")
    return ""


def _auto_split(fraction: str, column: str, note: Note) -> str:
    note("AUTO_SPLIT holds out 20 percent here, whatever the number of rows")
    return f"HOLDOUT {fraction}"


_SPLITS: Mapping[str, Callable[[str, str, Note], str]] = {
    "AUTO_SPLIT": _auto_split,
    "RANDOM": lambda fraction, column, note: f"HOLDOUT {fraction}",
    "SEQ": lambda fraction, column, note: f"HOLDOUT {fraction} ORDER BY {spell_name(column)}",
    "CUSTOM": lambda fraction, column, note: f"SPLIT BY {spell_name(column)}",
    "NO_SPLIT": _no_split,
}

_METRICS = {
    "MEAN_ABSOLUTE_ERROR": "mae",
    "MEAN_SQUARED_ERROR": "mse",
    "MEAN_SQUARED_LOG_ERROR": "msle",
    "MEDIAN_ABSOLUTE_ERROR": "median_absolute_error",
    "R2_SCORE": "r2",
    "EXPLAINED_VARIANCE": "explained_variance",
    "PRECISION": "precision",
    "RECALL": "recall",
    "ACCURACY": "accuracy",
    "F1_SCORE": "f1",
    "LOG_LOSS": "log_loss",
    "ROC_AUC": "roc_auc",
}


def _metric(options: Options) -> list[str]:
    given = options.take("hparam_tuning_objectives")
    if given is None:
        return []
    found = []
    for item in given.value.items if isinstance(given.value, ListOf) else (given.value,):
        name = str(item.value).upper() if isinstance(item, Literal) else ""
        if name not in _METRICS:
            raise options.wrong(given, f"one of {', '.join(_METRICS)}", item)
        found.append(_METRICS[name])
    return [f"METRIC {', '.join(found)}"]


def _search(options: Options, note: Note) -> list[str]:
    trials, algorithm = options.take("num_trials"), options.take("hparam_tuning_algorithm")
    if trials is None:
        return []
    count = expression(counts(options, trials, trials.value))
    name = "VIZIER_DEFAULT" if algorithm is None else options.text_of(algorithm).upper()
    if algorithm is not None and name not in ("VIZIER_DEFAULT", "RANDOM_SEARCH", "GRID_SEARCH"):
        raise options.wrong(algorithm, "one of VIZIER_DEFAULT, RANDOM_SEARCH, GRID_SEARCH")
    if name == "VIZIER_DEFAULT":
        note("VIZIER_DEFAULT became SEARCH BAYES, which learns from the trials before by optuna's TPE")
        return [f"SEARCH BAYES {count} TRIALS"]
    if name != "GRID_SEARCH":
        return [f"SEARCH RANDOM {count} TRIALS"]
    note(f"GRID_SEARCH tries every combination here, also where there are more than {count}")
    return ["SEARCH GRID"]


def _stopping(kind: ModelType, options: Options, note: Note) -> list[str]:
    """Early stopping, which BigQuery has unless it is told not to."""
    if not kind.boosted or any(str(one.name).lower() == "early_stop" and _is_false(one) for one in options.given()):
        return []
    given = options.take("early_stop")
    if given is not None and not (isinstance(given.value, Literal) and given.value.value is True):
        raise options.wrong(given, "TRUE or FALSE")
    note("it stops after a round that betters nothing, by a tenth of the training rows; BigQuery by min_rel_progress")
    return ["WITH (early_stopping = 1)"]


def _is_false(given: Argument) -> bool:
    return isinstance(given.value, Literal) and given.value.value is False


# ---- what is left over ---------------------------------------------------------------------------------------------

_NO_EFFECT = (
    "approx_global_feature_contrib",
    "calculate_p_values",
    "enable_global_explain",
    "integrated_gradients_num_steps",
    "max_parallel_trials",
    "model_registry",
    "tf_version",
    "vertex_ai_model_id",
    "vertex_ai_model_version_aliases",
    "xgboost_version",
)
_HOW_IT_IS_FOUND = (
    "early_stop",
    "learn_rate",
    "learn_rate_strategy",
    "ls_init_learn_rate",
    "max_iterations",
    "min_rel_progress",
    "optimize_strategy",
)
_FALSE = ("warm_start", "early_stop")
_HINTS = {
    "data_split_test_fraction": "HOLDOUT holds out one part; EVALUATE MODEL scores others",
    "early_stop": "early_stop = false",
    "min_rel_progress": "early_stop = false, and leave it out",
    "warm_start": "leave it out: the model is trained anew",
}


def _leave_out(kind: ModelType, options: Options, note: Note) -> None:
    """Tell what is left out, and refuse the rest; what decides nothing about the model is left out."""
    stops = kind.stops and "early_stop" not in options.names()
    for given in options.given():
        name = str(given.name).lower()
        if name in (*_NO_EFFECT, *kind.aside) or (name in _FALSE and _is_false(given)):
            note(f"left out, as it does not change the model: {options.cursor.text[given.span.start : given.span.end]}")
            continue
        known = (*kind.parameters, *_NO_EFFECT, *_FALSE, "input_label_cols", "data_split_method", "num_trials")
        message = f"the option {name[:40]} has no equal here"
        like = () if name in _HINTS else near(name, known)
        raise options.cursor.error("not_supported", message, given.span, like=like, hint=_HINTS.get(name))
    if stops:
        note("BigQuery may make fewer iterations: it stops where the loss falls by less than min_rel_progress")


_TREES: Mapping[str, tuple[str, Convert]] = {
    "num_parallel_tree": ("num_parallel_tree", counts),
    "max_tree_depth": ("max_depth", counts),
    "subsample": ("subsample", numbers),
    "l1_reg": ("reg_alpha", numbers),
    "l2_reg": ("reg_lambda", numbers),
    "min_tree_child_weight": ("min_child_weight", numbers),
    "min_split_loss": ("gamma", numbers),
    "colsample_bytree": ("colsample_bytree", numbers),
    "colsample_bylevel": ("colsample_bylevel", numbers),
    "colsample_bynode": ("colsample_bynode", numbers),
    "tree_method": ("tree_method", words_in_lower_case),
}
_BOOSTED: Mapping[str, tuple[str, Convert]] = {
    "max_iterations": ("n_estimators", counts),
    "learn_rate": ("learning_rate", numbers),
    **_TREES,
    "booster_type": ("booster", words_in_lower_case),
    "dart_normalize_type": ("normalize_type", words_in_lower_case),
    "dropout": ("rate_drop", numbers),
}
_FOREST: Mapping[str, tuple[str, Convert]] = {**_TREES, "num_parallel_tree": ("n_estimators", counts)}
_DNN: Mapping[str, tuple[str, Convert]] = {
    "hidden_units": ("hidden_layer_sizes", layers),
    "activation_fn": ("activation", one_of({"RELU": "relu", "TANH": "tanh", "SIGMOID": "logistic"})),
    "optimizer": ("solver", one_of({"ADAM": "adam", "SGD": "sgd"})),
    "learn_rate": ("learning_rate_init", numbers),
    "l2_reg": ("alpha", numbers),
    "batch_size": ("batch_size", counts),
    "max_iterations": ("max_iter", counts),
}
_CLASS_WEIGHTS: Mapping[str, tuple[str, Convert]] = {"class_weights": ("class_weight", weights)}


def _boosted(kind: str) -> ModelType:
    return ModelType(_plain(f"xgboost_{kind}"), _BOOSTED, (("n_estimators", 20),), boosted=True)


def _forest(kind: str) -> ModelType:
    aside = ("early_stop", "min_rel_progress")  # a forest is one iteration
    return ModelType(_plain(f"xgboost_rf_{kind}"), _FOREST, (("max_depth", 15), ("reg_lambda", 1.0)), aside=aside)


def _dnn(kind: str) -> ModelType:
    defaults = (("alpha", 0.0), ("max_iter", 20))
    return ModelType(_plain(f"mlp_{kind}"), _DNN, defaults, scaled=True, stops=True, needs=("hidden_units",))


MODEL_TYPES: Mapping[str, ModelType] = {
    "LINEAR_REG": ModelType(linear, {}, scaled=True, aside=_HOW_IT_IS_FOUND),
    "LOGISTIC_REG": ModelType(logistic, _CLASS_WEIGHTS, scaled=True, aside=_HOW_IT_IS_FOUND),
    "BOOSTED_TREE_REGRESSOR": _boosted("regressor"),
    "BOOSTED_TREE_CLASSIFIER": _boosted("classifier"),
    "RANDOM_FOREST_REGRESSOR": _forest("regressor"),
    "RANDOM_FOREST_CLASSIFIER": _forest("classifier"),
    "DNN_REGRESSOR": _dnn("regressor"),
    "DNN_CLASSIFIER": _dnn("classifier"),
}
