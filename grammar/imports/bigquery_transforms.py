"""BigQuery ML's preprocessing functions as transforms: `ML.STANDARD_SCALER(x) OVER ()` is `standard_scale(x)`.

Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/bigqueryml-preprocessing-functions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stratum_sql.errors import StratumError
from stratum_sql.grammar.expressions import Cursor, read_value
from stratum_sql.grammar.imports.foreign import Foreign, literal, not_supported
from stratum_sql.grammar.printer import expression
from stratum_sql.grammar.syntax import Expression, ListOf, Literal, TupleOf

Range = tuple[int, int]  # of token indices, half open
Convert = Callable[["_Given"], Expression | None]  # None: the parameter's own default says the same


@dataclass(frozen=True, slots=True)
class _Given:
    """A value behind the columns of a function: its tokens, and what it is called there."""

    foreign: Foreign
    range: Range
    what: str

    def value(self) -> Expression:
        cursor = Cursor(self.foreign.words, *self.range, self.what)
        value = read_value(cursor)
        if cursor.peek() is not None:
            raise cursor.expected("',' or ')'")
        return value

    def wrong(self, wanted: str) -> StratumError:
        return Cursor(self.foreign.words, *self.range, self.what).expected(wanted)


@dataclass(frozen=True, slots=True)
class Transform:
    """`name` is ours; `parameters` are those that follow the columns, in their order, ours by name."""

    name: str
    parameters: tuple[tuple[str, Convert], ...] = ()
    fixed: tuple[tuple[str, Expression], ...] = ()
    several: bool = False  # its columns stand in a STRUCT


def _number(given: _Given) -> Expression:
    value = given.value()
    if not isinstance(value, Literal) or isinstance(value.value, bool | str | None):
        raise given.wrong("a number")
    return value


def _flag(given: _Given) -> Expression:
    value = given.value()
    if not isinstance(value, Literal) or not isinstance(value.value, bool):
        raise given.wrong("TRUE or FALSE")
    return value


def _word(*known: str) -> Convert:
    """One of the words, in quotes."""

    def read(given: _Given) -> Expression:
        value = given.value()
        if not isinstance(value, Literal) or str(value.value).lower() not in known:
            raise given.wrong(f"one of {', '.join(repr(word) for word in known)}")
        return literal(str(value.value).lower())

    return read


def _no_drop(given: _Given) -> None:
    """`'none'`: every category has its column. BigQuery's `'most_frequent'` has no equal."""
    value = given.value()
    if not isinstance(value, Literal) or str(value.value).lower() != "none":
        message = f"{given.what} drops the most frequent category, which has no equal here"
        raise not_supported(given.foreign.words, *given.range, message, "one_hot(x, drop => 'first')")


def _with_others(given: _Given) -> Expression:
    """So many categories and one for all others, which scikit-learn counts too."""
    value = _number(given)
    assert isinstance(value, Literal)
    if not isinstance(value.value, int):
        raise given.wrong("an integer")
    return literal(value.value + 1)


def _pair(given: _Given) -> Expression:
    value = given.value()
    if not isinstance(value, ListOf) or len(value.items) != 2:
        raise given.wrong("a list of two numbers")
    return TupleOf(value.items, value.span)


TRANSFORMS: Mapping[str, Transform] = {
    "STANDARD_SCALER": Transform("standard_scale"),
    "MIN_MAX_SCALER": Transform("min_max_scale"),
    "MAX_ABS_SCALER": Transform("max_abs_scale"),
    "ROBUST_SCALER": Transform(
        "robust_scale", (("quantile_range", _pair), ("with_centering", _flag), ("with_scaling", _flag))
    ),
    "ONE_HOT_ENCODER": Transform(
        "one_hot", (("drop", _no_drop), ("max_categories", _with_others), ("min_frequency", _number))
    ),
    "LABEL_ENCODER": Transform("ordinal"),
    "IMPUTER": Transform("impute", (("strategy", _word("mean", "median", "most_frequent")),)),
    "QUANTILE_BUCKETIZE": Transform("bin_quantile", (("n_bins", _number),)),
    "POLYNOMIAL_EXPAND": Transform(
        "poly", (("degree", _number),), (("include_bias", literal(value=False)),), several=True
    ),
}


def read_transform(foreign: Foreign, index: int, hi: int) -> tuple[int, str] | None:
    """The function `ML.NAME(…) OVER ()` at `index`, and the index after it; None for an unknown name."""
    words = foreign.words
    name, close = words.upper(index + 2), words.partner[index + 3]
    transform = TRANSFORMS.get(name)
    if transform is None:
        return None
    columns, *rest = _arguments(foreign, index + 4, close) or [(index + 4, index + 4)]
    if columns[0] == columns[1]:
        raise Cursor(words, index + 4, close, f"ML.{name}").expected("a column")
    if len(rest) > len(transform.parameters):
        message = f"what stands here in ML.{name} has no equal"
        raise not_supported(words, *rest[len(transform.parameters)], message, f"{transform.name}(x)")
    args = _columns(foreign, transform, columns)
    given = {
        key: convert(_Given(foreign, at, f"ML.{name}"))
        for (key, convert), at in zip(transform.parameters, rest, strict=False)
    }
    named = [(key, value) for key, value in given.items() if value is not None]
    named += transform.fixed
    args += [f"{key} => {expression(value)}" for key, value in named]
    return _after_over(foreign, close + 1, hi, name), f"{transform.name}({', '.join(args)})"


def _columns(foreign: Foreign, transform: Transform, at: Range) -> list[str]:
    lo, hi = at
    if not transform.several:
        return [foreign.rewritten(lo, hi)]
    words = foreign.words
    if words.upper(lo) != "STRUCT" or words.upper(lo + 1) != "(" or words.skip(lo + 1) != hi:
        raise Cursor(words, lo, hi, f"{transform.name}(…)").expected("STRUCT(a, b)")
    return [foreign.rewritten(start, _alias(foreign, start, end)) for start, end in _arguments(foreign, lo + 2, hi - 1)]


def _alias(foreign: Foreign, lo: int, hi: int) -> int:
    """Where `x AS name` ends without its name."""
    return hi - 2 if hi - lo > 2 and foreign.words.upper(hi - 2) == "AS" else hi


def _arguments(foreign: Foreign, lo: int, hi: int) -> list[Range]:
    """The arguments between brackets, cut at commas."""
    words, found, start, index = foreign.words, [], lo, lo
    while index < hi:
        if words.upper(index) == ",":
            found.append((start, index))
            start = index + 1
        index = words.skip(index)
    return [*found, (start, hi)] if start < hi or found else []


def _after_over(foreign: Foreign, index: int, hi: int, name: str) -> int:
    """The index after `OVER ()`, which is left out: a transform is fitted on the training rows anyhow."""
    words = foreign.words
    if index >= hi or words.upper(index) != "OVER":
        return index
    if words.upper(index + 1) != "(" or words.skip(index + 1) != index + 3:
        end = max(words.skip(index + 1), index + 1)
        raise not_supported(words, index, end, f"a window of ML.{name} that is not OVER () has no equal")
    return index + 3
