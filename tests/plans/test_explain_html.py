"""The page of EXPLAIN (FORMAT html): what is on it, that boxes never overlap, and that no name becomes markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql import Session, connect, report
from stratum_sql.plan import boxes as cut
from stratum_sql.plan import explain_html as page_module
from stratum_sql.plan.amounts import bytes_text, seconds_text
from stratum_sql.plan.boxes import Chart, capped, charts, merged
from stratum_sql.plan.build import Batch
from stratum_sql.plan.explain import Facts
from stratum_sql.plan.explain_html import explain_html
from stratum_sql.plan.explain_svg import ranges, shortened
from stratum_sql.plan.layers import HEIGHT, Arrow, laid_out, rising

SCHEMA = """
    CREATE TABLE people AS
    SELECT i AS id, 20.0 + i % 50 AS age, sin(i) * 100 AS income, ['Oslo', 'Voss', 'Bergen'][1 + i % 3] AS town,
           2.0 * i + cos(i) AS y, i % 2 = 0 AS late
    FROM range(60) AS r(i)
"""
VOID = {"meta", "br"}
CLOSED = {"rect", "path"}  # of SVG, closed where they open


@dataclass(eq=False)
class Element:
    """One element of the page, its attributes, its parents from the outside, and the text right in it."""

    tag: str
    attributes: dict[str, str]
    parents: tuple[Element, ...]
    text: str = ""

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    def numbers(self, *names: str) -> list[float]:
        return [float(self.attributes[name]) for name in names]


@dataclass(eq=False)
class Page(HTMLParser):
    """A page read strictly: what opens is closed in order."""

    source: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"{tag} says an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in CLOSED
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data

    def of(self, tag: str, style: str | None = None) -> list[Element]:
        return [one for one in self.elements if one.tag == tag and (style is None or style in one.classes)]

    def in_(self, parent: Element, tag: str, style: str | None = None) -> list[Element]:
        return [one for one in self.of(tag, style) if parent in one.parents]


@pytest.fixture
def session() -> Iterator[Session]:
    with connect() as opened:
        opened.sql(SCHEMA)
        yield opened


def batch_of(size: int, relations: int = 3) -> list[str]:
    """Statements that share scans, fits, matrices and trainings, each in its own way."""
    return [
        f"SELECT standard_scale(impute(age)), one_hot(town), standard_scale(income) AS more, log(id + 1) AS far, y "
        f"FROM people WHERE id <> {n % relations} TRAIN MODEL ridge(alpha => [0.1, 1, {n + 2}]), "
        f"decision_tree_regressor(max_depth => [2, {3 + n % 4}]), lightgbm_regressor(n_estimators => [5, 10]) "
        f"TARGET y CROSS VALIDATE {2 + n % 2} METRIC r2, mae AS model_{n}"
        for n in range(size)
    ]


def planned(session: Session, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Batch, Facts]:
    """The optimized batch and its facts, as the page gets them."""
    got: list[tuple[Batch, Facts]] = []

    def keep(batch: Batch, facts: Facts) -> str:
        got.append((batch, facts))
        return ""

    with monkeypatch.context() as patched:
        patched.setitem(report.FORMATS, "html", keep)
        session.explain(texts, "html")
    return got[0]


# ---- what is on the page ---------------------------------------------------------------------------------------------


def test_every_statement_and_every_trial_is_there(session: Session) -> None:
    texts = batch_of(7)
    page = Page(session.explain(texts, "html"))
    told = page.of("details", "statement")
    assert [one.attributes["data-s"] for one in told] == [str(number) for number in range(1, 8)]
    for number, one in enumerate(told):
        items = [item.text for item in page.in_(one, "code")]
        assert len(items) == 7
        assert f"ridge(alpha => {number + 2})" in items
        assert page.in_(one, "pre")[0].text == texts[number]
        assert f"model_{number}" in [name.text for name in page.in_(one, "b")]
    assert [option.attributes["value"] for option in page.of("option")] == [str(number) for number in range(8)]


def test_boxes_hold_every_statement_and_every_operator_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, _ = planned(session, batch_of(7), monkeypatch)
    found = charts(batch)
    nodes = sorted(node for chart in found for box in chart.boxes for node in box.nodes)
    assert nodes == list(range(len(batch.graph)))
    for chart in found:
        for statement in chart.statements:
            kinds = {box.kind for box in chart.boxes if statement in box.statements}
            assert {"scan", "split", "fit", "matrix", "train"} <= kinds
    assert sum(len(chart.statements) for chart in found) == 7


def test_the_numbers_on_top(session: Session) -> None:
    page = Page(session.explain(batch_of(4, relations=1), "html"))
    said = [(card.text, page.in_(card, "b")[0].text) for card in page.of("div", "card")]
    told = dict(said)
    assert (told["statements"], told["trials"]) == ("4", "28")
    assert re.fullmatch(r"\d+\.\d times", told["fewer operators"])
    notes = [one.text for one in page.of("small")]
    assert any(re.fullmatch(r"[\d,]+ more are shared", note) for note in notes)
    assert any("if every trial ran alone" in note for note in notes)


def test_one_statement_alone_needs_no_badge(session: Session) -> None:
    page = Page(session.explain(batch_of(1), "html"))
    assert page.of("text", "c") == []
    page = Page(session.explain(batch_of(4, relations=1), "html"))
    assert {"\N{MULTIPLICATION SIGN}4", "#1"} <= {one.text for one in page.of("text", "c")}


def test_rules_say_what_they_saved(session: Session) -> None:
    page = Page(session.explain(batch_of(3, relations=1), "html"))
    rules = [code.text for code in page.of("code") if page.of("table", "rules")[0] in code.parents]
    assert "merge_scans" in rules
    bars = [one for one in page.of("rect", "is") if page.of("table", "rules")[0] in one.parents]
    widths = [float(one.attributes["width"].removesuffix("%")) for one in bars]
    assert len(widths) == len(rules)
    assert all(0 < width <= 100 for width in widths)


def test_the_same_plan_is_the_same_bytes(session: Session) -> None:
    assert session.explain(batch_of(5), "html") == session.explain(batch_of(5), "html")


def test_explain_format_html_is_the_same_page(session: Session) -> None:
    text = batch_of(1)[0]
    assert session.sql(f"EXPLAIN (FORMAT html) {text}").fetchall()[0][0] == session.explain(text, "html")


def test_analyze_adds_what_was_measured(session: Session) -> None:
    shown = session.sql(f"EXPLAIN (ANALYZE, FORMAT html) {batch_of(1)[0]}").fetchall()[0][0]
    page = Page(shown)
    assert "Seconds by operator, estimated and measured" in [one.text for one in page.of("h2")]
    assert "measured" in [card.text for card in page.of("div", "card")]
    cells = [one.text for one in page.of("td")]
    assert "Score" in cells
    assert "Seconds by operator, estimated" in session.explain(batch_of(1), "html")


# ---- estimates -------------------------------------------------------------------------------------------------------


def made_up(nodes: int) -> Any:
    """Every operator takes a quarter of a second, has 1,000 rows and 2 KiB, and serves three trials."""
    return SimpleNamespace(
        nodes={node: SimpleNamespace(rows=1000.0, bytes=2048.0, seconds=0.25) for node in range(nodes)},
        reuse=dict.fromkeys(range(nodes), 3),
        of=lambda _node: 0.25,
        seconds=12.5,
        alone=125.0,
        simulated=SimpleNamespace(seconds=7.0, peak_bytes=3.0 * 2**20),
    )


def test_estimates_are_shown_where_there_are_any(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, facts = planned(session, batch_of(1), monkeypatch)
    known = Facts(rows=facts.rows, measured={"Fit": (4, 1.0)}, estimate=made_up(len(batch.graph)))
    page = Page(explain_html(batch, known))
    figures = [page.in_(card, "b")[0].text for card in page.of("div", "card")]
    assert {"~12.5 s", "~7 s", "~3 MiB"} <= set(figures)
    titles = [one.text for one in page.of("title") if one.parents[-1].tag == "svg"]
    assert len(titles) == len(page.of("svg", "b"))
    assert all("estimated: 1,000 rows, 2 KiB, " in title and "for 3 trials" in title for title in titles)
    assert "Seconds by operator, estimated and measured" in [one.text for one in page.of("h2")]
    row = next(cell for cell in page.of("td") if cell.text == "Fit").parents[-1]
    fits = sum(node.operator.kind == "Fit" for node in batch.graph)
    assert [cell.text for cell in page.in_(row, "td", "n")] == ["4", seconds_text(fits / 4), "1 s"]


def test_without_estimates_nothing_is_said_of_them(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, facts = planned(session, batch_of(2), monkeypatch)
    assert "estimated" not in explain_html(batch, replace(facts, estimate=None))


# ---- nothing overlaps ------------------------------------------------------------------------------------------------


def assert_apart(page: Page) -> None:
    """No two boxes of a chart touch, none leaves it, and every arrow goes from a box's right side to a left side."""
    for chart in page.of("svg", "chart"):
        width, height = map(float, chart.attributes["viewbox"].split()[2:])
        found = page.in_(chart, "svg", "b")
        places = {box.attributes["data-b"]: box.numbers("x", "y", "width", "height") for box in found}
        assert len(places) == len(found)
        for x, y, wide, high in places.values():
            assert x >= 0 <= y
            assert x + wide <= width
            assert y + high <= height + 0.2  # coordinates have one digit
        for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(places.values(), 2):
            assert x1 + w1 < x2 or x2 + w2 < x1 or y1 + h1 < y2 or y2 + h2 < y1
        for wire in page.in_(chart, "path", "w"):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", wire.attributes["d"])]
            x, y, wide, high = places[wire.attributes["data-f"]]
            assert numbers[:2] == pytest.approx([x + wide, y + high / 2], abs=0.2)
            x, y, _, high = places[wire.attributes["data-t"]]
            assert numbers[-2:] == pytest.approx([x, y + high / 2], abs=0.2)


@pytest.mark.parametrize("size", [1, 3, 12, 40])
def test_no_box_overlaps_another(session: Session, size: int) -> None:
    page = Page(session.explain(batch_of(size), "html"))
    assert len(page.of("svg", "chart")) == min(size, 3)
    assert_apart(page)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[int], list[Arrow]]:
    columns = sorted(draw(st.lists(st.integers(0, 6), min_size=1, max_size=30)))
    ends = st.tuples(st.integers(0, len(columns) - 1), st.integers(0, len(columns) - 1))
    arrows = {(a, b) for a, b in draw(st.lists(ends, max_size=60)) if columns[a] < columns[b]}
    return columns, sorted(arrows)


@given(drawings())
def test_any_drawing_keeps_its_boxes_apart(drawing: tuple[list[int], list[Arrow]]) -> None:
    columns, arrows = drawing
    layout = laid_out(columns, arrows)
    for one, other in combinations(range(len(columns)), 2):
        if columns[one] == columns[other]:
            assert abs(layout.tops[one] - layout.tops[other]) > HEIGHT
    assert min(layout.tops) >= 0
    assert max(layout.tops) + HEIGHT <= layout.height + 0.2
    for (start, end), lanes in layout.ways.items():
        assert len(lanes) == columns[end] - columns[start] - 1
        for column, lane in enumerate(lanes, columns[start] + 1):  # an arrow passes beside the boxes, never behind
            for box in (box for box, own in enumerate(columns) if own == column):
                assert not layout.tops[box] < lane < layout.tops[box] + HEIGHT


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12))
def test_rising_is_the_nearest(wanted: list[float]) -> None:
    """By its conditions: it never falls, each pool is the mean of what was wanted, and no split of a pool would pay."""
    found = rising(wanted)
    assert len(found) == len(wanted)
    assert all(one <= other + 1e-9 for one, other in pairwise(found))
    for value in set(found):
        pool = [want for want, got in zip(wanted, found, strict=True) if got == value]
        assert sum(pool) / len(pool) == pytest.approx(value, abs=1e-9)
        for end in range(1, len(pool)):
            assert sum(pool[:end]) / end >= value - 1e-9


# ---- arrows ----------------------------------------------------------------------------------------------------------


def reach(count: int, arrows: list[Arrow] | tuple[Arrow, ...]) -> set[Arrow]:
    """All pairs that some way joins."""
    found = set(arrows)
    for middle in range(count):
        before = [start for start, end in found if end == middle]
        after = [end for start, end in found if start == middle]
        found |= {(start, end) for start in before for end in after}
    return found


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_arrows_that_others_imply_are_left_out(drawing: tuple[int, list[Arrow]]) -> None:
    count, drawn = drawing
    arrows = [(start, end) for start, end in drawn if start < end]
    kept = cut._needed(count, arrows)
    assert reach(count, kept) == reach(count, arrows)
    for one in kept:
        assert one not in reach(count, [other for other in kept if other != one])


def test_arrows_say_what_needs_what(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, _ = planned(session, batch_of(5), monkeypatch)
    for chart in charts(batch):
        joined = reach(len(chart.boxes), chart.arrows)
        users = {node: place for place, box in enumerate(chart.boxes) for node in box.nodes}
        for node in batch.graph:
            for child in node.inputs:
                pair = (users.get(child.id), users.get(node.id))
                if None not in pair and pair[0] != pair[1] and node.operator.kind in ("Fit", "Assemble", "TrainModel"):
                    assert pair in joined
        assert {(0, place) for place in range(1, len(chart.boxes))} <= joined


# ---- large batches ---------------------------------------------------------------------------------------------------


def crowd(session: Session, monkeypatch: pytest.MonkeyPatch) -> Chart:
    return charts(planned(session, batch_of(30, relations=1), monkeypatch)[0])[0]


def counts(chart: Chart) -> tuple[int, int, frozenset[int], list[int]]:
    """What no grouping may lose."""
    nodes = sorted(node for box in chart.boxes for node in box.nodes)
    trials, fits = (sum(getattr(box, name) for box in chart.boxes) for name in ("trials", "fits"))
    return trials, fits, frozenset().union(*(box.statements for box in chart.boxes)), nodes


def test_a_crowded_column_is_grouped_and_nothing_is_lost(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = crowd(session, monkeypatch)
    grouped = merged(chart, 4)
    assert len(grouped.boxes) < len(chart.boxes)
    assert counts(grouped) == counts(chart)
    assert merged(chart, len(chart.boxes)) == chart


def test_a_cut_column_says_how_many_more(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = crowd(session, monkeypatch)
    small = capped(chart, 3)
    assert counts(small) == counts(chart)
    for stage in {box.stage for box in chart.boxes}:
        before = sum(box.stage == stage for box in chart.boxes)
        after = [box for box in small.boxes if box.stage == stage]
        assert len(after) == min(3, before)
        assert sum(box.hidden or 1 for box in after) == before
        assert [box.title for box in after if box.hidden] == ([f"… {before - 2} more"] if before > 3 else [])
    assert all(small.boxes[start].stage < small.boxes[end].stage for start, end in small.arrows)


def test_a_page_that_is_full_says_what_is_missing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = charts(planned(session, batch_of(9), monkeypatch)[0])
    monkeypatch.setattr(page_module, "MOST_BOXES", len(whole[0].boxes) + 1)
    monkeypatch.setattr(page_module, "MOST_STATEMENTS", 4)
    monkeypatch.setattr(page_module, "MOST_TRIALS", 10)
    monkeypatch.setattr(page_module, "MOST_TEXT", 500)
    page = Page(session.explain(batch_of(9), "html"))
    told = " ".join(one.text for one in page.of("p", "soft"))
    models = sum(box.trials for chart in whole[1:] for box in chart.boxes)
    assert len(page.of("svg", "chart")) == 1
    assert f"… 2 more relations with {models} models" in told
    assert "… 5 more statements" in told
    assert "… 4 more trials" in told
    assert len(page.of("li")) == 10
    assert sum(len(one.text) for one in page.of("pre")) < 520


def test_a_large_page_stays_small(session: Session) -> None:
    page = session.explain(batch_of(100, relations=20), "html")
    assert len(page.encode()) < 1_000_000
    assert_apart(Page(page))


# ---- nothing from outside, nothing becomes markup --------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "</title></svg></style></script><img src=x onerror=alert(2)>",
    '" onload="alert(3)" x=\'',
    "&lt;b&gt;&amp;",
    "\u202egnp\u2066.exe",
    "a\nb\x1b[31m\x00"[:-1],
    "\U0001f600\u5bbd" * 40,
]


def hostile_batch(session: Session) -> list[str]:
    """Hostile names of a table, columns and a model, hostile texts, and a comment."""
    names = ['"' + name.replace('"', '""') + '"' for name in HOSTILE]
    columns = ", ".join(f"i * {place + 1.0} + sin(i) AS {name}" for place, name in enumerate(names))
    texts = []
    for name in names:
        session.sql(f"CREATE TABLE {name} AS SELECT {columns}, 1.0 * i AS y FROM range(20) r(i)")
        quoted = "'" + name.replace("'", "''") + "'"
        texts.append(
            f"SELECT standard_scale({name}), {names[0]} + 1 AS {names[1]}, {names[2]}, y /* </pre><script>alert(4) */ "
            f"FROM {name} WHERE {quoted} <> 'x' TRAIN MODEL ridge(alpha => [1, 2]) TARGET y CROSS VALIDATE 2 AS {name}"
        )
    return texts


def test_hostile_names_never_become_markup(session: Session) -> None:
    shown = session.explain(hostile_batch(session), "html")
    page = Page(shown)
    tame = Page(session.explain(batch_of(2), "html"))
    assert {one.tag for one in page.elements} <= {one.tag for one in tame.elements}
    assert {name for one in page.elements for name in one.attributes} <= {
        name for one in tame.elements for name in one.attributes
    }
    for tag in ("script", "style", "main", "body"):
        assert len(page.of(tag)) == 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)
    text = "".join(one.text for one in page.of("title"))
    assert "<script>alert(1)</script>" in text
    assert "&lt;b&gt;&amp;" in text
    assert_apart(page)


def test_the_page_needs_nothing_else(session: Session) -> None:
    shown = session.explain(batch_of(3), "html")
    page = Page(shown)
    assert shown.startswith("<!DOCTYPE html>\n<html lang=")
    names = {name for one in page.elements for name in one.attributes}
    assert names.isdisjoint({"src", "href", "srcset", "action", "style", "data", "poster", "background"})
    assert not [name for name in names if name.startswith("on")]
    for word in ("http:", "https:", "url(", "@import", "innerHTML", "eval(", "fetch("):
        assert word not in shown


def test_the_policy_names_this_script_and_this_style_alone(session: Session) -> None:
    page = Page(session.explain(batch_of(1), "html"))
    policy = next(one.attributes["content"] for one in page.of("meta") if "http-equiv" in one.attributes)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        digest = base64.b64encode(hashlib.sha256(page.of(tag)[0].text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"


# ---- small texts -----------------------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 400)))
def test_ranges_say_the_numbers(numbers: set[int]) -> None:
    read: set[int] = set()
    for part in ranges(numbers).split():
        first, _, last = part.partition("-")
        read |= set(range(int(first), int(last or first) + 1))
    assert read == {number + 1 for number in numbers}


@given(st.text(max_size=60), st.floats(20, 200))
def test_shortened_fits_and_is_a_beginning(text: str, room: float) -> None:
    shown = shortened(text, room, 6.0)
    assert len(shown) * 6.0 <= room
    assert shown.isprintable()
    assert shown.endswith("…") or len(shown) == len(text)


def test_amounts_as_a_person_reads_them() -> None:
    assert [seconds_text(value) for value in (0, 0.0031, 0.25, 12.41, 7200)] == [
        "0 s",
        "3.1 ms",
        "250 ms",
        "12.4 s",
        "120 min",
    ]
    assert [bytes_text(value) for value in (640, 2048, 1.25 * 2**20, 5 * 2**40)] == [
        "640 B",
        "2 KiB",
        "1.25 MiB",
        "5 TiB",
    ]


# ---- in a browser ----------------------------------------------------------------------------------------------------

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
PROBE = """
addEventListener("load", () => {
  const shown = (one) => { const box = one.getBoundingClientRect(); return box.width > 20 && box.height > 10; };
  const boxes = [...document.querySelectorAll("details[open] .chart .b")];
  const choice = document.getElementById("choice");
  const faint = () => boxes.filter((box) => getComputedStyle(box).opacity < 0.5).length;
  const before = faint();
  choice.value = "1";
  choice.dispatchEvent(new Event("change"));
  const filtered = faint();
  const left = document.querySelectorAll("details.relation.on").length;
  choice.value = "0";
  choice.dispatchEvent(new Event("change"));
  boxes[0].firstElementChild.nextElementSibling.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  const lit = document.querySelectorAll(".b.lit").length;
  boxes[0].firstElementChild.nextElementSibling.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const told = document.getElementById("told");
  const page = { boxes: boxes.length, shown: boxes.filter(shown).length, before, filtered, left, lit, faint: faint(),
    told: !told.hidden && told.textContent.length > 0, wide: document.documentElement.scrollWidth <= innerWidth,
    cards: getComputedStyle(document.querySelector(".cards")).display,
    stolen: "stolen" in document.documentElement.dataset };
  document.documentElement.dataset.probe = JSON.stringify(page);
});
"""


def probed(page: str) -> str:
    """The page with a script that looks at it; the policy allows that one, too."""
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    return page.replace("</body>", f"<script>{PROBE}</script></body>", 1)


def opened(folder: Path, page: str, width: int) -> tuple[dict[str, Any], str]:
    """What the probe saw in a window of `width` pixels, and what the browser wrote to its console."""
    path = folder / f"page_{width}.html"
    path.write_text(page, encoding="utf-8")
    assert CHROMIUM is not None
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder / 'profile'}"]
    command = [CHROMIUM, *flags, "--enable-logging=stderr", f"--window-size={width},900", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = re.search(r'data-probe="([^"]*)"', done.stdout)
    assert found is not None
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return json.loads(unescape(found[1])), console


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
@pytest.mark.parametrize("width", [1280, 600])
def test_a_browser_shows_the_boxes_and_has_nothing_to_complain_of(session: Session, tmp_path: Path, width: int) -> None:
    page = session.explain([*batch_of(6), *hostile_batch(session)], "html")
    seen, console = opened(tmp_path, probed(page), width)
    assert console == ""
    assert seen["boxes"] == seen["shown"] > 50
    assert seen["before"] == 0 < seen["filtered"] < seen["boxes"]
    assert seen["left"] == 1
    assert seen["lit"] > 10
    assert seen["told"]
    assert seen["wide"]
    assert seen["cards"] == "grid"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
def test_a_script_that_came_in_would_not_run(session: Session, tmp_path: Path) -> None:
    inside = '<script>document.documentElement.dataset.stolen = "1"</script><img src="http://127.0.0.1:9/x.png">'
    page = probed(session.explain(batch_of(1), "html")).replace("<main>", f"<main>{inside}", 1)
    seen, console = opened(tmp_path, page, 1280)
    assert not seen["stolen"]
    assert seen["boxes"] > 0
    assert console.count("Content Security Policy") == 2
