"""The transforms of the catalogue, found by listing the package `transforms`: a file there is a transform."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from stratum_sql.catalog import transforms as package
from stratum_sql.catalog.spec import TransformSpec


def transform(name: str) -> TransformSpec | None:
    """The transform of this name, in any case, or None. Only its own module is imported."""
    return _declared(name.lower()) if name.lower() in transform_names() else None


@cache
def transform_names() -> tuple[str, ...]:
    """The name of every transform, sorted; imports none of them."""
    return tuple(sorted(module.name for module in iter_modules(package.__path__)))


@cache
def transforms() -> Mapping[str, TransformSpec]:
    """Every transform by its lower-case name, in the order of the names."""
    return MappingProxyType({name: _declared(name) for name in transform_names()})


@cache
def _declared(name: str) -> TransformSpec:
    """The declaration in the file `<name>.py`: a constant called like the file, in capitals."""
    spec = getattr(import_module(f"{package.__name__}.{name}"), name.upper(), None)
    if not isinstance(spec, TransformSpec) or spec.name != name:
        raise TypeError(f"transforms/{name}.py must declare {name.upper()}, a TransformSpec named {name!r}")
    return spec
