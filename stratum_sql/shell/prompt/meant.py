"""The word that was meant where DuckDB's parser stumbles over one that is nearly a keyword."""

from __future__ import annotations

import re
from dataclasses import replace

from stratum_sql.errors import StratumError, suggestions
from stratum_sql.shell.prompt.names import CLAUSES, KEYWORDS, STARTS, VERBS

_NEAR = re.compile(r'syntax error at or near "(\w+)"')
_KNOWN = tuple(dict.fromkeys(word for name in (*KEYWORDS, *CLAUSES, *VERBS) for word in name.split()))


def with_meant(error: StratumError) -> StratumError:
    """The error, with the nearest keywords where it has no suggestion and speaks of a word that is none."""
    told = error.diagnostic
    found = _NEAR.search(told.message)
    if told.code not in ("duckdb_parser", "duckdb_syntax") or told.did_you_mean or found is None:
        return error
    word = found[1]
    starts = told.line is not None and (told.snippet or "").lstrip().startswith(word)
    if len(word) < 3 or word.upper() in {*_KNOWN, *STARTS}:
        return error
    return type(error)(replace(told, did_you_mean=suggestions(word, STARTS if starts else _KNOWN)))
