"""Reuse over time: a trial whose scores are known from an earlier batch over the same content is not run again.

What is known goes by content: the digests of the values that were read, or of the tables that they come from
(`origin.py`), and of everything done to them up to the model. So a table that changed, a file, a registered frame or
another version of a library makes other keys, and nothing has to be told that it is out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from stratum_sql.catalog.metrics import Scores
from stratum_sql.execute.cache import Entry, ResultCache, decode_scores, encode_scores
from stratum_sql.execute.content import DIGEST_BYTES, node_digests, versions
from stratum_sql.execute.scheduler import GoalResult
from stratum_sql.plan.build import Batch, Goal
from stratum_sql.plan.graph import Node


@dataclass(frozen=True, eq=False, slots=True)
class Reuse:
    """The trials of one batch in the cache: each one's key, and the metrics it must have."""

    cache: ResultCache
    keys: Mapping[Goal, bytes] = field(default_factory=dict)
    metrics: Mapping[Goal, tuple[str, ...]] = field(default_factory=dict)
    written: dict[Goal, bytes] = field(default_factory=dict)  # results as bytes: they are kept under more than one key

    def known(self) -> dict[Goal, list[GoalResult]]:
        """What is known of trials, a result for each fold."""
        entries = self.cache.get_many(list(self.keys.values()))
        found: dict[Goal, list[GoalResult]] = {}
        for goal, key in self.keys.items():
            folds = _decoded(entries[key]) if key in entries else None
            if folds and all(set(self.metrics[goal]) <= fold.value.values.keys() for fold in folds):
                found[goal] = folds
        return found

    def keep(self, trials: Mapping[Goal, Sequence[GoalResult]]) -> None:
        """Keep the results of trials, one for each fold; those that have no key are not kept."""
        self.cache.put_many([self._entry(goal, folds) for goal, folds in trials.items() if goal in self.keys])

    def _entry(self, goal: Goal, folds: Sequence[GoalResult]) -> Entry:
        if goal not in self.written:
            self.written[goal] = _encoded(folds)
        return Entry(self.keys[goal], self.written[goal], sum(fold.seconds for fold in folds))


def reuse_of(
    cache: ResultCache,
    batch: Batch,
    digest_of: Callable[[Node], bytes | None],
    switched_off: Iterable[str],
    written: dict[Goal, bytes],
    marks: Mapping[int, str] | None = None,
) -> Reuse:
    """The keys of a batch's trials. `digest_of` gives the digest of what a `Read` reads, None if it has none; `written`
    is what the batch's results are as bytes, as far as they were kept; `marks` tell the results of a statement from
    others', as where a GPU may have trained them.

    Results under other rules are others, so that comparing them compares two runs; so are those for other metrics,
    which may decide whether a model is scored from sums or from predictions, and so its last bits.
    """
    digests = node_digests(batch.graph, digest_of)
    common = versions() + ",".join(sorted(switched_off)).encode()
    keys: dict[Goal, bytes] = {}
    wanted = {goal: tuple(metric.name for metric in batch.queries[goal[0]].metrics) for goal in batch.scores}
    for goal, answer in batch.scores.items():
        inputs = [digests.get(node.id) for node in answer.node.inputs]
        whole = [digest for digest in inputs if digest is not None]
        if len(whole) == len(inputs):
            metrics = ",".join(sorted(wanted[goal])).encode()
            mark = [(marks or {})[goal[0]].encode()] if goal[0] in (marks or {}) else []
            keys[goal] = blake2b(b";".join([common, *mark, metrics, *whole]), digest_size=DIGEST_BYTES).digest()
    return Reuse(cache, keys, wanted, written)


def _encoded(folds: Sequence[GoalResult]) -> bytes:
    return b"\n".join(
        encode_scores(Scores(fold.value.values, fold.value.problems), fold.seconds, fold.warnings) for fold in folds
    )


def _decoded(entry: Entry) -> list[GoalResult] | None:
    try:
        decoded = [decode_scores(line) for line in entry.value.split(b"\n")]
    except ValueError:
        return None
    return [GoalResult("ok", scores, seconds, warnings) for scores, seconds, warnings in decoded]
