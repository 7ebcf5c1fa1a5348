"""A kept model as a function of DuckDB: its input columns in, its prediction out.

A model that is a part of the query in PREDICT MODEL is an expression here. Others predict by the matrix of some rows,
2048 at most, from several threads, with the types that the arguments have; so do arguments of other types than those of
the training, and rows that the expression gives NULL for, as the matrix can tell why.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from contextlib import suppress

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from stratum_sql.catalog.columns import Kind
from stratum_sql.errors import Diagnostic, RunError, StratumError
from stratum_sql.execute.duckdb import plain_array, read_item
from stratum_sql.grammar.tokens import QUOTED, WORD, Words
from stratum_sql.models.export.sql_estimators import class_path, is_line
from stratum_sql.models.grouped import predicted, wanted_of
from stratum_sql.models.in_duckdb import compiled_if_faster
from stratum_sql.models.predict import Piece, empty_predictions, inputs_of
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf
from stratum_sql.quoting import quote, quote_text
from stratum_sql.trust.private import private_connection

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


class ModelFunction:
    """One model as a function of one connection, made and taken back by `make` and `drop`.

    `columns` are its parameters: the columns below the model's inputs, in the order of DESCRIBE MODEL, those that make
    its groups first. `error` is what the last call raised. Raises RunError for a model that gives no one value a row.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, model: StoredModel) -> None:
        self._connection, self._model = connection, model
        self._wanted = wanted_of(model)
        _check(model, self._wanted)
        named = [*model.manifest.partition, *inputs_of(model)]
        self.columns = tuple(dict.fromkeys(name for leaf in named for name in _columns(leaf)))
        self.error: StratumError | None = None
        self._expression = _expression(model)
        self._private = private_connection()
        self._nothing = [self._type_of(leaf) for leaf in self._wanted]
        self._lock = threading.Lock()
        self.name = self._free_name()
        is_direct = [_column_of(leaf) for leaf in self._wanted] == list(self.columns)
        self._inner = self.name if is_direct and self._expression is None else f"__{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """The functions of DuckDB that it takes."""
        return (self.name, self._inner, self._of_values)

    @property
    def _of_values(self) -> str:
        return f"__{self.name}_of_values"

    def make(self, *, once: bool) -> None:
        """Make the function. `once`: its arguments are more than a look at a value, and are computed once a row.

        DuckDB asks what a function without parameters takes only when it is called.
        """
        self._connection.create_function(
            self._inner,
            self._predict,
            None,
            self._prediction_type(),
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )
        if self._inner == self.name:
            return
        body = f"{self._inner}({', '.join(str(leaf.free_sql) for leaf in self._wanted)})"
        if self._expression is None or (once and not is_line(class_path(self._model.estimator))):
            self._make_macro(self.name, body)  # trees look at fields of a list so often that the matrix is faster
        elif once:
            self._make_macro(self._of_values, self._guarded(self._expression, body))
            values = ", ".join(f"v{at}: {quote(name)}" for at, name in enumerate(self.columns))
            taken = ", ".join(f"__given.v{at}" for at in range(len(self.columns)))
            self._make_macro(
                self.name, f"list_transform([{{{values}}}], lambda __given: {self._of_values}({taken}))[1]"
            )
        else:
            self._make_macro(self.name, self._guarded(self._expression, body))

    def _make_macro(self, name: str, body: str) -> None:
        parameters = ", ".join(map(quote, self.columns))
        self._connection.execute(f"CREATE TEMP MACRO {name}({parameters}) AS {body}")

    def _guarded(self, expression: str, by_matrix: str) -> str:
        """The expression where it says what the matrix would. DuckDB knows types before it runs, and asks no row."""
        known = " AND ".join(f"typeof({leaf.free_sql}) IN ({_alike(leaf)})" for leaf in self._wanted)
        made = f"coalesce(CAST({expression} AS {self._prediction_type()}), {by_matrix})"
        return f"CASE WHEN {known} THEN {made} ELSE {by_matrix} END"

    def drop(self) -> None:
        """Take the function back; nothing where a transaction that failed has it."""
        self._private.close()
        with suppress(duckdb.Error):
            self._connection.remove_function(self._inner)
        for name in (self.name, self._of_values) if self._inner != self.name else ():
            with suppress(duckdb.Error):
                self._connection.execute(f"DROP MACRO IF EXISTS temp.{name}")

    def _free_name(self) -> str:
        """A name that says the model, as columns without an alias are called by it, and that nothing has."""
        base = "predict_model_" + re.sub(r"\W", "_", self._model.manifest.name.lower(), flags=re.ASCII)
        query = "SELECT lower(function_name) FROM duckdb_functions() WHERE starts_with(lower(function_name), ?)"
        taken = {name for (name,) in self._connection.execute(query, [base]).fetchall()}
        return next(name for at in range(len(taken) + 1) if (name := base + (f"_{at + 1}" if at else "")) not in taken)

    def _type_of(self, leaf: Leaf) -> pa.DataType:
        """Arrow's type of a NULL as training read the column."""
        item = read_item(f"(NULL)::{leaf.type}", leaf.type, leaf.kind)
        return plain_array(self._private.sql(f"SELECT {item} AS x").to_arrow_table().column(0)).type

    def _prediction_type(self) -> str:
        empty = pa.table({"prediction": empty_predictions(self._model, probabilities=False)["prediction"]})
        return str(self._private.from_arrow(empty).types[0])

    def _predict(self, *columns: pa.ChunkedArray) -> pa.Array:
        names = [str(at) for at in range(len(columns))]
        with self._lock:  # a library need not predict from several threads at once
            try:
                made = [self._read(*one) for one in zip(columns, self._wanted, self._nothing, strict=True)]
                rows = Piece(pa.Table.from_arrays(list(columns), names=names), self._wanted, made)
                return predicted(self._model, rows, probabilities=False)["prediction"]
            except StratumError as error:
                self.error = error
                raise

    def _read(self, column: pa.ChunkedArray, leaf: Leaf, nothing: pa.DataType) -> pa.Array:
        """An argument as PREDICT MODEL reads a column of its type. Raises RunError for one of another kind."""
        found = plain_array(column)
        if pa.types.is_null(found.type):
            return pa.nulls(len(found), nothing)
        if _kind(found.type) != leaf.kind:
            message = f"the model was trained with {leaf.name} as {leaf.type}; here it is {self._shown(found)}"
            raise RunError(Diagnostic("wrong_type", message, "run", hint="cast it in the call"))
        if not pa.types.is_decimal(found.type):
            return found
        doubles = self._private.from_arrow(pa.table({"x": found})).project("x::DOUBLE AS x")
        return plain_array(doubles.to_arrow_table().column(0))

    def _shown(self, found: pa.Array) -> str:
        return str(self._private.from_arrow(pa.table({"x": found[:0]})).types[0])


def _expression(model: StoredModel) -> str | None:
    """The prediction as SQL over the model's columns, where DuckDB is as quick at it."""
    compiled = compiled_if_faster(model)
    if compiled is None:
        return None
    from stratum_sql.models.export.inlined import inlined  # with scikit-learn, which a session does not begin with

    return inlined(compiled)


def _alike(leaf: Leaf) -> str:
    """The types that the expression reads as the matrix does: whole numbers of the training were never infinite."""
    kind = leaf.type.upper()
    types: tuple[str, ...] = ("VARCHAR",) if leaf.kind == "text" else (leaf.type,)
    if kind in _WHOLE:
        types = _WHOLE
    elif kind in ("DOUBLE", "FLOAT"):
        types = (*_WHOLE, "DOUBLE", "FLOAT")
    return ", ".join(map(quote_text, types))


def _kind(found: pa.DataType) -> Kind:
    """`kind_of` for Arrow's types."""
    if pa.types.is_boolean(found) or pa.types.is_integer(found) or pa.types.is_floating(found):
        return "number"
    if pa.types.is_decimal(found):
        return "number"
    if pa.types.is_date(found) or pa.types.is_timestamp(found):
        return "time"
    return "text" if pa.types.is_string(found) or pa.types.is_large_string(found) else "other"


def _check(model: StoredModel, wanted: Sequence[Leaf]) -> None:
    name = model.manifest.name
    if model.manifest.more_targets:
        raise _refused(f"{name} predicts several columns, and predict_model gives one", name)
    if any(leaf.free_sql is None for leaf in wanted):
        raise _refused(f"{name} knows its columns by the FROM clause it was trained with", name)


def _refused(message: str, name: str) -> RunError:
    hint = f"FROM (SELECT … PREDICT MODEL {name})"
    return RunError(Diagnostic("not_supported", message, "run", hint=hint))


def _columns(leaf: Leaf) -> list[str]:
    """The columns below an input, as its text names them, one after the other."""
    words = Words(str(leaf.free_sql))
    written = [_unquoted(token.text) for token in words.tokens if token.kind in (WORD, QUOTED)]
    return [name for name in dict.fromkeys(one.lower() for one in written) if name in leaf.columns]


def _column_of(leaf: Leaf) -> str | None:
    """The column that an input is, None where it is computed."""
    words = Words(str(leaf.free_sql))
    if len(words.tokens) != 1 or words.tokens[0].kind not in (WORD, QUOTED):
        return None
    return _unquoted(words.tokens[0].text).lower()


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
