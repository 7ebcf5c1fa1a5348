"""The work of an operator: how often each unit of it is done, and how large what comes out is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stratum_sql.catalog.extents import Extent

Units = Mapping[str, float]  # how often, by the name of a coefficient


@dataclass(frozen=True, slots=True)
class Work:
    """One run of one operator. `extent` is the size of its value, `bytes` what the value takes of its own; views of
    other values take nothing. `predict`: of a model, the units to predict one row. `bases`: of sums of products, their
    columns."""

    extent: Extent
    units: Units = field(default_factory=dict)
    bytes: float = 0.0
    predict: Units = field(default_factory=dict)
    bases: tuple[Extent, ...] = ()


def times(units: Units, factor: float) -> Units:
    """The same work `factor` times."""
    return {name: factor * count for name, count in units.items()}


def added(*several: Units) -> Units:
    """Works one after the other."""
    total: dict[str, float] = {}
    for units in several:
        for name, count in units.items():
            total[name] = total.get(name, 0.0) + count
    return total
