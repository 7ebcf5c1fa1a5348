"""The benchmark command: what it counts, what it prints, and how it ends."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from queries import bench
from queries.baseline import Outcome
from queries.compare import Board, Trial, chosen, extrapolated, own_peak_mib, peak_mib, report, spread
from queries.report import CannotRun, Line, Options, Ratio, Report, print_reports

BOARDS = (
    Board("01.sql", "r2", tuple(Trial(i, "ridge", i, {"r2": [0.5, 0.25 + i]}) for i in (1, 2))),
    Board("02.sql", "r2", (Trial(1, "ols", None, None, "singular"), Trial(2, "ols", 1, {"r2": [0.5, 0.7]}))),
)


def same(at: int, trial: int) -> Outcome:
    return Outcome(BOARDS[at].trials[trial].scores or {"r2": [0.0, 0.0]}, seconds=2.0 + at)


def whole() -> Report:
    return report("made-up", BOARDS, {p: same(*p) for p in chosen(BOARDS, None)}, ours_s=2.5, peak=100.0)


def test_every_trial_is_timed_and_compared() -> None:
    found = whole()
    assert (found.trials, found.measured, found.baseline_s, found.ratio) == (4, 4, 10.0, 4.0)
    assert [line.baseline_s for line in found.lines] == [4.0, 6.0]
    assert found.lines[0].best == "ridge r2 0.8750"
    assert found.max_score_difference == 0.0


def test_a_failed_trial_is_a_problem() -> None:
    found = whole()
    assert found.problems == ("02.sql, trial 1 (ols) failed: singular",)
    assert not found.agrees


def test_a_score_that_differs_is_a_problem() -> None:
    off = Outcome({"r2": [0.5, 1.2501]}, 1.0)
    found = report("made-up", BOARDS[:1], {(0, 0): off, (0, 1): same(0, 1)}, 1.0, 1.0)
    assert found.max_score_difference == pytest.approx(8e-5, rel=0.01)
    assert [text.split(":")[0] for text in found.problems] == ["01.sql, trial 1 (ridge)"]
    assert not found.agrees


def test_the_rest_of_a_sample_is_extrapolated_by_statement() -> None:
    found = report("made-up", BOARDS, {(0, 1): Outcome({"r2": [0.5, 2.25]}, 3.0)}, 1.0, 1.0)
    assert [line.measured for line in found.lines] == [1, 0]
    assert found.baseline_s == 3.0 * 4
    assert found.to_dict()["extrapolated"] is True


@pytest.mark.parametrize("sample", [1, 2, 3, 4, 9, None])
def test_a_sample_is_spread_over_the_statements(sample: int | None) -> None:
    found = chosen(BOARDS, sample)
    assert len(set(found)) == len(found) == min(sample or 4, 4)
    assert sample != 2 or {at for at, _ in found} == {0, 1}


@given(st.integers(1, 300), st.integers(1, 320))
def test_spread_takes_so_many_each_once_and_in_order(length: int, sample: int) -> None:
    found = spread(range(length), sample)
    assert len(found) == min(length, sample)
    assert found == sorted(set(found))


@pytest.mark.parametrize("period", [2, 3, 4, 6, 12])
def test_a_sample_meets_every_part_of_a_grid(period: int) -> None:
    """An even step would take the same place of the grid each time."""
    met = Counter(place % period for place in spread(range(144), 48))
    assert set(met) == set(range(period))
    assert max(met.values()) <= 2 * min(met.values()) + 1


def test_a_sample_has_each_estimator_in_proportion() -> None:
    trials = tuple(Trial(i, "ridge" if i % 4 else "lasso", i, {"r2": [0.5]}) for i in range(40))
    found = chosen((Board("01.sql", "r2", trials),), 8)
    assert Counter(trials[i].estimator for _, i in found) == {"ridge": 6, "lasso": 2}


def test_an_unmeasured_trial_counts_as_those_most_like_it() -> None:
    boards = tuple(
        Board(name, "r2", tuple(Trial(i, kind, i, {"r2": [0.5]}) for i, kind in enumerate(kinds)))
        for name, kinds in (("a", ["ridge", "ridge", "tree"]), ("b", ["ridge", "tree", "ols"]))
    )
    found = extrapolated(boards, {(0, 0): 1.0, (1, 0): 3.0, (0, 2): 8.0})
    assert found[0, 1] == 1.0  # the same estimator in the same statement
    assert found[1, 1] == 8.0  # the same estimator elsewhere
    assert found[1, 2] == 4.0  # any
    assert (found[0, 0], found[1, 0], found[0, 2]) == (1.0, 3.0, 8.0)
    assert extrapolated(boards, {})[0, 0] == 0.0


def test_lines_by_estimator_hold_the_same_seconds() -> None:
    outcomes = {p: same(*p) for p in chosen(BOARDS, None)}
    found = report("made-up", BOARDS, outcomes, 2.5, 100.0, by_estimator=True)
    assert [(line.statement, line.trials, line.baseline_s) for line in found.lines] == [
        ("ols", 2, 6.0),
        ("ridge", 2, 4.0),
    ]
    assert found.baseline_s == 10.0


def test_a_report_without_a_baseline_has_no_ratio() -> None:
    lines = (Line("big", 3, 0, None, "", 0.0, ours_s=4.0, peak_mib=50.0),)
    found = Report("made-up", 3, 0, 4.0, None, 0.0, 50.0, lines, compared_with="", notes=("2 ms each",))
    assert found.ratio is None
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (plain["ratio"], plain["extrapolated"], plain["lines"][0]["peak_mib"]) == (None, False, 50.0)
    out = io.StringIO()
    print_reports([found], "table", Console(file=out, width=120))
    assert "one by one" not in out.getvalue()
    assert "4.0 s as one batch; largest" in out.getvalue()
    assert "2 ms each" in out.getvalue()


def test_further_ratios_are_printed_and_kept() -> None:
    found = replace(whole(), ratios=(Ratio("grid search", 5.0, 2.5), Ratio("nothing", 1.0, 0.0)))
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["ratios"][0] == {"name": "grid search", "baseline_s": 5.0, "ours_s": 2.5, "ratio": 2.0}
    assert plain["ratios"][1]["ratio"] is None
    out = io.StringIO()
    print_reports([found], "table", Console(file=out, width=120))
    assert "grid search: 5.0 s against 2.5 s, 2.0 times" in out.getvalue()


def test_json_is_one_object_a_line_with_the_promised_keys() -> None:
    out = io.StringIO()
    print_reports([whole()], "json", Console(file=out))
    found = json.loads(out.getvalue())
    assert {"name", "ratio", "baseline_s", "ours_s", "max_score_difference", "peak_mib"} <= found.keys()
    assert found["ratio"] == 4.0
    assert found["lines"][1]["statement"] == "02.sql"


def test_a_missing_score_is_null_in_json() -> None:
    broken = report("made-up", BOARDS[:1], {(0, 0): Outcome({"r2": [0.5]}, 1.0)}, 1.0, 1.0)
    assert json.loads(json.dumps(broken.to_dict(), allow_nan=False))["max_score_difference"] is None


def test_the_table_says_what_was_extrapolated() -> None:
    out = io.StringIO()
    sampled = report("made-up", BOARDS, {(0, 0): same(0, 0)}, 1.0, 1.0)
    print_reports([sampled], "table", Console(file=out, width=120))
    assert "1 of 4 trials; the rest is extrapolated" in out.getvalue()
    assert "02.sql, trial 1 (ols) failed: singular" in out.getvalue()


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    good = report("made-up", BOARDS[:1], {(0, 0): same(0, 0)}, 1.0, 1.0)
    asked: list[Options] = []

    def run(name: str, options: Options) -> Report:
        asked.append(options)
        if options.sample == 7:
            raise CannotRun("no data: install it")
        return good if options.sample == 1 else whole()

    monkeypatch.setattr(bench, "run", run)
    assert bench.main(["tiny", "--sample", "1", "--rows-fraction", "0.5", "--threads", "2", "--format", "json"]) == 0
    assert asked == [Options(rows_fraction=0.5, sample=1, threads=2)]
    assert bench.main(["tiny"]) == 1
    assert bench.main(["tiny", "--sample", "7"]) == 2
    assert capsys.readouterr().err == "error: no data: install it\n"


def test_without_a_name_the_benchmarks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "agents",
        "boosting",
        "flights",
        "gpu",
        "iterate",
        "kernels",
        "linear",
        "pandas",
        "parse",
        "predict",
        "scale",
        "serve",
        "shell",
        "streamed",
        "tiny",
        "tpch",
        "uk",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["flihgts"], "did you mean 'flights'?"),
        (["tiny", "--rows-fraction", "0"], "not in (0, 1]"),
        (["tiny", "--sample", "0"], "not 1 or more"),
        (["tiny", "--sample", "x"], "invalid"),
    ],
)
def test_bad_arguments_are_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_peak_memory_is_in_mebibytes() -> None:
    assert 20 < own_peak_mib() <= peak_mib() < 1_000_000
