"""Parameter values as hashable values that keep their type: 1, 1.0 and True are three different parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FrozenParams:
    """Named parameter values, equal only if names, types and values are equal; the order of names does not matter."""

    key: str
    items: tuple[tuple[str, Any], ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenParams) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return ", ".join(f"{name}={short(value)}" for name, value in self.items)

    def as_dict(self) -> dict[str, Any]:
        """The values by name."""
        return dict(self.items)


def freeze(params: Mapping[str, Any]) -> FrozenParams:
    """`params` as a value. Its key tells apart what `==` does not: 1, 1.0, True; 0.0, -0.0; a tuple, a list."""
    items = tuple((name, params[name]) for name in params)
    key = ";".join(f"{name}={canonical(value)}" for name, value in sorted(items, key=lambda item: item[0]))
    return FrozenParams(key, items)


def canonical(value: Any) -> str:
    """One text for one value and its type, so that equal texts mean equal parameters."""
    match value:
        case None | bool() | int() | float() | str():
            return f"{type(value).__name__}:{value!r}"
        case list() | tuple():
            return f"{type(value).__name__}[" + ",".join(canonical(item) for item in value) + "]"
        case Mapping():
            return "{" + ",".join(f"{canonical(key)}:{canonical(item)}" for key, item in value.items()) + "}"
    key = getattr(value, "canonical_key", None)
    return str(key()) if callable(key) else f"{type(value).__name__}:{value!r}"


def short(value: Any) -> str:
    """`value` as a person would write it in a table."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
