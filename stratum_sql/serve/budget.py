"""What a client may use of an engine, and what it has used. All clients are one user: this guards against accidents."""

from __future__ import annotations

from dataclasses import dataclass

from stratum_sql.errors import RunError, StratumError


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one connection may use; None is no limit. `bytes` are those it sends and is sent."""

    statements: int | None = None
    bytes: int | None = None
    seconds: float | None = None


@dataclass(slots=True)
class Account:
    """What one connection has used. `seconds` are those of rounds, divided by the clients in each."""

    budget: Budget
    statements: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float:
        """What is left to a request that runs."""
        return float("inf") if self.budget.seconds is None else self.budget.seconds - self.seconds

    def over(self) -> StratumError | None:
        """Why nothing more is run for this client, if so."""
        for what, used, most in (
            ("statements", self.statements, self.budget.statements),
            ("bytes", self.bytes, self.budget.bytes),
            ("seconds", self.seconds, self.budget.seconds),
        ):
            if most is not None and used >= most:
                message = f"this connection has used its {most:,} {what}"
                return RunError.at(
                    "", None, "over_budget", message, hint="stratum serve says how much a client may use"
                )
        return None
