"""Workers to be killed: `crash_worker.py DATABASE MANIFEST`, then for each line of its input one process.

A line is a seed, since when versions are to be loaded (seconds of the epoch), and what was last acknowledged as kept:
`SEED SINCE NAME VERSION`. The worker checks the registry as the one before left it, says `open` and how many files
belong to no model, then keeps, promotes, rolls back and drops models until it is killed, and says what is done by
now. It works on the store itself, as training would only take time. Nothing is open and no thread runs in the process
that reads the lines: each worker is a fork of it, without the imports.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import traceback
from dataclasses import replace

from sklearn.linear_model import LinearRegression

from stratum_sql.bind.database import Database
from stratum_sql.catalog import registry
from stratum_sql.errors import BindError, Span
from stratum_sql.models.artefacts import ArtefactFolder, artefacts_of, from_bytes, to_bytes
from stratum_sql.models.history import read_versions
from stratum_sql.models.manifest import from_json
from stratum_sql.models.store import Store
from stratum_sql.models.tables import Tables
from stratum_sql.opening import open_database

NOWHERE = Span(0, 0)
VERSIONS: tuple[int | str, ...] = ("best", 1, 2, 3)
STEPS = ("keep", "keep", "keep", "keep", "promote", "back", "drop", "all")
Fitted = dict[str, object]


def say(*words: object) -> None:
    """One line in one write, which a worker that is killed has done or not; `print` may take one more for its end."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def parts_of(number: float) -> Fitted:
    """A model that no other has."""
    return {"estimator": LinearRegression().fit([[0.0], [1.0]], [0.0, number]), "states": []}


class Worker:
    """One process on one registry."""

    def __init__(self, path: str, manifest: str) -> None:
        connection = open_database(path, read_only=False)
        connection.execute("SET threads = 1")
        database = Database(connection, lambda _: None)
        self.folder = ArtefactFolder(artefacts_of(path), path)
        self.tables = Tables(database)
        self.store = Store(database, self.folder, registry.transform, lambda _: False, read_only=False)
        self.manifest = from_json(manifest, registry.transform)

    def check(self, since: float, acknowledged: tuple[str, int] | None) -> int:
        """The bytes of every version that is registered are whole, and those made since then load; every alias means a
        version. How many files belong to no model.
        """
        models = read_versions(self.tables)
        for versions in models.values():
            assert set(versions.aliases.values()) <= versions.ranked.keys()
            assert versions.latest in versions.ranked
        query = f"SELECT artefact, name, version, epoch(created_at) >= ? FROM {self.tables.schema}.models"
        for digest, name, version, is_new in self.tables.rows(query, [since]):
            assert hashlib.sha256(self.folder.read(digest)).hexdigest() == digest
            assert not is_new or self.store.load(name, "", NOWHERE, version).manifest.version == version
        if acknowledged is not None:
            name, version = acknowledged
            assert models[name].given >= version
        return len(self.store.collect_garbage(delete=False, older_than=0).files)

    def step(self, source: random.Random) -> str:
        """Change something; what is done, as it is acknowledged."""
        name, step = f"m{source.randrange(3)}", source.choice(STEPS)
        if step in ("drop", "all"):
            say("doing", step)  # what it drops may be gone before that is acknowledged
        match step:
            case "keep":
                number = source.random()
                kept = self.store.add_model(lambda n: replace(self.manifest, name=name, version=n), parts_of(number))
                assert kept is not None
                return f"kept {name} {kept.version}"
            case "promote":
                self.store.promote(name, source.choice([None, 1, 2, 3]), "champion", "", NOWHERE)
            case "back":
                self.store.roll_back(name, source.choice([None, "champion"]), None, "", NOWHERE)
            case "drop":
                self.store.drop_version(name, source.choice(VERSIONS), "", NOWHERE)
            case _:
                self.store.drop(name)
        return f"{step} {name}"

    def work(self, seed: int) -> None:
        """Until it is killed."""
        source = random.Random(seed)
        while True:
            try:
                say(self.step(source))
            except BindError:  # a version that is not there; a registry that fails is another matter
                continue


def main(path: str, manifest: str) -> None:
    """Read lines, and let each be one worker's."""
    data = to_bytes(parts_of(0.0))
    from_bytes(data, hashlib.sha256(data).hexdigest())  # imports what each worker would have to
    for line in sys.stdin:
        seed, since, *kept = line.split()
        child = os.fork()
        if child == 0:
            try:
                worker = Worker(path, manifest)
                acknowledged = (kept[0], int(kept[1])) if kept else None
                say("open", worker.check(float(since), acknowledged))
                worker.work(int(seed))
            except BaseException:  # noqa: BLE001 the parent shall hear of it
                say("broken", repr(traceback.format_exc()))
                os._exit(1)
        say("child", child)
        os.waitpid(child, 0)
        say("ended")


if __name__ == "__main__":
    main(*sys.argv[1:])
