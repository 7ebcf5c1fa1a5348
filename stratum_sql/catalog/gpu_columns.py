"""Which transforms a GPU applies to columns that are there, and how: one declaration each.

The state is the one that the CPU fits, scikit-learn's to the last bit, so the numbers are those of the host but for the
last bits. What is moved is the column as it was read, once for all transforms and folds, and not what is made of it.
`docs/gpu.md` lists the forms and what is left out, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratum_sql.catalog.spec import Params, State
from stratum_sql.catalog.transforms.max_abs_scale import scale_of
from stratum_sql.catalog.transforms.min_max_scale import scale_and_shift
from stratum_sql.catalog.transforms.poly import powers
from stratum_sql.catalog.transforms.standard_scale import shift_and_scale

Columns = Sequence[Any]  # arrays of CuPy, float64 (rows,), NULL is NaN
Made = list[Any]


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """How one transform of numbers is applied on a GPU.

    `apply`: the columns out, of the state (empty where nothing is fitted), the parameters, the columns in, and CuPy;
    ValueError where the transform refuses NULL. `width`: how many come out of so many. `takes`: whether it can with
    these parameters.
    """

    apply: Callable[[State, Params, Columns, Any], Made]
    width: Callable[[State, Params, int], int] = lambda _state, _params, columns: columns
    takes: Callable[[Params], bool] = lambda _params: True


def _standard(state: State, params: Params, columns: Columns, _arrays: Any) -> Made:
    return _scaled(columns, *shift_and_scale(state, params))


def _max_abs(state: State, _params: Params, columns: Columns, _arrays: Any) -> Made:
    return _scaled(columns, [0.0] * len(columns), scale_of(state))


def _robust(state: State, _params: Params, columns: Columns, _arrays: Any) -> Made:
    return _scaled(columns, state["center"], state["scale"])


def _scaled(columns: Columns, shift: Iterable[float], scale: Iterable[float]) -> Made:
    return [(values - float(by)) / float(over) for values, by, over in zip(columns, shift, scale, strict=True)]


def _min_max(state: State, params: Params, columns: Columns, arrays: Any) -> Made:
    pairs = zip(columns, *scale_and_shift(state, params), strict=True)
    scaled = [values * float(scale) + float(shift) for values, scale, shift in pairs]
    return [arrays.clip(one, *params["feature_range"]) for one in scaled] if params["clip"] else scaled


def _clipped(state: State, _params: Params, columns: Columns, arrays: Any) -> Made:
    bounds = zip(columns, state["low"], state["high"], strict=True)
    return [arrays.clip(values, float(low), float(high)) for values, low, high in bounds]


def _filled(state: State, _params: Params, columns: Columns, arrays: Any) -> Made:
    pairs = zip(columns, state["fills"], strict=True)
    return [arrays.where(arrays.isnan(values), float(fill), values) for values, fill in pairs if fill is not None]


def _flags(_state: State, _params: Params, columns: Columns, arrays: Any) -> Made:
    return [arrays.isnan(values).astype("float64") for values in columns]


def _products(_state: State, params: Params, columns: Columns, arrays: Any) -> Made:
    """Each is the product of a column and of one of a degree less, in the order in which scikit-learn multiplies."""
    _need_numbers(columns, arrays)
    made = []
    for factors in powers(params, len(columns)):
        product = arrays.ones(len(columns[0]))
        for place in reversed(factors):
            product = product * columns[place]
        made.append(product)
    return made


def _normalized(_state: State, params: Params, columns: Columns, arrays: Any) -> Made:
    _need_numbers(columns, arrays)
    length = arrays.zeros(len(columns[0]))
    for values in columns:
        if params["norm"] == "l2":
            length = length + values * values
        elif params["norm"] == "l1":
            length = length + arrays.abs(values)
        else:
            length = arrays.maximum(length, arrays.abs(values))
    length = arrays.sqrt(length) if params["norm"] == "l2" else length
    length = arrays.where(length == 0.0, 1.0, length)
    return [values / length for values in columns]


def _need_numbers(columns: Columns, arrays: Any) -> None:
    if not all(bool(arrays.isfinite(values).all()) for values in columns):
        raise ValueError("the columns have NULL or infinity")


COLUMN_FORMS: Mapping[str, ColumnForm] = {
    "standard_scale": ColumnForm(_standard),
    "min_max_scale": ColumnForm(_min_max),
    "max_abs_scale": ColumnForm(_max_abs),
    "robust_scale": ColumnForm(_robust),
    "clip_outliers": ColumnForm(_clipped),
    "impute": ColumnForm(
        _filled,
        width=lambda state, _params, _columns: sum(fill is not None for fill in state["fills"]),
        takes=lambda params: not isinstance(params["fill_value"], str),
    ),
    "missing_flag": ColumnForm(_flags),
    "poly": ColumnForm(_products, width=lambda _state, params, columns: len(powers(params, columns))),
    "row_normalize": ColumnForm(_normalized),
}


def column_form(name: str, params: Params) -> ColumnForm | None:
    """How a GPU applies this transform with all these parameters to columns of numbers; None where it cannot."""
    form = COLUMN_FORMS.get(name)
    return form if form is not None and form.takes(params) else None
