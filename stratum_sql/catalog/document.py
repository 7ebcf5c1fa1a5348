"""The page docs/transforms.md, written from the declarations."""

from __future__ import annotations

from stratum_sql.catalog.registry import transforms
from stratum_sql.catalog.spec import Parameter, TransformSpec

HEAD = """# Transforms

Ordinary function calls in the SELECT list of a query with `TRAIN MODEL`. Each is fitted on the training rows of a fold
alone and stored with the model. Constants after the columns fill the parameters in the order of this table:
`impute(age, 'median')` is `impute(age, strategy => 'median')`.

This page is written from the declarations in `stratum_sql/catalog/transforms/`.

| transform | what it does | parameters | scikit-learn |
| --- | --- | --- | --- |
"""


def transforms_markdown() -> str:
    """The page: one row a transform, then the meaning of every parameter."""
    specs = transforms().values()
    rows = "\n".join(_row(spec) for spec in specs)
    details = "\n".join(_details(spec) for spec in specs if spec.parameters)
    return f"{HEAD}{rows}\n\n## Parameters\n\n{details}"


def _row(spec: TransformSpec) -> str:
    parameters = ", ".join(f"`{each.name} => {_written(each)}`" for each in spec.parameters) or "-"
    equal = f"`{spec.sklearn.rsplit('.', 1)[1]}`" if spec.sklearn else "-"
    return f"| `{spec.name}` | {spec.summary} | {parameters} | {equal} |"


def _details(spec: TransformSpec) -> str:
    lines = "\n".join(f"- `{each.name}`: {each.doc}" for each in spec.parameters)
    return f"### {spec.name}\n\n`SELECT {spec.example}`\n\n{lines}\n"


def _written(parameter: Parameter) -> str:
    """The default as a statement writes it."""
    return _literal(parameter.default)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"({', '.join(_literal(each) for each in value)})"
    return repr(value)
