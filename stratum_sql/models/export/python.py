"""FORMAT python: a script that makes the Pipeline of a model out of what was learned, and needs scikit-learn alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stratum_sql.models.export.plain_values import to_plain
from stratum_sql.models.export.sklearn import is_bare, not_exported, to_sklearn
from stratum_sql.models.export.sql_groups import prediction_names, read_columns
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf
from stratum_sql.plan.partition import GroupKey

_SCRIPT = '''"""{title}

It reads the columns {columns}. NULL is NaN.

Made by:

{statement}
"""

import importlib

import numpy as np


def made(path, attributes):
    """An object of scikit-learn with what it has learned."""
    module, _, name = path.rpartition(".")
    cls = getattr(importlib.import_module(module), name)
    one = cls.__new__(cls)
    vars(one).update(attributes)
    return one


def array(cells, dtype, shape, order):
    """An array of these cells, row by row."""
    flat = np.empty(len(cells), dtype=dtype)
    flat[:] = cells
    return np.array(flat.reshape(shape), order=order)


nan, inf = float("nan"), float("inf")

{body}
if __name__ == "__main__":
    import sys

    import pandas as pd

    print(pd.DataFrame({predict}(pd.read_csv(sys.argv[1])), columns={names}).to_csv(index=False), end="")
'''

_GROUPS = '''
# One for each group: the values of the columns {columns}.
pipelines = {pipelines}


def predict(frame):
    """What each row's own pipeline predicts; None where its group has none."""
    found = np.full(({shape}), None, dtype=object)
    for values, pipeline in pipelines:
        own = np.ones(len(frame), dtype=bool)
        for name, value in zip({columns!r}, values):
            own &= (frame[name].isna() if value is None else frame[name] == value).to_numpy(dtype=bool)
        if own.any():
            found[own] = pipeline.predict(frame[own])
    return found

'''


def write(model: StoredModel, _options: Mapping[str, Any]) -> bytes:
    """The script, UTF-8: `pipeline`, of a model with groups `predict`, predicts what PREDICT MODEL does, to 1e-9.

    Raises RunError `not_exported`.
    """
    manifest = model.manifest
    targets = ", ".join(leaf.name for leaf in manifest.targets)
    kept = manifest.statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = _SCRIPT.format(
        title=_plain(f"The model {manifest.name}, version {manifest.version}: predicts {targets}."),
        columns=_plain(", ".join(read_columns(model))),
        statement=kept + (" " if kept.endswith('"') else ""),
        body=_grouped(model) if model.groups else f"pipeline = {_python(to_plain(to_sklearn(model)), '')}\n",
        predict="predict" if model.groups else "pipeline.predict",
        names=prediction_names(model),
    )
    return text.encode()


def _grouped(model: StoredModel) -> str:
    """The pipelines of all groups, and the function that gives each row to its own."""
    partition, targets = model.manifest.partition, len(model.manifest.targets)
    for leaf in partition:
        if not is_bare(leaf) or leaf.kind == "time":
            raise not_exported(f"{leaf.name}, which makes the groups, is no column of numbers or text as it stands")
    entries = [
        f"    ({_key(partition, key)}, {_python(to_plain(to_sklearn(one)), '    ')}),\n"
        for key, one in model.groups.items()
    ]
    return _GROUPS.format(
        columns=tuple(leaf.name for leaf in partition),
        pipelines=f"[\n{''.join(entries)}]",
        shape="len(frame)," if targets == 1 else f"len(frame), {targets}",
    )


def _key(partition: Sequence[Leaf], key: GroupKey) -> str:
    """The values of a group as they stand in a DataFrame."""
    return repr(tuple(map(_group_value, partition, key)))


def _group_value(leaf: Leaf, value: str | None) -> Any:
    if value is None or leaf.kind == "text":
        return value
    if leaf.type == "BOOLEAN":
        return value == "true"
    return int(value) if value.lstrip("-").isdecimal() else float(value)


def _plain(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')


def _python(value: Any, indent: str) -> str:
    """A plain value as an expression."""
    if not isinstance(value, dict):
        return repr(value)
    inner = indent + "    "
    if "object" in value:
        entries = "".join(
            f"{inner}    {name!r}: {_python(one, inner + '    ')},\n" for name, one in value["attributes"].items()
        )
        return f"made(\n{inner}{value['object']!r},\n{inner}{{\n{entries}{inner}}},\n{indent})"
    if "array" in value:
        cells = ", ".join(_python(one, inner) for one in value["array"])
        return f"array([{cells}], {value['dtype']!r}, {tuple(value['shape'])!r}, {value['order']!r})"
    if "dict" in value:
        return "{" + ", ".join(f"{_python(key, inner)}: {_python(one, inner)}" for key, one in value["dict"]) + "}"
    if "float" in value:
        return str(value["float"])
    if "dtype" in value:
        return f"np.dtype({value['dtype']!r})"
    if "slice" in value:
        return f"slice{tuple(value['slice'])!r}"
    if "type" in value:
        return f"np.{value['type']}"
    if "list" not in value and "tuple" not in value:
        raise not_exported("a compiled tree or loss has no form in Python")
    listed = [_python(one, inner) for one in value["list" if "list" in value else "tuple"]]
    return f"[{', '.join(listed)}]" if "list" in value else f"({', '.join(listed)}{',' * (len(listed) == 1)})"
