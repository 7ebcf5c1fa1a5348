"""The n-grams of a column's texts: every different text is taken apart once, for all folds and statements.

Folds are rows of one column and share its values (`Column.codes`), so the counts are kept with the values, and go with
them. What is fitted is still that of the training rows alone: a fold knows the n-grams of its own rows, and no others.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from stratum_sql.catalog.columns import Column, Matrix
from stratum_sql.catalog.numeric import Floats
from stratum_sql.catalog.spec import Params, State

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Grams:
    """`counts[i]` says how often each of `terms` (sorted) is in the i-th value of a column; the last row is that of ''.

    CSR, float64, of shape (values + 1, terms).
    """

    terms: list[str]
    counts: Matrix


@dataclass(frozen=True, eq=False, slots=True)
class Weighed:
    """tf-idf of some rows of a column: `weights` (texts, terms), CSR float64, has a row for each different text;
    `place[i]` (rows,) is the one of row i."""

    weights: Matrix
    place: Places


def fit_tfidf(column: Column, params: Params) -> tuple[State, Weighed]:
    """State: `terms`, the n-grams of these rows, sorted, and their `idf`; then these rows weighed.

    NULL counts as ''. Equal to scikit-learn's TfidfVectorizer on all rows to the last bit: document frequencies are
    whole numbers, and a row's weights depend on that row alone. Raises ValueError where there is no n-gram at all.
    """
    grams, (texts, place) = _grams(column, params), _texts(column)
    counts = grams.counts[texts]
    rows = np.bincount(place, minlength=len(texts))
    frequency = np.bincount(counts.indices, np.repeat(rows, np.diff(counts.indptr)), minlength=len(grams.terms))
    seen = np.flatnonzero(frequency)
    if not len(seen):
        raise ValueError(f"{column.name}: empty vocabulary; no text has an n-gram")
    idf = np.log((len(place) + 1) / (frequency[seen] + 1)) + 1
    target = np.full(len(grams.terms), -1, dtype=np.int64)
    target[seen] = np.arange(len(seen))
    state = {"terms": [grams.terms[at] for at in seen], "idf": idf}
    return state, Weighed(_weigh(_columns(counts, target, len(seen)), idf), place)


def apply_tfidf(state: State, column: Column, params: Params) -> Weighed:
    """Any rows weighed by what `fit_tfidf` learned; n-grams it never saw are left out."""
    grams, (texts, place) = _grams(column, params), _texts(column)
    known = {term: at for at, term in enumerate(state["terms"])}
    target = np.fromiter((known.get(term, -1) for term in grams.terms), dtype=np.int64, count=len(grams.terms))
    return Weighed(_weigh(_columns(grams.counts[texts], target, len(known)), state["idf"]), place)


def _texts(column: Column) -> tuple[Places, Places]:
    """The rows of `Grams.counts` that the column has, ascending, and for each of its rows the position among them."""
    codes = column.codes
    at = np.where(codes.codes < 0, len(codes.values), codes.codes).astype(np.int64)
    present = np.flatnonzero(np.bincount(at, minlength=len(codes.values) + 1))
    position = np.zeros(len(codes.values) + 1, dtype=np.int64)
    position[present] = np.arange(len(present))
    return present, position[at]


def _columns(counts: Matrix, target: Places, width: int) -> Matrix:
    """`counts` with column j moved to `target[j]`, or left out where that is -1. `target` must rise, so that the terms
    of a row keep their order: sums over a row are then scikit-learn's to the last bit."""
    moved = target[counts.indices]
    kept = moved >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
    return sparse.csr_matrix((counts.data[kept], moved[kept], ends), shape=(counts.shape[0], width))


def _weigh(counts: Matrix, idf: Floats) -> Matrix:
    if counts.shape[0] == 0:
        return counts
    weigher = TfidfTransformer().fit(counts[:1])  # what one row taught is replaced at once
    weigher.idf_ = idf
    return weigher.transform(counts)


# ---- counted once ----------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Kept:
    """What was counted of one array of values, by what counts as an n-gram; the lock makes it counted once."""

    made: dict[tuple[str, tuple[int, int]], Grams] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept: dict[int, _Kept] = {}  # by the identity of a column's values, while these live
_opening = threading.Lock()


def _grams(column: Column, params: Params) -> Grams:
    values = column.codes.values
    low, high = params["ngram_range"]
    key = (str(params["analyzer"]), (int(low), int(high)))
    kept = _kept_with(values)
    with kept.lock:
        if key not in kept.made:
            kept.made[key] = _count([*map(str, values), ""], *key)
        return kept.made[key]


def _kept_with(values: NDArray[np.generic]) -> _Kept:
    with _opening:
        if id(values) not in _kept:
            _kept[id(values)] = _Kept()
            weakref.finalize(values, _kept.pop, id(values), None).atexit = False
        return _kept[id(values)]


def _count(texts: list[str], analyzer: str, ngram_range: tuple[int, int]) -> Grams:
    counter = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, dtype=np.float64)
    take_apart = counter.build_analyzer()
    if not any(take_apart(text) for text in texts):  # scikit-learn raises there, but another fold may have n-grams
        return Grams([], sparse.csr_matrix((len(texts), 0)))
    counts = counter.fit_transform(texts)
    return Grams(list(counter.get_feature_names_out()), counts)
