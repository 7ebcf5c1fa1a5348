"""Many shells on one engine: the real command `duckdb`, each a process of its own."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stratum_sql.quoting import quote_text
from tests.extension.conftest import CORE, TABLES, planned
from tests.extension.shells import command, load, run_cli
from tests.serve.conftest import Running

SHELLS, STATEMENTS = 16, 6
MOST_WORKERS = min(32, (os.cpu_count() or 1) + 4)  # of the pool in which the engine looks at rows; they stay


def left(engine: Running) -> tuple[int, int]:
    """Threads and open files of an engine."""
    process = Path(f"/proc/{engine.process.pid}")
    return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))


def script(number: int) -> str:
    """Statements of one shell: most are those of others too, some over rows of its own."""
    shifted = [number % 4 if turn % 3 == 0 else 0 for turn in range(STATEMENTS)]
    blocks = [
        f"SELECT a, b, y + {by} AS y FROM t TRAIN MODEL ridge(alpha => {turn + 1}) TARGET y"
        for turn, by in enumerate(shifted)
    ]
    return "".join(f"SELECT {number}, {turn}, r2_mean FROM ({planned(one)});\n" for turn, one in enumerate(blocks))


def answers(engine: Running, folder: Path, number: int) -> list[tuple[int, int, float]]:
    home = folder / str(number)
    home.mkdir()
    said = run_cli(
        script(number), load(CORE), f"SET stratum_engine = {quote_text(str(engine.folder))}", TABLES, cwd=home
    )
    lines = [line.split(",") for line in said.splitlines() if not line.endswith("r2_mean")]
    return [(int(shell), int(turn), float(score)) for shell, turn, score in lines]


def test_many_shells_get_their_own_answers_and_leave_nothing(shell_engine: Running, tmp_path: Path) -> None:
    command()  # skips where there is none
    (tmp_path / "first").mkdir()
    alone = answers(shell_engine, tmp_path / "first", 0)
    before = left(shell_engine)
    with ThreadPoolExecutor(SHELLS) as pool:
        found = list(pool.map(lambda number: answers(shell_engine, tmp_path, number), range(SHELLS)))
    scores = {turn: score for _, turn, score in alone}
    for number, own in enumerate(found):
        assert [(shell, turn) for shell, turn, _ in own] == [(number, turn) for turn in range(STATEMENTS)]
        # Ridge does not mind a shifted target, and r2 does neither: all shells have the scores of the first, nearly.
        assert all(abs(score - scores[turn]) < 1e-9 for _, turn, score in own)
        assert own[1:3] == [(number, turn, scores[turn]) for turn in (1, 2)]
    after = left(shell_engine)
    assert after[0] <= before[0] + MOST_WORKERS
    assert after[1] <= before[1] + 2
