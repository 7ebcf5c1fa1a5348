"""What the prompt talks to: a session of its own, or an engine that many processes share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Protocol

from stratum_sql.errors import BindError, StratumError
from stratum_sql.results import Result

if TYPE_CHECKING:
    from stratum_sql.serve.client import Client, Pending
    from stratum_sql.session import Session

BatchStep = Literal["begin", "run", "cancel"]
_BATCH = {"begin": "BEGIN BATCH", "run": "COMMIT BATCH", "cancel": "ROLLBACK BATCH"}


class Door(Protocol):
    """One conversation. `run`, `plan` and `batch` may be called in another thread than `interrupt`."""

    @property
    def lent(self) -> Sequence[str]:
        """Tables that statements may name, and that SHOW does not list."""

    @property
    def patience(self) -> float | None:
        """Seconds that a person is kept waiting for what the prompt wants to know; None where nothing holds it up."""

    def run(self, text: str) -> list[Result]:
        """A result for every statement of `text`; errors are results as well."""

    def ask(self, query: str) -> list[Result]:
        """`run` for what the prompt itself wants to know, in any thread, beside what runs; nothing interrupts it."""

    def plan(self, text: str) -> str:
        """The plan of statements that train. Raises StratumError."""

    def batch(self, step: BatchStep) -> list[Result]:
        """Open a batch, run what waits in it, or forget it."""

    def plan_batch(self) -> list[Result]:
        """The plan of what waits."""

    def register(self, name: str, table: Any) -> None:
        """Make a table readable under a name. Raises StratumError."""

    def interrupt(self) -> None:
        """Stop what runs; without anything running do nothing."""


class OwnSession:
    """A session of this process."""

    lent = ()
    patience = None

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, text: str) -> list[Result]:
        return self._session.run_script([text])

    def ask(self, query: str) -> list[Result]:
        return self.run(query)

    def plan(self, text: str) -> str:
        return self._session.explain(text)

    def batch(self, step: BatchStep) -> list[Result]:
        return self.run(_BATCH[step])

    def plan_batch(self) -> list[Result]:
        return self.run("EXPLAIN BATCH")

    def register(self, name: str, table: Any) -> None:
        self._session.register(name, table)

    def interrupt(self) -> None:
        self._session.interrupt()


class Engine:
    """An engine of `stratum serve`. `BEGIN BATCH` would hold up its other clients: what is to run together waits here,
    and is then sent at once."""

    patience = 1.0

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pending: Pending | None = None
        self._waiting: list[str] | None = None
        self.lent: list[str] = []

    def run(self, text: str) -> list[Result]:
        try:
            return self._wait(text) if self._waits(text) else self._send(text)
        except StratumError as error:
            return [Result.failed(error, text.strip())]

    def ask(self, query: str) -> list[Result]:
        try:
            return [self._client.sql(query)]
        except StratumError as error:
            return [Result.failed(error, query)]

    def plan(self, text: str) -> str:
        return self._client.explain(text)

    def batch(self, step: BatchStep) -> list[Result]:
        waiting = self._waiting
        if step == "begin" and waiting is None:
            self._waiting = []
            return [Result.none()]
        try:
            if waiting is None:
                raise BindError.at("", None, "no_batch", "no batch is open", hint=".batch begin opens one")
            if step == "begin":
                hint = ".batch run runs it, .batch cancel forgets it"
                raise BindError.at("", None, "batch_open", "a batch is open already", hint=hint)
            self._waiting = None
            return self._send(*waiting) if step == "run" and waiting else [Result.none()]
        except StratumError as error:
            return [Result.failed(error)]

    def plan_batch(self) -> list[Result]:
        import pyarrow as pa

        plan = self._client.explain(self._waiting or [])
        return [Result.from_arrow(pa.table({"plan": [plan]}), "explain")]

    def register(self, name: str, table: Any) -> None:
        self._client.register(name, table)
        self.lent = [*(one for one in self.lent if one != name), name]

    def interrupt(self) -> None:
        pending = self._pending
        if pending is not None and not pending.done():
            with suppress(StratumError):  # the engine may have gone: who waits for it is told so
                pending.cancel()

    def _send(self, *texts: str) -> list[Result]:
        self._pending = self._client.submit(*texts, last=True)
        try:
            return [result for own in self._pending.results() for result in own]
        finally:
            self._pending = None

    def _waits(self, text: str) -> bool:
        from stratum_sql.grammar.parse import read_script
        from stratum_sql.grammar.syntax import Train

        return self._waiting is not None and any(isinstance(one, Train) for _, one in read_script(text))

    def _wait(self, text: str) -> list[Result]:
        """Let statements wait that could be bound; an answer for each. Raises StratumError."""
        import pyarrow as pa

        from stratum_sql.grammar.parse import read_script

        self._client.explain(text)
        assert self._waiting is not None
        answers: list[Result] = []
        for span, _ in read_script(text):
            written = text[span.start : span.end]
            self._waiting.append(written)
            table = pa.table({"statement": pa.array([len(self._waiting)], pa.int32()), "status": ["waiting"]})
            answers.append(Result.from_arrow(table, "rows", statement=written))
        return answers
