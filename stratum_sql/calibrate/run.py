"""The whole measurement: every probe in two sizes, then the coefficients that explain its seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from stratum_sql.calibrate.batches import PROBES, Probe
from stratum_sql.calibrate.solve import solved
from stratum_sql.calibrate.timing import Timed, timed
from stratum_sql.connections import connect
from stratum_sql.optimizer.cost.defaults import DEFAULTS, UNITS

ROWS, QUICK_ROWS = 20_000, 4_000
_SMALL = 400  # rows, where what does not grow with them can be seen

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One coefficient: seconds of one `unit`, as shipped and as measured; None where nothing was measured."""

    name: str
    unit: str
    shipped: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured, and how long that took; `failed` says by name why a probe could not run."""

    coefficients: tuple[Measured, ...]
    failed: Mapping[str, str]
    seconds: float

    @property
    def found(self) -> dict[str, float]:
        """Seconds of one unit, by name, of those that were measured."""
        return {one.name: one.seconds for one in self.coefficients if one.seconds is not None}


def calibrate(rows: int = ROWS, tell: Tell = lambda _line: None, probes: Sequence[Probe] = PROBES) -> Calibration:
    """Measure every coefficient over tables of `rows` rows. `tell` is given a line before each probe.

    A probe that fails, as where a library is not installed, leaves its coefficients as they are shipped.
    """
    started = time.perf_counter()
    runs: list[Timed] = []
    failed: dict[str, str] = {}
    with connect(threads=1) as connection:
        for place, probe in enumerate(probes):
            tell(f"{place + 1}/{len(probes)} {probe.name}")
            try:
                runs += _both_sizes(probe, connection, rows)
            except Exception as error:  # noqa: BLE001 whatever a library raises fails its probe, not the others
                failed[probe.name] = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    found = solved(runs, DEFAULTS)
    coefficients = tuple(Measured(name, unit, DEFAULTS[name], found.get(name)) for name, unit in UNITS.items())
    return Calibration(coefficients, failed, time.perf_counter() - started)


def _both_sizes(probe: Probe, connection: duckdb.DuckDBPyConnection, rows: int) -> list[Timed]:
    """The probe with few rows and with all; once before, when libraries are loaded, for nothing."""
    few = int(min(_SMALL, rows) / probe.share)
    timed(probe, connection, few)
    return [*timed(probe, connection, few), *timed(probe, connection, rows)]
