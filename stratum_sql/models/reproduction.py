"""Whether a model, trained again from its statement, is the one that was kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stratum_sql.execute.leaderboard import param_text
from stratum_sql.execute.outcomes import StatementResult
from stratum_sql.models.journal import fold_scores, kept_models
from stratum_sql.models.lineage import lineages_of
from stratum_sql.models.manifest import Manifest, libraries
from stratum_sql.plan.partition import group_words

Status = Literal["same", "data_changed", "libraries_changed", "differs"]
Scores = Mapping[str, Sequence[float | None]]
_EQUAL = 1e-9  # relative: what two runs of one deterministic training may differ by


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A kept model beside the same statement trained today.

    `same`: every fold score is equal, to 1e-9 relative, and so is the data where it is known. `data_changed`: the
    columns that it reads have other names, types or values. `libraries_changed`: the data is the same, a library is
    not, and the scores differ. `differs`: none of these is a reason. `data`, `folds` and `plan` say whether those
    digests are equal, None where the model has none; `libraries` are those that differ, as they were and as they are.
    """

    model: str
    version: int
    status: Status
    data: bool | None
    folds: bool | None
    plan: bool | None
    libraries: Mapping[str, tuple[str | None, str | None]]
    estimators: tuple[str, str]  # with their parameters, then and now
    scores: tuple[Scores, Scores]

    @property
    def largest_difference(self) -> float | None:
        """Of a score of a fold, relative; None where the folds or metrics are others."""
        pairs = _pairs(*self.scores)
        return None if pairs is None else max((_relative(*pair) for pair in pairs), default=0.0)

    def __str__(self) -> str:
        told = [f"{self.model}@{self.version}: {_WORDS[self.status]}", *self._details()]
        return "\n  ".join(told)

    def _details(self) -> Iterator[str]:
        for name in ("data", "folds", "plan"):
            found = getattr(self, name)
            yield f"{name}: {'not known of the kept model' if found is None else 'equal' if found else 'changed'}"
        largest = self.largest_difference
        yield "fold scores: " + ("not comparable" if largest is None else f"largest difference {largest:.3g}")
        if self.estimators[0] != self.estimators[1]:
            yield f"best: was {self.estimators[0]}; is {self.estimators[1]}"
        for name, (then, now) in self.libraries.items():
            yield f"{name}: was {then or 'absent'}; is {now or 'absent'}"


_WORDS = {
    "same": "the same",
    "data_changed": "the data has changed",
    "libraries_changed": "libraries have changed, and the scores with them",
    "differs": "differs, over the same data and with the same libraries",
}


def compare(manifest: Manifest, result: StatementResult) -> Reproduction:
    """The kept model beside what its statement has given today; of one with groups the models of all groups."""
    then, now = manifest.lineage, lineages_of(result).get(None)
    equal = {
        name: None if then is None or now is None else _equal(getattr(then, name), getattr(now, name))
        for name in ("data", "folds", "plan")
    }
    scores = _scores_then(manifest), _scores_now(result)
    changed = _changed(manifest.libraries)
    return Reproduction(
        manifest.name, manifest.version, _status(equal["data"], changed, scores), equal["data"], equal["folds"],
        equal["plan"], changed, (_called_then(manifest), _called_now(result)), scores,
    )  # fmt: skip


def _scores_then(manifest: Manifest) -> Scores:
    """Of a model with groups each metric in each group."""
    if not manifest.groups:
        return manifest.fold_scores
    return {
        f"{metric}, {group_words(manifest.partition, key)}": scores
        for key, own in manifest.groups
        for metric, scores in own.fold_scores.items()
    }


def _scores_now(result: StatementResult) -> Scores:
    return {
        metric if group is None else f"{metric}, {group}": scores
        for group, kept in kept_models(result).items()
        for metric, scores in fold_scores(kept.trial).items()
    }


def _called_then(manifest: Manifest) -> str:
    models = [own for _, own in manifest.groups] or [manifest]
    return ", ".join(dict.fromkeys(f"{one.estimator}({one.params})" for one in models))


def _called_now(result: StatementResult) -> str:
    """The estimators that are best now, each once."""
    calls: dict[str, None] = {}
    for kept in kept_models(result).values():
        trial = kept.trial.trial
        params = ", ".join(f"{name} => {param_text(value)}" for name, value in trial.given.items)
        calls[f"{trial.estimator.name}({params})"] = None
    return ", ".join(calls)


def _equal(then: str | None, now: str | None) -> bool | None:
    return None if then is None or now is None else then == now


def _changed(then: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """The libraries of either that are not the same in both; those that the older list does not have do not count."""
    now = libraries()
    return {name: (then[name], now.get(name)) for name in then if then[name] != now.get(name)}


def _status(data: bool | None, changed: Mapping[str, object], scores: tuple[Scores, Scores]) -> Status:
    if data is False:
        return "data_changed"
    pairs = _pairs(*scores)
    if pairs is not None and all(_relative(*pair) <= _EQUAL for pair in pairs):
        return "same"
    return "libraries_changed" if changed else "differs"


def _pairs(then: Scores, now: Scores) -> list[tuple[float | None, float | None]] | None:
    """The scores of each fold then and now; None if there are none, or their metrics or folds are not the same."""
    if not then or then.keys() != now.keys() or any(len(then[name]) != len(now[name]) for name in then):
        return None
    return [pair for name in then for pair in zip(then[name], now[name], strict=True)]


def _relative(then: float | None, now: float | None) -> float:
    if then is None or now is None:
        return 0.0 if then is now else math.inf
    return abs(then - now) / max(abs(then), abs(now)) if then != now else 0.0
