"""A kept model as a value, and when two names are one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratum_sql.models.classes import Classes, read_classes
from stratum_sql.models.manifest import Manifest
from stratum_sql.plan.partition import GroupKey


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class StoredModel:
    """A model that can predict: its manifest, its estimator, and one state for each fitted feature, in the manifest's
    order.

    `classes` is None for a regression, `more_classes` has those of a classifier's targets after the first. A model with
    groups has none of its own estimator (None) and states, but a model for each group; `classes` are those that any of
    them knows.
    """

    manifest: Manifest
    estimator: Any
    states: tuple[Any, ...]
    classes: Classes | None
    groups: Mapping[GroupKey, StoredModel] = field(default_factory=dict)
    more_classes: tuple[Classes, ...] = ()

    @property
    def targets(self) -> tuple[tuple[str, Classes | None], ...]:
        """The name and the classes of every target."""
        names = (leaf.name for leaf in self.manifest.targets)
        more = self.more_classes or (None,) * len(self.manifest.more_targets)
        return tuple(zip(names, (self.classes, *more), strict=True))


def stored_model(manifest: Manifest, parts: dict[str, Any]) -> StoredModel:
    """The model of a manifest and its fitted parts: `estimator`, and `states` in the manifest's order; or `groups`,
    such parts for each."""
    classes = None if manifest.labels is None else read_classes(manifest.labels, manifest.target.type)
    more = zip(manifest.more_labels, manifest.more_targets, strict=False)  # a regression has no labels
    more_classes = tuple(read_classes(labels, leaf.type) for labels, leaf in more)
    if manifest.groups:
        models = {
            key: stored_model(own, part) for (key, own), part in zip(manifest.groups, parts["groups"], strict=True)
        }
        return StoredModel(manifest, None, (), classes, models, more_classes)
    estimator = parts["estimator"]
    if manifest.takes == "frame":
        from stratum_sql.models.frames import over_frame  # with scikit-learn, which a session does not begin with

        estimator = over_frame(estimator, manifest.labels)
    return StoredModel(manifest, estimator, tuple(parts["states"]), classes, more_classes=more_classes)


def key_of(name: str) -> str:
    """What two spellings of one name have in common: Unicode's composed form, without case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
