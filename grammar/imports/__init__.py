"""Scripts of other SQL dialects with models, as scripts of this one: one file a dialect.

What a dialect says of models becomes the statement that says the same here. All other SQL stands as it was written:
only how a dialect writes names, texts and comments is changed where DuckDB would read something else. What has no equal
is an error at the user's words; what is left out because it does not change the model is told in a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stratum_sql.grammar.imports.bigquery import from_bigquery
from stratum_sql.grammar.imports.dask_sql import from_dask_sql

SOURCES: Mapping[str, Callable[[str], str]] = {"bigquery": from_bigquery, "dask_sql": from_dask_sql}


def translate(text: str, source: str) -> str:
    """The script `text` of the dialect `source`, one of `SOURCES`, in this dialect.

    The answer parses here, and is not yet in canonical form. Raises ParseError at a place of `text` for what has no
    equal, KeyError for an unknown source.
    """
    return SOURCES[source](text)
