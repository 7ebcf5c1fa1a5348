"""Which calls of pandas have a translation: the table of docs/pandas.md, from the declarations.

python -m stratum_sql.pandas.coverage    writes it
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

import stratum_sql.pandas as door
from stratum_sql.pandas.lazy import RESULTS
from stratum_sql.pandas.learning import fold_rows  # noqa: F401 rows by position, where they are a fold
from stratum_sql.pandas.operations import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "pandas.md"
BEGIN, END = "<!-- from the declarations -->", "<!-- to here -->"
Kind = Literal["native", "result", "fallback", "refused"]

_OWNERS = {
    "DataFrame": pd.DataFrame,
    "Series": pd.Series,
    "GroupBy": pd.api.typing.DataFrameGroupBy,
    "pandas": pd,
}


def kinds(owner: str) -> dict[str, Kind]:
    """Each public name of a class or of the module, and what becomes of a call of it."""
    listed = {name for name in dir(_OWNERS[owner]) if not name.startswith("_")}
    listed |= {name for known, name in OPERATIONS if known == owner}
    found: dict[str, Kind] = {}
    for name in sorted(listed):
        if (owner, name) in OPERATIONS or _is_property(owner, name):
            found[name] = "native"
        elif owner in ("DataFrame", "Series") and name in RESULTS:
            found[name] = "result"
        elif owner == "pandas" and name.startswith("read_"):
            found[name] = "refused"
        else:
            found[name] = "fallback"
    return found


def _is_property(owner: str, name: str) -> bool:
    kind = {"DataFrame": door.DataFrame, "Series": door.Series}.get(owner)
    return kind is not None and isinstance(vars(kind).get(name), property)


def table() -> str:
    """The counts, and a row for each native call."""
    lines = [
        "| of | native | results | pandas itself | pandas itself, but an error in a session for foreign statements |"
    ]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for owner in _OWNERS:
        found = list(kinds(owner).values())
        lines.append(f"| `{owner}` | " + " | ".join(str(found.count(kind)) for kind in _KINDS) + " |")
    lines += ["", "| call | for which arguments |", "| --- | --- |"]
    for operation in sorted(OPERATIONS.values(), key=lambda one: (one.owner, one.name)):
        lines.append(f"| `{operation.owner}.{operation.name}` | {operation.note or 'any'} |")
    for owner in _OWNERS:
        names = ", ".join(f"`{name}`" for name, kind in kinds(owner).items() if kind in ("fallback", "refused"))
        lines += ["", f"Pandas itself, of `{owner}`: {names}."]
    return "\n".join(lines) + "\n"


_KINDS: tuple[Kind, ...] = ("native", "result", "fallback", "refused")


def page(text: str) -> str:
    """The page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
