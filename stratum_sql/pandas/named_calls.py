"""A call of a frame whose labels are beside its plan, and how its translation is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stratum_sql.pandas.axes import Named
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.operations import OF_LABELS, OF_NAMED
from stratum_sql.pandas.stand_ins import (
    places,
    plain,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a frame: `method` is the translation of it over a plan, which has declined if this is `again`."""

    name: str
    again: bool
    frame: DataFrame
    state: Named
    method: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def over(self, *args: Any, **kwargs: Any) -> Any:
        """The call over the plan, with these arguments. Raises Declined."""
        if self.again:
            raise Declined("declined already")
        return self.method(plain(self.state), *args, **kwargs)

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """An argument by its place or name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)

    def with_argument(self, place: int, name: str, value: Any) -> Any:
        """The call over the plan with another argument."""
        args, kwargs = list(self.args), dict(self.kwargs)
        if len(args) > place:
            args[place] = value
        else:
            kwargs[name] = value
        return self.over(*args, **kwargs)

    def label(self, label: Any) -> Any:
        """The plan's own label of a column, or of those in a list."""
        labels = self.state.table.columns.labels
        listed = [labels[place] for place in places(self.state, label if isinstance(label, list) else [label])]
        return listed if isinstance(label, list) else listed[0]


Translation = Callable[[Call], Any]


def _rule(name: str, translation: Translation, *, again: bool = False) -> Any:
    def of(frame: Any, state: Named, method: Any, args: Any, kwargs: Any) -> Any:
        if "inplace" in kwargs:
            raise Declined("in place")
        return translation(Call(name, again, frame, state, method, args, kwargs))

    return of


def of_named(*names: str) -> Callable[[Translation], Translation]:
    """Declare how these calls are translated for frames whose labels are beside their plan."""

    def declare(translation: Translation) -> Translation:
        OF_NAMED.update({name: _rule(name, translation) for name in names})
        return translation

    return declare


def of_labels(*names: str) -> Callable[[Translation], Translation]:
    """As `of_named`, also for what the translation for a Table declines."""

    def declare(translation: Translation) -> Translation:
        OF_LABELS.update({name: _rule(name, translation, again=True) for name in names})
        return of_named(*names)(translation)

    return declare
