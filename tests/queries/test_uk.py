"""The house prices: a table that is the same everywhere, and scores that are skrub's, or the reference's."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import chi2_contingency

import stratum_sql
from queries.compare import Board, Trial
from queries.report import CannotRun, Options
from queries.uk import bench, make_data
from queries.workload import read_statements
from stratum_sql import reference
from stratum_sql.catalog.columns import Column, Inputs
from stratum_sql.catalog.registry import transform

FOLDER = Path(make_data.__file__).parent
STATEMENTS = read_statements(FOLDER)
SIXTEEN = read_statements(FOLDER / "sixteen")
SEED = 42
ID = "Transaction unique identifier"


def table(rows: int, threads: int = 2) -> pa.Table:
    with duckdb.connect(config={"threads": threads}) as connection:
        make_data.load_uk(connection, rows)
        return connection.sql(f"FROM {make_data.TABLE}").to_arrow_table()


# ---- the data --------------------------------------------------------------------------------------------------------


def test_the_table_does_not_depend_on_threads_and_a_longer_one_begins_with_it() -> None:
    small = table(3_000, threads=1)
    assert table(3_000, threads=2) == small
    assert table(20_000).slice(0, 3_000) == small
    with duckdb.connect() as connection:
        make_data.load_uk(connection, 3_000, seed=make_data.SEED + 1)
        assert connection.sql(f"FROM {make_data.TABLE}").to_arrow_table() != small


def test_names_codes_and_cardinalities_are_the_registers() -> None:
    frame = table(100_000).to_pandas()
    assert list(frame.columns) == [
        ID,
        "Price",
        "Date of Transfer",
        "Property Type",
        "Old/New",
        "Duration",
        "Town/City",
        "District",
        "County",
        "PPDCategory Type",
        "Record Status - monthly file only",
    ]
    codes = {name: "".join(sorted(frame[name].unique())) for name in frame.columns if frame[name].nunique() < 6}
    assert codes == {
        "Property Type": "DFOST",
        "Old/New": "NY",
        "Duration": "FLU",
        "PPDCategory Type": "AB",
        "Record Status - monthly file only": "A",
    }
    assert frame[["County", "District"]].nunique().tolist() == [125, 450]
    assert 1_140 <= frame["Town/City"].nunique() <= 1_150
    assert not frame.isna().any().any()
    assert frame["Date of Transfer"].between("1995-01-01 00:00", "2017-06-29 00:00").all()


def test_every_transaction_has_its_own_number() -> None:
    numbers = table(50_000)[ID].to_pandas()
    assert numbers.is_unique
    assert numbers.str.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}").all()


def test_a_town_is_in_one_district_and_a_district_in_one_county() -> None:
    frame = table(100_000).select(["Town/City", "District", "County"]).to_pandas()
    assert (frame.groupby("Town/City")["District"].nunique() == 1).all()
    assert (frame.groupby("District")["County"].nunique() == 1).all()
    counts = frame["Town/City"].value_counts()
    assert counts.iloc[0] > 50 * counts.median()


def test_prices_follow_place_type_and_time() -> None:
    frame = table(50_000).to_pandas()
    log_price = np.log(frame["Price"])
    by_county = log_price.groupby(frame["County"]).mean()
    assert by_county.std() > 0.2
    means = log_price.groupby(frame["Property Type"]).mean()
    assert means["D"] > means["S"] > means["T"] > means["F"]
    assert np.corrcoef(frame["Date of Transfer"].str[:4].astype(int), log_price)[0, 1] > 0.3


def test_what_is_drawn_for_one_row_does_not_go_together() -> None:
    """Type, age, day and place are drawn apart from each other: no share differs by more than chance allows."""
    frame = table(100_000).to_pandas()
    year = frame["Date of Transfer"].str[:4]
    for name, other in [("Property Type", year), ("County", year), ("Old/New", frame["Property Type"])]:
        counts = pd.crosstab(frame[name], other).to_numpy()
        assert chi2_contingency(counts[counts.sum(axis=1) > 500]).pvalue > 1e-4, (name, other.name)
    types = frame["Property Type"][frame["County"] == frame["County"].mode()[0]].value_counts(normalize=True)
    everywhere = frame["Property Type"].value_counts(normalize=True)
    assert (types - everywhere).abs().max() < 0.02


def test_no_rows_and_an_unwritable_file_are_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_data.main([str(tmp_path / "x.duckdb"), "--rows", "0"]) == 2
    assert capsys.readouterr().err == "error: rows must be at least 1, not 0\n"
    (tmp_path / "file").write_text("")
    assert make_data.main([str(tmp_path / "file" / "x.duckdb")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert make_data.main([str(tmp_path / "x.duckdb"), "--rows", "10"]) == 0
    assert capsys.readouterr().out.split() == ["price_paid", "10", "rows"]


# ---- text_svd and vectorize are skrub's ------------------------------------------------------------------------------

RANDOM = np.random.default_rng(0)
WORDS = ["GREATER MOULTON", "Köln am Rhein", "东京都新宿区", "ST. MARY'S CROSS", "İstanbul ŞİŞLİ", "naïve café", "a"]
TEXTS: dict[str, list[str | None]] = {
    "all distinct": [f"{{{RANDOM.integers(2**60):015X}-{at:04X}}}" for at in range(200)],
    "one distinct, long": ["GREATER MOULTON UPON THE WATER NEAR THE OLD MILL"] * 200,
    "one distinct, short": ["F"] * 200,
    "few, with NULL": [None if at % 7 == 0 else WORDS[at % len(WORDS)] for at in range(200)],
    "empty and blank": [["", " ", "\t", "x", "MILL HILL EAST"][at % 5] for at in range(200)],
    "mostly NULL": [None if at % 50 else f"NORTH {WORDS[at % 7]} {at}" for at in range(200)],
    "Zipf": [f"{WORDS[at % 6]} {WORDS[(at * at) % 5]} {int(200 / (at + 1))}" for at in range(200)],
}


@pytest.mark.filterwarnings("ignore:The matrix shape is:UserWarning")
@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero) encountered in divide:RuntimeWarning")
@pytest.mark.parametrize("rows", [5, 40, 150])
@pytest.mark.parametrize("width", [1, 5, 30])
@pytest.mark.parametrize("name", TEXTS)
def test_text_svd_is_skrubs_string_encoder(name: str, width: int, rows: int) -> None:
    skrub = pytest.importorskip("skrub", reason="the bench's baseline needs skrub")
    values = pd.Series(TEXTS[name], dtype="str", name="x")
    train, test = np.arange(rows), np.arange(150, 200)
    encoder = skrub.StringEncoder(n_components=width, random_state=SEED)
    spec = transform("text_svd")
    assert spec is not None
    assert spec.fit_apply is not None
    params = spec.complete({"n_components": width})
    column = Column("x", "text", pa.array(TEXTS[name], pa.string()))
    theirs = encoder.fit_transform(values.iloc[train]).to_numpy()
    state, (fitted,) = spec.fit_apply(Inputs([column.take(train)]), params, None, SEED)
    (applied,) = spec.apply(state, Inputs([column.take(test)]), params)
    np.testing.assert_array_equal(Inputs([fitted]).matrix, theirs)
    np.testing.assert_array_equal(Inputs([applied]).matrix, encoder.transform(values.iloc[test]).to_numpy())


def test_text_svd_of_another_table_with_the_same_texts_is_the_same() -> None:
    """What is counted once for a column's folds is no use to another column: its values, and so its codes, differ."""
    spec = transform("text_svd")
    assert spec is not None
    params = spec.complete({"n_components": 5})
    texts = [str(text) for text in TEXTS["all distinct"]]
    state = spec.fit(Inputs([Column("x", "text", pa.array(texts))]), params, None, SEED)
    (all_rows,) = spec.apply(state, Inputs([Column("x", "text", pa.array(texts))]), params)
    (some,) = spec.apply(state, Inputs([Column("x", "text", pa.array([*texts[50:60], "ZZZZ new", None]))]), params)
    np.testing.assert_array_equal(Inputs([some]).matrix[:10], Inputs([all_rows]).matrix[50:60])
    assert not Inputs([some]).matrix[11].any()


@pytest.mark.filterwarnings("ignore:The matrix shape is:UserWarning")
@pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")
def test_vectorize_is_skrubs_table_vectorizer() -> None:
    skrub = pytest.importorskip("skrub", reason="the bench's baseline needs skrub")
    arrow = table(900).drop_columns(["Price"])
    frame = arrow.to_pandas().astype(dict.fromkeys(arrow.column_names, "str"))
    frame["Date of Transfer"] = pd.to_datetime(frame["Date of Transfer"])
    frame["number"] = np.linspace(0, 1e9, 900)
    frame["moment"] = frame["Date of Transfer"] + pd.to_timedelta(np.arange(900), "min")
    columns = [_column(frame[name]) for name in frame.columns]
    train, test = np.arange(0, 900, 2), np.arange(1, 900, 2)
    vectorizer = skrub.TableVectorizer(high_cardinality=skrub.StringEncoder(random_state=SEED))
    spec = transform("vectorize")
    assert spec is not None
    assert spec.fit_apply is not None
    theirs = vectorizer.fit_transform(frame.iloc[train])
    state, fitted = spec.fit_apply(Inputs([one.take(train) for one in columns]), spec.complete({}), None, SEED)
    applied = spec.apply(state, Inputs([one.take(test) for one in columns]), spec.complete({}))
    np.testing.assert_array_equal(Inputs(fitted).matrix, theirs.to_numpy())
    np.testing.assert_array_equal(Inputs(applied).matrix, vectorizer.transform(frame.iloc[test]).to_numpy())


def _column(values: pd.Series[Any]) -> Column:
    kind: Any = "time" if values.dtype.kind == "M" else "number" if values.dtype.kind == "f" else "text"
    plain = values.to_numpy(dtype=np.float64) if kind == "number" else values
    return Column(str(values.name), kind, pa.array(plain, pa.string() if kind == "text" else None))


# ---- the batch -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session() -> Iterator[stratum_sql.Session]:
    with stratum_sql.connect(threads=1) as session:
        make_data.load_uk(session.connection, 400)
        yield session


def test_both_searches_read_the_table_once_and_encode_each_column_once_a_fold(session: stratum_sql.Session) -> None:
    plan = session.explain([one.text for one in STATEMENTS])
    assert plan.startswith("9 statements · 14 trials · 42 fits")
    assert plan.count("Scan ") == 2  # in the rule's line and the one that is left
    assert plan.count("Fit vectorize") == 1
    assert plan.count("Fit text_svd") == 1


def test_the_scripts_have_the_rows_and_folds_of_the_batch(session: stratum_sql.Session, tmp_path: Path) -> None:
    bench.write_rows(session.connection, STATEMENTS, tmp_path / "rows.parquet")
    rows = pd.read_parquet(tmp_path / "rows.parquet")
    ours = session.connection.sql("FROM price_paid").df()
    pd.testing.assert_frame_equal(
        rows.sort_values(ID, ignore_index=True), ours.sort_values(ID, ignore_index=True), check_dtype=False
    )


def test_statements_over_other_rows_are_not_compared(session: stratum_sql.Session, tmp_path: Path) -> None:
    other = STATEMENTS[4].text.replace("FROM price_paid", "FROM price_paid WHERE \"Old/New\" = 'N'")
    changed = type(STATEMENTS[4])("other.sql", other, STATEMENTS[4].tree)
    with pytest.raises(CannotRun, match="same rows in the same folds"):
        bench.write_rows(session.connection, [STATEMENTS[0], changed], tmp_path / "rows.parquet")


LINEAR = ("01_ridge_by_hand", "04_elastic_net_by_hand", "05_ridge_as_it_comes", "08_elastic_net_as_it_comes")


@pytest.mark.parametrize("name", LINEAR)
def test_linear_scores_are_skrubs(session: stratum_sql.Session, tmp_path: Path, name: str) -> None:
    _assert_equal_to_skrub(session, tmp_path, name)


@pytest.mark.parametrize("name", ["03_lightgbm_by_hand", "07_lightgbm_as_it_comes", "06_xgboost_as_it_comes"])
def test_boosted_scores_are_skrubs(session: stratum_sql.Session, tmp_path: Path, name: str) -> None:
    _assert_equal_to_skrub(session, tmp_path, name)


def _assert_equal_to_skrub(session: stratum_sql.Session, folder: Path, name: str) -> None:
    pytest.importorskip("skrub", reason="the bench's baseline needs skrub")
    from queries.uk import base

    path = folder / "rows.parquet"
    bench.write_rows(session.connection, STATEMENTS, path)
    (statement,) = (one for one in STATEMENTS if one.file == f"{name}.sql")
    result = session.sql(statement.text)
    ours = result.fetchall()[0][result.columns.index("fold_scores")]["r2"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = pd.read_parquet(path).rename(columns={"Town/City": "Town"})
        theirs = base.cross_validate(lambda: base.pipeline(name, 1, {}), rows)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_the_sixteen_pipelines_score_as_their_reference(session: stratum_sql.Session) -> None:
    results = session.batch([one.text for one in SIXTEEN])
    assert [str(result.error) for result in results if result.error] == []
    trials = [
        (at, dict(zip(result.columns, row, strict=True)))
        for at, result in enumerate(results)
        for row in result.fetchall()
    ]
    assert [row["status"] for _, row in trials] == ["ok"] * 16
    scope = bench.scope(session.connection)
    for at, row in trials:
        query = bench.bound(SIXTEEN[at], scope)
        trial = next(one for one in query.trials if one.number == row["trial"])
        assert row["fold_scores"]["r2"] == pytest.approx(_reference_scores(session, query, trial), rel=1e-6), trial


def _reference_scores(session: stratum_sql.Session, query: Any, trial: Any) -> list[float]:
    rows = reference.rows(session.connection, query)
    scores = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for train, test in rows.folds:
            fitted = reference.pipeline(query, trial, rows).fit(rows.features.iloc[train], rows.target[train])
            scores.append(fitted.score(rows.features.iloc[test], rows.target[test]))
    return scores


# ---- the benchmark ---------------------------------------------------------------------------------------------------


def test_without_skrub_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda name: None if name == "skrub" else object())
    with pytest.raises(CannotRun, match=r"pip install skrub$"):
        bench.run(Options())


def test_a_script_that_fails_says_why() -> None:
    with pytest.raises(CannotRun, match="ZeroDivisionError"):
        bench.answer([sys.executable, "-c", "1 / 0"], {})


def test_the_peers_line_counts_in_no_total(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stand-in for the peer's Python, which only prints what the script would."""
    said = {"version": "9", "seconds": 7.0, "scores": {"01_ridge_by_hand": 0.5, "05_ridge_as_it_comes": 0.25}}
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{json.dumps(said)}'\n")
    python.chmod(0o755)
    boards = [
        Board("01_ridge_by_hand.sql", "r2", (Trial(1, "ridge", 1, {"r2": [0.4, 0.6]}),)),
        Board("05_ridge_as_it_comes.sql", "r2", (Trial(1, "ridge", 1, {"r2": [0.5, 0.5]}),)),
    ]
    monkeypatch.delenv(bench.PEER, raising=False)
    assert bench.peer_lines(boards, tmp_path / "rows.parquet") == []
    monkeypatch.setenv(bench.PEER, str(python))
    (line,) = bench.peer_lines(boards, tmp_path / "rows.parquet")
    assert (line.trials, line.baseline_s, line.best) == (2, 7.0, "01_ridge_by_hand r2 0.5000")
    assert line.max_score_difference == pytest.approx(0.5)
