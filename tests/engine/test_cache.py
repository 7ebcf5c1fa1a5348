"""The cache gives back what was put in, whole, or nothing; whatever happens to its file, it raises nothing."""

from __future__ import annotations

import gc
import logging
import math
import os
import random
import resource
import shutil
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratum_sql.catalog.metrics import Scores
from stratum_sql.execute import shelves
from stratum_sql.execute.cache import Entry, ResultCache, decode_scores, encode_scores
from stratum_sql.execute.shelves import KEPT
from tests.engine.entries import entries, entry, found

Make = Callable[..., ResultCache]


@pytest.fixture(params=["memory", "file"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """A new cache of each sort; no test of this fixture may leave a problem."""
    made: list[ResultCache] = []

    def new(limit_bytes: int = 2**20) -> ResultCache:
        path = None if request.param == "memory" else tmp_path / "a folder" / f"{len(made)}.cache"
        made.append(ResultCache(path, limit_bytes))
        return made[-1]

    yield new
    assert [cache.problems for cache in made if cache.problems] == []


# ---- what is put in comes out ----------------------------------------------------------------------------------------


def test_round_trip(make: Make) -> None:
    cache = make()
    assert cache.get_many([b"nothing yet"]) == {}
    assert cache.get_many([]) == {}
    cache.put_many([])
    kept = [entry(1), entry(2, seconds=0.0), entry(3, seconds=-1.0), entry(4, math.inf), Entry(b"\0", b"", 1.0)]
    cache.put_many(kept)
    assert found(cache, [*kept, entry(5)]) == kept
    cache.put_many([Entry(b"nan", b"x", math.nan)])
    assert math.isnan(cache.get_many([b"nan"])[b"nan"].seconds)
    stats = cache.stats()
    assert (stats.entries, stats.hits, stats.misses, stats.evicted) == (6, 6, 2, 0)
    assert stats.bytes == sum(each.size for each in kept) + Entry(b"nan", b"x", 1.0).size


def test_the_last_of_a_key_counts(make: Make) -> None:
    cache = make()
    cache.put_many([Entry(b"k", b"first", 1.0), Entry(b"k", b"second, longer", 2.0)])
    assert cache.get_many([b"k", b"k"]) == {b"k": Entry(b"k", b"second, longer", 2.0)}
    cache.put_many([Entry(b"k", b"third", 3.0)])
    assert cache.get_many([b"k"]) == {b"k": Entry(b"k", b"third", 3.0)}
    assert cache.stats().bytes == Entry(b"k", b"third", 3.0).size
    assert (cache.stats().entries, cache.stats().hits) == (1, 2)


def test_more_keys_than_a_query_takes(make: Make) -> None:
    cache = make(2**24)
    kept = entries(3 * shelves._AT_ONCE + 1)
    cache.put_many(kept)
    assert len(found(cache, [*kept, *entries(10, first=10**6)])) == len(kept)


def test_clear(make: Make) -> None:
    cache = make()
    cache.clear()
    cache.put_many(entries(50))
    cache.clear()
    assert found(cache, entries(50)) == []
    assert (cache.stats().entries, cache.stats().bytes) == (0, 0)
    cache.put_many(entries(3))
    assert len(found(cache, entries(3))) == 3


def test_a_file_outlives_its_cache(tmp_path: Path) -> None:
    path = tmp_path / "one.cache"
    ResultCache(path).put_many(entries(20))
    assert len(found(ResultCache(path), entries(20))) == 20
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one.cache"]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "folder" / "one.cache")
    assert cache.get_many([b"k"]) == {}
    assert cache.stats().misses == 1
    cache.clear()
    assert list(tmp_path.iterdir()) == []
    assert cache.problems == []


FLOATS = st.floats(allow_nan=True, allow_infinity=True)
TEXTS = st.text(max_size=5)


@given(st.dictionaries(TEXTS, FLOATS, max_size=4), st.dictionaries(TEXTS, TEXTS, max_size=3), FLOATS, st.lists(TEXTS))
def test_scores_round_trip(values: dict[str, float], problems: dict[str, str], seconds: float, said: list[str]) -> None:
    value = encode_scores(Scores(values, problems), seconds, said)
    scores, spent, warnings = decode_scores(value)
    assert {name: exact(number) for name, number in scores.values.items()} == {
        name: exact(number) for name, number in values.items()
    }
    assert dict(scores.problems) == problems
    assert (exact(spent), warnings) == (exact(seconds), tuple(said))
    backwards = Scores(dict(reversed(values.items())), dict(reversed(problems.items())))
    assert encode_scores(backwards, seconds, said) == value


def exact(number: float) -> str:
    return number.hex()


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"problems":{},"scores":{},"seconds":1.0}',
        b'{"problems":{},"scores":{},"seconds":"1.0","warnings":[]}',
        b'{"problems":{},"scores":{"r2":null},"seconds":1.0,"warnings":[]}',
        b'{"problems":{},"scores":{"r2":true},"seconds":1.0,"warnings":[]}',
        b'{"problems":{"r2":1},"scores":{},"seconds":1.0,"warnings":[]}',
        b'{"problems":{},"scores":{},"seconds":1.0,"warnings":[1]}',
        b'{"problems":[],"scores":[],"seconds":1.0,"warnings":[]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_scores_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_scores(value)


# ---- room ------------------------------------------------------------------------------------------------------------


def test_the_limit_holds(make: Make) -> None:
    limit = 100 * entry(100).size
    cache = make(limit)
    for first in range(100, 1000, 30):
        cache.put_many(entries(30, first))
        assert cache.stats().bytes <= limit
    stats = cache.stats()
    assert stats.evicted + stats.entries == 900
    assert stats.bytes > 0.5 * limit
    cache.put_many(entries(500, first=2000))  # more than there is room for
    assert KEPT * limit - entry(2000).size <= cache.stats().bytes <= limit


def test_the_least_seconds_for_the_most_bytes_go_first(make: Make) -> None:
    cache = make(14_000)
    cheap = [entry(number, 0.1) for number in range(30)]
    large = [entry(number, 1.0, length=1000) for number in range(30, 40)]
    dear = [entry(number, 10.0) for number in range(40, 60)]
    cache.put_many([*dear, *large, *cheap])
    assert cache.stats().evicted > 0
    assert found(cache, cheap) == []  # 0.1 s for 200 bytes
    assert 0 < len(found(cache, large)) < 10  # 1 s for 1,100
    assert len(found(cache, dear)) == 20  # 10 s for 200


def test_what_is_not_used_ages_and_what_is_used_stays(make: Make) -> None:
    """A dear entry that is never read gives way to cheap ones in the end; its like that is read stays."""
    cache = make(100 * entry(100).size)
    unused, used = entry(100, 5.0), entry(101, 5.0)
    cache.put_many([unused, used])
    for first in range(200, 3200, 50):
        cache.put_many(entries(50, first))
        assert found(cache, [used]) == [used], first
    assert found(cache, [unused]) == []


def test_an_entry_larger_than_the_limit_evicts_nothing(make: Make) -> None:
    cache = make(10_000)
    cache.put_many(entries(10))
    cache.put_many([entry(99, 1e9, length=10_001)])
    assert len(found(cache, entries(10))) == 10
    assert found(cache, [entry(99, 1e9, length=10_001)]) == []
    nothing = make(0)
    nothing.put_many(entries(10))
    assert nothing.stats().entries == 0


def test_a_lower_limit_holds_from_the_next_write(tmp_path: Path) -> None:
    ResultCache(tmp_path / "c").put_many(entries(100))
    smaller = ResultCache(tmp_path / "c", 20 * entry(10).size)
    smaller.put_many(entries(1, first=500))
    assert smaller.stats().bytes <= smaller.limit_bytes


def test_the_file_is_about_as_large_as_it_says(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "c", 2**22)
    for first in range(10_000, 30_000, 1000):
        cache.put_many([entry(number, length=300) for number in range(first, first + 1000)])
    assert (tmp_path / "c").stat().st_size < 1.6 * cache.limit_bytes
    cache.clear()
    assert (tmp_path / "c").stat().st_size < 100_000


# ---- damage ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a hundred entries."""
    path = tmp_path_factory.mktemp("whole") / "c"
    ResultCache(path, 10**6).put_many(entries(100))
    return path


def still_works(cache: ResultCache) -> None:
    """It gives nothing that is wrong, and keeps what is put in: at the latest once a call has met the damage."""
    found(cache, entries(100))
    kept = entries(100, first=200)
    for _ in range(3):
        cache.put_many(kept)
        cache.stats()
        if len(found(cache, kept)) == 100:
            break
    assert len(found(cache, kept)) == 100
    found(cache, entries(100))


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipped_bytes(whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(whole.read_bytes())
    near = st.integers(0, 200) | st.integers(0, len(content) - 1)  # the header is small, and matters most
    for position in data.draw(st.lists(near, min_size=1, max_size=8)):
        content[position] ^= data.draw(st.integers(1, 255))
    fresh(tmp_path, bytes(content))
    still_works(ResultCache(tmp_path / "c", 10**6))


@given(st.integers(0, 10**6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cut_off(whole: Path, tmp_path: Path, length: int) -> None:
    content = whole.read_bytes()
    fresh(tmp_path, content[: length % len(content)])
    still_works(ResultCache(tmp_path / "c", 10**6))


def fresh(folder: Path, content: bytes) -> None:
    for each in folder.iterdir():
        each.unlink()
    (folder / "c").write_bytes(content)


def test_every_flipped_byte_of_a_value_is_a_miss(tmp_path: Path) -> None:
    kept = entry(1, length=20)
    cache = ResultCache(tmp_path / "c")
    cache.put_many([kept, entry(2)])
    with sqlite3.connect(tmp_path / "c") as database:
        [(body,)] = database.execute("SELECT body FROM entry WHERE key = ?", [kept.key]).fetchall()
    database.close()
    for position in range(len(body)):
        wrong = bytearray(body)
        wrong[position] ^= 1
        overwrite(tmp_path / "c", "UPDATE entry SET body = ? WHERE key = ?", bytes(wrong), kept.key)
        assert found(cache, [kept, entry(2)]) == [entry(2)]
        assert cache.stats().entries == 1  # dropped
        cache.put_many([kept])
        assert found(cache, [kept]) == [kept]
    assert len(cache.problems) == 1
    assert cache.stats().misses == len(body)


def overwrite(path: Path, sql: str, *parameters: object) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(sql, parameters)
    database.close()


def test_a_value_under_another_key_is_a_miss(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "c")
    cache.put_many(entries(2))
    overwrite(tmp_path / "c", "UPDATE entry SET body = (SELECT body FROM entry WHERE key = ?)", entry(0).key)
    assert found(cache, entries(2)) == [entry(0)]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE entry",
        "DROP TABLE state",
        "DELETE FROM state",
        "UPDATE state SET clock = 'x', bytes = 'y'",
        "UPDATE state SET clock = 9e999, bytes = -1e300",
        "UPDATE state SET clock = NULL, bytes = NULL",
        "UPDATE entry SET size = 'x', priority = x'00', benefit = NULL",
        "UPDATE entry SET body = 'text'",
        "UPDATE entry SET body = CAST(x'ff' AS TEXT)",
        "UPDATE entry SET body = 7",
        "ALTER TABLE entry RENAME COLUMN body TO other",
        "PRAGMA user_version = 99",
        "PRAGMA application_id = 0",
        "PRAGMA journal_mode = DELETE",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN SELECT raise(FAIL, 'no'); END",
    ],
)
def test_tables_that_are_not_ours(tmp_path: Path, sql: str) -> None:
    ResultCache(tmp_path / "c", 10**5).put_many(entries(100))
    overwrite(tmp_path / "c", sql)
    cache = ResultCache(tmp_path / "c", 10**5)
    still_works(cache)
    for first in range(1000, 3000, 100):  # past the limit
        cache.put_many(entries(100, first))
    assert cache.stats().bytes <= 10**5


def test_a_name_in_it_that_is_no_text(tmp_path: Path) -> None:
    """SQLite's message quotes the name, and Python cannot read the message."""
    ResultCache(tmp_path / "c").put_many(entries(100))
    content = (tmp_path / "c").read_bytes()
    (tmp_path / "c").write_bytes(content.replace(b"CREATE TABLE entry", b"CREATE TABLE \xf7\xf7try"))
    cache = ResultCache(tmp_path / "c")
    still_works(cache)
    assert ["damaged" in problem for problem in cache.problems] == [True]


@pytest.mark.parametrize("content", [b"not a database", b"\0" * 5000, b"x" * 50_000, b"SQLite format 3\0" * 300])
def test_a_file_that_is_no_database_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "c").write_bytes(content)
    cache = ResultCache(tmp_path / "c")
    with caplog.at_level(logging.WARNING):
        still_works(cache)
    assert (tmp_path / "c.damaged").read_bytes() == content
    assert len(cache.problems) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert len(found(ResultCache(tmp_path / "c"), entries(100, first=200))) == 100


def test_damage_is_set_aside_once_however_many_see_it(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"damaged" * 1000)
    caches = [ResultCache(tmp_path / "c") for _ in range(4)]
    in_threads([partial(caches[number].put_many, entries(50, 100 * number)) for number in range(4)])
    for number in range(4):
        assert len(found(caches[0], entries(50, 100 * number))) == 50
    assert sorted(each.name for each in tmp_path.iterdir()) == ["c", "c.damaged"]


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "of somebody").touch()
    assert_works_as_empty(ResultCache(tmp_path / "c"))
    assert (tmp_path / "c" / "of somebody").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_works_as_empty(ResultCache(tmp_path / "file" / "c"))
    assert_works_as_empty(ResultCache(tmp_path / "nul\0" / "c"))
    assert_works_as_empty(ResultCache(tmp_path / ("long" * 100) / "c"))


def assert_works_as_empty(cache: ResultCache) -> None:
    for _ in range(5):
        assert cache.get_many([b"k"]) == {}
        cache.put_many(entries(3))
        cache.clear()
        assert (cache.stats().entries, cache.stats().hits) == (0, 0)
    assert 1 <= len(cache.problems) <= 3


def test_removed_while_in_use(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "folder" / "c")
    cache.put_many(entries(10))
    shutil.rmtree(tmp_path / "folder")
    assert found(cache, entries(10)) == []
    cache.put_many(entries(10))
    assert len(found(cache, entries(10))) == 10
    assert cache.problems == []


# ---- processes and threads -------------------------------------------------------------------------------------------


def in_threads(works: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads(make: Make) -> None:
    cache = make(2**22)
    wrong: list[str] = []

    def work(number: int) -> None:
        for step in range(15):
            own = entries(20, 1000 * number + 20 * step)
            cache.put_many(own)
            if len(found(cache, own)) != 20:
                wrong.append(f"{number}, {step}")

    in_threads([partial(work, number) for number in range(1, 6)])
    assert wrong == []
    assert (cache.stats().entries, cache.stats().hits) == (1500, 1500)


@contextmanager
def child(work: Callable[..., object], *arguments: object) -> Iterator[BaseProcess]:
    """Another process that does `work`. A copy of this one: one that starts anew imports for seconds."""
    process = get_context("fork").Process(target=_in_child, args=(work, *arguments))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # what the other threads of this one hold, it never asks for
        process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _in_child(work: Callable[..., object], *arguments: object) -> None:
    gc.disable()  # nothing of this process's is ended there
    work(*arguments)


def run(work: Callable[..., object], *arguments: object) -> None:
    with child(work, *arguments) as process:
        process.join()
        assert process.exitcode == 0


def put_many(path: Path, first: int) -> None:
    cache = ResultCache(path)
    for start in range(first, first + 500, 25):
        cache.put_many(entries(25, start))
        assert len(found(cache, entries(25, start))) == 25
    assert cache.problems == []


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    with child(put_many, tmp_path / "c", 10_000) as one, child(put_many, tmp_path / "c", 20_000) as two:
        one.join()
        two.join()
        assert (one.exitcode, two.exitcode) == (0, 0)
    cache = ResultCache(tmp_path / "c")
    kept = [*entries(500, 10_000), *entries(500, 20_000)]
    assert len(found(cache, kept)) == 1000
    assert cache.stats().bytes == sum(each.size for each in kept)


def put_until_killed(path: Path, said: Connection) -> None:
    cache = ResultCache(path, 60_000)
    for first in range(1000, 10**9, 40):
        cache.put_many(entries(40, first))
        said.send(first)


def test_killed_while_writing(tmp_path: Path) -> None:
    """The file holds every write that was finished, but for what was evicted, and is sound."""
    rng = random.Random(5)
    for _ in range(20):
        heard, said = get_context("fork").Pipe(duplex=False)
        with child(put_until_killed, tmp_path / "c", said) as process:
            said.close()
            last = heard.recv()
            time.sleep(rng.uniform(0, 0.05))
            process.kill()
            with suppress(EOFError):
                while True:
                    last = heard.recv()
        cache = ResultCache(tmp_path / "c", 60_000)
        assert len(found(cache, entries(40, last))) == 40
        assert cache.stats().bytes <= 60_000
        assert cache.problems == []
        database = sqlite3.connect(tmp_path / "c")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        [(said_bytes, counted)] = database.execute("SELECT (SELECT bytes FROM state), (SELECT sum(size) FROM entry)")
        database.close()
        assert said_bytes == counted


def test_killed_while_the_file_is_made(tmp_path: Path) -> None:
    for leftover in ("c.new", "c.new-wal", "c.new-shm", "c-wal", "c-shm"):
        (tmp_path / leftover).write_bytes(b"half of it")
    cache = ResultCache(tmp_path / "c")
    cache.put_many(entries(10))
    assert len(found(cache, entries(10))) == 10
    assert cache.problems == []
    assert [each.name for each in tmp_path.iterdir()] == ["c"]


def put_past_the_disk(path: Path) -> None:
    cache = ResultCache(path)
    cache.put_many(entries(100))
    size = path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, size + 20_000))
    cache.put_many(entries(5000, 1000))
    assert cache.problems, "it was written"
    assert len(found(cache, entries(100))) == 100
    assert found(cache, entries(5000, 1000)) == []


def test_no_room_on_the_disk(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: what was kept before is still read."""
    run(put_past_the_disk, tmp_path / "c")
    cache = ResultCache(tmp_path / "c")
    assert len(found(cache, entries(100))) == 100
    cache.put_many(entries(100, first=200))
    assert len(found(cache, entries(100, first=200))) == 100
    assert cache.problems == []


def put_in_vain(path: Path) -> None:
    if os.getuid() == 0:
        os.setuid(65534)  # root may write anywhere
    cache = ResultCache(path)
    for _ in range(5):
        found(cache, entries(5))
        cache.put_many(entries(5, 100))
        assert found(cache, entries(5, 100)) == []
    assert 1 <= len(cache.problems) <= 3, cache.problems


@pytest.mark.parametrize("is_there", [False, True])
def test_a_folder_that_is_read_only(tmp_path_factory: pytest.TempPathFactory, is_there: bool) -> None:
    folder = tmp_path_factory.mktemp("readonly")
    if is_there:
        ResultCache(folder / "c").put_many(entries(5))
    opened = [parent for parent in folder.parents if parent.owner() == folder.owner() and parent != Path("/")]
    modes = {parent: parent.stat().st_mode for parent in opened}
    try:
        for parent in opened:
            parent.chmod(modes[parent] | 0o055)
        folder.chmod(0o555)
        run(put_in_vain, folder / "c")
    finally:
        folder.chmod(0o755)
        for parent in opened:
            parent.chmod(modes[parent])


def test_another_process_that_does_not_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that hangs costs a wait or two, and no more: reading goes on."""
    monkeypatch.setattr(shelves, "_PATIENCE", 0.05)
    cache = ResultCache(tmp_path / "c")
    cache.put_many(entries(10))
    other = sqlite3.connect(tmp_path / "c", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        cache.put_many(entries(10, first=100))
        assert len(found(cache, entries(10))) == 10
        assert len(cache.problems) == 1
        for _ in range(3):
            cache.put_many(entries(10, first=100))
        assert found(cache, entries(10)) == []  # given up
    finally:
        other.close()
    assert len(found(ResultCache(tmp_path / "c"), entries(10))) == 10


def test_nothing_is_held_between_calls(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "c")
    cache.put_many(entries(10))
    cache.get_many([b"k"])
    handles = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert [each for each in handles if each.is_relative_to(tmp_path)] == []
