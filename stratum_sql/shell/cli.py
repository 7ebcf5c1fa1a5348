"""The command `stratum`: run SQL files, explain them as one batch.

    stratum run pipelines.sql
    stratum run a.sql b.sql --format json
    stratum run -c "SELECT 42"
    stratum run attempts/*.py
    stratum explain *.sql
    stratum explain --html *.sql > plan.html
    stratum check *.sql
    stratum fmt --write *.sql
    stratum fmt --from bigquery *.sql
    stratum --dialect-reference
    stratum calibrate
    stratum reproduce m@3 --database shop.db
    stratum models gc --database shop.db --delete
    stratum serve --database shop.db
    stratum extension install
    stratum shell shop.db

Exit codes: 0 all well; 1 some trials failed, or a statement failed while running; 2 bad input: a text or an option was
refused; 3 a budget of time or memory was hit; 130 stopped by Ctrl-C, after what had finished was printed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shlex
import sys
import tomllib
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TextIO

from stratum_sql.errors import BindError, Diagnostic, Interrupted, RunError, StratumError, printable, suggestions
from stratum_sql.shell import jsonout, render, scripting
from stratum_sql.shell.calibrating import add_command, calibrate
from stratum_sql.shell.checking import add_format_options, format_files, show_checked
from stratum_sql.shell.extending import add_extension, extend
from stratum_sql.shell.grid import one_line
from stratum_sql.shell.interrupt import run_interruptible
from stratum_sql.shell.prompt.command import add_shell, shell
from stratum_sql.shell.prompt.host import Host
from stratum_sql.shell.registry import add_commands, check_database, show_garbage, show_reproduction
from stratum_sql.shell.serving import add_serve, serve
from stratum_sql.shell.writing import write_text

if TYPE_CHECKING:
    from stratum_sql.execute.events import Listener
    from stratum_sql.results import Result

OK, SOME_FAILED, BAD_INPUT, BUDGET, INTERRUPTED = 0, 1, 2, 3, 130
BUDGET_CODES = frozenset({"timeout", "deadline", "out_of_memory", "duckdb_out_of_memory", "memory_limit"})
REFUSED_CODES = frozenset(
    {
        "cannot_open",
        *(f"duckdb_{kind}" for kind in ("binder", "catalog", "parser", "syntax", "not_implemented", "permission")),
    }
)  # told by DuckDB before it ran anything
JSON_ROWS = 1000  # rows a result in a JSON document, unless --max-rows says otherwise


class Session(Protocol):
    """What the command needs of a session."""

    def run_scripts(self, texts: Sequence[str], /) -> list[list[Result]]: ...
    def explain(self, texts: Sequence[str], form: str = "text", /) -> str: ...
    def check(self, texts: Sequence[str], /) -> list[Any]: ...
    def register(self, name: str, table: Any, /) -> Any: ...
    def reproduce(self, model: str, /) -> Any: ...
    def collect_garbage(self, *, delete: bool, older_than: float) -> Any: ...
    def interrupt(self) -> None: ...


Connect = Callable[..., AbstractContextManager[Session]]
Writer = Callable[[jsonout.Answer, argparse.Namespace], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One text and where it came from; `error` is set, and `text` empty, where it could not be read."""

    name: str
    text: str
    error: StratumError | None = None


def console() -> NoReturn:
    """The installed command. It leaves without waiting: a fit that outlived Ctrl-C or its deadline may run still."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def main(argv: Sequence[str] | None = None, *, connect: Connect | None = None) -> int:
    """Run one command and return its exit code. Never raises: the unexpected is told in one line, code `internal`."""
    try:
        with _quiet():
            return _guarded(argv, connect or _connect)
    except BrokenPipeError:
        return _silence(sys.stdout)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the last door: whatever it is becomes one line with a code
        return _refuse(expected(error))


def _guarded(argv: Sequence[str] | None, connect: Connect) -> int:
    _tolerate(sys.stdout, sys.stderr)
    given = sys.argv[1:] if argv is None else argv
    if given and not given[0].startswith("-") and given[0] not in _COMMANDS:
        return _no_command(given[0])
    parser = _parser()
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    if options.dialect_reference:
        code = _dialect_reference()
    else:
        code = _COMMANDS[options.command](options, connect) if options.command else _help(parser)
    sys.stdout.flush()
    return code


# ---- commands --------------------------------------------------------------------------------------------------------


def _no_command(word: str) -> int:
    """Say that there is no such command, and which one is likely meant."""
    near = suggestions(word, _COMMANDS)
    if word.endswith((".sql", ".py")):
        hint = f"to run a file: stratum run {shlex.quote(word)}"
    elif len(word.split()) > 1:
        hint = f"to run statements: stratum run -c {shlex.quote(word)}"
    else:
        hint = f'did you mean "{near[0]}"?' if near else f"one of {', '.join(_COMMANDS)}"
    print(f'stratum: no command "{printable(word)}"; {printable(hint)}', file=sys.stderr)
    return BAD_INPUT


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return OK


def _dialect_reference() -> int:
    from stratum_sql.shell.dialect_reference import dialect_reference  # the catalogue takes a second to load

    _as_utf8(sys.stdout)
    sys.stdout.write(dialect_reference())
    return OK


def _check(options: argparse.Namespace, connect: Connect) -> int:
    from stratum_sql.checking import Checked

    sources = _sources(options)
    with _session(options, connect, None) as session:
        texts = [source.text for source in sources]
        done = run_interruptible(lambda: session.check(texts), session.interrupt)
    found = [
        one if source.error is None else Checked(0, (source.error.diagnostic,))
        for source, one in zip(sources, done.value, strict=True)
    ]
    bad = show_checked([source.name for source in sources], found, options.format, _tell_diagnostic)
    return INTERRUPTED if done.stopped else BAD_INPUT if bad else OK


def _fmt(options: argparse.Namespace, _connect: Connect) -> int:
    _as_utf8(sys.stdout)
    return format_files(read_sources(options.files), options, _tell_diagnostic)


def _version(_options: argparse.Namespace, _connect: Connect) -> int:
    parts = [f"{name} {_installed(name)}" for name in ("duckdb", "scikit-learn", "lightgbm", "xgboost")]
    print(f"stratum-sql {_installed('stratum-sql')} ({', '.join(parts)}, python {platform.python_version()})")
    return OK


def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _explain(options: argparse.Namespace, connect: Connect) -> int:
    sources = _sources(options)
    bad = [source for source in sources if source.error is not None]
    for source in bad:
        _tell(source.error, source.name)
    if bad:
        return BAD_INPUT
    texts, form = [source.text for source in sources], "html" if options.html else "text"
    with _session(options, connect, None) as session:
        plan = run_interruptible(lambda: session.explain(texts, form), session.interrupt)
    # A page is made to show hostile text safely, and its lines are its own.
    shown = plan.value if options.html else "".join(printable(line) + "\n" for line in plan.value.splitlines())
    _put(shown, options)
    return INTERRUPTED if plan.stopped else OK


def _put(text: str, options: argparse.Namespace) -> None:
    """Write a plan to the file of `--output`, or to standard output. Raises BindError where the file cannot be."""
    if options.output is not None:
        write_text(options.output, text)
        return
    if options.html:
        _as_utf8(sys.stdout)
    sys.stdout.write(text)


def _run(options: argparse.Namespace, connect: Connect) -> int:
    write = _WRITERS[options.format]
    if options.format != "table":
        _as_utf8(sys.stdout)
    try:
        if scripting.are_scripts(options):
            return scripting.run_scripts(options, _session(options, connect, None))
        return _run_batch(options, connect, write)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001  # the last door: whatever it is becomes one line with a code
        refused = expected(error)
        write(jsonout.Answer([], [], _code_of(refused), refused), options)
        return _code_of(refused)


def _run_batch(options: argparse.Namespace, connect: Connect, write: Writer) -> int:
    from stratum_sql.shell.progress import Reporter

    sources = _sources(options)
    with Reporter() if _watched(options) else nullcontext() as report, _session(options, connect, report) as session:
        answers, stopped = _batch(session, sources)
        if report is not None:
            report.close()
        results = [result for _, result in answers]
        code = exit_code(results, stopped=stopped)
        write(jsonout.Answer(results, [name for name, _ in answers], code), options)
    return code


def _reproduce(options: argparse.Namespace, connect: Connect) -> int:
    _as_utf8(sys.stdout)
    check_database(options)
    with _session(options, connect, None) as session:
        done = run_interruptible(lambda: session.reproduce(options.model), session.interrupt)
    show_reproduction(done.value, options.format)
    return INTERRUPTED if done.stopped else OK if done.value.status == "same" else SOME_FAILED


def _collect_garbage(options: argparse.Namespace, connect: Connect) -> int:
    _as_utf8(sys.stdout)
    check_database(options)
    with _session(options, connect, None) as session:
        show_garbage(session.collect_garbage(delete=options.delete, older_than=options.older_than), options.format)
    return OK


def _watched(options: argparse.Namespace) -> bool:
    """Programs that read JSON may read standard error too: they are shown no progress unless a person sits there."""
    return bool(options.progress) and (options.format == "table" or sys.stderr.isatty())


def _serve(options: argparse.Namespace, _connect: Connect) -> int:
    def load(session: Session) -> None:
        for name, path in options.load:
            session.register(name, load_table(path))

    return serve(options, load)


def _shell(options: argparse.Namespace, connect: Connect) -> int:
    host = Host(load_table, in_colour, expected)
    return shell(options, lambda report: _session(options, connect, report), host)


_COMMANDS: dict[str, Callable[[argparse.Namespace, Connect], int]] = {
    "run": _run,
    "explain": _explain,
    "check": _check,
    "fmt": _fmt,
    "calibrate": lambda options, _connect: calibrate(options),
    "reproduce": _reproduce,
    "models": _collect_garbage,
    "serve": _serve,
    "extension": lambda options, _connect: extend(options),
    "shell": _shell,
    "version": _version,
}


def _batch(session: Session, sources: Sequence[Source]) -> tuple[list[tuple[str, Result]], bool]:
    """One result a statement with the name of its source: the readable texts as one batch, the errors of the others
    between them."""
    from stratum_sql.results import Result

    texts = [source.text for source in sources if source.error is None]
    done = run_interruptible(lambda: session.run_scripts(texts) if texts else [], session.interrupt)
    answers = iter(done.value)
    found: list[tuple[str, Result]] = []
    for source in sources:
        results = [Result.failed(source.error, source.text)] if source.error else next(answers)
        found += [(source.name, result) for result in results]
    return found, done.stopped


def exit_code(results: Sequence[Result], *, stopped: bool = False) -> int:
    """The exit code of a command: the gravest of its results'; 130 where Ctrl-C stopped it."""
    return INTERRUPTED if stopped else max((_code(result) for result in results), default=OK)


def _code(result: Result) -> int:
    if result.error is not None:
        return _code_of(result.error)
    summary = result.summary
    if summary is None:
        return OK
    return BUDGET if summary.timed_out or summary.interrupted else SOME_FAILED if summary.failed else OK


def _code_of(error: StratumError) -> int:
    if error.diagnostic.code in BUDGET_CODES or isinstance(error, Interrupted):  # by a limit: Ctrl-C is known elsewhere
        return BUDGET
    refused = error.diagnostic.phase != "run" or error.diagnostic.code in REFUSED_CODES
    return BAD_INPUT if refused else SOME_FAILED


# ---- opening and reading ---------------------------------------------------------------------------------------------


def _sources(options: argparse.Namespace) -> list[Source]:
    """The files of a command and the texts that it has of -c. Raises BindError where there are none."""
    texts = [Source("-c", text) for text in options.texts]
    if not options.files and not texts:
        raise BindError.at("", None, "no_input", "nothing to read", hint="name a file, or give statements by -c")
    return [*read_sources(options.files), *texts]


def read_sources(files: Sequence[str]) -> list[Source]:
    """The texts of the files, `-` for standard input; what cannot be read carries its error."""
    return [_read(name) for name in files]


def _read(name: str) -> Source:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return Source(name, raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        return Source(name, "", _unreadable(f"cannot read {name}: {error.strerror or error}", _neighbours(name)))
    except ValueError:  # not UTF-8, or a name with a NUL in it
        return Source(name, "", _unreadable(f"cannot read {name}: it is no UTF-8 text"))


def _unreadable(message: str, near: Sequence[str] = ()) -> StratumError:
    return BindError.at("", None, "unreadable_file", message, did_you_mean=near)


def _neighbours(name: str) -> tuple[str, ...]:
    try:
        return suggestions(Path(name).name, (path.name for path in Path(name).parent.iterdir()))
    except OSError:
        return ()


def _connect(database: str, **options: Any) -> AbstractContextManager[Session]:
    import stratum_sql  # the engine is loaded by the commands that need it, not by `stratum version`

    opened: AbstractContextManager[Session] = stratum_sql.connect(database, **options)
    return opened


@contextmanager
def _session(options: argparse.Namespace, connect: Connect, report: Listener | None) -> Iterator[Session]:
    """The session of a command, its tables loaded; a database that cannot be opened is bad input."""
    with _open(options, connect, report) as session:
        for name, path in options.load:
            session.register(name, load_table(path))
        yield session


def _open(options: argparse.Namespace, connect: Connect, report: Listener | None) -> AbstractContextManager[Session]:
    import duckdb

    database = options.database or workload_database(options.files)
    try:
        return connect(
            database,
            trusted=not options.untrusted,
            allow_paths=tuple(options.allow_path),
            threads=options.threads,
            memory_limit=options.memory_limit,
            max_seconds=options.max_seconds,
            progress=report,
            **({} if options.device is None else {"device": options.device}),
        )
    except (duckdb.Error, OSError, ValueError) as error:
        raise BindError.at("", None, "cannot_open", f"cannot open {database}: {_first_line(error)}") from error


def workload_database(files: Sequence[str]) -> str:
    """The database of a folder of queries: the one its `stratum.toml` names, if all files are in that folder; else one
    in memory. Raises BindError where the file is not there, with the words the folder has for making it."""
    folders = {Path(os.path.abspath(name)).parent for name in files if name != "-"}  # noqa: PTH100 resolve() refuses NUL
    settings = folders.pop() / "stratum.toml" if len(folders) == 1 and "-" not in files else None
    if settings is None or "\0" in str(settings) or not settings.is_file():
        return ":memory:"
    told = _settings(settings)
    database = settings.parent / told.get("database", "")
    if not database.is_file():
        message = f"{settings} names the database {database}, which is not there"
        raise BindError.at("", None, "no_database", message, hint=told.get("make"))
    return str(database)


def _settings(path: Path) -> dict[str, str]:
    """The texts in a `stratum.toml`."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BindError.at("", None, "bad_settings", f"cannot read {path}: {_first_line(error)}") from error
    return {name: value for name, value in read.items() if isinstance(value, str)}


_READERS = {
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".parquet": "read_parquet",
    ".json": "read_json",
    ".ndjson": "read_json",
}


def load_table(path: str) -> Any:
    """The rows of a CSV, TSV, Parquet or JSON file as an Arrow table. Raises BindError if it cannot be read.

    It is read by a connection of its own: the file was named on the command line, not by a statement.
    """
    reader = _READERS.get(Path(path).suffix.lower())
    if reader is None:
        message = f"cannot load {path}: the name must end in one of {', '.join(_READERS)}"
        raise _unreadable(message)
    import duckdb

    from stratum_sql.connections import connect

    try:
        with connect() as own:
            return own.sql(f"FROM {reader}(?)", params=[path]).to_arrow_table()
    except duckdb.Error as error:
        raise _unreadable(f"cannot load {path}: {_first_line(error)}") from error


# ---- writing ---------------------------------------------------------------------------------------------------------


def _write_json(answer: jsonout.Answer, options: argparse.Namespace) -> None:
    print(jsonout.document(answer, _most(options, JSON_ROWS)))


def _write_lines(answer: jsonout.Answer, options: argparse.Namespace) -> None:
    for line in jsonout.json_lines(answer, _most(options, None)):
        print(line)


def _write_tables(answer: jsonout.Answer, options: argparse.Namespace) -> None:
    page = render.Page(render.terminal_width(), _most(options, render.ROWS), in_colour(sys.stdout))
    if answer.error is not None:
        _tell(answer.error, "")
    last = {_batch_of(result): place for place, result in enumerate(answer.results)}
    for place, (result, name) in enumerate(zip(answer.results, answer.sources, strict=True)):
        for warning in result.warnings:
            print(render.diagnostic(warning, _page_of(sys.stderr)), file=sys.stderr)
        if result.error is not None:
            _tell(result.error, name)
            continue
        if len(answer.results) > 1:
            print("\n" * bool(place) + page.paint(f"── {one_line(name)} ──", render.BOLD))
        if _is_shown(result, answer.results):
            print(f"{len(result.parts)} statements, each shown at its place", flush=True)
            continue
        print(render.text(result, replace(page, with_batch=last[_batch_of(result)] == place)), flush=True)


def _is_shown(result: Result, results: Sequence[Result]) -> bool:
    """Whether a `COMMIT BATCH` answers nothing but statements that are answered here themselves."""
    return bool(result.parts) and all(any(part is other for other in results) for part in result.parts)


def _batch_of(result: Result) -> tuple[float, ...]:
    """What statements of one batch have in common: it is told once, below the last of them."""
    facts = result.summary
    return () if facts is None else (facts.seconds, facts.fits, facts.nodes, facts.nodes_unshared, facts.scans)


def _most(options: argparse.Namespace, usual: int | None) -> int | None:
    """Rows to show: what --max-rows says, 0 being all, else the usual number."""
    if options.max_rows is None:
        return usual
    return options.max_rows or None


_WRITERS: dict[str, Writer] = {"table": _write_tables, "json": _write_json, "ndjson": _write_lines}


def _tell(error: StratumError | None, source: str) -> None:
    """An error on standard error, behind what was already written to standard output."""
    if error is None:
        return
    sys.stdout.flush()
    where = f"{one_line(source)}: " if source else ""
    print(where + render.diagnostic(error.diagnostic, _page_of(sys.stderr), type(error).__name__), file=sys.stderr)


def _tell_diagnostic(problem: Diagnostic, source: str) -> None:
    sys.stdout.flush()
    print(f"{one_line(source)}: {render.diagnostic(problem, _page_of(sys.stderr))}", file=sys.stderr)


def _page_of(stream: TextIO) -> render.Page:
    return render.Page(render.terminal_width(), colour=in_colour(stream))


def in_colour(stream: TextIO) -> bool:
    """Whether ANSI codes may be written: a terminal, and neither NO_COLOR nor TERM=dumb is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


# ---- when it goes wrong ----------------------------------------------------------------------------------------------


def _refuse(error: StratumError) -> int:
    _tell(error, "")
    return _code_of(error)


def expected(error: Exception) -> StratumError:
    """`error`, or what stands for one nobody expected; its traceback is for those who ask with STRATUM_DEBUG=1."""
    if isinstance(error, StratumError):
        return error
    if os.environ.get("STRATUM_DEBUG") == "1":
        traceback.print_exception(error, file=sys.stderr)
    message = f"unexpected {type(error).__name__}: {one_line(_first_line(error))} (a bug; STRATUM_DEBUG=1 shows where)"
    return RunError.at("", None, "internal", message)


def _silence(stream: TextIO) -> int:
    """The reader has gone: say nothing, now or when Python flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return OK


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Python's own warnings are for programmers; what a user must know comes as a diagnostic of its result."""
    with warnings.catch_warnings():
        if os.environ.get("STRATUM_DEBUG") != "1":
            warnings.simplefilter("ignore")
        yield


def _tolerate(*streams: TextIO) -> None:
    """Characters the terminal cannot write become `?`; they never end the command."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _as_utf8(stream: TextIO) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="strict")


# ---- options ---------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stratum",
        description="SQL for batches of machine learning pipelines.",
        epilog="Exit codes: 0 ok, 1 some trials failed, 2 bad input, 3 time or memory budget hit, 130 Ctrl-C.",
    )
    parser.add_argument(
        "--dialect-reference", action="store_true", help="print the language in short, for the prompt of an agent"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    description = "Run SQL files as one batch, or scripts of pandas."
    run = commands.add_parser("run", help="run SQL files as one batch, or scripts of pandas", description=description)
    scripting.add_options(run)
    explain = commands.add_parser("explain", help="show the plan of SQL files, and what they share")
    check = commands.add_parser("check", help="say what is wrong with SQL files, and run nothing")
    for command in (run, explain, check):
        command.add_argument(
            "files", nargs="*", metavar="FILE.sql", help="a file of SQL statements; - is standard input"
        )
        command.add_argument(
            "-c", dest="texts", action="append", default=[], metavar="SQL", help="statements in place of a file"
        )
        _add_session_options(command)
    check.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
    add_format_options(commands.add_parser("fmt", help="print SQL files in canonical form"))
    _add_output_options(run)
    explain.add_argument("--html", action="store_true", help="a page to look at, in one file that needs nothing else")
    explain.add_argument("--output", metavar="FILE", help="write the plan there (default: to standard output)")
    add_command(commands)
    add_commands(commands, _add_session_options)
    add_serve(commands, _add_session_options)
    add_extension(commands)
    add_shell(commands, _add_session_options)
    commands.add_parser("version", help="show the versions in use")
    return parser


def _add_session_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        metavar="FILE",
        help="DuckDB database file, or :memory: (default: what stratum.toml beside the files names, else in memory)",
    )
    parser.add_argument(
        "--load",
        action="append",
        default=[],
        type=_named_file,
        metavar="NAME=FILE",
        help="load a CSV, Parquet or JSON file as a table",
    )
    parser.add_argument("--untrusted", action="store_true", help="the SQL comes from strangers: no files, no network")
    parser.add_argument(
        "--allow-path", action="append", default=[], metavar="PATH", help="a path that untrusted SQL may read"
    )
    parser.add_argument("--threads", type=_positive_int, metavar="N", help="threads to use (default: all cores)")
    parser.add_argument("--memory-limit", metavar="SIZE", help="such as 4GB")
    parser.add_argument(
        "--device",
        metavar="DEVICE",
        help="where models are trained: auto, cpu or gpu; or a JSON file of a GPU to plan for (default: auto)",
    )
    parser.add_argument("--max-seconds", type=_positive, metavar="S", help="stop then, and show what is finished")


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("table", "json", "ndjson"), default="table", help="default: %(default)s")
    parser.add_argument(
        "--max-rows",
        type=_count,
        metavar="N",
        help=f"rows shown a result, 0 for all (default: table {render.ROWS}, json {JSON_ROWS}, ndjson all)",
    )
    parser.add_argument("--no-progress", dest="progress", action="store_false", help="no progress on standard error")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _positive_int(text: str) -> int:
    return int(_positive(str(int(text))))


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def _named_file(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=FILE")
    return name, path
