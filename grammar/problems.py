"""What to say of a statement that DuckDB rejects and that holds no query of ours: slips."""

from __future__ import annotations

from collections.abc import Iterator

from stratum_sql.errors import ParseError, Span, StratumError
from stratum_sql.grammar.expressions import near
from stratum_sql.grammar.places import can_end_expression
from stratum_sql.grammar.split import VERBS, Slice
from stratum_sql.grammar.tokens import RESERVED, WORD, Words

_LEADING: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("DROP", "DESCRIBE", "CREATE", "PROMOTE", "EXPORT", "IMPORT"), ("MODEL",)
)
_LEADING |= dict.fromkeys(("BEGIN", "COMMIT", "EXPLAIN"), ("BATCH",))
_LEADING["ROLLBACK"] = ("BATCH", "MODEL")
_WORDS = ("PROMOTE",)  # first words that no other SQL has
_AFTER_ALIAS = ("", ",", ")", "ON", "USING", "WHERE", "GROUP", "ORDER", "JOIN")  # `FROM train model WHERE` is a table


def leading_slip(words: Words, lo: int, hi: int) -> StratumError | None:
    """The error for `DROP MODLE m` and `PROMTE MODEL m`; None where the first two words are no such slip."""
    first, second = words.upper(lo), words.upper(lo + 1)
    if second == "MODEL" and lo + 2 < hi and near(first, _WORDS) and first not in _LEADING:
        return _did_you_mean(words, words.span(lo, lo + 2), f"{near(first, _WORDS)[0]} MODEL")
    wanted = _LEADING.get(first, ())
    if not wanted or lo + 1 >= hi or second in wanted or second in RESERVED or not near(second, wanted):
        return None
    return _did_you_mean(words, words.span(lo, lo + 2), f"{first} {near(second, wanted)[0]}")


def find_problem(words: Words, lo: int, hi: int) -> StratumError | None:
    """The likeliest slip around a verb of ours in the tokens `lo` up to `hi`; None leaves the word to DuckDB."""
    for index in _pairs(words, lo, hi):
        first, second = words.upper(index), words.upper(index + 1)
        after_query = index > lo and can_end_expression(words, index - 1)
        problem = _no_query(words, index) if (second == "MODEL" and first in VERBS) else None
        problem = problem or (_slip(words, index, hi) if after_query or index == lo else None)
        if problem is not None:
            return problem
    return None


def _pairs(words: Words, lo: int, hi: int) -> Iterator[int]:
    """Where a word is followed by a word, and might be a verb of ours."""
    for index in range(lo, hi - 1):
        if words.tokens[index].kind == WORD and words.tokens[index + 1].kind == WORD:
            yield index


def _no_query(words: Words, index: int) -> StratumError | None:
    """The error for `TRAIN MODEL` with nothing before it, or after a word that wants more."""
    verb, before = words.upper(index), words.upper(index - 1)
    span = words.span(index, index + 2)
    if before in ("", ";", "(") or index == 0:
        message = f"there is no query before {verb} MODEL"
        return ParseError.at(words.text, span, "no_query", message, hint=f"SELECT … FROM … {verb} MODEL …")
    if can_end_expression(words, index - 1) or words.upper(index + 2) in _AFTER_ALIAS:
        return None
    message = f"the query before {verb} MODEL stops at '{words.tokens[index - 1].text}'"
    return ParseError.at(words.text, span, "no_query", message)


def _slip(words: Words, index: int, hi: int) -> StratumError | None:
    """The error for `TRIAN MODEL`, `TRAIN MODLE` and `TRAIN ridge()`."""
    first, second = words.upper(index), words.upper(index + 1)
    if max(len(first), len(second)) > 12 and first not in VERBS:
        return None
    if first not in VERBS and len(set(second) & set("MODEL")) < 3:
        return None  # most pairs of words: not worth the slow comparison
    verb = (first,) if first in VERBS else near(first, VERBS)
    if verb and second not in RESERVED and near(second, ("MODEL",)):
        return _did_you_mean(words, words.span(index, index + 2), f"{verb[0]} MODEL")
    forgotten = first in VERBS and second not in RESERVED and index + 2 < hi and words.upper(index + 2) == "("
    return _did_you_mean(words, words.span(index, index + 1), f"{first} MODEL") if forgotten else None


def _did_you_mean(words: Words, span: Span, name: str) -> StratumError:
    message = f"unexpected '{words.text[span.start : span.end][:40]}'"
    return ParseError.at(words.text, span, "unexpected", message, did_you_mean=(name,))


def unreadable(text: str, piece: Slice) -> StratumError | None:
    """The error for a quote, a dollar quote or a comment that is never closed; None if there is none."""
    start = _open_at(text)
    if start is None or piece.words is not None:
        return None
    what = {"'": "text", '"': "name", "$": "text", "/": "comment"}[text[start]]
    end = start + (2 if text[start] in "/$" else 1)
    message = f"the {what} that opens here is never closed"
    return ParseError.at(text, Span(start, end), "unterminated", message)


def _open_at(text: str) -> int | None:
    """Where the quote or comment opens that the end of the text leaves open."""
    index = 0
    while index < len(text):
        end = _end_of(text, index)
        if end < 0:
            return index
        index = end
    return None


def _end_of(text: str, index: int) -> int:
    """The index after the character, quote or comment at `index`; -1 if it never ends."""
    char = text[index]
    if char in "'\"":
        return text.find(char, index + 1) + 1 or -1
    if text.startswith("--", index):
        end = text.find("\n", index)
        return len(text) if end < 0 else end
    if text.startswith("/*", index):
        return _comment_end(text, index)
    if text.startswith("$$", index):
        end = text.find("$$", index + 2)
        return end + 2 if end >= 0 else -1
    return index + 1


def _comment_end(text: str, index: int) -> int:
    depth = 0
    while index < len(text):
        if text.startswith("/*", index):
            depth, index = depth + 1, index + 2
        elif text.startswith("*/", index):
            depth, index = depth - 1, index + 2
            if depth == 0:
                return index
        else:
            index += 1
    return -1
