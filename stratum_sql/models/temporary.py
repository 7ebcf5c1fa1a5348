"""Models that live as long as their session: made by `CREATE TEMP MODEL`, held in memory, in no table and no file.

They are part of no transaction. One of them hides a model of the database that has the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from stratum_sql.models.stored import StoredModel, key_of


@dataclass(frozen=True, eq=False, slots=True)
class TemporaryModel:
    """A model, and when it was made (UTC)."""

    model: StoredModel
    created_at: datetime


class TemporaryModels:
    """The temporary models of one session: one version of each."""

    def __init__(self) -> None:
        self._models: dict[str, TemporaryModel] = {}

    def __iter__(self) -> Iterator[TemporaryModel]:
        return iter(self._models.values())

    def keys(self) -> Iterable[str]:
        """What their names have in common with all spellings of them."""
        return self._models.keys()

    def find(self, name: str) -> TemporaryModel | None:
        """The model of that name."""
        return self._models.get(key_of(name))

    def keep(self, model: TemporaryModel) -> None:
        """Hold a model, in the place of one that has its name."""
        self._models[key_of(model.model.manifest.name)] = model

    def drop(self, name: str) -> bool:
        """Let a model go; False if there is none."""
        return self._models.pop(key_of(name), None) is not None
