"""Which version of a model is meant: `m`, `m@3`, `m@latest`, `m@best`, `m@champion`.

`latest` is the newest version, unless `ROLLBACK MODEL` has set it back: then that one, until a newer one is made.
`best` has the best score by the metric of the newest version, in that metric's direction; versions that were ranked by
another metric are not compared with it, and of equal ones the newer is better. Each score is the one of its own
training: over the rows and folds of then. An alias is what PROMOTE made it, and its changes are kept, so that it can go
back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.catalog.metrics import metric as find_metric
from stratum_sql.errors import BindError, Span, StratumError, printable, suggestions
from stratum_sql.models.stored import key_of

LATEST, BEST = "latest", "best"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One version: its name as it was spelled, and what ranks it."""

    name: str
    metric: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """An alias was set to a version when the model had `newest` versions. With no alias at all it only keeps the
    numbers of versions that were dropped from being given again."""

    alias: str
    version: int
    newest: int


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of one model by number, at least one, and the changes of its aliases in the order they were made."""

    ranked: Mapping[int, Ranked]
    changes: Sequence[Change] = ()

    @property
    def newest(self) -> int:
        """The highest number."""
        return max(self.ranked)

    @property
    def given(self) -> int:
        """The highest number that a version had, be it dropped since."""
        return max([self.newest, *(change.newest for change in self.changes)])

    @property
    def name(self) -> str:
        """The model's name as its newest version spells it."""
        return self.ranked[self.newest].name

    @property
    def pinned(self) -> int | None:
        """The version that `latest` was set back to, None where it is the newest."""
        last = next((change for change in reversed(self.changes) if change.alias == LATEST), None)
        return last.version if last is not None and last.newest >= self.newest else None

    @property
    def latest(self) -> int:
        """What the name alone means."""
        return self.newest if self.pinned is None else self.pinned

    @property
    def best(self) -> int | None:
        """None where the newest version has no score, and none that was ranked by its metric."""
        metric = self.ranked[self.newest].metric
        known = find_metric(metric or "")
        if known is None:
            return None
        sign = 1 if known.higher_is_better else -1
        scored = [
            (sign * one.score, number)
            for number, one in self.ranked.items()
            if one.metric == metric and one.score is not None
        ]
        return max(scored)[1] if scored else None

    @property
    def aliases(self) -> dict[str, int]:
        """What PROMOTE made of each alias."""
        return {change.alias: change.version for change in self.changes if change.alias not in ("", LATEST)}

    def names_of(self, number: int) -> list[str]:
        """What a version can be called beside its number."""
        own = [LATEST] * (number == self.latest) + [BEST] * (number == self.best)
        return own + sorted(alias for alias, version in self.aliases.items() if version == number)

    def in_use(self, number: int) -> list[str]:
        """The aliases that were set to a version, which must not become another by dropping it."""
        set_back = [LATEST] if self.pinned == number else []
        return set_back + sorted(alias for alias, version in self.aliases.items() if version == number)

    def before(self) -> int | None:
        """The version that `latest` goes back to: the one with the next lower number."""
        return max((number for number in self.ranked if number < self.latest), default=None)

    def number_of(self, version: int | str | None, script: str, span: Span) -> int:
        """The number of the version that is meant. Raises BindError with candidates."""
        if isinstance(version, int):
            if version not in self.ranked:
                raise self.unknown(version, script, span)
            return version
        word = LATEST if version is None else key_of(version)
        found = {LATEST: self.latest, BEST: self.best, **self.aliases}
        if word == BEST and self.best is None:
            message = f'no version of "{printable(self.name)[:80]}" has a score: none is the best'
            raise BindError.at(script, span, "no_best", message)
        number = found.get(word)
        if number is None:
            raise self.unknown(str(version), script, span)
        return number

    def unknown(self, version: int | str, script: str, span: Span) -> StratumError:
        """The error for a version or an alias that the model does not have."""
        listed = ", ".join(map(str, sorted(self.ranked)[-8:]))
        others = "".join(f", {alias} ({number})" for alias, number in list(self.aliases.items())[:8])
        hint = f"there are {'… ' if len(self.ranked) > 8 else ''}{listed}, latest ({self.latest}), best{others}"
        name = printable(self.name)[:80]
        if isinstance(version, int):
            message = f'the model "{name}" has no version {version}'
            return BindError.at(script, span, "unknown_version", message, hint=hint)
        near = suggestions(version, [*self.aliases, LATEST, BEST])
        message = f'the model "{name}" has no alias "{printable(version)[:80]}"'
        return BindError.at(script, span, "unknown_alias", message, did_you_mean=near, hint=hint)
