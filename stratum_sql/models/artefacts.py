"""The bytes of fitted parts, named by their SHA-256, written so that a file is either whole or not there. No pickle.

Fitted parts are written in skops' format. Reading one admits the classes of scikit-learn, LightGBM and XGBoost, numpy
arrays and plain containers, and what the host program allowed; anything else in the file is refused before it is built.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from stratum_sql.errors import Diagnostic, ModelCorrupt, RunError

_ROOTS = {"sklearn", "lightgbm", "xgboost"}
_PLAIN = {"collections.OrderedDict", "collections.defaultdict", "numpy.dtype"}
_STEPS = ("Fitted", "Labelled", "SqlColumn", "SqlOfNumbers")
_OURS = {*(f"stratum_sql.models.export.steps.{name}" for name in _STEPS), "stratum_sql.models.export.onnx.OnnxModel"}


def to_bytes(parts: Any) -> bytes:
    """Fitted parts as bytes. Raises RunError if one of them cannot be written without pickle."""
    from skops.io import dumps

    try:
        data: bytes = dumps(parts)
    except Exception as error:  # noqa: BLE001 skops raises whatever the object's own methods raise
        raise RunError(
            Diagnostic("cannot_store", f"this model cannot be stored: {type(error).__name__}: {error}", "run")
        ) from None
    return data


def from_bytes(data: bytes, digest: str, allowed: Callable[[str], bool] = lambda _name: False) -> Any:
    """The parts again. Raises ModelCorrupt if the bytes are not those of `digest`, or hold a type that is not
    admitted.
    """
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelCorrupt(Diagnostic("model_corrupt", "the model's bytes are not those that were written", "run"))
    return admitted(data, allowed)


def admitted(data: bytes, allowed: Callable[[str], bool]) -> Any:
    """What the bytes hold. Raises ModelCorrupt if they hold a type that is not admitted, or cannot be read."""
    from skops.io import get_untrusted_types, loads

    try:
        untrusted = get_untrusted_types(data=data)
        refused = [name for name in untrusted if not is_admitted(name) and not allowed(name)]
        if refused:
            raise ModelCorrupt(
                Diagnostic("model_refused", f"the model holds {refused[0]}, which is not admitted", "run")
            )
        parts = loads(data, trusted=untrusted)
    except ModelCorrupt:
        raise
    except Exception as error:  # noqa: BLE001 a damaged file can raise anything
        raise ModelCorrupt(
            Diagnostic("model_corrupt", f"the model cannot be read ({type(error).__name__})", "run")
        ) from None
    return parts


def is_admitted(name: str) -> bool:
    """Whether `name` is a class (never a function) of a library that makes our estimators."""
    module, _, last = name.rpartition(".")
    if name in _PLAIN or name in _OURS:
        return True
    if module.split(".")[0] not in _ROOTS:
        return False
    try:
        found = getattr(import_module(module), last, None)
    except ImportError:
        return False
    return inspect.isclass(found) and found.__module__.split(".")[0] in _ROOTS  # not what such a module imports itself


_HOLDING = threading.Lock()
_HELD: Counter[Path] = Counter()  # files of this process's sessions that a row will name, and none may do so yet


_OWNERS = "databases"  # the folder of marks: one file a database, its path inside
_WRITING = ".writing-"


class ArtefactFolder:
    """A folder of artefacts, made when the first is written.

    `owner` is the path of the database whose rows name them. Each leaves its mark in the folder, and where another has
    this folder too nothing is ever removed: its rows cannot be seen from here.
    """

    def __init__(self, folder: Path, owner: str | None = None) -> None:
        self.folder, self.owner = folder, owner

    def write(self, data: bytes) -> str:
        """Write the bytes under their digest, if they are not there yet, and return it. Raises RunError if the disk
        refuses.

        The file is held: `remove` leaves it, in every session of this process, until `let_go` is called once.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        with _HOLDING:
            _HELD[path] += 1
        try:
            return self._written(path, digest, data)
        except BaseException:
            self.let_go(digest)
            raise

    def let_go(self, digest: str) -> None:
        """The row that names the file is there for all to see, or will never be."""
        with _HOLDING:
            path = self._path(digest)
            _HELD[path] -= 1
            if _HELD[path] <= 0:
                del _HELD[path]

    def remove(self, digest: str, is_named: Callable[[], bool]) -> bool:
        """Remove the file if no row names it; False if it is held, and must be asked for again."""
        with _HOLDING:
            path = self._path(digest)
            if _HELD[path] > 0:
                return False
            if not self.others() and not is_named():
                with suppress(OSError):  # a file that cannot be removed harms nobody
                    path.unlink(missing_ok=True)
            return True

    def _written(self, path: Path, digest: str, data: bytes) -> str:
        if path.exists():
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._mark()
            _write_whole(path, data)
        except OSError as error:
            raise RunError(
                Diagnostic("storage_failed", f"the model cannot be written: {error.strerror}", "run", retryable=True)
            ) from None
        return digest

    def _mark(self) -> None:
        """Say in the folder that this database has files in it. Raises OSError: without it another would remove
        them."""
        if self.owner is None:
            return
        mark = self.folder / _OWNERS / _mark_of(self.owner)
        if not mark.exists():
            mark.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(mark, self.owner.encode("utf-8", "surrogateescape"))

    def claim(self) -> None:
        """Leave the mark in a folder that is there already, if it can be written: one that an older version made."""
        with suppress(OSError):
            if self.folder.is_dir():
                self._mark()

    def others(self) -> list[str]:
        """The other databases that have files here. A mark of one that was moved, or of which this is a copy, does not
        count: its folder is not this one.
        """
        try:
            marks = [path for path in sorted((self.folder / _OWNERS).iterdir()) if not path.name.startswith(_WRITING)]
            owners = [path.read_text(encoding="utf-8", errors="surrogateescape") for path in marks]
        except FileNotFoundError:
            return []
        except OSError as error:
            return [f"a mark that cannot be read ({error.strerror})"]
        return [owner for owner in owners if owner != self.owner and self._is_of(owner)]

    def _is_of(self, owner: str) -> bool:
        with suppress(OSError, ValueError):  # ValueError: a NUL
            return Path(owner).exists() and artefacts_of(owner) == self.folder
        return True

    def files(self) -> Iterator[tuple[Path, str | None]]:
        """Every file of an artefact with its digest; None for one, or for a mark, that was never finished."""
        for path in sorted((*self.folder.glob("??/*"), *self.folder.glob(f"{_OWNERS}/{_WRITING}*"))):
            if path.name.startswith(_WRITING):
                yield path, None
            elif path.suffix == ".skops" and path == self._path(path.stem):
                yield path, path.stem

    def read(self, digest: str) -> bytes:
        """The bytes of a digest. Raises ModelCorrupt if they are not there."""
        try:
            return self._path(digest).read_bytes()
        except OSError:
            raise ModelCorrupt(
                Diagnostic("model_missing", f"the model's artefact {digest[:12]} is missing", "run")
            ) from None

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.skops"


def artefacts_of(database: str) -> Path:
    """The folder beside a database file."""
    return Path(database + ".artefacts").resolve()


def _mark_of(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _write_whole(path: Path, data: bytes) -> None:
    """Write beside, sync, rename, sync the folder: at no moment is there half a file under the final name."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_WRITING)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
