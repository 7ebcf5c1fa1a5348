"""Taking the WHERE off a head: the rows it keeps, as a condition over rows that other statements read as well.

    SELECT a, y FROM t WHERE b > 3      is      SELECT a, y, (b > 3) FROM t      where that column is true

Only where nobody could tell. What is seen over more rows must not see more (a window does), must be the same each time
(`random()` is not), and must not fail over a row that WHERE keeps away: `7 % x` fails over a zero, `s::INT` over a
word. So the items and the condition may hold nothing but operators and functions that take every value. Two failures
are not foreseen: a whole number past the largest one, and a text that DuckDB turns into a number to compare it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import TokenType

from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Tree
from stratum_sql.bind.head import Head, at_depth_zero, below, functions_in, tokens_of
from stratum_sql.bind.names import Names

# Functions of DuckDB that give one answer for one row, and an answer for every value.
_OPERATORS = "+ - * / ** ^ || ~~ !~~ ~~* !~~* ~~~"
_DIVISIONS = frozenset(("//", "%"))  # by zero they fail
_TEXTS = """
    lower upper lcase ucase length len strlen trim ltrim rtrim left right substring substr replace concat concat_ws
    contains starts_with prefix suffix ends_with reverse strip_accents like_escape not_like_escape
    ilike_escape not_ilike_escape
"""
_NUMBERS = (
    "abs ceil ceiling floor round sign trunc isnan isinf isfinite greatest least hash ln log10 log2 sqrt cbrt exp"
)
_TIMES = """
    year month day hour minute second millisecond microsecond dayofweek weekday isodow dayofyear week weekofyear quarter
    century decade epoch monthname dayname last_day today now get_current_timestamp current_date transaction_timestamp
"""
_OTHERS = """
    list_value struct_pack row array_value struct_extract list_contains list_has array_contains list_extract
    array_extract
"""
TOTAL_FUNCTIONS = frozenset(f"{_OPERATORS} {_TEXTS} {_NUMBERS} {_TIMES} {_OTHERS}".split())
_CONSTANT_FUNCTIONS = frozenset(("to_years", "to_months", "to_weeks", "to_days", "to_hours", "to_minutes"))
_PARTS = frozenset(("date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff"))  # of a name that fits
_AGGREGATES = frozenset(("count", "count_star", "sum", "avg", "mean", "min", "max"))

_TOTAL_CLASSES = frozenset(
    ("COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "BETWEEN", "CASE", "OPERATOR", "STAR", "TYPE", "LAMBDA")
)
_COMPARED_CLASSES = frozenset(("COMPARISON", "BETWEEN"))
_COMPARED_OPERATORS = frozenset(("COMPARE_IN", "COMPARE_NOT_IN"))
_SURE_DIGITS = 18  # so many digits are a BIGINT
_BOOLEAN_CLASSES = frozenset(("COMPARISON", "CONJUNCTION", "BETWEEN"))
_BOOLEAN_OPERATORS = frozenset(
    ("OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "COMPARE_IN", "COMPARE_NOT_IN")
)


def without_filter(head: Head, cut: tuple[Composed, Composed] | None, names: Names) -> tuple[Composed, str] | None:
    """The text behind the select list without its WHERE, and the condition as a BOOLEAN expression; `cut` is what
    `cut_filter` gave.

    None where the head, which must be `simple` and have items that are total alone, has no WHERE, or where filtering
    later could make a difference.
    """
    where = head.tree.get("where_clause")
    if cut is None or where is None or _has_own_star(where) or not _can_wait(head, where, names):
        return None
    rest, condition = cut
    return rest, condition.text if _is_boolean(where) else f"CAST(({condition.text}) AS BOOLEAN)"


def cut_filter(after: Composed) -> tuple[Composed, Composed] | None:
    """The text behind the select list of a `simple` head before its WHERE, and the words after that; None without."""
    outer = list(at_depth_zero(tokens_of(after.text) or ()))
    places = [number for number, (_, token) in enumerate(outer) if token.token_type == TokenType.WHERE]
    if len(places) != 1 or places[0] + 1 >= len(outer):
        return None
    where, first, last = outer[places[0]][1], outer[places[0] + 1][1], (tokens_of(after.text) or ())[-1]
    return after.cut(0, where.start), after.cut(first.start, last.end + 1)


def shape_of(condition: Any) -> Any:
    """What DuckDB's binder sees of a condition: numbers that a column is compared with count by their kind alone.

    If one condition over a relation can be bound, so can every other of the same shape.
    """
    if isinstance(condition, list):
        return tuple(map(shape_of, condition))
    if not isinstance(condition, dict):
        return condition
    compared = condition.get("class") in _COMPARED_CLASSES or condition.get("type") in _COMPARED_OPERATORS
    return tuple(
        (key, _shape_of_number(value) if compared else shape_of(value))
        for key, value in condition.items()
        if key not in ("query_location", "query_location_length")
    )


def _shape_of_number(part: Any) -> Any:
    if isinstance(part, list):
        return tuple(map(_shape_of_number, part))
    literal = part.get("literal") if isinstance(part, dict) and part.get("class") == "CONSTANT" else None
    whole = literal is not None and literal.get("kind") == "INTEGER" and len(literal["text"]) <= _SURE_DIGITS
    return "whole number" if whole else shape_of(part)


def _is_boolean(tree: Tree) -> bool:
    if tree.get("class") == "SUBQUERY":
        return tree.get("subquery_type") != "SCALAR"
    return tree.get("class") in _BOOLEAN_CLASSES or tree.get("type") in _BOOLEAN_OPERATORS


def _has_own_star(tree: Any) -> bool:
    """Whether it stands for several conditions, `COLUMNS(*) > 0`; the stars of subqueries do not count."""
    if isinstance(tree, list):
        return any(map(_has_own_star, tree))
    if not isinstance(tree, dict) or tree.get("class") == "SUBQUERY":
        return False
    return tree.get("class") == "STAR" or any(map(_has_own_star, below(tree)))


def _can_wait(head: Head, where: Tree, names: Names) -> bool:
    if any(join.get("ref_type") == "CROSS" for join in _joins(head.tree.get("from_table"))):
        return False  # `FROM a, b WHERE a.id = b.id`: without WHERE every row of a meets every row of b
    return is_total(where, names)


def _joins(tree: Any) -> Iterator[Tree]:
    """The joins of a FROM clause; those inside subqueries are not seen."""
    if isinstance(tree, dict) and tree.get("type") == "JOIN":
        yield tree
        yield from _joins(tree.get("left"))
        yield from _joins(tree.get("right"))


def is_total(tree: Any, names: Names) -> bool:
    """Whether an expression has one answer for every row, and never fails."""
    if isinstance(tree, list):
        return all(is_total(item, names) for item in tree)
    if not isinstance(tree, dict):
        return True
    if tree.get("class") == "SUBQUERY":
        return _is_total_subquery(tree, names)
    if tree.get("class") == "STAR":  # what else it says is about names of columns
        return is_total(tree.get("replace_list"), names)
    return _is_total_node(tree, names) and all(is_total(value, names) for value in below(tree))


def _is_total_node(tree: Tree, names: Names) -> bool:
    kind = tree.get("class")
    if kind == "FUNCTION":
        return _is_total_call(tree) or names.transform(tree) is not None
    if kind == "CAST":
        return bool(tree.get("try_cast")) or not _reads_columns(tree)
    return kind is None or kind in _TOTAL_CLASSES


def _is_total_subquery(tree: Tree, names: Names) -> bool:
    """Whether it is a test of a query's rows, `x IN (SELECT …)`, or an aggregate of them, that never fails."""
    within = functions_in(tree.get("subquery"), into_subqueries=True)
    known = all(_is_total_call(call) or str(call.get("function_name")).lower() in _AGGREGATES for call in within)
    scalar = tree.get("subquery_type") == "SCALAR"
    return known and (not scalar or _gives_one_row(tree)) and not _casts(tree) and is_total(tree.get("child"), names)


def _casts(tree: Any) -> bool:
    if isinstance(tree, list):
        return any(map(_casts, tree))
    if not isinstance(tree, dict):
        return False
    own = tree.get("class") == "CAST" and not tree.get("try_cast") and _reads_columns(tree)
    return own or any(map(_casts, below(tree)))


def _is_total_call(call: Tree) -> bool:
    name = str(call.get("function_name", "")).lower()
    if name in _DIVISIONS:
        return _is_nonzero(call["arguments"][-1]["expression"])
    if name in _PARTS:
        return bool(call["arguments"][0]["expression"].get("class") == "CONSTANT")
    return name in TOTAL_FUNCTIONS or (name in _CONSTANT_FUNCTIONS and not _reads_columns(call))


def _is_nonzero(tree: Tree) -> bool:
    """Whether it is a constant number that is written with a digit from 1 to 9."""
    text = str((tree.get("literal") or {}).get("text", ""))
    return tree.get("class") == "CONSTANT" and any(digit in text.lower().split("e")[0] for digit in "123456789")


def _reads_columns(tree: Any) -> bool:
    if isinstance(tree, list):
        return any(_reads_columns(item) for item in tree)
    if not isinstance(tree, dict):
        return False
    return tree.get("class") in {"COLUMN_REF", "SUBQUERY", "STAR"} or any(map(_reads_columns, below(tree)))


def _gives_one_row(subquery: Tree) -> bool:
    """Whether it is an aggregate over all its rows, `(SELECT avg(x) FROM t)`: two rows would be an error."""
    node = (subquery.get("subquery") or {}).get("node") or {}
    items = node.get("select_list") or []
    return bool(
        node.get("type") == "SELECT_NODE"
        and len(items) == 1
        and items[0].get("class") == "FUNCTION"
        and str(items[0].get("function_name")).lower() in _AGGREGATES
        and not node.get("group_expressions")
        and not node.get("group_sets")
    )
