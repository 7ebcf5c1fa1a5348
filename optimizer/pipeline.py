"""The one ordered list of rules, and how it is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.optimizer.rules.equal_trials import equal_trials
from stratum_sql.optimizer.rules.filtered_scans import filtered_scans
from stratum_sql.optimizer.rules.merge_scans import merge_scans
from stratum_sql.optimizer.rules.merge_scores import merge_scores
from stratum_sql.optimizer.rules.prefix_components import prefix_components
from stratum_sql.optimizer.rules.prefix_training import prefix_training
from stratum_sql.optimizer.rules.row_wise_once import row_wise_once
from stratum_sql.optimizer.rules.same_split import same_split
from stratum_sql.optimizer.rules.shared_bins import shared_bins
from stratum_sql.optimizer.rules.shared_gram import shared_gram
from stratum_sql.optimizer.rules.shared_neighbours import shared_neighbours
from stratum_sql.optimizer.rules.sufficient_statistics import sufficient_statistics
from stratum_sql.optimizer.rules.train_together import train_together
from stratum_sql.optimizer.rules.unused_seed import unused_seed
from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch

Rule = Callable[[Batch], Batch]

MAKE_EQUAL: tuple[Rule, ...] = (
    filtered_scans,  # before scans are merged: each still has its own statement
    merge_scans,  # before all else: other rules find equal work only over equal scans
    same_split,  # before all that stands above a split
    row_wise_once,  # before what is trained: what it moves stands below
    unused_seed,  # after the splits: only over equal folds is a fit of another seed the same fit
    equal_trials,  # only whole trials that are still apart can be equal
)
"""What makes equal work one node. After these a trial still has a training and a score of its own."""

TRAIN_TOGETHER: tuple[Rule, ...] = (
    sufficient_statistics,  # first: what it solves has no training, which the others look for
    shared_gram,  # for the linear models that are left
    prefix_components,  # below matrices, so of no concern to the others; after sums, which look for plain fits
    prefix_training,  # before bins and runs: fewer trainings are left to share them
    shared_neighbours,  # like bins and runs, of other trainings; a prefix is never one of these
    shared_bins,
    train_together,
    merge_scores,  # last: what scores a linear model depends on the metrics of its own statement alone
)
"""What makes different trainings share work."""

RULES = MAKE_EQUAL + TRAIN_TOGETHER


@dataclass(frozen=True, slots=True)
class Saving:
    """What one rule did to a batch: operators that run before and after, in all and, where that changed, by kind."""

    rule: str
    before: int
    after: int
    changed: tuple[tuple[str, int, int], ...] = ()  # kind, before, after


def rule_names() -> tuple[str, ...]:
    """The rules' names, in order."""
    return tuple(rule.__name__ for rule in RULES)


REUSE = "reuse_results"  # no rule of plans, but switched like one: trials known from an earlier batch are not run


def switch_names() -> tuple[str, ...]:
    """What a statement or a session can switch off."""
    return (*rule_names(), REUSE)


def optimize(
    batch: Batch, switches: Mapping[str, bool] | None = None, rules: Sequence[Rule] = RULES
) -> tuple[Batch, tuple[Saving, ...]]:
    """The batch after every rule that is not switched off, and what each saved."""
    savings, before = [], _kinds(batch)
    for rule in rules:
        if (switches or {}).get(rule.__name__, True):
            rewritten = rule(batch)
            after = before if rewritten is batch else _kinds(rewritten)
            savings.append(_saving(rule.__name__, before, after))
            batch, before = rewritten, after
    return batch, tuple(savings)


def _saving(rule: str, before: Counter[str], after: Counter[str]) -> Saving:
    changed = tuple((kind, before[kind], after[kind]) for kind in {**before, **after} if before[kind] != after[kind])
    return Saving(rule, before.total(), after.total(), changed)


def _kinds(batch: Batch) -> Counter[str]:
    times = runs(batch)
    counts: Counter[str] = Counter()
    for node in batch.graph:
        counts[node.operator.kind] += times[node.id]
    return counts
