"""Writes `docs/errors.md`, every code a user can be told, found in the source, with what it means; and
`docs/transforms.md`, from the declarations.

    python -m stratum_sql.shell.docs

A code is found where it is written: given to a function or class that takes a `code`, such as `StratumError.at(…)` or
`Diagnostic(…)`; returned by a function `_code`; or as a value of a mapping `…CODES`. Its message is the first one in
the source, with `…` for what differs from case to case.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stratum_sql.catalog.document import transforms_markdown

PACKAGE = Path(__file__).parents[1]
PAGE = PACKAGE.parent / "docs" / "errors.md"
_CODE = re.compile(r"[a-z][a-z0-9_]*…?")  # the mark: a family, such as `duckdb_…`


@dataclass(frozen=True, slots=True)
class Use:
    """One place that raises `code`: its file, relative to the package, its class or "warning", and its message."""

    code: str
    file: str
    raised_as: str
    message: str


def uses(package: Path = PACKAGE) -> list[Use]:
    """Every use of a code in the package's source, by file and line."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources(package)}
    helpers = {name: place for tree in trees.values() for name, place in _helpers(tree)}
    return [use for path, tree in trees.items() for use in _uses(tree, path.relative_to(package).as_posix(), helpers)]


def sources(package: Path = PACKAGE) -> list[Path]:
    """The package's Python files, those behind its links to `grammar` and `optimizer` too."""
    roots = [package, *(path for path in package.iterdir() if path.is_symlink() and path.is_dir())]
    return sorted({path for root in roots for path in root.rglob("*.py")})


def _helpers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Functions and classes that take a `code`, and which positional argument of a call that is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            yield from _place(node.name, _parameters(node))
        elif isinstance(node, ast.ClassDef):
            made = next(
                (step for step in node.body if isinstance(step, ast.FunctionDef) and step.name == "__init__"), None
            )
            fields = [step.target for step in node.body if isinstance(step, ast.AnnAssign)]
            names = [field.id for field in fields if isinstance(field, ast.Name)]
            yield from _place(node.name, _parameters(made) if made else names)


def _parameters(function: ast.FunctionDef) -> list[str]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _place(called: str, names: list[str]) -> Iterator[tuple[str, int]]:
    if "code" in names:
        yield called, names.index("code")


def _uses(tree: ast.Module, file: str, helpers: dict[str, int]) -> Iterator[Use]:
    names = _Names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            code = _argument(node, "code", helpers.get(_called(node)))
            told = _text(code)
            if told is not None and _CODE.fullmatch(told):
                yield Use(told, file, _raised_as(node), _message(node, code, names))
        for told in _given(node):
            yield Use(told, file, "", "")


def _given(node: ast.AST) -> Iterator[str]:
    """Codes that a function `_code` returns or that a mapping `…CODES` holds."""
    values: list[ast.expr] = []
    match node:
        case ast.FunctionDef(name="_code"):
            returned = [
                step.value for step in ast.walk(node) if isinstance(step, ast.Return) and step.value is not None
            ]
            values = [value for value in returned if isinstance(value, ast.Constant)]
            values += [part for value in returned for part in ast.walk(value) if isinstance(part, ast.JoinedStr)]
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=held)) if name.endswith("CODES"):
            values = held
    yield from dict.fromkeys(told for told in map(_text, values) if told is not None and _CODE.fullmatch(told))


class _Names:
    """What was last assigned to a name before a line, where that is a text."""

    def __init__(self, tree: ast.Module) -> None:
        assigned = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
        self._texts = [
            (node.lineno, target.id, _text(node.value))
            for node in assigned
            for target in node.targets
            if isinstance(target, ast.Name)
        ]

    def text(self, node: ast.expr | None) -> str | None:
        if not isinstance(node, ast.Name):
            return _text(node)
        before = [(line, text) for line, name, text in self._texts if name == node.id and line < node.lineno]
        return max(before, key=lambda found: found[0])[1] if before else None


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _argument(node: ast.Call, keyword: str, place: int | None) -> ast.expr | None:
    named = (given.value for given in node.keywords if given.arg == keyword)
    return next(named, node.args[place] if place is not None and place < len(node.args) else None)


def _raised_as(node: ast.Call) -> str:
    """`BindError` of `BindError.at(…)`; "warning" where the call says so; empty for a helper."""
    if any(given.arg == "severity" and _text(given.value) == "warning" for given in node.keywords):
        return "warning"
    match node.func:
        case ast.Attribute(value=ast.Name(id=owner), attr="at") if owner[:1].isupper():
            return owner
    return ""


def _message(node: ast.Call, code: ast.expr | None, names: _Names) -> str:
    """The text after the code, or the `message` argument; empty where it is made elsewhere."""
    named = next((given.value for given in node.keywords if given.arg == "message"), None)
    after = node.args[node.args.index(code) + 1 :] if code in node.args else []
    texts = (names.text(given) for given in ([named] if named is not None else after))
    return next((text for text in texts if text and " " in text), "")


def _text(node: ast.expr | None) -> str | None:
    """A string as it is written; an f-string with `…` for its values; None for anything else."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "…" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_text(left) or '…'}{_text(right) or '…'}"
    return None


def page(found: list[Use]) -> str:
    """The text of `docs/errors.md`."""
    by_code: dict[str, list[Use]] = {}
    for use in sorted(found, key=lambda use: use.code):
        by_code.setdefault(use.code, []).append(use)
    return _HEAD + "\n".join(_row(code, those) for code, those in by_code.items()) + "\n"


def _row(code: str, those: list[Use]) -> str:
    kinds = ", ".join(sorted({use.raised_as for use in those if use.raised_as})) or "–"  # noqa: RUF001  # a dash
    message = next((use.message for use in those if use.message), "")
    told = [cell for cell in (f"*{_cell(message)}*" if message else "", MEANINGS.get(code, "")) if cell]
    return f"| `{code}` | {kinds} | {'<br>'.join(told) or 'see the message'} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


_HEAD = """\
# Error codes

Every error and warning carries one of these codes; they stay the same from version to version, the words may change.
Python: `error.diagnostic.code`. JSON: `"error": {"code": …}`. Terminal: in brackets, `BindError[unknown_column]: …`.
This page is written by `python -m stratum_sql.shell.docs`.

| exit code of `stratum` | when |
| --- | --- |
| 0 | everything ran |
| 1 | some trials failed, or a statement failed while it ran |
| 2 | bad input: a statement, a file or an option was refused |
| 3 | a budget of time or memory was hit; what finished is shown |
| 130 | stopped by Ctrl-C; what finished is shown |

| code | raised as | message, and what to do |
| --- | --- | --- |
"""

MEANINGS = {
    "lockdown_failed": "A lock of a session for foreign statements does not hold: no statement of theirs runs.",
    "no_translation": "A call of pandas has no translation, in a strict script; else pandas itself does it.",
    "not_a_query": "A query must stand before the verb.",
    "unknown_label": "`class_weight` names a class that the target does not have.",
    "bad_character": "The text has a NUL or half a character; send it as UTF-8.",
    "bad_parameter": "A name or value that is not taken there; the message says what is.",
    "malformed_table": "Its buffers contradict each other or end too early; it must be made anew by whoever made it.",
    "cannot_open": "The database file cannot be opened, or an option of the session is not one DuckDB takes.",
    "cannot_split": "scikit-learn's splitter refused the rows; the message is its own.",
    "duckdb_…": "What DuckDB says, by its kind of exception: `duckdb_conversion`, `duckdb_out_of_memory` (exit 3) …",
    "flat_list": "A warning: `[..]` are candidates; one value with several parts is written `(..)`.",
    "internal": "A bug. Run again with `STRATUM_DEBUG=1` to see where, and report it.",
    "interrupted": "Stopped by the caller or by a time limit; the same text may pass later.",
    "library_warning": "A warning of the library while it trained, told once.",
    "missing_library": "An optional library is needed for this; install it.",
    "drift": "A warning of `EVALUATE MODEL`: the rows are other than those that the model was trained on.",
    "needs_training": "A transform was called in plain SQL: it needs `TRAIN MODEL` after the query.",
    "no_demo": "The demonstration needs the repository's `queries` folder, which is not part of the installed package.",
    "no_demo_data": "The demonstration's data is a package of its own; the message says how to install it.",
    "no_validation": "Too few training rows, groups or rows of a class for the validation part of early stopping.",
    "out_of_memory": "It needs more than the memory limit: raise the limit, or make fewer columns.",
    "scan_failed": "The query's rows could not be read; the message is DuckDB's or the system's.",
    "search_ended": "A warning: time was up, or the batch was stopped, before a search reached its last rung or round.",
    "split_failed": "The rows could not be split; the message is the library's.",
    "syntax": "The text is not a statement; the place is underlined.",
    "too_many_set_operations": "A statement from elsewhere has more set operations than the caps allow.",
    "too_many_tables": "A statement from elsewhere names more tables than the caps allow.",
    "too_many_trials": "The search space is larger than a statement may be: draw from it with `SEARCH RANDOM`.",
    "transform_below": "Move the transform to the outermost SELECT list, so that it is fitted on training rows alone.",
    "unknown_column": "No column of this name where it stands; the nearest names are given.",
    "unknown_estimator": "No estimator of this name in the catalogue; the nearest names are given.",
    "unknown_…": "No table, function or type of this name: `unknown_table`, `unknown_function` …",
    "unreadable_file": "A file on the command line does not exist, may not be read, or is not UTF-8 text.",
    "wrong_parameter": "A parameter of this splitter or search is not one it takes.",
}


def main() -> int:
    """Write the pages; 0."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(uses()), encoding="utf-8")
    (PAGE.parent / "transforms.md").write_text(transforms_markdown(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
