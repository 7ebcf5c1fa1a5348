"""EXPORT MODEL and IMPORT MODEL: files of every format, what they predict, and what each session may do."""

from __future__ import annotations

import json
import os
import runpy
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import skops.io
import sqlglot
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.errors import Span
from stratum_sql.grammar.model_formats import FORMATS
from stratum_sql.models.export.files import format_module
from stratum_sql.models.export.sklearn import input_columns
from tests.models.export.conftest import Make
from tests.models.export.models import OTHERS, TRAINING

FEATURES = (
    "standard_scale(impute(b)) AS s, one_hot(c) AS oc, target_encode(c) AS tc, a, "
    "ordinal(level, unknown_value => -1) AS ol"
)
WANTED = 1e-9


@pytest.fixture
def kept(session: Session, make: Make) -> Iterator[Session]:
    """A session whose model `m` is a ridge, and `k` a classifier."""
    session.sql(
        f"CREATE OR REPLACE TEMP MODEL m AS SELECT {FEATURES}, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.2"
    )
    session.sql(
        f"CREATE OR REPLACE TEMP MODEL k AS SELECT {FEATURES}, word FROM t "
        "TRAIN MODEL logistic_regression(max_iter => 2000) TARGET word HOLDOUT 0.2"
    )
    yield session
    for name in [name for (name,) in session.sql("SELECT name FROM show_models()").fetchall()]:
        session.sql(f'DROP MODEL "{name}"')


def code(session: Session, text: str) -> str:
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    return caught.value.diagnostic.code


def predicted(session: Session, name: str) -> pd.Series[Any]:
    return session.sql(f"FROM others ORDER BY id PREDICT MODEL {name}").df()["prediction"]


def test_every_format_has_a_module() -> None:
    for name, one in FORMATS.items():
        module = format_module(name)
        assert hasattr(module, "write") == (one.writes is not None)
        assert hasattr(module, "read") == (one.reads is not None)


def test_the_answer_and_the_file(kept: Session, tmp_path: Path) -> None:
    path = tmp_path / "m.sql"
    path.write_text("something else")
    answer = kept.sql(f"EXPORT MODEL m TO '{path}'")
    version = kept.sql("SELECT version FROM show_models(pattern => 'm')").fetchall()[0][0]
    assert answer.fetchall() == [("m", version, "sql", str(path), path.stat().st_size)]
    assert [one.name for one in tmp_path.iterdir()] == ["m.sql"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_sql_runs_in_a_bare_duckdb(kept: Session, tmp_path: Path) -> None:
    path = tmp_path / "m.sql"
    kept.sql(f"EXPORT MODEL m TO '{path}'; EXPORT MODEL k TO '{tmp_path / 'k.sql'}'")
    with duckdb.connect() as bare:
        bare.execute(OTHERS)
        bare.execute(path.read_text())
        bare.execute((tmp_path / "k.sql").read_text())
        got = bare.sql("SELECT prediction FROM predict_m('others') ORDER BY id").fetchall()
        np.testing.assert_allclose([one for (one,) in got], predicted(kept, "m"), rtol=WANTED)
        labels = bare.sql("WITH x AS (FROM others) SELECT prediction FROM predict_k('x') ORDER BY id").fetchall()
        assert [one for (one,) in labels] == predicted(kept, "k").tolist()


def test_sql_is_one_query_over_a_relation(kept: Session, tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    kept.sql(f"EXPORT MODEL m TO '{path}' (FORMAT sql, RELATION others)")
    with duckdb.connect() as bare:
        bare.execute(OTHERS)
        got = bare.sql(path.read_text()).df().sort_values("id")
    np.testing.assert_allclose(got["prediction"], predicted(kept, "m"), rtol=WANTED)


def test_sql_of_another_dialect_says_the_same(kept: Session, tmp_path: Path) -> None:
    """Read as Postgres reads it, and written for DuckDB, it predicts the same."""
    path = tmp_path / "p.sql"
    kept.sql(f"EXPORT MODEL m TO '{path}' (DIALECT 'postgres', RELATION 'others')")
    text = path.read_text()
    assert "DOUBLE PRECISION" in text
    assert code(kept, f"EXPORT MODEL m TO '{path}' (DIALECT 'postgrex')") == "unknown_dialect"
    with duckdb.connect() as bare:
        bare.execute(OTHERS)
        back = sqlglot.transpile(text, read="postgres", write="duckdb")[0]
        got = bare.sql(back).df()["prediction"]
    np.testing.assert_allclose(np.sort(got), np.sort(predicted(kept, "m")), rtol=WANTED)


def test_the_header_says_what_it_is_and_holds_no_code(kept: Session, tmp_path: Path) -> None:
    kept.sql(
        'CREATE OR REPLACE TEMP MODEL "h\n; DROP TABLE others; --" AS '
        "SELECT a, '\n; DROP TABLE t' || c IS NULL AS n, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.2"
    )
    path = tmp_path / "h.sql"
    kept.sql(f"EXPORT MODEL \"h\n; DROP TABLE others; --\" TO '{path}'")
    text = path.read_text()
    assert "-- Columns that it reads: a BIGINT, c." in text
    assert len(duckdb.extract_statements(text)) == 1


@pytest.mark.parametrize("form", ["skops", "json"])
@pytest.mark.parametrize("name", ["m", "k"])
def test_what_was_exported_can_be_imported(kept: Session, tmp_path: Path, form: str, name: str) -> None:
    path = tmp_path / f"x.{form}"
    kept.sql(f"EXPORT MODEL {name} TO '{path}'; IMPORT MODEL back FROM '{path}'")
    if name == "m":
        np.testing.assert_allclose(predicted(kept, "back"), predicted(kept, "m"), rtol=WANTED)
    else:
        assert predicted(kept, "back").tolist() == predicted(kept, "k").tolist()
        shares = "SELECT * FROM others LIMIT 5 PREDICT MODEL {} WITH (probabilities = true)"
        found = [[list(row[-1].values()) for row in kept.sql(shares.format(one)).fetchall()] for one in ("back", "k")]
        np.testing.assert_allclose(found[0], found[1])
    target = "y" if name == "m" else "word"
    scores = kept.sql(f"FROM t EVALUATE MODEL {name}, back TARGET {target}").fetchall()
    assert scores[0][3] == pytest.approx(scores[1][3], rel=WANTED)


def test_skops_holds_a_pipeline(kept: Session, tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    kept.sql(f"EXPORT MODEL m TO '{path}'")
    assert skops.io.get_untrusted_types(file=path) == ["numpy.dtype"]
    pipeline = skops.io.load(path, trusted=["numpy.dtype"])
    given = kept.sql("FROM others ORDER BY id").df()
    np.testing.assert_allclose(pipeline.predict(given), predicted(kept, "m"), rtol=WANTED)


@pytest.mark.parametrize("name", ["m", "k"])
def test_a_script_makes_the_pipeline(kept: Session, tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.py"
    kept.sql(f"EXPORT MODEL {name} TO '{path}'")
    pipeline = runpy.run_path(str(path))["pipeline"]
    got, wanted = pipeline.predict(kept.sql("FROM others ORDER BY id").df()), predicted(kept, name)
    if name == "m":
        np.testing.assert_allclose(got, wanted, rtol=WANTED)
    else:
        assert got.tolist() == wanted.tolist()


def test_onnx_there_and_back(kept: Session, tmp_path: Path) -> None:
    features = "standard_scale(a) AS s, one_hot(word) AS ow, plus"
    kept.sql(f"CREATE OR REPLACE TEMP MODEL o AS SELECT {features}, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.2")
    path = tmp_path / "o.onnx"
    kept.sql(f"EXPORT MODEL o TO '{path}'; IMPORT MODEL back FROM '{path}'")
    np.testing.assert_allclose(predicted(kept, "back"), predicted(kept, "o"), rtol=1e-6)
    kept.sql(
        f"CREATE OR REPLACE TEMP MODEL o AS SELECT {features}, late FROM t "
        "TRAIN MODEL logistic_regression(max_iter => 2000) TARGET late HOLDOUT 0.2"
    )


def test_a_pipeline_of_the_host_program(kept: Session, tmp_path: Path) -> None:
    frame = kept.sql("SELECT a, plus, y, word FROM t").df()
    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(frame[["a", "plus"]], frame["y"])
    kept.import_model("mine", pipeline)
    given = kept.sql("FROM others ORDER BY id").df()
    np.testing.assert_allclose(predicted(kept, "mine"), pipeline.predict(given[["a", "plus"]]), rtol=WANTED)
    named = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[["a", "plus"]], frame["word"])
    kept.import_model("named", named, inputs={"a": "BIGINT", "plus": "DOUBLE"}, target="word")
    assert predicted(kept, "named").tolist() == named.predict(given[["a", "plus"]]).tolist()
    assert kept.sql("FROM t EVALUATE MODEL named METRIC accuracy").fetchall()[0][3] == pytest.approx(
        named.score(frame[["a", "plus"]], frame["word"])
    )
    with pytest.raises(StratumError, match="does not predict"):
        kept.import_model("none", StandardScaler())


def test_to_sklearn_of_a_session(kept: Session) -> None:
    given = kept.sql("FROM others ORDER BY id").df()
    np.testing.assert_allclose(kept.to_sklearn("m").predict(given), predicted(kept, "m"), rtol=WANTED)
    with pytest.raises(StratumError) as caught:
        kept.to_sklearn("mm")
    assert caught.value.diagnostic.code == "unknown_model"


def test_a_hostile_file_runs_nothing(kept: Session, tmp_path: Path) -> None:
    path = tmp_path / "bad.skops"
    skops.io.dump(make_pipeline(Foreign()), path)
    assert code(kept, f"IMPORT MODEL bad FROM '{path}'") == "model_refused"
    assert not Foreign.made
    path.write_bytes(b"PK not a file")
    assert code(kept, f"IMPORT MODEL bad FROM '{path}'") == "model_corrupt"
    for text in ('{"format": 1}', "[", '{"format": "stratum-sql model", "version": 1, "manifest": {}, "states": []}'):
        (tmp_path / "bad.json").write_text(text)
        assert code(kept, f"IMPORT MODEL bad FROM '{tmp_path / 'bad.json'}'") in ("not_imported", "model_corrupt")
    (tmp_path / "bad.onnx").write_bytes(b"\0\1")
    assert code(kept, f"IMPORT MODEL bad FROM '{tmp_path / 'bad.onnx'}'") == "not_imported"


class Foreign(StandardScaler):  # type: ignore[misc]
    """A class that no file may name."""

    made = False

    def __setstate__(self, state: object) -> None:
        Foreign.made = True


def test_json_names_no_class_but_scikit_learns(kept: Session, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    kept.sql(f"EXPORT MODEL m TO '{path}'")
    for other in ("os.system", "sklearn.utils._testing.TempMemmap", "subprocess.Popen", "sklearn.show_versions"):
        (tmp_path / "bad.json").write_text(path.read_text().replace("sklearn.linear_model._ridge.Ridge", other))
        assert code(kept, f"IMPORT MODEL bad FROM '{tmp_path / 'bad.json'}'") == "not_imported"


INJECTED = [
    "(SELECT count(*) FROM others)",
    "(SELECT count(*) FROM read_text('/etc/passwd'))",
    "a) AS x, (b",
    "a) AS DOUBLE) AS x FROM others; DROP TABLE others; SELECT CAST((1",
    "a) AS BIGINT) + CAST((b",
    "a -- ",
    "getenv('HOME')",
    "a\0",
    "nextval('s')",
    "",
]


@pytest.mark.parametrize("sql", INJECTED)
def test_a_column_of_a_file_is_an_expression_and_nothing_else(kept: Session, tmp_path: Path, sql: str) -> None:
    path, bad = tmp_path / "m.json", tmp_path / "bad.json"
    kept.sql(f"EXPORT MODEL m TO '{path}'")
    for place in ("sql", "free_sql", "type"):
        whole = json.loads(path.read_text())
        leaf = next(iter(_leaves(whole["manifest"]["features"])))
        leaf[place] = f"DOUBLE) AS x, ({sql}" if place == "type" else sql
        bad.write_text(json.dumps(whole))
        assert code(kept, f"IMPORT MODEL bad FROM '{bad}'") in ("not_imported", "model_corrupt"), place


def _leaves(features: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for feature in features:
        if "leaf" in feature:
            yield feature
        yield from _leaves(feature.get("children", []))


@pytest.mark.parametrize("kind", ["DECIMAL(1, 1)) AS x, (SELECT 1", "DOUBLE; DROP TABLE others", "ENUM('a') --"])
def test_the_types_that_a_pipeline_brings_are_types(kept: Session, tmp_path: Path, kind: str) -> None:
    made = make_pipeline(StandardScaler(), LinearRegression()).fit([[0.0], [1.0]], [0.0, 1.0])
    made.stratum_inputs_ = {"a": kind}
    skops.io.dump(made, tmp_path / "bad.skops")
    assert code(kept, f"IMPORT MODEL bad FROM '{tmp_path / 'bad.skops'}'") == "not_imported"


def test_paths(kept: Session, tmp_path: Path) -> None:
    with pytest.raises(StratumError) as caught:
        kept.sql(f"EXPORT MODEL m TO '{tmp_path / 'none' / 'm.sql'}'")
    told = caught.value.diagnostic
    assert (told.code, told.column) == ("file_failed", len("EXPORT MODEL m TO ") + 1)  # the path is underlined
    assert code(kept, f"IMPORT MODEL m FROM '{tmp_path / 'm.json'}'") == "file_failed"
    assert code(kept, f"IMPORT MODEL m FROM '{tmp_path}' (FORMAT json)") == "file_failed"
    assert code(kept, f"EXPORT MODEL mm TO '{tmp_path / 'm.sql'}'") == "unknown_model"
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_cannot_say_is_named(kept: Session, tmp_path: Path) -> None:
    kept.sql("CREATE OR REPLACE TEMP MODEL n AS SELECT hash_text(c, 4) AS h, y FROM t TRAIN MODEL ridge() TARGET y")
    kept.sql("CREATE OR REPLACE TEMP MODEL d AS SELECT a, y FROM t TRAIN MODEL decision_tree_regressor() TARGET y")
    with pytest.raises(StratumError, match="the transform hash_text"):
        kept.sql(f"EXPORT MODEL n TO '{tmp_path / 'n.sql'}'")
    with pytest.raises(StratumError, match="tree"):
        kept.sql(f"EXPORT MODEL d TO '{tmp_path / 'd.py'}'")
    assert list(tmp_path.iterdir()) == []


def test_foreign_sessions(tmp_path: Path) -> None:
    inside, outside = tmp_path / "given", tmp_path / "other"
    inside.mkdir()
    outside.mkdir()
    with stratum_sql.connect(threads=1) as host:
        host.sql(f"{TRAINING}; SELECT a, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.2 AS m")
        for folder in (inside, outside):
            host.sql(f"EXPORT MODEL m TO '{folder / 'm.skops'}'")
    (inside / "link.skops").symlink_to(outside / "m.skops")
    with stratum_sql.connect(trusted=False, allow_paths=[inside], setup=lambda c: c.execute(TRAINING)) as foreign:
        assert code(foreign, f"IMPORT MODEL a FROM '{outside / 'm.skops'}'") == "not_allowed"
        assert code(foreign, f"IMPORT MODEL a FROM '{inside / 'link.skops'}'") == "not_allowed"
        assert code(foreign, f"IMPORT MODEL a FROM '{inside}/../other/m.skops'") == "not_allowed"
        foreign.sql(f"IMPORT MODEL a FROM '{inside / 'm.skops'}'")
        assert len(foreign.sql("SELECT a FROM t PREDICT MODEL a")) == 600
        assert code(foreign, f"EXPORT MODEL a TO '{inside / 'new.sql'}'") == "not_allowed"
    assert sorted(one.name for one in inside.iterdir()) == ["link.skops", "m.skops"]


def test_a_file_of_another_program(kept: Session, tmp_path: Path) -> None:
    """A pipeline that says nothing of its columns needs INPUTS; a matrix needs no names of its own."""
    frame = kept.sql("SELECT a, plus, y FROM t").df()
    model = LinearRegression().fit(frame[["a", "plus"]].to_numpy(), frame["y"])
    path = tmp_path / "other.skops"
    skops.io.dump(model, path)
    assert code(kept, f"IMPORT MODEL other FROM '{path}'") == "not_imported"
    kept.sql(f"IMPORT MODEL other FROM '{path}' (INPUTS {{a: 'BIGINT', plus: 'DOUBLE'}}, TARGET y)")
    assert kept.sql("FROM t EVALUATE MODEL other METRIC r2").fetchall()[0][3] > 0
    assert code(kept, f"IMPORT MODEL other FROM '{path}' (INPUTS {{a: 'INTEGER[]'}})") == "not_imported"


def test_input_columns_are_what_is_told(kept: Session) -> None:
    model = kept._training.store.load("m", "m", Span(0, 1))
    assert input_columns(model) == {"b": "DOUBLE", "c": "VARCHAR", "a": "BIGINT", "level": "BIGINT"}


@pytest.mark.parametrize("library", ["skl2onnx", "onnxruntime"])
def test_a_library_that_is_not_there(
    kept: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    kept.sql("CREATE OR REPLACE TEMP MODEL p AS SELECT a, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.2")
    assert code(kept, f"EXPORT MODEL p TO '{tmp_path / 'p.onnx'}'") == "missing_library"
