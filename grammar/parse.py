"""Text to statements: the only place that knows the way from slices over sites to the syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stratum_sql.errors import ParseError, Span, StratumError, TooComplex
from stratum_sql.grammar.clauses import read_tail
from stratum_sql.grammar.core import read_core
from stratum_sql.grammar.expressions import DEEPEST, Cursor
from stratum_sql.grammar.printer import fill_holes
from stratum_sql.grammar.problems import find_problem, not_supported_yet, unreadable
from stratum_sql.grammar.split import Accepts, Site, Slice, check_head, find_sites, split_script
from stratum_sql.grammar.syntax import (
    Evaluate,
    Explain,
    Nested,
    Plain,
    Predict,
    Query,
    Script,
    Statement,
    Train,
)
from stratum_sql.grammar.tokens import Words, unmatched

_QUERIES: dict[str, type[Query]] = {"TRAIN": Train, "PREDICT": Predict, "EVALUATE": Evaluate}


def parse_script(text: str, accepts: Accepts | None = None) -> tuple[Script, tuple[ParseError, ...]]:
    """The statements of `text`, and one error for each statement that is none; those are missing from the script.

    `accepts` asks DuckDB's own parser whether it takes a text. Without it the words alone decide, and what is broken
    around our queries goes unseen. A statement in which nothing of ours is found is `Plain`, even if DuckDB rejects it:
    DuckDB's own message is the best there is.
    """
    found = list(read_script(text, accepts))
    statements = tuple(one for _, one in found if not isinstance(one, ParseError))
    return Script(text, statements), tuple(one for _, one in found if isinstance(one, ParseError))


def read_script(text: str, accepts: Accepts | None = None) -> Iterator[tuple[Span, Statement | ParseError]]:
    """The place of every statement of `text`, in order, and what it is, or why it is none: see `parse_script`."""
    for piece in split_script(text, accepts):
        try:
            yield piece.span, _statement(text, piece, accepts)
        except ParseError as error:
            yield piece.span, error


def parse_one(text: str, accepts: Accepts | None = None) -> Statement:
    """The one statement of `text`. Raises its ParseError, or one that says that there are none or several."""
    script, errors = parse_script(text, accepts)
    if errors:
        raise errors[0]
    if len(script.statements) != 1:
        span = script.statements[1].span if script.statements else None
        count = len(script.statements) or "no"
        raise ParseError.at(text, span, "not_one_statement", f"one statement is wanted, here are {count}")
    return script.statements[0]


def _statement(text: str, piece: Slice, accepts: Accepts | None) -> Statement:
    if piece.plain:
        return Plain(piece.span)
    if piece.words is None:
        return _plain_or(unreadable(text, piece) if accepts is not None else None, piece)
    words, lo, hi = piece.words, piece.lo, piece.hi
    later = not_supported_yet(words, lo, hi) if accepts is not None else None
    if later is not None:
        raise later
    explain = _explain(words, lo, hi)
    start = explain[0] if explain else lo
    sites = find_sites(words, start, hi)
    if not sites:
        return _plain_or(find_problem(words, start, hi) if accepts is not None else None, piece)
    inner = _assemble(words, words.span(start, hi), sites)
    if isinstance(inner, Nested):
        _check_around(words, start, inner, accepts)
    return Explain(inner, piece.span, explain[1], explain[2]) if explain else inner


def _plain_or(problem: StratumError | None, piece: Slice) -> Statement:
    if problem is not None:
        raise problem
    return Plain(piece.span)


# ---- EXPLAIN -------------------------------------------------------------------------------------------------------


def _explain(words: Words, lo: int, hi: int) -> tuple[int, bool, str] | None:
    """Where the statement after EXPLAIN starts, whether ANALYZE stands there, the format; None without EXPLAIN."""
    cursor = Cursor(words, lo, hi, "EXPLAIN")
    if not cursor.accept("EXPLAIN"):
        return None
    analyze, form = _analyze(cursor), "text"
    while cursor.upper() == "(" and cursor.upper(1) in ("FORMAT", "ANALYZE", "ANALYSE"):
        cursor.accept("(")
        analyze_inside, inside = _explain_options(cursor)
        analyze, form = analyze or analyze_inside, inside or form
    return cursor.at, analyze, form


def _analyze(cursor: Cursor) -> bool:
    return cursor.accept("ANALYZE") or cursor.accept("ANALYSE")


def _explain_options(cursor: Cursor) -> tuple[bool, str | None]:
    analyze, form = False, None
    while not cursor.accept(")"):
        if cursor.accept("FORMAT"):
            token = cursor.peek()
            if token is None or token.kind not in ("word", "string"):
                raise cursor.expected("a format such as json")
            form = cursor.next().text.strip("'").lower()
        elif _analyze(cursor):
            analyze = True
        else:
            raise cursor.expected("FORMAT or ANALYZE")
        if cursor.upper() != ")" and not cursor.accept(","):
            raise cursor.expected("',' or ')'")
    return analyze, form


# ---- our queries ---------------------------------------------------------------------------------------------------


def _assemble(words: Words, span: Span, sites: list[Site]) -> Query | Nested:
    _check_depth(words, sites)
    queries = tuple(_query(words, site) for site in sites)
    if len(sites) == 1 and sites[0].hole == span:
        return replace(queries[0], span=span)
    return Nested(span, tuple(site.hole for site in sites), queries, tuple(site.scope for site in sites))


def _query(words: Words, site: Site) -> Query:
    head = check_head(words, site)
    lo, hi = site.tail
    verb = words.span(site.at, site.at + 1 if site.core else lo)
    if not site.core:
        fields = read_tail(Cursor(words, lo, hi, f"{site.verb} MODEL"), site.verb)
    else:
        _check_core(words, site)
        fields = read_core(Cursor(words, lo, hi, words.tokens[site.at].text.lower()), site.verb)
    return _QUERIES[site.verb](head=head, span=site.span, verb=verb, **fields)


def _check_core(words: Words, site: Site) -> None:
    name = words.tokens[site.at].text
    if words.partner[site.at + 1] < 0:
        raise unmatched(words, site.at + 1)
    if not site.after_from:
        message = f"{name} gives a table, which cannot stand here"
        span = words.span(site.at, site.at + 1)
        raise ParseError.at(words.text, span, "not_a_value", message, hint=f"write FROM {name}(…)")


def _check_depth(words: Words, sites: list[Site]) -> None:
    depths: list[tuple[int, int]] = []  # start and depth of the holes that no later hole holds yet
    for site in sites:
        depth = 1
        while depths and depths[-1][0] >= site.hole.start:
            depth = max(depth, depths.pop()[1] + 1)
        depths.append((site.hole.start, depth))
        if depth > DEEPEST:
            message = f"queries of models nest more than {DEEPEST} deep"
            raise TooComplex.at(words.text, words.span(site.at, site.at + 1), "too_deep", message)


def _check_around(words: Words, lo: int, nested: Nested, accepts: Accepts | None) -> None:
    """Raise ParseError if the surroundings of our queries are no place for them, or no SQL: before any training."""
    kept = _kept_for_later(words, lo)
    if kept is not None:
        raise kept
    if accepts is None:
        return
    around = fill_holes(words.text, nested, ["(FROM result)"] * len(nested.holes))
    if not accepts(around):
        shown = around if len(around) <= 200 else around[:200] + " …"
        message = "DuckDB cannot read the statement around the queries of models"
        raise ParseError.at(
            words.text, nested.span, "syntax", message, hint=f"with a table in their place it reads: {shown}"
        )


def _kept_for_later(words: Words, lo: int) -> StratumError | None:
    """The error for a view, macro or prepared statement: it would be read again when our query is long gone."""
    index = lo
    if words.upper(lo) == "CREATE":
        index += 1
        while words.upper(index) in ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "PERSISTENT"):
            index += 1
        if words.upper(index) == "TABLE":
            return None
    elif words.upper(lo) != "PREPARE":
        return None
    message = f"{words.upper(index)} cannot hold a query of models: it would train again at every use"
    hint = "write CREATE TABLE … AS …"
    return ParseError.at(words.text, words.span(index, index + 1), "kept_for_later", message, hint=hint)
