"""Names made of content alone: of a column's values, of a node's work over such columns, of the software that runs.

Two processes, today and next month, give one piece of work over the same values the same 16 bytes. What has no such
name has no digest at all, and is computed anew: code of the host program, which may change in any module that it calls,
and functions of the clock. A digest too many costs a computation; one digest for two results would give a wrong answer.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_info

from stratum_sql.catalog import registry
from stratum_sql.catalog.columns import CategoryColumn, Column, _Rows
from stratum_sql.catalog.estimators import estimator_names
from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.model import TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.relational import Compute, Read
from stratum_sql.plan.transform import Apply, Fit, Map

DIGEST_BYTES = 16

# ---- columns ---------------------------------------------------------------------------------------------------------


def column_digest(column: Column) -> bytes:
    """16 bytes for the column's kind, type, and values in their order; its name is left out.

    Equal for equal values, whatever their buffers look like: slices, dictionaries, the width of offsets, bits under
    NULL and the payload of NaN do not count. 0.0 and -0.0 differ, as do NaN and NULL, and 1 as INTEGER and as BIGINT.
    """
    state = _Hash("column 1", column.kind)
    _feed(state, _arrow(column))
    return state.digest()


def values_digest(values: pa.Array | pa.ChunkedArray) -> bytes:
    """16 bytes for type and values of an Arrow array, in their order; as `column_digest`."""
    state = _Hash("values 1")
    _feed(state, values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values)
    return state.digest()


def remembered_digests(column_of: Callable[[Node], Column | None]) -> Callable[[Node], bytes | None]:
    """The digest of the column of a `Read`, None where it has none. A column is hashed once, however many read it under
    other names."""
    known: dict[int, tuple[Column, bytes]] = {}  # the column is held, so that its id stays its own

    def digest(node: Node) -> bytes | None:
        column = column_of(node)
        if column is None:
            return None
        if id(column) not in known:
            known[id(column)] = (column, column_digest(column))
        return known[id(column)][1]

    return digest


class _Hash:
    """BLAKE2b over texts and buffers, each preceded by its length, so that no two sequences run into one another."""

    def __init__(self, *texts: str) -> None:
        self._state = blake2b(digest_size=DIGEST_BYTES)
        self.text(*texts)

    def text(self, *texts: str) -> None:
        for text in texts:
            self.buffer(text.encode("utf-8", "surrogatepass"))

    def buffer(self, data: Any) -> None:
        """`data`: bytes, or a contiguous array; its type is not hashed."""
        view = memoryview(data).cast("B") if len(data) else memoryview(b"")
        self._state.update(view.nbytes.to_bytes(8, "little"))
        self._state.update(view)

    def digest(self) -> bytes:
        return self._state.digest()


def _arrow(column: Column) -> Any:
    """The values as Arrow holds them, whoever made the column: `Column.arrow` knows only what was read."""
    if isinstance(column, CategoryColumn):
        return _decoded(column)
    if isinstance(column, _Rows):
        values = _arrow(column._parent)
        return values if isinstance(column._rows, slice) else values.take(pa.array(column._rows))
    values = column._values
    return pa.array(values) if isinstance(values, np.ndarray) else values


def _decoded(column: CategoryColumn) -> pa.Array:
    codes, values = column.codes.codes, column.codes.values
    kind = pa.string() if values.dtype == object and len(values) == 0 else None  # else it would be the type of NULL
    return pa.array(values, kind).take(pa.array(codes, mask=codes < 0))


def _feed(state: _Hash, values: Any) -> None:
    """Hash an array: type, length, which are NULL, and the values that are not."""
    values = _plain(values)
    kind = values.type
    if pa.types.is_nested(kind) and not pa.types.is_union(kind):
        _feed_nested(state, values)
    elif _is_text(kind):
        _feed_texts(state, values)
    elif pa.types.is_boolean(kind):
        _head(state, "bool", values)
        state.buffer(values.fill_null(False).cast(pa.uint8()).to_numpy(zero_copy_only=False))
    elif pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_fixed_size_binary(kind):
        _head(state, str(kind), values)
        state.buffer(_fixed(values))
    else:  # unions, intervals: rare, and short where they occur
        state.text(str(kind), repr(values.to_pylist()))


def _head(state: _Hash, kind: str, values: Any) -> None:
    state.text(kind, str(len(values)))
    state.buffer(np.packbits(_valid(values)) if values.null_count else b"")


def _valid(values: Any) -> Any:
    """Which values are not NULL, as an array of bool."""
    return values.is_valid().to_numpy(zero_copy_only=False)


def _plain(values: Any) -> Any:
    """One array; dictionaries, runs and extensions taken apart."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        values = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
    kind = values.type
    if isinstance(values, pa.ExtensionArray):
        return _plain(values.storage)
    if pa.types.is_dictionary(kind):
        return _plain(values.dictionary_decode())
    if pa.types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(values))
    return values


# -- fixed width


def _fixed(values: Any) -> Any:
    """The values side by side, zero where NULL, one NaN for all; no copy where neither occurs."""
    width = values.type.bit_width // 8
    data = values.buffers()[1]
    if len(values) == 0 or width == 0 or data is None:
        return b""
    raw = np.frombuffer(data, dtype=np.uint8)[values.offset * width : (values.offset + len(values)) * width]
    wrong = _not_a_number(raw, values.type)
    if wrong is None and not values.null_count:
        return raw
    rows = raw.reshape(len(values), width).copy()
    if wrong is not None:
        rows[wrong] = np.array([np.nan], dtype=_float_type(values.type)).view(np.uint8)
    if values.null_count:
        rows[~_valid(values)] = 0
    return rows.reshape(-1)


def _float_type(kind: Any) -> Any:
    return np.dtype(f"f{kind.bit_width // 8}")


def _not_a_number(raw: Any, kind: Any) -> Any:
    """Which values are NaN, or None if none is."""
    if not pa.types.is_floating(kind):
        return None
    numbers = raw.view(_float_type(kind))
    with np.errstate(invalid="ignore"):  # a signalling NaN
        least = numbers.min()  # ten times as fast as asking every value
    return np.isnan(numbers) if np.isnan(least) else None


# -- text and bytes


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _feed_texts(state: _Hash, values: Any) -> None:
    """Lengths, then all bytes one after the other; the three layouts of text are one type, as are those of bytes."""
    kind = values.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        values = values.cast(pa.large_string() if text else pa.large_binary())
    _head(state, "text" if text else "bytes", values)
    if len(values) == 0:
        return
    offsets = _offsets(values)
    lengths = np.diff(offsets)
    if values.null_count:
        empty = ~_valid(values)
        if lengths[empty].any():  # bytes under a NULL
            values = values.drop_null()
            offsets = _offsets(values)
        lengths[empty] = 0
    _feed_lengths(state, lengths)
    data = values.buffers()[2]
    state.buffer(b"" if data is None or len(offsets) == 0 else memoryview(data)[int(offsets[0]) : int(offsets[-1])])


def _offsets(values: Any) -> Any:
    """Where the n values begin and end in their data: n + 1 numbers."""
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    buffer = values.buffers()[1]
    if buffer is None or len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    return np.frombuffer(buffer, dtype=np.int64 if wide else np.int32)[values.offset : values.offset + len(values) + 1]


def _feed_lengths(state: _Hash, lengths: Any) -> None:
    fits = len(lengths) == 0 or int(lengths.max()) < 2**31
    state.buffer(np.ascontiguousarray(lengths, dtype=np.int32 if fits else np.int64))


# -- lists and structs


def _feed_nested(state: _Hash, values: Any) -> None:
    if pa.types.is_struct(values.type):
        _head(state, "struct", values)
        for field, part in zip(values.type, values.flatten(), strict=True):  # flatten: NULL where the struct is
            state.text(field.name)
            _feed(state, part)
        return
    if pa.types.is_map(values.type):
        parts = [pa.field("key", values.type.key_type, False), pa.field("value", values.type.item_type)]
        values = values.cast(pa.list_(pa.field("entries", pa.struct(parts), False)))
        state.text("map")
    fixed = pa.types.is_fixed_size_list(values.type)
    _head(state, f"list[{values.type.list_size}]" if fixed else "list", values)
    _feed_lengths(state, pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False))
    _feed(state, values.flatten())  # leaves out what stands under a NULL


# ---- nodes -----------------------------------------------------------------------------------------------------------


class _NoName(Exception):
    """Something that only the host program knows."""


def node_digests(nodes: Iterable[Node], digest_of_source: Callable[[Node], bytes | None]) -> dict[int, bytes]:
    """The digest of each node by its id: what it does, over the digests of its inputs.

    `nodes` come inputs first, as a graph gives them. `digest_of_source` is asked for each `Read`: the digest of its
    column; what stands below is left out, so a column is its content, whoever read it. A node without a digest is not
    in the answer, nor is what stands above it.
    """
    found: dict[int, bytes] = {}
    texts: dict[Operator, str | None] = {}
    for node in nodes:
        if isinstance(node.operator, Read):
            digest = digest_of_source(node)
        elif node.inputs and all(child.id in found for child in node.inputs):
            if node.operator not in texts:
                texts[node.operator] = _operator_text(node.operator)
            digest = _node_digest(texts[node.operator], [found[child.id] for child in node.inputs])
        else:
            digest = None
        if digest is not None:
            found[node.id] = digest
    return found


def _node_digest(text: str | None, inputs: Iterable[bytes]) -> bytes | None:
    if text is None:
        return None
    state = _Hash("node 1", text)
    for digest in inputs:
        state.buffer(digest)
    return state.digest()


def _operator_text(operator: Operator) -> str | None:
    """What an operator does, in one text, or None: the host program's code, or a function of the clock."""
    try:
        return _text(operator) if _is_ours(operator) else None
    except _NoName:
        return None


def _is_ours(operator: Operator) -> bool:
    """Whether what the names in an operator stand for is this package's own, and does the same each time."""
    match operator:
        case TrainModel(estimator=name) | TrainStopped(estimator=name) | TrainTargets(estimator=name):
            return _is_known(name)
        case Fit(transform=name) | Apply(transform=name) | Map(transform=name):
            return name in _transform_names()
        case Compute(sql=sql):
            return not is_volatile(sql)
    return True


def is_volatile(sql: str) -> bool:
    """Whether a text may give another value each time, or in each session. Any name in it is taken for a call, which
    costs a computation; but for those that columns often have, where it is plain that nothing is called."""
    text = sql.lower()
    named = VOLATILE.intersection(re.findall(r"\w+", text))
    if named <= _OFTEN_COLUMNS and "--" not in text and "/*" not in text:
        named = named.intersection(re.findall(r"(\w+)[\s\"]*\(", text))
    return bool(named)


def _is_known(estimator: str) -> bool:
    return estimator.lower() in _estimator_names()


@cache
def _estimator_names() -> frozenset[str]:
    return frozenset(estimator_names())


@cache
def _transform_names() -> frozenset[str]:
    """Of these, text_embed calls a function that the host program named."""
    return frozenset(registry.transform_names()) - {"text_embed"}


# Names of DuckDB's whose value is another each time, or another in each session.
_VOLATILE = """
age ago assert_true current_catalog current_connection_id current_database current_date current_localtime
current_localtimestamp current_query current_query_id current_schema current_schemas current_setting current_time
current_timestamp current_transaction_id current_user currval error gen_random_uuid get_current_time
get_current_timestamp getvariable in_search_path json_group_object localtime localtimestamp nextval now
pg_conf_load_time pg_postmaster_start_time pg_sleep random session_user setseed setval sleep_ms stats today
transaction_timestamp txid_current user uuid uuidv4 uuidv7 vector_type write_log
"""
VOLATILE = frozenset(_VOLATILE.split())
_OFTEN_COLUMNS = frozenset({"age", "error", "random", "stats", "uuid"})  # none is called without brackets


# -- values as texts


def _text(value: Any) -> str:
    """One text for one value and its type. Raises _NoName for what has none."""
    name = type(value).__name__
    match value:
        case str():
            return f"{name} {len(value)}:{value}"  # the length: a text may hold anything
        case FrozenParams():
            items = sorted(value.items, key=lambda item: item[0])
            return _joined("params", (f"{_text(key)}={_text(item)}" for key, item in items))
        case EstimatorValue():
            if not _is_known(value.name):
                raise _NoName
            return _joined(_text(value.name), map(_text, value.params))
        case list() | tuple():
            return _joined(name, map(_text, value))
        case set() | frozenset():
            return _joined(name, sorted(map(_text, value)))
        case Mapping():
            return _joined("mapping", (f"{_text(key)}={_text(item)}" for key, item in value.items()))
    if type(value) in _PLAIN:
        return f"{name}:{value!r}"
    if isinstance(value, np.generic) and not isinstance(value, np.object_ | np.void):
        return f"{value.dtype.str}:{value.tobytes().hex()}"
    return _object_text(value)


_PLAIN = frozenset({type(None), bool, int, float, complex, bytes, date, datetime, timedelta, Decimal})


def _joined(name: str, parts: Iterable[str]) -> str:
    return f"{name}({','.join(parts)})"


def _object_text(value: Any) -> str:
    """A frozen value of this package."""
    kind = type(value)
    if not is_dataclass(kind) or kind.__module__.partition(".")[0] != "stratum_sql":
        raise _NoName
    compared = (f"{field.name}={_text(getattr(value, field.name))}" for field in fields(value) if field.compare)
    return _joined(f"{kind.__module__}.{kind.__qualname__}", compared)


# ---- software and machine --------------------------------------------------------------------------------------------

_LIBRARIES = ("stratum-sql", "numpy", "scipy", "scikit-learn", "lightgbm", "xgboost", "duckdb", "pandas", "pyarrow")


@cache
def versions() -> bytes:
    """16 bytes for what results depend on beside statements and data: this package's code, Python, libraries, CPU."""
    state = _Hash("versions 1", f"{sys.version_info.major}.{sys.version_info.minor}")
    for name in _LIBRARIES:
        state.text(name, _version(name))
    for line in _own_code():
        state.text(line)
    state.text(*_machine())
    return state.digest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _own_code() -> Iterable[str]:
    """This package's files: in a checkout they change while the version stays."""
    package = Path(__file__).parents[1]
    for folder, below, names in os.walk(package, followlinks=True):  # grammar and optimizer may be links
        below.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if name.endswith(".py"):
                yield f"{path.relative_to(package)} {blake2b(path.read_bytes()).hexdigest()}"
            elif name.endswith(".so"):
                status = path.stat()
                yield f"{path.relative_to(package)} {status.st_size} {status.st_mtime_ns}"  # too large to read


def _machine() -> Iterable[str]:
    """What a library chooses its instructions by, and the time zone, which DuckDB reads times in."""
    import scipy.linalg  # noqa: F401 its BLAS is seen once it is loaded: now, so that every process sees the same

    yield platform.machine()
    yield from sorted({f"{each['internal_api']} {each.get('architecture')}" for each in threadpool_info()
                       if each["user_api"] == "blas"})  # fmt: skip
    yield repr(np.show_config(mode="dicts").get("SIMD Extensions"))
    yield " ".join(time.tzname)
