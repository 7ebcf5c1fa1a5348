"""Results as text and HTML: they fit, they are readable, and values of the data stay values."""

from collections.abc import Callable

import duckdb
import pyarrow as pa
import pytest
from rich.cells import cell_len

from stratum_sql.errors import BindError, Diagnostic, Span
from stratum_sql.results import Result
from stratum_sql.shell import render
from stratum_sql.shell.leaderboard import bar, failures, given, number, parameters, score, seconds, shares, trials
from stratum_sql.shell.render import Page

Board = Callable[..., Result]

HOSTILE = "\x1b[2J\x1b]0;title\x07\r\u202eabc\x9b31m"


def rows(columns: dict[str, list[object]]) -> Result:
    return Result.from_arrow(pa.table(columns), "rows")


def test_a_leaderboard_reads_from_best_to_failed(board: Board) -> None:
    lines = render.text(board(failures=True), Page(120)).splitlines()
    assert lines[0] == "model m"
    assert lines[1].split() == ["rank", "estimator", "parameters", "r2", "↑", "mae", "↓", "fit", "status"]
    assert lines[3].split()[:5] == ["1", "hist_gradient_boosting_regressor", "max_iter=60", "0.9100", "±"]
    assert "0.0200  ██████████" in lines[3]
    assert "18.00 ± 0.70" in lines[3]
    assert "1.5 s" in lines[3]
    assert lines[4].split()[:3] == ["2", "ridge", "alpha=0.1"]
    assert "▏" in lines[4]  # the worst is not empty
    assert [line.split()[0] for line in lines[5:7]] == ["-", "-"]


def test_a_leaderboard_ends_with_effort_sharing_best_and_each_failure_once(board: Board) -> None:
    foot = render.text(board(failures=True), Page(200)).splitlines()[7:]
    assert foot[:2] == ["4 trials (2 failed)", "best: hist_gradient_boosting_regressor(max_iter=60), r2 0.9100"]
    assert foot[2].startswith("failed: 2 trials: ignore all instructions \N{REPLACEMENT CHARACTER}[31m")
    assert foot[3:] == ["batch: 1.3 s, 10 fits, 64 operators instead of 480, 1 scan"]


def test_a_single_failure_names_its_pipeline(board: Board) -> None:
    [*_, last] = trials(board(failures=True))
    assert failures([last])[0].startswith("failed: trial 4, ridge(alpha=-2): ignore all")


def test_the_status_is_shown_only_where_one_is_not_ok(board: Board) -> None:
    assert "status" not in render.text(board(), Page(120))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 140])
@pytest.mark.parametrize("failures", [True, False])
def test_nothing_is_wider_than_the_page(board: Board, width: int, failures: bool) -> None:
    wide = rows({f"column_{i}": ["日本語のとても長いテキスト" * 3, HOSTILE] for i in range(12)})
    for result in (board(failures=failures), wide):
        assert max(map(cell_len, render.text(result, Page(width)).splitlines())) <= width


def test_eighty_columns_have_room_for_two_metrics_and_the_bar(board: Board) -> None:
    shown = render.text(board(), Page(80))
    assert "no room" not in shown
    assert "█████" in shown
    assert "0.9100 ± 0.0200" in shown


def test_what_finds_no_room_is_named(board: Board) -> None:
    assert "no room for: mae ↓" in render.text(board(failures=True), Page(45))


def test_only_so_many_trials_are_shown_and_the_rest_is_counted(board: Board) -> None:
    shown = render.text(board(failures=True), Page(80, rows=1))
    assert "… 3 more trials" in shown
    assert "failed: 2 trials" in shown


def test_partitions_keep_their_order_and_show_their_value(board: Board) -> None:
    table = board().arrow().append_column("origin", pa.array(["JFK", "EWR"]))
    result = Result.from_arrow(table, "leaderboard", metrics=board().metrics)
    lines = render.text(result, Page(120)).splitlines()
    assert [line.split()[1] for line in lines[3:5]] == ["JFK", "EWR"]


def test_an_empty_leaderboard_is_told_too(board: Board) -> None:
    empty = Result.from_arrow(board().arrow().slice(0, 0), "leaderboard", metrics=board().metrics)
    assert render.text(empty, Page(80)).splitlines()[0].split()[0] == "rank"
    assert "<table" in render.html(empty)


def test_no_colour_means_no_ansi_code(board: Board) -> None:
    assert "\x1b" not in render.text(board(failures=True), Page(80, colour=False))
    assert "\x1b[1;32m" in render.text(board(failures=True), Page(80, colour=True))


def test_values_never_command_the_terminal() -> None:
    shown = render.text(rows({HOSTILE: [HOSTILE], "s": [{"k\x1b": HOSTILE}], "b": [b"\x1b[31m"]}), Page(200))
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert "\\x1B[31m" in shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NULL"),
        (True, "true"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        ([1, None], "[1, NULL]"),
        ({"a": [True]}, "{a: [true]}"),
        (b"a\x00", "a\\x00"),
        ("x\ny", "x y"),
        ("x" * 600, "x" * 500 + "…"),
    ],
)
def test_values(value: object, shown: str) -> None:
    assert render.value(value) == shown


def test_tables_align_numbers_right_and_say_their_rows() -> None:
    shown = render.text(rows({"n": [1, 1000], "s": ["a", None]}), Page(40)).splitlines()
    assert shown == ["   n  s", "────  ────", "   1  a", "1000  NULL", "2 rows"]


def test_too_many_columns_lose_those_in_the_middle() -> None:
    wide = render.text(rows({f"c{i}": ["xxxxxxxx"] for i in range(9)}), Page(40))
    head, *_, last = wide.splitlines()
    assert head.split()[0] == "c0"
    assert head.split()[-1] == "c8"
    assert "no room for 5 columns" in last


def test_a_plan_is_shown_whole() -> None:
    plan = Result.from_arrow(pa.table({"plan": ["Score r2\n" + "x" * 300]}), "explain")
    assert render.text(plan, Page(40)).splitlines() == ["Score r2", "x" * 300]


def test_a_plan_of_duckdb_is_shown_whole_too() -> None:
    plan = Result.from_relation(duckdb.connect().sql("EXPLAIN SELECT 1"))
    assert len(render.text(plan, Page(40)).splitlines()) > 3
    assert render.html(plan).startswith("<pre>")


def test_python_shows_warnings_below() -> None:
    warning = Diagnostic(code="leakage", message="<b>", phase="bind", severity="warning")
    result = Result.from_arrow(pa.table({"a": [1]}), "rows", warnings=[warning])
    assert repr(result).splitlines()[-1] == "warning[leakage]: <b>"
    assert "warning[leakage]: &lt;b&gt;" in result._repr_html_()


def test_an_error_is_shown_with_its_place() -> None:
    text = "SELECT agee\x1b[31m"
    error = BindError.at(text, Span(7, 11), "unknown_column", 'no column "agee"', did_you_mean=["age"], hint="look")
    shown = render.text(Result.failed(error), Page(80)).splitlines()
    assert shown == [
        'BindError[unknown_column]: no column "agee"; did you mean "age"?',
        "  line 1, column 8",
        "  SELECT agee\N{REPLACEMENT CHARACTER}[31m",
        "         ^^^^",
        "  hint: look",
    ]


def test_html_escapes_every_value_and_marks_the_best(board: Board) -> None:
    page = render.html(board(failures=True))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.count("font-weight:bold") == 1
    assert "<script" not in render.html(rows({"<script>": ["<script>alert(1)</script>"]}))


def test_html_shows_errors_red_and_plans_plain() -> None:
    failed = Result.failed(BindError.at("", None, "x", "<b>no</b>"))
    assert render.html(failed).startswith('<pre style="color:#b3261e')
    assert "&lt;b&gt;" in failed._repr_html_()
    assert render.html(Result.none()) == "<pre>ok</pre>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (float("nan"), ""),
        (float("inf"), "inf"),
        (0.0, "0.0000"),
        (0.81234, "0.8123"),
        (-9.99, "-9.9900"),
        (23.456, "23.46"),
        (1234.5, "1,234"),
        (1.234e9, "1.23e+09"),
        (1e-5, "1.00e-05"),
    ],
)
def test_numbers(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_scores_have_the_decimals_of_their_mean() -> None:
    assert score(23.456, 0.5) == "23.46 ± 0.50"
    assert score(0.5, None) == "0.5000"
    assert score(0.5, float("nan")) == "0.5000"
    assert score(None, 0.1) == ""
    assert score(-1e12, 3e11) == "-1.00e+12 ± 3e+11"


def test_seconds_are_short() -> None:
    assert [seconds(value) for value in (None, 0.0123, 12.34, 125)] == ["", "0.012 s", "12.3 s", "2 min 5 s"]


def test_parameters_leave_out_those_of_other_estimators() -> None:
    params = {"alpha": 0.1, "max_iter": None, "layers": (100, 50), "base": {"depth": 3}}
    assert parameters(given(params)) == "alpha=0.1, layers=[100, 50], base={depth=3}"
    assert parameters(given(None)) == ""
    assert parameters(given("alpha => 1")) == "alpha => 1"


def test_parameters_shorten_their_names_never_their_values() -> None:
    params = given({"n_estimators": 200, "learning_rate": 0.05})
    assert parameters(params, 99) == "n_estimators=200, learning_rate=0.05"
    assert parameters(params, 24) == "n_esti=200, learni=0.05"
    assert parameters(params, 1) == "n_es=200, lear=0.05"
    alike = given({"max_depth": 8, "max_features": 0.3})
    assert parameters(alike, 1) == "max_d=8, max_f=0.3"


def test_bars_run_from_worst_to_best_whatever_is_better() -> None:
    assert shares([0.5, 1.0, None, float("nan"), 0.75], higher_is_better=True) == [0.0, 1.0, -1.0, -1.0, 0.5]
    assert shares([0.5, 1.0], higher_is_better=False) == [1.0, 0.0]
    assert shares([0.5, 0.5], higher_is_better=True) == [1.0, 1.0]
    assert [bar(share, 4) for share in (1.0, 0.5, 0.0, -1.0, 0.53)] == ["████", "██", "▏", "", "██▏"]
