"""The DataFrame of a script."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.axes import Named, relabelled
from stratum_sql.pandas.emit import check_shown, statement
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.holding import why_held
from stratum_sql.pandas.kinds import shown
from stratum_sql.pandas.lazy import Lazy, own, thawed, wrapped
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.operations import recipe_of, with_recipe
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.running import refused, to_show
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.sources import labels_index, with_objects
from stratum_sql.pandas.states import Held, Index, Table, Vector


class DataFrame(Lazy):
    """Columns of a plan, with labels and an index. Whatever pandas' DataFrame can do it can; see docs/pandas.md."""

    _state: Table | Held

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        with object_mode():
            made = pd.DataFrame(*thawed(args), **thawed(kwargs))
        if is_inside():
            return made
        engine().translated["pandas.DataFrame"] += 1
        return Lazy.of(made)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Pandas' own: libraries ask whether they were given a frame."""
        return pd.DataFrame

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def _table(self) -> Table:
        assert isinstance(self._state, Table)
        return self._state

    @property
    def columns(self) -> Any:
        """The labels, without a query."""
        if isinstance(self._state, Held):
            return self._hand_out("columns", self._state.labels.copy())
        return self._hand_out("columns", labels_index(self._state.columns.labels))

    @property
    def dtypes(self) -> Any:
        """The dtype of each column, without a query; text is `object`."""
        plan = self._plan
        if plan is None:
            return own(self._state).dtypes
        with object_mode():
            return pd.Series([shown(value.dtype) for _, value in plan.columns], index=self.columns, dtype=object)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self.columns)

    @property
    def empty(self) -> bool:
        """Whether it has no rows or no columns."""
        return 0 in self.shape

    def sql(self) -> str:
        """The plan as SQL: one CTE a step, with the line it is from. Runs in DuckDB alone if its sources are files or
        small. Raises ValueError for a frame that only pandas can hold.
        """
        found = self._plan
        if found is None:
            assert isinstance(self._state, Held)
            raise ValueError(f"only pandas can hold this: {why_held(self._state)}")
        check_shown(found)
        return statement(to_show(found), engine().frames)

    @property
    def _plan(self) -> Table | None:
        return self._state.plan if isinstance(self._state, Held) else self._state

    def explain(self) -> str:
        """The steps of the plan, and the calls up to here that pandas did itself."""
        told = [str(found) for found in engine().unsupported]
        notes = "\n\npandas itself did:\n" + "\n".join(told) if told else ""
        try:
            return self.sql() + notes
        except ValueError as error:
            return str(error) + notes

    def items(self) -> Iterator[tuple[Hashable, Any]]:
        """Label and column of each column."""
        if isinstance(self._state, Held):
            if self._plan is not None:
                return ((label, self.iloc[:, place]) for place, label in enumerate(self._state.labels))
            return ((label, wrapped(column)) for label, column in self._state.held.items())
        return ((label, self[label]) for label in self.columns)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.columns)

    def __contains__(self, label: object) -> bool:
        if isinstance(self._state, Held):
            return label in self._state.labels
        return self._state.columns.get(label) is not None

    def __len__(self) -> int:
        plan = self._plan
        if plan is None or plan.kept:
            return len(own(self._state if plan is None else plan))
        try:
            return int(engine().answer(plan.node, ("count(*)",)))
        except StratumError as error:
            refused(error)
            return len(own(self._state))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and not hasattr(pd.DataFrame, name) and name in self:
            return self[name]
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name == "columns" and self._plan is not None:
            value = list(value) if hasattr(value, "__next__") else value
            if not self._relabel(value):
                self._set_by_pandas(name, value)
        elif name not in ("columns", "index") and name in self:
            self[name] = value
        else:
            self._set_by_pandas(name, value)

    def _set_by_pandas(self, name: str, value: Any) -> None:
        found = own(self._state)
        engine().note(f"DataFrame.{name} =", "no translation")
        with object_mode():
            setattr(found, name, thawed(value))
        self._become(Lazy.of(found)._state)

    def _relabel(self, labels: Any) -> bool:
        """Whether the labels could be set: pandas sets those of a frame of no rows."""
        state = self._state
        assert isinstance(state, Table | Named)
        stand_in = pd.DataFrame(columns=range(len(state.plan.columns if isinstance(state, Named) else state.columns)))
        with object_mode():
            try:
                stand_in.columns = thawed(labels)
                axis = with_objects(stand_in).columns
            except Exception:  # noqa: BLE001 pandas raises it again, of the frame itself
                return False
        self._become(relabelled(state, axis))
        return True

    # -- parts of it ---------------------------------------------------------------------------------------------------

    def _value(self, label: Hashable) -> Expr:
        """What a label stands for. Raises KeyError as pandas does."""
        found = self._table.columns.get(label)
        if found is None:
            raise KeyError(label)
        return found

    def _column(self, label: Hashable) -> Series:
        state = self._table
        recipe = recipe_of(state, "__getitem__", (label,), {})
        vector = with_recipe(Vector(state.node, self._value(label), label, state.index), recipe)
        made: Series = Lazy.recorded(vector, is_frame=False)
        return made

    def _with(self, columns: Any, node: Node | None = None, index: Index | None = None) -> DataFrame:
        """A frame of other columns: pairs of label and value."""
        state = self._table
        table = Table(node or state.node, columns, state.index if index is None else index)
        made: DataFrame = Lazy.recorded(table, is_frame=True)
        return made


Lazy._kinds[pd.DataFrame] = DataFrame
