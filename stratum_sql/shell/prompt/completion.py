"""What may be written next: words for what stands before the cursor, found in the tokens alone.

It helps, and decides nothing: where it is not sure it offers more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stratum_sql.grammar.tokens import QUOTED, RESERVED, WORD, Words
from stratum_sql.shell.prompt import names as known
from stratum_sql.shell.prompt.names import Names
from stratum_sql.shell.prompt.typed import read_typed, tokens_of, words_of

_WORD = re.compile(r'("[^"]*|[^\W\d]\w*)?$')
_AFTER_TABLES = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "DESC", "SUMMARIZE", "VIEW"})
_OF_MODELS = frozenset(
    {"PREDICT", "EVALUATE", "TRANSFORM", "EXPLAIN", "DESCRIBE", "DROP", "PROMOTE", "ROLLBACK", "EXPORT"}
)
_SECOND = {
    "SHOW": ("TABLES", "MODELS", "MODEL VERSIONS", "ALL TABLES"),
    "CREATE": ("TABLE", "VIEW", "MODEL", "OR REPLACE", "TEMP", "SCHEMA", "MACRO", "INDEX", "SEQUENCE", "TYPE"),
    "DROP": ("TABLE", "VIEW", "MODEL", "SCHEMA", "MACRO", "INDEX", "SEQUENCE", "TYPE"),
    "ALTER": ("TABLE", "VIEW"),
    "INSERT": ("INTO", "OR REPLACE INTO"),
    "DELETE": ("FROM",),
    "BEGIN": ("BATCH", "TRANSACTION"),
    "COMMIT": ("BATCH",),
    "ROLLBACK": ("BATCH", "MODEL"),
    "EXPLAIN": ("ANALYZE", "BATCH", "SELECT", "FROM", "WITH"),
    "EXPORT": ("MODEL", "DATABASE"),
    "IMPORT": ("MODEL", "DATABASE"),
    "PROMOTE": ("MODEL",),
}
_NAMES_COLUMNS = frozenset({"TARGET", "LABEL", "WEIGHT", "GROUPS"})
_STARTS_CLAUSE = frozenset(
    {"SELECT", "FROM", "JOIN", "WHERE", "ON", "HAVING", "QUALIFY", "BY", "LIMIT", "SET", "INTO", "VALUES", "USING"}
    | {
        "MODEL",
        "METRIC",
        "METRICS",
        "SEARCH",
        "SPLIT",
        "VALIDATE",
        "HOLDOUT",
        "SEED",
        "AS",
        "UPDATE",
        "TABLE",
        "MODELS",
    }
    | _NAMES_COLUMNS
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on: `text` replaces the `length` characters before the cursor; `kind` is shown beside it."""

    text: str
    length: int
    kind: str


def complete(before: str, after: str, names: Names) -> list[Candidate]:
    """The candidates at a cursor between two texts, the likeliest kinds first, each kind by name."""
    statement = before[read_typed(before).end :]
    found = _WORD.search(statement)
    prefix = found[0] if found is not None else ""
    words, quote = words_of(statement[: len(statement) - len(prefix)])
    if words is None or quote or _in_comment(statement):
        return []
    offered = _offered(words, _whole(statement + after), names)
    return list(_matching(offered, prefix))


def _in_comment(text: str) -> bool:
    """Whether what is written next is no token, but part of a comment."""
    tokens = tokens_of(f"{text}x")
    return not tokens or tokens[-1].end <= len(text)


def _whole(text: str) -> Words | None:
    return words_of(text)[0]


def _matching(offered: Iterable[tuple[str, str]], prefix: str) -> Iterator[Candidate]:
    """Those that begin with `prefix`, compared without case; keywords in the case that was begun."""
    start = prefix.lstrip('"').lower()
    seen: set[str] = set()
    for text, kind in offered:
        if prefix.startswith('"') and kind not in ("column", "table", "model"):
            continue
        plain = text.lstrip('"')
        if not plain.lower().startswith(start) or text.lower() in seen or plain.lower() == start:
            continue
        seen.add(text.lower())
        if kind == "keyword":
            yield Candidate(text.lower() if prefix and prefix == prefix.lower() else text, len(prefix), kind)
        elif prefix.startswith('"') and not text.startswith('"'):
            yield Candidate(f'"{text}"', len(prefix), kind)
        else:
            yield Candidate(text, len(prefix), kind)


def _offered(words: Words, whole: Words | None, names: Names) -> Iterator[tuple[str, str]]:
    """Every name and its kind that may stand behind the tokens, the likeliest first."""
    count = len(words.tokens)
    last = words.upper(count - 1)
    if count == 0:
        yield from _of("keyword", known.STARTS)
    elif count == 1 and last in _SECOND:
        yield from _of("keyword", _SECOND[last])
    elif last == ".":
        yield from _of("column", _columns_of(words, count - 2, whole, names))
    else:
        yield from _arguments(words) if _is_argument(words) else _next(words, whole, names)


def _of(kind: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((text, kind) for text in texts)


# ---- in a call -------------------------------------------------------------------------------------------------------


def _bracket(words: Words) -> int:
    """The index of the innermost open bracket; -1 if none is open."""
    index = len(words.tokens) - 1
    while index >= 0:
        if words.partner[index] < 0 and words.upper(index) in ("(", "[", "{"):
            return index
        index = words.partner[index] - 1 if 0 <= words.partner[index] < index else index - 1
    return -1


def _is_argument(words: Words) -> bool:
    """Whether a parameter of an estimator may stand next: `ridge(`, `ridge(alpha => 1, `."""
    opener = _bracket(words)
    if opener < 1 or not known.parameters(words.tokens[opener - 1].text.lower()):
        return False
    return words.upper(len(words.tokens) - 1) in ("(", ",") and _clause(words, opener)[0] == "MODEL"


def _arguments(words: Words) -> Iterator[tuple[str, str]]:
    return _of("parameter", known.parameters(words.tokens[_bracket(words) - 1].text.lower()))


# ---- in a clause -----------------------------------------------------------------------------------------------------


def _clause(words: Words, end: int | None = None) -> tuple[str, int]:
    """The word that began the clause which goes on at token `end`, and its index; "" at the start of a statement."""
    index = (len(words.tokens) if end is None else end) - 1
    while index >= 0:
        if words.partner[index] < 0 and words.upper(index) in ("(", "["):
            break
        if words.upper(index) in _STARTS_CLAUSE:
            return words.upper(index), index
        index = words.partner[index] - 1 if 0 <= words.partner[index] < index else index - 1
    return "", index


def _next(words: Words, whole: Words | None, names: Names) -> Iterator[tuple[str, str]]:
    clause, at = _clause(words)
    last = words.upper(len(words.tokens) - 1)
    begins = at == len(words.tokens) - 1 or last == ","  # of the clause's own list: a name is wanted
    language = known.language()
    if last in _AFTER_TABLES or (clause in ("FROM", "JOIN") and begins):
        yield from _of("table", [*names.tables, *_common(whole)])
        yield from _of("keyword", ("SELECT", "LATERAL") if clause == "FROM" else ("MODEL", "IF"))
    elif clause == "MODEL" and begins:
        yield from _after_model(words, at, names)
    elif last == "VERSIONS":
        yield from _of("model", names.models)
    elif clause in ("METRIC", "METRICS") and begins:
        yield from _of("metric", language["metric"])
    elif clause == "SEARCH" and begins:
        yield from _of("keyword", known.SEARCHES)
    elif clause == "SPLIT" and begins:
        yield from [("BY", "keyword"), *_of("splitter", language["splitter"])]
    elif clause in _NAMES_COLUMNS and begins:
        yield from _of("column", _columns(whole, names))
    else:
        yield from _anything(words, whole, names)


def _after_model(words: Words, at: int, names: Names) -> Iterator[tuple[str, str]]:
    if words.upper(at - 1) == "TRAIN":
        yield from _of("estimator", known.language()["estimator"])
    elif words.upper(at - 1) in _OF_MODELS:
        yield from _of("model", names.models)
    else:
        yield from _of("keyword", ("IF", "VERSIONS"))


def _anything(words: Words, whole: Words | None, names: Names) -> Iterator[tuple[str, str]]:
    """Where an expression, or the next clause, may stand."""
    trains = any(words.upper(index) in ("TRAIN", "EVALUATE") for index in range(len(words.tokens) - 1))
    if trains:
        yield from _of("keyword", known.CLAUSES)
    yield from _of("column", _columns(whole, names))
    yield from _of("table", _named(whole, names))
    yield from _of("transform", known.language()["transform"])
    yield from _of("keyword", (*known.VERBS, *known.KEYWORDS))
    yield from _of("function", names.functions)


# ---- the tables of the statement -------------------------------------------------------------------------------------


def _named(whole: Words | None, names: Names) -> dict[str, str]:
    """The tables that the statement names, each under its own name and its alias."""
    by_lower = {name.lower().replace('"', ""): name for name in names.tables}
    found: dict[str, str] = {}
    for index, token in enumerate(whole.tokens if whole is not None else ()):
        if whole is None or token.kind not in (WORD, QUOTED):
            continue
        table = by_lower.get(_plain(token.text)) or by_lower.get(_plain("".join(_dotted(whole, index))))
        if table is not None:
            found[token.text] = table
            alias = _alias(whole, index + 1)
            found.update({alias: table} if alias else {})
    return found


def _dotted(words: Words, index: int) -> Iterator[str]:
    """The texts of `a.b.c` up to the token at `index`."""
    start = index
    while start >= 2 and words.upper(start - 1) == ".":
        start -= 2
    return (token.text for token in words.tokens[start : index + 1])


def _alias(words: Words, index: int) -> str:
    index += words.upper(index) == "AS"
    if index >= len(words.tokens):
        return ""
    token = words.tokens[index]
    is_name = token.kind == QUOTED or (token.kind == WORD and token.upper not in RESERVED | set(known.KEYWORDS))
    return token.text if is_name else ""


def _columns(whole: Words | None, names: Names) -> list[str]:
    """The columns of the tables that the statement names; all columns where it names none yet."""
    tables = set(_named(whole, names).values()) or set(names.tables)
    return sorted({known.quoted(name) for table in tables for name, _ in names.tables[table]})


def _columns_of(words: Words, owner: int, whole: Words | None, names: Names) -> list[str]:
    """The columns of `table.`, or of `alias.`."""
    if owner < 0:
        return []
    wanted = _plain(words.tokens[owner].text)
    found = [table for name, table in _named(whole, names).items() if _plain(name) == wanted]
    columns = [known.quoted(name) for table in found for name, _ in names.tables[table]]
    inside = [name.partition(".")[2] for name in names.tables if _plain(name).startswith(f"{wanted}.")]
    return [*columns, *inside]


def _common(whole: Words | None) -> list[str]:
    """The names of `WITH name AS (`."""
    if whole is None:
        return []
    return [
        token.text
        for index, token in enumerate(whole.tokens)
        if token.kind in (WORD, QUOTED) and whole.upper(index + 1) == "AS" and whole.upper(index + 2) == "("
    ]


def _plain(name: str) -> str:
    return name.replace('"', "").lower()
