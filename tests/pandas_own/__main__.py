"""Run pandas' own tests with the door in its place: `python -m tests.pandas_own [FAMILY…] [--most N] [--write]`.

`--most N`: at most so many parameters of each test. `--write` keeps the counts in docs/pandas-conformance.md.
Exit code: 0 if no test differs, 1 if one does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.pandas_own.applicable import TESTS
from tests.pandas_own.report import Counts, counted, page

FAMILIES = ("frame", "groupby", "reshape", "window", "strings", "reductions")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "pandas-conformance.md"
Line = dict[str, object]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="conformance pandas", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--most", type=int, default=0, metavar="N", help="at most N parameters of each test")
    parser.add_argument("--write", action="store_true", help="write docs/pandas-conformance.md")
    asked = parser.parse_args(arguments)
    unknown = [family for family in asked.families if family not in FAMILIES]
    if unknown:
        parser.error(f"no family {unknown[0]!r}; there are {', '.join(FAMILIES)}")
    found = {family: of_family(family, asked.most) for family in asked.families or FAMILIES}
    for family, counts in found.items():
        print(family, counts)
        for name, error in counts.different:
            print(f"  {name}: {error}")
    if asked.write:
        PAGE.write_text(page(found, asked.most), encoding="utf-8")
    return 1 if any(counts.different for counts in found.values()) else 0


def of_family(family: str, most: int) -> Counts:
    """The tests of one folder of pandas. Those that fail are run once more with pandas itself."""
    lines = run([TESTS / family], most=most)
    failed = [str(line["id"]) for line in lines if line["outcome"] == "failed"]
    plain = run([TESTS / name for name in sorted({name.split("::")[0] for name in failed})], ids=failed, plain=True)
    return counted(lines, {str(line["id"]) for line in plain if line["outcome"] == "passed"})


def run(paths: Sequence[Path], *, most: int = 0, ids: Sequence[str] | None = None, plain: bool = False) -> list[Line]:
    """What became of the tests in these files, of all or of those named; with `plain` pandas itself runs them."""
    if not paths:
        return []
    with tempfile.TemporaryDirectory() as folder:
        out, settings, chosen = (Path(folder) / name for name in ("out.jsonl", "pytest.ini", "ids.json"))
        settings.write_text("[pytest]\n")
        out.touch()
        command = [sys.executable, "-m", "pytest", *map(str, paths), "-c", str(settings), "--rootdir", "/", "-q"]
        command += ["-p", "no:cacheprovider", "-p", "tests.pandas_own.plugin", "--door-out", str(out), "-W", "ignore"]
        command += ["--door-most", str(most)]
        if ids is not None:
            chosen.write_text(json.dumps(list(ids)))
            command += ["--door-ids", str(chosen)]
        subprocess.run(command, cwd=ROOT, env=environment(plain=plain), stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def environment(*, plain: bool) -> dict[str, str]:
    """Text is `object` for both sides, as the door has it."""
    extra = {"PANDAS_FUTURE_INFER_STRING": "0", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return {**os.environ, **extra, **({"DOOR_PLAIN": "1"} if plain else {})}


if __name__ == "__main__":
    sys.exit(main())
