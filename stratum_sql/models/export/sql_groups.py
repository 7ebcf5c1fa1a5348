"""A model as one query over a relation; with a model for each group, the rows of one group after the other.

The rows of each group are found before its model is asked, so that none is asked of rows that are not its own.
"""

from __future__ import annotations

from stratum_sql.bind.bind_partition import asked_key_leaf
from stratum_sql.models.export.compiled import Compiled, compile_model
from stratum_sql.models.export.sklearn import input_columns, is_bare
from stratum_sql.models.export.sql_text import not_in_sql, text
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf
from stratum_sql.plan.partition import GroupKey
from stratum_sql.quoting import quote


def query_of(model: StoredModel, relation: str, *, is_plain: bool = False) -> str:
    """SELECT the relation's columns, the prediction, of several targets each by its name, and the probabilities.

    A plain one has nothing of DuckDB's own: the columns that the model reads, and no probabilities. Raises RunError
    `not_exported`.
    """
    names, columns = prediction_names(model), _listed(model) if is_plain else None
    if not model.groups:
        return _compiled(model, model, is_plain).query(relation, names, "probabilities", columns)
    own = {_is_in(model.manifest.partition, key): _compiled(model, one, is_plain) for key, one in model.groups.items()}
    shares = None if any(one.probabilities is None for one in own.values()) else "probabilities"
    parts = [
        one.query(f"(SELECT * FROM {relation} WHERE {condition})", names, shares, columns)
        for condition, one in own.items()
    ]
    given = [*names, *([shares] if shares else [])]
    others = f"SELECT {columns or '*'}, {', '.join(f'NULL AS {quote(name)}' for name in given)}"
    outside = " OR ".join(f"({condition})" for condition in own)
    return "\nUNION ALL\n".join([*parts, f"{others}\nFROM {relation}\nWHERE NOT ({outside})"])


def prediction_names(model: StoredModel) -> list[str]:
    """What predictions are called, as PREDICT MODEL calls them."""
    several = model.manifest.more_targets
    return [f"prediction_{leaf.name}" for leaf in model.manifest.targets] if several else ["prediction"]


def read_columns(model: StoredModel) -> dict[str, str]:
    """The columns that the query reads, with their types where they are known."""
    columns = dict(input_columns(model))
    for leaf in model.manifest.partition:
        if is_bare(leaf):
            columns.setdefault(leaf.name, leaf.type)
        else:
            columns |= {name: "" for name in sorted(leaf.columns) if name not in columns}
    return columns


def _compiled(whole: StoredModel, model: StoredModel, is_plain: bool) -> Compiled:
    """The whole model, or that of one of its groups; it has the probabilities of all classes."""
    classes = None if whole.classes is None else whole.classes.names
    return compile_model(model, enums=not is_plain, probabilities=not is_plain, classes=classes)


def _listed(model: StoredModel) -> str:
    """Columns by their names: not every dialect can leave some of `*` out."""
    return ", ".join(quote(name) for name in read_columns(model))


def _is_in(partition: tuple[Leaf, ...], key: GroupKey) -> str:
    """Whether a row is of a group."""
    tests = []
    for leaf, value in zip(partition, key, strict=True):
        sql = asked_key_leaf(leaf).free_sql
        if sql is None:
            raise not_in_sql(f"{leaf.name} is known by the FROM clause it was trained with alone")
        tests.append(f"{sql} IS NOT DISTINCT FROM {'NULL' if value is None else text(value)}")
    return " AND ".join(f"({one})" for one in tests)
