"""The footer, as DuckDB reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratum_sql.extension.footer import SIZE, footer, write_extension


def test_fields_are_read_from_the_end() -> None:
    written = footer("v1.5.6", "linux_amd64", "0.1.0")
    assert len(written) == SIZE == 534
    fields = [written[at : at + 32].rstrip(b"\0").decode() for at in range(SIZE - 512, SIZE - 256, 32)]
    assert fields[::-1] == ["4", "linux_amd64", "v1.5.6", "0.1.0", "C_STRUCT", "", "", ""]


def test_a_field_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="at most 32 bytes"):
        footer("v" * 33, "linux_amd64", "0.1.0")


def test_an_extension_is_the_library_and_its_footer(tmp_path: Path) -> None:
    library, target = tmp_path / "library.so", tmp_path / "x.duckdb_extension"
    library.write_bytes(b"\x7fELF")
    target.write_bytes(b"the one before")
    write_extension(library, target, b"footer")
    assert target.read_bytes() == b"\x7fELFfooter"
    assert sorted(tmp_path.iterdir()) == [library, target]
