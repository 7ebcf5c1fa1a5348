"""Which characters of a text are code: a linear scan that knows strings, quoted names, comments and dollar quotes.

The rules are DuckDB's lexer's: comments nest, a carriage return ends a `--` comment, `e'…'` has backslash escapes,
a dollar quote cannot start inside a name. An unclosed string or comment reaches to the end of the text.
"""

from __future__ import annotations

import re

_OPENS = re.compile(r"""'|"|--|/\*|(?<![\w$])\$(?:[^\W\d]\w*)?\$""")
_LINE_END = re.compile(r"[\n\r]")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ESCAPE_OR_QUOTE = re.compile(r"\\.|''|'", re.DOTALL)


def code_of(text: str) -> str:
    """`text`, character for character, with comments as spaces and strings and quoted names as `"`.

    Never recursive, never quadratic: every character is looked at a fixed number of times.
    """
    pieces: list[str] = []
    done = 0
    while (match := _OPENS.search(text, done)) is not None:
        end = _end(text, match)
        filler = " " if match[0] in ("--", "/*") else '"'
        pieces += [text[done : match.start()], filler * (end - match.start())]
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def _end(text: str, opening: re.Match[str]) -> int:
    """The offset just after what `opening` opens."""
    match opening[0]:
        case "--":
            line_end = _LINE_END.search(text, opening.end())
            return line_end.start() if line_end else len(text)
        case "/*":
            return _comment_end(text, opening.end())
        case "'" if _is_escape_string(text, opening.start()):
            return _escape_string_end(text, opening.end())
        case closing:  # a doubled quote inside a string reads as two strings side by side, which is the same here
            found = text.find(closing, opening.end())
            return found + len(closing) if found >= 0 else len(text)


def _comment_end(text: str, start: int) -> int:
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def _is_escape_string(text: str, quote: int) -> bool:
    before = text[max(quote - 2, 0) : quote]
    return before[-1:] in ("e", "E") and not (len(before) == 2 and (before[0].isalnum() or before[0] in "_$"))


def _escape_string_end(text: str, start: int) -> int:
    for found in _ESCAPE_OR_QUOTE.finditer(text, start):
        if found[0] == "'":
            return found.end()
    return len(text)
