"""Rows and columns left out: by label, and by how much of them is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas import rowwise
from stratum_sql.pandas.aligning import labelled
from stratum_sql.pandas.arithmetic import negated
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Listed, Text, column, joined
from stratum_sql.pandas.kinds import BOOL
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Names, Node
from stratum_sql.pandas.sources import source_of
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.taking import labels_as

Known = list[Expr]


def without_labels(state: Table | Vector, labels: Any, errors: str) -> tuple[Node, Index]:
    """The rows whose label is none of these. Raises Declined, also where one of them is no label of a row."""
    node, index = labelled(state, here())
    if len(index.levels) != 1 or errors not in ("raise", "ignore"):
        raise Declined("rows by labels of several levels")
    ((_, level),) = index.levels
    listed = list(labels) if isinstance(labels, list | tuple | pd.Index | np.ndarray) else [labels]
    wanted = pd.unique(labels_as(listed, level))
    if level.nullable or not len(wanted):
        raise Declined("labels that are missing, or none")
    names = Names()
    name = names.new("label")
    source = source_of(len(wanted), [(name, pa.array(wanted))], names, here(), None)
    inside = rowwise.is_listed(level, Listed(source, column(name, level.dtype, nullable=False)))
    if errors == "raise":
        found = engine().answer(node, joined("count(DISTINCT {}) FILTER (WHERE {})", level, inside))
        if found != len(wanted):
            raise Declined("labels that are not there")
    return Filter(place=here(), names=node.base.names, child=node, condition=negated(inside)), index


def _there(values: Known) -> list[Text]:
    return [joined("{} IS NOT NULL", value) for value in values]


def kept_rows(values: Known, how: Any, thresh: Any) -> Expr | None:
    """The condition of the rows that `dropna` leaves, None for all. Raises Declined."""
    gaps = [value for value in values if value.nullable]
    if how is not None and thresh is not None:
        raise Declined("how and thresh at once")
    if thresh is not None:
        if type(thresh) is not int:
            raise Declined("this thresh")
        counts = [joined("CAST({} AS BIGINT)", test) for test in _there(gaps)]
        terms = " + ".join([str(len(values) - len(gaps)), *("{}" for _ in gaps)])
        return Expr(joined(f"({terms} >= {thresh})", *counts), BOOL)
    if how not in (None, "any", "all"):
        raise Declined("this how")
    if not gaps or (how == "all" and len(gaps) < len(values)):
        return None
    word = " OR " if how == "all" else " AND "
    written = word.join("{}" for _ in gaps)
    return Expr(joined(written if len(gaps) == 1 else f"({written})", *_there(gaps)), BOOL)


def kept_columns(table: Table, how: Any, thresh: Any) -> list[Any]:
    """The columns that `dropna(axis=1)` leaves. Raises Declined."""
    if how not in (None, "any", "all") or (how is not None and thresh is not None):
        raise Declined("this how")
    columns = list(table.columns)
    questions: list[tuple[str, Text]] = [("rows", ("count(*)",))]
    questions += [(f"c{place}", joined("count({})", value)) for place, (_, value) in enumerate(columns)]
    found = engine().rows(table.node, questions, ())
    rows, *counts = (int(found.column(place)[0].as_py()) for place in range(found.num_columns))
    least = thresh if thresh is not None else 1 if how == "all" else rows
    if type(least) is not int:
        raise Declined("this thresh")
    return [pair for pair, count in zip(columns, counts, strict=True) if count >= least]
