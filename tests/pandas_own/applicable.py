"""Which of pandas' tests that do not pass ask for something the door does not promise, and what that is.

A rule is a reason, and a pattern: of the test's own text, of its name with its parameters, or of what was said when it
failed. What no rule names is a difference.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pandas as pd

TESTS = Path(pd.__file__).parent / "tests"

_INTERNALS = (
    r"shares_memory|\._mgr|_consolidate|blocks\b|get_array|_set_value|_constructor|_align_for_op|_get_|\.is_\(|flags"
    r"|check_views|nan_payload|\bid\(|getsizeof|__sizeof__|memory_usage"
)
# Reason, what is looked at (source, name or error), and the pattern.
RULES: tuple[tuple[str, str, str], ...] = (
    (
        "the `str` dtype of pandas 3, where the door has `object`",
        "name",
        r"str\[(pyarrow|python)\]|string_dtype|\[str\]",
    ),
    (
        "the `str` dtype of pandas 3, where the door has `object`",
        "source",
        r"StringDtype|string\[python\]|dtype=\"str\"",
    ),
    ("warnings", "error", r"expected warning|Caused unexpected warning"),
    ("memory, blocks and private methods", "source", _INTERNALS),
    ("the identity of an index", "error", r"Index\(.* is .*Index\("),
    ("subclasses of DataFrame and Series", "source", r"[Ss]ubclass|_metadata|class \w+\((pd\.)?(DataFrame|Series)\)"),
    ("subclasses of DataFrame and Series", "name", r"subclass|merge_type|metadata"),
    (
        "signatures, attributes and classes of accessors",
        "source",
        r"signature\(|dir\(|StringMethods|BinGrouper|new_attr",
    ),
    ("signatures, attributes and classes of accessors", "name", r"groupby/test_api\.py|_grouper"),
    ("the words of a message that name the class", "error", r"Regex pattern did not match"),
    ("an object that is given back, not one that is equal", "error", r"\} is \{"),
    ("the last digits of sums", "error", r"np\.float64\((?P<digits>\d\.\d{12})\d*\) == np\.float64\((?P=digits)"),
    ("the last digits of sums", "name", r"numerical_stability"),
    ("what a call in place leaves half done when it raises", "source", r"before we hit the error"),
    ("results written into an array of the caller", "source", r"out="),
)


def reason(name: str, error: str) -> str | None:
    """Why a test that failed is not asked of the door; None if it is."""
    looked_at = {"name": name, "error": error, "source": source_of(name)}
    return next((why for why, where, pattern in RULES if re.search(pattern, looked_at[where])), None)


def source_of(name: str) -> str:
    """The text of a test, without its parameters; empty if it is not found."""
    path, *names = name.partition("[")[0].split("::")
    return _functions(path).get(names[-1], "") if names else ""


@cache
def _functions(path: str) -> dict[str, str]:
    text = (TESTS / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in found}
