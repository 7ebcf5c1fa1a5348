"""`EXPORT MODEL` and `IMPORT MODEL`, and models that the host program hands over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pyarrow as pa

from stratum_sql.errors import BindError, Diagnostic, NotAllowed, RunError
from stratum_sql.grammar.model_formats import format_of
from stratum_sql.grammar.statements import model_name
from stratum_sql.grammar.syntax import ExportModel, Expression, ImportModel, Literal, Name, Option, StructOf
from stratum_sql.models.artefacts import admitted, to_bytes
from stratum_sql.models.export.files import format_module, read_file, write_file, written
from stratum_sql.models.export.imported import Imported, from_pipeline
from stratum_sql.models.manifest import Manifest
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.permissions import Permissions
from stratum_sql.results import Result


class ModelFiles:
    """The files of models of one session.

    Foreign statements write no file, as they have no COPY, and read those that the session was given.
    """

    def __init__(self, store: Store, permissions: Permissions) -> None:
        self._store, self._permissions = store, permissions

    def export(self, text: str, statement: ExportModel) -> Result:
        """Write a model to a file; one row says which. Raises StratumError."""
        if not self._permissions.trusted:
            raise NotAllowed.at(text, statement.verb, "not_allowed", "EXPORT MODEL is not allowed here")
        form = _format(statement)
        with _at(text, statement):
            model = self._store.load(statement.model.last, text, statement.model.span, statement.model.version)
            _check_exportable(model)
            data = written(model, form, _options(text, statement.options))
            write_file(statement.path, data)
        return _told(text, statement, form, model.manifest.version, len(data))

    def import_file(self, text: str, statement: ImportModel) -> Result:
        """Keep the model of a file under a name, as its next version; one row says which. Raises StratumError."""
        path = self._permissions.readable(statement.path)
        if path is None:
            message = f"the file {statement.path[:200]!r} is not allowed here"
            raise NotAllowed.at(text, statement.verb, "not_allowed", message)
        form = _format(statement)
        with _at(text, statement):
            data = read_file(path)
            manifest = self._kept(statement.model.last, form, data, _options(text, statement.options), path)
        return _told(text, statement, form, manifest.version, len(data))

    def _kept(self, name: str, form: str, data: bytes, options: Mapping[str, Any], path: str) -> Manifest:
        module = format_module(form)
        if form == "json":
            told, parts = module.read(data, self._permissions.transform)
            return self._add(lambda version: replace(told, name=name, version=version), parts)
        found: Imported = module.read(data, options, self._permissions.is_granted)
        return self._add(lambda version: found.manifest(name, version, f"IMPORT MODEL FROM '{path}'"), found.parts)

    def import_object(self, name: str, made: Any, inputs: Mapping[str, str] | None, target: str | None) -> None:
        """Keep a fitted scikit-learn estimator of the host program. Raises RunError."""
        found = from_pipeline(made, None if inputs is None else dict(inputs), target)
        data = to_bytes(found.parts)
        admitted(data, self._permissions.is_granted)  # what could not be read must not be kept
        self._add(lambda version: found.manifest(name, version, f"imported: {type(made).__name__}"), found.parts)

    def _add(self, make: Any, parts: dict[str, Any]) -> Manifest:
        manifest = self._store.add_model(make, parts)
        assert manifest is not None
        return manifest

    def pipeline(self, name: str) -> Any:
        """A kept model, such as `m` or `m@3`, as a scikit-learn Pipeline. Raises StratumError."""
        from stratum_sql.models.export.sklearn import (
            to_sklearn,  # with scikit-learn, which a session does not begin with
        )

        wanted = model_name(name)
        model = self._store.load(wanted.last, name, wanted.span, wanted.version)
        _check_exportable(model)
        return to_sklearn(model)


def _check_exportable(model: StoredModel) -> None:
    """Every form elsewhere has one list of classes."""
    if model.more_classes:
        name = model.manifest.name
        message = f"{name} is a classifier of several targets, which no other form can hold"
        hint = f"FROM … PREDICT MODEL {name} has a column for each"
        raise RunError(Diagnostic("not_exported", message, "run", hint=hint))


def _format(statement: ExportModel | ImportModel) -> str:
    return statement.format or str(format_of(statement.path))


def _options(text: str, options: tuple[Option, ...]) -> dict[str, Any]:
    return {option.name: _value(text, option) for option in options}


def _value(text: str, option: Option) -> Any:
    if option.name != "inputs":
        return _word(text, option, option.value)
    if not isinstance(option.value, StructOf):
        raise BindError.at(text, option.span, "bad_option", "inputs are columns and types: {age: 'DOUBLE'}")
    return {key: _word(text, option, value) for key, value in option.value.items}


def _word(text: str, option: Option, value: Expression) -> str:
    if isinstance(value, Name):
        return ".".join(value.parts)
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value
    raise BindError.at(text, option.span, "bad_option", f"{option.name} takes a word or a text")


@contextmanager
def _at(text: str, statement: ExportModel | ImportModel) -> Iterator[None]:
    """What goes wrong with a model is told about its name, and with a file about its path."""
    try:
        yield
    except RunError as error:
        if error.diagnostic.line is not None:
            raise
        one = error.diagnostic
        span = statement.place if one.code == "file_failed" else statement.model.span
        raise RunError.at(text, span, one.code, one.message, hint=one.hint) from None


def _told(text: str, statement: ExportModel | ImportModel, form: str, version: int, size: int) -> Result:
    table = pa.table(
        {
            "model": pa.array([statement.model.last], pa.string()),
            "version": pa.array([version], pa.int32()),
            "format": pa.array([form], pa.string()),
            "path": pa.array([statement.path], pa.string()),
            "bytes": pa.array([size], pa.int64()),
        }
    )
    return Result.from_arrow(table, "rows", statement=text[statement.span.start : statement.span.end])
