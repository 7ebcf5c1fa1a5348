"""`stratum extension`: files where `LOAD stratum` finds them, and gone again; what a build needs, in one line."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from stratum_sql.extension import build, install
from stratum_sql.extension.binaries import FILES, RELEASES, files_of, platform
from stratum_sql.shell import cli, extending
from tests.extension.shells import CLI, parser_of, run_cli


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def built() -> None:
    for release in RELEASES:
        parser_of(release)


def written(home: Path) -> list[str]:
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


@pytest.mark.usefixtures("built")
def test_it_is_put_where_load_finds_it_and_taken_away(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["extension", "install"]) == 0
    names = ("stratum.command", "stratum.duckdb_extension", "stratum_parser.duckdb_extension")
    places = [f".duckdb/extensions/v{release}/{platform()}" for release in RELEASES]
    assert written(home) == sorted(f"{place}/{name}" for place in places for name in names)
    said = capsys.readouterr().out
    assert "\nLOAD stratum;\nLOAD stratum_parser;\n" in said
    assert f"An engine is started by {sys.executable}" in said
    for release, place in zip(RELEASES, places, strict=True):
        assert [(home / place / path.name).read_bytes() for path in files_of(release)] == [
            path.read_bytes() for path in files_of(release)
        ]
    assert (home / places[0] / "stratum.command").read_text().splitlines()[0] == sys.executable
    counted = "SELECT count(*) AS n FROM duckdb_extensions() WHERE loaded AND extension_name LIKE 'strat%'"
    loaded = f"LOAD stratum; LOAD stratum_parser; {counted};"
    assert run_cli(loaded, cwd=home, home=home) == "n\n2\n"

    (home / places[0] / "other.duckdb_extension").write_text("another's")
    assert cli.main(["extension", "uninstall"]) == 0
    assert written(home) == [f"{places[0]}/other.duckdb_extension"]
    assert capsys.readouterr().out.count("removed ") == 6
    assert cli.main(["extension", "uninstall"]) == 0
    assert capsys.readouterr().out.startswith("nothing is installed in")


@pytest.mark.usefixtures("built", "home")
def test_one_release_another_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "it's"
    arguments = ["--duckdb", f"v{CLI}", "--folder", str(folder)]
    assert cli.main(["extension", "install", *arguments, "--dry-run"]) == 0
    assert "(not written)" in capsys.readouterr().out
    assert not folder.exists()
    assert cli.main(["extension", "install", *arguments]) == 0
    assert [path.name for path in folder.iterdir()] == [f"v{CLI}"]
    line = f"SET extension_directory = '{str(folder).replace(chr(39), 2 * chr(39))}';"
    assert line in capsys.readouterr().out
    said = run_cli(f"{line} LOAD stratum_parser; SELECT 1 AS one;", cwd=tmp_path)
    assert said == "one\n1\n"
    assert cli.main(["extension", "uninstall", *arguments, "--dry-run"]) == 0
    assert capsys.readouterr().out.count("would remove") == len(written(folder)) == 3


@pytest.mark.usefixtures("home")
def test_what_cannot_be_installed_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["extension", "install", "--duckdb", "1.4.4"]) == 2
    assert "no_extension" in (said := capsys.readouterr().err)
    assert "there are extensions for 1.5.6 and 2.0.0" in said
    (tmp_path / "file").write_text("")
    if FILES.exists():
        assert cli.main(["extension", "install", "--folder", str(tmp_path / "file" / "x")]) == 2
        assert "unwritable_file" in capsys.readouterr().err
    monkeypatch.setattr(install, "files_of", lambda _: (tmp_path / "none", tmp_path / "none"))
    assert cli.main(["extension", "install"]) == 2
    assert "this installation of stratum-sql holds no none" in capsys.readouterr().err
    assert written(tmp_path) == ["file"]


def test_without_a_compiler_the_rest_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(build, "build_core", lambda: Path("core"))
    said = list(build.build())
    assert said[0] == "core"
    assert len(said) == 2
    assert "left out: stratum_parser.duckdb_extension: no C++ compiler" in said[1]
    with pytest.raises(build.BuildError, match="install g\\+\\+"):
        build.compile_cpp(Path("x.cpp"), tmp_path / "x", ())


@pytest.mark.usefixtures("built")
def test_a_copy_without_a_parser_says_which_line_to_leave_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    core, none = files_of(CLI)[0], tmp_path / "none"
    for module in (install, extending):
        monkeypatch.setattr(module, "files_of", lambda _: (core, none))
    assert cli.main(["extension", "install"]) == 0
    assert "has no stratum_parser: leave out its line" in capsys.readouterr().out
    assert not [name for name in written(home) if "parser" in name]


@pytest.mark.skipif(shutil.which("nm") is None, reason="nm is not installed")
def test_the_parser_needs_no_symbol_of_duckdb() -> None:
    for release in RELEASES:
        with os.popen(f"nm -D --undefined-only {parser_of(release)}") as listed:
            assert "duckdb" not in (names := listed.read())
        assert "memcpy" in names or "strlen" in names  # it was read
