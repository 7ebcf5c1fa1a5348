"""The one ordered list of rules, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stratum_sql.optimizer.rules.equal_trials import equal_trials
from stratum_sql.optimizer.rules.merge_scans import merge_scans
from stratum_sql.optimizer.rules.row_wise_once import row_wise_once
from stratum_sql.plan.build import Batch

Rule = Callable[[Batch], Batch]

RULES: tuple[Rule, ...] = (
    merge_scans,  # first: every other rule finds equal work only over equal scans
    row_wise_once,  # before the trials: what it moves stands below them
    equal_trials,  # last: only whole trials that are still apart can be equal
)


@dataclass(frozen=True, slots=True)
class Saving:
    """What one rule did to a batch: the number of operators before and after."""

    rule: str
    before: int
    after: int


def rule_names() -> tuple[str, ...]:
    """The rules' names, in order."""
    return tuple(rule.__name__ for rule in RULES)


def optimize(batch: Batch, switches: Mapping[str, bool] | None = None) -> tuple[Batch, tuple[Saving, ...]]:
    """The batch after every rule that is not switched off, and what each saved."""
    savings = []
    for rule in RULES:
        if (switches or {}).get(rule.__name__, True):
            before = len(batch.graph)
            batch = rule(batch)
            savings.append(Saving(rule.__name__, before, len(batch.graph)))
    return batch, tuple(savings)
