"""Columns that are added to the same rows, as SELECTs: as few as their needs of one another allow.

A SELECT for each column, as is shown to people, takes DuckDB seconds for some hundred columns. Aggregates beside their
rows are made once for each set of keys and joined back, which is faster than windows: those sort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from stratum_sql.pandas.expressions import Text, running
from stratum_sql.pandas.needs import names_in
from stratum_sql.pandas.plan import LOOKED_UP, Assign, Beside, Lookup, Node, Step
from stratum_sql.quoting import quote

Spell = Callable[[Text], str]


def levels(steps: Sequence[Step]) -> list[list[Step]]:
    """The steps, the first one first, as lists of such that need none of their own list."""
    at: dict[str, int] = {}
    found: list[list[Step]] = []
    for step in steps:
        read = [name for text in _texts(step) for name in names_in(running(text))]
        level = max((at[name] for name in read if name in at), default=-1) + 1
        at[quote(step.name)] = level
        if level == len(found):
            found.append([])
        found[level].append(step)
    return found


def _texts(step: Step) -> Iterable[Text]:
    """What it is made of, over the same rows."""
    yield step.on.text if isinstance(step, Lookup) else step.value.text
    if isinstance(step, Beside):
        yield from (key.text for key in step.keys)


def select(steps: Sequence[Step], source: str, spelled: Spell, named: Callable[[Node], str]) -> str:
    """One SELECT that adds the steps, none of which needs another, to all columns of `source`.

    `named` gives the names of other relations.
    """
    own = [f"{spelled(step.value.text)} AS {quote(step.name)}" for step in steps if isinstance(step, Assign)]
    joins: list[str] = []
    for group in _groups(steps):
        number = len(joins) + 1
        besides = [step for step in group if isinstance(step, Beside)]
        lookups = [step for step in group if isinstance(step, Lookup)]
        joins.append(
            _joined(besides, number, source, spelled) if besides else _looked_up(lookups, number, spelled, named)
        )
        own += [f"by_{number}.{quote(step.name)}" for step in group]
    if not joins:
        return f"SELECT *, {', '.join(own)} FROM {source}"
    return f"SELECT each_row.*, {', '.join(own)} FROM {source} AS each_row{''.join(joins)}"


def _groups(steps: Sequence[Step]) -> Iterable[list[Step]]:
    """The steps that one join makes: aggregates of the same keys, values of the same rows of another relation."""
    found: dict[object, list[Step]] = {}
    for step in steps:
        if isinstance(step, Beside):
            found.setdefault((step.with_missing, *(key.text for key in step.keys)), []).append(step)
        elif isinstance(step, Lookup):
            found.setdefault((step.rows, step.on.text, step.key.text), []).append(step)
    return found.values()


def _looked_up(group: Sequence[Lookup], number: int, spelled: Spell, named: Callable[[Node], str]) -> str:
    first = group[0]
    listed = [f"{spelled(first.key.text)} AS {quote(LOOKED_UP)}"]
    listed += [f"{spelled(step.value.text)} AS {quote(step.name)}" for step in group]
    on = f"{spelled(first.on.text)} = by_{number}.{quote(LOOKED_UP)}"
    return f"\n  LEFT JOIN (SELECT {', '.join(listed)} FROM {named(first.rows)}) AS by_{number} ON {on}"


def _joined(group: Sequence[Beside], number: int, source: str, spelled: Spell) -> str:
    first = group[0]
    keys = [spelled(key.text) for key in first.keys]
    values = [f"{spelled(step.value.text)} AS {quote(step.name)}" for step in group]
    listed = [f"{key} AS {quote(name)}" for key, name in zip(keys, first.key_names, strict=True)]
    missing = [] if first.with_missing else [key for key, value in zip(keys, first.keys, strict=True) if value.nullable]
    where = " WHERE " + " AND ".join(f"{key} IS NOT NULL" for key in missing) if missing else ""
    grouped = f"SELECT {', '.join([*listed, *values])} FROM {source}{where} GROUP BY {', '.join(keys)}"
    on = " AND ".join(
        f"{key} {'IS NOT DISTINCT FROM' if first.with_missing and value.nullable else '='} by_{number}.{quote(name)}"
        for key, value, name in zip(keys, first.keys, first.key_names, strict=True)
    )
    return f"\n  LEFT JOIN ({grouped}) AS by_{number} ON {on}"
