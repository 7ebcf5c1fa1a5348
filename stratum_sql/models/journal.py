"""What a running batch writes down: finished trials as they end, and the best model of a named statement."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress

from stratum_sql.errors import StratumError
from stratum_sql.execute.leaderboard import param_text
from stratum_sql.execute.outcomes import KeptModel, TrialResult
from stratum_sql.models.lineage import Lineage
from stratum_sql.models.manifest import Manifest, fitted_features, libraries
from stratum_sql.models.store import Store
from stratum_sql.models.trials import TrialRow
from stratum_sql.plan.query import TrainQuery

_EVERY = 2.0  # seconds between two writes: a batch that dies loses less than this


class Journal:
    """Finished trials on their way to `stratum.trials`, so that a batch that dies keeps what it did."""

    def __init__(self, store: Store, queries: Sequence[TrainQuery]) -> None:
        self.store, self.queries = store, queries
        self.run = uuid.uuid4().hex
        self._texts: dict[int, str] = {}  # statements as they are printed: once, however many trials they have
        self._rows: list[TrialRow] = []
        self._written = time.monotonic()

    def add(self, statement: int, result: TrialResult) -> None:
        """Note a trial of statement number `statement` of the batch."""
        if statement not in self._texts:
            self._texts[statement] = self.queries[statement].canonical()
        self._rows.append(_row(self.run, self.queries[statement], self._texts[statement], result))
        if time.monotonic() - self._written > _EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what is noted. A registry that cannot be written must not cost the caller the leaderboard."""
        rows, self._rows, self._written = self._rows, [], time.monotonic()
        with suppress(StratumError):
            self.store.add_trials(rows)


def keep(store: Store, query: TrainQuery, kept: KeptModel, lineage: Lineage | None = None) -> None:
    """Store a model as its statement says. Raises StratumError."""
    states = dict(kept.fits)
    parts = {
        "estimator": kept.model.estimator,
        "states": [states[feature].state for feature in fitted_features(query.features_of(kept.trial.trial))],
    }
    store.add_model(lambda version: _manifest(query, kept, version, lineage), parts, query.created)


def _row(run: str, query: TrainQuery, text: str, result: TrialResult) -> TrialRow:
    return TrialRow(
        run=run,
        statement=text,
        model=query.name,
        trial=result.trial.number,
        estimator=result.trial.estimator.name,
        params={name: param_text(value) for name, value in result.trial.given.items}
        | {name: "" if chosen is None else chosen for name, chosen in result.trial.choices},
        status=result.status,
        error=result.error,
        fold_scores=fold_scores(result),
        fit_seconds=result.seconds,
    )


def fold_scores(result: TrialResult) -> dict[str, list[float | None]]:
    """The scores of a trial's folds by metric, None where one is no number."""
    return {name: list(map(_finite, values)) for name, values in result.scores.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _manifest(query: TrainQuery, kept: KeptModel, version: int, lineage: Lineage | None) -> Manifest:
    metric, trial = query.metrics[0], kept.trial.trial
    assert query.name is not None
    return Manifest(
        name=query.name,
        version=version,
        statement=query.canonical(),
        features=query.features_of(trial),
        target=query.target,
        task=query.task,
        labels=kept.labels.labels,
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
