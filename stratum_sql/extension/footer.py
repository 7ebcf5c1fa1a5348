"""The footer that makes a shared library an extension of DuckDB: 534 bytes at its end.

22 bytes that WebAssembly would read as the head of a section, eight fields of 32 bytes, 256 bytes for a signature.
DuckDB reads the fields from the last one back (`ParseExtensionMetaData` in its `extension_load.cpp`).
"""

from __future__ import annotations

from pathlib import Path

STABLE = "C_STRUCT"  # the C API; `duckdb` is then the lowest version that has all functions
_FIELD = 32  # bytes
_HEAD = b"\x00\x93\x04\x10duckdb_signature\x80\x04"
_MAGIC = "4"
_SIGNATURE = 256  # bytes, left empty: such an extension needs `-unsigned`
SIZE = len(_HEAD) + 8 * _FIELD + _SIGNATURE


def footer(duckdb: str, platform: str, version: str, abi: str = STABLE) -> bytes:
    """The footer of an extension for `duckdb`, such as v1.5.6, and a platform, such as linux_amd64; `version` is its
    own. Raises ValueError for a field of more than 32 bytes."""
    fields = ("", "", "", abi, version, duckdb, platform, _MAGIC)
    return _HEAD + b"".join(map(_field, fields)) + bytes(_SIGNATURE)


def write_extension(library: Path, target: Path, footer: bytes) -> None:
    """Write the extension of a shared library, all of it or nothing: a shell may be loading the one before."""
    draft = target.with_name(target.name + ".new")
    draft.write_bytes(library.read_bytes() + footer)
    draft.replace(target)


def _field(text: str) -> bytes:
    data = text.encode("ascii")
    if len(data) > _FIELD:
        raise ValueError(f"a field of the footer has at most {_FIELD} bytes: {text}")
    return data.ljust(_FIELD, b"\0")
