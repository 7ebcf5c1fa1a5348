"""`pd.to_datetime`, `pd.to_numeric`, `pd.to_timedelta`: a CAST where all texts are plainly spelled, else a table of
what pandas makes of each different text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT, is_number
from stratum_sql.pandas.lazy import Lazy, kept, thawed, wrapped
from stratum_sql.pandas.lookups import by_value
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.operations import OPERATIONS, Operation, with_recipe
from stratum_sql.pandas.presence import are_missing_as_nan
from stratum_sql.pandas.running import made_by_pandas, refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import CONVERSIONS, known_dtype
from stratum_sql.pandas.states import Vector
from stratum_sql.pandas.times import span, time_from

_DAY = "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_FORMS = {"%Y-%m-%d": _DAY, "%Y-%m-%d %H:%M:%S": f"{_DAY} {_CLOCK}", "%Y-%m-%dT%H:%M:%S": f"{_DAY}T{_CLOCK}"}
_MICROS = {"D": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
# So few digits that any way to read them gives the same double.
_WHOLE, _DECIMAL = "[+-]?[0-9]{1,15}", "[+-]?[0-9]{1,8}([.][0-9]{1,7})?"


def to_datetime(arg: Any, *args: Any, **kwargs: Any) -> Any:
    """`pandas.to_datetime`."""
    return _converted("to_datetime", _times, arg, args, kwargs)


def to_numeric(arg: Any, *args: Any, **kwargs: Any) -> Any:
    """`pandas.to_numeric`."""
    return _converted("to_numeric", _numbers, arg, args, kwargs)


def to_timedelta(arg: Any, *args: Any, **kwargs: Any) -> Any:
    """`pandas.to_timedelta`."""
    return _converted("to_timedelta", _spans, arg, args, kwargs)


def _converted(name: str, translation: Callable[..., Series], arg: Any, args: Any, kwargs: Any) -> Any:
    function = getattr(pd, name)
    if is_inside():
        return function(arg, *args, **kwargs)
    reason = "no Series"
    if isinstance(arg, Series) and isinstance(arg._state, Vector):
        try:
            return _recorded(name, translation(arg, *args, **kwargs), (arg, args, kwargs))
        except Declined as declined:
            reason = declined.reason
        except StratumError as error:
            reason = refused(error)
        except TypeError:
            reason = "these arguments"
    given = thawed((arg, args, kwargs))
    with engine().by_pandas(f"pandas.{name}", reason) if given[0] is not arg else nullcontext(), object_mode():
        return wrapped(function(given[0], *given[1], **given[2]))


def _recorded(name: str, found: Series, given: Any) -> Series:
    now = kept(given)

    def made() -> Any:
        arg, args, kwargs = thawed(now)
        with object_mode():
            return getattr(pd, name)(arg, *args, **kwargs)

    found._become(with_recipe(found._state, made))
    engine().translated[f"pandas.{name}"] += 1
    return found


def _by_value(series: Series, name: str, **kwargs: Any) -> Series:
    """What pandas makes of each different value."""
    try:
        found = by_value(series, lambda values: getattr(pd, name)(values, **kwargs))
    except (ValueError, TypeError, OverflowError):
        raise Declined("values that pandas does not take") from None  # it says so itself, of all rows
    if not isinstance(found, Series):
        raise Declined("a result of another kind")
    return found


def _all(series: Series, pattern: str) -> bool:
    """Whether there are texts, and all are of this form."""
    value = series._vector.value
    test = joined(f"count({{}}) > 0 AND bool_and(regexp_full_match({{}}, '{pattern}'))", value, value)
    return bool(series._ask(Expr(test, np.dtype(bool))))


def _times(series: Series, errors: Any = "raise", *, format: Any = None, unit: Any = None) -> Series:
    value = series._vector.value
    if value.dtype.kind == "M" and format is None and unit is None:
        return series._with(value)
    if value.dtype == INT and unit in _MICROS and format is None and errors in ("raise", "coerce"):
        _check_range(series, _MICROS[unit])
        return series._with(
            time_from(joined(f"({{}} * {_MICROS[unit]})", value), np.dtype("datetime64[us]"), nullable=False)
        )
    if unit is not None or value.dtype not in (TEXT, INT) or (value.dtype == INT and format is None):
        raise Declined(f"times of {value.dtype}")
    if value.dtype == TEXT and errors == "raise" and (format is None or format in _FORMS):
        for spelled, pattern in _FORMS.items():
            if format in (None, spelled) and _all(series, pattern) and not _is_lost(series, "TIMESTAMP"):
                return series._with(
                    Expr(joined("CAST({} AS TIMESTAMP)", value), np.dtype("datetime64[us]"), value.nullable)
                )
    return _by_value(series, "to_datetime", errors=errors, format=format)


def _check_range(series: Series, micros: int) -> None:
    """Raise Declined if a number is beyond what 64 bits of microseconds hold: pandas raises at once."""
    test = joined(
        f"coalesce(bool_or({{}} NOT BETWEEN -{_FARTHEST // micros} AND {_FARTHEST // micros}), false)",
        series._vector.value,
    )
    if series._ask(Expr(test, np.dtype(bool))):
        raise Declined("numbers out of the range of times")


_FARTHEST = 9_000_000_000_000_000_000  # microseconds


def _is_lost(series: Series, kind: str) -> bool:
    """Whether a text is none of the type: the 30th of February."""
    value = series._vector.value
    test = joined(f"coalesce(bool_or(TRY_CAST({{}} AS {kind}) IS NULL AND {{}} IS NOT NULL), false)", value, value)
    return bool(series._ask(Expr(test, np.dtype(bool))))


def _numbers(series: Series, errors: Any = "raise", *, downcast: Any = None) -> Series:
    value = series._vector.value
    if downcast is not None or errors not in ("raise", "coerce"):
        raise Declined("a smaller type")
    if is_number(value.dtype):
        return series._with(value)
    if value.dtype != TEXT:
        raise Declined(f"numbers of {value.dtype}")
    if _all(series, _WHOLE) and not series._has_missing(value):
        return series._with(Expr(joined("CAST({} AS BIGINT)", value), INT))
    if _all(series, _DECIMAL) and (series._has_missing(value) or not _all(series, "[+-]?[0-9]+")):
        return series._with(Expr(joined("CAST({} AS DOUBLE)", value), FLOAT, value.nullable))
    return _by_value(series, "to_numeric", errors=errors)


def _spans(series: Series, unit: Any = None, errors: Any = "raise") -> Series:
    value = series._vector.value
    if value.dtype == TEXT and unit is None:
        return _by_value(series, "to_timedelta", errors=errors)
    if value.dtype != INT or unit not in _MICROS:
        raise Declined(f"spans of {value.dtype}")
    _check_range(series, _MICROS[unit])
    return series._with(Expr(joined(f"({{}} * {_MICROS[unit]})", value), span("us")))


def _as_times(series: Series, wanted: Any) -> Series:
    return _each_as(series, wanted, "texts that are no times")


def _each_as(series: Series, wanted: Any, reason: str) -> Series:
    """Each different value as pandas converts it; `reason` is told where it raises."""
    try:
        found = by_value(series, lambda values: values.astype(wanted))
    except (ValueError, TypeError, OverflowError):
        raise Declined(reason) from None
    assert isinstance(found, Series)
    return found


def _as_numbers(series: Series, wanted: Any) -> Series:
    """Texts that are numbers; where one is none, or missing beside integers, pandas raises."""
    value, dtype = series._vector.value, known_dtype(wanted)
    if dtype == FLOAT and _all(series, _DECIMAL):
        return series._with(Expr(joined("CAST({} AS DOUBLE)", value), FLOAT, value.nullable))
    if dtype == INT and _all(series, _WHOLE) and not series._has_missing(value):
        return series._with(Expr(joined("CAST({} AS BIGINT)", value), INT))
    return _each_as(series, wanted, "texts that are no numbers")


def _are_numbers(wanted: Any) -> bool:
    return not _is_text(wanted) and isinstance(wanted, str | type | np.dtype) and wanted in _NUMBERS


_NUMBERS = (float, int, "float", "int", "float64", "int64", np.float64, np.int64, FLOAT, INT)
CONVERSIONS.append((lambda dtype, wanted: dtype == TEXT and _are_numbers(wanted), _as_numbers))


def _as_texts(series: Series, wanted: Any) -> Series:
    """Texts, and floats as Python spells them; what is missing is spelled as NaN is."""
    state = series._vector
    if state.value.dtype == TEXT:
        if not are_missing_as_nan(state.node, state.value):
            return _by_pandas_alone(series, wanted)
        return series._with(Expr(joined("coalesce({}, 'nan')", state.value), TEXT))
    if engine().answer(
        state.node, joined("coalesce(bool_or({} = 0 AND signbit({})), false)", state.value, state.value)
    ):
        raise Declined("0.0 and -0.0 as text")  # which are one value
    return _each_as(series, wanted, "floats that are no texts")


def _by_pandas_alone(series: Series, wanted: Any) -> Series:
    """A missing text may be None, which pandas spells as such, and which no plan knows from NaN."""
    engine().note("Series.astype", "missing texts that may be None, as text")
    with object_mode():
        made: Series = Lazy.of(made_by_pandas(series._vector).astype(wanted))
    return made


def _is_text(wanted: Any) -> bool:
    return wanted is str or (isinstance(wanted, str) and wanted == "str")


CONVERSIONS.append((lambda dtype, wanted: dtype in (TEXT, FLOAT) and _is_text(wanted), _as_texts))


def _is_time(wanted: Any) -> bool:
    try:
        return isinstance(wanted, str | np.dtype) and np.dtype(wanted).kind == "M"
    except TypeError:
        return False


CONVERSIONS.append((lambda dtype, wanted: dtype == TEXT and _is_time(wanted), _as_times))
for _name, _note in {
    "to_datetime": "a Series of text, or of integers with a unit from us to D",
    "to_numeric": "a Series of numbers or text, without downcast",
    "to_timedelta": "a Series of text, or of integers with a unit from us to D",
}.items():
    OPERATIONS["pandas", _name] = Operation(
        "pandas", _name, f"{_note}; at most 10,000 different texts unless plainly spelled"
    )
