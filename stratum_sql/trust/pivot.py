"""PIVOT without IN: a statement whose columns are known only once it runs, and which DuckDB cannot print as a tree.

    PIVOT sales ON city USING sum(amount)   =>   PIVOT sales ON (city) IN (0) USING sum(amount)

The text on the right has the same names, functions and subqueries in it, and a tree. It is looked at, never run.
"""

from __future__ import annotations

import re

from stratum_sql.trust.scan import code_of

Edit = tuple[int, str]  # an offset in the original text, and what is put there
_Token = tuple[str, int, int]  # lower-case word or one character, start, end

_TOKEN = re.compile(r'[^\W\d][\w$]*|"+|\d[\w.]*|[^\s"]')
_ENDS = frozenset(
    (
        "using",
        "group",
        "order",
        "limit",
        "offset",
        "having",
        "where",
        "qualify",
        "window",
        "union",
        "except",
        "intersect",
        "sample",
    )
)
_QUERY = frozenset(("select", "from", "with", "values", "table", "describe", "summarize", "pivot", "unpivot", "("))


def with_fixed_columns(text: str) -> tuple[str, tuple[Edit, ...]]:
    """`text` with each column of a PIVOT … ON that has no list of values given one, and the edits that did it."""
    tokens = [(match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(code_of(text))]
    found = {edit for at, token in enumerate(tokens) if _is_pivot(token[0]) for edit in _edits(tokens[at + 1 :])}
    edits = tuple(sorted(found, key=lambda edit: (edit[0], edit[1] == "(")))
    pieces, done = [], 0
    for offset, inserted in edits:
        pieces += [text[done:offset], inserted]
        done = offset
    return "".join([*pieces, text[done:]]), edits


def original_offset(offset: int, edits: tuple[Edit, ...]) -> int:
    """The offset in the original text of an offset in the edited one."""
    added = 0
    for place, inserted in edits:
        if offset < place + added + len(inserted):
            return min(offset - added, place)
        added += len(inserted)
    return offset - added


def _is_pivot(word: str) -> bool:
    return word in ("pivot", "pivot_wider")


def _edits(tokens: list[_Token]) -> list[Edit]:
    """Brackets around each item of the last ON list before the clauses that follow it; `tokens` begin after PIVOT."""
    items: list[list[_Token]] | None = None
    depth = 0
    for token in tokens:
        word = token[0]
        if depth == 0 and (word in _ENDS or _is_pivot(word) or word in ")]};"):
            break
        depth += (word in "([{") - (word in ")]}")
        if depth == 0 and word == "on":
            items = [[]]
        elif items is not None and depth == 0 and word == ",":
            items.append([])
        elif items is not None:
            items[-1].append(token)
    dynamic = [item for item in items or () if item and not _has_values(item)]
    return [edit for item in dynamic for edit in ((item[0][1], "("), (item[-1][2], ") IN (0)"))]


def _has_values(item: list[_Token]) -> bool:
    """Whether the item says `IN (` and then something other than a query."""
    words = [token[0] for token in item]
    depth = 0
    for at, word in enumerate(words):
        if depth == 0 and word == "in":
            return words[at + 1 : at + 2] != ["("] or words[at + 2 : at + 3][:1] == [] or words[at + 2] not in _QUERY
        depth += (word in "([{") - (word in ")]}")
    return False
