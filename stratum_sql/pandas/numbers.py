"""Numbers that a script asked of a column: NumPy's own, that know where they are from.

Used in a later expression, the SQL that is shown asks the question again instead of holding its answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stratum_sql.pandas.expressions import Text
from stratum_sql.pandas.plan import Node


class AskedFloat(np.float64):
    """A float64 with the aggregate it is the value of."""

    question: tuple[Node, Text]


class AskedInt(np.int64):
    """An int64 with the aggregate it is the value of."""

    question: tuple[Node, Text]

    def __repr__(self) -> str:
        return repr(np.int64(self))  # NumPy's own has the name of the class


def asked(value: Any, node: Node, text: Text) -> Any:
    """The value, with its question if it is a number of 64 bits."""
    found: AskedFloat | AskedInt
    if type(value) is np.float64:
        found = AskedFloat(value)
    elif type(value) is np.int64:
        found = AskedInt(value)
    else:
        return value
    found.question = node, text
    return found
