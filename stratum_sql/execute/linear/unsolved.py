"""What cannot be solved from sums as well as from the rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unsolved:
    """In the place of a model's scores: it must be trained from its rows, for this reason."""

    reason: str


class NotFromSums(Exception):
    """Nothing above these sums can be solved from them; the message says why."""
