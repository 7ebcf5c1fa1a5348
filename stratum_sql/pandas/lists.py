"""Lists of texts in cells: made by `str.split` and `agg(list)`, and taken apart by `explode` and `Series.str`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from stratum_sql.pandas.aligning import assigned, labelled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, column, joined, text_literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT, LISTS, TEXT, is_lists
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import OPERATIONS, Operation, method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Explode, Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.texts import OF_LISTS, OF_SERIES, SPACE, all_missing, numbers_of

# -- made --------------------------------------------------------------------------------------------------------------

_MEANS_SOMETHING = frozenset(r"\.^$*+?{}[]|()")  # in a pattern


def split(value: Expr, pat: Any = None, *, n: Any = -1, expand: Any = False, regex: Any = None) -> Expr:
    """The parts of a text between white space, or between a text of one character or one that is no pattern, as a list.

    Raises Declined.
    """
    if n not in (-1, 0) or expand is not False:
        raise Declined("at most so many parts, or as columns")
    if pat is None:
        return _split_by_space(value)
    if not isinstance(pat, str) or pat == "":
        raise Declined("parts between other than a text")
    is_pattern = bool(set(pat) & _MEANS_SOMETHING)
    if is_pattern and (regex is True or (regex is None and len(pat) > 1)):
        raise Declined("parts between patterns")
    return Expr(joined("string_split({}, {})", value, text_literal(pat)), LISTS, value.nullable)


def _split_by_space(value: Expr) -> Expr:
    inside = joined("trim({}, {})", value, text_literal(SPACE))
    parts = joined("string_split_regex({}, {})", inside, text_literal(f"[{SPACE}]+"))
    return Expr(joined("CASE WHEN {} = '' THEN [] ELSE {} END", inside, parts), LISTS, value.nullable)


# -- taken apart -------------------------------------------------------------------------------------------------------


def _exploded(node: Node, values: list[Expr]) -> tuple[Node, list[Expr]]:
    """A row for each element, and the elements. Raises Declined."""
    columns = []
    for value in values:  # a column of its own, as it is named several times
        node, found = assigned(node, "__lists", value, here())
        columns.append(found)
    if len(columns) > 1 and not engine().answer(node, _are_equally_long(columns)):
        raise Declined("lists of one row that are not equally long")
    names = node.base.names
    listed = tuple((found, names.new("__element")) for found in columns)
    made = Explode(place=here(), names=names, child=node, lists=listed, at=names.new("__place"))
    return made, [column(name, TEXT, nullable=True) for _, name in listed]


def _are_equally_long(columns: list[Expr]) -> Any:
    first, *rest = columns
    one = "greatest(len({}), 1)"
    tests = [joined(f"{one} = {one}", first, other) for other in rest]
    return joined("coalesce(bool_and(" + " AND ".join("{}" for _ in tests) + "), true)", *tests)


@method(DataFrame, "explode", "lists of texts that the plan made, and columns without lists; one label or several")
def _explode(self: DataFrame, column: Any, ignore_index: Any = False) -> Any:
    state = self._table
    known = dict(state.columns)
    wanted = column if isinstance(column, list) else [column]
    if not wanted or not all(is_label(one) and one in known for one in wanted) or len(set(wanted)) != len(wanted):
        raise Declined("labels that are not there")
    if type(ignore_index) is not bool or not all(is_lists(known[one].dtype) for one in wanted):
        raise Declined("columns without lists")
    node, index = labelled(state, here())
    node, found = _exploded(node, [known[one] for one in wanted])
    elements: dict[Hashable, Expr] = dict(zip(wanted, found, strict=True))
    columns = tuple((label, elements.get(label, value)) for label, value in state.columns)
    return Lazy.recorded(Table(node, columns, Index(()) if ignore_index else index), is_frame=True)


@method(Series, "explode", "lists of texts that the plan made, and columns without lists")
def _explode_series(self: Series, ignore_index: Any = False) -> Any:
    state = self._vector
    if type(ignore_index) is not bool:
        raise Declined("this ignore_index")
    if not is_lists(state.value.dtype):
        return Lazy.recorded(
            Vector(state.node, state.value, state.name, Index(()) if ignore_index else state.index), is_frame=False
        )
    node, index = labelled(state, here())
    node, (found,) = _exploded(node, [state.value])
    return Lazy.recorded(Vector(node, found, state.name, Index(()) if ignore_index else index), is_frame=False)


# -- Series.str --------------------------------------------------------------------------------------------------------


def _length(series: Series) -> Any:
    value = series._vector.value
    found = Expr(joined("CAST(len({}) AS DOUBLE)", value), FLOAT, value.nullable)
    return series._with(numbers_of(series, found))


def _get(series: Series, i: Any) -> Any:
    """The element, missing where there is none."""
    value = series._vector.value
    if type(i) is not int:
        raise Declined("other than a number")
    found = Expr(joined(f"{{}}[{i + 1 if i >= 0 else i}]", value), TEXT, True)
    if all_missing(series, found):
        raise Declined("no list that is so long")  # which pandas takes for numbers
    return series._with(found)


def _join(series: Series, sep: Any) -> Any:
    value = series._vector.value
    if not isinstance(sep, str):
        raise Declined("other than a text")
    text = joined("CASE WHEN {} IS NOT NULL THEN coalesce(array_to_string({}, {}), '') END",
                  value, value, text_literal(sep))  # fmt: skip
    return series._with(Expr(text, TEXT, value.nullable))


def _slice(series: Series, start: Any = None, stop: Any = None, step: Any = None) -> Any:
    value = series._vector.value
    ends = [end for end in (start, stop) if end is not None]
    if step not in (None, 1) or any(type(end) is not int or end < 0 for end in ends):
        raise Declined("a step, or from the end")
    last = "" if stop is None else str(stop)
    return series._with(Expr(joined(f"{{}}[{(start or 0) + 1}:{last}]", value), LISTS, value.nullable))


OF_LISTS.update({"len": _length, "get": _get, "join": _join, "slice": _slice})


def _split(series: Series, pat: Any = None, *, n: Any = -1, expand: Any = False, regex: Any = None) -> Any:
    return series._with(split(series._vector.value, pat, n=n, expand=expand, regex=regex))


OF_SERIES["split"] = _split
OPERATIONS["Series", "str.split"] = Operation(
    "Series",
    "str.split",
    "white space, or a text that is no pattern; expand=True, of at most 10,000 different texts, which pandas splits; so"
    " other functions of text",
)
OPERATIONS["Series", "str.join"] = Operation("Series", "str.join", "lists of texts that the plan made")
