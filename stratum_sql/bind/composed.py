"""Text put together from the user's pieces, which still knows where each piece came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from stratum_sql.errors import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters; `origin` is where they stand in the script, or a span they are said for (a macro's call)."""

    text: str
    origin: Span | None = None

    @property
    def is_verbatim(self) -> bool:
        return self.origin is not None and self.origin.end - self.origin.start == len(self.text)


class Composed:
    """A text of pieces. Positions in it map back to the script: an error of DuckDB underlines the user's own words."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = tuple(piece for piece in pieces if piece.text)
        self.text = "".join(piece.text for piece in self.pieces)
        self._starts = [0]
        for piece in self.pieces:
            self._starts.append(self._starts[-1] + len(piece.text))

    @classmethod
    def verbatim(cls, script: str, span: Span) -> Composed:
        """The slice `span` of the script, as it is."""
        return cls(Piece(script[span.start : span.end], span))

    def __add__(self, other: Composed) -> Composed:
        return Composed(*self.pieces, *other.pieces)

    def cut(self, start: int, end: int) -> Composed:
        """The characters `[start, end)`, still knowing their origin."""
        found = []
        for piece, at in zip(self.pieces, self._starts, strict=False):
            left, right = max(start, at), min(end, at + len(piece.text))
            if left < right:
                found.append(Piece(piece.text[left - at : right - at], _part(piece, left - at, right - at)))
        return Composed(*found)

    def replaced(self, start: int, end: int, text: str) -> Composed:
        """`text` in place of the characters `[start, end)`; it is said for the place of what it replaces."""
        return self.cut(0, start) + Composed(Piece(text, self.origin(start, end))) + self.cut(end, len(self.text))

    def origin(self, start: int, end: int) -> Span | None:
        """The place in the script of the characters `[start, end)`, or None if they are ours."""
        first, last = self._origin_at(start), self._origin_at(max(start, end - 1))
        if first is None:
            return None
        return Span(first.start, max(first.end, last.end)) if last is not None else first

    def origin_of_bytes(self, start: int, length: int) -> Span | None:
        """`origin` for an offset and length in UTF-8 bytes, as DuckDB counts."""
        data = self.text.encode()
        first = len(data[:start].decode(errors="ignore"))
        return self.origin(first, first + max(1, len(data[start : start + length].decode(errors="ignore"))))

    def _origin_at(self, offset: int) -> Span | None:
        index = min(bisect_right(self._starts, offset) - 1, len(self.pieces) - 1)
        if index < 0:
            return None
        inside = min(offset - self._starts[index], len(self.pieces[index].text) - 1)
        return _part(self.pieces[index], inside, inside + 1)


def ours(text: str) -> Composed:
    """Text that the user did not write."""
    return Composed(Piece(text))


def _part(piece: Piece, start: int, end: int) -> Span | None:
    if piece.origin is None or not piece.is_verbatim:
        return piece.origin
    return Span(piece.origin.start + start, piece.origin.start + end)
