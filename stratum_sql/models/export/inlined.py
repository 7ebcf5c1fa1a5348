"""A model's query as one expression: what each layer names is written out where it is used."""

from __future__ import annotations

from collections.abc import Mapping

from stratum_sql.grammar.tokens import WORD, Words
from stratum_sql.models.export.compiled import Compiled

LONGEST = 60_000  # characters: what is used twice stands there twice, and DuckDB reads and plans it each time


def inlined(compiled: Compiled) -> str | None:
    """The one prediction in SQL over the columns that the model reads, NULL where it takes no row; None where that
    would be too long."""
    (prediction,) = compiled.predictions
    known: dict[str, str] = {}
    for layer in compiled.layers.layers:
        known |= {name: _written_out(sql, known) for name, sql in layer}
        if sum(map(len, known.values())) > LONGEST:
            return None
    whole = _written_out(prediction.sql, known)
    return whole if len(whole) <= LONGEST else None


def _written_out(sql: str, known: Mapping[str, str]) -> str:
    """Names that stand in texts and in quotes are none."""
    parts, end = [], 0
    for token in Words(sql).tokens:
        if token.kind == WORD and token.text in known:
            parts += [sql[end : token.start], f"({known[token.text]})"]
            end = token.end
    return "".join(parts) + sql[end:]
