"""Text going into a transform: NULL counts as '', equal texts are looked at once, words and weights are plain data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from stratum_sql.catalog.checks import (
    Check,
    boolean,
    either,
    integer,
    number,
    one_of,
    optional,
    ordered_pair,
    several,
    text,
)
from stratum_sql.catalog.columns import Column, Matrix
from stratum_sql.catalog.spec import Parameter, Params, State

LONGEST_NGRAM = 20  # words or characters; more is a slip, and every text would become its own column

SHARE_OR_COUNT: Check = either(integer(low=1), number(low=0, high=1))

MAX_FEATURES = Parameter("max_features", None, "at most this many words, the most frequent", optional(integer(low=1)))
NGRAM_RANGE = Parameter(
    "ngram_range", (1, 1), "shortest and longest n-gram: (low, high)", ordered_pair(integer(low=1, high=LONGEST_NGRAM))
)
ANALYZER = Parameter("analyzer", "word", "what is counted: words or characters", one_of("word", "char", "char_wb"))
MIN_DF = Parameter("min_df", 1, "fewest rows with the word: rows (integer) or share of rows (0 to 1)", SHARE_OR_COUNT)
MAX_DF = Parameter("max_df", 1.0, "most rows with the word: rows (integer) or share of rows (0 to 1)", SHARE_OR_COUNT)
LOWERCASE = Parameter("lowercase", True, "upper and lower case are one", boolean)
STOP_WORDS = Parameter(
    "stop_words",
    None,
    "words left out: 'english' or a tuple of words",
    optional(either(one_of("english"), several(text))),
)
STRIP_ACCENTS = Parameter(
    "strip_accents", None, "accents taken off: 'unicode' or 'ascii'", optional(one_of("unicode", "ascii"))
)
BINARY = Parameter("binary", False, "a word counts once a row", boolean)


def counting(params: Params) -> dict[str, Any]:
    """The arguments of scikit-learn's vectorizers that say what is counted, out of the parameters there are."""
    named = {name: params[name] for name in _COUNTING if name in params}
    if "ngram_range" in named:
        named["ngram_range"] = tuple(named["ngram_range"])
    if isinstance(named.get("stop_words"), tuple):
        named["stop_words"] = list(named["stop_words"])
    return named


_COUNTING = (
    "max_features",
    "ngram_range",
    "analyzer",
    "min_df",
    "max_df",
    "lowercase",
    "stop_words",
    "strip_accents",
    "binary",
)
_KNOWN_WORDS = frozenset({"max_features", "min_df", "max_df"})  # of no use when the words are known


def weighing(params: Params) -> dict[str, Any]:
    """The arguments of TfidfTransformer out of the parameters there are."""
    return {name: params[name] for name in ("norm", "use_idf", "smooth_idf", "sublinear_tf") if name in params}


def fit_counts(column: Column, params: Params) -> tuple[State, Matrix]:
    """State: `terms`, the words in the order of their columns. Then the counts of the training rows, CSR float64."""
    counter = CountVectorizer(**counting(params), dtype=np.float64)
    try:
        counts = _counts(counter, column)
    except ValueError as error:
        raise ValueError(f"{column.name}: {error}") from error
    return {"terms": [str(term) for term in counter.get_feature_names_out()]}, counts


def _counts(counter: CountVectorizer, column: Column) -> Matrix:
    """The counts of the training rows, `counter` fitted.

    A repeated text is taken apart once, unless the choice of words depends on how many rows have them.
    """
    if counter.max_features is None and _is(counter.min_df, 1) and _is(counter.max_df, 1.0):
        distinct, rows = distinct_texts(column)
        return counter.fit_transform(distinct)[rows]
    return counter.fit_transform(texts(column))


def _is(value: float, wanted: float) -> bool:
    """1 row is not the share 1.0."""
    return value == wanted and isinstance(value, type(wanted))


def apply_counts(state: State, column: Column, params: Params) -> Matrix:
    """The counts of any rows, CSR float64 of shape (rows, terms)."""
    known = {name: value for name, value in counting(params).items() if name not in _KNOWN_WORDS}
    vocabulary = {term: at for at, term in enumerate(state["terms"])}
    counter = CountVectorizer(**known, vocabulary=vocabulary, dtype=np.float64)
    distinct, rows = distinct_texts(column)
    return counter.transform(distinct)[rows]


def fit_weights(column: Column, params: Params) -> tuple[State, Matrix]:
    """State: `terms` and `idf` (terms,), None without `use_idf`. Then the tf-idf of the training rows, CSR float64."""
    state, counts = fit_counts(column, params)
    weigher = TfidfTransformer(**weighing(params))
    weights = weigher.fit_transform(counts)
    return {**state, "idf": weigher.idf_ if params.get("use_idf", True) else None}, weights


def apply_weights(state: State, column: Column, params: Params) -> Matrix:
    """The tf-idf of any rows, CSR float64 of shape (rows, terms)."""
    counts = apply_counts(state, column, params)
    if counts.shape[0] == 0:
        return counts
    weigher = TfidfTransformer(**weighing(params)).fit(counts[:1])  # what one row taught is replaced at once
    if state["idf"] is not None:
        weigher.idf_ = state["idf"]
    return weigher.transform(counts)


def texts(column: Column) -> list[str]:
    """Every row's text; NULL counts as ''."""
    return ["" if value is None else value for value in column.texts]


def distinct_texts(column: Column) -> tuple[list[str], NDArray[np.int64]]:
    """Each text of the column once, and for every row the position of its text. There is at least one text: ''."""
    codes = column.codes
    present = codes.present()
    position = np.zeros(len(codes.values) + 1, dtype=np.int64)  # the last entry, for code -1, is 0: ''
    position[present] = np.arange(1, len(present) + 1)
    return ["", *(str(value) for value in codes.values[present])], position[codes.codes]
