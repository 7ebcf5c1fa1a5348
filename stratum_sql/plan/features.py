"""Features as values: what a SELECT item is made of, from columns of a relation up to what a model is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from stratum_sql.catalog.columns import Kind
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.errors import Span
from stratum_sql.plan.frozen import FrozenParams


@dataclass(frozen=True, slots=True)
class Leaf:
    """Plain SQL below every transform: one column that DuckDB reads.

    `key` is its canonical spelling over its source; `columns` are the (lower-case) columns of the relation it reads.
    """

    key: str
    sql: str = field(compare=False)
    name: str = field(compare=False)
    type: str = field(compare=False)
    kind: Kind = field(compare=False)
    columns: frozenset[str] = field(compare=False)
    span: Span | None = field(compare=False)
    index: int = 0
    width: int = field(default=1, compare=False)
    free_sql: str | None = field(default=None, compare=False)  # over a query's output; None where a name is not unique


@dataclass(frozen=True, slots=True)
class Transformed:
    """A transform of the catalogue over other features."""

    spec: TransformSpec = field(compare=False)
    transform: str
    params: FrozenParams
    children: tuple[Feature, ...]
    name: str = field(compare=False)
    span: Span | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class Computed:
    """Scalar SQL above a transform; `sql` names its children `{0}`, `{1}`, …"""

    sql: str
    children: tuple[Feature, ...]
    name: str = field(compare=False)
    span: Span | None = field(compare=False)


Feature = Leaf | Transformed | Computed


def leaves(feature: Feature) -> Iterator[Leaf]:
    """The columns a feature is made of."""
    if isinstance(feature, Leaf):
        yield feature
    else:
        for child in feature.children:
            yield from leaves(child)


def transforms(feature: Feature) -> Iterator[Transformed]:
    """The transforms that a feature is made by."""
    if isinstance(feature, Leaf):
        return
    if isinstance(feature, Transformed):
        yield feature
    for child in feature.children:
        yield from transforms(child)


def is_fitted(feature: Feature) -> bool:
    """Whether anything in it learns from rows."""
    if isinstance(feature, Leaf):
        return False
    own = isinstance(feature, Transformed) and feature.spec.fitted
    return own or any(is_fitted(child) for child in feature.children)


def kind_of_feature(feature: Feature) -> Kind:
    """What a feature can be used as; a category made of numbers (`impute(age)`) is a number still."""
    if isinstance(feature, Leaf):
        return feature.kind
    if isinstance(feature, Computed) or feature.spec.gives == "number":
        return "number"
    kinds = {kind_of_feature(child) for child in feature.children}
    return kinds.pop() if len(kinds) == 1 else "text"


def without(feature: Feature, left_out: Sequence[Leaf]) -> Feature | None:
    """The feature over its other columns; None if no column is left to one of its transforms."""
    if isinstance(feature, Leaf):
        return None if feature in left_out else feature
    children = [without(child, left_out) for child in feature.children]
    kept = tuple(child for child in children if child is not None)
    if len(kept) == len(children):
        return replace(feature, children=kept)
    return replace(feature, children=kept) if kept and isinstance(feature, Transformed) else None


def describe(feature: Feature) -> str:
    """The feature as a person would write it."""
    if isinstance(feature, Leaf):
        return feature.name
    inner = [describe(child) for child in feature.children]
    if isinstance(feature, Computed):
        return feature.sql.format(*inner)
    extra = [f"{name} => {value!r}" for name, value in feature.params.items if _differs(feature.spec, name, value)]
    return f"{feature.transform}({', '.join(inner + extra)})"


def _differs(spec: TransformSpec, name: str, value: object) -> bool:
    parameter = spec.parameter(name)
    return parameter is None or parameter.default != value
