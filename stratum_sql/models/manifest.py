"""What a kept model says of itself, as JSON: its features, target, labels, scores, and what it was made with."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from stratum_sql.catalog.spec import Task, TransformSpec
from stratum_sql.errors import Diagnostic, ModelCorrupt
from stratum_sql.models.lineage import Lineage
from stratum_sql.models.profile import Profile
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.partition import GroupKey

FORMAT = 1
WITH_MORE = 2  # of a model with groups or several targets, which older versions cannot read
WITH_CLASSES = 3  # of a classifier of several targets
_LIBRARIES = ("stratum-sql", "scikit-learn", "lightgbm", "xgboost", "numpy", "scipy", "duckdb", "skops")


@dataclass(frozen=True, eq=False, slots=True)
class Manifest:
    """A model without its fitted parts. One with `groups` has a model for each: `features`, `labels` and `names` are
    those of any of them."""

    name: str
    version: int
    statement: str
    features: tuple[Feature, ...]
    target: Leaf
    task: Task
    labels: tuple[Any, ...] | None
    estimator: str
    params: str
    metric: str
    score: float | None
    rows: int
    seed: int
    names: tuple[str, ...]
    libraries: dict[str, str]
    fold_scores: dict[str, list[float | None]] = field(
        default_factory=dict
    )  # by metric; none in those of older versions
    partition: tuple[Leaf, ...] = ()
    groups: tuple[tuple[GroupKey, Manifest], ...] = ()  # one model for each
    more_targets: tuple[Leaf, ...] = ()
    more_labels: tuple[tuple[Any, ...], ...] = ()  # one for each of them, of a classifier
    lineage: Lineage | None = None  # none in those of older versions
    takes: str = "matrix"  # what the estimator is given: `frame`, of the features by their names, if it was imported

    @property
    def targets(self) -> tuple[Leaf, ...]:
        """Every column that is predicted."""
        return (self.target, *self.more_targets)

    @property
    def labels_of_each(self) -> tuple[tuple[Any, ...] | None, ...]:
        """The classes of every target, None for those of a regression."""
        return (self.labels, *(self.more_labels or (None,) * len(self.more_targets)))


def libraries() -> dict[str, str]:
    """Versions of what a model is made with."""
    found = {name: found for name in _LIBRARIES if (found := _version(name)) is not None}
    return found | {"python": platform.python_version()}


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def to_json(manifest: Manifest) -> str:
    """The manifest as text."""
    return json.dumps(_plain(manifest))


def _plain(manifest: Manifest) -> dict[str, Any]:
    plain = {
        "format": _format(manifest),
        "name": manifest.name,
        "version": manifest.version,
        "statement": manifest.statement,
        "features": [_feature(feature) for feature in manifest.features],
        "target": _feature(manifest.target),
        "task": manifest.task,
        "labels": None if manifest.labels is None else _labels(manifest.labels),
        "estimator": manifest.estimator,
        "params": manifest.params,
        "metric": manifest.metric,
        "score": manifest.score,
        "rows": manifest.rows,
        "seed": manifest.seed,
        "names": list(manifest.names),
        "libraries": manifest.libraries,
        "fold_scores": manifest.fold_scores,
        "lineage": None if manifest.lineage is None else asdict(manifest.lineage),
        "takes": manifest.takes,
    }
    if manifest.more_targets:
        plain["more_targets"] = [_feature(leaf) for leaf in manifest.more_targets]
    if manifest.more_labels:
        plain["more_labels"] = [_labels(labels) for labels in manifest.more_labels]
    if manifest.groups:
        plain["partition"] = [_feature(leaf) for leaf in manifest.partition]
        plain["groups"] = [{"key": list(key), "model": _plain(model)} for key, model in manifest.groups]
    return plain


def _format(manifest: Manifest) -> int:
    if manifest.more_labels:
        return WITH_CLASSES
    return WITH_MORE if manifest.groups or manifest.more_targets else FORMAT


def from_json(text: str, find_transform: Callable[[str], TransformSpec | None]) -> Manifest:
    """The manifest of `to_json`. Raises ModelCorrupt if it is none, or names a transform this session does not have."""
    try:
        data = json.loads(text)
        if data["format"] not in (FORMAT, WITH_MORE, WITH_CLASSES):
            said = f"the model's format is {data['format']}; this version reads {FORMAT} to {WITH_CLASSES}"
            raise ModelCorrupt(Diagnostic("model_format", said, "run"))
        return _manifest(data, find_transform)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise ModelCorrupt(
            Diagnostic("model_corrupt", f"the model's manifest cannot be read ({type(error).__name__})", "run")
        ) from None


def _manifest(data: dict[str, Any], find: Callable[[str], TransformSpec | None]) -> Manifest:
    return Manifest(
        data["name"],
        data["version"],
        data["statement"],
        tuple(_read(feature, find) for feature in data["features"]),
        _leaf(data["target"], find),
        data["task"],
        None if data["labels"] is None else tuple(data["labels"]),
        data["estimator"],
        data["params"],
        data["metric"],
        data["score"],
        data["rows"],
        data["seed"],
        tuple(data["names"]),
        data["libraries"],
        data.get("fold_scores", {}),
        tuple(_leaf(leaf, find) for leaf in data.get("partition", ())),
        tuple((_key(one["key"]), _manifest(one["model"], find)) for one in data.get("groups", ())),
        tuple(_leaf(leaf, find) for leaf in data.get("more_targets", ())),
        _more_labels(data),
        _lineage(data.get("lineage")),
        data.get("takes", "matrix"),
    )


def _more_labels(data: dict[str, Any]) -> tuple[tuple[Any, ...], ...]:
    found = tuple(tuple(labels) for labels in data.get("more_labels", ()))
    assert not found or len(found) == len(data["more_targets"])
    return found


def _key(values: Any) -> GroupKey:
    assert isinstance(values, list)
    assert all(value is None or isinstance(value, str) for value in values)
    return tuple(values)


def _leaf(data: dict[str, Any], find: Callable[[str], TransformSpec | None]) -> Leaf:
    leaf = _read(data, find)
    assert isinstance(leaf, Leaf)
    return leaf


def _lineage(data: dict[str, Any] | None) -> Lineage | None:
    if data is None:
        return None
    profiles = tuple(
        Profile(**{**one, "categories": None if one["categories"] is None else tuple(one["categories"])})
        for one in data["profiles"]
    )
    return Lineage(data["data"], data["folds"], data["plan"], profiles)


def fitted_features(features: Sequence[Feature]) -> Iterator[Transformed]:
    """Every fitted transform, children before those that use them, each once: the order of a model's states."""
    seen: set[Feature] = set()
    for feature in features:
        yield from _fitted_in(feature, seen)


def _fitted_in(feature: Feature, seen: set[Feature]) -> Iterator[Transformed]:
    if isinstance(feature, Leaf) or feature in seen:
        return
    for child in feature.children:
        yield from _fitted_in(child, seen)
    if isinstance(feature, Transformed) and feature.spec.fitted and feature not in seen:
        seen.add(feature)
        yield feature


def _labels(labels: Sequence[Any]) -> list[Any]:
    return [label if isinstance(label, bool | int | float | str) else str(label) for label in labels]


def _feature(feature: Feature) -> dict[str, Any]:
    match feature:
        case Leaf():
            return {
                "leaf": feature.key,
                "sql": feature.sql,
                "name": feature.name,
                "type": feature.type,
                "kind": feature.kind,
                "columns": sorted(feature.columns),
                "index": feature.index,
                "width": feature.width,
                "free_sql": feature.free_sql,
            }
        case Computed():
            return {
                "computed": feature.sql,
                "name": feature.name,
                "children": [_feature(child) for child in feature.children],
            }
        case Transformed():
            return {
                "transform": feature.transform,
                "params": [[name, _value(value)] for name, value in feature.params.items],
                "name": feature.name,
                "children": [_feature(child) for child in feature.children],
            }


def _value(value: Any) -> Any:
    """Tuples are told apart from lists: parameters keep their type."""
    if isinstance(value, tuple):
        return {"tuple": [_value(item) for item in value]}
    return [_value(item) for item in value] if isinstance(value, list) else value


def _unvalue(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"tuple"}:
        return tuple(_unvalue(item) for item in value["tuple"])
    return [_unvalue(item) for item in value] if isinstance(value, list) else value


def _read(data: dict[str, Any], find: Callable[[str], TransformSpec | None]) -> Feature:
    if "leaf" in data:
        return Leaf(
            data["leaf"], data["sql"], data["name"], data["type"], data["kind"], frozenset(data["columns"]), None,
            data["index"], data["width"], data["free_sql"],
        )  # fmt: skip
    children = tuple(_read(child, find) for child in data["children"])
    if "computed" in data:
        return Computed(data["computed"], children, data["name"], None)
    spec = find(data["transform"])
    if spec is None:
        raise ModelCorrupt(
            Diagnostic(
                "unknown_transform", f"the model uses {data['transform']}, which this session does not have", "run"
            )
        )
    params = freeze({name: _unvalue(value) for name, value in data["params"]})
    return Transformed(spec, spec.name, params, children, data["name"], None)
