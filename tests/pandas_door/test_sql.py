"""The SQL that is shown: read as data, and run in DuckDB alone, where it gives the same rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas.emit import Emitter
from stratum_sql.pandas.engine import Engine, engine
from stratum_sql.pandas.kinds import category, sql_type
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.needs import names_in
from stratum_sql.pandas.states import Table
from tests.pandas_door.answers import same, to_pandas
from tests.pandas_door.test_operations import FRAMES, SHOWN

_BARE = duckdb.connect()  # that no session of ours knows
_SESSION = stratum_sql.connect()
FIXTURES = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_script_is_shown_as_it_was_reviewed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    shown = stratum_sql.translate(Path(path.name), strict=True).sql()
    expected = path.with_suffix(".sql")
    if os.environ.get("STRATUM_ACCEPT") == "1":
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_sql_of_a_script_gives_what_pandas_gives(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    names: dict[str, object] = {}
    with object_mode():
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), names)
    shown = path.with_suffix(".sql").read_text(encoding="utf-8").rstrip(";\n").split(";\n")[-1]
    last = _BARE.execute(shown).df()
    expected = names["out"]
    assert isinstance(expected, pd.DataFrame)
    same(last.astype(expected.dtypes).set_axis(expected.columns, axis=1), expected.reset_index(drop=True))


@pytest.mark.parametrize("script", SHOWN)
def test_shown_sql_runs_alone_and_types_are_those_declared(script: str) -> None:
    """DESCRIBE gives the types that the door answered without running anything."""
    with door.using(_SESSION) as used:
        frame = _frame()
        names: dict[str, Any] = {"pd": door, "np": np, "df": frame}
        exec(script, names)
        found = names.get("out", names["df"])
        if not issubclass(type(found), (door.DataFrame, door.Series)) or not isinstance(found._state, Table):
            return
        shown = found.sql()
        same_rows(shown, found, used)


def _frame() -> door.DataFrame:
    data, index = FRAMES["plain"]
    frame: door.DataFrame = door.DataFrame(pd.DataFrame(data, index=index))
    return frame


def same_rows(shown: str, found: door.DataFrame, used: Engine) -> None:
    assert used is engine()
    state = found._state
    assert isinstance(state, Table)
    levels = len(state.index.levels)
    bare = _BARE.cursor()
    described = bare.execute(f"DESCRIBE {shown}").fetchall()
    declared = ["VARCHAR" if category(value.dtype) else sql_type(value.dtype) for _, value in state.columns]
    assert [row[1] for row in described][-len(declared) :] == declared
    rows = bare.execute(shown).fetchall()
    expected = to_pandas(found)
    assert len(rows) == len(expected)
    if levels == 0 and rows:
        with object_mode():
            listed = pd.DataFrame(rows, columns=expected.columns).astype(expected.dtypes)
        same(listed, expected)


def test_columns_that_do_not_need_each_other_are_one_select_when_run() -> None:
    frame = _frame()
    for number in range(40):
        frame[f"c{number}"] = frame["i"] * number
    frame["last"] = frame["c0"] + frame["c39"]
    state = frame._state
    assert isinstance(state, Table)
    run = Emitter(shown=False).query(state.node, [(str(label), value.text) for label, value in state.columns])
    assert run.count(" AS (\n") == 2
    assert frame.sql().count(" AS (\n") == 42
    assert frame["last"].tolist() == (frame["i"] * 39).tolist()


def test_tables_are_numbered_by_script() -> None:
    made = "import pandas as pd\na, b = (pd.DataFrame({'x': range(n)}) for n in (60, 70))\n"
    script = made + "c = a[a['x'] > 3]\nd = b.head(2)\n"
    for _ in range(2):
        shown = stratum_sql.translate(script).sql()
        assert 'FROM "frame_1"' in shown
        assert 'FROM "frame_2"' in shown
        assert "frame_3" not in shown


def test_names_in_sql_are_those_outside_of_its_texts() -> None:
    assert names_in('CASE WHEN "a" = \'it\'\'s "b\' THEN "c ""d" ELSE \'"\' END') == ['"a"', '"c ""d"']


def test_what_nothing_reads_is_not_written_and_joins_are_not_numbered() -> None:
    """DuckDB orders no joins across a window that numbers their rows."""
    left, right = (door.DataFrame({"key": [2, 1, 2, 3], side: [1, 2, 3, 4], "unread": 0}) for side in "ab")
    both = left.merge(right, on="key").merge(right, on="key", suffixes=("", "_other"))
    total = both.groupby("key", as_index=False)["b_other"].sum()
    state = total._table
    run = Emitter(shown=False).query(state.node, [(str(label), value.text) for label, value in state.columns])
    assert "row_number" not in run
    assert "unread" not in run
    assert total["b_other"].tolist() == [2, 16, 4]


def test_rows_of_joins_are_in_the_order_of_all_their_sides() -> None:
    rng = np.random.default_rng(0)
    sides = [pd.DataFrame({"key": rng.integers(0, 9, 60), side: range(60)}) for side in "abc"]
    a, b, c = sides
    expected = a.merge(b, on="key").merge(c, on="key", how="left").merge(a.rename(columns={"a": "d"}), on="key")
    first, second, third = (door.DataFrame(side) for side in sides)
    renamed = first.rename(columns={"a": "d"})
    found = first.merge(second, on="key").merge(third, on="key", how="left").merge(renamed, on="key")
    assert found.values.tolist() == expected.values.tolist()


def test_a_number_that_was_asked_looks_as_numpys_own() -> None:
    frame = door.DataFrame({"i": [1, 2], "f": [0.5, 1.0]})
    assert repr([frame["i"].sum(), frame["f"].sum()]) == "[np.int64(3), np.float64(1.5)]"
    assert f"{frame['i'].sum()} {frame['f'].sum():.2f}" == "3 1.50"


FILES = {
    'parse_dates=["day"]': True,
    'parse_dates=["day"], index_col="town"': True,
    'usecols=["x", "day"], low_memory=False': True,
    'index_col="id"': True,
    'parse_dates=["written"]': False,  # in a form that DuckDB does not read
    "skiprows=[1]": False,
    'index_col=["id", "town"]': False,
}


@pytest.mark.filterwarnings("ignore:Parsing dates in")
@pytest.mark.parametrize("options", FILES)
def test_a_file_read_with_options_is_shown_as_the_file(tmp_path: Path, options: str) -> None:
    path = tmp_path / "days.csv"
    rows = ["7,a,2024-01-31 12:30:00,31.01.2024,1.5", "8,b,2024-02-01 00:00:00,28.02.2024,", "9,a,,,3"]
    path.write_text("\n".join(["id,town,day,written,x", *rows, ""]))
    read = f"pd.read_csv({str(path)!r}, {options})"
    shown = stratum_sql.translate(f"import pandas as pd\nout = {read}\nout['y'] = out['x'] * 2\n").sql()
    assert ("FROM read_csv(" in shown) is FILES[options]
    if FILES[options]:
        with duckdb.connect() as bare:
            found = bare.sql(shown.rstrip().removesuffix(";")).df()
        expected = eval(read).reset_index()
        for name in {"x", "day", "town", "id"} & {*found.columns} & {*expected.columns}:
            as_text = [pd.Series(one.dropna().astype(str).tolist()) for one in (found[name], expected[name])]
            assert as_text[0].tolist() == as_text[1].tolist(), name
