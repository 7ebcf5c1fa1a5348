"""ngrams against scikit-learn's CountVectorizer: every analyzer, any Unicode, the order of n-grams and of counts."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from stratum_sql import kernels as rust

Analyzer = Literal["word", "char", "char_wb"]
ANALYZERS: tuple[Analyzer, ...] = ("word", "char", "char_wb")
EVERY_CHARACTER = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]

LETTERS = st.sampled_from("aabbcÄß_9 \t\n\x00\x1c\x85\u2003\u200bé\u0301İΣςKa\u0640१🜚🙂-.,") | st.characters(
    codec="utf-8"
)
TEXTS = st.lists(st.text(LETTERS, max_size=30), min_size=1, max_size=8)
RANGES = st.tuples(st.integers(1, 6), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def arrow(texts: list[str | None]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def in_order(
    texts: list[str], analyzer: Analyzer, ngram_range: tuple[int, int], stop_words: list[str] | None = None
) -> list[dict[str, int]]:
    """What each text has, in the order in which CountVectorizer meets it."""
    counter = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, lowercase=False, stop_words=stop_words)
    take_apart = counter.build_analyzer()
    found: list[dict[str, int]] = []
    for text in texts:
        found.append({})
        for gram in take_apart(text):
            found[-1][gram] = found[-1].get(gram, 0) + 1
    return found


def check(texts: list[str], analyzer: Analyzer, ngram_range: tuple[int, int], stop_words: Any = None) -> None:
    expected = in_order(texts, analyzer, ngram_range, stop_words)
    terms, counts = rust.ngrams(arrow(list(texts)), analyzer, ngram_range, stop_words or ())
    names = terms.to_pylist()
    assert names == sorted({gram for text in expected for gram in text})
    assert counts.shape == (len(texts), len(names))
    rows = [slice(*counts.indptr[at : at + 2]) for at in range(len(texts))]
    found = [
        [(names[column], count) for column, count in zip(counts.indices[row], counts.data[row], strict=True)]
        for row in rows
    ]
    assert found == [list(text.items()) for text in expected]


@given(TEXTS, st.sampled_from(ANALYZERS), RANGES)
def test_equals_count_vectorizer(texts: list[str], analyzer: Analyzer, ngram_range: tuple[int, int]) -> None:
    check(texts, analyzer, ngram_range)


@given(TEXTS, RANGES, st.lists(st.sampled_from(["aa", "ab", "ba", "a9", "zz"]), unique=True))
def test_stop_words_leave_no_gap(texts: list[str], ngram_range: tuple[int, int], stop_words: list[str]) -> None:
    check(texts, "word", ngram_range, stop_words)


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_every_character(analyzer: Analyzer) -> None:
    """Each one beside letters and twice in a row: so it shows whether it is a letter, white space or neither."""
    pieces = [f"a{letter}{letter}" for letter in EVERY_CHARACTER]
    texts = ["".join(pieces[at : at + 512]) for at in range(0, len(pieces), 512)]
    size = (1, 1) if analyzer == "word" else (2, 2)
    counter = CountVectorizer(analyzer=analyzer, ngram_range=size, lowercase=False, dtype=np.float64)
    expected = counter.fit_transform(texts)
    terms, counts = rust.ngrams(arrow(list(texts)), analyzer, size)
    counts.sort_indices()
    expected.sort_indices()
    assert terms.to_pylist() == counter.get_feature_names_out().tolist()
    for part in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(counts, part), getattr(expected, part))


def test_ngrams_of_15_bytes_and_more_are_told_apart() -> None:
    stems = ["a" * length for length in (13, 14, 15, 16, 17, 40)]
    check([f"{stem}{end}" for stem in stems for end in ("", "\x00", "b", "\x00b", "é", "🙂")], "char", (13, 18))
    check([" ".join(stems), "🜚🜚🜚🜚 🜚🜚🜚🙂", "🜚🜚🜚🜚"], "char_wb", (3, 5))


def test_many_tasks_give_what_one_gives(threads_restored: None) -> None:
    """More text than one task has, on any number of threads."""
    random = np.random.default_rng(3)
    words = ["".join(map(chr, random.integers(97, 123, random.integers(1, 30)))) for _ in range(20_000)]
    texts = [" ".join(words[at] for at in row) for row in random.integers(0, len(words), (30_000, 12))]
    assert sum(map(len, texts)) > 3 << 20
    results = []
    for count in (1, 2, 7):
        rust.set_threads(count)
        results.append(rust.ngrams(arrow(list(texts)), "word", (1, 1)))
    for terms, counts in results:
        assert terms.equals(results[0][0])
        assert all(
            np.array_equal(getattr(counts, part), getattr(results[0][1], part))
            for part in ("indptr", "indices", "data")
        )
    check(texts, "word", (1, 1))


def test_null_has_no_ngrams() -> None:
    terms, counts = rust.ngrams(arrow([None, "ab", None]), "char", (1, 1))
    assert terms.to_pylist() == ["a", "b"]
    assert counts.toarray().tolist() == [[0, 0], [1, 1], [0, 0]]
    terms, counts = rust.ngrams(arrow([]), "word", (1, 1))
    assert (len(terms), counts.shape) == (0, (0, 0))


def test_a_slice_is_read_as_what_it_shows() -> None:
    terms, counts = rust.ngrams(arrow(["left out", "in here", "out"]).slice(1, 1), "word", (1, 1))
    assert terms.to_pylist() == ["here", "in"]
    assert counts.toarray().tolist() == [[1, 1]]


@pytest.mark.parametrize("ngram_range", [(0, 1), (2, 1)])
def test_a_range_that_is_none_is_refused(ngram_range: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="n-grams of"):
        rust.ngrams(arrow(["a"]), "char", ngram_range)


def test_other_types_and_broken_text_are_refused() -> None:
    with pytest.raises(ValueError, match="expected an Arrow array of LargeUtf8, got Utf8"):
        rust.ngrams(pa.array(["a"]), "char", (1, 1))
    broken = pa.array([b"\xff\xfe"], pa.large_binary()).view(pa.large_string())
    with pytest.raises(ValueError, match="not a readable Arrow array"):
        rust.ngrams(broken, "char", (1, 1))
    with pytest.raises(ValueError, match="no analyzer words"):
        rust.ngrams(arrow(["a"]), "words", (1, 1))  # type: ignore[arg-type]  # what the test is about
