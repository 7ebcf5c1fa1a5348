"""A script of pandas, run as it is, with the recording door in pandas' place.

The script is Python and may do what Python may: this is for scripts one would run. `import pandas` in the script finds
the door; libraries that the script imports find pandas itself.
"""

from __future__ import annotations

import builtins
import linecache
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import stratum_sql.pandas as door
from stratum_sql.pandas.emit import statement
from stratum_sql.pandas.engine import Engine, Fallback, using
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.learning.doors import imported, is_of_libraries
from stratum_sql.pandas.places import Place
from stratum_sql.pandas.states import Held
from stratum_sql.session import Session


@dataclass(frozen=True)
class Translation:
    """What became of a script: the SQL of what it looked at, and the calls that pandas itself did.

    `names` are the global names the script left, `unsupported` the calls without translation, in order.
    """

    names: dict[str, Any]
    engine: Engine

    @property
    def unsupported(self) -> list[Fallback]:
        """The calls that pandas itself did: line, call and reason."""
        return list(self.engine.unsupported)

    def sql(self) -> str:
        """One statement for each frame or Series that the script looked at, then for those it left unseen.

        What only pandas can hold has none. Each runs in DuckDB alone if its sources are files or small.
        """
        return ";\n\n".join(f"-- {place}\n{statement(state)}" for place, state in self._states()) + ";\n"

    def explain(self) -> str:
        """How many calls stayed in the plan, and which did not."""
        done, left = sum(self.engine.translated.values()), len(self.unsupported)
        head = f"{done} calls in SQL, {left} by pandas itself, {self.engine.queries} queries"
        return "\n".join([head, *(str(found) for found in self.unsupported)])

    def _states(self) -> list[tuple[Place, Any]]:
        found: dict[int, tuple[Place, Any]] = {id(state): (place, state) for place, state in self.engine.observed}
        for name, value in self.names.items():
            if issubclass(type(value), Lazy) and not isinstance(value._state, Held) and not value._state.kept:
                found.setdefault(id(value._state), (Place(0, name), value._state))
        return list(found.values())


def run_script(
    source: str, *, name: str = "script", session: Session | None = None, strict: bool = False
) -> Translation:
    """Run the text of a script; `name` is what its lines are told of. Raises what the script raises, and with `strict`
    Unsupported at the first call without translation.
    """
    code = compile(source, name, "exec")
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    names: dict[str, Any] = {"__name__": "__main__", "__file__": name}
    names["__builtins__"] = {**vars(builtins), "__import__": _import}
    with using(session, strict=strict) as engine:
        exec(code, names)
    return Translation({key: value for key, value in names.items() if not key.startswith("__")}, engine)


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
    """Python's own import, but for `pandas` itself."""
    found = builtins.__import__(name, globals, locals, fromlist, level)
    if level == 0 and (name == "pandas" or (name.startswith("pandas.") and not fromlist)):
        return door
    if level == 0 and is_of_libraries(name):
        return imported(name, found, fromlist)
    return found


def translate(source: str | Path, *, session: Session | None = None, strict: bool = False) -> Translation:
    """Run a script of pandas, given by its path or as text, and show it as SQL.

    Text of one line that ends in `.py` is a path. The script runs once, in `session` or one of its own; what it prints
    is printed. Raises OSError if there is no such file, what the script raises, and with `strict` Unsupported.
    """
    if isinstance(source, Path) or (source.endswith(".py") and "\n" not in source):
        path = Path(source)
        before = list(sys.path)
        sys.path.insert(0, str(path.resolve().parent))  # as Python does for a script
        try:
            return run_script(path.read_text(encoding="utf-8"), name=str(path), session=session, strict=strict)
        finally:
            sys.path[:] = before
    return run_script(source, session=session, strict=strict)
