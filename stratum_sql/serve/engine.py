"""Rounds of requests, run by the one session in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa

from stratum_sql.errors import RunError, StratumError
from stratum_sql.execute.events import Progress
from stratum_sql.results import Result
from stratum_sql.serve.messages import Explain
from stratum_sql.serve.queue import Request
from stratum_sql.serve.wire import write_error, write_results
from stratum_sql.session import Session, connect

Part = tuple[Sequence[Request], Mapping[str, pa.Table]]
Outcome = list[list[Result]] | str | StratumError  # results of texts; a plan; why there is neither

T = TypeVar("T")

_LAST_SECONDS = 5.0  # for what runs when the engine ends


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent for one request: all of a frame but its id; and how many statements were run for it."""

    head: Mapping[str, Any]
    data: bytes = b""
    statements: int = 0


@dataclass(slots=True)
class Round:
    """A round that runs: its requests, those of them that nobody wants any more, and when it began."""

    requests: Sequence[Request]
    withdrawn: set[int] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)

    @property
    def clients(self) -> int:
        """Who shares its time."""
        return len({request.client for request in self.requests})


class Engine:
    """Runs one round at a time. `told` is called with every progress of it, in the session's thread.

    `most` is the bytes of rows that one answer may have. Options are those of `stratum_sql.connect`; statements are
    foreign ones.
    """

    def __init__(self, told: Callable[[Round, Progress], None], most: int, database: str, **options: Any) -> None:
        self._told, self._most = told, most
        self._round: Round | None = None
        self._lock = threading.Lock()
        self.session: Session = connect(database, trusted=False, progress=self._progress, **options)
        self._thread = ThreadPoolExecutor(1, "stratum-engine")

    def start(self, requests: Sequence[Request], parts: Sequence[Part]) -> Future[dict[int, Answer]]:
        """Begin a round; its answers by lane."""
        self._round = Round(requests)
        return self._thread.submit(self._run, parts)

    def call(self, action: Callable[[Session], T]) -> Future[T]:
        """What a function of the session gives, called when no round runs."""
        return self._thread.submit(lambda: action(self.session))

    @property
    def round(self) -> Round | None:
        """What runs now."""
        return self._round

    def withdraw(self, lane: int) -> None:
        """End a request of the round, as far as nobody else wants it; called again until the round is over."""
        with self._lock:
            running = self._round
            if running is None or lane not in {request.lane for request in running.requests}:
                return
            running.withdrawn.add(lane)
            if len(running.withdrawn) == len(running.requests):
                self.session.interrupt()
            self.session.withdraw(lane)

    def close(self) -> None:
        """Stop what runs, and close the session; what does not stop in time is left to the end of the process."""
        until = time.monotonic() + _LAST_SECONDS
        while self._round is not None and time.monotonic() < until:
            self.session.interrupt()
            time.sleep(0.05)
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._round is None:
            self.session.close()

    # -- the session's thread ------------------------------------------------------------------------------------------

    def _run(self, parts: Sequence[Part]) -> dict[int, Answer]:
        answers: dict[int, Answer] = {}
        try:
            for requests, tables in parts:
                outcomes = self._run_part(requests, tables)
                # Written in this thread: DuckDB holds rows in the session's connection.
                for request in requests:
                    answers[request.lane] = (request.write or self._answer)(outcomes[request.lane])
            return answers
        finally:
            with self._lock:
                self._round = None

    def _run_part(self, requests: Sequence[Request], tables: Mapping[str, pa.Table]) -> dict[int, Outcome]:
        callers: dict[int, dict[int, Sequence[str]]] = {}
        for request in requests:
            if not isinstance(request.message, Explain):
                callers.setdefault(request.client, {})[request.lane] = request.message.texts
        lanes = [request.lane for request in requests if not isinstance(request.message, Explain)]
        outcomes: dict[int, Outcome] = {}
        if callers:
            found = _caught(lambda: self.session.run_together(callers.values(), tables))
            outcomes |= dict.fromkeys(lanes, found) if isinstance(found, StratumError) else found
        for request in requests:
            message = request.message
            if isinstance(message, Explain):
                outcomes[request.lane] = _caught(
                    lambda asked=message: self.session.explain(asked.texts, asked.form, tables=tables)  # type: ignore[misc]
                )
        return outcomes

    def _answer(self, outcome: Outcome) -> Answer:
        if isinstance(outcome, str):
            return Answer({"plan": outcome})
        if isinstance(outcome, StratumError):
            return Answer({"error": write_error(outcome)})
        written = _caught(lambda: write_results(outcome, self._most))
        if isinstance(written, StratumError):
            return Answer({"error": write_error(written)})
        heads, data = written
        return Answer({"results": heads}, data, sum(map(len, outcome)))

    def _progress(self, event: Progress) -> None:
        running = self._round
        if running is not None:
            self._told(running, event)


def _caught(action: Callable[[], Any]) -> Any:
    """What an action gives, or its error; whatever else it raises is a fault of ours, and ends one round alone."""
    try:
        return action()
    except StratumError as error:
        return error
    except Exception as error:  # noqa: BLE001  # the engine is shared: it must live on
        return RunError.at("", None, "internal", f"unexpected {type(error).__name__} in the engine: {error}")
