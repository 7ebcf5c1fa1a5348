"""The functions of the module `pandas`: those with a translation, and for all others pandas itself."""

from __future__ import annotations

import functools
import inspect
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from stratum_sql.errors import Diagnostic, NotAllowed, StratumError
from stratum_sql.pandas.concatenating import concatenated
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.defaults import signature_of, without_defaults
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.joining import side_by_side
from stratum_sql.pandas.keys import key_of
from stratum_sql.pandas.kinds import Carried
from stratum_sql.pandas.lazy import Lazy, RecordedArray, kept, states_in, thawed, wrapped
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.moving import check_none_carried
from stratum_sql.pandas.operations import OPERATIONS, Operation, with_recipe
from stratum_sql.pandas.pandas_arguments import with_variables
from stratum_sql.pandas.places import here
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.sources import table_of
from stratum_sql.pandas.stacking import below, stacked
from stratum_sql.pandas.states import Table

_NATIVE = {
    "read_csv": "a file, read by pandas once for each change of it",
    "DataFrame": "what pandas makes of it, as a source",
    "Series": "what pandas makes of it, as a source",
    "concat": "frames and Series below or beside each other; what SQL cannot put together, pandas lays out",
    "merge": "as DataFrame.merge",
    "isna": "as the method",
    "isnull": "as the method",
    "notna": "as the method",
    "notnull": "as the method",
}
for _name, _note in _NATIVE.items():
    OPERATIONS["pandas", _name] = Operation("pandas", _name, _note)


def read_csv(filepath_or_buffer: Any, *args: Any, **kwargs: Any) -> Any:
    """`pandas.read_csv`, text as `object`. A session for foreign statements must have been given the file.

    pandas itself reads the file, so values and dtypes are its own, and once while the file stays as it is. Raises
    NotAllowed, and what pandas raises.
    """
    if is_inside():
        return pd.read_csv(filepath_or_buffer, *args, **kwargs)
    path = filepath_or_buffer if isinstance(filepath_or_buffer, str | os.PathLike) else None
    if path is not None:
        engine().session.check_file(os.fspath(path))
    engine().translated["pandas.read_csv"] += 1
    version = _version(filepath_or_buffer, args, kwargs)
    frame = _read(version, filepath_or_buffer, args, kwargs)
    if not isinstance(frame, pd.DataFrame):
        return frame
    csv = os.fspath(path) if path is not None and not args and _is_shown(kwargs) else None
    key = None if version is None or engine().shelf is None else key_of("file", repr(version))
    found = engine().source(key, lambda: _source_of(frame, csv, kwargs))
    return Lazy.of(frame) if found is None else Lazy.recorded(found, is_frame=True)


def _source_of(frame: pd.DataFrame, csv: str | None, kwargs: Mapping[str, Any]) -> Table | None:
    are_texts = all(isinstance(label, str) for label in frame.columns)
    is_shown = csv is not None and are_texts and _are_iso(csv, kwargs.get("parse_dates", []))
    return table_of(frame, here(), csv=csv if is_shown else None)


# What a query of the file can say as well, by columns and casts.
_SHOWN: Mapping[str, Callable[[Any], bool]] = {
    "parse_dates": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "usecols": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "index_col": lambda value: isinstance(value, str),
    "low_memory": lambda value: isinstance(value, bool),
}


def _is_shown(kwargs: Mapping[str, Any]) -> bool:
    return all(name in _SHOWN and _SHOWN[name](value) for name, value in kwargs.items())


_ISO = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?"


def _are_iso(csv: str, columns: list[str]) -> bool:
    """Whether the first times of a file are written as DuckDB reads them."""
    if not columns:
        return True
    with object_mode():
        texts = pd.read_csv(csv, usecols=columns, dtype=str, nrows=_FIRST)
    return all(bool(texts[name].dropna().str.fullmatch(_ISO).all()) for name in columns)


_FIRST = 100


def _read(version: object, source: Any, args: Any, kwargs: Any) -> Any:
    """What pandas reads; not to be changed."""
    files = engine().files
    if version is None or version not in files:
        with object_mode():
            frame = pd.read_csv(source, *thawed(args), **thawed(kwargs))
        if version is None or not isinstance(frame, pd.DataFrame):
            return frame
        while len(files) >= _MOST_FILES:
            files.pop(next(iter(files)))
        files[version] = frame
    return files[version]


_MOST_FILES = 16


def _version(source: Any, args: Any, kwargs: Any) -> object:
    """What decides over the content: the file, its time and size, and the arguments; None for what is no file."""
    if not isinstance(source, str | os.PathLike) or args or not all(_is_plain(value) for value in kwargs.values()):
        return None
    try:
        state = os.stat(source)  # noqa: PTH116 half the time of a Path's
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    file = os.fspath(source), state.st_dev, state.st_ino, state.st_mtime_ns, state.st_size
    return *file, repr(sorted(kwargs.items())) if kwargs else ""


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(one) for one in value)
    return value is None or isinstance(value, str | int | float | bool)


def concat(objs: Any, **kwargs: Any) -> Any:
    """`pandas.concat`."""
    if is_inside():
        return pd.concat(objs, **kwargs)
    objs = list(objs) if isinstance(objs, Iterator) else objs  # which can be read once
    try:
        found = _concatenated(objs, kwargs)
    except Declined as declined:
        return _passed("concat", pd.concat, declined.reason, (objs,), kwargs)
    except StratumError as error:
        return _passed("concat", pd.concat, refused(error), (objs,), kwargs)
    return _with_recipe(found, lambda given: pd.concat(given, **thawed(kwargs)), objs)


def _concatenated(objs: Any, kwargs: dict[str, Any]) -> Any:
    try:
        return _concat(objs, **kwargs)
    except (Declined, TypeError):
        return concatenated(objs, **thawed(kwargs))


def _concat(
    objs: Any, *, axis: Any = 0, join: Any = "outer", ignore_index: Any = False, keys: Any = None, names: Any = None,
    sort: Any = False,
) -> Any:  # fmt: skip
    if isinstance(objs, dict) and keys is None:
        objs, keys = list(objs.values()), list(objs)
    if not isinstance(objs, list | tuple) or not objs or type(sort) is not bool or type(ignore_index) is not bool:
        raise Declined("other than a list of frames below each other")
    if any(one is None for one in objs):
        kept_ones = [place for place, one in enumerate(objs) if one is not None]
        keys = keys if keys is None else [keys[place] for place in kept_ones]
        objs = [objs[place] for place in kept_ones]
    if axis in (1, "columns"):
        if names is not None or sort:
            raise Declined("names of the labels of columns, or sorted ones")
        return side_by_side(objs, keys=keys, ignore_index=ignore_index)
    if axis not in (0, "index") or join not in ("outer", "inner") or not objs:
        raise Declined("other than a list of frames below each other")
    if all(isinstance(one, Series) for one in objs) and keys is None:
        return below(objs, ignore_index=ignore_index is True)
    states = [one._state for one in objs if isinstance(one, DataFrame) and isinstance(one._state, Table)]
    if len(states) != len(objs):
        raise Declined("frames that only pandas can hold")
    tables = [state for state in states if isinstance(state, Table)]
    if keys is not None and ignore_index:
        raise Declined("keys, and an index that is ignored")
    if keys is None and names is not None:
        raise Declined("names without keys")
    if keys is None:
        return stacked(tables, ignore_index=ignore_index, join=join, sort=sort)
    if not isinstance(keys, list) or len(keys) != len(tables) or {type(key) for key in keys} not in ({str}, {int}):
        raise Declined("keys that are not as many texts or integers")
    named = [] if names is None else names
    if not isinstance(named, list) or len(named) > 1 or not all(isinstance(one, str) for one in named):
        raise Declined("names of several levels")
    return stacked(tables, ignore_index=False, keys=keys, join=join, sort=sort, named=named)


def _with_recipe(found: Any, call: Callable[[Any], Any], given: Any) -> Any:
    now = kept(given)

    def made() -> Any:
        with object_mode():
            return call(thawed(now))

    found._become(with_recipe(found._state, made))
    engine().translated["pandas.concat"] += 1
    return found


def merge(left: Any, right: Any, *args: Any, **kwargs: Any) -> Any:
    """`pandas.merge`."""
    if not isinstance(left, Lazy | pd.DataFrame | pd.Series):
        return pd.merge(left, right, *args, **kwargs)  # pandas says what is wrong with it
    engine().translated["pandas.merge"] += 1
    return (left if isinstance(left, Lazy) else Lazy.of(left)).merge(right, *args, **kwargs)


def _missing(name: str) -> Callable[[Any], Any]:
    def ask(obj: Any) -> Any:
        if not isinstance(obj, Lazy):
            return getattr(pd, name)(obj)
        engine().translated[f"pandas.{name}"] += 1
        return getattr(obj, name)()

    return ask


isna, isnull, notna, notnull = (_missing(name) for name in ("isna", "isnull", "notna", "notnull"))


FUNCTIONS: dict[str, Callable[..., Any]] = {}


def function(name: str, note: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the translation of a function of the module. As for `method`: Declined sends the call to pandas."""
    OPERATIONS["pandas", name] = Operation("pandas", name, note)

    def declare(translation: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name] = translation
        return translation

    return declare


def _translated(name: str, found: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The call in the plan. Raises Declined."""
    translation = FUNCTIONS.get(name)
    if translation is None:
        raise Declined("no translation")
    try:
        signature_of(translation).bind(*args, **kwargs)
    except TypeError:
        fewer = without_defaults(pd, name, kwargs)
        if len(fewer) == len(kwargs):
            raise Declined("these arguments") from None
        return _translated(name, found, args, fewer)
    if Carried.is_made:
        check_none_carried(name, states_in((args, kwargs)))
    try:
        result = translation(*args, **kwargs)
    except StratumError as error:  # a question was asked of the rows
        raise Declined(refused(error)) from None
    now = kept((args, kwargs))

    def made() -> Any:
        args, kwargs = thawed(now)
        with object_mode():
            return found(*args, **kwargs)

    if isinstance(result, Lazy):
        result._become(with_recipe(result._state, made))
    engine().translated[f"pandas.{name}"] += 1
    return result


def other(name: str) -> Any:
    """A name of pandas that has no translation: a class or constant as it is, a function that gives back recorded
    objects. Raises AttributeError.
    """
    found = getattr(pd, name)
    if not inspect.isroutine(found):
        return found

    @functools.wraps(found)
    def call(*args: Any, **kwargs: Any) -> Any:
        if is_inside() or name in _OF_OPTIONS:
            return found(*args, **kwargs)
        if name == "eval":
            return _passed(name, found, "no translation", args, with_variables(args, kwargs))
        if not _are_recorded((args, kwargs)) and not name.startswith("read_"):  # date_range, to_datetime of a text
            with object_mode():
                made = found(*args, **kwargs)
            return wrapped(made) if isinstance(made, pd.DataFrame | pd.Series | tuple) else made
        try:
            return _translated(name, found, args, kwargs)
        except Declined as declined:
            return _passed(name, found, declined.reason, args, kwargs)

    return call


def _are_recorded(value: Any) -> bool:
    """Whether a value is or holds what was recorded."""
    if type(value) in (list, tuple):
        return any(_are_recorded(one) for one in value)
    if type(value) is dict:
        return any(_are_recorded(one) for one in value.values())
    return isinstance(value, Lazy | RecordedArray)


_OF_OPTIONS = ("get_option", "set_option", "describe_option", "reset_option")


def _passed(name: str, function: Any, reason: str, args: Any, kwargs: Any) -> Any:
    if name.startswith("read_") and not engine().session.trusted:
        message = f"pandas.{name} reads past the files that were given to this session"
        raise NotAllowed(Diagnostic("not_allowed", message, "bind", hint="read_csv reads a file that was given"))
    args, kwargs = thawed((args, kwargs))
    with engine().by_pandas(f"pandas.{name}", reason), object_mode():
        return wrapped(function(*args, **kwargs))
