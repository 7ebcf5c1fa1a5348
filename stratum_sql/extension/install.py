"""Puts the extensions where `LOAD stratum` and `LOAD stratum_parser` look for them, and takes them away again.

DuckDB looks in `~/.duckdb/extensions/v1.5.6/linux_amd64` or the like, below its setting `extension_directory`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from stratum_sql.errors import BindError, StratumError
from stratum_sql.extension.binaries import COMMAND, CORE, PARSER, RELEASES, files_of, platform

LINES = {CORE: "LOAD stratum;", PARSER: "LOAD stratum_parser;"}
_NAMES = (CORE, PARSER, COMMAND)


def usual_folder() -> Path:
    """Where DuckDB keeps the extensions of this user."""
    return Path.home() / ".duckdb" / "extensions"


def place_of(release: str, folder: Path) -> Path:
    """Where one release of DuckDB looks for extensions."""
    return folder / f"v{release}" / platform()


def releases_of(asked: str | None) -> Sequence[str]:
    """The releases to install for. Raises BindError `no_extension` for one that there is no extension for."""
    release = asked.removeprefix("v") if asked is not None else None
    if release is None:
        return RELEASES
    if release not in RELEASES:
        hint = f"there are extensions for {' and '.join(RELEASES)}"
        raise BindError.at("", None, "no_extension", f"there is no extension for DuckDB {asked}", hint=hint)
    return (release,)


def install(release: str, folder: Path, command: Sequence[str]) -> Iterator[Path]:
    """Write the extensions for a release, and the words that start an engine. The files, one after the other.

    What was built without a C++ compiler has no `stratum_parser`, which is left out. Raises BindError `no_extension`
    where this installation holds none at all, `unwritable_file`.
    """
    place = place_of(release, folder)
    core, parser = files_of(release)
    for source in (core, parser) if parser.exists() else (core,):
        yield _write(place / source.name, _read(source))
    yield _write(place / COMMAND, "".join(f"{word}\n" for word in command).encode())


def installed(release: str, folder: Path) -> list[Path]:
    """The files that `install` wrote and that are there still."""
    return [path for name in _NAMES if (path := place_of(release, folder) / name).is_file()]


def remove(path: Path) -> None:
    """Remove one of the `installed`. Raises BindError `unwritable_file`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError:
        message = f"this installation of stratum-sql holds no {source.name} for it"
        hint = "python -m stratum_sql.extension.build makes them in a source tree, with cargo and a C++ compiler"
        raise BindError.at("", None, "no_extension", message, hint=hint) from None


def _write(target: Path, content: bytes) -> Path:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(target)  # a shell may be loading the one before
    except OSError as error:
        raise _unwritable(target, error) from error
    return target


def _unwritable(path: Path, error: OSError) -> StratumError:
    return BindError.at("", None, "unwritable_file", f"cannot write {path}: {error.strerror or error}")
