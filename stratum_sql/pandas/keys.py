"""Names made of content alone: of plans, of pandas and NumPy objects, of estimators and their parameters.

Two scripts that ask for the same thing of the same data give it one key. What has no such name, a function of the
script for example, has none at all and is done anew. A key too many costs a computation; one key for two results would
give a wrong answer.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from pickle import dumps
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from stratum_sql.execute.content import DIGEST_BYTES, values_digest
from stratum_sql.pandas.expressions import Answer, Exact, Expr, Listed, Text
from stratum_sql.pandas.expressions import running as spelled
from stratum_sql.pandas.found import found_once
from stratum_sql.pandas.index_traits import source_of_traits
from stratum_sql.pandas.kinds import Carried
from stratum_sql.pandas.plan import RID, Assign, Node, Source
from stratum_sql.pandas.states import Held, State, Table, Vector
from stratum_sql.quoting import quote

_PLAIN = frozenset({str, bytes, bool, int, float, complex, type(None), type(...)})
_LEFT_OUT = ("place", "names", "recipe", "kept")  # of plan nodes: where they stand, not what they are


class Unkeyed(Exception):
    """Something has no name made of its content."""


FrameKey = Callable[[State], bytes | None]


def key_of(*values: Any, frame_key: FrameKey | None = None) -> bytes | None:
    """16 bytes for the values, in their order and with their types; None where one of them has no such name.

    `frame_key` names frames that are plans, and what is made of them; else it is their plan that does.
    """
    feeder = _Feeder(frame_key)
    try:
        for value in values:
            feeder.feed(value)
    except Unkeyed:
        return None
    return feeder.digest()


def rows_key(node: Node, columns: tuple[tuple[str, Text], ...], order: tuple[str, ...]) -> bytes | None:
    """The key of a query over a plan: its columns and the order of its rows."""
    feeder = _Feeder()
    try:
        texts = [(name, running(text)) for name, text in columns]
        feeder.feed(("rows", texts, order))
        _feed_plan(feeder, node, " ".join([*(text for _, text in texts), *order]))
    except Unkeyed:
        return None
    return feeder.digest()


class _Feeder:
    """BLAKE2b over values, each with its type and length before it, so that no two sequences run into one another."""

    def __init__(self, frame_key: FrameKey | None = None) -> None:
        self._frame_key = frame_key
        self._state = blake2b(digest_size=DIGEST_BYTES)
        self._inside: set[int] = set()

    def digest(self) -> bytes:
        return self._state.digest()

    def head(self, tag: str, size: int = 0) -> None:
        self._state.update(f"{tag}:{size};".encode())

    def bytes(self, tag: str, data: Any) -> None:
        if type(data) is bytes:
            self._state.update(f"{tag}:{len(data)};".encode() + data)
            return
        view = memoryview(data)
        self.head(tag, view.nbytes)
        self._state.update(view.cast("B") if view.nbytes else b"")

    def feed(self, value: Any) -> None:
        """Raises Unkeyed."""
        if type(value) in _PLAIN:
            self.bytes(type(value).__name__, repr(value).encode("utf-8", "surrogatepass"))
        elif isinstance(value, np.ndarray):
            _feed_array(self, value)
        elif isinstance(value, np.generic):
            self.bytes(f"scalar {value.dtype.str}", value.tobytes())
        elif type(value) in (list, tuple):
            self._each(type(value).__name__, value)
        elif isinstance(value, Mapping) and type(value) is dict:
            self._each("dict", [part for pair in value.items() for part in pair])
        elif type(value) in (set, frozenset):
            self._each("set", sorted(key_of(one) or _unkeyed() for one in value))
        else:
            self._feed_object(value)

    def _each(self, tag: str, values: Any) -> None:
        if id(values) in self._inside:
            raise Unkeyed  # it holds itself
        self._inside.add(id(values))
        self.head(tag, len(values))
        for value in values:
            self.feed(value)
        self._inside.discard(id(values))

    def _feed_object(self, value: Any) -> None:
        kind = type(value)
        if kind in (Table, Vector):
            if self._frame_key is None:
                _feed_state(self, value)
            else:
                self.bytes("frame", self._frame_key(value) or _unkeyed())
        elif isinstance(value, Held):
            if type(value) is Held:
                self.bytes("held", held_key(value) or _unkeyed())
            elif self._frame_key is None:
                self._each("content", value.content())
            else:
                self.bytes("content", self._frame_key(value) or _unkeyed())
        elif isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            _feed_pandas(self, value)
        elif sparse.issparse(value):
            rows = value.tocsr()
            self._each(f"sparse {value.format} {value.shape}", [rows.data, rows.indices, rows.indptr])
        elif isinstance(value, Carried):
            self.bytes("carried", _carried_key(value) or _unkeyed())
        elif isinstance(value, Expr):
            self._each("expr", [running(value.text), running(value.condition), _dtype(value), value.nullable])
        elif isinstance(value, type):
            self.bytes("type", _pickled(value))
        elif hasattr(value, "get_params"):
            _feed_estimator(self, value)
        elif is_dataclass(value) and kind.__module__.startswith("stratum_sql."):
            self._each(kind.__name__, [getattr(value, one.name) for one in fields(value) if one.name not in _LEFT_OUT])
        elif getattr(kind, "_real", None) is not None:
            self._each("splitter", [kind._real, vars(value)])
        else:
            self.bytes(f"pickle {kind.__module__}.{kind.__qualname__}", _pickled(value))


def _unkeyed() -> bytes:
    raise Unkeyed


def _pickled(value: Any) -> bytes:
    """What a value is pickled to: equal bytes load as equal values. Functions and classes of a script cannot be."""
    try:
        return dumps(value)
    except Exception as error:
        raise Unkeyed from error


# ---- estimators ------------------------------------------------------------------------------------------------------


def _feed_estimator(feeder: _Feeder, value: Any) -> None:
    """The class and all it holds: its parameters, and what it learned if it did."""
    real = getattr(type(value), "_real", None) or type(value)
    held = {name: one for name, one in vars(value).items() if name != "_record"}
    record = vars(value).get("_record")
    feeder.bytes("estimator", _pickled(real))
    if record is not None:
        raise Unkeyed
    if "_Booster" in held and held["_Booster"] is not None:
        raise Unkeyed
    feeder._each("attributes", [part for name in sorted(held) for part in (name, held[name])])


# ---- pandas ----------------------------------------------------------------------------------------------------------

_held: weakref.WeakKeyDictionary[Held, bytes | None] = weakref.WeakKeyDictionary()


def held_key(state: Held) -> bytes | None:
    """The key of what pandas holds; found once."""
    if state not in _held:
        _held[state] = key_of(*state.content())
    return _held[state]


def _feed_pandas(feeder: _Feeder, value: pd.DataFrame | pd.Series[Any] | pd.Index[Any]) -> None:
    feeder.head(type(value).__name__, len(value))
    if isinstance(value, pd.DataFrame):
        _feed_pandas(feeder, value.columns)
        _feed_pandas(feeder, value.index)
        for place in range(len(value.columns)):
            _feed_values(feeder, value.iloc[:, place].array)
    elif isinstance(value, pd.Series):
        feeder.feed(value.name)
        _feed_pandas(feeder, value.index)
        _feed_values(feeder, value.array)
    elif isinstance(value, pd.RangeIndex):
        feeder.feed(("range", value.start, value.stop, value.step, value.name))
    elif isinstance(value, pd.MultiIndex):
        feeder.feed(list(value.names))
        for level, codes in zip(value.levels, value.codes, strict=True):
            _feed_values(feeder, level.array)
            feeder.feed(np.asarray(codes))
    else:
        feeder.feed((value.name, str(getattr(value, "freq", None))))
        _feed_values(feeder, value.array)


def _feed_values(feeder: _Feeder, values: Any) -> None:
    feeder.bytes("dtype", str(values.dtype).encode())
    if isinstance(values, pd.Categorical):
        _feed_values(feeder, values.categories.array)
        feeder.feed((bool(values.ordered), values.codes))
    elif isinstance(values.dtype, np.dtype):
        _feed_array(feeder, values.to_numpy())
    else:
        feeder.bytes("extension", _pickled(values))


def _feed_array(feeder: _Feeder, values: np.ndarray[Any, Any]) -> None:
    order: Literal["F", "C"] = (
        "F" if values.flags.f_contiguous and not values.flags.c_contiguous else "C"
    )  # sums follow it
    feeder.bytes(f"array {order} {values.shape}", values.dtype.str.encode())
    if values.dtype.hasobject:
        _feed_texts(feeder, values.ravel(order))
    else:
        feeder.bytes("values", np.ascontiguousarray(values.ravel("K")).view(np.uint8))


def _feed_texts(feeder: _Feeder, values: np.ndarray[Any, Any]) -> None:
    """Texts by way of Arrow, which is quick; None and NaN are two things."""
    missing = pd.isna(values)
    nothing = np.fromiter((one is None for one in values), bool, len(values))
    floats = np.fromiter((type(one) is float for one in values[missing & ~nothing]), bool)
    try:
        if not floats.all():
            raise pa.ArrowTypeError
        texts = pa.array(values, mask=missing, type=pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        feeder.bytes("objects", _pickled(values.tolist()))
        return
    feeder.bytes("missing", np.packbits(nothing))
    feeder.bytes("texts", values_digest(texts))


_arrays: weakref.WeakKeyDictionary[Carried, bytes | None] = weakref.WeakKeyDictionary()


def _carried_key(dtype: Carried) -> bytes | None:
    """The key of the array; None for objects, of which each script has its own."""
    if dtype not in _arrays:
        _arrays[dtype] = None if dtype.array.dtype == object else key_of(pd.Series(dtype.array))
    return _arrays[dtype]


# ---- plans -----------------------------------------------------------------------------------------------------------


def _feed_state(feeder: _Feeder, state: Table | Vector) -> None:
    columns = state.columns if isinstance(state, Table) else ((state.name, state.value),)
    values = [(label, running(value.text), _dtype(value)) for label, value in (*columns, *state.index.levels)]
    feeder.feed((type(state).__name__, len(state.index.levels), values, list(state.node.order)))
    source = source_of_traits(state.node)
    if source is not None and source.index is not None:
        _feed_pandas(feeder, source.index)
    _feed_plan(feeder, state.node, " ".join([*(text for _, text, _ in values), *state.node.order]))


def running(text: Text) -> str:
    """What runs of a text. Raises Unkeyed where it lists the values of another relation."""
    if any(isinstance(part, Listed) or (isinstance(part, Exact) and _lists(part.running)) for part in text):
        raise Unkeyed
    return spelled(text)


def _lists(text: Text) -> bool:
    return any(isinstance(part, Listed) for part in text)


def _dtype(value: Expr) -> Any:
    return value.dtype.str if isinstance(value.dtype, np.dtype) else value.dtype


def _feed_plan(feeder: _Feeder, node: Node, used: str) -> None:
    """The rows of a node, and of its columns those that `used`, a text of SQL, names: others do not count."""
    added: dict[str, str] = {}
    while isinstance(node, Assign):
        if quote(node.name) in used:
            added[node.name] = running(node.value.text)
            used = f"{used} {added[node.name]}"
        node = node.child
    feeder.feed(("columns", sorted(added.items())))  # in whichever order they were assigned
    if isinstance(node, Source):
        _feed_source(feeder, node, used)
        return
    if not is_dataclass(node):
        raise Unkeyed
    parts = [(one.name, getattr(node, one.name)) for one in fields(node) if one.name not in _LEFT_OUT]
    used = f"{used} {_texts_in([part for _, part in parts])}"
    feeder.head(type(node).__name__, len(parts))
    for name, part in parts:
        feeder.feed(name)
        _feed_part(feeder, part, used)


def _feed_part(feeder: _Feeder, part: Any, used: str) -> None:
    if isinstance(part, Node):
        _feed_plan(feeder, part, used)
    elif type(part) is tuple:
        feeder.head("tuple", len(part))
        for one in part:
            _feed_part(feeder, one, used)
    elif isinstance(part, Answer | Exact):
        feeder.feed(running((part,)))
    else:
        feeder.feed(part)


def _texts_in(part: Any) -> str:
    """Every piece of SQL in the fields of a node."""
    if isinstance(part, str):
        return part
    if isinstance(part, Expr):
        return f"{running(part.text)} {'' if part.mask is None else running(part.mask)}"
    if isinstance(part, Answer | Exact):
        return running((part,))
    if isinstance(part, list | tuple):
        return " ".join(_texts_in(one) for one in part)
    return ""


def column_digest(table: pa.Table, name: str) -> bytes:
    """16 bytes for the type and values of a column of a source; found once."""
    return found_once(table, ("digest", name), lambda: values_digest(table.column(name)))


def _feed_source(feeder: _Feeder, source: Source, used: str) -> None:
    feeder.feed(("source", source.table.num_rows))
    for name in source.table.column_names:
        if name != RID and quote(name) in used:
            feeder.feed((name, column_digest(source.table, name)))


_states: weakref.WeakKeyDictionary[State, bytes | None] = weakref.WeakKeyDictionary()


def state_key(state: State) -> bytes | None:
    """The key of what a DataFrame or Series of a script is at one moment; found once."""
    if isinstance(state, Held):
        return held_key(state)
    if state not in _states:
        _states[state] = key_of(state)
    return _states[state]
