"""What each dot command does: a function of the conversation and of what stands behind the command; its exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from stratum_sql.errors import BindError, StratumError, printable, suggestions
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.syntax import Train
from stratum_sql.results import Result
from stratum_sql.shell import render
from stratum_sql.shell.prompt import dots
from stratum_sql.shell.prompt.dots import Told
from stratum_sql.shell.prompt.host import Leave
from stratum_sql.shell.prompt.names import read_tables

if TYPE_CHECKING:
    from stratum_sql.shell.prompt.runner import Runner

_DEEPEST = 20  # files that .read each other
_OK = 0


def _help(runner: Runner, told: Told) -> int:
    runner.put(dots.help_text(told.argument, render.terminal_width()))
    return _OK


def _exit(_runner: Runner, _told: Told) -> int:
    raise Leave


# ---- settings --------------------------------------------------------------------------------------------------------


def _mode(runner: Runner, told: Told) -> int:
    runner.settings.mode = told.argument or runner.settings.mode
    return _said(runner, told, runner.settings.mode)


def _timer(runner: Runner, told: Told) -> int:
    if told.argument:
        runner.settings.timer = told.argument == "on"
    return _said(runner, told, "on" if runner.settings.timer else "off")


def _timeout(runner: Runner, told: Told) -> int:
    if told.argument:
        runner.settings.timeout = dots.number_of(told) or None
    return _said(runner, told, f"{runner.settings.timeout or 0:g}")


def _rows(runner: Runner, told: Told) -> int:
    if told.argument:
        runner.settings.rows = int(dots.number_of(told)) or None
    return _said(runner, told, str(runner.settings.rows or 0))


def _said(runner: Runner, told: Told, value: str) -> int:
    """A setting that was not given is shown."""
    if not told.argument:
        runner.put(f"{told.dot.name} {value}")
    return _OK


# ---- files -----------------------------------------------------------------------------------------------------------


def _output(runner: Runner, told: Told) -> int:
    if not told.argument:
        runner.close()
        return _OK
    path = _path(told)
    try:
        opened = path.open("w", encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        raise BindError.at("", None, "unwritable_file", f"cannot write {path}: {_reason(error)}") from error
    runner.close()
    runner.file = opened
    return _OK


def _read(runner: Runner, told: Told) -> int:
    path = _path(told)
    if len(runner.sources) >= _DEEPEST:
        raise BindError.at("", None, "too_deep", f"{_DEEPEST} files read each other; {path} is not read")
    try:
        script = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    runner.sources += (str(path),)
    try:
        return runner.run(script)
    finally:
        runner.sources = runner.sources[:-1]


def _load(runner: Runner, told: Told) -> int:
    *words, last = dots.words_of_argument(told) or [""]
    named = len(words) == 2 and words[1].lower() == "as"
    if not last or (words and not named):
        raise _takes(told)
    path = Path(words[0] if named else last).expanduser()
    name = last if named else dots.table_name(path.name)
    found: list[Any] = []

    def work() -> list[Result]:
        found.append(runner.host.load(str(path)))
        runner.door.register(name, found[0])
        return []

    if not path.exists():
        raise _unreadable(path, FileNotFoundError(2, "No such file or directory"))
    _, status = runner.ask(work)
    if status == _OK:
        rows, columns = found[0].num_rows, found[0].num_columns
        runner.put(f"{name}: {rows:,} row{'s' * (rows != 1)}, {columns} column{'s' * (columns != 1)}")
    return status


def _path(told: Told) -> Path:
    words = dots.words_of_argument(told)
    if len(words) != 1:
        raise _takes(told)
    return Path(words[0]).expanduser()


def _unreadable(path: Path, error: Exception) -> StratumError:
    names: list[str] = []
    with suppress(OSError, ValueError):
        names = [one.name for one in path.parent.iterdir()]
    near = suggestions(path.name, names)
    return BindError.at("", None, "unreadable_file", f"cannot read {path}: {_reason(error)}", did_you_mean=near)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it is no UTF-8 text")


def _takes(told: Told) -> StratumError:
    return BindError.at("", None, "bad_argument", f"{told.dot.name} takes {told.dot.takes}")


# ---- what is there ---------------------------------------------------------------------------------------------------


def _models(runner: Runner, _told: Told) -> int:
    return runner.ask(lambda: runner.door.run("SHOW MODELS"))[1]


def _tables(runner: Runner, _told: Told) -> int:
    def rows() -> Iterator[tuple[str, ...]]:
        for name, columns in read_tables(runner.door.run, runner.door.lent).items():
            yield name, ", ".join(column for column, _ in columns)

    return runner.ask(lambda: [_listing(("table", "columns"), rows())])[1]


def _schema(runner: Runner, told: Told) -> int:
    def work() -> list[Result]:
        found = read_tables(runner.door.run, runner.door.lent)
        if not told.argument:
            rows = [(name, *column) for name, columns in found.items() for column in columns]
            return [_listing(("table", "column", "type"), iter(rows))]
        return [_listing(("column", "type"), iter(_columns(found, told.argument)))]

    return runner.ask(work)[1]


def _columns(tables: Mapping[str, tuple[tuple[str, str], ...]], wanted: str) -> tuple[tuple[str, str], ...]:
    for name, columns in tables.items():
        if name.replace('"', "").lower() == wanted.replace('"', "").lower():
            return columns
    raise BindError.at("", None, "unknown_table", f"no table {wanted}", did_you_mean=suggestions(wanted, tables))


def _listing(names: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Result:
    import pyarrow as pa

    listed = list(rows)
    return Result.from_arrow(
        pa.table({name: pa.array([row[place] for row in listed], pa.string()) for place, name in enumerate(names)}),
        "rows",
    )


# ---- plans and batches -----------------------------------------------------------------------------------------------


def _plan(runner: Runner, told: Told) -> int:
    text = told.argument or runner.last
    if not told.argument and runner.waiting is not None:
        return runner.ask(runner.door.plan_batch)[1]
    if not text:
        raise BindError.at("", None, "bad_argument", ".plan takes a statement: none was run yet")
    if not any(isinstance(statement, Train) for _, statement in read_script(text)):
        return runner.ask(lambda: runner.door.run(f"EXPLAIN {text}"))[1]
    plans: list[str] = []

    def work() -> list[Result]:
        plans.append(runner.door.plan(text))
        return []

    _, status = runner.ask(work)
    for plan in plans:
        runner.put("\n".join(map(printable, plan.splitlines())))
    return status


def _batch(runner: Runner, told: Told) -> int:
    if not told.argument:
        raise _takes(told)
    step = cast(Literal["begin", "run", "cancel"], told.argument)
    _, status = runner.ask(lambda: runner.door.batch(step))
    if status == _OK or step == "run":
        runner.waiting = 0 if step == "begin" else None
    return status


ACTIONS: Mapping[str, Callable[[Runner, Told], int]] = {
    ".batch": _batch,
    ".exit": _exit,
    ".help": _help,
    ".load": _load,
    ".mode": _mode,
    ".models": _models,
    ".output": _output,
    ".plan": _plan,
    ".read": _read,
    ".rows": _rows,
    ".schema": _schema,
    ".tables": _tables,
    ".timeout": _timeout,
    ".timer": _timer,
}
