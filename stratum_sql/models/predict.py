"""Prediction: the head's rows, the model's columns over them, its fitted states, its estimator."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database, Tree
from stratum_sql.bind.head import read_head
from stratum_sql.bind.names import kind_of
from stratum_sql.catalog.columns import Column, Inputs, Part, stack
from stratum_sql.catalog.targets import shares_of_each
from stratum_sql.errors import BindError, RunError, Span, StratumError
from stratum_sql.execute.duckdb import plain_array, read_item
from stratum_sql.execute.noted import noted
from stratum_sql.execute.operators import compute
from stratum_sql.execute.scheduler import reason
from stratum_sql.models.answers import answers
from stratum_sql.models.classes import Classes
from stratum_sql.models.manifest import fitted_features
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed, leaves
from stratum_sql.trust.private import private_connection

_NO_TYPE = '"NULL"'  # how DESCRIBE calls the type of a bare NULL


class Rows:
    """The rows of a head, and the columns that models want over them; read in one query, when they are asked for.

    `types` are those of the wanted columns, in DuckDB's words; `over_head` whether they are made of the head's output.
    """

    def __init__(self, database: Database, script: str, head: Span, wanted: Sequence[Leaf]) -> None:
        self.database, self.script = database, script
        self.head = Composed.verbatim(script, head)
        self.wanted = list(dict.fromkeys(wanted))
        self.names: Sequence[str] = [column.name for column in database.describe(self.head, script)]
        self.over_head = True
        self.types: dict[Leaf, str] = {}
        self.query = self._query()  # the head's columns, then the wanted ones

    def __len__(self) -> int:
        return len(self._whole)

    @property
    def table(self) -> pa.Table:
        """The head's own columns."""
        return self._whole.table

    def column(self, leaf: Leaf) -> Column:
        """One wanted column."""
        return self._whole.column(leaf)

    @cached_property
    def _whole(self) -> Piece:
        return self.piece(self.database.table(self.query, self.script))

    def pieces(self, rows: int) -> Generator[Piece, None, None]:
        """All rows in their order, about `rows` at a time; the database waits until it is closed."""
        with closing(self.database.batches(self.query, self.script, rows)) as batches:
            for batch in batches:
                yield self.piece(pa.Table.from_batches([batch]))

    def piece(self, table: pa.Table) -> Piece:
        """Some rows of `query`."""
        width = len(self.names)
        made = [plain_array(table.column(width + at)) for at in range(len(self.wanted))]
        return Piece(table.select(list(range(width))), self.wanted, made)

    def _query(self) -> Composed:
        """Columns over the head's output where they mean something there, else over what the head itself reads."""
        error: StratumError | None = None
        for query_of, items in (
            (self._over, [leaf.free_sql for leaf in self.wanted]),
            (self._inside, [leaf.sql for leaf in self.wanted]),
        ):
            query = None if None in items else query_of([str(item) for item in items])
            if query is None:
                continue
            try:
                types = [column.type for column in self.database.describe(query, self.script)][len(self.names) :]
            except StratumError as failed:
                error = error or failed
                continue
            self.types = dict(zip(self.wanted, types, strict=True))
            final = query_of([self._read(*one) for one in zip(items, types, self.wanted, strict=True)])
            assert final is not None
            self.over_head = query_of == self._over
            return final
        raise self._missing(error)

    def _over(self, items: Sequence[str]) -> Composed:
        return ours("SELECT __head.*") + _listed(items) + ours(" FROM (") + self.head + ours("\n) AS __head")

    def _inside(self, items: Sequence[str]) -> Composed | None:
        """The head with the columns added to its own select list, if that leaves its rows as they are."""
        head = read_head(self.head, self.database.tree(self.head, self.script))
        if head is None or head.list_end == 0 or _gathers_rows(head.tree):
            return None
        return self.head.cut(0, head.list_end) + _listed(items) + self.head.cut(head.list_end, len(self.head.text))

    def _read(self, item: str | None, found: str, leaf: Leaf) -> str:
        """The item as it is fetched. Raises BindError if it is of another kind than the model was trained on."""
        if found == _NO_TYPE:
            return read_item(f"({item})::{leaf.type}", leaf.type, leaf.kind)
        if kind_of(found) == leaf.kind:
            return read_item(str(item), found, leaf.kind)
        message = f"the model was trained with {leaf.name} as {leaf.type}; here it is {found}"
        hint = f"cast it in the query: {leaf.name}::{leaf.type}"
        raise BindError.at(self.script, self._span(), "wrong_type", message, hint=hint)

    def _span(self) -> Span | None:
        return self.head.origin(0, len(self.head.text))

    def _missing(self, error: StratumError | None) -> StratumError:
        have = {name.lower() for name in self.names}
        lacking = sorted({name for leaf in self.wanted for name in leaf.columns} - have)
        if not lacking and error is not None:
            return error
        bound = [leaf.sql for leaf in self.wanted if leaf.free_sql is None]
        message = f"the model needs columns that the query does not have: {', '.join(lacking or bound)}"
        hint = (
            None
            if lacking or not bound
            else "it knows them by the FROM clause it was trained with: predict over the same one"
        )
        return BindError.at(self.script, self._span(), "missing_columns", message, hint=hint)


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Some rows: the head's own columns, and those that models want."""

    table: pa.Table
    wanted: Sequence[Leaf]
    made: Sequence[pa.Array]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def names(self) -> Sequence[str]:
        """Those of the head's own columns."""
        return list(self.table.column_names)

    def column(self, leaf: Leaf) -> Column:
        """One wanted column."""
        return Column(leaf.name, leaf.kind, self.made[self.wanted.index(leaf)])


def _gathers_rows(tree: Tree) -> bool:
    """Whether a SELECT's rows depend on its own columns: GROUP BY, DISTINCT."""
    distinct = any(modifier.get("type") == "DISTINCT_MODIFIER" for modifier in tree.get("modifiers", ()))
    return distinct or bool(tree.get("group_expressions")) or tree.get("aggregate_handling") != "STANDARD_HANDLING"


def _listed(items: Sequence[str]) -> Composed:
    return ours("".join(f', {item} AS "__input{number}"' for number, item in enumerate(items)))


def inputs_of(model: StoredModel) -> list[Leaf]:
    """The columns a model wants, each once."""
    return list(dict.fromkeys(leaf for feature in model.manifest.features for leaf in leaves(feature)))


class HasColumns(Protocol):
    """Rows whose columns a model can ask for."""

    def column(self, leaf: Leaf) -> Column: ...


class HasRows(HasColumns, Protocol):
    """The rows of a query, or some of them: their number, and the query's own columns with their names."""

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def table(self) -> pa.Table: ...

    def __len__(self) -> int: ...


FeatureParts = dict[Feature, tuple[Part, ...]]


def design_matrix(model: StoredModel, rows: HasColumns) -> Any:
    """The matrix that the model's estimator wants, one row a row of `rows`."""
    return stacked(model, feature_parts(model, rows))


def stacked(model: StoredModel, parts: FeatureParts) -> Any:
    """The parts of the model's features side by side: as a matrix, or as the DataFrame that an imported model takes."""
    if model.manifest.takes == "frame":
        from stratum_sql.models.frames import frame_of

        return frame_of(
            [part for feature in model.manifest.features for part in parts[feature] if isinstance(part, Column)]
        )
    return stack([part for feature in model.manifest.features for part in parts[feature]])


def feature_parts(model: StoredModel, rows: HasColumns, known: FeatureParts | None = None) -> FeatureParts:
    """What the model's features, and those below them, are over `rows`; those in `known` are taken as they are."""
    states = dict(zip(fitted_features(model.manifest.features), model.states, strict=True))
    connection = private_connection() if _has_computed(model.manifest.features) else None
    made: FeatureParts = dict(known or {})

    def value(feature: Feature) -> tuple[Part, ...]:
        if feature not in made:
            made[feature] = _value(feature)
        return made[feature]

    def _value(feature: Feature) -> tuple[Part, ...]:
        if isinstance(feature, Leaf):
            return (rows.column(feature),)
        given = Inputs([part for child in feature.children for part in value(child)])
        if isinstance(feature, Computed):
            assert connection is not None
            return (compute(connection, feature.sql, feature.name, given),)
        return feature.spec.apply(states.get(feature, {}), given, feature.params.as_dict())

    for feature in model.manifest.features:
        value(feature)
    return made


def _has_computed(features: Sequence[Feature]) -> bool:
    return any(
        isinstance(feature, Computed) or (isinstance(feature, Transformed) and _has_computed(feature.children))
        for feature in features
    )


def predictions(model: StoredModel, rows: HasRows, *, probabilities: bool, threads: int = 1) -> Mapping[str, pa.Array]:
    """`prediction` in the target's own type and, if asked for, `probabilities`, a STRUCT of one DOUBLE a class. A model
    of several targets gives both for each: `<target>` and `<target>_probabilities`.

    `threads` are for a library that gives the same numbers on any number of them.
    """
    if len(rows) == 0:
        return empty_predictions(model, probabilities)
    with over_rows(f"{model.manifest.name} ({model.manifest.estimator})", "predict"):
        matrix = design_matrix(model, rows)
        if model.manifest.more_targets:
            return _each_target(model, matrix, probabilities=probabilities)
        if probabilities:
            check_probabilities(model)
        values, shares = answers(model, matrix, probabilities=probabilities, threads=threads)
        found = {"prediction": labelled(model.classes, values)}
        if shares is not None:
            assert model.classes is not None
            found["probabilities"] = _struct(model.classes, shares)
    return found


@contextmanager
def over_rows(model: str, what: str, script: str = "", span: Span | None = None) -> Iterator[None]:
    """A library at work on a query's rows: whatever it raises is a RunError that says what the model cannot do."""
    try:
        with noted():
            yield
    except StratumError:
        raise
    except Exception as error:  # noqa: BLE001 a library may raise anything on rows it cannot take
        message = f"{model} cannot {what} these rows: {reason(error)}"
        raise RunError.at(script, span, "predict_failed", message) from None


def labelled(classes: Classes | None, values: Any) -> pa.Array:
    """An estimator's output as values of a target: class codes become labels in the target's own type."""
    flat = np.asarray(values).reshape(-1)
    if classes is None:
        return pa.array(flat.astype(np.float64))
    return classes.values.take(pa.array(flat.astype(np.int64)))


def _each_target(model: StoredModel, matrix: Any, *, probabilities: bool) -> Mapping[str, pa.Array]:
    if probabilities:
        check_probabilities(model)
    values = np.asarray(model.estimator.predict(matrix))
    shares = shares_of_each(model.estimator.predict_proba(matrix)) if probabilities else None
    found: dict[str, pa.Array] = {}
    for at, (name, classes) in enumerate(model.targets):
        found[name] = labelled(classes, values[:, at])
        if shares is not None and classes is not None:
            found[shares_name(name)] = _struct(classes, shares[at])
    return found


def shares_name(target: str) -> str:
    """What the probabilities of one of several targets are called."""
    return f"{target}_probabilities"


def check_probabilities(model: StoredModel, script: str = "", span: Span | None = None) -> None:
    """Raise RunError, at the model's name, for one that gives no probabilities."""
    if not hasattr(model.estimator, "predict_proba") or model.classes is None:
        raise RunError.at(script, span, "no_probabilities", f"{model.manifest.estimator} gives no probabilities")


def _struct(classes: Classes, shares: Any) -> pa.Array:
    """Probabilities (n, classes) as a STRUCT of one DOUBLE a class."""
    made = np.asarray(shares, dtype=np.float64)
    columns = [pa.array(np.ascontiguousarray(made[:, i])) for i in range(made.shape[1])]
    return pa.StructArray.from_arrays(columns, names=list(classes.names))


def empty_predictions(model: StoredModel, probabilities: bool) -> Mapping[str, pa.Array]:
    """`predictions` over no row."""
    several = bool(model.manifest.more_targets)
    found: dict[str, pa.Array] = {}
    for name, classes in model.targets:
        found[name if several else "prediction"] = pa.array(
            [], pa.float64() if classes is None else classes.values.type
        )
        if probabilities and classes is not None:
            kind = pa.struct([(one, pa.float64()) for one in classes.names])
            found[shares_name(name) if several else "probabilities"] = pa.array([], kind)
    return found
