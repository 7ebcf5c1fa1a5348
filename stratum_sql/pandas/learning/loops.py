"""Fold loops that a script wrote by hand, as the TRAIN statements they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stratum_sql.pandas.learning.statements import Statement


def trainings(learned: Sequence[Any]) -> list[Statement]:
    """The statements among what was trained and scored."""
    return [one for one in learned if isinstance(one, Statement)]
