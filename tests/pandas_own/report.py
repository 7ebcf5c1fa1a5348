"""The tests counted, and the page that tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import stratum_sql.pandas  # noqa: F401 which declares the operations
from stratum_sql.pandas.operations import OPERATIONS
from stratum_sql.pandas.rolling import NAMES
from tests.pandas_own.applicable import reason

_HEAD = """# pandas' own tests

The tests that come with pandas, run with the recording frame in place of pandas' own:
`./run conformance pandas [FAMILY…]`, where a family is a folder of `pandas/tests`. A test's module and its fixtures
import the door, each call is run at once, and what is compared is pandas' own by then. The tests are not copied: they
are those of the pandas that is installed.

* *native*: it passes, and every call of it was in the plan.
* *supported*: it is native, or it passes and every call of it is native in the table of [pandas.md](pandas.md), for
  some arguments; the *share* of these is native.
* *with pandas*: it passes, and pandas itself did a part, as the log tells; it did no call
  that it refuses, by an error.
* *untouched*: it passes, and asks nothing of a recorded frame, such as what a constructor raises.
* *not applicable*: it fails, and asks for something that the door does not promise; the reasons are below.
* *different*: it fails otherwise. There must be none.

Tests that pandas itself fails here, or leaves out, are not counted. Text is `object` on both sides, and `None` in a
column of text is `NaN`, as [pandas.md](pandas.md) says.
"""


@dataclass(frozen=True)
class Counts:
    """Of one family. `reasons` count those that are not applicable, `different` are names and what was said."""

    native: int
    supported: int
    with_pandas: int
    untouched: int
    reasons: Counter[str]
    different: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """All that count."""
        return self.native + self.with_pandas + self.untouched + self.not_applicable + len(self.different)

    @property
    def share(self) -> float:
        """The native ones of those that concern supported operations alone."""
        return self.native / self.supported if self.supported else 0.0

    @property
    def not_applicable(self) -> int:
        """Those that ask for something the door does not promise."""
        return self.reasons.total()

    def __str__(self) -> str:
        return (
            f"{self.total:,} tests: {self.native:,} native, {self.share:.0%} of {self.supported:,} supported, "
            f"{self.with_pandas:,} with pandas, "
            f"{self.untouched:,} untouched, {self.not_applicable:,} not applicable, {len(self.different):,} different"
        )


def counted(lines: Sequence[Mapping[str, Any]], by_pandas: set[str]) -> Counts:
    """The counts; a test that failed counts if pandas itself passes it, which `by_pandas` names."""
    passed = [line for line in lines if line["outcome"] == "passed"]
    failed = [line for line in lines if line["outcome"] == "failed" and line["id"] in by_pandas]
    whys = {line["id"]: reason(line["id"], line.get("error", "")) for line in failed}
    told = {line["id"]: str(line.get("error", "")).splitlines()[0] if line.get("error") else "" for line in failed}
    with_pandas = sum(1 for line in passed if line["fallbacks"])
    native = sum(map(is_native, passed))
    return Counts(
        native=native,
        supported=sum(1 for line in passed if is_native(line) or is_supported([*line["calls"], *line["fallbacks"]])),
        with_pandas=with_pandas,
        untouched=len(passed) - native - with_pandas,
        reasons=Counter(why for why in whys.values() if why is not None),
        different=tuple((name, told[name]) for name, why in whys.items() if why is None),
    )


def is_native(line: Mapping[str, Any]) -> bool:
    """Whether there are calls, and all of them were in the plan: also those that are done once for each value."""
    return bool(line["calls"]) and not line["fallbacks"]


def is_supported(calls: Sequence[str]) -> bool:
    """Whether there are calls, and each has a translation for some arguments."""
    return bool(calls) and all(call in _SUPPORTED for call in calls)


_SUPPORTED = {f"{owner}.{name}" for owner, name in OPERATIONS} | {"the engine"}  # which may refuse an overflow
_SUPPORTED |= {
    f"{owner}.{kind}.{name}"
    for owner in ("DataFrame", "Series", "GroupBy")
    for kind in ("rolling", "expanding")
    for name in NAMES
}
_COLUMNS = (
    "family",
    "tests",
    "native",
    "supported",
    "share",
    "with pandas",
    "untouched",
    "not applicable",
    "different",
)


def page(found: Mapping[str, Counts], most: int) -> str:
    """The page of docs/pandas-conformance.md."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("pandas", "numpy", "duckdb"))
    share = f" At most {most} parameter{'s' * (most > 1)} of each test." if most else ""
    rows = [f"| {' | '.join(_COLUMNS)} |", "| --- " + "| ---: " * (len(_COLUMNS) - 1) + "|"]
    for family, counts in found.items():
        rest = (counts.with_pandas, counts.untouched, counts.not_applicable, len(counts.different))
        rows.append(
            f"| `{family}` | {counts.total:,} | {counts.native:,} | {counts.supported:,} | {counts.share:.0%} | "
            + " | ".join(f"{number:,}" for number in rest)
            + " |"
        )
    reasons: Counter[str] = sum((counts.reasons for counts in found.values()), Counter())
    whys = ["| not applicable: they ask for | tests |", "| --- | ---: |"]
    whys += [f"| {why} | {count:,} |" for why, count in reasons.most_common()]
    known = [f"* `{name}`" for counts in found.values() for name, _ in counts.different]
    differ = ["", "Different, and to be mended:", "", *known] if known else []
    day = f"{datetime.now(UTC):%Y-%m-%d}, {versions}.{share}"
    return "\n".join([_HEAD, day, "", *rows, "", *whys, *differ]) + "\n"
