"""Reads `predict_model('m', age, town := upper(t))`: a model called in an expression, where a text comes first.

With a query in brackets first it is the core form of PREDICT, a table. The arguments are DuckDB's: they stay text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stratum_sql.errors import ParseError, Span, StratumError, TooComplex
from stratum_sql.grammar.split import MOST_QUERIES, Site, is_scalar
from stratum_sql.grammar.statements import model_name
from stratum_sql.grammar.syntax import Name, ScalarArgument, ScalarCall
from stratum_sql.grammar.tokens import QUOTED, WORD, Words, unmatched

_ARROWS = (":=", "=>")


def scalar_calls(words: Words, lo: int, hi: int) -> tuple[ScalarCall, ...]:
    """The calls of models in the expressions of tokens `lo` up to `hi`, innermost first, else in the order written.

    Raises ParseError for one that is none, TooComplex for too many.
    """
    named = [index for index, word in enumerate(words.uppers[lo:hi], lo) if word == "PREDICT_MODEL"]
    found = [_call(words, index) for index in named if is_scalar(words, index, hi)]
    if len(found) > MOST_QUERIES:
        message = f"more than {MOST_QUERIES} calls of models in one statement"
        raise TooComplex.at(words.text, found[-1].span, "too_many_queries", message)
    return tuple(sorted(found, key=lambda call: (call.span.end, -call.span.start)))


def check_calls(words: Words, calls: Sequence[ScalarCall], sites: Sequence[Site]) -> None:
    """Raise ParseError for a call in a query that a model reads, or that such a query may name."""
    for call in calls:
        for site in sites:
            if any(_within(call.span, span) for span in (site.hole, site.span, *(cte.span for cte in site.scope))):
                message = "predict_model stands in a query that a model reads, and cannot"
                hint = "make a table of its answer first: CREATE TABLE … AS SELECT …, predict_model(…) …"
                raise ParseError.at(words.text, call.span, "not_supported", message, hint=hint)


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _call(words: Words, index: int) -> ScalarCall:
    close = words.partner[index + 1]
    if close < 0:
        raise unmatched(words, index + 1)
    model, *given = _between_commas(words, index + 2, close)
    arguments = tuple(_argument(words, *one) for one in given)
    _check_arguments(words, arguments)
    return ScalarCall(words.span(index, close + 1), _model(words, *model), arguments)


def _between_commas(words: Words, lo: int, hi: int) -> Iterator[tuple[int, int]]:
    start = index = lo
    while index < hi:
        if words.upper(index) == ",":
            yield start, index
            start = index + 1
        index = words.skip(index)
    yield start, hi


def _model(words: Words, lo: int, hi: int) -> Name:
    span = words.span(lo, hi)
    written = words.text[span.start : span.end]
    if hi - lo != 1 or not written.startswith("'"):
        message = "the model of predict_model is one text: 'm', 'm@3' or 'm@champion'"
        raise ParseError.at(words.text, span, "expected", message)
    try:
        return replace(model_name(written[1:-1].replace("''", "'")), span=span)
    except ParseError as error:
        raise ParseError.at(words.text, span, error.diagnostic.code, error.diagnostic.message) from None


def _argument(words: Words, lo: int, hi: int) -> ScalarArgument:
    token = words.tokens[lo] if lo < hi else None
    if token is None or token.kind not in (WORD, QUOTED) or words.upper(lo + 1) not in _ARROWS:
        name, start = None, lo
    else:
        quoted = token.kind == QUOTED
        name, start = token.text[1:-1].replace('""', '"') if quoted else token.text, lo + 2
    if start >= hi:
        place = words.span(lo, hi) if lo < hi else words.span(max(lo - 1, 0), lo)
        raise ParseError.at(words.text, place, "expected", "an argument of predict_model is missing here")
    return ScalarArgument(words.span(lo, hi), words.span(start, hi), name)


def _check_arguments(words: Words, arguments: Sequence[ScalarArgument]) -> None:
    """Raise ParseError for a value without a name after one with a name, and for a name given twice."""
    seen: set[str] = set()
    for argument in arguments:
        if argument.name is None and seen:
            raise _wrong(words, argument, "unexpected", "a value without a name after one with a name")
        if argument.name is not None and argument.name.lower() in seen:
            raise _wrong(words, argument, "argument_twice", f"argument {argument.name} is given twice")
        if argument.name is not None:
            seen.add(argument.name.lower())


def _wrong(words: Words, argument: ScalarArgument, code: str, message: str) -> StratumError:
    return ParseError.at(words.text, argument.span, code, message)
