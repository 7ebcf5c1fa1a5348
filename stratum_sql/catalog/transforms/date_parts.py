"""date_parts(t, parts): numbers out of dates and timestamps; NULL gives NULL.

Parts: year, quarter, month, week (ISO), day (of the month), day_of_week (Monday is 0), day_of_year, hour, minute,
second, total_seconds (since 1970-01-01, with fractions). Unless said: year, month, day, hour, day_of_week,
total_seconds, where hour is left out if no training row has a time of day. Times with a time zone are read in UTC.

`cyclic => true` gives two columns for every part but year and total_seconds, `t_hour_sin` and `t_hour_cos`, so that
23 and 0 are near each other.

SELECT date_parts(pickup), date_parts(dropoff, ('hour', 'day_of_week'), cyclic => true) FROM trips
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stratum_sql.catalog.checks import boolean, either, one_of, optional, several
from stratum_sql.catalog.columns import Column, Inputs, Part
from stratum_sql.catalog.extents import time_parts
from stratum_sql.catalog.numeric import Floats, block, blocks, need_rows
from stratum_sql.catalog.sklearn_like import DateParts
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec

Times = NDArray[np.datetime64]
Whole = NDArray[np.int64]


def _since(times: Times, unit: str, larger: str) -> Whole:
    """How many whole `unit`s have passed since the `larger` one began."""
    steps = times.astype(f"datetime64[{unit}]") - times.astype(f"datetime64[{larger}]").astype(f"datetime64[{unit}]")
    whole: Whole = steps.astype(np.int64)
    return whole


def _year(times: Times) -> Whole:
    return times.astype("datetime64[Y]").astype(np.int64) + 1970


def _day_of_week(times: Times) -> Whole:
    return (times.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday


def _week(times: Times) -> Whole:
    """The ISO week: the one its Thursday is in."""
    thursday: Times = times.astype("datetime64[D]") + (3 - _day_of_week(times)).astype("timedelta64[D]")
    return _since(thursday, "D", "Y") // 7 + 1


def _total_seconds(times: Times) -> Floats:
    return times.astype("datetime64[us]").astype(np.int64) / 1e6


# part: how it is read, its first value, and its period for `cyclic` (0: it has none)
PARTS: dict[str, tuple[Callable[[Times], Any], int, int]] = {
    "year": (_year, 0, 0),
    "quarter": (lambda times: _since(times, "M", "Y") // 3 + 1, 1, 4),
    "month": (lambda times: _since(times, "M", "Y") + 1, 1, 12),
    "week": (_week, 1, 53),
    "day": (lambda times: _since(times, "D", "M") + 1, 1, 31),
    "day_of_week": (_day_of_week, 0, 7),
    "day_of_year": (lambda times: _since(times, "D", "Y") + 1, 1, 366),
    "hour": (lambda times: _since(times, "h", "D"), 0, 24),
    "minute": (lambda times: _since(times, "m", "h"), 0, 60),
    "second": (lambda times: _since(times, "s", "m"), 0, 60),
    "total_seconds": (_total_seconds, 0, 0),
}


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: `parts`, the names of the parts of every column."""
    need_rows(inputs)
    said = params["parts"]
    if said is not None:
        parts = [said] if isinstance(said, str) else list(said)
        return {"parts": [parts for _ in inputs.columns]}
    return {"parts": [default_parts(column.times) for column in inputs.columns]}


def default_parts(times: Times) -> list[str]:
    """The parts of a column that says none: `hour` only where a time of day is not midnight."""
    kept = times[~np.isnat(times)]
    has_time = bool((kept != kept.astype("datetime64[D]")).any())
    return ["year", "month", "day", *(["hour"] if has_time else []), "day_of_week", "total_seconds"]


def apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    """One dense block a column. Raises ValueError on what is no time."""
    named = []
    for column, parts in zip(inputs.columns, state["parts"], strict=True):
        made = _block(column, parts, params["cyclic"])
        named.append((made.values, made.names))
    return blocks(named)


def _block(column: Column, parts: list[str], cyclic: bool) -> Any:
    times = column.times
    made = [
        (f"{column.name}_{part}{suffix}", values) for part in parts for suffix, values in _read(times, part, cyclic)
    ]
    return block((values for _, values in made), [name for name, _ in made], len(times))


def _read(times: Times, part: str, cyclic: bool) -> list[tuple[str, Floats]]:
    read, first, period = PARTS[part]
    values = np.where(np.isnat(times), np.nan, read(times).astype(np.float64))
    if not (cyclic and period):
        return [("", values)]
    angles = 2 * np.pi * (values - first) / period
    return [("_sin", np.sin(angles)), ("_cos", np.cos(angles))]


DATE_PARTS = TransformSpec(
    name="date_parts",
    summary="year, month, day, hour, … of a time as numbers; NULL gives NULL",
    example="date_parts(pickup, ('hour', 'day_of_week'))",
    takes="time",
    gives="number",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    parameters=(
        Parameter(
            "parts",
            None,
            f"one part or a tuple of parts: {', '.join(PARTS)}",
            optional(either(one_of(*PARTS), several(one_of(*PARTS)))),
        ),
        Parameter("cyclic", False, "sine and cosine of parts that begin again, so that 23 is near 0", boolean),
    ),
    reference=lambda params, _seed: DateParts(
        parts=(params["parts"],) if isinstance(params["parts"], str) else params["parts"], cyclic=params["cyclic"]
    ),
    extent=time_parts,
    ns_per_value=60.0,
)
