"""Fitted transforms that a session keeps in memory, for a later batch that encodes the same rows again.

Reuse over time of whole trials is `reuse.py`'s. This is for new models over old columns: of texts, say, whose encoding
costs more than many a model. What is kept goes by content (`content.py`): by the digests of the columns, of what was
done to them, and of the split, so changed rows are other rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from stratum_sql.catalog.columns import Block
from stratum_sql.execute.content import node_digests
from stratum_sql.execute.shelves import MemoryShelf, Row
from stratum_sql.execute.values import FitResult, nbytes
from stratum_sql.plan.alone import reachable
from stratum_sql.plan.graph import Node
from stratum_sql.plan.transform import Apply, Fit

_WORTH = 0.1  # seconds: what takes less is done again
_SECONDS_PER_BYTE = 2e-9  # and what is done again at half the speed of a disk or faster


class KeptFits:
    """Values of `Fit` and `Apply` by the digest of their node and their fold; at most `limit_bytes` of them."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._shelf: MemoryShelf[Any] = MemoryShelf()

    def value(self, digest: bytes, fold: int | None, make: Callable[[], Any]) -> Any:
        """The value, kept from before or made now. Raises what `make` raises."""
        key = digest if fold is None else digest + fold.to_bytes(4, "little")
        found = self._shelf.get([key])
        if key in found:
            return found[key]
        started = time.perf_counter()
        value = make()
        self._keep(key, value, time.perf_counter() - started)
        return value

    def _keep(self, key: bytes, value: Any, seconds: float) -> None:
        size = sum(_sizes(value))
        if _stands_alone(value) and size <= self.limit_bytes and seconds > max(_WORTH, _SECONDS_PER_BYTE * size):
            self._shelf.put([Row(key, value, size, seconds / size)], self.limit_bytes)


def fit_digests(nodes: Iterable[Node], digest_of: Callable[[Node], bytes | None]) -> dict[int, bytes]:
    """The digests of a plan's fits and of what applies them, by the node's id. `nodes` come inputs first; `digest_of`
    gives that of the column of a `Read`, None if it has none."""
    listed = list(nodes)
    wanted = [node for node in listed if isinstance(node.operator, Fit | Apply)]
    below = reachable(wanted)
    digests = node_digests((node for node in listed if node.id in below), digest_of)
    return {node.id: digests[node.id] for node in wanted if node.id in digests}


def _stands_alone(value: Any) -> bool:
    """Whether a value is blocks of its own numbers: columns and codes refer to the relation they were read from, and
    other blocks to a GPU."""
    parts = value.parts if isinstance(value, FitResult) else value
    return all(type(part) is Block for part in parts)


def _sizes(value: Any) -> Iterator[int]:
    yield 1000 + nbytes(value)  # the objects themselves
    if isinstance(value, FitResult):
        yield from _state_sizes(value.state)


def _state_sizes(state: Any) -> Iterator[int]:
    """Bytes of a state: arrays, and lists and mappings of them, texts and numbers."""
    match state:
        case np.ndarray():
            yield int(state.nbytes)
        case Mapping():
            for value in state.values():
                yield from _state_sizes(value)
        case list() | tuple():
            yield 8 * len(state)
            for value in state:
                yield from _state_sizes(value)
        case _:
            yield 60 + (len(state) if isinstance(state, str) else 0)
