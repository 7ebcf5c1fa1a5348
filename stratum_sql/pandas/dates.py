"""`Series.dt`: parts of times and of spans."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, joined, text_literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, carried, shown
from stratum_sql.pandas.lazy import Between, RecordedArray, own, thawed, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import OPERATIONS, Operation, recipe_of, with_recipe
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector
from stratum_sql.pandas.times import PER_SECOND, floored, integers, micros, number, remainder, time_from, unit_of

# Parts of a time that are numbers, over it as a TIMESTAMP.
_PARTS = {
    "year": "year({})",
    "month": "month({})",
    "day": "day({})",
    "hour": "hour({})",
    "minute": "minute({})",
    "second": "second({})",
    "microsecond": "(microsecond({}) % 1000000)",
    "quarter": "quarter({})",
    "dayofyear": "dayofyear({})",
    "day_of_year": "dayofyear({})",
    "dayofweek": "(isodow({}) - 1)",
    "day_of_week": "(isodow({}) - 1)",
    "weekday": "(isodow({}) - 1)",
    "days_in_month": "days_in_month({})",
    "daysinmonth": "days_in_month({})",
}
# Questions of a time, false where it is missing.
_QUESTIONS = {
    "is_month_start": "(day({}) = 1)",
    "is_month_end": "(day({}) = days_in_month({}))",
    "is_quarter_start": "(day({}) = 1 AND month({}) % 3 = 1)",
    "is_quarter_end": "(day({}) = days_in_month({}) AND month({}) % 3 = 0)",
    "is_year_start": "(dayofyear({}) = 1)",
    "is_year_end": "(month({}) = 12 AND day({}) = 31)",
    "is_leap_year": "(year({}) % 4 = 0 AND (year({}) % 100 <> 0 OR year({}) % 400 = 0))",
}
_SPELLED = re.compile(r"(?:%[YmdHMSyjBbAaIpf]|[-/: _.,T])*")


def _part(name: str) -> Callable[[Series], Series]:
    def of(self: Series) -> Series:
        value = self._vector.value
        return integers(self, joined(_PARTS[name], micros(value)), "int32", nullable=value.nullable)

    return of


def _question(name: str) -> Callable[[Series], Series]:
    def of(self: Series) -> Series:
        value, template = self._vector.value, _QUESTIONS[name]
        test = joined(template, *[micros(value)] * template.count("{}"))
        return self._with(
            Expr(joined("coalesce({}, false)", test), BOOL, mask=test) if value.nullable else Expr(test, BOOL)
        )

    return of


def _normalize(self: Series) -> Series:
    value = self._vector.value
    step, counts = 86_400 * PER_SECOND[unit_of(value.dtype)], number(value)
    return self._with(
        time_from(joined("({} - {})", counts, remainder(counts, step)), value.dtype, nullable=value.nullable)
    )


def _name(function: str) -> Callable[[Series], Series]:
    def of(self: Series) -> Series:
        value = self._vector.value
        return self._with(Expr(joined(f"{function}({{}})", micros(value)), TEXT, value.nullable))

    return of


def _strftime(self: Series, date_format: Any) -> Series:
    value = self._vector.value
    if not isinstance(date_format, str) or not _SPELLED.fullmatch(date_format) or not date_format:
        raise Declined("a format of other parts")
    if "%Y" in date_format and self._ask(_before_1000(value)):
        raise Declined("years before 1000")
    text = joined("strftime({}, {})", micros(value), text_literal(date_format))
    return self._with(Expr(text, TEXT, value.nullable))


def _before_1000(value: Expr) -> Expr:
    return Expr(joined("coalesce(bool_or(year({}) NOT BETWEEN 1000 AND 9999), false)", micros(value)), BOOL)


# -- spans -------------------------------------------------------------------------------------------------------------


def _per_day(self: Series) -> int:
    return 86_400 * PER_SECOND[unit_of(self._vector.value.dtype)]


def _days(self: Series) -> Series:
    value = self._vector.value
    return integers(self, floored(value.text, _per_day(self)), "int64", nullable=value.nullable)


def _seconds(self: Series) -> Series:
    value = self._vector.value
    of_day = remainder(value.text, _per_day(self))
    return integers(self, floored(of_day, PER_SECOND[unit_of(value.dtype)]), "int32", nullable=value.nullable)


def _total_seconds(self: Series) -> Series:
    value = self._vector.value
    text = joined(f"(CAST({{}} AS DOUBLE) / {PER_SECOND[unit_of(value.dtype)]}e0)", value)
    return self._with(Expr(text, FLOAT, value.nullable))


_OF_TIMES: dict[str, Callable[..., Series]] = {}
_OF_SPANS: dict[str, Callable[..., Series]] = {}
_OF_PERIODS: dict[str, Callable[..., Series]] = {}
_CALLED: set[str] = set()  # methods; the others are attributes


def declare(
    name: str, function: Callable[..., Series], note: str = "", *, is_called: bool = False, of: str = "times"
) -> None:
    """A part of times, or of spans or periods, as an attribute or a method."""
    {"times": _OF_TIMES, "spans": _OF_SPANS, "periods": _OF_PERIODS}[of][name] = function
    if is_called:
        _CALLED.add(name)
    OPERATIONS["Series", f"dt.{name}"] = OPERATIONS.get(("Series", f"dt.{name}")) or Operation(
        "Series", f"dt.{name}", note
    )


for _declared in _PARTS:
    declare(_declared, _part(_declared))
for _declared in _QUESTIONS:
    declare(_declared, _question(_declared))
declare("normalize", _normalize, is_called=True)
declare("strftime", _strftime, "%Y %m %d %H %M %S %y %j %B %b %A %a %I %p %f", is_called=True)
declare("day_name", _name("dayname"), is_called=True)
declare("month_name", _name("monthname"), is_called=True)
declare("days", _days, "of spans", of="spans")
declare("seconds", _seconds, "of spans", of="spans")
declare("total_seconds", _total_seconds, "of spans", is_called=True, of="spans")
OPERATIONS["Series", "dt.isocalendar"] = Operation("Series", "dt.isocalendar", "its week, year or day as integers")


# -- the accessor ------------------------------------------------------------------------------------------------------


class Dates:
    """`series.dt`, of times, spans or periods."""

    def __init__(self, owner: Series) -> None:
        self._owner = owner
        self._known = {"M": _OF_TIMES, "m": _OF_SPANS}.get(owner.dtype.kind, _OF_PERIODS)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "isocalendar" and self._owner.dtype.kind == "M":
            return lambda: IsoCalendar(self._owner)
        if name in self._known and name in _CALLED:
            return functools.partial(self._call, name)
        if name in self._known:
            return self._call(name)
        engine().note(f"Series.dt.{name}", "no translation")
        return getattr(self._pandas(), name)

    def _pandas(self) -> Between:
        with object_mode():
            return Between(own(self._owner._state).dt)

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        before = self._owner._state
        try:
            found = self._known[name](self._owner, *args, **kwargs)
        except (Declined, StratumError, TypeError) as error:
            engine().note(f"Series.dt.{name}", _reason(error))
            given = getattr(self._pandas(), name)
            return given(*thawed(args), **thawed(kwargs)) if name in _CALLED else given

        def part() -> Any:
            with object_mode():
                return getattr(own(before).dt, name)

        recipe = recipe_of(before, f"dt.{name}", args, kwargs) if name in _CALLED else part
        found._become(with_recipe(found._state, recipe))
        engine().translated[f"Series.dt.{name}"] += 1
        return found


def _reason(error: Exception) -> str:
    if isinstance(error, Declined):
        return error.reason
    return refused(error) if isinstance(error, StratumError) else "these arguments"


class IsoCalendar:
    """What `isocalendar` gives: its parts are recorded, all else is the frame of pandas."""

    def __init__(self, owner: Series) -> None:
        self._owner = owner

    @property
    def week(self) -> IsoPart:
        """The week."""
        return IsoPart(self._owner, "week", "week({})")

    @property
    def year(self) -> IsoPart:
        """The year that the week is of."""
        return IsoPart(self._owner, "year", "isoyear({})")

    @property
    def day(self) -> IsoPart:
        """The day of the week, Monday is 1."""
        return IsoPart(self._owner, "day", "isodow({})")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._frame(), name)

    def __getitem__(self, key: Any) -> Any:
        return getattr(self, key) if key in ("week", "year", "day") else self._frame()[key]

    def _frame(self) -> Any:
        engine().note("Series.dt.isocalendar", "integers that may be missing")
        with object_mode():
            return wrapped(own(self._owner._state).dt.isocalendar())


class IsoPart(RecordedArray):
    """A part of it. pandas has it as integers that may be missing, which no column here has: `astype` first."""

    def __init__(self, owner: Series, name: str, template: str) -> None:
        super().__init__(owner)
        self._name, self._template = name, template

    def made(self) -> Any:
        """The Series of pandas."""
        with object_mode():
            return own(self.recorded._state).dt.isocalendar()[self._name]

    def astype(self, dtype: Any) -> Any:
        """The part as integers of NumPy, where no time is missing."""
        owner: Series = self.recorded
        value = owner._vector.value
        if dtype in (int, "int", "int64", "int32", "int16", "int8") and not (
            value.nullable and owner._has_missing(value)
        ):
            text: Text = joined(f"CAST({self._template} AS BIGINT)", micros(value))
            found = owner._with(Expr(text, INT), name=self._name).astype(dtype)
            made = self.made
            found._become(with_recipe(found._state, lambda: made().astype(dtype)))
            engine().translated["Series.dt.isocalendar"] += 1
            return found
        return self._series().astype(dtype)

    def _series(self) -> Any:
        engine().note("Series.dt.isocalendar", "integers that may be missing")
        return wrapped(self.made())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._series(), name)


def _forwarded(name: str) -> Any:
    def call(self: IsoPart, *args: Any) -> Any:
        return getattr(self._series(), name)(*args)

    return call


for _operator in (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
    "getitem",
    "len",
):
    setattr(IsoPart, f"__{_operator}__", _forwarded(f"__{_operator}__"))
IsoPart.__hash__ = None  # type: ignore[assignment]


def is_periods(value: Expr) -> bool:
    """Whether a column is one of periods, which are carried."""
    return carried(value.dtype) is not None and isinstance(shown(value.dtype), pd.PeriodDtype)


def _dt(self: Series) -> Any:
    if isinstance(self._state, Vector) and (self._state.value.dtype.kind in "mM" or is_periods(self._state.value)):
        return Dates(self)
    with object_mode():
        return Between(own(self._state).dt)


Series.dt = property(_dt, doc="Parts of times.")  # type: ignore[attr-defined]
