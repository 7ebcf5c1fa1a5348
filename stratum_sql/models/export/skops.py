"""FORMAT skops: the scikit-learn Pipeline of a model, written without pickle; and pipelines read so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stratum_sql.models.artefacts import admitted, to_bytes
from stratum_sql.models.export.imported import Imported, from_pipeline
from stratum_sql.models.export.sklearn import input_columns, to_sklearn
from stratum_sql.models.stored import StoredModel

INPUTS, TARGET = "stratum_inputs_", "stratum_target_"  # attributes of a pipeline of ours: what it reads and predicts


def write(model: StoredModel, _options: Mapping[str, Any]) -> bytes:
    """The file; `skops.io.load` gives the Pipeline. Raises RunError for a part that cannot be written so."""
    made = to_sklearn(model)
    setattr(made, INPUTS, input_columns(model))
    told = [{"name": leaf.name, "type": leaf.type} for leaf in model.manifest.targets]
    setattr(made, TARGET, told if model.manifest.more_targets else told[0])
    return to_bytes(made)


def read(data: bytes, options: Mapping[str, Any], allowed: Callable[[str], bool]) -> Imported:
    """What the file holds. Raises ModelCorrupt for a file that is none, or holds a type that is not admitted: then
    nothing of it was built."""
    made = admitted(data, allowed)
    return from_pipeline(made, options.get("inputs"), options.get("target"))
