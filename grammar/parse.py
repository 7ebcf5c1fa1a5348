"""Text to statements: the only place that knows the way from slices over sites to the syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stratum_sql.errors import ParseError, Span, StratumError, TooComplex
from stratum_sql.grammar.clauses import read_tail
from stratum_sql.grammar.core import read_core
from stratum_sql.grammar.expressions import DEEPEST, Cursor, read_string
from stratum_sql.grammar.printer import fill_holes
from stratum_sql.grammar.problems import find_problem, leading_slip, unreadable
from stratum_sql.grammar.scalar import check_calls, scalar_calls
from stratum_sql.grammar.split import HEADLESS, Accepts, Site, Slice, check_head, find_sites, split_script
from stratum_sql.grammar.statements import Creation, explain_batch, no_training, read_creation, read_statement
from stratum_sql.grammar.syntax import (
    BeginBatch,
    Command,
    CommitBatch,
    DescribeModel,
    DropModel,
    Evaluate,
    Explain,
    ExplainBatch,
    ExplainModel,
    ExportModel,
    ImportModel,
    Listing,
    Nested,
    Plain,
    Predict,
    PromoteModel,
    Query,
    RollbackBatch,
    RollbackModel,
    ScalarCall,
    Scored,
    Script,
    ShowModels,
    ShowVersions,
    Statement,
    Train,
    Transform,
)
from stratum_sql.grammar.tokens import Words, unmatched

_QUERIES: dict[str, type[Query]] = {
    "TRAIN": Train,
    "CREATE": Train,
    "PREDICT": Predict,
    "EVALUATE": Evaluate,
    "TRANSFORM": Transform,
    "EXPLAIN": ExplainModel,
}
_CALLS: dict[str, type[Listing | Command]] = {
    "SHOW": ShowModels,
    "DESCRIBE": DescribeModel,
    "VERSIONS": ShowVersions,
    "DROP": DropModel,
    "PROMOTE": PromoteModel,
    "ROLLBACK_MODEL": RollbackModel,
    "EXPORT": ExportModel,
    "IMPORT": ImportModel,
    "BEGIN": BeginBatch,
    "COMMIT": CommitBatch,
    "ROLLBACK": RollbackBatch,
    "EXPLAIN_BATCH": ExplainBatch,
}


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
    problem = leading_slip(words, lo, hi) if accepts is not None else None
    if problem is not None:
        raise problem
    explain = _explain(words, lo, hi)
    if explain is None:
        return read_statement(words, lo, hi) or _of_queries(words, lo, hi, piece, accepts)
    start, analyze, form = explain
    batch = explain_batch(words, start, hi, piece.span, analyze, form)
    if batch is not None:
        return batch
    inner = read_statement(words, start, hi) or _of_queries(words, start, hi, piece, accepts)
    if isinstance(inner, Command):
        message = "EXPLAIN shows the plan of a query of models, which this is not"
        raise ParseError.at(text, inner.span, "unexpected", message)
    if isinstance(inner, Scored):
        return replace(inner, span=piece.span)
    return inner if isinstance(inner, Plain) else Explain(inner, piece.span, analyze, form)


def _of_queries(
    words: Words, lo: int, hi: int, piece: Slice, accepts: Accepts | None
) -> Query | Listing | Command | Nested | Scored | Plain:
    """The statement of tokens `lo` up to `hi`, told by the queries and calls of ours in it."""
    creation = read_creation(words, lo, hi)
    start = creation.start if creation else lo
    sites = find_sites(words, start, hi)
    calls = scalar_calls(words, start, hi)
    check_calls(words, calls, sites)
    if creation is not None:
        return _create(words, lo, hi, creation, sites)
    if not sites and calls:
        return _scored(words, lo, hi, calls, accepts)
    if not sites:
        return _plain_or(find_problem(words, lo, hi) if accepts is not None else None, piece)
    inner = _assemble(words, words.span(lo, hi), sites)
    if isinstance(inner, Nested):
        _check_around(words, lo, inner, accepts)
        return replace(inner, calls=calls)
    return inner


def _scored(words: Words, lo: int, hi: int, calls: tuple[ScalarCall, ...], accepts: Accepts | None) -> Scored:
    """A statement of DuckDB with calls of models; what DuckDB cannot read is left to its own message."""
    kept = _kept_for_later(words, lo, "a call of a model: the model may be another one by then, or gone")
    if kept is not None:
        raise kept
    span = words.span(lo, hi)
    if accepts is not None and not accepts(words.text[span.start : span.end]):
        problem = find_problem(words, lo, hi)
        if problem is not None:
            raise problem
    return Scored(span, calls)


def _create(words: Words, lo: int, hi: int, creation: Creation, sites: list[Site]) -> Train | Nested:
    """`CREATE MODEL`: the training that fills its query has the model's name, and its hole is the whole statement."""
    whole, query = words.span(lo, hi), words.span(creation.start, hi)
    if not sites or sites[-1].hole != query or sites[-1].verb != "TRAIN":
        raise no_training(words, creation)
    inner = _assemble(words, query, sites)
    train = inner.queries[-1] if isinstance(inner, Nested) else inner
    assert isinstance(train, Train)
    if train.name is not None:
        message = f"the model has a name already: {creation.name.last}"
        raise ParseError.at(words.text, train.name.span, "clause_twice", message)
    train = replace(train, name=creation.name, created=creation.created, span=whole)
    if not isinstance(inner, Nested):
        return train
    return replace(inner, span=whole, holes=(*inner.holes[:-1], whole), queries=(*inner.queries[:-1], train))


def _plain_or(problem: StratumError | None, piece: Slice) -> Plain:
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
            form = (str(read_string(cursor).value) if token.kind == "string" else cursor.next().text).lower()
        elif _analyze(cursor):
            analyze = True
        else:
            raise cursor.expected("FORMAT or ANALYZE")
        if cursor.upper() != ")" and not cursor.accept(","):
            raise cursor.expected("',' or ')'")
    return analyze, form


# ---- our queries ---------------------------------------------------------------------------------------------------


def _assemble(words: Words, span: Span, sites: list[Site]) -> Query | Listing | Command | Nested:
    _check_depth(words, sites)
    found = tuple(_call(words, site) if site.verb in HEADLESS.values() else _query(words, site) for site in sites)
    if len(sites) == 1 and sites[0].hole == span:
        return replace(found[0], span=span)
    queries = tuple(_relation(words, site, one, span) for site, one in zip(sites, found, strict=True))
    return Nested(span, tuple(site.hole for site in sites), queries, tuple(site.scope for site in sites))


def _relation(words: Words, site: Site, found: Query | Listing | Command, span: Span) -> Query | Listing:
    """`found`, as a relation inside a statement. Raises ParseError for what is a statement by itself."""
    if isinstance(found, Command) or (isinstance(found, Train) and found.created is not None and site.hole != span):
        name = words.tokens[site.at].text
        message = f"{name} is a statement by itself, and cannot stand in another"
        hint = f"write CALL {name}(…)"
        raise ParseError.at(words.text, words.span(site.at, site.at + 1), "stands_alone", message, hint=hint)
    return found


def _call(words: Words, site: Site) -> Listing | Command:
    _check_core(words, site)
    lo, hi = site.tail
    fields = read_core(Cursor(words, lo, hi, words.tokens[site.at].text.lower()), site.verb)
    return _CALLS[site.verb](span=site.span, verb=words.span(site.at, site.at + 1), **fields)


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
    kept = _kept_for_later(words, lo, "a query of models: it would train again at every use")
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


def _kept_for_later(words: Words, lo: int, what: str) -> StratumError | None:
    """The error for a view, macro or prepared statement: it would be read again when our query is long gone. `what`
    it cannot hold, and why."""
    index = lo
    if words.upper(lo) == "CREATE":
        index += 1
        while words.upper(index) in ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "PERSISTENT"):
            index += 1
        if words.upper(index) == "TABLE":
            return None
    elif words.upper(lo) != "PREPARE":
        return None
    message = f"{words.upper(index)} cannot hold {what}"
    hint = "write CREATE TABLE … AS …"
    return ParseError.at(words.text, words.span(index, index + 1), "kept_for_later", message, hint=hint)
