"""What is kept of a benchmark, and the table that is written from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from queries import record
from queries.report import Line, Ratio, Report

PAGE = f"# Page\n\n{record.BEGIN}\nold\n{record.END}\n\nmore\n"
MACHINE = {"cpu": "Abacus 3", "cores": 2, "memory_gib": 24, "python": "3.12.0"}
WORKS = {"linear": "600 | pipelines", "scale": "sizes", "agents": "statements"}


def answer(name: str = "linear", **changes: Any) -> dict[str, Any]:
    report = Report(
        name,
        600,
        12,
        10.0,
        1234.0,
        3e-14,
        2048.0,
        ratios=(Ratio("a grid search", 25.0, 10.0),),
        notes=("2.5 ms for each further pipeline",),
    )
    return {**json.loads(json.dumps(report.to_dict())), **changes}


def kept(name: str = "linear", command: str = "./run bench linear", **changes: Any) -> dict[str, Any]:
    return record.record(answer(name, **changes), command, MACHINE, "abc1234")


def row(name: str, records: list[dict[str, Any]]) -> list[str]:
    lines = record.table(WORKS, records).splitlines()
    assert [line.count(" | ") for line in lines] == [7] * len(lines)
    return next(line for line in lines if line.startswith(f"| `{name}`"))[2:-2].split(" | ")


def test_a_row_tells_all_ratios_and_where_they_were_measured() -> None:
    _, work, command, ratios, ours, apart, peak, machine = row("linear", [kept()])
    assert (work, command, ours, apart, peak) == (
        "600 \\| pipelines", "`./run bench linear`", "10.0 s", "3e-14", "2,048 MiB",
    )  # fmt: skip
    assert ratios == (
        "**123.4** against one by one (~1,234.0 s)<br>**2.5** a grid search (25.0 s against 10.0 s)"
        "<br>2.5 ms for each further pipeline"
    )
    assert machine.startswith("Abacus 3, 2 cores, 24 GiB; 20")
    assert machine.endswith(", abc1234")


def test_a_benchmark_without_a_record_says_so() -> None:
    assert row("agents", [kept()])[2:4] == ["`./run bench agents`", "not measured yet"]


def test_the_latest_record_over_all_rows_counts() -> None:
    records = [kept(ours_s=9.0), kept(ours_s=8.0), kept(ours_s=0.1, command="./run bench linear --rows-fraction 0.02")]
    assert row("linear", records)[4] == "8.0 s"
    assert row("linear", records[2:])[3] == "not measured yet"


def test_without_a_baseline_the_sizes_are_told() -> None:
    line = Line("8 rows", 3, 0, None, "", 0.0, ours_s=1.5, peak_mib=300.0)
    sizes = Report("scale", 3, 0, 1.5, None, 0.0, 300.0, lines=(line,), problems=("9 rows: ended",), compared_with="")
    found = record.record(json.loads(json.dumps(sizes.to_dict())), "./run bench scale", MACHINE, "abc1234")
    assert row("scale", [found])[3] == "1.5 s, 300 MiB: 8 rows<br>1 problems: see benchmarks.json"


def test_a_missing_score_is_told() -> None:
    assert row("linear", [kept(max_score_difference=None)])[5] == "a score is missing"


def test_only_what_is_between_the_markers_is_written() -> None:
    found = record.with_table(PAGE, [kept()])
    assert found.startswith(f"# Page\n\n{record.BEGIN}\n| name |")
    assert found.endswith(f"|\n{record.END}\n\nmore\n")
    assert "old" not in found
    assert record.with_table(found, [kept()]) == found


@pytest.mark.parametrize("page", ["", record.BEGIN, record.END, f"{record.END}\n{record.BEGIN}"])
def test_a_page_without_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page has no lines"):
        record.with_table(page, [])


def test_the_command_keeps_every_answer_and_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, page = tmp_path / "benchmarks.json", tmp_path / "benchmarks.md"
    records.write_text("[]\n")
    page.write_text(PAGE)
    monkeypatch.setattr(record, "RECORDS", records)
    monkeypatch.setattr(record, "PAGE", page)
    asked: list[tuple[str, list[str]]] = []

    def run(name: str, options: list[str]) -> tuple[int, dict[str, Any] | None]:
        asked.append((name, options))
        return {"linear": (0, answer()), "agents": (2, None), "scale": (1, answer("scale"))}[name]

    monkeypatch.setattr(record, "run", run)
    assert record.main(["linear", "agents", "scale", "--sample", "12", "--threads", "2"]) == 2
    assert asked == [(name, ["--sample", "12", "--threads", "2"]) for name in ("linear", "agents", "scale")]
    found = json.loads(records.read_text())
    assert [(one["name"], one["command"]) for one in found] == [
        ("linear", "./run bench linear --sample 12 --threads 2"),
        ("scale", "./run bench scale --sample 12 --threads 2"),
    ]
    assert found[0]["machine"].keys() == MACHINE.keys()
    assert "./run bench linear --sample 12 --threads 2" in page.read_text()
    assert record.main([]) == 0
    assert len(json.loads(records.read_text())) == 2


def test_a_benchmark_runs_in_a_process_of_its_own() -> None:
    code, found = record.run("tiny", ["--sample", "1"])
    assert code == 0
    assert found is not None
    assert (found["name"], found["measured"]) == ("tiny", 1)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        record.main(["linaer"])
    assert "did you mean 'linear'?" in capsys.readouterr().err


def test_the_kept_page_has_the_table_of_the_kept_records() -> None:
    page = record.PAGE.read_text(encoding="utf-8")
    assert record.with_table(page, json.loads(record.RECORDS.read_text(encoding="utf-8"))) == page
