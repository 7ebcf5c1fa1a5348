"""Builds the extensions of DuckDB out of a source tree, into `stratum_sql/extension/files`.

    python -m stratum_sql.extension.build

`stratum` is a Rust library, one for all releases. `stratum_parser` is C++ and one for each release (`RELEASES`): it
reads the layouts of that release from its headers, which the crate libduckdb-sys carries; no DuckDB is compiled.
Without a C++ compiler it is left out, with a line that says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import stratum_sql
from stratum_sql.extension.binaries import CORE, FILES, PARSER, RELEASES, platform
from stratum_sql.extension.footer import footer, write_extension

ROOT = Path(__file__).parents[2]
RUST = ROOT / "rust_udfs"
WORK = RUST / "target" / "extension"
_API = "v1.5.6"  # the lowest release whose C API has all that is called
_NO_COMPILER = "no C++ compiler: TRAIN MODEL cannot be typed in a stock DuckDB; install g++ or clang++, or set CXX"

# Nothing is exported but the entry point, and what the compiled-in file of DuckDB would call is dropped with it. Checks
# of null pointers would call into DuckDB.
_FLAGS = ["-std=c++17", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-fvisibility-inlines-hidden"]
_FLAGS += ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-Wl,--no-undefined", "-Wl,-s"]
_FLAGS += ["-DDUCKDB_DEBUG_NO_SAFETY"]
_USED = ("src/main/extension_callback_manager.cpp",)  # beside the headers


class BuildError(Exception):
    """A step failed; the text is what it said."""


def main() -> int:
    """Build all that can be built here; 0 unless a step failed."""
    try:
        for line in build():
            print(line)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build() -> Iterator[str]:
    """Build, and yield a line about each file. Raises BuildError."""
    yield f"{build_core()}"
    if find_compiler() is None:
        yield f"left out: {PARSER}: {_NO_COMPILER}"
        return
    with ThreadPoolExecutor() as pool:
        yield from map(str, pool.map(build_parser, RELEASES))


def build_core() -> Path:
    """Build the Rust extension; where it is."""
    command = ["build", "--release", "--manifest-path", str(RUST / "extension" / "Cargo.toml")]
    said = _cargo([*command, "--message-format", "json-render-diagnostics"])
    messages = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    made = [path for message in messages for path in message.get("filenames", ()) if _is_library(message, path)]
    return _write(Path(made[-1]), FILES / CORE)


def build_parser(release: str) -> Path:
    """Build the C++ extension for one release of DuckDB; where it is. Raises BuildError."""
    library = WORK / release / "stratum_parser.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    compile_cpp(RUST / "parser" / "stratum_parser.cpp", library, (*_FLAGS, *_for_release(release)))
    return _write(library, FILES / f"v{release}" / PARSER)


def find_compiler() -> str | None:
    """The C++ compiler: `CXX`, or the first on the path."""
    named = os.environ.get("CXX")
    return next(
        (found for name in ([named] if named else ["c++", "g++", "clang++"]) if (found := shutil.which(name))), None
    )


def compile_cpp(source: Path, target: Path, flags: Sequence[str]) -> None:
    """Compile and link one file. Raises BuildError."""
    compiler = find_compiler()
    if compiler is None:
        raise BuildError(_NO_COMPILER)
    _run([compiler, *flags, str(source), "-o", str(target)])


def headers(release: str) -> Path:
    """The folder with DuckDB's headers of one release, fetched and unpacked the first time."""
    manifest = RUST / "parser" / "headers" / f"duckdb-{release}" / "Cargo.toml"
    described = json.loads(_cargo(["metadata", "--format-version", "1", "--manifest-path", str(manifest)]))
    crate = next(one for one in described["packages"] if one["name"] == "libduckdb-sys")
    folder = WORK / f"headers-{crate['version']}"
    if not folder.exists():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}")
        _unpack(Path(crate["manifest_path"]).with_name("duckdb.tar.gz"), draft)
        draft.rename(folder)
    return folder / "duckdb"


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        wanted = [one for one in tar if one.name.endswith((".h", ".hpp", *_USED))]
        tar.extractall(folder, wanted, filter="data")


def _for_release(release: str) -> tuple[str, ...]:
    root = headers(release)
    folders = [
        root,
        root / "src" / "include",
        *(root / "third_party").glob("*"),
        *(root / "third_party").glob("*/include"),
    ]
    names = [f'-DSTRATUM_DUCKDB_VERSION="v{release}"', f"-DSTRATUM_DUCKDB_{release.partition('.')[0]}"]
    return (*names, *(f"-I{folder}" for folder in folders))


def _is_library(message: dict[str, object], path: str) -> bool:
    return str(message.get("manifest_path", "")).startswith(str(RUST / "extension")) and path.endswith(".so")


def _write(library: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_extension(library, target, footer(_API, platform(), stratum_sql.__version__))
    return target


def _cargo(arguments: list[str]) -> str:
    return _run(["cargo", *arguments])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    except OSError as error:
        raise BuildError(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise BuildError(f"{done.stderr}\nfailed: {' '.join(command[:4])} …")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
