"""Kept models as Python objects: `session.models`, `session.model("m@2")`.

A `Model` is one version, as it was when it was asked for: facts, and methods that send a statement about that version.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, overload

import duckdb

from stratum_sql.errors import BindError, StratumError, suggestions
from stratum_sql.models.entries import Entry
from stratum_sql.models.stored import key_of
from stratum_sql.quoting import quote, quote_text
from stratum_sql.results import Result


class Asked(Protocol):
    """What a model needs of its session."""

    connection: duckdb.DuckDBPyConnection

    def sql(self, text: str) -> Result: ...
    def register(self, name: str, table: Any) -> None: ...
    def to_sklearn(self, name: str) -> Any: ...


class Model:
    """One version of a kept model.

    `estimator`, `params`, `metric`, `score`, `created_at` (UTC) and `aliases` are those of the registry; `manifest` is
    all that is written of it, as plain values.
    """

    def __init__(self, session: Asked, entry: Entry) -> None:
        self._session = session
        self.name, self.version, self.versions = entry.name, entry.version, entry.versions
        self.aliases: tuple[str, ...] = entry.aliases
        self.estimator, self.params = entry.estimator, entry.params
        self.metric, self.score = entry.metric, entry.score
        self.created_at: datetime = entry.created_at
        self.temporary = entry.temporary
        self._manifest = entry.manifest

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the model says of itself: `statement`, `features`, `target`, `libraries`, `lineage`, …; empty where it
        is damaged.
        """
        try:
            found = json.loads(self._manifest)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def statement(self) -> str:
        """The statement that it was trained by, in canonical form."""
        return str(self.manifest.get("statement", ""))

    @property
    def target(self) -> str:
        """The name of the column that it predicts; of several `a, b`."""
        targets = [self.manifest.get("target", {}), *self.manifest.get("more_targets", [])]
        return ", ".join(str(target.get("name", "")) for target in targets)

    @property
    def features(self) -> list[str]:
        """The names of its features, in order."""
        return [str(feature.get("name", "")) for feature in self.manifest.get("features", [])]

    @property
    def fold_scores(self) -> dict[str, list[float | None]]:
        """The score of each fold, by metric."""
        return dict(self.manifest.get("fold_scores", {}))

    def predict(self, table: Any, *, probabilities: bool = False) -> Any:
        """The rows of a table with a column `prediction`, and with `probabilities` a STRUCT of one DOUBLE a class.

        `table` has the columns that the model was trained from, in any order, and any others: a pandas or polars
        DataFrame, a pyarrow Table, a DuckDB relation, a `Result`, or anything with the Arrow PyCapsule interface. A
        pandas or polars DataFrame comes back as one, all others as a pyarrow Table. Rows keep their order. Raises
        StratumError.
        """
        options = " WITH (probabilities = true)" if probabilities else ""
        return _like(table, self._over(table, "PREDICT", options))

    def evaluate(self, table: Any, *metrics: str) -> Result:
        """Its scores over a table with the target in it, by the metrics named, such as `'mae'`, or the task's own; with
        warnings where the rows are other than those of training. Raises StratumError.
        """
        return self._over(table, "EVALUATE", f" METRIC {', '.join(metrics)}" if metrics else "")

    def explain(self, table: Any, using: str = "permutation()") -> Result:
        """What its predictions over a table hang on, as `EXPLAIN MODEL … USING` says. Raises StratumError."""
        return self._over(table, "EXPLAIN", f" USING {using}")

    def weights(self) -> Result | None:
        """What the estimator itself says of its columns, without a look at rows: its importances, or its coefficients,
        one a row. None where it says neither, and for a model whose inputs are more than columns."""
        columns = _leaf_columns(self.manifest.get("features", []))
        if columns is None:
            return None
        head = ", ".join(f"NULL::{kind} AS {quote(name)}" for name, kind in columns.items()) or "1 AS x"
        for explainer in ("importances()", "coefficients()"):
            with suppress(StratumError):
                return self._session.sql(f"SELECT {head} WHERE false EXPLAIN MODEL {self._named} USING {explainer}")
        return None

    def to_sklearn(self) -> Any:
        """A fitted scikit-learn Pipeline over a DataFrame of the columns that it reads, which predicts the same. Raises
        RunError `not_exported`."""
        return self._session.to_sklearn(self._named)

    def export(self, path: str | Path) -> Path:
        """Write it to a file, whose end tells the format: `.sql`, `.skops`, `.onnx`, `.json`, `.py`. Raises RunError
        `not_exported` for a format that it has not, `file_failed`; NotAllowed in a session for foreign statements."""
        self._session.sql(f"EXPORT MODEL {self._named} TO {quote_text(str(path))}")
        return Path(path)

    def log_to_mlflow(self, name: str = "model") -> str:
        """Log it to MLflow, to the run that is active or to a new one; gives back the run's id.

        Logged are the estimator, its parameters, the features and the target; the score of each fold as a step of
        `<metric>_fold` and their mean as `<metric>`; statement, digests and libraries as tags; the manifest; and as
        `name` the model, a scikit-learn Pipeline without pickle, or where it has no such form, the file of JSON or SQL.
        Raises RunError: `missing_library`, `not_exported`, `not_logged`.
        """
        from stratum_sql.tracked import log  # only those who track runs need it

        return log(self, name)

    def transform(self, table: Any) -> Any:
        """The columns that its estimator is given for the rows of a table, in the kind that `predict` gives."""
        return _like(table, self._over(table, "TRANSFORM", ""))

    def _over(self, table: Any, verb: str, rest: str) -> Result:
        """The answer of a statement over a table of the host program, which the session has only meanwhile."""
        name = f"__stratum_{uuid.uuid4().hex[:12]}"
        self._session.register(name, _readable(table))
        try:
            return self._session.sql(f"FROM {name} {verb} MODEL {self._named}{rest}")
        finally:
            with suppress(duckdb.Error):
                self._session.connection.unregister(name)

    @property
    def _named(self) -> str:
        return f"{quote(self.name)}@{self.version}"

    def __repr__(self) -> str:
        names = f" ({', '.join(self.aliases)})" if self.aliases else ""
        score = "" if self.score is None else f", {self.metric} {self.score:.6g}"
        return f"<model {self.name}@{self.version}{names}: {self.estimator}({self.params}){score}>"

    def _repr_html_(self) -> str:
        from stratum_sql.shell.model_card import card  # the doors stand behind; only showing needs them

        return card(self)


class Models(Sequence[Model]):
    """The latest version of each model of a session, by name, as they were when they were asked for."""

    def __init__(self, models: Sequence[Model], table: Result) -> None:
        self._models, self._table = tuple(models), table

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models)

    @overload
    def __getitem__(self, index: int | str) -> Model: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Model]: ...
    def __getitem__(self, index: int | str | slice) -> Model | Sequence[Model]:
        """By place, or by name in any spelling. Raises IndexError, or BindError with candidates."""
        if not isinstance(index, str):
            return self._models[index]
        found = next((model for model in self._models if key_of(model.name) == key_of(index)), None)
        if found is None:
            near = suggestions(index, [model.name for model in self._models])
            raise BindError.at("", None, "unknown_model", f'no model "{index[:80]}"', did_you_mean=near)
        return found

    def __repr__(self) -> str:
        return repr(self._table)

    def _repr_html_(self) -> str:
        return self._table._repr_html_()


def _leaf_columns(features: Sequence[Any]) -> dict[str, str] | None:
    """The columns below features, with their types; None if one is made by SQL, whose columns' types are not known."""
    found: dict[str, str] = {}
    for feature in features:
        own = _leaf_columns(feature["children"]) if "children" in feature else _bare(feature)
        if own is None:
            return None
        found |= own
    return found


def _bare(leaf: dict[str, Any]) -> dict[str, str] | None:
    """A column as it stands, under whatever name it is selected."""
    name = str(leaf.get("free_sql") or "").strip('"')
    return {name: str(leaf["type"])} if leaf.get("columns") == [name.lower()] else None


def _readable(table: Any) -> Any:
    """The table as the session can read it: a relation of another connection by way of Arrow."""
    return table.to_arrow_table() if isinstance(table, duckdb.DuckDBPyRelation) else _as_arrow(table)


def _as_arrow(table: Any) -> Any:
    return table.arrow() if isinstance(table, Result) else table


def _like(table: Any, result: Result) -> Any:
    """The rows in the kind that the table was of."""
    kind = type(table).__module__.partition(".")[0]
    found: Any = result.df() if kind == "pandas" else result.pl() if kind == "polars" else result.arrow()
    if kind == "polars" and type(table).__name__ == "LazyFrame":
        return found.lazy()
    return found
