"""What is kept, where, and what happens when it is damaged, shared, or cut short."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import ast
import functools
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import duckdb
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import FunctionTransformer
from skops.io import dumps

import stratum_sql
from stratum_sql import StratumError
from stratum_sql.catalog.estimators import build, estimators
from stratum_sql.errors import ModelCorrupt, RunError
from stratum_sql.models.artefacts import ArtefactFolder, from_bytes, is_admitted, to_bytes
from stratum_sql.session import DatabaseError

PACKAGE = Path(stratum_sql.__file__).parent
TABLE = "CREATE TABLE t AS SELECT i AS id, i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 + i % 5 AS y, i % 2 = 0 AS late FROM range(90) r(i)"
TRAIN = "SELECT one_hot(c) AS oc, standard_scale(a) AS s, y FROM t TRAIN MODEL ols(), ridge(alpha => [0.1, 1.0]) TARGET y CROSS VALIDATE 3 METRIC r2, mae AS m"


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE.parent), *sys.path])),
    }


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The code in a process of its own."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120, check=False)


def artefacts(path: Path) -> list[Path]:
    return sorted(Path(f"{path}.artefacts").rglob("*.skops"))


# -- what is written --------------------------------------------------------------------------------------------------


def test_the_tables_tell_what_happened(tmp_path: Path) -> None:
    with stratum_sql.connect(tmp_path / "d.db") as session:
        session.sql(f"{TABLE}; {TRAIN}")
        board = [
            dict(zip(row.columns, values, strict=True)) for row in [session.sql(TRAIN)] for values in row.fetchall()
        ]
        models = session.sql(
            "SELECT name, version, estimator, params, metric, score, length(artefact) FROM stratum.models ORDER BY version"
        )
        assert [row[:3] + row[4:5] for row in models.fetchall()] == [
            ("m", 1, board[0]["estimator"], "r2"),
            ("m", 2, board[0]["estimator"], "r2"),
        ]
        assert {row[5] for row in models.fetchall()} == {board[0]["r2_mean"]}
        assert {row[6] for row in models.fetchall()} == {64}
        trials = session.sql(
            "SELECT trial, estimator, params, status, error, fold_scores, fit_seconds >= 0, model FROM stratum.trials ORDER BY finished_at, trial"
        ).fetchall()
        assert len(trials) == 6
        assert session.sql("SELECT count(DISTINCT run), count(DISTINCT statement) FROM stratum.trials").fetchall() == [
            (2, 1)
        ]
        for row in trials[3:]:
            same = next(one for one in board if one["trial"] == row[0])
            assert (row[1], row[3], row[4], row[6], row[7]) == (same["estimator"], "ok", None, True, "m")
            assert json.loads(row[5]) == same["fold_scores"]
            assert json.loads(row[2]).keys() == ({"alpha"} if row[1] == "ridge" else set())


def test_failed_trials_are_told_too() -> None:
    with stratum_sql.connect() as session:
        session.sql(TABLE)
        session.sql("SELECT a, NULLIF(a, 3) AS n, y FROM t TRAIN MODEL ols() TARGET y")
        ((status, error),) = session.sql("SELECT status, error FROM stratum.trials").fetchall()
        assert status == "failed"
        assert "NaN" in error


def test_equal_models_share_an_artefact_named_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(
            f"{TABLE}; SELECT a, y FROM t TRAIN MODEL ols() TARGET y AS one; SELECT a, y FROM t TRAIN MODEL lasso() TARGET y AS two"
        )
        digests = {digest for (digest,) in session.sql("SELECT artefact FROM stratum.models").fetchall()}
    assert {file.stem for file in artefacts(path)} == digests
    assert all(file.parent.name == file.stem[:2] for file in artefacts(path))
    assert not list(tmp_path.rglob(".writing-*"))


def test_a_new_process_predicts_the_same(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}")
        session.sql(
            "SELECT a, late FROM t TRAIN MODEL lightgbm_classifier(n_estimators => 3), random_forest_classifier(n_estimators => 3) TARGET late AS k"
        )
        wanted = session.sql("SELECT * FROM t PREDICT MODEL m, k").fetchall()
    done = python(
        """
        import sys, stratum_sql
        with stratum_sql.connect(sys.argv[1], read_only=True) as session:
            print([row[-2:] for row in session.sql("SELECT * FROM t PREDICT MODEL m, k").fetchall()])
        """,
        path,
    )
    assert done.stdout.strip() == str([row[-2:] for row in wanted]), done.stderr
    assert done.stderr == ""


def test_every_estimator_comes_back_the_same() -> None:
    """Whatever the catalogue fits can be written without pickle, read again, and predicts the same."""
    rng = np.random.default_rng(0)
    matrix, numbers = np.abs(rng.normal(size=(60, 3))), np.abs(rng.normal(size=60)) + 0.5
    checked = []
    for name, spec in estimators().items():
        target = numbers if spec.task == "regression" else (numbers > 1.0).astype(int)
        quick = {"n_estimators": 3} if "n_estimators" in spec.defaults else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                model = build(spec, quick, 0, 1).fit(matrix, target)
            except Exception:  # noqa: BLE001 an estimator that wants other data is not what is tested here
                continue
            data = to_bytes({"estimator": model, "states": []})
            again = from_bytes(data, hashlib.sha256(data).hexdigest())["estimator"]
            np.testing.assert_allclose(again.predict(matrix), model.predict(matrix), rtol=1e-12, err_msg=name)
        checked.append(name)
    assert len(checked) >= 40
    assert {"lightgbm_classifier", "xgboost_regressor", "hist_gradient_boosting_classifier", "mlp_regressor"} <= set(
        checked
    )


def test_nothing_in_the_package_pickles() -> None:
    """No module imports a library that runs code out of bytes, or calls a loader of one."""
    for path in [
        *PACKAGE.rglob("*.py"),
        *(PACKAGE / "grammar").resolve().rglob("*.py"),
        *(PACKAGE / "optimizer").resolve().rglob("*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if names == ["dumps", "pickle"]:
                continue  # it writes bytes, for keys, and reads none
            roots = {name.split(".")[0] for name in names}
            assert not roots & {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}, (
                path
            )
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path


# -- damage -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A database with one model, and the bytes of its artefact."""
    path = tmp_path_factory.mktemp("kept") / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}")
    (file,) = artefacts(path)
    return path, file.read_bytes()


def refused(path: Path) -> str:
    """The code of the error that PREDICT ends with."""
    with stratum_sql.connect(path) as session, pytest.raises(ModelCorrupt) as caught:
        session.sql("FROM t PREDICT MODEL m")
    assert str(path) not in str(caught.value)
    return caught.value.diagnostic.code


def test_every_damage_is_seen(kept: tuple[Path, bytes]) -> None:
    path, whole = kept
    (file,) = artefacts(path)
    rng = random.Random(0)
    digest = file.stem
    for position in [rng.randrange(len(whole)) for _ in range(200)]:
        bad = bytearray(whole)
        bad[position] ^= 1 << rng.randrange(8)
        with pytest.raises(ModelCorrupt):
            from_bytes(bytes(bad), digest)
    for bad_bytes in (
        b"",
        whole[:-1],
        whole[: len(whole) // 2],
        whole + b"\0",
        b"PK\x03\x04",
        dumps({"estimator": 1, "states": []}),
    ):
        file.write_bytes(bad_bytes)
        assert refused(path) == "model_corrupt"
    file.unlink()
    assert refused(path) == "model_missing"
    file.mkdir()
    assert refused(path) == "model_missing"
    file.rmdir()
    file.write_bytes(whole)
    with stratum_sql.connect(path) as session:
        assert len(session.sql("FROM t PREDICT MODEL m")) == 90


def test_swapped_artefacts(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}; SELECT a, y FROM t TRAIN MODEL lasso() TARGET y AS other")
    one, two = artefacts(path)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert refused(path) == "model_corrupt"


def plant(path: Path, parts: object) -> None:
    """Make the artefact of model m another one, with the hash that belongs to it."""
    digest = ArtefactFolder(Path(f"{path}.artefacts")).write(dumps(parts))
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE stratum.models SET artefact = ?", [digest])


def test_whole_artefacts_of_others(tmp_path: Path) -> None:
    """The hash is right, what is in them is not what the manifest says."""
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}")
    for parts in (
        {},
        {"estimator": LinearRegression()},
        {"estimator": LinearRegression(), "states": [{}]},
        [1, 2],
        {"estimator": 1, "states": 2},
    ):
        plant(path, parts)
        assert refused(path) == "model_corrupt"


def test_types_that_were_not_admitted_are_refused_unbuilt(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}")
    hostile = [
        os.system,
        functools.partial(os.system, "touch planted"),
        PurePosixPath("/etc/passwd"),
        FunctionTransformer(os.system),
        Opener(str(tmp_path / "planted")),
        subprocess.Popen,
    ]
    refusals = 0
    for thing in hostile:
        try:
            plant(path, {"estimator": thing, "states": []})
        except Exception:  # noqa: BLE001 skops cannot even write some of them
            continue
        assert refused(path) == "model_refused"
        refusals += 1
    assert refusals >= 3
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize(
    ("name", "admitted"),
    [
        ("sklearn.linear_model._ridge.Ridge", True),
        ("sklearn.tree._tree.Tree", True),
        ("lightgbm.sklearn.LGBMRegressor", True),
        ("collections.OrderedDict", True),
        ("sklearn.utils.validation.check_array", False),  # a function
        ("sklearn.datasets._base.Path", False),  # a class that module imports
        ("sklearn.nosuch.Thing", False),
        ("subprocess.Popen", False),
        ("sklearnish.Thing", False),
        ("builtins.eval", False),
    ],
)
def test_what_an_artefact_may_hold(name: str, admitted: bool) -> None:
    assert is_admitted(name) is admitted


class Opener:
    """Its state, put back, would make a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __getstate__(self) -> dict[str, str]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, str]) -> None:
        Path(state["path"]).touch()


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: "",
        lambda manifest: "{}",
        lambda manifest: "[1]",
        lambda manifest: manifest[:-10],
        lambda manifest: manifest.replace('"format": 1', '"format": 9'),
        lambda manifest: manifest.replace("standard_scale", "nosuch_scale"),
        lambda manifest: json.dumps({**json.loads(manifest), "features": json.loads(manifest)["features"][:1]}),
        lambda manifest: json.dumps({**json.loads(manifest), "features": 5}),
        lambda manifest: json.dumps({**json.loads(manifest), "labels": ["a", "b"]}),
        lambda manifest: json.dumps({**json.loads(manifest), "target": {"computed": "1", "name": "y", "children": []}}),
    ],
)
def test_a_damaged_manifest(change: Callable[[str], str]) -> None:
    with stratum_sql.connect() as session:
        session.sql(f"{TABLE}; {TRAIN}")
        ((manifest,),) = session.sql("SELECT manifest FROM stratum.models").fetchall()
        session.connection.execute("UPDATE stratum.models SET manifest = ?", [change(manifest)])
        with pytest.raises(ModelCorrupt):
            session.sql("FROM t PREDICT MODEL m")


# -- processes, transactions, names -----------------------------------------------------------------------------------

LAUNCHER = """
import os, sys
import lightgbm, sklearn.linear_model, skops.io, stratum_sql

def work():
    with stratum_sql.connect(sys.argv[1], threads=1) as session:
        session.sql("CREATE TABLE IF NOT EXISTS t AS SELECT i AS id, i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 + i % 5 AS y FROM range(90) r(i)")
        print("open", flush=True)
        for number in range(1000):
            session.batch([f"SELECT a + {number % 50} AS a, one_hot(c) AS c, y FROM t TRAIN MODEL ridge(alpha => {number + 1}), ols() "
                           f"TARGET y CROSS VALIDATE 2 AS m{number % 4}"])
            print("done", flush=True)

for _ in sys.stdin:  # nothing is open and no thread runs here, so each worker can be a fork: imports take seconds
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """What was acknowledged is there; every registered model can be read and predicts; nothing needs repair."""
    path, rng = tmp_path / "d.db", random.Random(1)
    acknowledged = 0
    command = [sys.executable, "-c", LAUNCHER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as launcher:
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        for _ in range(int(os.environ.get("STRATUM_KILLS", "5"))):
            print("go", file=launcher.stdin, flush=True)
            first = {launcher.stdout.readline().strip() for _ in range(2)}
            assert "open" in first
            (child,) = map(int, first - {"open"})
            for _ in range(rng.randrange(3)):
                acknowledged += launcher.stdout.readline() == "done\n"
            time.sleep(rng.random() * 0.1)
            os.kill(child, signal.SIGKILL)
            acknowledged += sum(line == "done\n" for line in iter(launcher.stdout.readline, "ended\n"))
            check_whole(path, acknowledged)
        launcher.stdin.close()


def check_whole(path: Path, acknowledged: int) -> None:
    """The database opens; what was acknowledged is in it; what is registered can be used."""
    with stratum_sql.connect(path) as session:
        if (
            not acknowledged
            and not session.sql("SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'stratum'").fetchall()
        ):
            return
        counts = session.sql("SELECT (SELECT count(*) FROM stratum.models), (SELECT count(*) FROM stratum.trials)")
        ((models, trials),) = counts.fetchall()
        assert models >= acknowledged
        assert trials >= 2 * acknowledged
        for name, version in session.sql("SELECT name, max(version) FROM stratum.models GROUP BY name").fetchall():
            assert len(session.sql(f"FROM t PREDICT MODEL {name}")) == 90
            assert session.sql(f"FROM t EVALUATE MODEL {name}").fetchall()[0][1] == version
        for (digest,) in session.sql("SELECT DISTINCT artefact FROM stratum.models").fetchall():
            assert from_bytes(ArtefactFolder(Path(f"{path}.artefacts")).read(digest), digest)


def test_two_processes_on_one_database(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}")
        done = python(
            """
            import sys, stratum_sql
            try:
                stratum_sql.connect(sys.argv[1])
            except stratum_sql.StratumError as error:
                print(error.diagnostic.code, error.diagnostic.retryable, error.diagnostic.message)
            """,
            path,
        )
    code, retryable, message = done.stdout.split(" ", 2)
    assert (code, retryable) == ("database_locked", "True")
    assert f"process {os.getpid()}" in message
    with stratum_sql.connect(path, read_only=True) as one:  # readers do not mind each other
        assert (
            python(
                "import sys, stratum_sql; stratum_sql.connect(sys.argv[1], read_only=True).sql('FROM t PREDICT MODEL m')",
                path,
            ).returncode
            == 0
        )
        assert len(one.sql("FROM t PREDICT MODEL m")) == 90


@pytest.mark.parametrize("place", ["absent/d.db", "text.db"])
def test_what_cannot_be_opened(tmp_path: Path, place: str) -> None:
    (tmp_path / "text.db").write_text("this is no database")
    with pytest.raises(DatabaseError) as caught:
        stratum_sql.connect(tmp_path / place)
    assert caught.value.diagnostic.code == "cannot_open"


def test_a_read_only_database(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; {TRAIN}")
    with stratum_sql.connect(path, read_only=True) as session:
        assert len(session.sql("FROM t PREDICT MODEL m")) == 90
        board = session.sql(TRAIN)
        assert len(board) == 3
        assert [warning.code for warning in board.warnings] == ["read_only"]
        assert session.sql("SELECT max(version) FROM stratum.models").fetchall() == [(1,)]
        assert len(session.sql(f"FROM ({TRAIN}) WHERE rank = 1")) == 1


def test_the_callers_transaction(tmp_path: Path) -> None:
    with stratum_sql.connect(tmp_path / "d.db") as session:
        session.sql(TABLE)
        session.sql("BEGIN; CREATE TABLE extra AS SELECT 1 AS x")
        assert not session.sql(TRAIN).warnings
        assert len(session.sql("FROM t PREDICT MODEL m")) == 90
        session.sql("ROLLBACK")
        with pytest.raises(StratumError) as caught:
            session.sql("FROM t PREDICT MODEL m")
        assert caught.value.diagnostic.code == "unknown_model"
        with pytest.raises(StratumError):
            session.sql("FROM extra")
        session.sql("BEGIN")
        session.sql(TRAIN)
        session.sql("COMMIT")
        assert session.sql("SELECT version FROM stratum.models").fetchall() == [(1,)]


def test_models_stay_where_the_session_began(tmp_path: Path) -> None:
    with stratum_sql.connect(tmp_path / "d.db") as session:
        session.sql(f"{TABLE}; ATTACH ':memory:' AS other; CREATE TABLE other.t AS FROM t; USE other")
        session.sql(TRAIN)
        assert len(session.sql("FROM t PREDICT MODEL m")) == 90
        assert session.sql("SELECT database_name FROM duckdb_tables() WHERE table_name = 'models'").fetchall() == [
            ("d",)
        ]


def test_a_schema_of_the_users_in_our_place() -> None:
    with stratum_sql.connect() as session:
        session.sql(f"{TABLE}; CREATE SCHEMA stratum; CREATE TABLE stratum.models (x INTEGER)")
        board = session.sql(TRAIN)
        assert len(board) == 3
        assert [warning.code for warning in board.warnings] == ["storage_failed"]


HOSTILE = [
    "../../x",
    "a/b",
    "..%2f",
    "/etc/passwd",
    "con",
    "a'; DROP TABLE t; --",
    'quo"te',
    "x" * 10_000,
    "É",
    "\U0001d510 \u202e\n",
    "stratum.models",
    ".",
]


def test_names_are_values_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "in" / "d.db"
    path.parent.mkdir()
    with stratum_sql.connect(path) as session:
        session.sql(TABLE)
        for name in HOSTILE:
            quoted = '"' + name.replace('"', '""') + '"'
            assert not session.sql(
                f"SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2 AS {quoted}"
            ).warnings
            assert len(session.sql(f"FROM t PREDICT MODEL {quoted}")) == 90
        assert [
            name for (name,) in session.sql("SELECT name FROM stratum.models ORDER BY created_at").fetchall()
        ] == HOSTILE
        assert len(session.sql("FROM t")) == 90
        with pytest.raises(StratumError) as caught:
            session.sql(f'FROM t PREDICT MODEL "{"y" * 5_000}"')
        assert len(str(caught.value.diagnostic.message)) < 200
    assert {file.name for file in tmp_path.iterdir()} == {"in"}
    files = {file.relative_to(path.parent).parts[0] for file in path.parent.rglob("*")}
    assert files <= {"d.db", "d.db.wal", "d.db.artefacts", "d.db.results"}


def test_spellings_of_one_name_are_one_model() -> None:
    with stratum_sql.connect() as session:
        session.sql(TABLE)
        for number, name in enumerate(["Caf\u00e9", "cafe\u0301", "CAF\u00c9"], 1):
            session.sql(f'SELECT a, y * {number} AS y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2 AS "{name}"')
        assert session.sql("SELECT version FROM stratum.models ORDER BY created_at").fetchall() == [(1,), (2,), (3,)]
        newest = session.sql('SELECT 2 AS a PREDICT MODEL "caf\u00e9"').fetchall()
        assert session.sql('SELECT 2 AS a PREDICT MODEL "Cafe\u0301"').fetchall() == newest
        assert session.sql('FROM t EVALUATE MODEL "CAF\u00c9"').fetchall()[0][1] == 3


def test_what_cannot_be_stored_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with stratum_sql.connect(tmp_path / "d.db") as session:
        session.sql(TABLE)

        def full(*_: object) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("stratum_sql.models.artefacts._write_whole", full)
        board = session.sql(TRAIN)
        assert [(warning.code, "No space left" in warning.message) for warning in board.warnings] == [
            ("storage_failed", True)
        ]
        assert session.sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'models'").fetchall()[0][0] in (
            0,
            1,
        )
        monkeypatch.undo()
        assert not session.sql(TRAIN).warnings


def test_a_failed_write_leaves_no_half_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(RunError) as caught:
        ArtefactFolder(tmp_path).write(b"bytes")
    assert caught.value.diagnostic.retryable
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
