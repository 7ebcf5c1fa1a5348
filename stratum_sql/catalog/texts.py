"""Text going into a transform: NULL counts as '', equal texts are looked at once, words and weights are plain data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfTransformer

from stratum_sql import kernels
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
from stratum_sql.catalog.ngrams import Grams, counts_of, grams, text_numbers
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


def weighing(params: Params) -> dict[str, Any]:
    """The arguments of TfidfTransformer out of the parameters there are."""
    return {name: params[name] for name in ("norm", "use_idf", "smooth_idf", "sublinear_tf") if name in params}


def fit_counts(column: Column, params: Params) -> tuple[State, Matrix]:
    """State: `terms`, the words in the order of their columns. Then the counts of the training rows, CSR float64.

    As scikit-learn's CountVectorizer, each row's counts sorted by column. Raises ValueError where no word is left.
    """
    found, rows = grams(column, params), text_numbers(column)
    texts, times = np.unique(rows, return_counts=True)
    met, frequency = kernels.first_seen(found.counts, texts, times)
    if not len(met):
        raise ValueError(f"{column.name}: empty vocabulary; perhaps the documents only contain stop words")
    by_name = np.argsort(met)
    columns, frequency = met[by_name], frequency[by_name]
    kept = columns[_frequent(column.name, frequency, len(rows), params)]
    most = params.get("max_features")
    if most is not None and len(kept) > most:
        totals = _totals(found, texts, times, params)[kept]
        kept = np.sort(kept[(-totals).argsort()[:most]])  # of equally frequent ones those that scikit-learn keeps
    terms = found.terms.take(pa.array(kept)).to_pylist()
    return {"terms": terms}, _binary(counts_of(found, rows, terms), params)


def _frequent(name: str, frequency: NDArray[np.int64], rows: int, params: Params) -> NDArray[np.bool_]:
    """Which words are in enough rows, and not in too many; ValueError if none is."""
    low, high = (_rows(params[limit], rows) for limit in ("min_df", "max_df"))
    if high < low:
        raise ValueError(f"{name}: max_df corresponds to < documents than min_df")
    frequent: NDArray[np.bool_] = (frequency <= high) & (frequency >= low)
    if not frequent.any():
        raise ValueError(f"{name}: After pruning, no terms remain. Try a lower min_df or a higher max_df.")
    return frequent


def _rows(limit: float, rows: int) -> float:
    """A limit in rows: 1 is one row, 1.0 is all of them."""
    return limit if isinstance(limit, int) else limit * rows


def _totals(found: Grams, texts: NDArray[np.int64], times: NDArray[np.int64], params: Params) -> NDArray[np.float64]:
    """How often all rows together have each n-gram."""
    counts = _binary(found.counts[texts], params)
    repeated = counts.data * np.repeat(times, np.diff(counts.indptr))
    totals: NDArray[np.float64] = np.bincount(counts.indices, repeated, len(found.terms)).astype(np.float64)
    return totals


def _binary(counts: Matrix, params: Params) -> Matrix:
    if params["binary"]:
        counts.data.fill(1.0)
    return counts


def apply_counts(state: State, column: Column, params: Params) -> Matrix:
    """The counts of any rows, CSR float64 of shape (rows, terms)."""
    return _binary(counts_of(grams(column, params), text_numbers(column), state["terms"]), params)


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


def distinct_texts(column: Column) -> tuple[list[str], NDArray[np.int64]]:
    """Each text of the column once, and for every row the position of its text. There is at least one text: ''."""
    codes = column.codes
    present = codes.present()
    position = np.zeros(len(codes.values) + 1, dtype=np.int64)  # the last entry, for code -1, is 0: ''
    position[present] = np.arange(1, len(present) + 1)
    return ["", *(str(value) for value in codes.values[present])], position[codes.codes]
