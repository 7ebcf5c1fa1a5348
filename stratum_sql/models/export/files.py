"""Files of models: what writes each format, what reads it, and a file that is whole or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.models.stored import StoredModel

LARGEST = 2**31  # bytes of a file that is read
_WITH_GROUPS = ("sql", "json", "python")
_WITH_TARGETS = (*_WITH_GROUPS, "skops")


def written(model: StoredModel, form: str, options: Mapping[str, Any]) -> bytes:
    """A model in a format of `grammar.model_formats`. Raises RunError: `not_exported`, `missing_library`."""
    write: Callable[[StoredModel, Mapping[str, Any]], bytes] = format_module(form).write
    manifest = model.manifest
    if (manifest.groups and form not in _WITH_GROUPS) or (manifest.more_targets and form not in _WITH_TARGETS):
        what = "with a model for each group" if manifest.groups else "of several targets"
        raise RunError(Diagnostic("not_exported", f"a model {what} has no form as {form}", "run"))
    if model.manifest.takes == "frame" and form != "skops":
        message = f"an imported model has no form as {form}: it can be exported as skops"
        raise RunError(Diagnostic("not_exported", message, "run"))
    return write(model, options)


def format_module(form: str) -> Any:
    """The module of a format; it is imported when it is needed, with the libraries that it takes."""
    return import_module(f"stratum_sql.models.export.{form}")


def write_file(path: str, data: bytes) -> None:
    """Write beside, sync, rename: at no moment is half a file under the name. Raises RunError `file_failed`."""
    final = Path(path)
    beside = final.with_name(f".{final.name[:100]}.{secrets.token_hex(8)}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(final)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
    except (OSError, ValueError) as error:
        raise _failed("written", error) from None


def read_file(path: str) -> bytes:
    """The bytes of a file. Raises RunError `file_failed`, also for one that is too large, or no file."""
    try:
        with Path(path).open("rb") as file:
            if not Path(path).is_file():
                raise OSError(None, "it is no file")
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise _failed("read", error) from None
    if len(data) > LARGEST:
        raise _failed("read", OSError(None, "it is larger than 2 GiB"))
    return data


def _failed(what: str, error: Exception) -> RunError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return RunError(Diagnostic("file_failed", f"the file cannot be {what}: {reason}", "run"))
