"""Measuring a GPU: how fast values go there and back, and the seconds of a unit of each training that it has a form
for.

It has never run on a GPU: tests run it on a stand-in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from types import MappingProxyType
from typing import Any

import numpy as np

from stratum_sql.calibrate.solve import solved
from stratum_sql.calibrate.timing import Timed
from stratum_sql.catalog import registry
from stratum_sql.catalog.estimators import build, estimator
from stratum_sql.catalog.extents import Extent
from stratum_sql.catalog.gpu_forms import FORMS, gpu_form
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.execute.gpu import Gpu
from stratum_sql.execute.gpu_neighbours import search_on_device
from stratum_sql.execute.gpu_transforms import fit_on_device
from stratum_sql.execute.gpu_values import OnDevice
from stratum_sql.execute.values import Design
from stratum_sql.optimizer.cost.device import DEVICE_DEFAULTS, MOVE, MOVED, ON_DEVICE, RETURNED, Device
from stratum_sql.optimizer.cost.formulas import training_of, training_on_device
from stratum_sql.optimizer.cost.work import Units
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.model import Candidate

ROWS, COLUMNS = 1_000_000, 32
_SIZES = ((0.01, 8), (0.1, COLUMNS), (1.0, COLUMNS))  # of the rows asked for, and columns
_REPEATS = 3
_LOOKED_UP = 2_000  # rows whose neighbours are looked up
_PROBES: Mapping[str, Mapping[str, Any]] = {
    "linear_regression": {},
    "ridge": {"alpha": 1.0},
    "lasso": {"alpha": 0.01},
    "logistic_regression": {"C": 1.0},
    "random_forest_regressor": {"n_estimators": 10, "max_depth": 10},
    "xgboost_regressor": {"n_estimators": 40, "max_depth": 6},
    "xgboost_classifier": {"n_estimators": 10, "max_depth": 3},
}
_TRANSFORMS: Mapping[str, Mapping[str, Any]] = {
    "pca": {"n_components": 4},
    "kmeans": {"n_clusters": 8, "max_iter": 20},
}  # these rows have no clusters


@dataclass(frozen=True, eq=False, slots=True)
class _Data:
    """Made-up rows: the same each time."""

    matrix: OnDevice
    numbers: Any
    classes: Any


def measured(gpu: Gpu, rows: int = ROWS) -> Device:
    """The device with everything measured over `rows` rows. What cannot run there is as shipped."""
    there, back, latency = _ways(gpu, 8 * rows * COLUMNS)
    found = solved(list(_runs(gpu, rows)), DEVICE_DEFAULTS)
    seconds = MappingProxyType({**DEVICE_DEFAULTS, **found})
    return replace(
        gpu.device, to_device=there, from_device=back, latency=latency, seconds=seconds, measured=bool(found)
    )


def _ways(gpu: Gpu, size: int) -> tuple[float, float, float]:
    """Bytes a second there and back, and the seconds that a transfer takes to begin."""
    small, large = np.zeros(1), np.zeros(size // 8)
    latency = _seconds(lambda: gpu.there(small))
    held = gpu.there(large)
    there = _seconds(lambda: gpu.there(large))
    back = _seconds(lambda: gpu.arrays.asnumpy(held))
    return large.nbytes / max(there - latency, 1e-9), large.nbytes / max(back - latency, 1e-9), latency


def _seconds(work: Callable[[], Any]) -> float:
    work()  # once for nothing: kernels are compiled, memory is taken
    taken = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)


def _runs(gpu: Gpu, rows: int) -> Iterator[Timed]:
    for share, columns in _SIZES:
        data = _made_up(max(int(rows * share), 100), columns)
        extent = Extent(float(len(data.numbers)), columns, columns)
        for name, params in _PROBES.items():
            spec = estimator(name)
            if spec is not None and FORMS[name].library in gpu.device.libraries:
                yield from _trained(gpu, spec, params, data, extent)
        yield from _looked_up(gpu, data, extent)
        for name, params in _TRANSFORMS.items():
            yield from _transformed(gpu, name, params, data, extent)
        yield _multiplied(gpu, data, extent)


def _looked_up(gpu: Gpu, data: _Data, extent: Extent) -> Iterator[Timed]:
    """One search of neighbours, of some of the rows; nothing where it fails."""
    rows = gpu.host(data.matrix)[:_LOOKED_UP]
    asked = OnDevice.of(Design(rows, ()))
    spec = estimator("k_neighbors_regressor")
    assert spec is not None
    try:
        taken = _seconds(lambda: search_on_device(gpu, [build(spec, {}, 0, 1)], data.matrix, data.numbers, asked))
    except Exception:  # noqa: BLE001 as above
        return
    compared = extent.rows * extent.columns * len(rows)
    yield Timed(spec.name, {"fit_call": 1, "predict_distance": compared}, taken)


def _transformed(gpu: Gpu, name: str, params: Mapping[str, Any], data: _Data, extent: Extent) -> Iterator[Timed]:
    """One fit of a transform, its work on the host included; nothing where it fails."""
    spec = registry.transform(name)
    assert spec is not None
    full = spec.complete(params)
    try:
        taken = _seconds(lambda: fit_on_device(gpu, name, full, 0, data.matrix))
    except Exception:  # noqa: BLE001 what a library raises leaves its coefficients as shipped
        return
    work = spec.ns_per_value * extent.rows * extent.columns
    yield Timed(name, {"fit_call": 1, "transform": work}, taken)


def _trained(gpu: Gpu, spec: EstimatorSpec, params: Mapping[str, Any], data: _Data, extent: Extent) -> Iterator[Timed]:
    """One training; nothing where it fails."""
    form = gpu_form(spec, {**spec.defaults, **params}, weighted=False)
    assert form is not None
    target = data.classes if spec.task == "classification" else data.numbers
    own = Candidate(spec.name, freeze(dict(params)), freeze(dict(params)))
    try:
        taken = _seconds(lambda: gpu.fit(form, build(spec, params, 0, 1), data.matrix, target, None))
    except Exception:  # noqa: BLE001 what a library raises leaves its coefficients as shipped
        return
    units = training_on_device(own, training_of(own, extent, Extent(extent.rows)), extent)
    yield Timed(spec.name, _own(units), taken)


def _multiplied(gpu: Gpu, data: _Data, extent: Extent) -> Timed:
    side = (data.matrix, data.numbers, None)
    taken = _seconds(lambda: gpu.normal_equations(side, side))
    return Timed("product", {"call": 1, "flop": 2 * extent.rows * extent.columns**2}, taken)


def _own(units: Units) -> Units:
    """Units by their names on the device, without those of the way."""
    return {name.removeprefix(ON_DEVICE): count for name, count in units.items() if name not in (MOVE, MOVED, RETURNED)}


def _made_up(rows: int, columns: int) -> _Data:
    random = np.random.default_rng(0)
    matrix = random.standard_normal((rows, columns))
    numbers = matrix @ random.standard_normal(columns) + random.standard_normal(rows)
    names = tuple(f"x{place}" for place in range(columns))
    return _Data(OnDevice.of(Design(matrix, names)), numbers, (numbers > 0).astype(np.int64))
