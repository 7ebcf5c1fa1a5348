"""FORMAT json: a model as numbers and names: its manifest, the state of each transform, the estimator's attributes.

    {"format": "stratum-sql model", "version": 1, "manifest": {..}, "states": [..], "estimator": {..}}

`states` are those of the fitted transforms, children before those that use them, as `plain_values` writes them. A model
with groups has neither of its own: `groups` are a list of both, in the order of the manifest's groups.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.models.export.imported import refused
from stratum_sql.models.export.plain_trees import check_trees
from stratum_sql.models.export.plain_values import from_plain, to_plain
from stratum_sql.models.export.sklearn import not_exported
from stratum_sql.models.manifest import Manifest, fitted_features, from_json, to_json
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import leaves
from stratum_sql.trust.expression import is_expression

FORMAT, VERSION = "stratum-sql model", 1


def write(model: StoredModel, _options: Mapping[str, Any]) -> bytes:
    """The text, UTF-8. Raises RunError `not_exported` for what has no plain form, such as a compiled object."""
    whole = {"format": FORMAT, "version": VERSION, "manifest": json.loads(to_json(model.manifest)), **_parts(model)}
    return (json.dumps(whole, indent=1, allow_nan=False) + "\n").encode()


def _parts(model: StoredModel) -> dict[str, Any]:
    if model.groups:
        return {"groups": [_parts(one) for one in model.groups.values()]}
    try:
        check_trees(model.estimator)
    except (ValueError, AttributeError):  # such as a Pipeline of steps of several widths
        raise not_exported(f"the trees of {type(model.estimator).__name__} have no form in JSON") from None
    return {"states": [to_plain(state) for state in model.states], "estimator": to_plain(model.estimator)}


def read(data: bytes, find_transform: Callable[[str], TransformSpec | None]) -> tuple[Manifest, dict[str, Any]]:
    """The manifest, and what the store writes. Raises RunError `not_imported` for a file that is no such model."""
    try:
        whole = json.loads(data)
        if whole["format"] != FORMAT or whole["version"] != VERSION:
            raise refused(f"the file is no model of version {VERSION}")
        manifest = from_json(json.dumps(whole["manifest"]), find_transform)
        parts = _read_parts(whole, manifest)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise refused(f"the file is no model: {type(error).__name__}: {str(error)[:100]}") from None
    _check_expressions(manifest)
    return manifest, parts


def _read_parts(whole: dict[str, Any], manifest: Manifest) -> dict[str, Any]:
    """What the store writes of a model, or of each of its groups."""
    if manifest.groups:
        if any(own.groups or len(key) != len(manifest.partition) for key, own in manifest.groups):
            raise refused("the file's groups are not those of its columns")
        pairs = zip(whole["groups"], manifest.groups, strict=True)
        return {"groups": [_read_parts(part, own) for part, (_, own) in pairs]}
    parts = {"estimator": from_plain(whole["estimator"]), "states": [from_plain(one) for one in whole["states"]]}
    check_trees(parts["estimator"])
    if len(parts["states"]) != sum(1 for _ in fitted_features(manifest.features)):
        raise refused("the file has not one state a fitted transform")
    if not hasattr(parts["estimator"], "predict"):
        raise refused("the file's estimator does not predict")
    return parts


def _check_expressions(manifest: Manifest) -> None:
    """Raise RunError for a column that is more than an expression: its text becomes a part of queries of the user's."""
    for model in (manifest, *(one for _, one in manifest.groups)):
        for leaf in (*(leaf for one in model.features for leaf in leaves(one)), *model.targets, *model.partition):
            for sql in (leaf.sql, leaf.free_sql):
                if sql is not None and not is_expression(sql, leaf.type):
                    raise refused(f"its column {leaf.name[:60]} is no plain expression over columns")
