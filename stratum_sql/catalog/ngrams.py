"""The n-grams of a column's texts: every different text is taken apart once, for all folds and statements.

Folds are rows of one column and share its values (`Column.codes`), so the counts are kept with the values, and go with
them. What is fitted is still that of the training rows alone: a fold knows the n-grams of its own rows, and no others.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from stratum_sql import kernels
from stratum_sql.catalog.columns import Column, Matrix
from stratum_sql.catalog.numeric import Floats
from stratum_sql.catalog.spec import Params, State

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Grams:
    """`counts[i]` says how often each of `terms` (Arrow, sorted) is in the i-th value of a column; the last row is that
    of ''. CSR, float64, of shape (values + 1, terms); a row's terms stand in the order in which its text has them."""

    terms: pa.Array
    counts: Matrix


@dataclass(frozen=True, eq=False, slots=True)
class Weighed:
    """tf-idf of some rows of a column: `weights` (texts, terms), CSR float64, has a row for each different text;
    `place[i]` (rows,) is the one of row i."""

    weights: Matrix
    place: Places


def fit_tfidf(column: Column, params: Params) -> tuple[State, Weighed]:
    """State: `terms`, the n-grams of these rows, sorted, and their `idf`; then these rows weighed.

    NULL counts as ''. Equal to what scikit-learn's TfidfVectorizer gives as `fit_transform` of all rows, to the last
    bit: that numbers n-grams in the order in which it meets them, and adds up the squares of a row in this order.
    Raises ValueError where there is no n-gram at all.
    """
    found, place = grams(column, params), text_numbers(column)
    texts, times = _in_order(place)
    met, frequency = kernels.first_seen(found.counts, texts, times)
    if not len(met):
        raise ValueError(f"{column.name}: empty vocabulary; no text has an n-gram")
    idf = np.log((len(place) + 1) / (frequency + 1)) + 1
    weights = _weigh(kernels.renumber(found.counts, texts, _targets(met, found), len(met)), idf)
    by_name = np.argsort(met)
    weights = kernels.renumber(weights, np.arange(len(texts)), _inverse(by_name), len(met))
    state = {"terms": found.terms.take(pa.array(met[by_name])).to_pylist(), "idf": idf[by_name]}
    return state, Weighed(weights, _positions(texts, found)[place])


def apply_tfidf(state: State, column: Column, params: Params) -> Weighed:
    """Any rows weighed by what `fit_tfidf` learned, as `transform` does; n-grams it never saw are left out."""
    found, place = grams(column, params), text_numbers(column)
    texts = np.unique(place)
    counts = counts_of(found, texts, state["terms"])
    return Weighed(_weigh(counts, state["idf"]), _positions(texts, found)[place])


def counts_of(found: Grams, texts: Places, terms: Sequence[str]) -> Matrix:
    """How often some texts have each of `terms`, CSR float64 of shape (texts, terms), sorted."""
    known = pa.array(terms, pa.large_string())
    target = pc.fill_null(pc.index_in(found.terms, known), -1).to_numpy(zero_copy_only=False)
    return kernels.renumber(found.counts, texts, target, len(terms))


def text_numbers(column: Column) -> Places:
    """The row of `Grams.counts` that each row of the column has."""
    codes = column.codes
    return np.where(codes.codes < 0, len(codes.values), codes.codes).astype(np.int64)


def _in_order(place: Places) -> tuple[Places, Places]:
    """The texts in the order in which rows first have them, and how many rows have each."""
    texts, first, times = np.unique(place, return_index=True, return_counts=True)
    order = np.argsort(first)
    return texts[order], times[order]


def _positions(texts: Places, found: Grams) -> Places:
    """Where each text number stands in `texts`."""
    position = np.zeros(found.counts.shape[0], dtype=np.int64)
    position[texts] = np.arange(len(texts))
    return position


def _targets(columns: Places, found: Grams) -> NDArray[np.int32]:
    """The number that each n-gram gets if only these are kept, in this order; -1 for the others."""
    target = np.full(len(found.terms), -1, dtype=np.int32)
    target[columns] = np.arange(len(columns))
    return target


def _inverse(order: Places) -> NDArray[np.int32]:
    inverse = np.empty(len(order), dtype=np.int32)
    inverse[order] = np.arange(len(order))
    return inverse


def _weigh(counts: Matrix, idf: Floats) -> Matrix:
    if counts.shape[0] == 0:
        return counts
    weigher = TfidfTransformer().fit(counts[:1])  # what one row taught is replaced at once
    weigher.idf_ = idf
    return weigher.transform(counts, copy=False)


# ---- counted once ----------------------------------------------------------------------------------------------------

DEFAULTS: Mapping[str, Any] = {"lowercase": True, "strip_accents": None, "stop_words": None}
_Key = tuple[Any, ...]


@dataclass(eq=False)
class _Kept:
    """What was counted of one array of values, by what counts as an n-gram; the lock makes it counted once."""

    made: dict[_Key, Grams] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept: dict[int, _Kept] = {}  # by the identity of a column's values, while these live
_opening = threading.Lock()


def grams(column: Column, params: Params) -> Grams:
    """The n-grams of the column's values, counted as `analyzer`, `ngram_range`, `lowercase`, `strip_accents` and
    `stop_words` of scikit-learn's CountVectorizer say; those that `params` has not are scikit-learn's defaults."""
    values = column.codes.values
    said = {name: params.get(name, default) for name, default in DEFAULTS.items()}
    counter = CountVectorizer(**{**said, "stop_words": _listed(said["stop_words"])})
    low, high = params["ngram_range"]
    key = (str(params["analyzer"]), (int(low), int(high)), *said.values())
    kept = _kept_with(values)
    with kept.lock:
        if key not in kept.made:
            texts = prepared([*map(str, values), ""], counter)
            left_out = counter.get_stop_words() or ()
            kept.made[key] = Grams(*kernels.ngrams(texts, params["analyzer"], key[1], left_out))
        return kept.made[key]


def _listed(stop_words: Any) -> Any:
    return list(stop_words) if isinstance(stop_words, tuple) else stop_words


def _kept_with(values: NDArray[np.generic]) -> _Kept:
    with _opening:
        if id(values) not in _kept:
            _kept[id(values)] = _Kept()
            weakref.finalize(values, _kept.pop, id(values), None).atexit = False
        return _kept[id(values)]


def prepared(texts: Sequence[str], counter: CountVectorizer) -> pa.Array:
    """The texts as `counter` takes them apart (Arrow, large_string): lower case, without accents, as it says.

    Python does that for texts that are not ASCII, by its own rules and tables; ASCII has no accents.
    """
    given = pa.array(texts, pa.large_string())
    plain = pc.ascii_lower(given) if counter.lowercase else given
    odd = pc.invert(pc.string_is_ascii(given))
    if not pc.any(odd).as_py():
        return plain
    change = counter.build_preprocessor()
    changed = [change(text) for text in given.filter(odd).to_pylist()]
    return pc.replace_with_mask(plain, odd, pa.array(changed, pa.large_string()))
