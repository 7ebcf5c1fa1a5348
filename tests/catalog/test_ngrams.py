"""Text transforms against plain scikit-learn and skrub, to the last bit: any Unicode, any fold, texts that repeat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

from stratum_sql.catalog.columns import Block, Column, Inputs, Part
from stratum_sql.catalog.ngrams import apply_tfidf, fit_tfidf, prepared
from stratum_sql.catalog.products import QuickCsr, _same_bits, quick
from stratum_sql.catalog.texts import apply_counts, fit_counts
from stratum_sql.catalog.transforms.count_words import COUNT_WORDS
from stratum_sql.catalog.transforms.hash_text import HASH_TEXT
from stratum_sql.catalog.transforms.text_svd import TEXT_SVD

LETTERS = st.sampled_from("abcABC  \t.ÄßİΣ™Kéo\u0308\uff19ﬁ१🙂") | st.characters(codec="utf-8")
POOLS = st.lists(st.text(LETTERS, max_size=14) | st.none(), min_size=1, max_size=8)
ANALYZERS = [("word", (1, 2)), ("char", (2, 3)), ("char_wb", (3, 4))]
EVERY_CHARACTER = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]


def column_of(texts: list[str | None]) -> Column:
    return Column("x", "text", pa.array(texts, pa.string()))


def plain(texts: list[str | None]) -> list[str]:
    return [text or "" for text in texts]


def same(found: Any, expected: Any) -> None:
    """Equal in shape, in what is stored where, and in every bit of it."""
    expected = sparse.csr_matrix(expected)
    expected.sort_indices()
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    for part in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(found, part), getattr(expected, part)), part


def values(made: Part) -> Any:
    assert isinstance(made, Block)
    return made.values


@st.composite
def folds(draw: st.DrawFn) -> tuple[Column, list[str | None], list[str | None], np.ndarray[Any, Any], Any]:
    """A column whose texts repeat, its training rows in any order, and the others."""
    pool = draw(POOLS)
    texts = [pool[at] for at in draw(st.lists(st.integers(0, len(pool) - 1), min_size=2, max_size=25))]
    order = np.array(draw(st.permutations(range(len(texts)))))
    cut = draw(st.integers(1, len(texts) - 1))
    train, held_out = order[:cut], order[cut:]
    return column_of(texts), [texts[at] for at in train], [texts[at] for at in held_out], train, held_out


@given(folds(), st.sampled_from(ANALYZERS))
def test_weights_are_those_of_fit_transform_and_transform(fold: Any, kind: Any) -> None:
    column, train, held_out, train_rows, other_rows = fold
    params = {"analyzer": kind[0], "ngram_range": kind[1]}
    vectorizer = TfidfVectorizer(**params)
    try:
        expected = vectorizer.fit_transform(plain(train))
    except ValueError:
        with pytest.raises(ValueError, match="empty vocabulary"):
            fit_tfidf(column.take(train_rows), params)
        return
    state, weighed = fit_tfidf(column.take(train_rows), params)
    assert state["terms"] == vectorizer.get_feature_names_out().tolist()
    assert np.array_equal(state["idf"], vectorizer.idf_)
    same(weighed.weights[weighed.place], expected)
    other = apply_tfidf(state, column.take(other_rows), params)
    same(other.weights[other.place], vectorizer.transform(plain(held_out)))


@given(
    folds(),
    st.sampled_from(ANALYZERS),
    st.fixed_dictionaries(
        {
            "lowercase": st.booleans(),
            "strip_accents": st.sampled_from([None, "unicode", "ascii"]),
            "binary": st.booleans(),
            "min_df": st.sampled_from([1, 2, 0.3]),
            "max_df": st.sampled_from([1.0, 0.6, 3]),
            "max_features": st.sampled_from([None, 1, 4]),
        }
    ),
)
def test_counts_are_those_of_count_vectorizer(fold: Any, kind: Any, said: dict[str, Any]) -> None:
    column, train, held_out, train_rows, other_rows = fold
    params = COUNT_WORDS.complete({**said, "analyzer": kind[0], "ngram_range": kind[1]})
    counter = CountVectorizer(**said, analyzer=kind[0], ngram_range=kind[1], dtype=np.float64)
    try:
        expected = counter.fit_transform(plain(train))
    except ValueError as error:
        with pytest.raises(ValueError, match=f"^x: {str(error).split(';')[0]}"):
            fit_counts(column.take(train_rows), params)
        return
    state, counts = fit_counts(column.take(train_rows), params)
    assert state["terms"] == counter.get_feature_names_out().tolist()
    same(counts, expected)
    same(apply_counts(state, column.take(other_rows), params), counter.transform(plain(held_out)))


@given(
    folds(),
    st.sampled_from(ANALYZERS),
    st.fixed_dictionaries(
        {
            "n_features": st.sampled_from([1, 3, 4096]),
            "alternate_sign": st.booleans(),
            "binary": st.booleans(),
            "norm": st.sampled_from([None, "l1", "l2"]),
            "stop_words": st.sampled_from([None, "english"]),
        }
    ),
)
def test_hashes_are_those_of_hashing_vectorizer(fold: Any, kind: Any, said: dict[str, Any]) -> None:
    column, train, _, train_rows, _ = fold
    said = {**said, "stop_words": said["stop_words"] if kind[0] == "word" else None}
    expected = HashingVectorizer(**said, analyzer=kind[0], ngram_range=kind[1]).transform(plain(train))
    params = HASH_TEXT.complete({**said, "analyzer": kind[0], "ngram_range": kind[1]})
    (made,) = HASH_TEXT.apply({}, Inputs([column.take(train_rows)]), params)
    same(values(made), expected)


@pytest.mark.parametrize("strip_accents", [None, "unicode", "ascii"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_every_character_is_made_ready_as_by_scikit_learn(strip_accents: str | None, lowercase: bool) -> None:
    """Σ is another letter at the end of a word, and İ becomes two."""
    counter = CountVectorizer(lowercase=lowercase, strip_accents=strip_accents)
    change = counter.build_preprocessor()
    pieces = [f"A{letter}B Z{letter}" for letter in EVERY_CHARACTER]
    texts = [" ".join(pieces[at : at + 64]) for at in range(0, len(pieces), 64)]
    assert prepared(texts, counter).to_pylist() == [change(text) for text in texts]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_text_svd_is_string_encoder_to_the_last_bit(seed: int) -> None:
    skrub = pytest.importorskip("skrub")
    random = np.random.default_rng(seed)
    letters = np.array(list("abcdeABÄßéΣ🙂 '-"))
    pool = ["".join(random.choice(letters, random.integers(0, 25))) for _ in range(300)]
    texts = [pool[at] for at in random.zipf(1.3, 900).clip(1, 300) - 1]
    column, order = column_of(list(texts)), random.permutation(900)
    train, held_out = order[:600], order[600:]
    params = TEXT_SVD.complete({"n_components": 5})
    encoder = skrub.StringEncoder(n_components=5, random_state=seed)
    expected = encoder.fit_transform(pd.Series([texts[at] for at in train], name="x"))
    assert TEXT_SVD.fit_apply is not None
    state, (made,) = TEXT_SVD.fit_apply(Inputs([column.take(train)]), params, None, seed)
    assert np.array_equal(values(made), expected.to_numpy())
    (made,) = TEXT_SVD.apply(state, Inputs([column.take(held_out)]), params)
    assert np.array_equal(values(made), encoder.transform(pd.Series([texts[at] for at in held_out])).to_numpy())


@pytest.mark.skipif(not _same_bits(), reason="scipy's own loops round otherwise on this processor")
@pytest.mark.parametrize("shape", [(9_000, 400), (400, 9_000)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_quick_matrix_has_the_products_and_the_svd_of_a_plain_one(shape: tuple[int, int], dtype: Any) -> None:
    random = np.random.default_rng(5)
    matrix = sparse.random(*shape, 0.02, "csr", rng=random, dtype=dtype)
    fast = quick(matrix)
    assert isinstance(fast, QuickCsr)
    for vectors in (1, 33):
        right, left = (random.normal(size=(size, vectors)).astype(dtype) for size in (shape[1], shape[0]))
        for found, expected in (
            (fast @ right, matrix @ right),
            (fast.T @ left, matrix.T @ left),
            (left.T @ fast, left.T @ matrix),
            (right.T @ fast.T, right.T @ matrix.T),
            (fast.T.T @ right, matrix @ right),
        ):
            assert np.array_equal(found, expected)
    assert (fast @ fast.T != matrix @ matrix.T).nnz == 0
    one, other = (TruncatedSVD(20, random_state=3) for _ in range(2))
    assert np.array_equal(one.fit_transform(fast), other.fit_transform(matrix))
    assert np.array_equal(one.components_, other.components_)


def test_what_the_kernel_cannot_multiply_stays_as_it_is() -> None:
    dense, whole = np.ones((2, 2)), sparse.csr_matrix(np.ones((2, 2), dtype=np.int64))
    assert quick(dense) is dense
    assert quick(whole) is whole
