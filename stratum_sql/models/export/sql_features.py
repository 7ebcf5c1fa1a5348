"""The features of a model as SQL: columns of the relation, and what the transforms make of them.

`TRANSFORMS` names every transform that has a form in SQL; each is a function of the layers, the state, the parameters
and the columns in, that gives the columns out, in the order of the model's matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from stratum_sql.catalog.categories import label
from stratum_sql.catalog.spec import Params, State
from stratum_sql.catalog.transforms import count_encode, max_abs_scale, min_max_scale, ordinal, standard_scale
from stratum_sql.catalog.transforms.date_parts import PARTS
from stratum_sql.catalog.transforms.poly import make as make_poly
from stratum_sql.models.export.sql_text import (
    Column,
    Expression,
    Floats,
    Layers,
    Looked,
    Table,
    key,
    not_in_sql,
    number,
    of,
    text,
)
from stratum_sql.models.manifest import fitted_features
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed

Columns = list[Column]
Make = Callable[[Layers, State, Params, Sequence[Column]], Columns]


def matrix_columns(layers: Layers, model: StoredModel) -> Columns:
    """The columns of the model's matrix. Raises RunError `not_exported` for a feature that has no form in SQL."""
    states: dict[Feature, State] = dict(zip(fitted_features(model.manifest.features), model.states, strict=True))
    made: dict[Feature, Columns] = {}

    def columns(feature: Feature) -> Columns:
        if feature not in made:
            made[feature] = _made(
                layers, feature, [one for child in _children(feature) for one in columns(child)], states
            )
        return made[feature]

    return [one for feature in model.manifest.features for one in columns(feature)]


def _children(feature: Feature) -> tuple[Feature, ...]:
    return () if isinstance(feature, Leaf) else feature.children


def _made(layers: Layers, feature: Feature, given: Columns, states: Mapping[Feature, State]) -> Columns:
    match feature:
        case Leaf():
            return [leaf(layers, feature)]
        case Computed():
            parts = [layers.named(layers.sql_of(one)) for one in given]
            made = feature.sql.format(*(one.sql for one in parts))
            layer = max((one.layer for one in parts), default=0)
            return [Expression(_no_nan(f"CAST(({made}) AS DOUBLE)"), layer, may_be_infinite=True)]
        case Transformed():
            make = TRANSFORMS.get(feature.transform)
            if make is None:
                raise not_in_sql(f"the transform {feature.transform}")
            return make(layers, states.get(feature, {}), feature.params.as_dict(), given)


def leaf(layers: Layers, one: Leaf) -> Expression:
    """A column of the relation, or plain SQL over its columns."""
    if one.free_sql is None:
        raise not_in_sql(f"{one.name} is known by the FROM clause it was trained with alone")
    sql = one.free_sql
    if one.kind == "number":
        if one.type.upper() == "BOOLEAN":
            return layers.named(Expression(f"CASE WHEN {sql} THEN 1e0 WHEN NOT {sql} THEN 0e0 END"))
        whole, large = "INT" in one.type.upper(), one.type.upper() in ("BIGINT", "UBIGINT")
        read = Expression(_no_nan(f"CAST({sql} AS DOUBLE)"), may_be_infinite=not whole, may_be_large=large)
        return layers.named(read)
    if one.kind == "text":
        return layers.named(Expression(f"CAST({sql} AS VARCHAR)", kind="text"))
    if one.kind == "time":
        utc = f"make_timestamp(epoch_us({sql}))" if "TIME ZONE" in one.type.upper() else sql
        return layers.named(Expression(f"CAST({utc} AS TIMESTAMP)", kind="time"))
    raise not_in_sql(f"{one.name} is {one.type}")


def _no_nan(sql: str) -> str:
    return f"nullif({sql}, CAST('NaN' AS DOUBLE))"


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _each(make: Callable[[Layers, State, Params, int, Expression], Expression]) -> Make:
    """A transform that makes one number of one, column by column; infinity is refused."""

    def made(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
        return [make(layers, state, params, at, layers.finite(one)) for at, one in enumerate(given)]

    return made


def _moved(x: Expression, shift: float, scale: float) -> Expression:
    """`(x - shift) / scale`, as the kernel computes it; NULL everywhere for a column that was all NULL."""
    if np.isnan(shift) or np.isnan(scale):
        return Expression("CAST(NULL AS DOUBLE)")
    return of(f"({{0}} - {number(shift)}) / {number(scale)}" if shift else f"{{0}} / {number(scale)}", x)


def _standard(_layers: Layers, state: State, params: Params, at: int, x: Expression) -> Expression:
    shift, scale = standard_scale.shift_and_scale(state, params)
    return _moved(x, shift[at], scale[at])


def _max_abs(_layers: Layers, state: State, _params: Params, at: int, x: Expression) -> Expression:
    return _moved(x, 0.0, max_abs_scale.scale_of(state)[at])


def _robust(_layers: Layers, state: State, _params: Params, at: int, x: Expression) -> Expression:
    return _moved(x, state["center"][at], state["scale"][at])


def _min_max(layers: Layers, state: State, params: Params, at: int, x: Expression) -> Expression:
    scale, shift = min_max_scale.scale_and_shift(state, params)
    if np.isnan(scale[at]):
        return Expression("CAST(NULL AS DOUBLE)")
    made = of(f"{{0}} * {number(scale[at])} + {number(shift[at])}", x)
    return _cut(layers, made, *params["feature_range"]) if params["clip"] else made


def _clip(layers: Layers, state: State, _params: Params, at: int, x: Expression) -> Expression:
    return _cut(layers, x, state["low"][at], state["high"][at])


def _cut(layers: Layers, x: Expression, low: float, high: float) -> Expression:
    low, high = number(float(low)), number(float(high))  # type: ignore[assignment]
    return of(f"CASE WHEN {{0}} < {low} THEN {low} WHEN {{0}} > {high} THEN {high} ELSE {{0}} END", layers.named(x))


def _power(layers: Layers, state: State, params: Params, at: int, x: Expression) -> Expression:
    fitted, x = state["transformer"], layers.named(x)
    power = float(fitted.lambdas_[at])
    if np.isnan(power):
        return x
    if params["method"] == "box-cox":
        layers.refuse(f"{x.sql} <= 0", x)
        made = of("ln({0})" if power == 0 else f"(pow({{0}}, {number(power)}) - 1) / {number(power)}", x)
        made = of("CASE WHEN {1} > 0 THEN {0} END", made, x)
    else:
        made = of(f"CASE WHEN {{0}} >= 0 THEN {_above_zero(power)} ELSE {_below_zero(power)} END", x)
    if not params["standardize"]:
        return made
    scaler = fitted._scaler
    return _moved(made, scaler.mean_[at], scaler.scale_[at])


def _above_zero(power: float) -> str:
    if abs(power) < np.spacing(1.0):
        return "ln({0} + 1)"
    return f"(pow({{0}} + 1, {number(power)}) - 1) / {number(power)}"


def _below_zero(power: float) -> str:
    if abs(power - 2) <= np.spacing(1.0):
        return "-ln(1 - {0})"
    return f"-(pow(1 - {{0}}, {number(2 - power)}) - 1) / {number(2 - power)}"


def _quantile(layers: Layers, state: State, params: Params, at: int, x: Expression) -> Expression:
    if params["output_distribution"] != "uniform":
        raise not_in_sql("quantile_map to a normal distribution")
    fitted, x = state["transformer"], layers.named(x)
    return of(_line_between(*_knots(fitted.quantiles_[:, at], fitted.references_)), x)


def _knots(quantiles: Floats, references: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The different quantiles, with the references on, left and right of each; those of the ends are 0 and 1."""
    values, first = np.unique(quantiles, return_index=True)
    last = len(quantiles) - 1 - np.unique(quantiles[::-1], return_index=True)[1]
    low, high = references[first], references[last]
    on = (low + high) / 2
    on[0], on[-1] = (references[0], references[-1]) if len(values) > 1 else (references[0],) * 2
    return values, on, low, high


def _line_between(values: Floats, on: Floats, low: Floats, high: Floats) -> str:
    """A search for the two knots around `{0}` by halves, and the line between them; NULL stays NULL."""

    def between(first: int, last: int) -> str:
        if last - first == 1:
            slope = (low[last] - high[first]) / (values[last] - values[first])
            line = f"{number(high[first])} + ({{0}} - {number(values[first])}) * {number(slope)}"
            return f"CASE WHEN {{0}} = {number(values[first])} THEN {number(on[first])} ELSE {line} END"
        half = (first + last) // 2
        return f"CASE WHEN {{0}} < {number(values[half])} THEN {between(first, half)} ELSE {between(half, last)} END"

    top = f"WHEN {{0}} >= {number(values[-1])} THEN {number(on[-1])}"
    if len(values) == 1:
        return f"CASE WHEN {{0}} <= {number(values[0])} THEN {number(on[0])} {top} END"
    inner = between(0, len(values) - 1)
    return f"CASE WHEN {{0}} <= {number(values[0])} THEN {number(on[0])} {top} WHEN {{0}} IS NOT NULL THEN {inner} END"


def _binned(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    found: Columns = []
    for one, edges in zip(given, state["transformer"].bin_edges_, strict=True):
        x = layers.named(layers.complete(one))
        bins = len(edges) - 1
        cases = " ".join(f"WHEN {{0}} < {number(edge)} THEN {at}e0" for at, edge in enumerate(edges[1:-1]))
        made = of(f"CASE {cases} ELSE {bins - 1}e0 END" if cases else "0e0", x, may_be_null=False)
        if params["encode"] == "ordinal":
            found.append(made)
            continue
        table = Table(
            layers.named(made), tuple(map(float, range(bins))), np.vstack([np.eye(bins), np.zeros((2, bins))])
        )
        found += [Looked(table, at) for at in range(bins)]
    return found


# ---- columns taken together ------------------------------------------------------------------------------------------


def _pca(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    fitted = state["transformer"]
    weights = fitted.components_
    if params["whiten"]:
        scale = np.sqrt(fitted.explained_variance_)
        weights = weights / np.maximum(scale, np.finfo(scale.dtype).eps)[:, None]
    centred = [_centred(layers, one, mean) for one, mean in zip(given, fitted.mean_, strict=True)]
    return [layers.weighted(centred, row, 0.0) for row in weights]


def _centred(layers: Layers, column: Column, mean: float) -> Column:
    if isinstance(column, Looked):
        table = column.table
        return Looked(Table(table.of, table.keys, column.values.reshape(-1, 1) - mean), 0)
    return of(f"{{0}} - {number(mean)}", layers.complete(column))


def _svd(layers: Layers, state: State, _params: Params, given: Sequence[Column]) -> Columns:
    columns = [one if isinstance(one, Looked) else layers.complete(one) for one in given]
    return [layers.weighted(columns, row, 0.0) for row in state["transformer"].components_]


def _poly(layers: Layers, _state: State, params: Params, given: Sequence[Column]) -> Columns:
    columns = [layers.named(layers.complete(one)) for one in given]
    powers = make_poly(params, 0).fit(np.zeros((1, len(columns)))).powers_
    return [_product([one for one, power in zip(columns, row, strict=True) for _ in range(power)]) for row in powers]


def _product(factors: Sequence[Expression]) -> Expression:
    return of(" * ".join(f"{{{at}}}" for at in range(len(factors))) or "1e0", *factors)


def _row_normalize(layers: Layers, _state: State, params: Params, given: Sequence[Column]) -> Columns:
    columns = [layers.named(layers.complete(one)) for one in given]
    if params["norm"] == "max":
        length = of("greatest(" + ", ".join(f"abs({{{at}}})" for at in range(len(columns))) + ")", *columns)
    else:
        form = "{0} * {0}" if params["norm"] == "l2" else "abs({0})"
        length = layers.sum([of(form, one) for one in columns])
        length = of("sqrt({0})", length) if params["norm"] == "l2" else length
    length = layers.named(length)
    return [of("CASE WHEN {1} = 0 THEN {0} ELSE {0} / {1} END", one, length) for one in columns]


def _kept(layers: Layers, state: State, _params: Params, given: Sequence[Column]) -> Columns:
    return [layers.finite(given[at]) if isinstance(given[at], Expression) else given[at] for at in state["kept"]]


def _kept_complete(layers: Layers, state: State, _params: Params, given: Sequence[Column]) -> Columns:
    columns = [one if isinstance(one, Looked) else layers.complete(one) for one in given]
    return [columns[at] for at in state["kept"]]


# ---- categories ------------------------------------------------------------------------------------------------------


def _category(layers: Layers, column: Column) -> Expression:
    """A column that is seen as categories; its values are those of the training, so a time cannot be one."""
    one = layers.finite(column)
    if one.kind not in ("number", "text"):
        raise not_in_sql(f"a category of kind {one.kind}")
    one = layers.named(one)
    if one.may_be_large:
        layers.refuse(f"abs({one.sql}) > {number(2.0**53)}", one)
    return one


def _tables(layers: Layers, given: Sequence[Column], found: Sequence[tuple[Any, Floats]]) -> Columns:
    """The columns of one table a column in: its keys and their numbers, (keys + 2, columns)."""
    made: Columns = []
    for one, (keys, values) in zip(given, found, strict=True):
        table = Table(_category(layers, one), tuple(keys.tolist()), values)
        made += [Looked(table, at) for at in range(values.shape[1])]
    return made


def _places(known: State, rows: Floats, other: Floats) -> Floats:
    """Rows of the keys, of NULL, of others: `rows` has one a key, and one of NULL where training had it."""
    keys = len(known["values"])
    null = rows[keys] if known["null"] else other
    return np.vstack([rows[:keys], null, other])


def _one_hot(layers: Layers, state: State, _params: Params, given: Sequence[Column]) -> Columns:
    return _tables(layers, given, [(known["values"], _indicators(known)) for known in state["columns"]])


def _indicators(known: State) -> Floats:
    width = len(known["labels"])
    slots = known["slots"]
    rows = np.zeros((len(slots), width))
    hot = np.flatnonzero(slots >= 0)
    rows[hot, slots[hot]] = 1.0
    return _places(known, rows, np.zeros(width))


def _ordinal(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    found = []
    for known in state["columns"]:
        numbers = ordinal.table_of(known, params).reshape(-1, 1)
        found.append((known["values"], _places(known, numbers[:-1], numbers[-1])))
    return _tables(layers, given, found)


def _target(layers: Layers, state: State, _params: Params, given: Sequence[Column]) -> Columns:
    found = [(known["values"], _places(known, known["means"], state["overall"])) for known in state["columns"]]
    return _tables(layers, given, found)


def _count(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    divisor = state["rows"] if params["normalize"] else 1
    found = [(known["values"], (count_encode.table_of(known) / divisor).reshape(-1, 1)) for known in state["columns"]]
    return _tables(layers, given, found)


def _rare(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    return [
        _grouped(_category(layers, one), known["values"], params["replacement"])
        for one, known in zip(given, state["columns"], strict=True)
    ]


def _grouped(one: Expression, kept: Any, replacement: str) -> Expression:
    other = text(replacement)
    if not len(kept):
        return of(f"CASE WHEN {{0}} IS NOT NULL THEN {other} END", one, kind="text")
    names = " ".join(f"WHEN {key(value)} THEN {text(label(value))}" for value in kept.tolist())
    names = names.replace("{", "{{").replace("}", "}}")
    other = other.replace("{", "{{").replace("}", "}}")
    return of(f"CASE WHEN {{0}} IS NOT NULL THEN CASE {{0}} {names} ELSE {other} END END", one, kind="text")


def _impute(layers: Layers, state: State, _params: Params, given: Sequence[Column]) -> Columns:
    pairs = zip(given, state["fills"], strict=True)
    return [_filled(layers, one, fill) for one, fill in pairs if fill is not None]


def _filled(layers: Layers, column: Column, fill: float | str) -> Column:
    one = layers.finite(column)
    shown = text(fill) if isinstance(fill, str) else number(fill)
    return Expression(f"coalesce({one.sql}, {shown})", one.layer, one.kind, may_be_null=False)


def _missing(layers: Layers, _state: State, _params: Params, given: Sequence[Column]) -> Columns:
    return [
        of("CASE WHEN {0} IS NULL THEN 1e0 ELSE 0e0 END", layers.named(layers.sql_of(one)), may_be_null=False)
        for one in given
    ]


# ---- times -----------------------------------------------------------------------------------------------------------

_TIME_PARTS = {
    "year": "year({0})",
    "quarter": "quarter({0})",
    "month": "month({0})",
    "week": "week({0})",
    "day": "day({0})",
    "day_of_week": "(isodow({0}) - 1)",
    "day_of_year": "dayofyear({0})",
    "hour": "hour({0})",
    "minute": "minute({0})",
    "second": "second({0})",
    "total_seconds": "(CAST(epoch_us({0}) AS DOUBLE) / 1e6)",
}


def _dates(_layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    found: Columns = []
    for one, parts in zip(given, state["parts"], strict=True):
        assert isinstance(one, Expression)
        if one.kind != "time":
            raise not_in_sql("date_parts of what is no time")
        found += [made for part in parts for made in _part(one, part, params["cyclic"])]
    return found


def _part(one: Expression, part: str, cyclic: bool) -> list[Expression]:
    _, first, period = PARTS[part]
    value = f"CAST({_TIME_PARTS[part]} AS DOUBLE)"
    if not (cyclic and period):
        return [of(value, one)]
    angle = f"{number(2 * np.pi)} * ({value} - {first}) / {period}"
    return [of(f"sin({angle})", one), of(f"cos({angle})", one)]


def _vectorize(layers: Layers, state: State, params: Params, given: Sequence[Column]) -> Columns:
    made: Columns = []
    for one, known in zip(given, state["columns"], strict=True):
        name = known["transform"]
        if name is not None and name not in TRANSFORMS:
            raise not_in_sql(f"the transform {name}, which vectorize chose")
        if name is not None:
            made += [
                _single(column)
                for column in TRANSFORMS[name](layers, known["state"], {**params, "cyclic": False}, [one])
            ]
    return made


def _single(column: Column) -> Column:
    """The numbers rounded to single precision; those of tables here are 0 and 1."""
    return column if isinstance(column, Looked) else of("CAST(CAST({0} AS FLOAT) AS DOUBLE)", column)


TRANSFORMS: Mapping[str, Make] = {
    "standard_scale": _each(_standard),
    "min_max_scale": _each(_min_max),
    "max_abs_scale": _each(_max_abs),
    "robust_scale": _each(_robust),
    "clip_outliers": _each(_clip),
    "power_map": _each(_power),
    "quantile_map": _each(_quantile),
    "bin_uniform": _binned,
    "bin_quantile": _binned,
    "bin_kmeans": _binned,
    "pca": _pca,
    "svd": _svd,
    "poly": _poly,
    "row_normalize": _row_normalize,
    "drop_constant": _kept,
    "select_k": _kept_complete,
    "one_hot": _one_hot,
    "ordinal": _ordinal,
    "target_encode": _target,
    "count_encode": _count,
    "rare": _rare,
    "impute": _impute,
    "missing_flag": _missing,
    "date_parts": _dates,
    "vectorize": _vectorize,
    "passthrough": lambda _layers, _state, _params, given: list(given),
}
