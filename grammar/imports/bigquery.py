"""BigQuery ML: `CREATE MODEL … OPTIONS (…) AS query`, and the functions `ML.PREDICT` and its like.

Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/bigqueryml-syntax-create
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stratum_sql.errors import StratumError
from stratum_sql.grammar.expressions import Cursor, in_brackets, near, read_argument, read_name
from stratum_sql.grammar.imports.bigquery_models import training
from stratum_sql.grammar.imports.bigquery_transforms import read_transform
from stratum_sql.grammar.imports.bigquery_words import bigquery_words
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
from stratum_sql.grammar.syntax import Argument
from stratum_sql.quoting import quote_text

_PLACE = "CREATE MODEL of BigQuery ML"


def from_bigquery(text: str) -> str:
    """A script of BigQuery in this dialect. Raises ParseError."""
    return rewrite_script(Foreign(bigquery_words(text), _construct), _statement)


# ---- statements ----------------------------------------------------------------------------------------------------


def _statement(foreign: Foreign, lo: int, hi: int) -> str | None:
    words = foreign.words
    pair = f"{words.upper(lo)} {words.upper(lo + 1)}"
    if pair in ("EXPORT MODEL", "ALTER MODEL"):
        raise not_supported(words, lo, lo + 2, f"{pair} is not supported yet")
    cursor = Cursor(words, lo, hi, _PLACE)
    creation = read_creation(foreign, cursor)
    if creation is None:
        return None
    foreign.keep_comments(lo, cursor.at)
    return _create(foreign, cursor, creation)


def _create(foreign: Foreign, cursor: Cursor, creation: Creation) -> str:
    select = _select_list(foreign, cursor) if cursor.accept("TRANSFORM") else None
    start = cursor.at
    if not cursor.accept("OPTIONS"):
        raise cursor.expected("TRANSFORM (…) or OPTIONS (…)", "OPTIONS (model_type = 'LINEAR_REG', …)")
    place = cursor.since(cursor.at - 1)
    options = Options(cursor, _option_list(cursor), place)
    if not cursor.accept("AS"):
        raise cursor.expected("AS and a query")
    foreign.keep_comments(start, cursor.at)
    query = foreign.query(cursor.at, cursor.hi, _PLACE)
    made = training(options, foreign.note)
    foreign.targets[creation.name.lower()] = made.target
    features = select or made.features
    return f"{creation.text} AS SELECT {features} FROM ({query})\n{made.clauses}"


def _option_list(cursor: Cursor) -> tuple[Argument, ...]:
    if cursor.upper() != "(":
        raise cursor.expected("'('")
    return in_brackets(cursor, read_argument)


def _select_list(foreign: Foreign, cursor: Cursor) -> str:
    """What stands in the brackets after TRANSFORM."""
    if cursor.upper() != "(":
        raise cursor.expected("'(' and a select list")
    lo, hi = cursor.at + 1, foreign.words.partner[cursor.at]
    cursor.at = hi + 1
    if lo == hi:
        raise cursor.error("expected", "TRANSFORM wants a select list", cursor.words.span(lo - 1, hi + 1))
    return foreign.rewritten(lo, hi)


# ---- functions -----------------------------------------------------------------------------------------------------


def _construct(foreign: Foreign, index: int, hi: int) -> tuple[int, str] | None:
    """A function of BigQuery ML, or `* EXCEPT (…)`."""
    words = foreign.words
    if words.upper(index) == "EXCEPT" and words.upper(index - 1) == "*" and words.upper(index + 1) == "(":
        return index + 1, "EXCLUDE"
    called = words.upper(index) == "ML" and words.upper(index + 1) == "." and words.upper(index + 3) == "("
    if not called or index + 3 >= hi:
        return None
    name, close = words.upper(index + 2), words.partner[index + 3]
    if name in _TABLES:
        cursor = Cursor(words, index + 4, close, f"ML.{name}")
        return close + 1, _TABLES[name](foreign, cursor)
    found = read_transform(foreign, index, hi)
    if found is None:
        raise _unknown(foreign, index)
    return found


def _unknown(foreign: Foreign, index: int) -> StratumError:
    words = foreign.words
    name = words.upper(index + 2)
    hint = _INSTEAD.get(name)
    like = () if hint else tuple(f"ML.{word}" for word in near(name, _TABLES))
    hint = hint or (f"did you mean {like[0]}?" if like else None)
    return not_supported(words, index, index + 3, f"ML.{name} has no equal here", hint)


_INSTEAD = {
    "WEIGHTS": "SELECT … FROM … EXPLAIN MODEL name USING coefficients()",
    "FEATURE_IMPORTANCE": "SELECT … FROM … EXPLAIN MODEL name USING importances()",
    "GLOBAL_EXPLAIN": "SELECT … FROM … EXPLAIN MODEL name",
    "BUCKETIZE": "CASE WHEN … THEN … END, or bin_quantile(x)",
    "FEATURE_CROSS": "one_hot(concat_ws('_', a, b))",
    "NGRAMS": "tfidf(x, ngram_range => (1, 2))",
    "TF_IDF": "tfidf(x)",
    "BAG_OF_WORDS": "count_words(x)",
    "MULTI_HOT_ENCODER": "count_words(x)",
    "HASH_BUCKETIZE": "hash_encode(x)",
    "NORMALIZER": "row_normalize(a, b)",
    "CONFUSION_MATRIX": "SELECT … FROM … EVALUATE MODEL name METRIC precision, recall",
    "ROC_CURVE": "SELECT … FROM … EVALUATE MODEL name METRIC roc_auc",
    "TRAINING_INFO": "DESCRIBE MODEL name",
}


def _model(foreign: Foreign, cursor: Cursor) -> str:
    if not cursor.accept("MODEL"):
        raise cursor.expected("MODEL name")
    return foreign.model(cursor)


def _input(foreign: Foreign, cursor: Cursor, hint: str | None = None) -> str:
    """The rows after the model: `(query)` or `TABLE name`. What stands behind them has no equal."""
    if not cursor.accept(","):
        raise cursor.expected("',' and a query in brackets, or TABLE name", hint)
    if cursor.accept("TABLE"):
        query = f"FROM {expression(read_name(cursor, 'the name of a table'))}"
    elif cursor.upper() == "(":
        end = foreign.words.skip(cursor.at)
        query = foreign.query(cursor.at, end, cursor.place)
        cursor.at = end
    else:
        raise cursor.expected("a query in brackets, or TABLE name")
    if cursor.peek() is not None:
        message = f"what follows the rows has no equal in {cursor.place}"
        raise not_supported(foreign.words, cursor.at, cursor.hi, message, "leave it out")
    return query


def _predict(foreign: Foreign, cursor: Cursor) -> str:
    model = _model(foreign, cursor)
    query = _input(foreign, cursor)
    target = foreign.targets.get(model.lower())
    if target is None:
        foreign.note(f"the column of predictions is called prediction: {model} is not made in this script")
    name = "" if target is None else f", name => {spell_name('predicted_' + target)}"
    return f"predict_model(({query}), model => {model}{name})"


def _evaluate(foreign: Foreign, cursor: Cursor) -> str:
    model = _model(foreign, cursor)
    query = _input(foreign, cursor, "the scores it was chosen by: DESCRIBE MODEL name")
    foreign.note("the metrics are those the model was trained with; METRIC names others")
    return f"evaluate_model(({query}), model => {model})"


def _transform(foreign: Foreign, cursor: Cursor) -> str:
    model = _model(foreign, cursor)
    return f"transform_model(({_input(foreign, cursor)}), model => {model})"


def _explain(foreign: Foreign, cursor: Cursor) -> str:
    model = _model(foreign, cursor)
    query = _input(foreign, cursor)
    foreign.note("the columns are those of EXPLAIN MODEL … USING shap(): one a feature")
    return f"explain_model(({query}), model => {model}, explainer => shap())"


def _trials(foreign: Foreign, cursor: Cursor) -> str:
    model = _alone(foreign, cursor)
    name = quote_text(model.strip('"').lower())
    return f"(FROM stratum.trials WHERE lower(model) = {name})"


def _features(foreign: Foreign, cursor: Cursor) -> str:
    model = _alone(foreign, cursor)
    return f"(SELECT name, type FROM describe_model(model => {model}) WHERE property = 'input')"


def _alone(foreign: Foreign, cursor: Cursor) -> str:
    model = _model(foreign, cursor)
    if cursor.peek() is not None:
        raise not_supported(foreign.words, cursor.at, cursor.hi, f"only a model stands in {cursor.place}")
    return model


_TABLES: Mapping[str, Callable[[Foreign, Cursor], str]] = {
    "PREDICT": _predict,
    "EVALUATE": _evaluate,
    "TRANSFORM": _transform,
    "EXPLAIN_PREDICT": _explain,
    "TRIAL_INFO": _trials,
    "FEATURE_INFO": _features,
}
