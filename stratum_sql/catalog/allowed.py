"""What the host program granted: import paths of its own estimators and transforms, and nothing near them.

A statement's `my_pkg.MyEstimator` is compared, letter for letter, with the paths granted. Granted paths are imported
when the host program grants them; no text of a statement ever reaches an import, `getattr` or `eval`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse

from stratum_sql.catalog.columns import Block, Inputs, Matrix, Part
from stratum_sql.catalog.estimators import estimator, spec_of_class
from stratum_sql.catalog.parameter_rules import hostile_value, not_settable
from stratum_sql.catalog.spec import EstimatorSpec, Parameter, Params, State, Target, TransformSpec
from stratum_sql.errors import NotAllowed, printable, suggestions


class Allowed:
    """The import paths that this session may use; empty until the host program calls `allow`."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._specs: dict[str, EstimatorSpec | TransformSpec] = {}
        for path in paths:
            self.allow(path)

    def allow(self, path: str) -> None:
        """Grant the class at `path` (`my_pkg.MyEstimator`) and import it now, so that a mistake shows here.

        Called by the host program, never for a statement. Raises NotAllowed if there is no such class, or if it is
        neither an estimator (`fit` and `predict`) nor a transform (`fit` and `transform`).
        """
        found = _load(path)
        if hasattr(found, "predict"):
            self._specs[path] = spec_of_class(path, path, found, "host")
        elif hasattr(found, "transform") and hasattr(found, "fit"):
            self._specs[path] = _transform_spec(path, found)
        else:
            raise _refused(path, "is neither an estimator nor a transform: it has no predict and no transform")

    def paths(self) -> tuple[str, ...]:
        """What was granted, in that order."""
        return tuple(self._specs)

    def resolve(self, name: str) -> EstimatorSpec | TransformSpec | None:
        """The declaration of a granted path that equals `name` letter for letter; None for anything else."""
        return self._specs.get(name)

    def estimator(self, name: str) -> EstimatorSpec | None:
        """An estimator by name: a granted path, or one of the catalogue. What `check_parameters` and `build` ask."""
        granted = self._specs.get(name)
        return granted if isinstance(granted, EstimatorSpec) else estimator(name)

    def transform(self, name: str) -> TransformSpec | None:
        """A granted transform by its path."""
        granted = self._specs.get(name)
        return granted if isinstance(granted, TransformSpec) else None

    def refuse(self, name: str) -> NotAllowed:
        """What to raise for a dotted name that was not granted."""
        return _refused(name, "is not allowed in this session", suggestions(name, self._specs))


def _load(path: str) -> type:
    module, _, name = path.rpartition(".")
    if not module or not all(part.isidentifier() for part in path.split(".")):
        raise _refused(path, "is no import path: it has the form package.Class")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise _refused(path, f"cannot be imported: {printable(str(error))}") from error
    if not isinstance(found, type):
        raise _refused(path, f"is no class: {printable(module)} has none of that name")
    return found


def _refused(path: str, why: str, near: Iterable[str] = ()) -> NotAllowed:
    error = NotAllowed.at(
        "",
        None,
        "not_allowed",
        f"{printable(path)} {why}",
        did_you_mean=near,
        hint="the host program grants import paths",
    )
    assert isinstance(error, NotAllowed)
    return error


# ---- a granted transform ---------------------------------------------------------------------------------------------


def _transform_spec(path: str, found: type) -> TransformSpec:
    def fit(inputs: Inputs, params: Params, target: Target | None, seed: int) -> State:
        return {"transformer": _new(found, params, seed).fit(inputs.matrix, *_target(found, target)), **_names(inputs)}

    def fit_apply(inputs: Inputs, params: Params, target: Target | None, seed: int) -> tuple[State, tuple[Part, ...]]:
        made = _new(found, params, seed)
        if not hasattr(made, "fit_transform"):
            state = fit(inputs, params, target, seed)
            return state, _apply(state, inputs, params)
        values = made.fit_transform(inputs.matrix, *_target(found, target))
        return {"transformer": made, **_names(inputs)}, (_block(made, values, inputs.names),)

    return TransformSpec(
        name=path,
        summary=f"{found.__name__} of the host program: a matrix in, a matrix out",
        example=f"{path}(a, b)",
        takes="number",
        gives="number",
        per_column=False,
        fitted=True,
        apply=_apply,
        fit=fit,
        fit_apply=fit_apply,
        parameters=_parameters(found),
        uses_target=_takes_target(found),
        reference=lambda params, seed: _new(found, params, seed),
        engine="host",
        ns_per_value=100.0,
    )


def _new(found: type, params: Params, seed: int) -> Any:
    settings = {"random_state": seed} if "random_state" in inspect.signature(found).parameters else {}
    return found(**(settings | dict(params)))


def _names(inputs: Inputs) -> State:
    return {"names": list(inputs.names)}


def _takes_target(found: type) -> bool:
    """Whether `fit` names y. Many only pass over it, but nothing outside the class can tell which."""
    return "y" in inspect.signature(found.fit).parameters  # type: ignore[attr-defined]


def _target(found: type, target: Target | None) -> tuple[Any, ...]:
    return (target.values,) if _takes_target(found) and target is not None else ()


def _apply(state: State, inputs: Inputs, params: Params) -> tuple[Part, ...]:
    transformer = state["transformer"]
    return (_block(transformer, transformer.transform(inputs.matrix), inputs.names),)


def _block(transformer: Any, values: Matrix, inputs: tuple[str, ...]) -> Block:
    """What came out, as float64 of two dimensions, under the transformer's own names for its columns."""
    if sparse.issparse(values):
        values = sparse.csr_matrix(values, dtype=np.float64)
    else:
        values = np.asfortranarray(values, dtype=np.float64)
        values = values.reshape(-1, 1) if values.ndim == 1 else values
    return Block(values, _output_names(transformer, inputs, values.shape[1]))


def _output_names(transformer: Any, inputs: tuple[str, ...], width: int) -> tuple[str, ...]:
    make = getattr(transformer, "get_feature_names_out", None)
    try:
        names = tuple(str(name) for name in make(inputs)) if make else ()
    except (ValueError, TypeError, AttributeError):
        names = ()  # it has the method, but no names to give
    if len(names) == width:
        return names
    return inputs if width == len(inputs) else tuple(f"{type(transformer).__name__.lower()}_{i}" for i in range(width))


def _parameters(found: type) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(one.name, one.default, f"{one.name} of {found.__name__}", _check_of(one.name))
        for one in inspect.signature(found).parameters.values()
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) and not_settable(one.name) is None
    )


def _check_of(name: str) -> Any:
    def check(value: Any) -> str | None:
        return hostile_value(name, value)

    return check
