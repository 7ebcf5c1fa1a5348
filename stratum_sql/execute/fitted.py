"""What comes of one model of several that are fitted in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """One candidate: the fitted estimator or the exception of its fit; its share of the time; what the library said."""

    estimator: Any | None
    seconds: float
    warnings: tuple[str, ...] = ()
    error: Exception | None = None
