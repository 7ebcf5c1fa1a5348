"""What ships: the wheel, and the wheel built from the sdist, hold every file of the package and nothing else.

A clone whose links are plain files (`core.symlinks=false`) would build a wheel without grammar and optimizer, and
without an error: this test is that error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from stratum_sql.extension.binaries import FILES

ROOT = Path(__file__).parents[1]
LINKS = ("grammar", "optimizer")
TARGET = ROOT / "rust_udfs" / "target"  # that of the editable install: nothing is compiled again

pytestmark = pytest.mark.timeout(900)  # two release builds; the first time all libraries of the second one, too


def repository_files() -> set[str]:
    """The files of the package as a wheel names them: those git has or would take, else those that lie there."""
    folders = ["stratum_sql", *LINKS]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]
    else:
        found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
        names = [path.relative_to(ROOT).as_posix() for path in found if path.suffix not in (".pyc", ".so")]
    files = {name for name in names if (ROOT / name).is_file()}
    # What lies behind a link is listed where it really is.
    real = {name for name in files if not name.startswith(tuple(f"stratum_sql/{link}" for link in LINKS))}
    return {f"stratum_sql/{name}" if name.split("/")[0] in LINKS else name for name in real}


def maturin(folder: Path, command: str, out: Path, target: Path = TARGET) -> Path:
    """Run maturin in `folder`; the one file it wrote into `out`. What cargo makes is kept in `target`."""
    arguments = [command, "--out", str(out)] + (["--release"] if command == "build" else [])
    env = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    call = [sys.executable, "-m", "maturin", *arguments]
    done = subprocess.run(call, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (written,) = out.iterdir()
    return written


def own_target() -> Path:
    """A target folder of its own: cargo would take a copy of the sources for those of the editable install. The first
    time it is given what that made of other people's crates, which takes longer to compile than ours."""
    own = TARGET / "sdist"
    if not own.exists():
        unlike = shutil.ignore_patterns("incremental", "*stratum*", "*_rust_udfs*")
        shutil.copytree(TARGET / "release", own / "release", ignore=unlike)
    return own


def wheel_files(wheel: Path) -> set[str]:
    """The files of the package in a wheel, without the compiled library, of which there must be one."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name and not name.endswith("/")}
    libraries = {name for name in names if name.endswith((".so", ".pyd"))}
    assert len(libraries) == 1
    assert all(name.startswith("stratum_sql/_rust_udfs.") for name in libraries)
    return names - libraries


def built_extensions() -> set[str]:
    """The extensions of DuckDB: built before the wheel, ignored by git."""
    return {path.relative_to(ROOT).as_posix() for path in FILES.rglob("*.duckdb_extension")}


def test_the_links_are_links() -> None:
    for link in LINKS:
        assert (ROOT / "stratum_sql" / link).resolve() == ROOT / link
        assert (ROOT / "stratum_sql" / link / "__init__.py").is_file()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maturin(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    files = wheel_files(maturin(ROOT, "build", tmp_path))
    assert files == repository_files() | built_extensions()
    assert {"stratum_sql/py.typed", "stratum_sql/_rust_udfs.pyi"} <= files
    assert not [name for name in files if "__pycache__" in name]


def test_the_wheel_of_the_sdist_holds_the_same(sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
        assert {"rust_udfs/parser/rewrite.hpp", "rust_udfs/parser/headers/duckdb-2.0.0/Cargo.toml"} <= sources
        assert "rust_udfs/extension/src/lib.rs" in sources
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    lock = ROOT / "rust_udfs" / "Cargo.lock"
    if lock.exists() and not (source / "rust_udfs" / "Cargo.lock").exists():
        shutil.copy(lock, source / "rust_udfs")  # the same versions as the editable install: nothing is compiled again
    for path in source.rglob("*.rs"):
        path.touch()  # cargo compares times, and an archive's are old
    wheel = maturin(source, "build", tmp_path / "wheel", own_target())
    assert wheel_files(wheel) == repository_files()
