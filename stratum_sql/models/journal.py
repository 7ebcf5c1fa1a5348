"""What a running batch writes down: finished trials as they end, and the best model of a named statement."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from stratum_sql.errors import StratumError
from stratum_sql.execute.leaderboard import param_text
from stratum_sql.execute.outcomes import KeptModel, StatementResult, TrialResult
from stratum_sql.models.lineage import Lineage
from stratum_sql.models.manifest import Manifest, fitted_features, libraries
from stratum_sql.models.store import Store
from stratum_sql.models.trials import TrialRow
from stratum_sql.plan.partition import Group
from stratum_sql.plan.query import TrainQuery

_EVERY = 2.0  # seconds between two writes: a batch that dies loses less than this


class Journal:
    """Finished trials on their way to `stratum.trials`, so that a batch that dies keeps what it did."""

    def __init__(self, store: Store, queries: Sequence[TrainQuery]) -> None:
        self.store, self.queries = store, queries
        self.run = uuid.uuid4().hex
        self._texts: dict[
            int, str
        ] = {}  # statements as they are printed, by who prints them: once, however many trials
        self._rows: list[TrialRow] = []
        self._written = time.monotonic()

    def add(self, statement: int, result: TrialResult) -> None:
        """Note a trial of statement number `statement` of the batch."""
        query = self.queries[statement]
        text = self._texts.get(id(query.canonical))
        if text is None:
            text = self._texts[id(query.canonical)] = query.canonical()
        self._rows.append(_row(self.run, query, text, result))
        if time.monotonic() - self._written > _EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what is noted. A registry that cannot be written must not cost the caller the leaderboard."""
        rows, self._rows, self._written = self._rows, [], time.monotonic()
        with suppress(StratumError):
            self.store.add_trials(rows)


def kept_models(result: StatementResult) -> dict[Group | None, KeptModel]:
    """What a statement keeps: its model, or that of each group that has one."""
    parts = result.groups or (result,)
    return {part.query.group: part.kept for part in parts if part.kept is not None}


def keep(
    store: Store, query: TrainQuery, kept: Mapping[Group | None, KeptModel], lineages: Mapping[Group | None, Lineage]
) -> None:
    """Store a model as its statement says, with one model for each group where it has groups, each with its lineage
    (`lineages_of`). Raises StratumError."""
    whole = lineages.get(None)
    if query.partition:
        groups = {group: model for group, model in kept.items() if group is not None}
        parts: dict[str, Any] = {"groups": [_parts(query, model) for model in groups.values()]}
        store.add_model(
            lambda version: replace(_with_groups(query, groups, version, lineages), lineage=whole), parts, query.created
        )
        return
    (model,) = kept.values()
    store.add_model(lambda version: _manifest(query, model, version, whole), _parts(query, model), query.created)


def _parts(query: TrainQuery, kept: KeptModel) -> dict[str, Any]:
    states = dict(kept.fits)
    features = query.features_of(kept.trial.trial)
    return {
        "estimator": kept.model.estimator,
        "states": [states[feature].state for feature in fitted_features(features)],
    }


def _row(run: str, query: TrainQuery, text: str, result: TrialResult) -> TrialRow:
    return TrialRow(
        run=run,
        statement=text,
        model=query.name,
        trial=result.trial.number,
        estimator=result.trial.estimator.name,
        params=_group_texts(query)
        | {name: param_text(value) for name, value in result.trial.given.items}
        | {name: "" if chosen is None else chosen for name, chosen in result.trial.choices},
        status=result.status,
        error=result.error,
        fold_scores=fold_scores(result),
        fit_seconds=result.seconds,
    )


def _group_texts(query: TrainQuery) -> dict[str, str | None]:
    """The values of a group: with the parameters they tell a trial from the others."""
    group = query.group
    return {} if group is None else dict(zip(group.names, group.key, strict=True))


def fold_scores(result: TrialResult) -> dict[str, list[float | None]]:
    """The scores of a trial's folds by metric, None where one is no number."""
    return {name: list(map(_finite, values)) for name, values in result.scores.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _manifest(query: TrainQuery, kept: KeptModel, version: int, lineage: Lineage | None = None) -> Manifest:
    metric, trial = query.metrics[0], kept.trial.trial
    assert query.name is not None
    return Manifest(
        name=query.name,
        version=version,
        statement=query.canonical(),
        features=query.features_of(trial),
        target=query.target,
        more_targets=query.more_targets,
        task=query.task,
        labels=kept.labels.each[0] if kept.labels.each else kept.labels.labels,
        more_labels=kept.labels.each[1:],
        estimator=trial.estimator.name,
        params=", ".join(f"{name} => {param_text(value)}" for name, value in trial.given.items),
        metric=metric.name,
        score=kept.trial.mean(metric.name),
        rows=kept.rows,
        seed=query.seed,
        names=kept.names,
        libraries=libraries(),
        fold_scores=fold_scores(kept.trial),
        lineage=lineage,
    )


def _with_groups(
    query: TrainQuery, kept: Mapping[Group, KeptModel], version: int, lineages: Mapping[Group | None, Lineage]
) -> Manifest:
    """What the whole says: what its groups have in common, the mean of their scores, the sum of their rows."""
    made = [_manifest(query, model, version, lineages.get(group)) for group, model in kept.items()]
    scores = [one.score for one in made if one.score is not None]
    return replace(
        made[0],
        features=query.features,
        labels=_all_labels([one.labels for one in made]),
        more_labels=tuple(map(_known, zip(*(one.more_labels for one in made), strict=True))),
        estimator=", ".join(dict.fromkeys(one.estimator for one in made)),
        params=made[0].params if len({one.params for one in made}) == 1 else "",
        score=sum(scores) / len(scores) if scores else None,
        rows=sum(one.rows for one in made),
        names=tuple(dict.fromkeys(name for one in made for name in one.names)),
        fold_scores={},
        partition=tuple(one.column for one in query.partition),
        groups=tuple(
            (group.key, replace(one, statement="", libraries={})) for group, one in zip(kept, made, strict=True)
        ),  # said once for all
    )


def _all_labels(made: Sequence[tuple[Any, ...] | None]) -> tuple[Any, ...] | None:
    """The classes that any group knows, sorted; None for a regression."""
    return None if made[0] is None else _known([one or () for one in made])


def _known(made: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(sorted({label for labels in made for label in labels}))
