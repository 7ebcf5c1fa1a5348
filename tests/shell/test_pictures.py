"""What notebooks are shown of results: fold scores, what features count, plans; and hostile text as text."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.shell.pictures import bars, fold_rows

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=1) as one:
        one.sql("CREATE TABLE t AS SELECT i % 7 AS a, i % 5 AS b, i % 7 * 2.0 + sin(i) AS y FROM range(80) r(i)")
        yield one


def svg(page: str) -> ElementTree.Element:
    (found,) = ElementTree.fromstring(f"<div>{page}</div>".replace("<br>", "")).findall(f".//{SVG}svg")
    return found


def test_a_leaderboard_shows_the_score_of_each_fold(session: Session) -> None:
    board = session.sql("SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => [1, 2]), ols() TARGET y CROSS VALIDATE 4")
    page = board._repr_html_()
    plot = svg(page)
    assert "<table" in page
    assert len(plot.findall(f"{SVG}circle")) == 3 * 4
    names = {one.text for one in plot.findall(f"{SVG}text")}
    assert names == {"ridge(alpha=1)", "ridge(alpha=2)", "linear_regression"}
    scores = [one for trial in board.fetchall() for one in trial[board.columns.index("fold_scores")]["r2"]]
    assert sorted(str(one.findtext(f"{SVG}title")) for one in plot.iter(f"{SVG}circle")) == sorted(
        f"{one:.6g}" for one in scores
    )


def test_what_features_count_is_bars(session: Session) -> None:
    named = '"' + HOSTILE.replace('"', '""') + '"'
    session.sql(f"SELECT a, b AS {named}, y FROM t TRAIN MODEL ridge() TARGET y AS m")
    for explainer, count in (("permutation()", 2), ("coefficients()", 3)):
        page = session.sql(f"SELECT *, b AS {named} FROM t EXPLAIN MODEL m USING {explainer}")._repr_html_()
        assert "<script" not in page
        assert len(svg(page).findall(f"{SVG}rect")) == count


def test_a_plan_is_text_or_a_page_in_a_frame(session: Session) -> None:
    train = "SELECT a, y FROM t TRAIN MODEL ols() TARGET y"
    assert session.sql(f"EXPLAIN {train}")._repr_html_().startswith("<pre>")
    page = session.sql(f"EXPLAIN (FORMAT html) {train}")._repr_html_()
    assert page.startswith("<iframe")
    frame = ElementTree.fromstring(page)
    assert frame.attrib["sandbox"] == "allow-scripts"
    assert frame.attrib["srcdoc"].startswith("<!DOCTYPE html>")


def test_numbers_that_are_none_and_names_that_are_code() -> None:
    assert fold_rows("r2", [("a", [None, float("nan")])]) == ""
    assert bars("x", [("a", None)]) == ""
    plot = svg(fold_rows(HOSTILE, [(HOSTILE, [0.5, None, 0.5]), ("b", [])]))
    assert len(plot.findall(f"{SVG}circle")) == 2
    one, other = svg(bars("x", [("a", -2.0), ("b", 1.0), ("c", None)])).findall(f"{SVG}rect")
    assert float(one.attrib["x"]) + float(one.attrib["width"]) == pytest.approx(float(other.attrib["x"]), abs=0.11)
