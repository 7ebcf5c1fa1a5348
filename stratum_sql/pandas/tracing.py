"""Functions of the script that `groupby` calls with each group: called once, with objects that write down what is done.

Only a function that does nothing but compute from its argument can be known from one call (`traceable.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, literal
from stratum_sql.pandas.grouping import Asked, has_groups
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.traceable import Traced
from stratum_sql.pandas.traced_parts import Part, Tracer, Whole
from stratum_sql.pandas.windows import Rows, has_rows


def _called(asked: Asked, node: Node, value: Expr, function: Traced) -> tuple[Tracer, Any]:
    """What the function gives for a group. Raises Declined."""
    check_groups(asked)
    tracer = Tracer(Rows(node, tuple(asked.by), asked.with_missing))
    return tracer, traced(tracer, function, Part(tracer, value))


def traced(tracer: Tracer, function: Traced, of: Any) -> Any:
    """What the function gives for a traced object. Raises Declined."""
    try:
        found = function(of)
    except Declined:
        raise
    except Exception as error:  # noqa: BLE001 pandas itself will say what is wrong
        raise Declined(f"{type(error).__name__} in a function") from None
    if tracer.reason:
        raise Declined(tracer.reason)
    return found


def check_groups(asked: Asked) -> None:
    """Raise Declined without groups."""
    if not has_rows(asked.state.node) or not has_groups(asked):
        raise Declined("a function of no groups")


def transformed(asked: Asked, value: Expr, function: Traced) -> tuple[Node, Expr, bool]:
    """The value of each row, and whether it is one of its group. Raises Declined."""
    if asked.leaves_out:
        raise Declined("a function beside rows of no group")
    tracer, found = _called(asked, asked.state.node, value, function)
    if not isinstance(found, Whole | Part):
        raise Declined("a function that gives a constant")
    text = tracer.spread(found._value) if isinstance(found, Whole) else found._value
    if text.dtype not in (FLOAT, INT, BOOL, TEXT):
        raise Declined(f"results of {text.dtype}")
    return *assigned(tracer.rows.node, "__transformed", text, here()), isinstance(found, Whole)


def summarised(asked: Asked, value: Expr, function: Traced) -> tuple[Node, Expr]:
    """An aggregate of each group, and the node that it is over. Raises Declined."""
    if value.dtype.kind in "iuf" and value.dtype not in (FLOAT, INT):  # pandas casts results to their dtype
        raise Declined(f"a function of {value.dtype}")
    tracer, found = _called(asked, asked.state.node, value, function)
    return tracer.rows.node, number_of(found)


def number_of(found: Any) -> Expr:
    """One number or text of a group, or a constant. Raises Declined for anything else."""
    if isinstance(found, bool | int | float | str | np.generic):
        return literal(found, BOOL if isinstance(found, bool | np.bool_) else _dtype(found))
    if not isinstance(found, Whole) or found._value.dtype not in (FLOAT, INT, BOOL, TEXT):
        raise Declined("a function that does not give one number")
    return found._value


def _dtype(found: Any) -> Dtype:
    return TEXT if isinstance(found, str) else FLOAT if isinstance(found, float) else INT
