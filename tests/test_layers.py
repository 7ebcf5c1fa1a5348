"""Imports only look back along the way of a query, never ahead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "stratum_sql"

# Each step may import itself and the steps above it. A new folder or module takes its place here.
LAYERS = {
    "_rust_udfs": "knows arrays alone",
    "kernel_runs": "counts calls of kernels: knows none",
    "kernels": "the typed front of the Rust kernels: arrays in, arrays out",
    "errors": "any step may fail",
    "quoting": "any step may write SQL",
    "connections": "any step may ask DuckDB",
    "config": "any step may be configured",
    "uncollected": "any step may make many objects",
    "grammar": "text to syntax tree: knows words, not what they name",
    "catalog": "what can be named; search spaces and splitters are read off the syntax tree",
    "plan": "plain data: what binding makes and the optimizer changes",
    "trust": "what a session allows: asked from binding on",
    "bind": "tree and catalogue to logical plan",
    "optimizer": "plan to cheaper plan: needs no engine",
    "physical": "logical to physical operators",
    "execute": "physical operators, run",
    "calibrate": "times operators, for the cost model",
    "models": "keeps what execution fitted",
    "results": "what execution and the store answer, as Arrow",
    "tracked": "a kept model, logged to a tracking server",
    "kept": "kept models as Python objects: their statements are the session's",
    "foreign": "Arrow data of the host program, checked",
    "borrow": "the host program's own tables, for the session",
    "plain": "DuckDB's own statements",
    "report": "what EXPLAIN shows of a batch, planned or run, for the session",
    "items": "the statements of a call, and which run together",
    "callers": "the statements of several callers, and which run together",
    "model_statements": "the list of kept models: shown, described, dropped",
    "nested": "queries of models inside statements of DuckDB",
    "scored": "models called in expressions of DuckDB's statements",
    "training": "statements of models",
    "queued": "statements that wait for the rest of their batch",
    "batches": "statements that train, bound and run together",
    "checking": "statements read and bound, never run",
    "permissions": "what the statements of a session may name",
    "model_files": "kept models written to files, and read from them",
    "opening": "a database is opened, locked, and let go",
    "reference": "the trial as plain scikit-learn, read from the same rows: beside the way, for those who compare",
    "session": "calls every step above in order",
    "serve": "one session for many processes, over a socket",
    "pandas": "the other door: pandas calls to SQL that a session runs",
    "extension": "builds and installs the extensions of DuckDB, which talk to an engine",
    "shell": "doors for people: they see a session alone",
    "__init__": "shows a session to Python",
    "__main__": "starts the shell",
}
ORDER = list(LAYERS)

# A module that must look ahead, to which step, and why nothing else would do.
EXCEPTIONS = {
    ("results.py", "shell"): "Python and notebooks ask a result itself how it looks; only showing it needs the shell",
    ("kept.py", "shell"): "notebooks ask a model itself how it looks",
}


def modules() -> list[Path]:
    """Every module of the package, those behind the links to grammar/ and optimizer/ too."""
    folders = [PACKAGE, *(path for path in PACKAGE.iterdir() if path.is_dir())]
    return sorted({path for folder in folders for path in folder.glob("*.py" if folder == PACKAGE else "**/*.py")})


def layer(path: Path) -> str:
    """The step a module belongs to: the folder or the module right under the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and step of each import of the package, wherever it stands: one inside a function looks ahead as well."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "stratum_sql":
            names = [f"stratum_sql.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module]
        for name in names:
            package, _, rest = name.partition(".")
            if package == "stratum_sql" and rest:
                yield node.lineno, rest.partition(".")[0]  # type: ignore[attr-defined]


def ahead(own: str, source: str) -> list[tuple[int, str]]:
    """The imports of `source`, a module of step `own`, that look ahead."""
    known = [(line, step) for line, step in imports(source) if step in ORDER]  # others are names of the package itself
    return [(line, step) for line, step in known if ORDER.index(step) > ORDER.index(own)]


def test_every_module_has_its_place() -> None:
    assert {layer(path) for path in modules()} <= set(ORDER)


def test_the_links_are_followed() -> None:
    """Without them the next test would be silent about grammar/ and optimizer/."""
    assert {"grammar", "optimizer"} <= {layer(path) for path in modules()}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_look_back(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    found = ahead(layer(path), path.read_text(encoding="utf-8"))
    assert [(line, step) for line, step in found if (name, step) not in EXCEPTIONS] == []


def test_every_exception_is_still_needed() -> None:
    for name, step in EXCEPTIONS:
        path = PACKAGE / name
        assert step in {found for _, found in ahead(layer(path), path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("own", "source", "expected"),
    [
        ("bind", "from stratum_sql.plan.model import Train", []),
        ("bind", "from stratum_sql.bind.names import resolve", []),
        ("bind", "import stratum_sql.execute.duckdb", [(1, "execute")]),
        ("bind", "from stratum_sql import errors, session", [(1, "session")]),
        ("plan", "def f():\n    from stratum_sql.optimizer import pipeline", [(2, "optimizer")]),
        ("plan", "import stratum_sql, duckdb\nfrom collections import abc", []),
    ],
)
def test_the_rule_itself(own: str, source: str, expected: list[tuple[int, str]]) -> None:
    assert ahead(own, source) == expected


def test_connections_are_opened_in_one_place() -> None:
    """What opens one elsewhere would have DuckDB draw its progress bar on the standard output."""
    opened = {path.name for path in PACKAGE.rglob("*.py") if "duckdb.connect(" in path.read_text(encoding="utf-8")}
    assert opened == {"connections.py"}
