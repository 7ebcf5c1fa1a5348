"""What is estimated of a plan, where anything is, as the drawing of EXPLAIN wants it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stratum_sql.plan.explain import Facts


@dataclass(frozen=True, slots=True)
class Figures:
    """Estimates of one operator or of several together; None where nothing is known.

    `seconds` are those of all runs, `rows` and `bytes` those of the largest value, `reuse` the most trials that one
    value serves.
    """

    seconds: float | None = None
    rows: float | None = None
    bytes: float | None = None
    reuse: float | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Estimates of a batch: seconds of all threads together and if every trial ran alone, seconds on the clock, and the
    most bytes held at one time; None where nothing is known."""

    seconds: float | None = None
    alone: float | None = None
    clock: float | None = None
    peak_bytes: float | None = None


def figures_of(facts: Facts, node: int) -> Figures | None:
    """The estimates of one node; None where there are none."""
    found = facts.estimate
    one = None if found is None else found.nodes.get(node)
    if found is None or one is None:
        return None
    return Figures(found.of(node), one.rows, one.bytes, found.reuse.get(node))


def totals_of(facts: Facts) -> Totals:
    """The estimates of the batch."""
    found = facts.estimate
    if found is None:
        return Totals()
    clock = found.simulated
    return Totals(
        found.seconds,
        found.alone,
        None if clock is None else clock.seconds,
        None if clock is None else clock.peak_bytes,
    )


def together(figures: Iterable[Figures]) -> Figures:
    """Several operators as one: seconds add up, of the rest the largest counts."""
    known = list(figures)
    seconds = [one.seconds for one in known if one.seconds is not None]
    return Figures(
        sum(seconds) if seconds else None,
        max((one.rows for one in known if one.rows is not None), default=None),
        max((one.bytes for one in known if one.bytes is not None), default=None),
        max((one.reuse for one in known if one.reuse is not None), default=None),
    )
