"""What was learned as plain values: numbers, texts, lists, arrays, and scikit-learn's own objects by their attributes.

    None true 3 'text'          as they are; a double that JSON has not is {"float": "nan"}
    {"list": [..]}              a list; {"tuple": [..]}, {"dict": [[key, value], ..]} likewise
    {"type": "float64"}         a type of numpy; {"dtype": "float64"} a dtype
    {"array": [..], "dtype": "float64", "shape": [..], "order": "C"}
    {"object": "sklearn.linear_model._ridge.Ridge", "attributes": {..}}
    {"tree": {..}}, {"histogram_tree": {..}}, {"loss": ".."}: see `plain_trees`
    {"lightgbm": ".."}, {"xgboost": ".."}: see `plain_boosters`

Reading makes an object without calling it: its class must be one that a kept model may hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from stratum_sql.models.artefacts import is_admitted
from stratum_sql.models.export.plain_boosters import booster_to_plain, read_lightgbm, read_xgboost
from stratum_sql.models.export.plain_trees import compiled_to_plain, read_histogram_tree, read_loss, read_tree
from stratum_sql.models.export.sklearn import not_exported


def to_plain(value: Any) -> Any:
    """The value as JSON can hold it. Raises RunError `not_exported` for one that has no such form."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, list | tuple):
        return {"list" if isinstance(value, list) else "tuple": [to_plain(one) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[to_plain(key), to_plain(one)] for key, one in value.items()]}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop]}
    if isinstance(value, type) and issubclass(value, np.generic):
        return {"type": np.dtype(value).name}
    if isinstance(value, np.dtype):
        return {"dtype": value.name}
    return _object(value)


def _array(value: np.ndarray[Any, Any]) -> Any:
    if value.dtype.kind not in "fiubOU":
        raise not_exported(f"an array of {value.dtype}")
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    cells = value.reshape(-1, order="C").tolist()
    return {
        "array": [to_plain(one) for one in cells],
        "dtype": "object" if value.dtype.kind in "OU" else value.dtype.name,
        "shape": list(value.shape),
        "order": order,
    }


_LEFT_OUT = ("_sklearn_version", "_parameter_constraints")
_DRAWING = (np.random.RandomState, np.random.Generator)  # drew in training, and draws no more


def _object(value: Any) -> Any:
    compiled = compiled_to_plain(value)
    if compiled is not None:
        return compiled
    booster = _booster(value)
    if booster is not None:
        return {**booster, "parameters": to_plain(booster["parameters"])}
    path = f"{type(value).__module__}.{type(value).__qualname__}"
    if not is_admitted(path) or not path.startswith("sklearn.") or not hasattr(value, "get_params"):
        raise not_exported(f"a {type(value).__name__} is no plain value")
    attributes = value.__getstate__() if hasattr(value, "__getstate__") else vars(value)
    known = {name: one for name, one in attributes.items() if name not in _LEFT_OUT and not isinstance(one, _DRAWING)}
    return {"object": path, "attributes": {name: to_plain(one) for name, one in known.items()}}


def _booster(value: Any) -> dict[str, Any] | None:
    try:
        return booster_to_plain(value)
    except ValueError as error:
        raise not_exported(f"{type(value).__name__}: {str(error)[:100]}") from None


def from_plain(value: Any) -> Any:
    """The value again. Raises ValueError, KeyError or TypeError for what `to_plain` does not give."""
    if isinstance(value, dict):
        for name, read in _READ.items():
            if name in value:
                return read(value)
        raise ValueError("a value of no known kind")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError("a value of no known kind")


def _read_array(value: dict[str, Any]) -> Any:
    dtype = value["dtype"]
    if dtype != "object" and np.dtype(dtype).kind not in "fiub":
        raise ValueError("an array of no known type")
    cells = np.empty(len(value["array"]), dtype=dtype)
    cells[:] = [from_plain(one) for one in value["array"]]
    return np.array(cells.reshape(value["shape"]), order="F" if value["order"] == "F" else "C")


def _read_object(value: dict[str, Any]) -> Any:
    path = str(value["object"])
    if not path.startswith("sklearn.") or not is_admitted(path):
        raise ValueError(f"{path[:80]} is not admitted")
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    if not hasattr(found, "get_params"):
        raise ValueError(f"{path[:80]} is no estimator")
    made = found.__new__(found)
    vars(made).update({str(name): from_plain(one) for name, one in value["attributes"].items()})
    return made


_READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "array": _read_array,
    "object": _read_object,
    "tree": read_tree,
    "histogram_tree": read_histogram_tree,
    "loss": read_loss,
    "lightgbm": lambda value: read_lightgbm(value, from_plain(value["parameters"])),
    "xgboost": lambda value: read_xgboost(value, from_plain(value["parameters"])),
    "float": lambda value: float(value["float"]),
    "type": lambda value: np.dtype(value["type"]).type,
    "dtype": lambda value: np.dtype(value["dtype"]),
    "slice": lambda value: slice(*value["slice"]),
    "list": lambda value: [from_plain(one) for one in value["list"]],
    "tuple": lambda value: tuple(from_plain(one) for one in value["tuple"]),
    "dict": lambda value: {from_plain(key): from_plain(one) for key, one in value["dict"]},
}
