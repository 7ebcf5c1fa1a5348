"""impute(x, strategy): NULL filled from the training rows: mean, median, most frequent value, or a constant.

Text takes 'most_frequent' and 'constant' and stays text. Ties of the most frequent go to the smallest value. A column
that is all NULL in training is left out, as in scikit-learn, unless `keep_empty_features`.

SELECT impute(age, 'median'), one_hot(impute(city, 'most_frequent')) FROM people
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer

from stratum_sql import kernels
from stratum_sql.catalog.affine import Affine, NumberSums, Terms
from stratum_sql.catalog.categories import seen
from stratum_sql.catalog.checks import boolean, either, number, one_of, optional, text
from stratum_sql.catalog.columns import CategoryColumn, Codes, Column, Inputs, Part
from stratum_sql.catalog.extents import same_categories
from stratum_sql.catalog.numeric import block, need_rows, number_columns
from stratum_sql.catalog.quantiles import Ordered
from stratum_sql.catalog.spec import Parameter, Params, State, Target, TransformSpec


def make(params: Params, _seed: int) -> SimpleImputer:
    """missing_values=pandas.NA stands for None, NaN and NA alike, so that one imputer serves numbers and text."""
    return SimpleImputer(
        missing_values=pd.NA,
        strategy=params["strategy"],
        fill_value=params["fill_value"],
        keep_empty_features=params["keep_empty_features"],
    )


def fit(inputs: Inputs, params: Params, _target: Target | None, _seed: int) -> State:
    """State: `fills`, one value a column: a number, a text, or None for a column that is left out."""
    need_rows(inputs)
    number_columns(Inputs([column for column in inputs.columns if column.kind == "number"]))  # refuses infinity
    return {"fills": [_fill(column, params) for column in inputs.columns]}


def _fill(column: Column, params: Params) -> float | str | None:
    if column.kind not in ("number", "text"):
        raise ValueError(f"impute works on numbers and text, {column.name} is neither")
    constant = _constant(column, params["fill_value"]) if params["strategy"] == "constant" else None
    empty = not len(seen(column).values) if column.kind == "text" else bool(np.isnan(column.numbers).all())
    if empty and not params["keep_empty_features"]:
        return None
    if constant is not None:
        return constant
    return (
        _text_fill(column, params["strategy"], empty) if column.kind == "text" else _number_fill(column, params, empty)
    )


def _constant(column: Column, value: Any) -> float | str:
    if column.kind == "text":
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{column.name} is text: fill_value must be a text, not {value!r}")
        return "missing_value" if value is None else value
    if isinstance(value, str):
        raise ValueError(f"{column.name} is a number: fill_value must be a number, not a text")
    return 0.0 if value is None else float(value)


def _text_fill(column: Column, strategy: str, empty: bool) -> str:
    if strategy != "most_frequent":
        raise ValueError(f"{column.name} is text, which has no {strategy}: use impute({column.name}, 'most_frequent')")
    if empty:
        raise ValueError(f"{column.name} is all NULL in training: it has no most frequent value to keep it with")
    found = seen(column)
    return str(found.values[np.argmax(found.counts)])


def _number_fill(column: Column, params: Params, empty: bool) -> float:
    if empty:
        return 0.0
    if params["strategy"] == "mean":
        # scikit-learn's own mean, to the last bit: scaled, it is 0 or 1e-17, which boosted trees tell apart
        return kernels.mean_and_variance(column.numbers)[1]
    if params["strategy"] == "median":
        return Ordered(column.numbers).median()
    found = seen(column)
    return float(found.values[np.argmax(found.counts)])


def apply(state: State, inputs: Inputs, _params: Params) -> tuple[Part, ...]:
    """Numbers as a block, text as a column of categories."""
    fills = state["fills"]
    filled = [_filled(column, fill) for column, fill in zip(inputs.columns, fills, strict=True) if fill is not None]
    return tuple(filled) if filled else (block([], [], len(inputs)),)


def _filled(column: Column, fill: float | str) -> Part:
    if isinstance(fill, str):
        return CategoryColumn(column.name, _filled_codes(column.codes, fill))
    values = number_columns(Inputs([column]))[0]
    return block([np.where(np.isnan(values), fill, values)], [column.name], len(values))


def _filled_codes(codes: Codes, fill: str) -> Codes:
    """The codes with `fill` for NULL; a fill that is no category yet is put in its sorted place."""
    at = int(np.searchsorted(codes.values, fill)) if len(codes.values) else 0
    known = at < len(codes.values) and codes.values[at] == fill
    values = codes.values if known else np.insert(codes.values.astype(object), at, fill)
    moved = codes.codes if known else codes.codes + (codes.codes >= at)
    return Codes(np.where(codes.codes < 0, at, moved).astype(np.int32), values)


def from_sums(sums: NumberSums, params: Params) -> State:
    """The state of columns of numbers from what the training rows add up to, where it is a mean or a constant."""
    value = params["fill_value"]
    constant = None if params["strategy"] == "mean" else 0.0 if value is None else float(value)
    fills = [float(mean) if constant is None else constant for mean in sums.mean]
    kept_empty = (0.0 if constant is None else constant) if params["keep_empty_features"] else None
    return {"fills": [fill if count else kept_empty for fill, count in zip(fills, sums.count, strict=True)]}


def terms(state: State, columns: Terms, _params: Params) -> Terms:
    """The filled columns as combinations; a column without a fill is left out."""
    kept = np.array([at for at, fill in enumerate(state["fills"]) if fill is not None], dtype=np.int64)
    return columns.chosen(kept).filled(np.array([state["fills"][at] for at in kept], dtype=np.float64))


IMPUTE = TransformSpec(
    name="impute",
    summary="NULL filled with the mean, the median, the most frequent value or a constant",
    example="impute(age, 'median')",
    takes="any",
    gives="same",
    per_column=True,
    fitted=True,
    uses_seed=False,
    fit=fit,
    apply=apply,
    affine=Affine(
        "number",
        terms,
        from_sums,
        mergeable=lambda params: params["strategy"] in ("mean", "constant"),
        applies=lambda params: not isinstance(params["fill_value"], str),
    ),
    parameters=(
        Parameter(
            "strategy",
            "mean",
            "what fills NULL; text takes the last two",
            one_of("mean", "median", "most_frequent", "constant"),
        ),
        Parameter(
            "fill_value",
            None,
            "the constant; NULL means 0 for numbers and 'missing_value' for text",
            optional(either(number(), text)),
        ),
        Parameter("keep_empty_features", False, "keep columns that are all NULL in training", boolean),
    ),
    reference=make,
    sklearn="sklearn.impute.SimpleImputer",
    extent=same_categories,
    ns_per_value=10.0,
)
