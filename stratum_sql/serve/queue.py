"""What waits to be run, and which of it makes the next round. Knows neither sockets nor clocks: it is told the time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from stratum_sql.serve.messages import Explain, Run
from stratum_sql.serve.tables import Content

WINDOW = 0.02  # seconds
LONGEST = 2.0  # seconds that an open batch waits for the rest of it
MOST_STATEMENTS = 1_000  # of a round, unless one request has more


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What one client asks; `lane` is its number among those of all clients, from 1. `tables` are those that it may
    name, in lower case. `write` makes the answer of the outcome, where that is not as a client reads it."""

    client: int
    lane: int
    message: Run | Explain
    came: float  # seconds of the clock
    tables: Mapping[str, Content] = field(default_factory=dict)
    write: Callable[[Any], Any] | None = None

    @property
    def weight(self) -> int:
        """At least the number of its statements."""
        return sum(1 + text.count(";") for text in self.message.texts)


@dataclass(slots=True)
class Queue:
    """Requests of all clients, in turns. `window` is how long the first of them waits for others, in seconds; 0 makes
    each request a round of its own. What `blocked` clients ask has to wait."""

    window: float = WINDOW
    blocked: Set[int] = frozenset()
    _waiting: dict[int, deque[Request]] = field(default_factory=dict)  # by client: first the one whose turn is next

    def add(self, request: Request) -> None:
        """Let a request wait."""
        self._waiting.setdefault(request.client, deque()).append(request)

    def drop(self, client: int, lane: int | None = None) -> list[Request]:
        """Forget a request, or all of a client; returns what was forgotten."""
        own = self._waiting.pop(client, deque())
        gone = [one for one in own if lane is None or one.lane == lane]
        kept = deque(one for one in own if one not in gone)
        if kept:
            self._waiting[client] = kept
        return gone

    def due(self, now: float) -> float | None:
        """Seconds until the next round begins; None if nothing waits."""
        waiting = [own for client, own in self._waiting.items() if client not in self.blocked]
        if not waiting:
            return None
        gathering = [own for own in waiting if _gather(own[-1]) != "complete"]
        ends = [own[0].came + (LONGEST if _gather(own[-1]) == "open" else self.window) for own in gathering]
        all_open = all(_gather(own[-1]) == "open" for own in gathering)
        if self.window == 0 or (all_open and len(gathering) < len(waiting)):
            return 0.0  # who waits has said that nothing follows
        return max(0.0, min(ends) - now)

    def take(self, now: float) -> list[Request]:
        """The next round: a request of each client in turn, until there is enough; empty before it is due."""
        if self.due(now) != 0.0:
            return []
        taken: list[Request] = []
        weight = 0
        ready = (client for client, own in self._waiting.items() if _is_ready(own, now))
        turns = deque(client for client in ready if client not in self.blocked)
        while turns and weight < MOST_STATEMENTS and not (taken and self.window == 0):
            client = turns.popleft()
            own = self._waiting.pop(client)
            taken.append(own.popleft())
            weight += taken[-1].weight
            if own:  # at the end: it is the others' turn first, in the next round too
                self._waiting[client] = own
                turns.append(client)
        return taken


def _is_ready(own: deque[Request], now: float) -> bool:
    return _gather(own[-1]) != "open" or now >= own[0].came + LONGEST


def _gather(request: Request) -> str:
    return request.message.gather if isinstance(request.message, Run) else "complete"
