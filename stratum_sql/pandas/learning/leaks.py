"""Statistics over rows that a later split holds out: told, not corrected, as the script is to give what it gives."""

from __future__ import annotations

from collections.abc import Iterator

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Answer, Exact, Text, running
from stratum_sql.pandas.needs import expressions
from stratum_sql.pandas.places import Place
from stratum_sql.pandas.plan import Aggregate, Assign, Beside, Explode, Filter, Join, Lookup, Node, Step, Union
from stratum_sql.pandas.states import State, Table
from stratum_sql.quoting import quote


def look_for_leaks(place: Place, states: tuple[State, ...]) -> None:
    """Note each statistic that the features of these frames were made with; `place` is where rows are split."""
    for state in states:
        if isinstance(state, Table):
            for found in _statistics(state.node, [value.text for _, value in state.columns]):
                engine().leaks.setdefault((found, place), str(found))


def note_fit(place: Place, split: Place, what: str) -> None:
    """Note a transform that was fitted on all rows, before they were split."""
    engine().leaks.setdefault((place, split), what)


def _statistics(node: Node, texts: list[Text]) -> Iterator[Place]:
    """Where the columns that `texts` name were given a number asked of all rows, or one of a group of them."""
    used = " ".join(running(text) for text in texts)
    while isinstance(node, Step):
        if quote(node.name) in used:
            used = " ".join([used, *(running(value.text) for value in expressions(node))])
            yield from _of_step(node)
        node = node.child
    if isinstance(node, Aggregate):
        yield node.place
        return
    if isinstance(node, Filter) and _asks(node.condition.text):
        yield node.place
    if isinstance(node, Join):
        for _, side, value in node.columns:
            child = node.left if side == "l" else node.right
            if any(quote(name) in used for name, of, held in node.columns if of == side and held is value):
                yield from _statistics(child, [value.text])
        return
    if isinstance(node, Union):
        for child, _, values in node.parts:
            yield from _statistics(child, [value.text for value in values])
        return
    for child in node.reads:
        yield from _statistics(child, [(used,)])


def _of_step(node: Step) -> Iterator[Place]:
    """Where a column that is used was made of many rows; windows along the rows, such as `shift`, look no further."""
    if isinstance(node, Beside) or _asks(node.value.text):
        yield node.place
    elif isinstance(node, Assign):
        if any(not one.startswith(_along(node)) for one in _windows(running(node.value.text))):
            yield node.place
    elif isinstance(node, Lookup) and not isinstance(node.rows, Explode):  # else values of groups, list by list
        yield from _statistics(node.rows, [node.value.text, node.key.text])


def _along(node: Step) -> str:
    return f"ORDER BY {', '.join(node.child.order)}"


def _windows(text: str) -> Iterator[str]:
    """What stands in the brackets of each OVER, from ORDER BY on."""
    for after in text.split(" OVER (")[1:]:
        depth, end = 1, 0
        while depth and end < len(after):
            depth += {"(": 1, ")": -1}.get(after[end], 0)
            end += 1
        inside = after[: end - 1]
        yield inside[inside.find("ORDER BY ") :] if "ORDER BY " in inside else ""


def _asks(text: Text) -> bool:
    return any(isinstance(part, Answer) or (isinstance(part, Exact) and _asks(part.shown)) for part in text)
