"""What DataFrame and Series have in common: a state, calls with a translation, and pandas itself for all others."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from stratum_sql.pandas.axes import Named, relabelled, source_under, with_levels
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.pandas_arguments import of_frame, with_variables
from stratum_sql.pandas.places import here
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.sources import table_of, vector_of, with_objects
from stratum_sql.pandas.states import Held, State, Table, Vector

_CHANGING = frozenset({"insert", "pop", "update", "__setitem__", "__delitem__", "isetitem", "set_flags"})
_IN_PLACE = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul")
_CHANGING |= {f"__i{word}__" for word in _IN_PLACE}


def own(state: State) -> Any:
    """The pandas object of a state, as one that may be changed: pandas copies what is written to."""
    return materialised(state).copy(deep=False)


def kept(value: Any) -> Any:
    """The value with each recorded object replaced by its state, which does not change any more."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is tuple:
        return value if _ATOMS.issuperset(map(type, value)) else tuple([kept(one) for one in value])
    if kind is list:
        return [kept(one) for one in value]
    if kind is dict:
        return {key: kept(one) for key, one in value.items()}
    if issubclass(kind, Lazy):
        return value._state
    if issubclass(kind, RecordedArray):
        found = object.__new__(type(value))  # of a class of its own, a Categorical for example
        found.__dict__ |= value.__dict__ | {"recorded": value.recorded.__copy__()}
        return found
    return value


def states_in(value: Any) -> Iterator[Table | Vector]:
    """The states of all recorded objects in a value."""
    kind = type(value)
    if kind in (Table, Vector):
        yield value
    elif kind in (tuple, list, dict):
        for one in value.values() if kind is dict else value:
            if type(one) not in _ATOMS:
                yield from states_in(one)
    elif issubclass(kind, RecordedArray | Lazy):
        state = value.recorded._state if issubclass(kind, RecordedArray) else value._state
        if not isinstance(state, Held):
            yield state


_ATOMS = frozenset({str, int, float, bool, type(None)})


def thawed(value: Any) -> Any:
    """The value with each recorded object or state replaced by a pandas object of its own."""
    return _mapped(value, _thawed)


def _thawed(value: Any) -> Any:
    if isinstance(value, RecordedArray):
        return value.made()
    if isinstance(value, Lazy):
        return own(value._state)
    return own(value) if isinstance(value, Table | Vector | Held) else value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if type(value) in (list, tuple):
        found = [_mapped(one, change) for one in value]
        is_same = all(one is other for one, other in zip(found, value, strict=True))
        return value if is_same else type(value)(found)  # a list may be one that is put in a cell
    if type(value) is dict:
        return {key: _mapped(one, change) for key, one in value.items()}
    return change(value)


def wrapped(value: Any) -> Any:
    """What pandas gave, recorded again where that can be: frames, Series, and the objects on the way to them."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value if issubclass(type(value), Lazy) else Lazy.of(value)
    if type(value) is tuple:
        return tuple(wrapped(one) for one in value)
    if isinstance(value, dict):
        return value
    is_of_pandas = type(value).__module__.startswith(("pandas.core", "pandas.api", "pandas.io"))
    return Between(value) if is_of_pandas and not isinstance(value, _VALUES) else value


# Values, with nothing in them that would be recorded.
_VALUES: tuple[type, ...] = (
    pd.Index,
    pd.api.extensions.ExtensionArray,
    pd.api.extensions.ExtensionDtype,
    pd.Timestamp,
    pd.Timedelta,
)
_VALUES += (type(pd.NaT), type(pd.NA))


class RecordedArray:
    """An ndarray that is not made yet: the values of a Series. `width` is that of NumPy's own texts."""

    def __init__(self, recorded: Any, width: int | None = None) -> None:
        self.recorded, self.width = recorded, width

    def made(self) -> Any:
        """The array of NumPy."""
        found = own(self.recorded._state).to_numpy()
        return found if self.width is None else found.astype(f"<U{self.width}")


_OF_PANDAS = (pd.DataFrame, pd.Series)


class OfPandas(type):
    """The class of DataFrame and Series: what they do not have themselves is that of pandas' own class."""

    def __instancecheck__(cls, instance: Any) -> bool:
        """Also objects of pandas itself, which functions of a script are given by `apply`; not for this package."""
        if type.__instancecheck__(cls, instance):
            return True
        if not issubclass(type(instance), _OF_PANDAS):
            return False
        kind = {"DataFrame": pd.DataFrame, "Series": pd.Series}.get(cls.__name__)
        asker = str(sys._getframe(1).f_globals.get("__name__", ""))
        return kind is not None and isinstance(instance, kind) and not asker.startswith("stratum_sql.")

    def __getattr__(cls, name: str) -> Any:
        kinds = (getattr(pd, base.__name__, None) for base in cls.__mro__ if base.__name__ in ("DataFrame", "Series"))
        kind = next(kinds, None)
        if kind is None or name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        found = getattr(kind, name)
        if inspect.ismethod(found):  # a class method: from_dict, from_records
            return functools.partial(_made_by_class, found)
        if not inspect.isfunction(found):
            return found

        @functools.wraps(found)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            return (getattr(self, name) if isinstance(self, Lazy) else functools.partial(found, self))(*args, **kwargs)

        return call


def _made_by_class(function: Any, *args: Any, **kwargs: Any) -> Any:
    args, kwargs = thawed((args, kwargs))
    with object_mode():
        made = function(*args, **kwargs)
    return wrapped(made)


Handed = tuple[tuple[str, "pd.Index[Any]", tuple[Hashable, ...]], ...]  # axis, labels, and their names as they were


class _Renamed:
    """The state of an object whose labels a script was given, and perhaps named. All others hold their state under the
    same name in their own dict, where Python looks first.
    """

    def __get__(self, instance: Lazy, owner: type[Lazy]) -> State:
        own_names = instance.__dict__
        handed: Handed = own_names["_handed_out"]
        if any(tuple(labels.names) != names for _, labels, names in handed):
            instance._take_names(handed)
            return instance._state
        found: State = own_names["_before"]
        return found


class Lazy(metaclass=OfPandas):
    """A DataFrame or Series of the script."""

    __pandas_priority__ = 10_000  # operators of pandas' own objects let ours go first
    _kinds: dict[type, type[Lazy]] = {}  # noqa: RUF012 filled once, by the two classes

    _state: State
    if not TYPE_CHECKING:
        _state = _Renamed()

    def _hand_out(self, axis: str, labels: pd.Index[Any]) -> pd.Index[Any]:
        """The labels of an axis, which a script may give a name: that is then the object's."""
        own_names = self.__dict__
        handed: Handed = own_names.get("_handed_out") or ()
        for known, given, _ in handed:
            if known == axis:
                return given
        own_names["_before"] = self._state
        own_names["_handed_out"] = (*handed, (axis, labels, tuple(labels.names)))
        own_names.pop("_state", None)
        return labels

    def _take_names(self, handed: Handed) -> None:
        state = self.__dict__["_before"]
        self._become(state)
        if isinstance(state, Table | Named) and all(axis == "columns" for axis, _, _ in handed):
            self._become(relabelled(state, handed[0][1].copy()))
            return
        found = own(self._state)
        with object_mode():
            for axis, labels, _ in handed:
                setattr(found, axis, getattr(found, axis).set_names(list(labels.names)))
        self._become(type(self).of(found)._state)

    @property
    def index(self) -> Any:
        """The labels of the rows. A name that they are given is the object's."""
        return self._hand_out("index", own(self._state).index.copy())

    @property
    def attrs(self) -> Any:
        """What a script notes about the object; pandas itself holds it then."""
        if not isinstance(self._state, Held):
            self._become(Held(own(self._state)))
        assert isinstance(self._state, Held)
        return self._state.held.attrs

    if TYPE_CHECKING:  # declared by `method`

        def __getitem__(self, key: Any) -> Any: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...

    @staticmethod
    def of(held: Any) -> Any:
        """A pandas object as one that records: a source, or kept as it is if DuckDB has no type for it."""
        is_frame = isinstance(held, pd.DataFrame)
        found: State | None = None
        with object_mode():
            held = with_objects(held)
            if type(held) in (pd.DataFrame, pd.Series):
                found = _frame_source(held) if is_frame else vector_of(held, here())
        return Lazy.recorded(found or Held(held), is_frame=is_frame)

    @staticmethod
    def recorded(state: State, *, is_frame: bool) -> Any:
        """A state as an object of the script."""
        if is_frame and isinstance(state, Table) and not state.columns.is_of_one_kind:
            state = with_levels(state)
        made = object.__new__(Lazy._kinds[pd.DataFrame if is_frame else pd.Series])
        made.__dict__["_state"] = state
        return made

    def _become(self, state: State) -> None:
        own_names = self.__dict__
        own_names["_state"] = state
        if "_handed_out" in own_names:
            del own_names["_handed_out"], own_names["_before"]

    def to_pandas(self) -> Any:
        """The pandas object, text as `object`, rows in pandas' order; the plan is run once. The caller owns it."""
        return own(self._state)

    def _write_back(self, before: State) -> None:
        """After a change in place: a column of a frame changes the frame, as in pandas 2."""

    def _fall_back(self, name: str, args: Any = (), kwargs: Any = None, reason: str = "no translation") -> Any:
        """Let pandas itself do a call, and go on from what it gives."""
        if name in RESULTS:
            return self._by_pandas(name, args, kwargs or {})
        with engine().by_pandas(f"{type(self).__name__}.{name}", reason):
            return self._by_pandas(name, args, kwargs or {})

    def _by_pandas(self, name: str, args: Any, kwargs: Any) -> Any:
        found = own(self._state)
        if name in ("eval", "query"):
            kwargs = with_variables(args, kwargs)
        if name == "groupby":
            args, kwargs = of_frame(found, self._state, kept((args, kwargs)))
        args, kwargs = thawed((args, kwargs))
        try:
            with object_mode():
                result = getattr(found, name)(*args, **kwargs)
        finally:  # a call that raises may have changed a part
            if name in _CHANGING or kwargs.get("inplace") is True:
                before = self._state
                self._become(type(self).of(found)._state)
                if kwargs.get("inplace") is True:
                    self._write_back(before)
        return self if result is found else wrapped(result)

    def __getattr__(self, name: str) -> Any:
        if name == "__finalize__":  # pandas hands over attrs and flags, which a recorded object has none of
            return lambda *_, **__: self
        if name.startswith("__") or name in _OURS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        static = getattr(self.__class__, name, None)  # without running anything: hasattr asks as well
        if inspect.isfunction(static) or inspect.ismethod(static):
            return functools.partial(_called, self, name)
        found = own(self._state)
        if name.startswith("_"):  # libraries that take it for a frame of pandas look inside
            return getattr(found, name)
        with object_mode():
            value = getattr(found, name)  # before the log: a name that is not there is asked for by hasattr
        if name in _INDEXERS:
            return Changing(name, value, self, found)
        if name not in RESULTS:
            engine().note(f"{type(self).__name__}.{name}", "no translation")
        return wrapped(value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(materialised(self._state))})

    def __len__(self) -> int:
        return len(materialised(self._state))

    def __repr__(self) -> str:
        return repr(materialised(self._state))

    def _repr_html_(self) -> str | None:
        found = materialised(self._state)
        return getattr(found, "_repr_html_", lambda: None)()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return own(self._state).__array__(dtype, copy)

    def __copy__(self) -> Any:
        return Lazy.recorded(self._state, is_frame=Lazy._kinds[pd.DataFrame] is type(self))

    def __deepcopy__(self, memo: object) -> Any:
        return self.__copy__()

    def __reduce__(self) -> Any:
        return Lazy.of, (self.to_pandas(),)


def _frame_source(held: pd.DataFrame) -> State | None:
    return table_of(held, here()) or source_under(held, here())


def declare_operators(owner: type[Lazy], kind: type) -> None:
    """Give the class the operators of pandas' own that it has not: Python looks for them on the class alone."""
    for name in _OPERATORS:
        if hasattr(kind, name) and name not in vars(owner) and name not in vars(Lazy):
            setattr(owner, name, functools.partialmethod(_called, name))


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul", "divmod")
_OPERATORS = tuple(f"__{side}{word}__" for word in _ARITHMETIC for side in ("", "r", "i"))
_OPERATORS += ("__setitem__", "__delitem__", "__bool__", "__int__", "__float__", "__round__", "__neg__", "__pos__")
_OPERATORS += ("__invert__", "__abs__", "__contains__", "__iter__", "__arrow_c_stream__")


def _called(self: Lazy, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return self._fall_back(name, args, kwargs)


_OURS = ("_state", "_parent", "to_pandas")
# What gives the rows themselves to the script or a file: there the plan ends, and nothing fell back.
RESULTS = frozenset({"index", "info", "item", "iterrows", "itertuples", "ndim", "size", "to_csv", "to_dict", "to_list"})
RESULTS |= {"__iter__", "__arrow_c_stream__", "memory_usage", "to_numpy", "to_string", "tolist", "values"}
_INDEXERS = ("loc", "iloc", "at", "iat")


class Changing:
    """`loc` and its like of a pandas copy; what is assigned through it changes the recorded object."""

    def __init__(self, name: str, indexer: Any, owner: Lazy, copy: Any, reason: str = "no translation") -> None:
        self._name, self._indexer, self._owner, self._copy = name, indexer, owner, copy
        self._reason = reason

    def __getitem__(self, key: Any) -> Any:
        with engine().by_pandas(f"{type(self._owner).__name__}.{self._name}", self._reason), object_mode():
            return wrapped(self._indexer[thawed(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        key, value = thawed((key, value))
        with engine().by_pandas(f"{type(self._owner).__name__}.{self._name}", self._reason), object_mode():
            self._indexer[key] = value
        self._owner._become(type(self._owner).of(self._copy)._state)


class Between:
    """An object of pandas on the way to a result, such as a GroupBy; its results are recorded again."""

    def __init__(self, held: Any) -> None:
        self._held = held

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        with object_mode():
            return self._passed(getattr(self._held, name))

    def _passed(self, value: Any) -> Any:
        if not inspect.isroutine(value) and not inspect.ismethod(value):
            return wrapped(value)

        @functools.wraps(value)
        def call(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = thawed((args, kwargs))
            with object_mode():
                return wrapped(value(*args, **kwargs))

        return call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = thawed((args, kwargs))
        with object_mode():
            return wrapped(self._held(*args, **kwargs))

    def __getitem__(self, key: Any) -> Any:
        with object_mode():
            return wrapped(self._held[thawed(key)])

    def __iter__(self) -> Any:
        return map(wrapped, self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return repr(self._held)
