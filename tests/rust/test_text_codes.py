"""Different texts, sorted and numbered, as Arrow's dictionary and its sort make them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql import kernels

TEXTS = st.lists(st.none() | st.text(max_size=4) | st.text("ab\0é", min_size=13, max_size=18), max_size=50)


@given(TEXTS, st.integers(0, 5))
def test_equal_sets_and_their_order(texts: list[str | None], before: int) -> None:
    array = pa.array([None, *texts], pa.large_string()).slice(min(before, len(texts)))
    codes, firsts = kernels.text_codes(array)
    words = sorted({text for text in array.to_pylist() if text is not None}, key=str.encode)
    assert [array[int(row)].as_py() for row in firsts] == words
    assert [None if code < 0 else words[code] for code in codes] == array.to_pylist()
    assert all(array.index(word).as_py() == row for word, row in zip(words, firsts, strict=True))


def test_many_texts_have_the_numbers_of_their_order() -> None:
    texts = [f"{number * 7919 % 300_007:x}" for number in range(300_000)]
    wanted = np.argsort(np.argsort(np.array(texts, dtype=object)))
    threads = kernels.threads()
    for count in (1, 3):
        kernels.set_threads(count)
        try:
            codes, _ = kernels.text_codes(pa.array(texts, pa.large_string()))
        finally:
            kernels.set_threads(threads)
        assert (codes == wanted).all()


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an Arrow array of LargeUtf8"):
        kernels.text_codes(pa.array(["a"]))
    broken = pa.Array.from_buffers(
        pa.large_string(), 1, [None, pa.py_buffer(np.array([0, 1], np.int64)), pa.py_buffer(b"\xff")]
    )
    with pytest.raises(ValueError, match="not a readable Arrow array"):
        kernels.text_codes(broken)
