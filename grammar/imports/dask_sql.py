"""dask-sql: `CREATE MODEL … WITH (model_class = …) AS (query)`, `CREATE EXPERIMENT`, `PREDICT(MODEL m, query)`.

Every column of the query but the target is a feature, as it is. A model is fitted on all rows, as here.
Source: https://dask-sql.readthedocs.io/en/latest/machine_learning.html
"""

from __future__ import annotations

import re

from stratum_sql.errors import ParseError, Span
from stratum_sql.grammar.expressions import Cursor, in_brackets, read_value
from stratum_sql.grammar.imports.foreign import (
    Creation,
    Foreign,
    Options,
    not_supported,
    read_creation,
    rewrite_script,
    spell_name,
)
from stratum_sql.grammar.printer import expression
from stratum_sql.grammar.problems import unreadable
from stratum_sql.grammar.split import Slice
from stratum_sql.grammar.syntax import Argument, Call, Expression, ListOf, Literal, StructOf, TupleOf
from stratum_sql.grammar.tokens import QUOTED, STRING, WORD, Unreadable, Words

_NO_EFFECT = ("wrap_predict", "wrap_fit")  # how Dask spreads the rows over its workers
_LIBRARIES = ("sklearn", "cuml", "xgboost", "lightgbm")


def from_dask_sql(text: str) -> str:
    """A script of dask-sql in this dialect. Raises ParseError."""
    try:
        words = Words(text)
    except Unreadable as error:
        told = unreadable(text, Slice(Span(0, len(text)), plain=False))
        raise told or ParseError.at(text, None, "unterminated", "a text or a comment is never closed") from error
    return rewrite_script(Foreign(words, _construct), _statement)


def _statement(foreign: Foreign, lo: int, hi: int) -> str | None:
    words = foreign.words
    if (words.upper(lo), words.upper(lo + 1)) == ("EXPORT", "MODEL"):
        raise not_supported(words, lo, lo + 2, "EXPORT MODEL is not supported yet")
    cursor = Cursor(words, lo, hi, "CREATE MODEL of dask-sql")
    creation = read_creation(foreign, cursor)
    if creation is not None:
        return _create(foreign, cursor, creation)
    cursor = Cursor(words, lo, hi, "CREATE EXPERIMENT of dask-sql")
    creation = read_creation(foreign, cursor, "EXPERIMENT")
    return None if creation is None else _experiment(foreign, cursor, creation)


# ---- CREATE MODEL --------------------------------------------------------------------------------------------------


def _create(foreign: Foreign, cursor: Cursor, creation: Creation) -> str:
    options, query = _with(foreign, cursor)
    name, target = _estimator_name(options), _target(options)
    _leave_out(foreign, options)
    args = [Argument(given.name, _value_of(given.value), given.span) for given in options.given()]
    return _train(creation, query, Call(name, tuple(args), cursor.here(), cursor.here()), target, [])


def _train(creation: Creation, query: str, estimator: Call, target: str, clauses: list[str]) -> str:
    lines = [f"TRAIN MODEL {expression(estimator)}", f"TARGET {spell_name(target)}", *clauses]
    return "\n".join([f"{creation.text} AS {query}", *lines])


def _with(foreign: Foreign, cursor: Cursor) -> tuple[Options, str]:
    """`WITH (…) AS (query)`, to the end of the statement."""
    start = cursor.at
    if not cursor.accept("WITH") or cursor.upper() != "(":
        raise cursor.expected("WITH (…)", "WITH (model_class = 'sklearn.linear_model.Ridge', target_column = 'y')")
    options = Options(cursor, in_brackets(cursor, _option), cursor.words.span(start, start + 1))
    if not cursor.accept("AS"):
        raise cursor.expected("AS and a query in brackets")
    foreign.keep_comments(start, cursor.at)
    return options, foreign.query(cursor.at, cursor.hi, cursor.place)


def _estimator_name(options: Options) -> str:
    given = options.take("model_class")
    if given is None:
        hint = "model_class = 'sklearn.linear_model.Ridge'"
        raise options.cursor.error("expected", "WITH wants a model_class", options.place, hint=hint)
    path = options.text_of(given)
    library, _, rest = path.partition(".")
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", path, re.ASCII):
        raise options.wrong(given, "the import path of a class")
    if library == "dask_ml":
        raise options.no_equal(given, "names a class of dask-ml, which has no equal here", "scikit-learn's class")
    if rest and library not in _LIBRARIES:
        return path  # a class of the host program: its own path is its name here too
    return estimator_name(path.rpartition(".")[2])


_OTHER_NAMES = {
    "LGBMClassifier": "lightgbm_classifier",
    "LGBMRegressor": "lightgbm_regressor",
    "XGBClassifier": "xgboost_classifier",
    "XGBRegressor": "xgboost_regressor",
    "XGBRFClassifier": "xgboost_rf_classifier",
    "XGBRFRegressor": "xgboost_rf_regressor",
    "DaskXGBClassifier": "xgboost_classifier",
    "DaskXGBRegressor": "xgboost_regressor",
}
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def estimator_name(name: str) -> str:
    """The name here of a class of scikit-learn, LightGBM or XGBoost: `HistGradientBoostingRegressor`, `LinearSVC`."""
    return _OTHER_NAMES.get(name) or _WORD_STARTS.sub("_", name).lower()


def _target(options: Options) -> str:
    given = options.take("target_column")
    if given is None or not options.text_of(given):
        place = options.place if given is None else given.span
        message = "a model without target_column has no equal here"
        raise options.cursor.error("not_supported", message, place, hint="target_column = 'y'")
    return options.text_of(given)


def _leave_out(foreign: Foreign, options: Options) -> None:
    for name in _NO_EFFECT:
        given = options.take(name)
        if given is not None:
            said = foreign.words.text[given.span.start : given.span.end]
            foreign.note(f"left out, as it does not change the model: {said}")
    given = options.take("fit_kwargs")
    if given is not None and not (isinstance(given.value, StructOf) and not given.value.items):
        raise options.no_equal(given, "has no equal here", "weights of rows are a clause: WEIGHT column")


# ---- CREATE EXPERIMENT ---------------------------------------------------------------------------------------------


def _experiment(foreign: Foreign, cursor: Cursor, creation: Creation) -> str:
    options, query = _with(foreign, cursor)
    automl = options.take("automl_class")
    if automl is not None:
        raise options.no_equal(automl, "has no equal here", "name estimators: TRAIN MODEL ridge(), lasso()")
    name, target = _estimator_name(options), _target(options)
    tuned = _tuned(options)
    clauses = _clauses(options)
    _leave_out(foreign, options)
    for given in options.given():
        raise options.no_equal(given, "has no equal in CREATE EXPERIMENT", "parameters stand in tune_parameters")
    return _train(creation, query, Call(name, tuned, cursor.here(), cursor.here()), target, clauses)


def _tuned(options: Options) -> tuple[Argument, ...]:
    """The parameters with their candidates."""
    given = options.take("tune_parameters")
    if given is None or not isinstance(given.value, StructOf):
        place = options.place if given is None else given.value.span
        hint = "tune_parameters = (alpha = ARRAY [0.1, 1])"
        raise options.cursor.error("expected", "tune_parameters wants (name = ARRAY [..], …)", place, hint=hint)
    return tuple(Argument(key, _candidates(value), value.span) for key, value in given.value.items)


def _clauses(options: Options) -> list[str]:
    """What the class that searches is told: folds, trials, metric."""
    given = options.take("experiment_class")
    search = "" if given is None else options.text_of(given).rpartition(".")[2]
    if search not in ("GridSearchCV", "RandomizedSearchCV"):
        message = "experiment_class takes GridSearchCV or RandomizedSearchCV; no other has an equal here"
        place = options.place if given is None else given.span
        raise options.cursor.error("not_supported", message, place)
    kwargs = options.take("experiment_kwargs")
    told = dict(kwargs.value.items) if kwargs is not None and isinstance(kwargs.value, StructOf) else {}
    trials = told.pop("n_iter", Literal(10, Span(0, 0)))  # scikit-learn's own default
    folds, metric = told.pop("cv", None), told.pop("scoring", None)
    told = {key: value for key, value in told.items() if key not in _SPREADING}
    if kwargs is not None and told:
        raise options.no_equal(kwargs, f"says {next(iter(told))}, which has no equal here")
    found = [] if folds is None else [f"CROSS VALIDATE {_integer(options, kwargs, folds)}"]
    found += [] if metric is None else [f"METRIC {_metric(options, kwargs, metric)}"]
    random = f"SEARCH RANDOM {_integer(options, kwargs, trials)} TRIALS"
    return [*found, "SEARCH GRID" if search == "GridSearchCV" else random]


_SPREADING = ("n_jobs", "verbose", "pre_dispatch", "refit", "scheduler", "cache_cv")


def _integer(options: Options, given: Argument | None, value: Expression) -> int:
    if isinstance(value, Literal) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return value.value
    assert given is not None
    raise options.wrong(given, "an integer here", value)


def _metric(options: Options, given: Argument | None, value: Expression) -> str:
    if isinstance(value, Literal) and isinstance(value.value, str) and value.value.isidentifier():
        return value.value
    assert given is not None
    raise options.wrong(given, "the name of a metric here", value)


# ---- values --------------------------------------------------------------------------------------------------------


def _option(cursor: Cursor) -> Argument:
    """`name = value`; a value is also `ARRAY [..]`, `MAP [key, value, …]`, or options in brackets."""
    first = cursor.at
    token = cursor.peek()
    if token is None or token.kind not in (WORD, QUOTED, STRING) or cursor.upper(1) != "=":
        raise cursor.expected("name = value")
    name = cursor.next().text.strip("'\"")
    cursor.next()
    return Argument(name, _value(cursor), cursor.since(first))


def _value(cursor: Cursor) -> Expression:
    first = cursor.at
    if cursor.accept("ARRAY"):
        _opens(cursor, "[")
        return ListOf(in_brackets(cursor, _value), cursor.since(first))
    if cursor.accept("MAP"):
        _opens(cursor, "[")
        return _map(cursor, in_brackets(cursor, _value), first)
    if cursor.upper() == "(" and (cursor.upper(2) == "=" or cursor.upper(1) == ")"):
        items = in_brackets(cursor, _option)
        return StructOf(tuple((str(item.name), item.value) for item in items), cursor.since(first))
    return read_value(cursor)


def _opens(cursor: Cursor, bracket: str) -> None:
    if cursor.upper() != bracket:
        raise cursor.expected(f"'{bracket}'")


def _map(cursor: Cursor, items: tuple[Expression, ...], first: int) -> StructOf:
    keys = [item.value if isinstance(item, Literal) else None for item in items[::2]]
    if len(items) % 2 or not all(isinstance(key, str) for key in keys):
        raise cursor.error("expected", "MAP takes texts and values in turn", cursor.since(first))
    return StructOf(tuple(zip(map(str, keys), items[1::2], strict=True)), cursor.since(first))


def _value_of(value: Expression) -> Expression:
    """The value of a parameter: a list is one value, which is a tuple here, where a list is candidates."""
    if isinstance(value, ListOf):
        return TupleOf(tuple(map(_value_of, value.items)), value.span)
    return value


def _candidates(value: Expression) -> Expression:
    if isinstance(value, ListOf):
        return ListOf(tuple(map(_value_of, value.items)), value.span)
    return _value_of(value)


# ---- PREDICT -------------------------------------------------------------------------------------------------------


def _construct(foreign: Foreign, index: int, hi: int) -> tuple[int, str] | None:
    """`PREDICT(MODEL m, query)`, which adds a column `target`."""
    words = foreign.words
    if words.upper(index) != "PREDICT" or words.upper(index + 1) != "(" or words.upper(index + 2) != "MODEL":
        return None
    close = words.partner[index + 1]
    cursor = Cursor(words, index + 3, close, "PREDICT of dask-sql")
    model = foreign.model(cursor)
    if not cursor.accept(","):
        raise cursor.expected("',' and a query")
    query = foreign.query(cursor.at, close, cursor.place)
    return close + 1, f"predict_model(({query}), model => {model}, name => target)"
