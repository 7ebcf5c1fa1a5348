"""The places of C functions in the table that DuckDB gives, as its own header has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stratum_sql.extension.binaries import RELEASES
from stratum_sql.extension.build import find_compiler, headers

API = Path(__file__).parents[2] / "rust_udfs" / "extension" / "src" / "api.rs"


@pytest.mark.parametrize("release", RELEASES)
def test_functions_are_where_the_header_has_them(release: str) -> None:
    if find_compiler() is None:
        pytest.skip("without a C++ compiler no header was fetched")
    text = (headers(release) / "src" / "include" / "duckdb_extension.h").read_text(encoding="utf-8")
    table = text[text.index("typedef struct {") : text.index("} duckdb_ext_api_v1")]
    places = {name: place for place, name in enumerate(re.findall(r"\(\*(duckdb_\w+)\)\(", table))}
    source = API.read_text(encoding="utf-8")
    called = re.findall(r"^    (\d+) fn (duckdb_\w+)\(", source, re.MULTILINE)
    assert len(called) > 60
    assert [(int(place), name) for place, name in called] == [(places[name], name) for _, name in called]
    known = re.search(r"FUNCTIONS: usize = (\d+)", source)
    assert known is not None
    assert int(known[1]) <= len(places)
