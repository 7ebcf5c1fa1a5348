"""Texts that atheris makes by looking at which lines of the grammar they reach; no part of `./run test`.

    python -m tests.grammar.fuzz 300

The corpus is what the tests accept and reject. A text must be read, or told to be wrong at a place; what is no error is
printed, and reads the same, if the query in it is DuckDB's. The first text that breaks this ends the run, and is shown.
Needs `pip install atheris`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

try:
    import atheris  # type: ignore[import-untyped]
except ImportError:
    sys.exit("this needs atheris: pip install atheris")

with atheris.instrument_imports(include=["stratum_sql.grammar"]):
    from stratum_sql.grammar.parse import parse_one, parse_script
    from stratum_sql.grammar.printer import same, to_core, to_sugar

from tests.grammar.test_random import PIECES, SEEDS, accepts

_MOST = 2_000  # bytes of one text


def check(data: bytes) -> None:
    """Raises AssertionError, or whatever the grammar lets through."""
    script = data.decode("utf-8", "replace")
    if "\0" in script or "\ufeff" in script[1:]:
        return  # a NUL is refused before it is parsed, `trust/caps.py`; this mark is none where a text starts with it
    parsed, errors = parse_script(script, accepts)
    assert all(error.diagnostic.line is not None for error in errors)
    for statement in parsed.statements:
        if not accepts(to_core(script, statement)):  # the query before the verb is none: binding tells
            continue
        printed = to_sugar(script, statement)
        assert same(script, statement, printed, parse_one(printed, accepts)), printed


def main() -> None:
    """The command."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        corpus.mkdir()
        for number, seed in enumerate(SEEDS):
            (corpus / str(number)).write_text(seed, encoding="utf-8")
        words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in PIECES), encoding="ascii")
        options = [f"-max_total_time={seconds}", f"-max_len={_MOST}", f"-dict={words}", "-timeout=20", "-verbosity=1"]
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={Path.cwd()}/", str(corpus)], check)
        atheris.Fuzz()


def _escaped(piece: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in piece.encode())


if __name__ == "__main__":
    main()
