"""A GPU as the cost model sees it: memory, bandwidths, and what a unit of work takes there.

It is read from a file (a device to plan for, or the one of this machine as `stratum calibrate` measured it), or asked
of the device. The file is one JSON object; what it leaves out is as shipped:

    {"name": "NVIDIA H100", "memory": 80e9, "to_device": 2e10, "from_device": 2e10, "latency": 2e-5,
     "libraries": ["cupy", "cudf", "cuml", "xgboost"], "seconds": {"xgboost_value": 2e-12}}

Its seconds are of the units of the CPU (`defaults.py`), and of a `round`: one tree of XGBoost.

The shipped seconds were never measured on a GPU. They are those of the CPU, divided by what is a low guess for a small
card, so that little goes to a device that was not calibrated.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stratum_sql.errors import BindError, StratumError
from stratum_sql.optimizer.cost.coefficients import Coefficients, costs_file
from stratum_sql.optimizer.cost.defaults import DEFAULTS
from stratum_sql.optimizer.cost.work import Units

ON_DEVICE = "gpu_"  # before the name of a unit: the same work done there
MOVE, MOVED, RETURNED = "gpu_move", "gpu_moved", "gpu_returned"  # a transfer begun, and bytes there and back
_SHARE = 0.8  # of the memory that work is planned for: the rest is the library's own
_LONGEST = 1_000_000  # bytes of a file worth reading

_FASTER: Mapping[str, float] = {
    "fit_normal": 10,
    "fit_least_squares": 5,
    "fit_descent": 10,
    "fit_sorted": 10,
    "flop": 10,
    "transform": 10,
    "predict_distance": 10,
    "xgboost_bin": 20,
    "xgboost_value": 5,
    "xgboost_leaf": 5,
}
DEVICE_DEFAULTS: Mapping[str, float] = MappingProxyType(
    {"fit_call": 2.0e-2, "call": 1.0e-3, "round": 2.0e-3}
    | {name: DEFAULTS[name] / factor for name, factor in _FASTER.items()}
)
LIBRARIES = ("cupy", "cudf", "cuml", "xgboost")


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU: bytes of memory, bytes a second to and from it, seconds that a transfer takes to begin, the libraries
    that use it, and seconds of a unit of work. `measured`: these are not as shipped."""

    name: str
    memory: float
    to_device: float = 1.0e10
    from_device: float = 1.0e10
    latency: float = 5.0e-5
    libraries: tuple[str, ...] = LIBRARIES
    seconds: Mapping[str, float] = field(default_factory=lambda: DEVICE_DEFAULTS, compare=False)
    measured: bool = False

    @property
    def room(self) -> float:
        """Bytes that work may be planned to take."""
        return self.memory * _SHARE

    def priced(self, costs: Coefficients) -> Coefficients:
        """The coefficients with those of the device beside them."""
        own = {ON_DEVICE + name: seconds for name, seconds in self.seconds.items()}
        moving = {MOVE: self.latency, MOVED: 1 / self.to_device, RETURNED: 1 / self.from_device}
        return replace(costs, seconds_of={**costs.seconds_of, **own, **moving})

    def does(self, units: Units) -> bool:
        """Whether it is known what all of this work would take there."""
        return all(name in self.seconds for name in units)


def there(units: Units) -> Units:
    """The same work, done on the device."""
    return {ON_DEVICE + name: count for name, count in units.items()}


def device_file() -> Path:
    """Where the GPU of this machine is kept as it was measured: beside the costs of its CPU."""
    return costs_file().with_name("gpu.json")


def read_device(path: str | Path) -> Device:
    """The device that a file describes. Raises BindError where it cannot be read, and for what makes no sense."""
    try:
        if Path(path).stat().st_size > _LONGEST:
            raise _bad(path, "it is too large")
        told = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad(path, error.strerror or str(error)) from None
    except (ValueError, RecursionError):
        raise _bad(path, "it is no JSON") from None
    return _device(path, told)


def measured_device(name: str) -> Device | None:
    """The GPU of this machine as it was measured, if it is the one of that name. Never raises."""
    try:
        found = read_device(device_file())
    except BindError:
        return None
    return found if found.name == name else None


def save_device(device: Device, path: Path) -> None:
    """Write the file that describes a device; a reader sees the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_written(device))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _written(device: Device) -> str:
    told = {
        "name": device.name,
        "memory": device.memory,
        "to_device": device.to_device,
        "from_device": device.from_device,
        "latency": device.latency,
        "libraries": list(device.libraries),
        "seconds": dict(sorted(device.seconds.items())),
    }
    return json.dumps(told, indent=1) + "\n"


def _device(path: str | Path, told: Any) -> Device:
    if not isinstance(told, dict) or not isinstance(told.get("name"), str):
        raise _bad(path, "it has no name")
    sizes = {name: told[name] for name in ("memory", "to_device", "from_device", "latency") if name in told}
    seconds, libraries = told.get("seconds", {}), told.get("libraries", list(LIBRARIES))
    if not isinstance(seconds, dict) or not isinstance(libraries, list):
        raise _bad(path, "seconds must be an object, libraries a list")
    wrong = [name for name, value in {**sizes, **seconds}.items() if not _positive(value)]
    wrong += [name for name in seconds if name not in DEVICE_DEFAULTS]
    wrong += [str(one) for one in libraries if one not in LIBRARIES]
    wrong += [name for name in told if name not in {"name", *sizes, "seconds", "libraries"}]
    if wrong or "memory" not in sizes:
        raise _bad(path, f"{wrong[0] if wrong else 'memory'} makes no sense there, or is missing")
    prices = MappingProxyType({**DEVICE_DEFAULTS, **{name: float(value) for name, value in seconds.items()}})
    return Device(
        told["name"],
        libraries=tuple(libraries),
        seconds=prices,
        measured=bool(seconds),
        **{name: float(value) for name, value in sizes.items()},
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _bad(path: str | Path, why: str) -> StratumError:
    keys = "name, memory, to_device, from_device, latency, libraries, seconds"
    return BindError.at("", None, "bad_device", f"{path} describes no device: {why}", hint=f"keys: {keys}")
