"""Every attack of `attacks.tsv` against each layer alone: the guard before execution, the lock by effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from stratum_sql.errors import NotAllowed
from stratum_sql.trust.guard import Grants, admit
from stratum_sql.trust.lockdown import lock_down, verify
from tests.trust.world import CANARY, World, open_victim, within

ROWS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("attacks.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
BOTH = [(group, statement) for group, layers, statement in ROWS if layers == "both"]

secret_global = pd.DataFrame({"word": [CANARY]})


def test_the_table_is_whole() -> None:
    groups = Counter(group for group, _, _ in ROWS)
    least = {"read": 33, "write": 17, "code": 13, "settings": 26, "info": 12, "python": 11, "network": 6, "memory": 8}
    assert all(groups[group] >= number for group, number in least.items())
    assert all(layers == "both" or layers.startswith("guard-only: ") for _, layers, _ in ROWS)
    assert len({statement for _, _, statement in ROWS}) == len(ROWS)
    page = (Path(__file__).parents[2] / "docs" / "trust.md").read_text("utf-8")
    assert f"Of the {len(ROWS)} attacks" in page


@pytest.mark.parametrize(("group", "layers", "statement"), ROWS, ids=[row[2][:70] for row in ROWS])
def test_guard_alone(
    group: str, layers: str, statement: str, world: World, shared_victim: duckdb.DuckDBPyConnection
) -> None:
    """On a connection that is not locked at all, nothing of an attack reaches execution."""
    with pytest.raises(NotAllowed) as refused:
        admit(shared_victim, world.fill(statement), grants=Grants())
    assert refused.value.diagnostic.code == "not_allowed"


@pytest.fixture(scope="module")
def shared_victim() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_victim() as connection:
        yield connection


@pytest.mark.parametrize(("group", "statement"), BOTH, ids=[row[1][:70] for row in BOTH])
def test_lock_alone(group: str, statement: str, world: World, locked: duckdb.DuckDBPyConnection) -> None:
    """On a locked connection without the guard, an attack changes no file and no setting, and tells no secret."""
    with locked.cursor() as cursor, within(cursor, 6):
        assert effects(cursor, world, statement) == []
        verify(cursor)


@pytest.fixture(scope="module")
def locked() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_victim() as connection:
        lock_down(connection, memory_limit="512MB", threads=1, timeout_seconds=5)
        yield connection


@pytest.mark.parametrize("group", ["read", "python"])
def test_the_detectors_see_what_an_open_connection_gives(group: str, world: World) -> None:
    """Without a lock the same attacks do succeed, and are seen to: else the test above would prove nothing."""
    seen = 0
    attacks = [statement for kind, statement in BOTH if kind == group and "file://" not in statement]
    for statement in attacks:
        with open_victim() as connection:
            connection.execute("SET autoinstall_known_extensions = false").fetchall()
            with within(connection, 6):
                seen += bool(effects(connection, world, statement))
    assert seen > len(attacks) / 2


def test_the_detectors_see_files_and_settings(world: World, tmp_path: Path) -> None:
    with open_victim() as connection:
        here = World(tmp_path)
        assert "files" in effects(connection, here, f"COPY victim TO '{tmp_path}/loot.csv'")
        assert "settings" in effects(connection, here, "SET default_order = 'DESC'")


def effects(connection: duckdb.DuckDBPyConnection, world: World, statement: str) -> list[str]:
    """What running `statement` brought about, of: files, settings, extensions, secret."""
    secret_frame = pd.DataFrame({"word": [CANARY]})  # what a replacement scan would find in this frame
    before = state(connection, world)
    answer = run(connection, world.fill(statement))
    after = state(connection, world)
    changed = [name for name in before if before[name] != after[name]]
    told = CANARY in answer or "HOME=" in answer or str(world.secret / "canary.txt") in answer
    return changed + ["secret"] * (told and len(secret_frame) > 0)


def run(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """Everything the statements of `text` answer, one by one, as a client without any guard would run them."""
    secret_frame = pd.DataFrame({"word": [CANARY]})
    answers: list[str] = []
    try:
        for statement in connection.extract_statements(text):
            answers += [str(row) for row in connection.execute(statement).fetchall()]
    except duckdb.Error:
        return "\n".join(answers[: len(answers) + len(secret_frame)])
    return "\n".join(answers)


def state(connection: duckdb.DuckDBPyConnection, world: World) -> dict[str, object]:
    """Files of the world, settings of the connection, and the built-in functions, which an extension adds to."""
    return {
        "files": world.snapshot(),
        "settings": connection.execute("SELECT name, value FROM duckdb_settings() ORDER BY name").fetchall(),
        "extensions": connection.execute("SELECT count(*) FROM duckdb_functions() WHERE internal").fetchall(),
    }
