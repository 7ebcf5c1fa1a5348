"""FORMAT json: a model as numbers and names: its manifest, the state of each transform, the estimator's attributes.

    {"format": "stratum-sql model", "version": 1, "manifest": {..}, "states": [..], "estimator": {..}}

`states` are those of the fitted transforms, children before those that use them, as `plain_values` writes them.
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
    try:
        check_trees(model.estimator)
    except (ValueError, AttributeError):  # such as a Pipeline of steps of several widths
        raise not_exported(f"the trees of {type(model.estimator).__name__} have no form in JSON") from None
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "manifest": json.loads(to_json(model.manifest)),
        "states": [to_plain(state) for state in model.states],
        "estimator": to_plain(model.estimator),
    }
    return (json.dumps(whole, indent=1, allow_nan=False) + "\n").encode()


def read(data: bytes, find_transform: Callable[[str], TransformSpec | None]) -> tuple[Manifest, dict[str, Any]]:
    """The manifest, and what the store writes. Raises RunError `not_imported` for a file that is no such model."""
    try:
        whole = json.loads(data)
        if whole["format"] != FORMAT or whole["version"] != VERSION:
            raise refused(f"the file is no model of version {VERSION}")
        manifest = from_json(json.dumps(whole["manifest"]), find_transform)
        parts = {
            "estimator": from_plain(whole["estimator"]),
            "states": [from_plain(state) for state in whole["states"]],
        }
        check_trees(parts["estimator"])
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise refused(f"the file is no model: {type(error).__name__}: {str(error)[:100]}") from None
    _check_expressions(manifest)
    if len(parts["states"]) != sum(1 for _ in fitted_features(manifest.features)):
        raise refused("the file has not one state a fitted transform")
    if not hasattr(parts["estimator"], "predict"):
        raise refused("the file's estimator does not predict")
    return manifest, parts


def _check_expressions(manifest: Manifest) -> None:
    """Raise RunError for a column that is more than an expression: its text becomes a part of queries of the user's."""
    for model in (manifest, *(one for _, one in manifest.groups)):
        for leaf in (*(leaf for one in model.features for leaf in leaves(one)), *model.targets, *model.partition):
            for sql in (leaf.sql, leaf.free_sql):
                if sql is not None and not is_expression(sql, leaf.type):
                    raise refused(f"its column {leaf.name[:60]} is no plain expression over columns")
