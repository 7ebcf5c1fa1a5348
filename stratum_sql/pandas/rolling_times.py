"""Windows of time: the rows of so much time up to each, of a whole column or within groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from stratum_sql.pandas.aligning import assigned, numbered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.kinds import BOOL
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.rolling_windows import Spec
from stratum_sql.pandas.windows import Rows


def is_time(window: Any) -> bool:
    """Whether a window is so much time, and no count of rows."""
    return isinstance(window, str | timedelta | pd.offsets.BaseOffset)


def of_times(
    node: Node, keys: Sequence[Expr], time: Expr, window: Any, min_periods: Any, closed: Any
) -> Callable[[Node], tuple[Node, Spec]]:
    """What gives a node of the same rows, and which are around each. Rows of one time are told apart by their numbers.

    Raises Declined for times that do not ascend in each group, or are missing.
    """
    has_ties = _has_ties(node, keys, time)
    spec = Spec.of_times(time, window, min_periods, closed)
    if not has_ties:
        return lambda node: (node, spec)

    def numbered_spec(node: Node) -> tuple[Node, Spec]:
        node, number = numbered(node, here())
        return node, Spec.of_times(time, window, min_periods, closed, number)

    return numbered_spec


def _has_ties(node: Node, keys: Sequence[Expr], time: Expr) -> bool:
    rows = Rows(node, tuple(keys), with_missing=True)
    before = joined("lag({}){}", time, rows.over())
    node, falls = assigned(node, "__falls", Expr(joined("coalesce({} < {}, false)", time, before), BOOL), here())
    node, ties = assigned(node, "__ties", Expr(joined("coalesce({} = {}, false)", time, before), BOOL), here())
    gap = joined("{} IS NULL", time)
    asked = [
        ("falls", joined("coalesce(bool_or({} OR {}), false)", falls, gap)),
        ("ties", joined("coalesce(bool_or({}), false)", ties)),
    ]
    found = engine().rows(node, asked, ())
    if found.column(0)[0].as_py():
        raise Declined("times that do not ascend, or are missing")
    return bool(found.column(1)[0].as_py())


def checked(node: Node, time: Expr) -> Expr:
    """The time. Raises Declined for times that neither ascend nor descend, or are missing."""
    rows = Rows(node, (), with_missing=True)
    before = joined("lag({}){}", time, rows.over())
    node, falls = assigned(node, "__falls", Expr(joined("coalesce({} < {}, false)", time, before), BOOL), here())
    node, rises = assigned(node, "__rises", Expr(joined("coalesce({} > {}, false)", time, before), BOOL), here())
    text = joined("coalesce(bool_or({} IS NULL) OR (bool_or({}) AND bool_or({})), false)", time, falls, rises)
    if engine().answer(node, text):
        raise Declined("times in no order, or missing")
    return time
