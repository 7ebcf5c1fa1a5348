"""What each unit of work takes, in seconds: shipped defaults, or what `stratum calibrate` measured on this machine.

The file is `$XDG_CONFIG_HOME/stratum-sql/costs.json`, or `~/.config/stratum-sql/costs.json`. One that is damaged, or
was measured on another machine or with other versions of the libraries, counts as not there.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from platform import machine, processor, python_version, system
from typing import Any

from stratum_sql.optimizer.cost.defaults import DEFAULTS
from stratum_sql.optimizer.cost.work import Units

VERSION = 1  # of the file; raised when a unit changes its meaning
_LIBRARIES = ("stratum-sql", "duckdb", "numpy", "scikit-learn", "lightgbm", "xgboost")
_LONGEST = 1_000_000  # bytes of a file worth reading


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Seconds of one unit, by the unit's name; `measured` on this machine or shipped."""

    seconds_of: Mapping[str, float]
    measured: bool = False

    def seconds(self, units: Units) -> float:
        """Seconds of some work on one core. Units that nobody knows take no time."""
        return sum(self.seconds_of.get(name, 0.0) * count for name, count in units.items())


SHIPPED = Coefficients(DEFAULTS)


def coefficients() -> Coefficients:
    """Those measured on this machine, else the shipped ones; those too where STRATUM_COSTS says `default`. Never
    raises."""
    if os.environ.get("STRATUM_COSTS") == "default":
        return SHIPPED
    return load(costs_file()) or SHIPPED


def costs_file() -> Path:
    """Where the coefficients of this machine are kept."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(configured) if Path(configured).is_absolute() else Path("~/.config")
    with suppress(RuntimeError):  # no home
        folder = folder.expanduser()
    return folder / "stratum-sql" / "costs.json"


def load(path: Path) -> Coefficients | None:
    """The coefficients in a file; None if there are none that hold for this machine. Never raises."""
    try:
        if path.stat().st_size > _LONGEST:
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("version") != VERSION or told.get("machine") != this_machine():
        return None
    known = _known(told.get("seconds"))
    return Coefficients({**DEFAULTS, **known}, measured=True) if known else None


def _known(told: Any) -> dict[str, float]:
    """The entries that can be seconds."""
    if not isinstance(told, dict):
        return {}
    return {name: float(value) for name, value in told.items() if name in DEFAULTS and _is_seconds(value)}


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def save(measured: Mapping[str, float], path: Path) -> None:
    """Write coefficients of this machine; a reader sees the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"version": VERSION, "machine": this_machine(), "seconds": dict(sorted(measured.items()))}
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(told, file, indent=1)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@cache
def this_machine() -> dict[str, str]:
    """What the coefficients depend on: the machine, Python, and the versions of the libraries."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    hardware = {"system": system(), "machine": machine(), "processor": _processor(), "cores": str(cores)}
    return {**hardware, "python": python_version(), **{name: _installed(name) for name in _LIBRARIES}}


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return processor()


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
