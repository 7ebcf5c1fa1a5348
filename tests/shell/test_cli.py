"""The command: what it passes on, what it prints where, and its exit codes; with a session made for the purpose."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stratum_sql.errors import BindError, Diagnostic, Interrupted, NotAllowed, ParseError, RunError, StratumError
from stratum_sql.execute.events import Progress
from stratum_sql.results import Result, Summary
from stratum_sql.shell import cli, interrupt


class FakeSession:
    """Answers each text by its first word; keeps what it was given."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.options: dict[str, Any] = {}
        self.texts: list[str] = []
        self.tables: dict[str, Any] = {}
        self.closed = False
        self.interrupted = threading.Event()

    def __call__(self, database: str, **options: Any) -> "FakeSession":
        self.options = {"database": database, **options}
        return self

    def __enter__(self) -> "FakeSession":
        return self

    def __exit__(self, *_error: object) -> None:
        self.closed = True

    def reproduce(self, model: str) -> Any:
        return self.answers[model]

    def collect_garbage(self, *, delete: bool, older_than: float) -> Any:
        return self.answers["gc"](delete, older_than)

    def run_scripts(self, texts: Sequence[str]) -> list[list[Result]]:
        self.texts = list(texts)
        return [[self._answer(text)] for text in texts]

    def _answer(self, text: str) -> Result:
        answer = self.answers[text.split()[0]]
        if isinstance(answer, Exception) and not isinstance(answer, StratumError):
            raise answer
        if isinstance(answer, StratumError):
            return Result.failed(answer, text)
        result: Result = answer() if callable(answer) else answer
        return result

    def check(self, texts: Sequence[str], /) -> list[Any]:
        raise NotImplementedError

    def explain(self, texts: Sequence[str], form: str = "text", /) -> str:
        if form == "html":
            return f"<p>{len(texts)} texts, é\N{ZERO WIDTH SPACE}</p>\n"
        return f"Batch of {len(texts)}\x1b[31m\n  Scan t"

    def register(self, name: str, table: Any) -> None:
        self.tables[name] = table

    def interrupt(self) -> None:
        self.interrupted.set()


def summary(**changes: Any) -> Summary:
    return Summary(
        **{
            "trials": 1,
            "failed": 0,
            "timed_out": 0,
            "fits": 5,
            "seconds": 0.1,
            "nodes": 9,
            "nodes_unshared": 9,
            "scans": 1,
        }
        | changes
    )


def trained(**changes: Any) -> Result:
    table = pa.table({"trial": [1], "estimator": ["ridge"], "rank": [1], "status": ["ok"]})
    return Result.from_arrow(table, "leaderboard", summary=summary(**changes))


def at(kind: type[StratumError], code: str) -> StratumError:
    return kind.at("SELECT x", None, code, f"message of {code}")


ANSWERS: dict[str, Any] = {
    "rows": Result.from_arrow(pa.table({"i": list(range(30))}), "rows"),
    "none": Result.none(),
    "ok": trained(),
    "failed": trained(failed=1),
    "late": trained(timed_out=1),
    "stopped": trained(interrupted=True),
    "parse": at(ParseError, "syntax"),
    "bind": at(BindError, "unknown_column"),
    "denied": at(NotAllowed, "not_allowed"),
    "run": at(RunError, "duckdb_conversion"),
    "memory": at(RunError, "duckdb_out_of_memory"),
    "deadline": at(Interrupted, "timeout"),
    "cancelled": at(Interrupted, "interrupted"),
    "plain": at(RunError, "duckdb_binder"),
    "bug": ZeroDivisionError("division\nby zero"),
}

Run = Callable[..., int]


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(dict(ANSWERS))


@pytest.fixture
def run(session: FakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("ok", "bind", "--format", "json")`: one file a word of ANSWERS, the rest as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("STRATUM_DEBUG", raising=False)

    def go(*words: str, command: str = "run") -> int:
        for word in words:
            if word in session.answers:
                Path(f"{word}.sql").write_text(f"{word} of it", encoding="utf-8")
        given = [f"{word}.sql" if word in session.answers else word for word in words]
        return cli.main([command, *given], connect=session)

    return go


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["rows"], 0),
        (["none", "ok"], 0),
        (["ok", "failed"], 1),
        (["run"], 1),
        (["parse"], 2),
        (["bind", "failed"], 2),
        (["denied"], 2),
        (["late"], 3),
        (["stopped", "bind"], 3),
        (["memory"], 3),
        (["deadline"], 3),
        (["cancelled", "bind"], 3),
        (["plain", "failed"], 2),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
def test_exit_codes(run: Run, words: list[str], code: int, form: str) -> None:
    assert run(*words, "--format", form) == code


def test_one_bad_text_never_harms_the_others(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rows", "bind", "absent.sql", "none") == 2
    out, err = capsys.readouterr()
    assert "── rows.sql ──" in out
    assert "30 rows, the first 20 shown" in out
    assert "── none.sql ──" in out
    assert "bind.sql: BindError[unknown_column]: message of unknown_column" in err
    assert "absent.sql: BindError[unreadable_file]: cannot read absent.sql: No such file or directory" in err


def test_statements_come_from_the_command_line_too(
    run: Run, session: FakeSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("none", "-c", "rows of it", "-c", "bind of it") == 2
    out, err = capsys.readouterr()
    assert "── -c ──" in out
    assert "-c: BindError[unknown_column]" in err


def test_a_command_without_anything_to_read(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert [run(command=command) for command in ("run", "explain", "check")] == [2, 2, 2]
    assert capsys.readouterr().err.count("BindError[no_input]: nothing to read") == 3


NO_COMMANDS = {
    "SELECT 1": "to run statements: stratum run -c 'SELECT 1'",
    "houses.sql": "to run a file: stratum run houses.sql",
    "my script.py": "to run a file: stratum run 'my script.py'",
    "explian": 'did you mean "explain"?',
    "xyz": "one of run, explain, check, fmt,",
}


@pytest.mark.parametrize("word", NO_COMMANDS)
def test_no_such_command(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([word]) == 2
    assert f'stratum: no command "{word}"; {NO_COMMANDS[word]}' in capsys.readouterr().err


def test_a_file_that_is_not_there_brings_its_neighbour_to_mind(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("rows")
    assert run("rosw.sql") == 2
    assert 'did you mean "rows.sql"?' in capsys.readouterr().err


def test_files_that_are_no_text_are_refused_alone(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe\x00")
    assert run("binary.sql", ".", "a\0b", "rows") == 2
    out, err = capsys.readouterr()
    assert "it is no UTF-8 text" in err
    assert "Is a directory" in err
    assert "30 rows" in out


def test_json_is_one_document_and_nothing_else(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rows", "absent.sql", "bind", "--format", "json") == 2
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert out.count("\n") == 1
    assert err == ""
    assert [item["source"] for item in told["results"]] == ["rows.sql", "absent.sql", "bind.sql"]
    assert [item["error"] and item["error"]["code"] for item in told["results"]] == [
        None,
        "unreadable_file",
        "unknown_column",
    ]
    assert told["exit_code"] == 2


def test_ndjson_is_one_object_a_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rows", "ok", "--format", "ndjson") == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["row"] for item in told if "row" in item and item["result"] == 0] == [{"i": i} for i in range(30)]
    assert told[-1]["exit_code"] == 0


def test_max_rows_cuts_and_zero_does_not(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("rows", "--format", "json", "--max-rows", "5")
    told = json.loads(capsys.readouterr().out)["results"][0]
    assert (len(told["rows"]), told["truncated"], told["total_rows"]) == (5, True, 30)
    run("rows", "--max-rows", "0")
    assert "30 rows" in capsys.readouterr().out.splitlines()[-1]


def test_options_reach_the_session(run: Run, session: FakeSession) -> None:
    options = ["--database", "d.db", "--untrusted", "--allow-path", "a", "--allow-path", "b", "--threads", "2"]
    assert run("none", *options, "--memory-limit", "4GB", "--max-seconds", "1.5", "--no-progress") == 0
    assert session.options == {
        "database": "d.db",
        "trusted": False,
        "allow_paths": ("a", "b"),
        "threads": 2,
        "memory_limit": "4GB",
        "max_seconds": 1.5,
        "progress": None,
    }
    assert session.closed


def test_without_options_the_session_is_trusted_and_watched(run: Run, session: FakeSession) -> None:
    def watched() -> Result:
        session.options["progress"](Progress("train", 0, 0, 1, 0, 1, 0.0, None, None))
        return Result.none()

    session.answers["ok"] = watched
    assert run("ok") == 0
    assert session.options["trusted"] is True
    assert session.options["database"] == ":memory:"


def test_programs_are_shown_no_progress(run: Run, session: FakeSession) -> None:
    run("none", "--format", "json")
    assert session.options["progress"] is None


def test_tables_are_loaded_from_files(run: Run, session: FakeSession, tmp_path: Path) -> None:
    (tmp_path / "it's.csv").write_text("a,b\n1,x\n", encoding="utf-8")
    assert run("none", "--load", "t=it's.csv") == 0
    assert session.tables["t"].to_pydict() == {"a": [1], "b": ["x"]}


@pytest.mark.parametrize("path", ["absent.csv", "data.exe"])
def test_a_table_that_cannot_be_loaded_is_bad_input(run: Run, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("none", "--load", f"t={path}") == 2
    assert f"cannot load {path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--threads", "0"],
        ["--threads", "two"],
        ["--max-seconds", "-1"],
        ["--max-seconds", "nan"],
        ["--max-seconds", "inf"],
        ["--max-rows", "-1"],
        ["--load", "noname"],
        ["--format", "xml"],
        ["--nonsense"],
    ],
)
def test_options_that_mean_nothing_are_bad_input(
    run: Run, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("none", *words) == 2
    assert "usage: stratum" in capsys.readouterr().err


def test_standard_input_is_a_file_called_dash(run: Run, session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeffok ä\r\nb".encode())))
    assert run("-", "none") == 0
    assert session.texts == ["ok ä\nb", "none of it"]


def test_explain_takes_all_files_as_one_batch(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ok", "failed", command="explain") == 0
    assert capsys.readouterr().out == "Batch of 2\N{REPLACEMENT CHARACTER}[31m\n  Scan t\n"
    assert run("ok", "absent.sql", command="explain") == 2
    assert "absent.sql" in capsys.readouterr().err


def test_explain_html_writes_a_page_as_it_is(run: Run, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    page = "<p>2 texts, é\N{ZERO WIDTH SPACE}</p>\n".encode()
    assert run("ok", "failed", "--html", command="explain") == 0
    assert capsysbinary.readouterr().out == page
    assert run("ok", "failed", "--html", "--output", "plan.html", command="explain") == 0
    assert capsysbinary.readouterr().out == b""
    assert Path("plan.html").read_bytes() == page


def test_a_plan_goes_to_the_file_that_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ok", "--output", "plan.txt", command="explain") == 0
    assert Path("plan.txt").read_text(encoding="utf-8").startswith("Batch of 1\N{REPLACEMENT CHARACTER}")
    for name in ("absent/plan.txt", "\0"):
        assert run("ok", "--output", name, command="explain") == 2
        assert "unwritable_file" in capsys.readouterr().err


def test_no_command_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "Exit codes: 0 ok" in " ".join(capsys.readouterr().out.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["version"]) == 0
    assert capsys.readouterr().out.startswith("stratum-sql ")


def test_a_bug_is_one_line_with_a_code(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bug") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == ("RunError[internal]: unexpected ZeroDivisionError: division (a bug; STRATUM_DEBUG=1 shows where)\n")
    assert run("bug", "--format", "json") == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "internal"
    assert err == ""


def test_debugging_shows_where(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("STRATUM_DEBUG", "1")
    run("bug")
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_outside_the_batch_is_one_line_too(
    run: Run, session: FakeSession, capsys: pytest.CaptureFixture[str]
) -> None:
    session.answers["ok"] = Result("leaderboard", table=pa.table({"trial": [1]}), summary=None)
    session.answers["ok"].metrics = (object(),)
    assert run("ok") == 1
    assert "RunError[internal]" in capsys.readouterr().err


@pytest.mark.parametrize("error", [OSError("no such place"), ValueError("threads"), at(BindError, "bad_option")])
def test_a_session_that_cannot_be_opened_is_bad_input(
    error: Exception, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise error

    (tmp_path / "a.sql").write_text("x")
    assert cli.main(["run", str(tmp_path / "a.sql")], connect=refuse) == 2
    assert "BindError" in capsys.readouterr().err
    assert cli.main(["run", str(tmp_path / "a.sql"), "--format", "json"], connect=refuse) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


def test_warnings_go_to_standard_error(run: Run, session: FakeSession, capsys: pytest.CaptureFixture[str]) -> None:
    warning = Diagnostic(code="leakage", message="the target is in a window", phase="bind", severity="warning")
    session.answers["ok"] = Result.from_arrow(pa.table({"a": [1]}), "rows", warnings=[warning])
    assert run("ok") == 0
    out, err = capsys.readouterr()
    assert err == "warning[leakage]: the target is in a window\n"
    assert "leakage" not in out


def test_ctrl_c_keeps_what_has_finished(run: Run, session: FakeSession, capsys: pytest.CaptureFixture[str]) -> None:
    def until_interrupted() -> Result:
        os.kill(os.getpid(), signal.SIGINT)
        assert session.interrupted.wait(10)
        return trained(interrupted=True)

    session.answers["slow"] = until_interrupted
    before = signal.getsignal(signal.SIGINT)
    assert run("rows", "slow") == 130
    out, err = capsys.readouterr()
    assert "30 rows" in out
    assert "stopped early" in out
    assert "Ctrl-C again" in err
    assert signal.getsignal(signal.SIGINT) is before


def test_what_a_batch_took_is_told_once(run: Run, session: FakeSession, capsys: pytest.CaptureFixture[str]) -> None:
    session.answers["other"] = trained(seconds=7.0)
    run("ok", "failed", "other")
    batches = [line for line in capsys.readouterr().out.splitlines() if line.startswith("batch:")]
    assert [line.split(",")[0] for line in batches] == ["batch: 0.100 s", "batch: 7.0 s"]


def test_ctrl_c_stops_one_statement_after_the_other(
    run: Run, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_interrupted() -> Result:
        session.interrupted.clear()  # as a session does at each statement
        assert session.interrupted.wait(10)
        return Result.none()

    def press() -> Result:
        os.kill(os.getpid(), signal.SIGINT)
        return until_interrupted()

    monkeypatch.setattr(interrupt, "AGAIN", 0.01)
    session.answers |= {"first": press, "second": until_interrupted, "third": until_interrupted}
    assert run("first", "second", "third") == 130


def test_python_warnings_are_for_programmers(
    run: Run, session: FakeSession, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def warn() -> Result:
        warnings.warn("a library has something to say", UserWarning, stacklevel=1)
        return Result.none()

    session.answers["ok"] = warn
    assert run("ok") == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("STRATUM_DEBUG", "1")
    assert run("ok") == 1  # here warnings are errors


def test_ctrl_c_elsewhere_is_quiet(session: FakeSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    (tmp_path / "a.sql").write_text("x")
    assert cli.main(["run", str(tmp_path / "a.sql")], connect=interrupted) == 130
    assert capsys.readouterr() == ("", "")


def test_in_another_thread_it_runs_without_signals(run: Run) -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(run("none")))
    thread.start()
    thread.join()
    assert codes == [0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("setting", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_colours_only_where_they_are_wanted(
    run: Run, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], colour: bool
) -> None:
    for name, value in ({"TERM": "xterm"} | setting).items():
        monkeypatch.setenv(name, value)
    if "NO_COLOR" not in setting:
        monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    run("ok")
    assert ("\x1b[" in terminal.getvalue()) is colour


def test_no_colour_in_a_pipe(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("ok", "bind")
    assert "\x1b" not in "".join(capsys.readouterr())


# ---- the command as a process of its own -----------------------------------------------------------------------------


def stratum(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """`python -m stratum_sql` in a process of its own."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "stratum_sql", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False, **options)


def test_a_reader_that_goes_away_ends_it_silently(tmp_path: Path) -> None:
    script = (
        "import sys, pyarrow as pa\n"
        "from stratum_sql.results import Result\n"
        "from stratum_sql.shell.cli import main\n"
        "class Session:\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *_): ...\n"
        "    def interrupt(self): ...\n"
        "    def run_scripts(self, texts):\n"
        "        return [[Result.from_arrow(pa.table({'i': list(range(200_000))}), 'rows')]]\n"
        "sys.exit(main(['run', sys.argv[1], '--format', 'ndjson'], connect=lambda *_, **__: Session()))\n"
    )
    (tmp_path / "a.sql").write_text("x")
    command = [sys.executable, "-c", script, str(tmp_path / "a.sql")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"result":0')
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_python_m_is_the_command() -> None:
    done = stratum("version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("stratum-sql ")


def test_a_folder_of_queries_names_its_database(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1")
    (tmp_path / "b.sql").write_text("SELECT 2")
    other = tmp_path / "other"
    other.mkdir()
    files = [str(tmp_path / "a.sql"), str(tmp_path / "b.sql")]
    assert cli.workload_database(files) == ":memory:"
    (tmp_path / "stratum.toml").write_text('database = "data.duckdb"\nmake = "make it with: make data"\n')
    with pytest.raises(BindError, match=r"names the database .*data.duckdb, which is not there") as caught:
        cli.workload_database(files)
    assert caught.value.diagnostic.hint == "make it with: make data"
    (tmp_path / "data.duckdb").touch()
    assert cli.workload_database(files) == str(tmp_path / "data.duckdb")
    assert cli.workload_database([*files, str(other / "c.sql")]) == ":memory:"
    assert cli.workload_database([*files, "-"]) == ":memory:"
    (tmp_path / "stratum.toml").write_text("database = ")
    with pytest.raises(BindError, match="cannot read"):
        cli.workload_database(files)


def test_every_statement_of_a_file_has_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = "CREATE TABLE t AS SELECT i::DOUBLE AS x, 2.0 * i AS y FROM range(40) r(i);"
    script += (
        "SELECT x, y FROM t TRAIN MODEL rigde() TARGET y; SELECT x, y FROM t TRAIN MODEL ols() TARGET y; SELECT 42 AS k"
    )
    (tmp_path / "a.sql").write_text(script)
    assert cli.main(["run", str(tmp_path / "a.sql"), "--format", "json", "--no-progress"]) == 2
    results = json.loads(capsys.readouterr().out)["results"]
    assert [result["kind"] for result in results] == ["rows", "none", "leaderboard", "rows"]
    assert results[1]["error"]["did_you_mean"][0] == "ridge"
    assert results[3]["rows"] == [{"k": 42}] or results[3]["rows"] == [[42]]
