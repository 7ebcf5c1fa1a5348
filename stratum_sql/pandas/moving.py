"""Which calls know columns that are carried: those that move rows or columns and look at no value.

All others are pandas' own for such a frame, as a place says nothing of its value.
"""

from __future__ import annotations

from collections.abc import Iterable

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.kinds import carried, shown
from stratum_sql.pandas.states import Table, Vector

_OF_BOTH = """__getitem__ __setitem__ __len__ align copy count drop dropna groupby head isna isnull notna notnull pipe
    reindex rename reset_index sample sort_index tail take"""
_OF_FRAMES = """__delitem__ add_prefix add_suffix assign astype drop_duplicates duplicated fillna filter get insert join
    keys merge nlargest nsmallest pivot_table pop query rename_axis select_dtypes set_index sort_values"""
_OF_SERIES = "all any astype drop_duplicates duplicated max mean median min sort_values std sum to_frame var"
_OF_GROUPS = "agg aggregate count cumcount first head last max min ngroup nth nunique size tail"
# What goes by the values of rows, whatever their labels are.
_BY_ROW = """__abs__ __neg__ __invert__ abs all any astype between clip count fillna isin mask max mean median min
    nunique replace round std sum var where"""
_WORDS = "add sub mul truediv floordiv mod pow lt le gt ge eq ne and or xor"


def _listed(*names: str) -> frozenset[str]:
    return frozenset(" ".join(names).split())


_MOVING = {
    "DataFrame": _listed(_OF_BOTH, _OF_FRAMES),
    "Series": _listed(_OF_BOTH, _OF_SERIES),
    "GroupBy": _listed(_OF_GROUPS),
}
_UNLABELLED = _listed(_BY_ROW, _WORDS) | {f"__{side}{word}__" for word in _listed(_WORDS) for side in ("", "r")}


def moves(owner: str, name: str) -> bool:
    """Whether a call knows columns that are carried."""
    return name in _MOVING.get(owner, ())


def check_values(values: Iterable[tuple[object, Expr]]) -> None:
    """Raise Declined if one of the columns is carried."""
    for label, value in values:
        if carried(value.dtype) is not None:
            raise Declined(f"the column {label!r} is of dtype {shown(value.dtype)}")


def check_labels(levels: Iterable[tuple[object, Expr]]) -> None:
    """Raise Declined if one of the levels of an index is carried."""
    for _, value in levels:
        if carried(value.dtype) is not None:
            raise Declined(f"the index is of dtype {shown(value.dtype)}")


def check_none_carried(name: str, states: Iterable[Table | Vector]) -> None:
    """Raise Declined if what a call is given has a column that is carried, or an index that it looks at."""
    for state in states:
        check_values(state.columns if isinstance(state, Table) else [(state.name, state.value)])
        if name not in _UNLABELLED:
            check_labels(state.index.levels)
