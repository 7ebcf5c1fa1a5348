"""How large a value is, and what a transform makes of that: asked by the cost model, before anything is fitted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

UNKNOWN_DISTINCT = 20.0  # categories of a column that nobody counted
_WORD = 6.0  # letters of a word and the space behind it
_SPARSE_BYTES = 12.0  # of one stored number of a CSR matrix: a double and its column


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of a value: `rows` of `columns`, of which each row stores `stored` numbers (fewer where it is sparse).

    `flags` of the columns hold 0 and 1 alone, which a tree sorts in no time.
    `distinct` values a column has, `width` letters a text has on average; None where nobody knows.
    """

    rows: float
    columns: float = 1.0
    stored: float = 1.0
    distinct: float | None = None
    width: float | None = None
    flags: float = 0.0

    @property
    def categories(self) -> float:
        """How many categories one column has at most."""
        return min(UNKNOWN_DISTINCT if self.distinct is None else self.distinct, max(self.rows, 1.0))

    @property
    def bytes(self) -> float:
        """Bytes it takes as numbers: 8 each, 12 where only some are stored."""
        return self.rows * self.stored * (8.0 if self.stored >= self.columns else _SPARSE_BYTES)

    def of(self, rows: float) -> Extent:
        """The same columns with so many rows."""
        return replace(self, rows=rows)


Widen = Callable[[Mapping[str, Any], Extent], Extent]


def same(_params: Mapping[str, Any], given: Extent) -> Extent:
    """As many columns out as in."""
    return replace(given, distinct=None, width=None)


def same_categories(_params: Mapping[str, Any], given: Extent) -> Extent:
    """The same columns, with as many categories."""
    return given


def dense(given: Extent, columns: float) -> Extent:
    """So many dense columns over the same rows."""
    return Extent(given.rows, columns, columns)


def parameter(name: str) -> Widen:
    """As many columns as a parameter says; those that come in where it says none, or a share."""

    def widen(params: Mapping[str, Any], given: Extent) -> Extent:
        asked = params.get(name)
        return dense(given, float(asked) if isinstance(asked, int) else given.columns)

    return widen


def indicators(params: Mapping[str, Any], given: Extent) -> Extent:
    """One column a category."""
    most = params.get("max_categories") or math.inf
    columns = given.columns * max(min(given.categories, most) - (params.get("drop") == "first"), 1.0)
    return Extent(given.rows, columns, given.columns if params.get("sparse_output") else columns, flags=columns)


def bins(params: Mapping[str, Any], given: Extent) -> Extent:
    """The number of a bin, or one column a bin."""
    if params.get("encode") == "ordinal":
        return dense(given, given.columns)
    columns = given.columns * params["n_bins"]
    return Extent(given.rows, columns, given.columns if params["encode"] == "onehot" else columns)


def products(params: Mapping[str, Any], given: Extent) -> Extent:
    """All products of columns up to a degree."""
    degree = params["degree"] if isinstance(params["degree"], int) else max(params["degree"])
    return dense(given, float(math.comb(round(given.columns) + degree, degree)))


def time_parts(params: Mapping[str, Any], given: Extent) -> Extent:
    """The parts that are named, twice where they are sine and cosine; else those that differ, some five."""
    parts = params["parts"]
    count = 5 if parts is None else 1 if isinstance(parts, str) else len(parts)
    return dense(given, given.columns * count * (2 if params["cyclic"] else 1))


def by_kind(params: Mapping[str, Any], given: Extent) -> Extent:
    """Text of few categories becomes one column each, other text some components; numbers stay."""
    if given.width is None:
        return dense(given, given.columns)
    few = given.categories < params["cardinality_threshold"]
    return dense(given, given.columns * (given.categories if few else params["n_components"]))


def embedding(_params: Mapping[str, Any], given: Extent) -> Extent:
    """As many numbers as small sentence models give."""
    return dense(given, 384.0)


def words(params: Mapping[str, Any], given: Extent) -> Extent:
    """One sparse column a word: about 30 times the root of how many words there are, as in English texts."""
    each = _words_of(params, given)
    found = 30.0 * math.sqrt(max(given.rows * each, 1.0))
    most = params.get("max_features") or params.get("n_features") or math.inf
    columns = float(params.get("n_features") or min(found, most, max(given.rows * each, 1.0)))
    return Extent(given.rows, columns, min(each, columns))


def _words_of(params: Mapping[str, Any], given: Extent) -> float:
    letters = _WORD * 5 if given.width is None else given.width
    shortest, longest = params["ngram_range"]
    lengths = float(longest - shortest + 1)
    return max((letters / _WORD if params["analyzer"] == "word" else letters) * lengths, 1.0)
