"""A script of pandas, run as it is, with the recording door in pandas' place.

The script is Python and may do what Python may: this is for scripts one would run. `import pandas` in the script finds
the door; libraries that the script imports find pandas itself.
"""

from __future__ import annotations

import builtins
import linecache
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import stratum_sql.pandas as door
from stratum_sql.pandas.collecting import leaving_the_old
from stratum_sql.pandas.emit import statement
from stratum_sql.pandas.engine import Engine, Fallback, at, using
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.learning.doors import imported, is_of_libraries
from stratum_sql.pandas.learning.loops import trainings
from stratum_sql.pandas.places import Place
from stratum_sql.pandas.running import to_show
from stratum_sql.pandas.states import Held
from stratum_sql.pandas.together import Together
from stratum_sql.session import Session


class Translation:
    """A script, and what became of it once it ran: the SQL of what it looked at, and the calls that pandas itself did.

    `names` are the global names it left. `error` is what it raised and `output` what it printed, where it ran together
    with others; alone, it raises and prints.
    """

    def __init__(self, source: str, name: str = "script", *, folder: str | None = None, strict: bool = False) -> None:
        self.source, self.name, self.strict = source, name, strict
        self._folder = folder  # that its own modules are in
        self.names: dict[str, Any] = {}
        self.engine = Engine(strict=strict)
        self.error: BaseException | None = None
        self.output = ""

    # -- running -------------------------------------------------------------------------------------------------------

    def run(self, engine: Engine, show: Callable[..., None] = print) -> None:
        """Run the script by an engine; `show` is its `print`. Raises what it raises."""
        self.engine = engine
        code = compile(self.source, self.name, "exec")
        linecache.cache[self.name] = len(self.source), None, self.source.splitlines(keepends=True), self.name
        names: dict[str, Any] = {"__name__": "__main__", "__file__": self.name}
        names["__builtins__"] = {**vars(builtins), "__import__": _import, "print": show}
        if self._folder is not None:
            sys.path.insert(0, self._folder)  # as Python does for a script
        try:
            with at(engine), leaving_the_old():
                exec(code, names)
                self.names = names
                for _, state in self._states():
                    to_show(state)  # while there is a session that can be asked
        finally:
            if self._folder in sys.path:
                sys.path.remove(self._folder)
            self.names = {key: value for key, value in names.items() if not key.startswith("__")}

    @classmethod
    def run_together(
        cls,
        scripts: Sequence[Translation],
        session: Session,
        ended: list[Any] | None = None,
        watch: Callable[[int], None] = lambda models: None,
    ) -> None:
        """Run scripts in one session, equal work of theirs once. None of them raises: see `error`.

        `ended` gets each as it comes to its end. `watch` is told how many models were trained, from any thread.
        """
        Together(session, scripts, [] if ended is None else ended, watch).run()

    # -- what became of it ---------------------------------------------------------------------------------------------

    @property
    def unsupported(self) -> list[Fallback]:
        """The calls that pandas itself did: line, call and reason."""
        return list(self.engine.unsupported)

    @property
    def leaks(self) -> list[str]:
        """Statistics over all rows that features were made with before rows were split: the line of each."""
        splits: dict[str, list[Place]] = {}
        for (_, split), what in self.engine.leaks.items():
            splits.setdefault(what, []).append(split)
        return [f"{what}: over all rows, of which {_held_out_by(places)}" for what, places in splits.items()]

    def sql(self) -> str:
        """One statement for each frame or Series that the script looked at, for each that it left unseen, and for each
        training that is a TRAIN statement.

        What only pandas can hold has none. Each runs in a session alone if its sources are files or small.
        """
        with at(self.engine):
            shown = [(place, statement(to_show(state), self.engine.frames)) for place, state in self._states()]
            shown += [(one.place, one.shown) for one in trainings(self.engine.learned)]
        shown.sort(key=lambda pair: pair[0].line or sys.maxsize)
        return ";\n\n".join(f"-- {place}\n{text}" for place, text in shown) + ";\n"

    def explain(self) -> str:
        """How many calls stayed in the plan, which did not, and which statistics leak."""
        done, left = sum(self.engine.translated.values()), len(self.unsupported)
        head = f"{done} calls in SQL, {left} by pandas itself, {self.engine.queries} queries"
        return "\n".join([head, *(str(found) for found in self.unsupported), *self.leaks])

    def _states(self) -> list[tuple[Place, Any]]:
        found: dict[int, tuple[Place, Any]] = {id(state): (place, state) for place, state in self.engine.observed}
        for name, value in self.names.items():
            if issubclass(type(value), Lazy) and not isinstance(value._state, Held) and not value._state.kept:
                found.setdefault(id(value._state), (Place(0, name), value._state))
        return list(found.values())


def _held_out_by(splits: Sequence[Place]) -> str:
    first, *others = splits
    lines = ", ".join(str(one.line) for one in others)
    more = "" if not others else f"; so does line {lines}" if len(others) == 1 else f"; so do lines {lines}"
    return f"{first} holds some out{more}"


def run_script(
    source: str, *, name: str = "script", session: Session | None = None, strict: bool = False
) -> Translation:
    """Run the text of a script; `name` is what its lines are told of. Raises what the script raises, and with `strict`
    Unsupported at the first call without translation.
    """
    made = Translation(source, name, strict=strict)
    with using(session, strict=strict) as engine:
        made.run(engine)
    return made


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
    """Python's own import, but for `pandas` itself."""
    found = builtins.__import__(name, globals, locals, fromlist, level)
    if level == 0 and (name == "pandas" or (name.startswith("pandas.") and not fromlist)):
        return door
    if level == 0 and is_of_libraries(name):
        return imported(name, found, fromlist)
    return found


def translate(
    source: str | Path, *, session: Session | None = None, strict: bool = False, run: bool = True
) -> Translation:
    """Run a script of pandas, given by its path or as text, and show it as SQL.

    Text of one line that ends in `.py` is a path. The script runs once, in `session` or one of its own; what it prints
    is printed. With `run=False` it is only read, for `Session.batch`, which runs many as one. Raises OSError if there
    is no such file, what the script raises, and with `strict` Unsupported.
    """
    if isinstance(source, Path) or (source.endswith(".py") and "\n" not in source):
        path = Path(source)
        text, folder = path.read_text(encoding="utf-8"), str(path.resolve().parent)
        made = Translation(text, str(path), folder=folder, strict=strict)
    else:
        made = Translation(source, strict=strict)
    if run:
        with using(session, strict=strict) as engine:
            made.run(engine)
    return made
