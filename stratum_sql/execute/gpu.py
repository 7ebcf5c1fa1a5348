"""The GPU as an engine: found when it is first wanted, never imported where it is not there.

A matrix, or a column of one that is put together there (`gpu_values.py`), is moved when the first training asks for it
and stays for the others on it; the host keeps its own, so that one that has long not been used can be dropped from the
device and moved again. One training runs at a time. Whatever
fails there raises `DeviceFailed`: the batch then trains that trial on the CPU.

None of this has run on a GPU yet; see `docs/gpu.md`.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from stratum_sql.bind.options import GPU_EXTRA
from stratum_sql.catalog.columns import Block, Matrix
from stratum_sql.catalog.gpu_forms import GpuForm
from stratum_sql.errors import RunError
from stratum_sql.execute.gpu_values import Handle, OnDevice
from stratum_sql.execute.linear.normal import Arrays, NormalEquations, from_matrix
from stratum_sql.execute.linear.unsolved import NotShared
from stratum_sql.execute.values import Design, read_only
from stratum_sql.optimizer.cost.device import LIBRARIES, Device, measured_device

T = TypeVar("T")
Side = tuple["OnDevice", Any, Any]  # matrix, target, and weights or None
_ROWS_AT_ONCE = 2**20  # of a product: more than fill the device, few enough to need little beside the matrix


class DeviceFailed(NotShared):
    """A training on the device failed; the message says how. It is to be done on the CPU."""


class DeviceBlock(Block):
    """Columns that were made on the device: the host has them when it asks."""

    __slots__ = ("gpu", "made")
    gpu: Gpu
    made: OnDevice

    def __init__(self, gpu: Gpu, made: OnDevice, names: tuple[str, ...]) -> None:
        for name, value in (("gpu", gpu), ("made", made), ("names", names)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return self.made.shape[0]

    @property
    def values(self) -> Matrix:
        """The columns as a matrix (rows, columns), column-major, read-only."""
        return self.gpu.host(self.made)

    @property
    def is_sparse(self) -> bool:
        return False

    @property
    def nbytes(self) -> int:
        """Bytes, also before they are here."""
        return self.made.nbytes


@dataclass(eq=False)
class Moved:
    """What was moved to the device: how often, bytes and seconds; how often a copy had to give way; and bytes of what
    was made there that were moved back."""

    copies: int = 0
    bytes: int = 0
    seconds: float = 0.0
    spilled: int = 0
    returned: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Copy:
    """An array as it is on the device, and whose copy it is."""

    of: Callable[[], Handle | None]
    array: Any


@dataclass(eq=False)
class Gpu:
    """One GPU and what it holds. `arrays` is CuPy."""

    device: Device
    arrays: Any
    moved: Moved = field(default_factory=Moved)
    _turn: threading.RLock = field(default_factory=threading.RLock)
    _held: OrderedDict[int, Copy] = field(default_factory=OrderedDict)  # by the id of the handle, oldest first
    _reserved: int = 0  # bytes of what is being put together

    def fit(self, form: GpuForm, estimator: Any, matrix: OnDevice, target: Any, weight: Any | None) -> Any:
        """`estimator`, unfitted, fitted on the device; it predicts on the host. Raises DeviceFailed."""
        train = _fit_xgboost if form.library == "xgboost" else _fit_cuml
        more = {} if weight is None else {"sample_weight": weight}
        if matrix.is_sparse:
            raise DeviceFailed("the matrix is sparse")
        return self.tried(lambda: train(form, estimator, self.copy(matrix), target, more, self.arrays))

    def normal_equations(self, train: Side, test: Side) -> NormalEquations:
        """`normal.from_matrix` of two sides: matrix, target and weights of each. Raises what that raises, and
        DeviceFailed."""
        hosts = [self.host(side[0]) for side in (train, test)]
        handles = {id(host): side[0] for host, side in zip(hosts, (train, test), strict=True)}

        def there(array: Any) -> Any:
            return self.copy(handles[id(array)]) if id(array) in handles else self.arrays.asarray(array)

        arrays = Arrays(self.arrays, _ROWS_AT_ONCE, there, self.arrays.asnumpy)
        given = [(host, *side[1:]) for host, side in zip(hosts, (train, test), strict=True)]
        return self.tried(lambda: from_matrix(given[0], given[1], arrays))

    def turn(self) -> AbstractContextManager[Any]:
        """Work that is done in one go, with nobody else's between."""
        return self._turn

    def copy(self, handle: Handle) -> Any:
        """The matrix, column or places on the device. Raises what CuPy raises where there is no room for it."""
        held = self._held.get(id(handle))
        if held is None:
            self._make_room(handle.nbytes)
            self._hold(handle, handle.made(self))
        self._held.move_to_end(id(handle))
        return self._held[id(handle)].array

    def keep(self, array: Any) -> OnDevice:
        """A matrix (rows, columns) that was made on the device, kept there while there is room."""
        made = OnDevice(None, array.shape)
        self._make_room(made.nbytes)
        self._hold(made, array)
        return made

    def host(self, matrix: OnDevice) -> Matrix:
        """The matrix on the host, read-only; moved back once, if it was made there."""
        with self._turn:
            if matrix.design is None:
                array = self.arrays.asnumpy(self.copy(matrix))
                matrix.design = Design(read_only(np.asfortranarray(array)), ())
                self.moved.returned += matrix.nbytes
            return matrix.design.matrix

    def moved_there(self, array: Any) -> Any:
        """An array of the host, moved."""
        return self.moved_by(array, lambda: self.there(array))

    def moved_by(self, values: Any, move: Callable[[], T]) -> T:
        """What `move` gives, which moves these values of the host: of numpy, or of Arrow."""
        started = time.perf_counter()
        made = move()
        self.moved.seconds += time.perf_counter() - started
        self.moved.copies += 1
        self.moved.bytes += values.nbytes
        return made

    def frames(self) -> Any | None:
        """cuDF, imported on first use; None where it cannot be."""
        return _module("cudf") if "cudf" in self.device.libraries else None

    @contextmanager
    def reserved(self, size: int) -> Iterator[None]:
        """Room for something that is being put together, while its parts come and go."""
        self._reserved += size
        try:
            yield
        finally:
            self._reserved -= size

    def _hold(self, handle: Handle, array: Any) -> None:
        self._held[id(handle)] = Copy(weakref.ref(handle), array)
        weakref.finalize(handle, self._held.pop, id(handle), None)

    def there(self, array: Any) -> Any:
        """An array of the host as one of the device, once it is all there."""
        made = self.arrays.asarray(array)
        self.arrays.cuda.get_current_stream().synchronize()
        return made

    def tried(self, work: Callable[[], T]) -> T:
        """Work on the device, in its turn. Where memory ends, once more with nothing else held there."""
        with self._turn:
            try:
                return work()
            except NotShared:
                raise
            except Exception as error:  # noqa: BLE001 whatever fails there is done on the CPU
                failed, again = DeviceFailed(_told(error)), isinstance(error, MemoryError)
            self._spill(len(self._held))  # out here, as an error's frames hold what they worked on
            if not again:
                raise failed
            try:
                return work()
            except Exception as error:  # noqa: BLE001 as above
                failed = DeviceFailed(_told(error))
            self._spill(len(self._held))
            raise failed

    def _make_room(self, wanted: int) -> None:
        """Drop copies, those longest unused first, until with `wanted` bytes more they are within the device's room."""
        sizes = [one.array.nbytes for one in list(self._held.values())]  # a list at once: handles may go meanwhile
        held = sum(sizes) + self._reserved
        for size in sizes:
            if held + wanted <= self.device.room:
                break
            held -= size
            self._spill(1)

    def _spill(self, count: int) -> None:
        for _ in range(count):
            with suppress(KeyError):  # none is left
                self._give_way()
        self.arrays.get_default_memory_pool().free_all_blocks()

    def _give_way(self) -> None:
        """The copy longest unused goes; what has no other is moved back first. Raises KeyError where there is none."""
        key = next(iter(list(self._held)), None)
        handle = None if key is None else self._held[key].of()
        if isinstance(handle, OnDevice) and handle.is_only_there:
            self.host(handle)
            self._held.move_to_end(id(handle), last=False)
        self._held.popitem(last=False)
        self.moved.spilled += 1


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


# ---- training --------------------------------------------------------------------------------------------------------


def _fit_xgboost(
    _form: GpuForm, estimator: Any, matrix: Any, target: Any, more: Mapping[str, Any], _arrays: Any
) -> Any:
    """XGBoost's own, by its parameter; afterwards it predicts, and is kept, as one that was trained on the CPU."""
    estimator.set_params(device="cuda")
    estimator.fit(matrix, target, **more)
    estimator.set_params(device=None)
    estimator.get_booster().set_param({"device": "cpu"})
    return estimator


def _fit_cuml(form: GpuForm, estimator: Any, matrix: Any, target: Any, more: Mapping[str, Any], arrays: Any) -> Any:
    """cuML's class with the estimator's parameters; its coefficients, in the shapes of scikit-learn, are then the
    estimator's own. cuML takes NaN for a number, so such a matrix is left to the library's own words."""
    if not bool(arrays.isfinite(matrix).all()):
        raise DeviceFailed("the matrix has NULL or infinity")
    made = class_at(form.path)(**form.arguments(estimator.get_params(deep=False)), output_type="numpy")
    given = matrix.copy() if form.writes else matrix
    fitted = made.fit(given, arrays.asarray(target), **{name: arrays.asarray(one) for name, one in more.items()})
    if form.asked:
        return _exported(estimator, fitted)
    return _as_fitted(estimator, fitted.coef_, fitted.intercept_, target, matrix.shape[1])


def _exported(estimator: Any, fitted: Any) -> Any:
    """A model as scikit-learn's, which cuML makes of it. Raises DeviceFailed where that is of another class."""
    found = fitted.as_sklearn()
    if type(found) is not type(estimator):
        raise DeviceFailed(f"cuML gave a {type(found).__name__}")
    return found


def _as_fitted(estimator: Any, coefficients: Any, intercept: Any, target: Any, columns: int) -> Any:
    """The estimator with these coefficients. Raises DeviceFailed where one is no finite number."""
    from sklearn.base import is_classifier

    weights, constant = (np.asarray(on_host(one), dtype=np.float64) for one in (coefficients, intercept))
    if not (np.isfinite(weights).all() and np.isfinite(constant).all()):
        raise DeviceFailed("a coefficient is no finite number")
    if is_classifier(estimator):
        estimator.classes_ = np.unique(target)
        estimator.coef_ = weights.reshape(-1, columns)
        estimator.intercept_ = np.broadcast_to(constant.reshape(-1), (len(estimator.coef_),)).copy()
    else:
        estimator.coef_ = weights.reshape(columns)
        estimator.intercept_ = float(constant.reshape(-1)[0])
    estimator.n_features_in_ = columns
    return estimator


def on_host(numbers: Any) -> Any:
    """What cuML calls an array, or CuPy, as numpy's: some attributes do not follow `output_type`."""
    if hasattr(numbers, "to_output"):
        return numbers.to_output("numpy")
    return numbers.get() if hasattr(numbers, "get") else numbers


def class_at(path: str) -> Any:
    """A class of a library, imported on first use."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


# ---- finding it ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def found_gpu(described: Device | None = None) -> Gpu | None:
    """The GPU of this machine, with the memory and costs that are `described` where they are; None where there is none.

    Looked for once a process. Where CuPy is not installed nothing is imported. Never raises.
    """
    arrays = _module("cupy")
    if arrays is None:
        return None
    try:
        if arrays.cuda.runtime.getDeviceCount() < 1:
            return None
        return Gpu(described or _asked(arrays), arrays)
    except Exception:  # noqa: BLE001 a driver that is missing, or too old, is no GPU
        return None


def planned_device(described: Device | None) -> Device | None:
    """The device that plans are made for: the described one, else that of this machine."""
    if described is not None:
        return described
    found = found_gpu()
    return None if found is None else found.device


def check_there(described: Device | None) -> Gpu:
    """The GPU of this machine. Raises RunError where there is none."""
    found = found_gpu(described)
    if found is None:
        raise RunError.at(
            "", None, "no_gpu", "device = 'gpu', and this machine has no GPU that can be used", hint=GPU_EXTRA
        )
    return found


def _module(name: str) -> Any | None:
    """A package, imported if it is installed; None where it is not, or cannot be imported."""
    try:
        if importlib.util.find_spec(name) is None:
            return None
        return importlib.import_module(name)
    except Exception:  # noqa: BLE001 what a package raises that finds no driver
        return None


def _asked(arrays: Any) -> Device:
    """The device as `stratum calibrate` measured it, else its name and memory with the costs that are shipped."""
    told = arrays.cuda.runtime.getDeviceProperties(0)["name"]
    name = told.decode() if isinstance(told, bytes) else str(told)
    _, memory = arrays.cuda.runtime.memGetInfo()
    return measured_device(name) or Device(name, float(memory), libraries=_libraries())


def _libraries() -> tuple[str, ...]:
    return tuple(name for name in LIBRARIES if _can_use(name))


def _can_use(name: str) -> bool:
    if name == "cudf":  # imported where a plan has something for it
        return importlib.util.find_spec(name) is not None
    found = _module(name)
    return found is not None and (name != "xgboost" or bool(found.build_info().get("USE_CUDA")))
