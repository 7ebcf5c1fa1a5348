"""Cuts a script into statements, and finds where in a statement our queries stand.

No word is reserved. `TRAIN MODEL` is ours only where plain DuckDB would be a syntax error: after a token that can end
an expression. So `FROM train model`, `SELECT 1::model` and a column named `predict` stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stratum_sql.errors import ParseError, Span, TooComplex
from stratum_sql.grammar.places import can_end_expression, is_name
from stratum_sql.grammar.syntax import Cte
from stratum_sql.grammar.tokens import (
    NO_CALLS,
    NO_COLUMNS,
    QUOTED,
    STRING,
    WORD,
    Unreadable,
    Words,
    first_unmatched,
    unmatched,
)

Accepts = Callable[[str], bool]  # does DuckDB's own parser accept this text?

_NO_NAMES = NO_COLUMNS | NO_CALLS
VERBS = ("TRAIN", "PREDICT", "EVALUATE", "TRANSFORM", "EXPLAIN")
CORE = {f"{verb}_MODEL": verb for verb in (*VERBS, "CREATE")}
# calls that read no query
HEADLESS = {"SHOW_MODELS": "SHOW", "DESCRIBE_MODEL": "DESCRIBE", "DROP_MODEL": "DROP"}
HEADLESS |= {"SHOW_MODEL_VERSIONS": "VERSIONS", "PROMOTE_MODEL": "PROMOTE", "ROLLBACK_MODEL": "ROLLBACK_MODEL"}
HEADLESS |= {"EXPORT_MODEL": "EXPORT", "IMPORT_MODEL": "IMPORT"}
HEADLESS |= {"BEGIN_BATCH": "BEGIN", "COMMIT_BATCH": "COMMIT", "ROLLBACK_BATCH": "ROLLBACK"}
HEADLESS |= {"EXPLAIN_BATCH": "EXPLAIN_BATCH"}  # EXPLAIN is the verb of `EXPLAIN MODEL`
_CALLS = CORE | HEADLESS
_SITE_WORDS = frozenset((*VERBS, *_CALLS))
_PIVOTS = ("PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER")
QUERY_STARTS = frozenset(("SELECT", "FROM", "WITH", "VALUES", "TABLE", "(", *_PIVOTS))
MOST_QUERIES = 1000  # of ours in one statement: each lists the CTEs it can see, which hostile text would make quadratic

_STARTS_TABLES = frozenset(("FROM", "JOIN", "USING", "LATERAL", *_PIVOTS))
_ENDS_TABLES = frozenset(
    ("SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "QUALIFY", "WINDOW", "LIMIT", "OFFSET", "VALUES")
)
_ENDS_TABLES |= frozenset(("SET", "RETURNING", "ON", "WHEN", "UNION", "EXCEPT", "INTERSECT"))
_NOTED = frozenset((*_SITE_WORDS, *_STARTS_TABLES, *_ENDS_TABLES, ",", "(", "[", "{"))


@dataclass(frozen=True, slots=True)
class Slice:
    """One statement of a script: its text without the semicolon, its tokens `lo` up to `hi` of the script's.

    `plain` says that DuckDB's parser accepts it and that it calls none of our functions. `words` is None where the
    tokenizer could not read the script.
    """

    span: Span
    plain: bool
    words: Words | None = None
    lo: int = 0
    hi: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """One query of ours inside a statement; every range is of token indices, half open.

    `head` is the query it reads, `tail` what follows `TRAIN MODEL`, or what stands in the brackets of `train_model(..)`
    after the head. `hole` is the text it takes: see `Nested`.
    """

    verb: str
    core: bool
    at: int
    head: tuple[int, int]
    tail: tuple[int, int]
    hole: Span
    span: Span
    scope: tuple[Cte, ...]
    after_from: bool = True


def split_script(text: str, accepts: Accepts | None) -> list[Slice]:
    """The statements of `text`, in order; empty ones are left out.

    `accepts` asks DuckDB's parser; with None nothing is known to be plain. A script that the tokenizer cannot read is
    one slice. A semicolon inside brackets splits nothing, unless the bracket is never closed.
    """
    try:
        words = Words(text)
    except Unreadable:
        stripped = text.strip()
        start = text.find(stripped) if stripped else 0
        known = accepts is not None and accepts(text)
        return [Slice(Span(start, start + len(stripped)), known)] if stripped else []
    ranges = _ranges(words)
    all_known = len(ranges) > 1 and accepts is not None and accepts(text)
    return [_slice(words, lo, hi, accepts, all_known) for lo, hi in ranges]


def _ranges(words: Words) -> list[tuple[int, int]]:
    if ";" not in words.text:
        return [(0, len(words.tokens))] if words.tokens else []
    ranges, lo, index = [], 0, 0
    while index < len(words.tokens):
        if words.upper(index) == ";":
            ranges.append((lo, index))
            lo = index + 1
        index = words.skip(index)
    ranges.append((lo, len(words.tokens)))
    return [(lo, hi) for lo, hi in ranges if lo < hi]


def _slice(words: Words, lo: int, hi: int, accepts: Accepts | None, known: bool) -> Slice:
    span = words.span(lo, hi)
    asks = accepts is not None and not _surely_ours(words, lo, hi)
    legal = known or (asks and accepts is not None and accepts(words.text[span.start : span.end]))
    plain = legal and not any(is_core(words, index, hi) and not is_name(words, lo, index) for index in range(lo, hi))
    return Slice(span, plain, words, lo, hi)


def _surely_ours(words: Words, lo: int, hi: int) -> bool:
    """Whether no SQL parser takes the tokens, which saves asking one: `… x TRAIN MODEL ridge(…`, outside brackets.

    In a query MODEL could at best be an alias (`x AT TIME ZONE train model`), and no word with a bracket follows that.
    """
    if not words.simple or words.upper(lo) not in ("SELECT", "FROM", "WITH"):
        return False
    index, uppers = lo, words.uppers
    while index < hi:
        if uppers[index] in VERBS and words.upper(index + 1) == "MODEL" and index + 3 < hi:
            name = words.tokens[index + 2]
            called = name.kind == WORD and name.upper not in _NO_NAMES and words.upper(index + 3) == "("
            return called and can_end_expression(words, index - 1)
        index = words.skip(index)
    return False


def is_core(words: Words, index: int, hi: int) -> bool:
    """Whether a call such as `train_model(` stands at `index`."""
    return (
        words.upper(index) in _CALLS
        and index + 1 < hi
        and words.upper(index + 1) == "("
        and words.upper(index - 1) != "."
    )


def is_scalar(words: Words, index: int, hi: int) -> bool:
    """Whether a call such as `predict_model('m', …)` stands at `index`: a value, where a text comes first."""
    called = words.upper(index) == "PREDICT_MODEL" and is_core(words, index, hi)
    return called and index + 2 < hi and words.tokens[index + 2].kind == STRING


def find_sites(words: Words, lo: int, hi: int) -> list[Site]:
    """Every query of ours in the statement of tokens `lo` up to `hi`, innermost first, else in the order written.

    One pass over the tokens. Raises TooComplex past `MOST_QUERIES`.
    """
    frames = [_Frame(lo, hi, query_start(words, lo, hi), common=_common_tables(words, _with_at(words, lo, hi), hi))]
    sites: list[Site] = []
    index, uppers, partner = lo, words.uppers, words.partner
    while index < hi:
        while index >= frames[-1].hi and len(frames) > 1:
            frames.pop()
        word = uppers[index]
        if word not in _NOTED:  # most words
            index += 1
            continue
        if partner[index] > index:
            frames.append(_inside(words, index, frames[-1]))
            index += 1
            continue
        site = _site(words, index, frames) if word in _SITE_WORDS else None
        if site is not None:
            sites.append(site)
            _check_count(words, sites)
        if site is not None and not site.core:
            index = frames[-1].hi
            continue
        frames[-1].note(word)
        index += 1
    return sorted(sites, key=lambda site: (site.hole.end, -site.hole.start))


def _site(words: Words, index: int, frames: list[_Frame]) -> Site | None:
    return _sugar_site(words, index, frames) or _core_site(words, index, frames)


def _check_count(words: Words, sites: list[Site]) -> None:
    if len(sites) > MOST_QUERIES:
        message = f"more than {MOST_QUERIES} queries of models in one statement"
        raise TooComplex.at(words.text, words.span(sites[-1].at, sites[-1].at + 1), "too_many_queries", message)


@dataclass(slots=True)
class _Frame:
    """A bracket, or the statement: tokens `lo` up to `hi`, whose query starts at `start`."""

    lo: int
    hi: int
    start: int
    opener: int = -1
    in_tables: bool = False
    after_on: bool = False
    common: list[tuple[int, Cte]] = field(default_factory=list)

    def note(self, word: str) -> None:
        """Keep track of whether a table may stand next."""
        if word in _STARTS_TABLES:
            self.in_tables, self.after_on = True, False
        elif word in _ENDS_TABLES:
            self.in_tables, self.after_on = False, word == "ON"
        elif word == "," and self.after_on:
            self.in_tables, self.after_on = True, False


def _inside(words: Words, opener: int, parent: _Frame) -> _Frame:
    hi = words.partner[opener]
    return _Frame(
        opener + 1,
        hi,
        opener + 1,
        opener if words.upper(opener) == "(" else -1,
        parent.in_tables,
        common=_common_tables(words, opener + 1, hi) if words.upper(opener + 1) == "WITH" else [],
    )


def _sugar_site(words: Words, index: int, frames: list[_Frame]) -> Site | None:
    frame = frames[-1]
    if words.upper(index) not in VERBS or words.upper(index + 1) != "MODEL" or index + 1 >= frame.hi:
        return None
    if index <= frame.start or not can_end_expression(words, index - 1):
        return None
    hole, span = _region(words, frame)
    head = (frame.start, index)
    return Site(words.upper(index), False, index, head, (index + 2, frame.hi), hole, span, _scope(frames, frame.start))


def _core_site(words: Words, index: int, frames: list[_Frame]) -> Site | None:
    frame = frames[-1]
    if not is_core(words, index, frame.hi) or is_scalar(words, index, frame.hi):
        return None
    close = words.partner[index + 1]
    close = close if close >= 0 else frame.hi
    has_head = words.upper(index) in CORE and index + 2 < close
    head = (index + 2, max(words.skip(index + 2), index + 2) if has_head else index + 2)
    whole = close + 1 == frame.hi and _only_select_all(words, frame.start, index)
    span = words.span(index, min(close + 1, frame.hi))
    hole, span = _region(words, frame) if whole else (span, span)
    verb = _CALLS[words.upper(index)]
    scope = _scope(frames, index)
    return Site(verb, True, index, head, (head[1], close), hole, span, scope, whole or frame.in_tables)


def _only_select_all(words: Words, lo: int, hi: int) -> bool:
    before = [words.upper(index) for index in range(lo, min(hi, lo + 4))]
    return before in (["SELECT", "*", "FROM"], ["FROM"], ["CALL"])


def _region(words: Words, frame: _Frame) -> tuple[Span, Span]:
    """The hole and the span of a query that fills `frame`."""
    span = words.span(frame.start, frame.hi)
    if frame.opener < 0 or is_core(words, frame.opener - 2, frame.opener):
        return span, span  # the brackets around the head of `train_model((<query>), …)` belong to the call
    return words.span(frame.opener, frame.hi + 1), span


def _scope(frames: list[_Frame], index: int) -> tuple[Cte, ...]:
    return tuple(cte for frame in frames for end, cte in frame.common if end <= index)


# ---- where the query of a statement starts -------------------------------------------------------------------------


def query_start(words: Words, lo: int, hi: int) -> int:
    """The index at which the query of `CREATE TABLE x AS <query>` or `INSERT INTO x <query>` starts; else `lo`."""
    if words.upper(lo) == "CREATE":
        return _after(words, lo, hi, "AS")
    if words.upper(lo) == "INSERT":
        return _insert_query(words, lo, hi)
    if words.upper(lo) == "WITH":
        insert = _find(words, lo, hi, frozenset(("INSERT", *QUERY_STARTS - {"WITH", "("})))
        return _insert_query(words, insert, hi) if words.upper(insert) == "INSERT" else lo
    return lo


def _insert_query(words: Words, lo: int, hi: int) -> int:
    index = _after(words, lo, hi, "INTO")
    while index < hi:
        word = words.upper(index)
        if word in QUERY_STARTS and (word != "(" or words.upper(index + 1) in QUERY_STARTS):
            return index
        index = words.skip(index)
    return lo


def _find(words: Words, lo: int, hi: int, wanted: frozenset[str]) -> int:
    """The first index outside brackets, after `lo`, that holds one of the words; `hi` if none does."""
    index = lo + 1
    while index < hi and words.upper(index) not in wanted:
        index = words.skip(index)
    return min(index, hi)


def _after(words: Words, lo: int, hi: int, word: str) -> int:
    index = _find(words, lo, hi, frozenset((word,)))
    return index + 1 if index < hi else lo


def _with_at(words: Words, lo: int, hi: int) -> int:
    start = query_start(words, lo, hi)
    return start if words.upper(start) == "WITH" else lo


def _common_tables(words: Words, lo: int, hi: int) -> list[tuple[int, Cte]]:
    """The definitions of the WITH clause at `lo`, each with the index after it; none where no WITH stands."""
    if words.upper(lo) != "WITH":
        return []
    recursive = words.upper(lo + 1) == "RECURSIVE" and words.upper(lo + 2) not in ("AS", "(")
    index = lo + 2 if recursive else lo + 1
    found: list[tuple[int, Cte]] = []
    while index < hi and words.tokens[index].kind in (WORD, QUOTED):
        end = _definition_end(words, index, hi)
        if end is None:
            break
        found.append((end, Cte(_unquote(words.tokens[index].text), words.span(index, end), recursive)))
        if words.upper(end) != ",":
            break
        index = end + 1
    return found


def _definition_end(words: Words, lo: int, hi: int) -> int | None:
    body = _after(words, lo, hi, "AS")
    while words.upper(body) in ("NOT", "MATERIALIZED"):
        body += 1
    return words.skip(body) if body < hi and words.upper(body) == "(" and words.partner[body] > 0 else None


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def check_head(words: Words, site: Site) -> Span:
    """The text of the site's head. Raises ParseError if it is empty, no query, or has a bracket without its partner."""
    lo, hi = site.head
    if site.core:
        lo, hi = _core_head(words, site)
    open_bracket = first_unmatched(words, lo, hi)
    if open_bracket is not None:
        raise unmatched(words, open_bracket)
    if words.upper(lo) not in QUERY_STARTS:
        hint = "start it with SELECT, FROM, WITH or VALUES; for a table t write FROM t"
        message = (
            f"what stands before {site.verb} MODEL is no query" if not site.core else "the first argument is no query"
        )
        raise ParseError.at(words.text, words.span(lo, lo + 1), "not_a_query", message, hint=hint)
    return words.span(lo, hi)


def _core_head(words: Words, site: Site) -> tuple[int, int]:
    name = words.tokens[site.at].text
    lo, hi = site.head
    if words.upper(lo) != "(" or lo >= site.tail[1]:
        hint = f"write {name}((SELECT …), model => …)"
        message = f"{name} takes a query in brackets first"
        raise ParseError.at(words.text, words.span(site.at, site.at + 1), "no_query", message, hint=hint)
    if words.partner[lo] < 0:
        raise unmatched(words, lo)
    if hi - lo < 3:
        raise ParseError.at(words.text, words.span(lo, hi), "no_query", "there is no query in these brackets")
    return lo + 1, hi - 1
