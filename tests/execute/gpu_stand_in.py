"""CuPy, cuML and cuDF made of numpy, scikit-learn and Arrow, for tests: found by the engine as the packages would be.

Arrays of the stand-in refuse to be mixed with those of the host, as CuPy's do, and what is called refuses what the real
one cannot be called with (`rapids.py`).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn import linear_model

from stratum_sql.execute import gpu
from tests.execute.cuml_stand_in import MODULES
from tests.execute.rapids import CALLS, refusing, refusing_class


class DeviceArray(np.ndarray[Any, Any]):
    """An array that is on the device."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        given = (*inputs, *options.get("out", ()))
        if any(type(one) is np.ndarray and one.ndim for one in given):
            raise TypeError("an array of the host among those of the device")
        out = {"out": tuple(map(_plain, options.pop("out")))} if "out" in options else {}
        return _there(getattr(ufunc, method)(*map(_plain, inputs), **options, **out))


def _plain(one: Any) -> Any:
    return one.view(np.ndarray) if isinstance(one, DeviceArray) else one


def _there(one: Any) -> Any:
    return one.view(DeviceArray) if isinstance(one, np.ndarray) else one


@dataclass
class StandIn:
    """What the stand-in does and saw: matrices and columns copied, the latter by cuDF, trainings, and `fails`, called
    with each training's number."""

    memory: float = 8e9
    copied: list[tuple[int, ...]] = field(default_factory=list)
    columns: list[pa.DataType] = field(default_factory=list)
    trained: list[str] = field(default_factory=list)
    fails: Callable[[int], None] = lambda _number: None
    threads: set[int] = field(default_factory=set)

    def asarray(self, given: Any) -> Any:
        if getattr(given, "ndim", 0) == 2 and not isinstance(given, DeviceArray):
            self.copied.append(given.shape)
        return np.array(given).view(DeviceArray)

    def begin(self, name: str) -> None:
        """A training begins."""
        self.trained.append(name)
        self.threads.add(threading.get_ident())
        self.fails(len(self.trained))


def _concatenate(arrays: Any, axis: int) -> Any:
    assert all(isinstance(one, DeviceArray) for one in arrays)
    return np.concatenate([_plain(one) for one in arrays], axis).view(DeviceArray)


def _searchsorted(sums: Any, wanted: Any) -> Any:
    assert isinstance(sums, DeviceArray)
    assert isinstance(wanted, DeviceArray)
    return np.searchsorted(_plain(sums), _plain(wanted)).view(DeviceArray)


def _cupy(stand_in: StandIn) -> ModuleType:
    found = _package("cupy")
    runtime = SimpleNamespace(
        getDeviceCount=lambda: 1,
        getDeviceProperties=lambda _number: {"name": b"stand-in"},
        memGetInfo=lambda: (stand_in.memory, stand_in.memory),
    )
    members: dict[str, Any] = {
        "asarray": stand_in.asarray,
        "asnumpy": lambda given: np.array(_plain(given)),
        "isfinite": np.isfinite,
        "concatenate": _concatenate,
        "sqrt": np.sqrt,
        "maximum": np.maximum,
        "minimum": np.minimum,
        "arange": lambda stop: np.arange(stop).view(DeviceArray),
        "empty": lambda shape, dtype, order: np.full(shape, np.nan, dtype=dtype, order=order).view(DeviceArray),
        "ones": lambda shape: np.ones(shape).view(DeviceArray),
        "isnan": np.isnan,
        "where": lambda condition, x, y: np.where(_plain(condition), _plain(x), _plain(y)).view(DeviceArray),
        "clip": lambda a, a_min, a_max: np.clip(a, a_min, a_max),
        "abs": np.abs,
        "sign": np.sign,
        "take_along_axis": lambda given, places, axis: np.take_along_axis(given, _there(places), axis),
        "cumsum": lambda given: np.cumsum(_plain(given)).view(DeviceArray),
        "searchsorted": _searchsorted,
        "zeros": lambda shape: np.zeros(shape).view(DeviceArray),
        "cuda": SimpleNamespace(runtime=runtime, get_current_stream=lambda: SimpleNamespace(synchronize=lambda: None)),
        "get_default_memory_pool": lambda: SimpleNamespace(free_all_blocks=lambda: None),
    }
    for name, value in members.items():
        setattr(found, name, refusing(f"cupy.{name}", value) if f"cupy.{name}" in CALLS else value)
    return found


# ---- cuDF ------------------------------------------------------------------------------------------------------------


class _Series:
    """A column of cuDF: NULL is no value of it, until it is filled."""

    def __init__(self, values: pa.Array) -> None:
        self.values = values

    def astype(self, dtype: str) -> Any:
        assert dtype == "float64"
        return type(self)(self.values.cast(pa.float64(), safe=False))

    def to_cupy(self, na_value: Any = None) -> Any:
        assert not self.values.null_count or na_value is not None
        filled = self.values.to_numpy(zero_copy_only=False)
        return np.where(np.asarray(self.values.is_null()), na_value, filled).view(DeviceArray)


def _cudf(stand_in: StandIn) -> ModuleType:
    found, series = _package("cudf"), refusing_class("cudf.Series", _Series)

    def from_arrow(array: pa.Array) -> Any:
        assert isinstance(array, pa.Array)
        stand_in.columns.append(array.type)
        plain = array.cast(pa.uint8()) if pa.types.is_boolean(array.type) else array
        return series(plain)

    series.from_arrow = staticmethod(refusing("cudf.Series.from_arrow", from_arrow))  # type: ignore[attr-defined]
    found.Series = series  # type: ignore[attr-defined]
    for name in ("DataFrame", "Index"):  # of which others ask whether something is one, once cuDF is imported
        setattr(found, name, type(name, (), {}))
    return found


# ---- cuML ------------------------------------------------------------------------------------------------------------


WRITING = ("Lasso", "ElasticNet")


def _trained(stand_in: StandIn, name: str, made: Callable[..., Any]) -> type:
    """A class of cuML. `made` takes its parameters, all of which must be known, and gives scikit-learn's."""

    class Trained:
        def __init__(self, *, output_type: str, **params: Any) -> None:
            assert output_type == "numpy"
            self.params = params

        def fit(self, matrix: Any, target: Any, **weight: Any) -> Any:
            stand_in.begin(name)
            assert all(isinstance(one, DeviceArray) for one in (matrix, target, *weight.values()))
            plain = {name: _plain(one) for name, one in weight.items()}
            fitted = made(**self.params).fit(_plain(matrix).copy(), _plain(target), **plain)
            if name in WRITING:
                matrix[:] = np.nan  # worse than cuML, which changes last bits
            return fitted

    Trained.__name__ = name
    return refusing_class(f"cuml.linear_model.{name}", Trained)


def _linear(*, algorithm: str, **params: Any) -> Any:
    assert algorithm == "svd"
    return linear_model.LinearRegression(**params)


def _ridge(*, solver: str, **params: Any) -> Any:
    assert solver == "eig"
    return linear_model.Ridge(solver="cholesky", **params)


def _logistic(*, penalty: str, **params: Any) -> Any:
    assert penalty == "l2"
    return linear_model.LogisticRegression(**params)


def _package(name: str) -> ModuleType:
    found = ModuleType(name)
    found.__spec__ = ModuleSpec(name, None)
    return found


def _cuml(stand_in: StandIn) -> Iterator[ModuleType]:
    package, models = _package("cuml"), _package("cuml.linear_model")
    package.linear_model = models  # type: ignore[attr-defined]
    yield from (package, models)
    for name, made in {
        "LinearRegression": _linear,
        "Ridge": _ridge,
        "Lasso": linear_model.Lasso,
        "ElasticNet": linear_model.ElasticNet,
        "LogisticRegression": _logistic,
    }.items():
        setattr(models, name, _trained(stand_in, name, made))
    for module, classes in MODULES.items():
        made_up = _package(f"cuml.{module}")
        setattr(package, module, made_up)
        for kind in classes:
            seen = refusing_class(f"cuml.{module}.{kind.__name__}", _seen(stand_in, kind))
            setattr(made_up, kind.__name__, seen)
        yield made_up


def _seen(stand_in: StandIn, kind: type) -> type:
    """The class, with every fit noted."""

    def fit(self: Any, *arrays: Any, **more: Any) -> Any:
        stand_in.begin(kind.__name__)
        assert all(isinstance(one, DeviceArray) for one in (*arrays, *more.values()))
        return kind.fit(self, *arrays, **more)  # type: ignore[attr-defined]

    return type(kind.__name__, (kind,), {"fit": fit})


@contextmanager
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The stand-in, installed as cupy, cudf and cuml; XGBoost says that it was built with CUDA."""
    import xgboost

    stand_in = StandIn()
    with monkeypatch.context() as patch:
        for module in (_cupy(stand_in), _cudf(stand_in), *_cuml(stand_in)):
            patch.setitem(sys.modules, module.__name__, module)
        patch.setattr(xgboost, "build_info", lambda: {"USE_CUDA": True})
        gpu.found_gpu.cache_clear()
        yield stand_in
    gpu.found_gpu.cache_clear()
