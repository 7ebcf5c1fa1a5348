"""What was made elsewhere, as a model that can be kept: its columns, its classes, its estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.bind.leaves import column_key
from stratum_sql.bind.names import kind_of
from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.models.manifest import Manifest, libraries
from stratum_sql.plan.features import Leaf
from stratum_sql.quoting import quote
from stratum_sql.trust.expression import is_expression


@dataclass(frozen=True, eq=False, slots=True)
class Imported:
    """`parts` are what the store writes; `manifest` makes the manifest of a name and a version."""

    parts: dict[str, Any]
    features: tuple[Leaf, ...]
    target: Leaf
    labels: tuple[Any, ...] | None
    estimator: str
    more_targets: tuple[Leaf, ...] = ()

    def manifest(self, name: str, version: int, source: str) -> Manifest:
        """What the kept model says of itself; `source` is where it comes from."""
        return Manifest(
            name=name,
            version=version,
            statement=source,
            features=self.features,
            target=self.target,
            task="regression" if self.labels is None else "classification",
            labels=self.labels,
            estimator=self.estimator,
            params="",
            metric="",
            score=None,
            rows=0,
            seed=0,
            names=tuple(leaf.name for leaf in self.features),
            libraries=libraries(),
            more_targets=self.more_targets,
            takes="frame",
        )


def refused(message: str, hint: str | None = None) -> RunError:
    """The error for what is no model that can be imported."""
    return RunError(Diagnostic("not_imported", message, "run", hint=hint))


def from_pipeline(made: Any, inputs: Mapping[str, str] | None, target: str | None) -> Imported:
    """A fitted scikit-learn Pipeline, or estimator over a DataFrame, as a model. Raises RunError `not_imported`.

    `inputs` are its columns with DuckDB's types; those of a pipeline that was exported are known.
    """
    if not hasattr(made, "predict"):
        raise refused(f"a {type(made).__name__} does not predict")
    first, *others = _told_targets(made)
    kind = first.get("type")
    columns = inputs or getattr(made, "stratum_inputs_", None) or _own_names(made)
    if not isinstance(columns, dict) or not columns:
        hint = "IMPORT MODEL m FROM 'path' (INPUTS {age: 'DOUBLE', town: 'VARCHAR'})"
        raise refused("the columns that the model reads are not known", hint)
    labels = _labels(made)
    name = target or first.get("name") or "prediction"
    return Imported(
        {"estimator": made, "states": []},
        tuple(leaf_of(name, kind) for name, kind in columns.items()),
        leaf_of(str(name), str(kind or type_of(labels))),
        labels,
        _estimator_name(made),
        tuple(leaf_of(str(one.get("name")), str(one.get("type"))) for one in others),
    )


def _told_targets(made: Any) -> list[dict[str, Any]]:
    """What an exported pipeline says of the columns that it predicts; nothing of one where it says none."""
    told = getattr(made, "stratum_target_", {})
    listed = told if isinstance(told, list) else [told]
    return listed if listed and all(isinstance(one, dict) for one in listed) else [{}]


def _own_names(made: Any) -> dict[str, str]:
    """Columns of a model that was fitted on a DataFrame of numbers alone: only then the names are enough."""
    names = getattr(made, "feature_names_in_", None)
    steps = getattr(made, "steps", [("", made)])
    numeric = all(not hasattr(step, "transformers_") and not hasattr(step, "categories_") for _, step in steps)
    return dict.fromkeys(map(str, names), "DOUBLE") if names is not None and numeric else {}


def _labels(made: Any) -> tuple[Any, ...] | None:
    classes = getattr(made, "classes_", None)
    return None if classes is None else tuple(np.asarray(classes).tolist())


def type_of(labels: tuple[Any, ...] | None) -> str:
    """DuckDB's type of classes; DOUBLE for a regression. Raises RunError for classes of several types."""
    kinds = {type(one) for one in labels or (0.0,)}
    names = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}
    if len(kinds) != 1 or not kinds <= set(names):
        raise refused("its classes are of no type that DuckDB has")
    return names[kinds.pop()]


def leaf_of(name: str, kind: str) -> Leaf:
    """A column of a relation, by its name. Raises RunError for a type that no model can take."""
    if kind and (kind_of(kind) == "other" or not is_expression(quote(name), kind)):
        raise refused(f"a model cannot take {name[:60]}, which is {kind[:60]}")
    known = kind or "DOUBLE"
    return Leaf(
        column_key(name),
        quote(name),
        name,
        known,
        kind_of(known),
        frozenset({name.lower()}),
        None,
        free_sql=quote(name),
    )


def _estimator_name(made: Any) -> str:
    last = made.steps[-1][1] if hasattr(made, "steps") else made
    return f"{type(last).__module__.partition('.')[0]}.{type(last).__name__}"
