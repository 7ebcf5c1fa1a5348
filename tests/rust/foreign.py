"""Arrays as another program may hand them over: the structures of the Arrow C data interface, field by field."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ArrowSchema(ctypes.Structure):
    """https://arrow.apache.org/docs/format/CDataInterface.html"""

    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class ArrowArray(ctypes.Structure):
    """As `ArrowSchema`."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


Release = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))
ReleaseSchema = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowSchema))

_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class Foreign:
    """An array that another program owns; `array` and `schema` are its structures, to be spoilt.

    `buffers` are numpy arrays, addresses, or None for a null pointer. `released` counts how often it was given back.
    """

    def __init__(self, format: bytes, length: int, *buffers: NDArray[Any] | int | None, **fields: int) -> None:
        self.released = 0
        self._owned: list[Any] = [Release(self._release), ReleaseSchema(self._release_schema), buffers]
        releases = [ctypes.cast(callback, ctypes.c_void_p).value for callback in self._owned[:2]]
        self.array = ArrowArray(length=length, n_buffers=len(buffers), release=releases[0])
        self.array.buffers = self.keep((ctypes.c_void_p * len(buffers))(*map(_address, buffers)))
        self.schema = ArrowSchema(format=format, name=b"", flags=2, release=releases[1])
        for name, value in fields.items():
            setattr(self.array, name, value)

    def keep(self, owned: Any) -> int:
        """The address of `owned`, which stays alive as long as this does."""
        self._owned.append(owned)
        return ctypes.addressof(owned)

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        schema, array = ctypes.addressof(self.schema), ctypes.addressof(self.array)
        return _capsule(schema, b"arrow_schema", None), _capsule(array, b"arrow_array", None)

    def _release(self, given: Any) -> None:
        self.released += 1
        given.contents.release = None

    def _release_schema(self, given: Any) -> None:
        given.contents.release = None


def _address(buffer: NDArray[Any] | int | None) -> int | None:
    return buffer.ctypes.data if isinstance(buffer, np.ndarray) else buffer
