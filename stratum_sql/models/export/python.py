"""FORMAT python: a script that makes the Pipeline of a model out of what was learned, and needs scikit-learn alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stratum_sql.models.export.plain_values import to_plain
from stratum_sql.models.export.sklearn import input_columns, not_exported, to_sklearn
from stratum_sql.models.stored import StoredModel

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

pipeline = {pipeline}

if __name__ == "__main__":
    import sys

    import pandas as pd

    print(pd.Series(pipeline.predict(pd.read_csv(sys.argv[1])), name="prediction").to_csv(index=False), end="")
'''


def write(model: StoredModel, _options: Mapping[str, Any]) -> bytes:
    """The script, UTF-8: `pipeline` predicts what PREDICT MODEL does, to 1e-9. Raises RunError `not_exported`."""
    manifest = model.manifest
    kept = manifest.statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = _SCRIPT.format(
        title=_plain(f"The model {manifest.name}, version {manifest.version}: predicts {manifest.target.name}."),
        columns=_plain(", ".join(input_columns(model))),
        statement=kept + (" " if kept.endswith('"') else ""),
        pipeline=_python(to_plain(to_sklearn(model)), ""),
    )
    return text.encode()


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
