"""What is lent to DuckDB, and asked of it, in another form than it was given: answers are those of pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas import scanned
from stratum_sql.pandas.engine import Unsupported

_SESSION = stratum_sql.connect()
ROWS = 500
TOWNS = ["Oslo", "Voss", None, "Åre", "it's"]


def _frame(module: Any) -> Any:
    rng = np.random.default_rng(3)
    towns = rng.choice(np.array(TOWNS, dtype=object), ROWS)
    names = np.array([f"name {number}" for number in range(ROWS)], dtype=object)
    return module.DataFrame({"town": towns, "name": names, "x": rng.integers(0, 9, ROWS)})


def test_texts_that_are_codes_are_compared_grouped_and_shown_as_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanned, "FEWEST_ROWS", 100)
    monkeypatch.setattr(scanned, "MOST_TEXTS", 20)
    with door.using(_SESSION, strict=True) as used:
        ours, plain = _frame(door), _frame(pd)
        for _ in range(3):
            for frame in (ours, plain):
                frame["is_oslo"] = frame["town"] == "Oslo"
            assert ours["town"].isna().tolist() == plain["town"].isna().tolist()
            assert ours.groupby("town")["x"].sum().to_dict() == plain.groupby("town")["x"].sum().to_dict()
            tests: list[Any] = [lambda one: one["town"].isin(["Voss", "it's"]), lambda one: one["town"] > "O"]
            for test in tests:
                found, expected = ours[test(ours)], plain[test(plain)]
                assert found["name"].tolist() == expected["name"].tolist()
                assert found["is_oslo"].tolist() == expected["is_oslo"].tolist()
            assert ours["town"].fillna("none").tolist() == plain["town"].fillna("none").tolist()
        (source,) = (one for one in used._lent.values())
        assert set(source._codes) == {"town"}


def test_a_sort_is_not_asked_for_ties_that_its_rows_show() -> None:
    with door.using(_SESSION, strict=True) as used:
        frame = _frame(door).sort_values("name", ascending=False)
        before = used.queries
        assert frame["x"].tolist() == _frame(pd).sort_values("name", ascending=False)["x"].tolist()
        assert used.queries == before + 1


@pytest.mark.parametrize(
    "look", [lambda one: one["name"], lambda one: one["name"].shift(), lambda one: one[1:9]["name"]]
)
def test_ties_of_numpys_own_sort_are_pandas(look: Callable[[Any], Any]) -> None:
    with door.using(_SESSION) as used:
        expected = look(_frame(pd).sort_values("x"))
        found = look(_frame(door).sort_values("x")).to_pandas()
        assert found.fillna("").tolist() == expected.fillna("").tolist()
        assert found.index.tolist() == expected.index.tolist()
        assert any("ties" in one.reason for one in used.unsupported)
    with door.using(_SESSION, strict=True), pytest.raises(Unsupported, match="ties"):
        look(_frame(door).sort_values("x")).to_pandas()


def test_sql_that_is_shown_has_the_order_that_pandas_alone_knows() -> None:
    with door.using(_SESSION):
        shown = _frame(door)[["x"]].head(40).sort_values("x").sql()
        rows = [row[-1] for row in _SESSION.connection.execute(shown).fetchall()]
        assert rows == _frame(pd)[["x"]].head(40).sort_values("x")["x"].tolist()


def test_a_left_join_finds_a_gap_without_a_query() -> None:
    with door.using(_SESSION, strict=True) as used:
        left = pd.DataFrame({"key": [1, 2, 3], "a": [1, 2, 3]})
        right = pd.DataFrame({"key": [1, 2, 2, 9], "b": [1, 2, 3, 4]})
        kept = door.DataFrame(right)
        kept = kept[kept["b"] > 1]
        before = used.queries
        made = door.DataFrame(left).merge(kept, on="key", how="left")
        assert used.queries == before
        assert made["b"].dtype == np.float64
        expected = left.merge(right[right["b"] > 1], on="key", how="left")
        assert made["b"].fillna(-1).tolist() == expected["b"].fillna(-1).tolist()


@pytest.mark.parametrize("other", ["a", "~ ", "é", "\n", "\x7f", ""])
def test_texts_of_printable_ascii_are_found_by_their_bytes(other: str) -> None:
    texts = ["before", other, "after"]
    with door.using(_SESSION) as used:
        before = used.queries
        matches = door.DataFrame({"t": texts})["t"].str.contains(r"^\w*.$").tolist()
        expected = pd.Series(texts, dtype=object).str.contains(r"^\w*.$").tolist()
        assert [one is True for one in matches] == [one is True for one in expected]
        is_printable = all(" " <= char <= "~" for char in other)
        assert (used.queries == before + 1) == is_printable


def test_a_fact_of_rows_whose_order_has_ties_is_pandas() -> None:
    with door.using(_SESSION):
        for ascending in (True, False):
            found = _frame(door).sort_values("x", ascending=ascending)["x"]
            assert found.is_monotonic_increasing == ascending


@pytest.mark.parametrize("look", ["", "print(out)"])
def test_a_script_is_shown_with_the_order_of_pandas(look: str) -> None:
    made = "import pandas as pd\ndf = pd.DataFrame({'x': [number % 3 for number in range(40)], 'y': range(40)})\n"
    done = stratum_sql.translate(f"{made}out = df.sort_values('x').reset_index(drop=True)\n{look}\n")
    last = done.sql().rstrip(";\n").split(";\n")[-1]
    rows = [row[-1] for row in _SESSION.connection.execute(last).fetchall()]
    expected = pd.DataFrame({"x": [number % 3 for number in range(40)], "y": range(40)}).sort_values("x")
    assert rows == expected["y"].tolist()
