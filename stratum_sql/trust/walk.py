"""The walk over DuckDB's tree: admits node by node, and collects the relations and files that the statement needs.

Iterative, so that no tree is too deep for it. A name of a CTE is known only where DuckDB would know it; elsewhere the
same name would reach a file or a Python variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stratum_sql.errors import NotAllowed, Span, StratumError, TooComplex, printable, suggestions
from stratum_sql.trust.functions import scalar_verdicts, table_verdicts
from stratum_sql.trust.grants import Grants, fold, looks_like_file
from stratum_sql.trust.limits import problem_of
from stratum_sql.trust.shapes import EXPRESSIONS, NODES, RECORDS, Shape
from stratum_sql.trust.tree import Json

HIDDEN_SCHEMAS = frozenset({"stratum", "information_schema", "pg_catalog"})

MOST_RELATIONS = 64  # joined in one statement; 100 take the join order half a second, 200 more than a minute
MOST_SET_OPERATIONS = 200  # the binder is quadratic in them: 1,000 take 3.6 s and hear no interrupt

# Options of the readers that say how to read. Those that write (rejects tables) or hold keys are missing on purpose.
READ_OPTIONS = frozenset(
    {
        "all_varchar",
        "allow_quoted_nulls",
        "auto_detect",
        "auto_type_candidates",
        "binary_as_string",
        "buffer_size",
        "columns",
        "column_names",
        "column_types",
        "comment",
        "compression",
        "convert_strings_to_integers",
        "date_format",
        "dateformat",
        "decimal_separator",
        "delim",
        "delimiter",
        "dtypes",
        "encoding",
        "escape",
        "field_appearance_threshold",
        "file_row_number",
        "filename",
        "force_not_null",
        "format",
        "header",
        "hive_partitioning",
        "hive_types",
        "hive_types_autocast",
        "ignore_errors",
        "lineterminator",
        "map_inference_threshold",
        "max_line_size",
        "maximum_depth",
        "maximum_object_size",
        "maximum_sample_files",
        "names",
        "new_line",
        "normalize_names",
        "null",
        "nullstr",
        "null_padding",
        "parallel",
        "quote",
        "records",
        "sample_size",
        "sep",
        "skip",
        "strict_mode",
        "thousands",
        "timestamp_format",
        "timestampformat",
        "types",
        "union_by_name",
    }
)

Scope = frozenset[str]
SpanOf = Callable[[object, object], Span | None]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view by the name it was written with, and its place."""

    path: tuple[str, ...]
    span: Span | None


@dataclass(frozen=True, slots=True)
class File:
    """A file, or a pattern of files, as it was written, and its place."""

    name: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Needs:
    """What a text reads; whether the session has it is looked up each time."""

    relations: tuple[Relation, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(eq=False)
class Refusal(Exception):
    """Why a statement is not admitted, and where; the caller knows the text."""

    message: str
    span: Span | None = None
    hint: str | None = None
    did_you_mean: tuple[str, ...] = ()
    code: str = "not_allowed"
    error: type[StratumError] = NotAllowed


@dataclass(slots=True)
class _Walk:
    """The state of one walk: what is still to be looked at, and what was found."""

    grants: Grants
    span_of: SpanOf
    todo: list[tuple[Json, str, Scope]]  # a value, the field that holds it, the CTEs known there
    relations: list[Relation] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    tables: int = 0
    set_operations: int = 0


def needs_of(statements: list[Json], grants: Grants, span_of: SpanOf) -> Needs:
    """What `statements`, DuckDB's trees, need. Raises Refusal on the first thing that is not admitted."""
    relations: dict[Relation, None] = {}
    files: dict[File, None] = {}
    for statement in statements:
        walk = _Walk(grants, span_of, [(statement, "statements", frozenset())])
        _finish(walk)
        relations |= dict.fromkeys(walk.relations)
        files |= dict.fromkeys(walk.files)
    return Needs(tuple(relations), tuple(files))


def _finish(walk: _Walk) -> None:
    try:
        while walk.todo:
            _visit(walk, *walk.todo.pop())
    except (LookupError, TypeError, AttributeError) as error:  # a field is missing: this is not the tree we know
        raise Refusal("this statement has a form that is not known here") from error


def _visit(walk: _Walk, value: Json, holder: str, scope: Scope) -> None:
    if isinstance(value, list):
        walk.todo.extend((item, holder, scope) for item in reversed(value))
        return
    if not isinstance(value, dict):
        raise Refusal(f"DuckDB's tree has {type(value).__name__} in {holder}, where a node was expected")
    kind, shape = _shape_of(walk, value, holder)
    if extra := value.keys() - shape.walked - shape.data:
        raise Refusal(f"{_said(kind)} with {_said(min(extra))} is not allowed here", _place(walk, value))
    if shape.types is not None and value["type"] not in shape.types:
        raise Refusal(f"{_said(value['type'])} is not allowed here", _place(walk, value))
    scope = _with_ctes(walk, value, scope)
    if _CHECKS.get(kind, _nothing)(walk, value, scope):
        walk.todo.extend((value[name], name, scope) for name in reversed(value) if name in shape.walked)


def _shape_of(walk: _Walk, value: dict[str, Json], holder: str) -> tuple[str, Shape]:
    if "class" in value:
        kind, shape = value["class"], EXPRESSIONS.get(value["class"])
        kind = f"expression {kind}"
    elif "type" in value:
        kind, shape = value["type"], NODES.get(value["type"])
    else:
        kind, shape = holder, RECORDS.get(holder)
    if shape is None:
        raise Refusal(f"{_said(kind)} is not allowed here", _place(walk, value))
    return kind, shape


def _with_ctes(walk: _Walk, node: dict[str, Json], scope: Scope) -> Scope:
    """The names known in `node`: those of `scope` and of its own WITH, whose queries are put on the list."""
    for entry in (node.get("cte_map") or {}).get("map", ()):
        if entry.keys() != {"key", "value"}:
            raise Refusal("this WITH is not allowed here")
        walk.todo.append((entry["value"], "cte", scope))
        scope |= {fold(entry["key"])}
    if node.get("type") == "RECURSIVE_CTE_NODE":
        scope |= {fold(node["cte_name"])}
    return scope


# ---- nodes that name something: each returns whether its fields are to be walked -----------------------------------


def _nothing(_walk: _Walk, _node: dict[str, Json], _scope: Scope) -> bool:
    return True


def _check_table(walk: _Walk, node: dict[str, Json], scope: Scope) -> bool:
    path = tuple(node["qualified_name"]["path"])
    _count_table(walk, node)
    known = tuple(map(fold, path))
    if known[-1] in scope and (len(known) == 1 or known[:-1] == ("recurring",)):
        return True
    span = _place(walk, node)
    for part in HIDDEN_SCHEMAS.intersection(known[:-1]) - walk.grants.schemas:
        raise Refusal(f"the schema {part} is not open to this session", span)
    if len(path) == 1 and looks_like_file(path[0]) and walk.grants.covers(path[0]):
        walk.files.append(File(path[0], span))
    else:
        walk.relations.append(Relation(path, span))
    return True


def _count_table(walk: _Walk, node: dict[str, Json]) -> None:
    walk.tables += 1
    if walk.tables > MOST_RELATIONS:
        message = f"more than {MOST_RELATIONS} tables in one statement"
        raise Refusal(message, _place(walk, node), code="too_many_tables", error=TooComplex)


def _check_set_operation(walk: _Walk, node: dict[str, Json], _scope: Scope) -> bool:
    walk.set_operations += len(node.get("children", "12")) - 1
    if walk.set_operations > MOST_SET_OPERATIONS:
        message = f"more than {MOST_SET_OPERATIONS} set operations in one statement"
        raise Refusal(message, code="too_many_set_operations", error=TooComplex)
    return True


def _check_show(walk: _Walk, node: dict[str, Json], scope: Scope) -> bool:
    match node["show_type"], node.get("table_name"):
        case "DESCRIBE" | "SUMMARY", _ if "query" in node:
            return True
        case "SHOW", str():
            return _check_table(walk, node, scope)
        case "SHOW_SPECIAL", '"tables"' if "schema_name" not in node:
            return True
    raise Refusal("of SHOW, only SHOW TABLES and SHOW of one table are allowed here")


def _check_call(walk: _Walk, node: dict[str, Json], _scope: Scope) -> bool:
    name = fold(node["function_name"])
    if name in walk.grants.functions:
        return True
    verdict = scalar_verdicts().get(name)
    if verdict is None:
        raise _unknown(walk, node, [known for known, said in scalar_verdicts().items() if said != "refuse"])
    if verdict == "refuse":
        raise Refusal(f"the function {_called(node)} is not allowed here", _place(walk, node))
    if (
        verdict != "allow" and len(node["qualified_name"]["path"]) > 1
    ):  # x.repeat(9): an argument is written before the dot
        raise Refusal(f"write {_called(node)} with all its arguments inside the brackets", _place(walk, node))
    if problem := problem_of(verdict, name, [argument["expression"] for argument in node.get("arguments", ())]):
        raise Refusal(f"{_called(node)}: {problem[0]}", _place(walk, node), problem[1])
    return True


def _check_table_function(walk: _Walk, node: dict[str, Json], scope: Scope) -> bool:
    """The call itself is judged as a table function; its arguments are walked like any others."""
    _count_table(walk, node)
    call = node["function"]
    shape = EXPRESSIONS["FUNCTION"]
    if call.get("class") != "FUNCTION" or call.keys() - shape.walked - shape.data:
        raise Refusal("this table function is not allowed here", _place(walk, node))
    name = fold(call["function_name"])
    verdict = "table" if name in walk.grants.functions else table_verdicts().get(name, "refuse-table")
    if verdict == "refuse-table":
        raise Refusal(f"the table function {_called(call)} is not allowed here", _place(walk, node))
    if verdict == "file":
        _check_reader(walk, node, call)
    walk.todo.extend((call[name], name, scope) for name in ("filter", "order_bys", "arguments") if name in call)
    return False


# ---- readers of files ----------------------------------------------------------------------------------------------


def _check_reader(walk: _Walk, node: dict[str, Json], call: dict[str, Json]) -> None:
    span = _place(walk, node)
    arguments = list(_named(call.get("arguments", ())))
    paths = [value for name, value in arguments[:1] if name is None]
    for name, _ in arguments[len(paths) :]:
        if name is None or fold(name) not in READ_OPTIONS:
            said = "a second unnamed argument" if name is None else f"the option {printable(name)}"
            raise Refusal(f"{_called(call)}: {said} is not allowed here", span)
    texts = [_texts(value) for value in paths]
    if not texts or texts[0] is None:
        raise Refusal(f"{_called(call)} takes a path written out, or a list of such, and nothing else", span)
    for text in texts[0]:
        if not walk.grants.covers(text):
            raise Refusal(f'the file "{printable(text)}" was not given to this session', span)
        walk.files.append(File(text, span))


def _named(arguments: list[Json]) -> Iterator[tuple[str | None, Json]]:
    """Name and value of each argument; `name = value` is a comparison in the tree."""
    for argument in arguments:
        value = argument["expression"]
        name = argument.get("name")
        if name is None and value.get("type") == "COMPARE_EQUAL" and value["left"].get("class") == "COLUMN_REF":
            name, value = value["left"]["column_names"][-1], value["right"]
        yield name, value


def _texts(value: Json) -> list[str] | None:
    """The text, or the texts of the list, that `value` is written as; None if it is anything else."""
    if value.get("class") == "CONSTANT" and value["literal"].get("kind") == "STRING":
        return [value["literal"].get("text", "")]
    if value.get("class") == "FUNCTION" and value["function_name"] == "list_value":
        items = [_texts(argument["expression"]) for argument in value.get("arguments", ())]
        return [text for item in items if item for text in item] if items and all(items) else None
    return None


def _unknown(walk: _Walk, call: dict[str, Json], known: list[str]) -> Refusal:
    near = suggestions(call["function_name"], [*known, *walk.grants.functions])
    return Refusal(f"the function {_called(call)} is not known here", _place(walk, call), did_you_mean=near)


# ---- words ---------------------------------------------------------------------------------------------------------


def _place(walk: _Walk, node: dict[str, Json]) -> Span | None:
    return walk.span_of(node.get("query_location"), node.get("query_location_length"))


def _called(call: dict[str, Json]) -> str:
    return printable(call["function_name"]) + "()"


def _said(kind: str) -> str:
    """A node's name in words: `DELETE_QUERY_NODE` is "delete query"."""
    return re.sub(r"_node$", "", kind.lower()).replace("_", " ")


_CHECKS: dict[str, Callable[[_Walk, dict[str, Json], Scope], bool]] = {
    "BASE_TABLE": _check_table,
    "SET_OPERATION_NODE": _check_set_operation,
    "SHOW_REF": _check_show,
    "TABLE_FUNCTION": _check_table_function,
    "expression FUNCTION": _check_call,
    "expression WINDOW": _check_call,
}
