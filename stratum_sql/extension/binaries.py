"""The files of the extensions: which there are, for which releases of DuckDB, and where they lie in the package."""

from __future__ import annotations

import platform as machine
from pathlib import Path

CORE = "stratum.duckdb_extension"  # one for all releases
PARSER = "stratum_parser.duckdb_extension"  # one for each
COMMAND = "stratum.command"  # beside them, once installed: what starts an engine, one word a line
RELEASES = ("1.5.6", "2.0.0")
FILES = Path(__file__).with_name("files")
_SYSTEMS = {"Linux": "linux", "Darwin": "osx"}
_PROCESSORS = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def platform() -> str:
    """The name that DuckDB has for this machine, such as linux_amd64."""
    system, processor = machine.system(), machine.machine()
    return f"{_SYSTEMS.get(system, system.lower())}_{_PROCESSORS.get(processor, processor)}"


def files_of(release: str) -> tuple[Path, Path]:
    """The two files for a release of DuckDB, in the order in which they are loaded."""
    return FILES / CORE, FILES / f"v{release}" / PARSER
