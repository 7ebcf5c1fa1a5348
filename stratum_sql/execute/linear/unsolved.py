"""What cannot be solved from sums as well as from the rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unsolved:
    """In the place of a model's scores: it must be trained from its rows, for this reason."""

    reason: str


class NotShared(Exception):
    """What was to be had together with others cannot: each must be trained by itself; the message says why."""


class NotFromSums(NotShared):
    """Nothing above these sums can be solved from them."""
