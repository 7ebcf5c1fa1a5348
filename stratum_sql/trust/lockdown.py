"""The second layer: DuckDB's own settings, so that a statement that slipped past the guard still finds no file.

The order matters. Limits and the allowed paths are set while settings can be set; `enable_external_access = false`
is a one-way switch; `lock_configuration` comes last. Limits are GLOBAL, or cursors of the connection do not get them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from stratum_sql.errors import StratumError
from stratum_sql.quoting import quote_text

PathLike = str | Path

MAX_EXPRESSION_DEPTH = 250  # DuckDB's 1,000 is safe but takes 0.5 GB on hostile texts; a million is a SIGSEGV

# Set before the switch; read back with these values.
_PREPARE = {
    "max_expression_depth": str(MAX_EXPRESSION_DEPTH),
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "allow_unredacted_secrets": "false",
}
_SWITCH = {"enable_external_access": "false", "lock_configuration": "true"}

# Not ours to set, but the guard reads texts with DuckDB's own grammar, and nothing may be left open by name.
_UNTOUCHED = {
    "allowed_configs": "[]",
    "active_grammar_extensions": "[]",
    "allow_parser_override_extension": "DEFAULT",
    "dialect_compatibility_mode": "NONE",
}
_HOLDS = _PREPARE | _SWITCH | _UNTOUCHED


class LockdownError(StratumError):
    """The connection could not be locked down, or a lock does not hold: no foreign statement may run on it."""


def lock_down(
    connection: duckdb.DuckDBPyConnection,
    *,
    allow_paths: Sequence[PathLike] = (),
    memory_limit: str | None = None,
    threads: int | None = None,
    timeout_seconds: float | None = None,
    temp_directory: PathLike | None = None,
) -> None:
    """Lock the database of `connection`, with all its cursors, for foreign statements; for good.

    Files attached and objects registered before stay usable, and `register` works on. `allow_paths`: existing files
    and folders that statements may still open; DuckDB's permission includes writing, so only the guard keeps them
    read-only. `memory_limit`: such as `'2GB'`; None keeps what is set, as for `threads`. `timeout_seconds`: per
    statement. `temp_directory`: where large operators may spill; DuckDB opens it for reading and writing by name, as it
    does the files of the attached databases: the guard alone keeps statements from those. None means no spilling.
    A database that is locked already is checked, not changed.

    Raises LockdownError (`lockdown_failed`) if a setting is refused or reads back as something else.
    """
    files, folders = _resolved(allow_paths)
    wanted = {
        "temp_directory": str(Path(temp_directory).resolve()) if temp_directory is not None else "",
        "memory_limit": memory_limit,
        "threads": threads,
        "max_execution_time": None if timeout_seconds is None else max(1, math.ceil(timeout_seconds * 1000)),
    }
    limits = {name: value for name, value in wanted.items() if value is not None}
    if _settings(connection)["lock_configuration"] != "true":
        for name, value in limits.items():
            _set(connection, name, value)
        for name, value in _PREPARE.items():
            _set(connection, name, value)
        _set(connection, "allowed_directories", folders)
        _set(connection, "allowed_paths", files)
        for name, value in _SWITCH.items():
            _set(connection, name, value)
    verify(connection)
    _verify_limits(connection, limits)
    _verify_paths(connection, files, folders, limits["temp_directory"])


def verify(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every setting of the lock back; raise LockdownError (`lockdown_failed`) naming the first that is open."""
    settings = _settings(connection)
    for name, value in _HOLDS.items():
        if name not in settings:
            raise _failed(f"this DuckDB has no setting {name}")
        if (settings[name] or "").lower() != value.lower():
            raise _failed(f"{name} is {settings[name]}, and must be {value}")
    if settings.get("current_dialect"):
        raise _failed(f"current_dialect is {settings['current_dialect']}, and must not be set")


def _settings(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    try:
        return dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    except duckdb.Error as error:
        raise _failed(f"the settings cannot be read: {_first_line(error)}") from error


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    try:
        connection.execute(f"SET GLOBAL {name} = {_literal(value)}").fetchall()
    except duckdb.Error as error:
        raise _failed(f"{name} cannot be set: {_first_line(error)}") from error


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, int):
        return str(value)
    return quote_text(str(value))


def _resolved(paths: Sequence[PathLike]) -> tuple[list[str], list[str]]:
    """Files and folders, absolute, links followed."""
    resolved = []
    for path in paths:
        try:
            resolved.append(Path(path).resolve(strict=True))
        except (OSError, ValueError, RuntimeError) as error:
            raise _failed(f"no file or folder {str(path)!r} to allow") from error
    return [str(p) for p in resolved if not p.is_dir()], [str(p) for p in resolved if p.is_dir()]


def _verify_limits(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, object]) -> None:
    settings = _settings(connection)
    for name, value in limits.items():
        held = settings[name] or ""
        same = _same_size(held, str(value)) if name == "memory_limit" else held == str(value)
        if not same:
            raise _failed(f"{name} is {held!r}, and must be {value!r}")


def _verify_paths(connection: duckdb.DuckDBPyConnection, files: list[str], folders: list[str], temp: object) -> None:
    query = "SELECT current_setting('allowed_paths'), current_setting('allowed_directories')"
    ((held_files, held_folders),) = connection.execute(query).fetchall()
    allowed = {_slashless(path) for path in [*files, *folders, *([temp] if temp else [])]}
    allowed |= _database_files(connection)
    extra = {_slashless(path) for path in [*(held_files or []), *(held_folders or [])]} - allowed
    if extra:
        raise _failed(f"paths are open that were not given: {', '.join(sorted(extra))}")


def _database_files(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The files of the attached databases, which DuckDB adds to the allowed paths by itself."""
    rows = connection.execute("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL").fetchall()
    suffixes = ("", ".wal", ".wal.checkpoint", ".wal.recovery")
    return {str(path) + suffix for (path,) in rows for suffix in suffixes}


def _slashless(path: object) -> str:
    return str(path).rstrip("/\\")


_SIZE = re.compile(r"\s*([\d.]+)\s*([kmgt]?)(i?)b?(?:ytes?)?\s*", re.IGNORECASE)


def _same_size(held: str, wanted: str) -> bool:
    """Whether two sizes are equal as DuckDB prints them: with one digit after the point."""
    sizes = [_bytes(held), _bytes(wanted)]
    return None not in sizes and math.isclose(sizes[0] or 0, sizes[1] or 0, rel_tol=0.06)


def _bytes(size: str) -> float | None:
    match = _SIZE.fullmatch(size)
    if match is None:
        return None
    base = 1024 if match[3] else 1000
    return float(match[1]) * float(base ** " kmgt".index(match[2].lower() or " "))


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


def _failed(message: str) -> StratumError:
    return LockdownError.at("", None, "lockdown_failed", message)
