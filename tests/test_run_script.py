"""`./run`: what it says when something is missing, and that it never leaves changed Rust stale."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "run"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, at home in an empty folder with a few sources."""
    loader = importlib.machinery.SourceFileLoader("run_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader("run_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(module, "BIN", tmp_path / "bin")
    monkeypatch.setattr(module, "cargo", lambda: "/usr/bin/cargo")
    monkeypatch.chdir(tmp_path)
    return module


SOURCES = {
    "pyproject.toml": "[project]",
    "constraints.txt": "x==1",
    "rust_udfs/Cargo.toml": "[package]",
    "rust_udfs/src/lib.rs": "// one",
    "rust_udfs/extension/src/lib.rs": "// two",
    "rust_udfs/parser/rewrite.hpp": "// three",
    "stratum_sql/extension/build.py": "# four",
    "stratum_sql/extension/files/v2/x.duckdb_extension": "built",
    "rust_udfs/target/debug/made.rs": "// made by cargo",
    "stratum_sql/_rust_udfs.abi3.so": "built",
    "bin/python": "",
}


def steps(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the steps that setting up takes now."""
    titles: list[str] = []
    monkeypatch.setattr(run, "step", lambda title, _command, env=None: titles.append(title))
    run.prepare()
    return titles


def test_it_can_be_read_by_older_pythons() -> None:
    """They must come as far as the line that says they are too old."""
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_is_told_in_one_line(run: ModuleType) -> None:
    with pytest.raises(run.Stop, match=r"needs Python 3\.11 or newer, this is 3\.10 \(/usr/bin/python3\)") as caught:
        run.check_python((3, 10), "/usr/bin/python3")
    assert "\n" not in str(caught.value)
    run.check_python((3, 11), "/usr/bin/python3")


def test_missing_cargo_is_told_in_one_line(tmp_path: Path) -> None:
    env = {**os.environ, "PATH": str(tmp_path), "CARGO_HOME": str(tmp_path)}
    code = f"import runpy; runpy.run_path({str(SCRIPT)!r})['cargo']()"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert "Stop: cargo is missing: install Rust" in done.stderr.splitlines()[-1]


def test_the_first_time_everything_is_done_the_second_time_nothing(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps(run, monkeypatch) == ["virtual environment", "uv", "packages", "Rust library", "DuckDB extension"]
    assert steps(run, monkeypatch) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("rust_udfs/src/lib.rs", ["Rust library"]),
        ("rust_udfs/src/new.rs", ["Rust library"]),
        ("rust_udfs/Cargo.toml", ["Rust library"]),
        ("stratum_sql/_rust_udfs.abi3.so", ["Rust library"]),
        ("constraints.txt", ["packages", "Rust library"]),
        ("rust_udfs/extension/src/lib.rs", ["DuckDB extension"]),
        ("rust_udfs/parser/rewrite.hpp", ["DuckDB extension"]),
        ("stratum_sql/extension/files/v2/x.duckdb_extension", ["DuckDB extension"]),
        ("rust_udfs/target/debug/made.rs", []),
    ],
)
def test_only_what_changed_is_done_again(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, changed: str, expected: list[str]
) -> None:
    steps(run, monkeypatch)
    (run.ROOT / changed).write_text("changed")
    assert steps(run, monkeypatch) == expected
    assert steps(run, monkeypatch) == []


def test_a_library_that_is_gone_is_built_again(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(run, monkeypatch)
    (run.ROOT / "stratum_sql/_rust_udfs.abi3.so").unlink()
    assert steps(run, monkeypatch) == ["Rust library"]


def test_a_compiler_that_comes_later_builds_what_was_left_out(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "compiler", lambda: None)
    assert steps(run, monkeypatch)[-1] == "DuckDB extension"
    assert "without stratum_parser, as there is no C++ compiler" in capfd.readouterr().out
    assert steps(run, monkeypatch) == []
    monkeypatch.setattr(run, "compiler", lambda: "g++")
    assert steps(run, monkeypatch) == ["DuckDB extension"]
    assert capfd.readouterr().out == ""


def test_another_python_gets_a_new_environment(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(run, monkeypatch)
    monkeypatch.setattr(sys, "version", "another")
    assert steps(run, monkeypatch)[0] == "virtual environment"


@pytest.mark.parametrize("stamp", ["", "not json", "[]", '{"python": 1}'])
def test_a_damaged_note_is_no_note(run: ModuleType, monkeypatch: pytest.MonkeyPatch, stamp: str) -> None:
    run.STAMP.write_text(stamp)
    assert steps(run, monkeypatch)[0] == "virtual environment"


def test_a_failed_step_shows_what_it_said(run: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)"]
    with pytest.raises(run.Stop, match="the reason\nlibrary: failed"):
        run.step("library", command)
    assert "FAILED" in capfd.readouterr().out


def test_all_checks_run_and_the_failed_ones_are_named(run: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    passing, failing = [sys.executable, "-c", "print('silent')"], [sys.executable, "-c", "exit('loud')"]
    assert run.run_all([("one", failing, {}), ("two", passing, {}), ("three", ["no-such-program"], {})]) == 1
    output = capfd.readouterr().out
    assert "loud" in output
    assert "silent" not in output
    assert output.endswith("failed: one, three\n")
    assert run.run_all([("two", passing, {})]) == 0
    assert capfd.readouterr().out.endswith("all 1 checks passed\n")


def test_names_select_tests_and_paths_and_options_are_passed_on(run: ModuleType) -> None:
    assert run.selection(["push_filter", "merge_scans"]) == ["-k", "push_filter or merge_scans"]
    assert run.selection(["rust_udfs", "one_hot"]) == ["rust_udfs", "-k", "one_hot"]
    assert run.selection(["rust_udfs/src/lib.rs::test_x"]) == ["rust_udfs/src/lib.rs::test_x"]
    assert run.selection(["-k", "a and b"]) == ["-k", "a and b"]
    assert run.selection(["one_hot", "-x", "--lf"]) == ["-k", "one_hot", "-x", "--lf"]
    assert run.selection([]) == []


@pytest.mark.parametrize(("arguments", "status"), [(["help"], 0), ([], 0), (["--help"], 0), (["nonsense"], 2)])
def test_usage(arguments: list[str], status: int) -> None:
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "usage: ./run COMMAND" in done.stdout + done.stderr


def test_what_the_search_for_faults_lacks_is_told_in_one_line(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(run, "cargo", lambda: str(tmp_path / "cargo"))
    for command in (run.fuzz, run.sanitize):
        with pytest.raises(run.Stop, match=r"^this needs rustup and a nightly Rust: rustup toolchain install nightly$"):
            command([])
    (tmp_path / "rustup").write_text("#!/bin/sh\necho stable-x86_64\n")
    (tmp_path / "rustup").chmod(0o755)
    with pytest.raises(run.Stop, match=r"^this needs a nightly Rust: "):
        run.fuzz(["5"])
    (tmp_path / "rustup").write_text("#!/bin/sh\necho nightly-x86_64\n")
    with pytest.raises(run.Stop, match=r"^this needs cargo-fuzz: cargo install cargo-fuzz$"):
        run.fuzz(["5"])
    with pytest.raises(run.Stop, match="number of seconds, not soon"):
        run.fuzz(["soon"])
    with pytest.raises(run.Stop, match=r"^this needs gcc, for its libasan\.so$"):
        run.sanitize([])


def test_the_targets_are_the_files(run: ModuleType) -> None:
    assert sorted(path.stem for path in (SCRIPT.parent / "rust_udfs/fuzz/fuzz_targets").glob("*.rs")) == list(
        run.FUZZED
    )


def test_every_command_of_the_usage_exists(run: ModuleType) -> None:
    named = {line.split()[0] for line in run.USAGE.splitlines() if line.startswith("  ")}
    assert named == set(run.COMMANDS)


def test_a_benchmark_finds_pandas_and_not_the_folder_of_that_name(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[list[str]] = []
    monkeypatch.setattr(run, "show", lines.append)
    run.COMMANDS["bench"](["pandas"])
    assert lines == [["python", "-m", "queries.bench", "pandas"]]  # a script of that folder would see it first
    done = subprocess.run(
        [sys.executable, "-m", "queries.bench", "pandas", "--sample", "none"],
        cwd=SCRIPT.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--sample" in done.stderr
    imported = subprocess.run(
        [sys.executable, "-c", "import queries.bench, queries.pandas.bench"], cwd=SCRIPT.parent, check=False
    )
    assert imported.returncode == 0
