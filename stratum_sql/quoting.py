"""Names and texts as DuckDB reads them."""


def quote(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    """`value` as a constant of type VARCHAR. DuckDB reads no text with a NUL in it: who may have one looks for it."""
    return "'" + value.replace("'", "''") + "'"
