"""EXPLAIN (FORMAT html): the plan of a batch as one page to look at, in one file that needs nothing else.

The page forbids itself all that is not in it: its policy names the one style sheet and the one script by their hash, so
that nothing a statement says could run, even if it became markup. Every text of a statement is escaped besides, and
freed of control and direction-changing characters. Without the script the page shows the same; with it, it can be
filtered by statement, and a box shows where its values come from and go to.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from stratum_sql.errors import printable
from stratum_sql.plan.alone import runs
from stratum_sql.plan.amounts import bytes_text, counted, seconds_text
from stratum_sql.plan.boxes import Chart, capped, charts, merged
from stratum_sql.plan.build import Batch
from stratum_sql.plan.explain import TIMES, Facts, Saving
from stratum_sql.plan.explain_svg import KINDS, chart_svg, ranges
from stratum_sql.plan.figures import figures_of, totals_of
from stratum_sql.plan.outline import written
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.trained import models_of

MOST_BOXES = 1500  # drawn on one page
MOST_STATEMENTS, MOST_TRIALS = 1000, 5000  # listed on one page
MOST_TEXT = 400_000  # characters of statements on one page, and of a single one
_OPEN = 150  # boxes of charts that are open from the start
_MOST_CHANGES = 4  # operators that a rule's line names
_TITLE = 120  # characters of a relation


def explain_html(batch: Batch, facts: Facts) -> str:
    """The page. The same plan gives the same bytes."""
    drawn = charts(batch)
    sections = [
        _header(batch, facts),
        _rules(facts),
        _charts_html(drawn, facts, len(batch.queries)),
        _operators(batch, facts),
        _statements(batch, facts),
    ]
    body = "\n".join(section for section in sections if section)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Plan of {counted(len(batch.queries), 'statement')}</title>",
            f"<style>{_part('css')}</style>",
            "</head>",
            "<body>",
            f"<main>\n{body}\n</main>",
            '<div id="told" class="panel" role="status" hidden></div>',
            f"<script>{_part('js')}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


@cache
def _part(ending: str) -> str:
    return (files("stratum_sql.plan") / f"explain_html.{ending}").read_text(encoding="utf-8")


def _policy() -> str:
    """Nothing from elsewhere, no form, no frame, and of scripts and styles those of this file alone."""
    script, style = (_hash(_part(ending)) for ending in ("js", "css"))
    return f"default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def text_of(text: str) -> str:
    """A statement's text as text of the page, on one line."""
    return escape(printable(text))


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _header(batch: Batch, facts: Facts) -> str:
    times = runs(batch)
    fits = sum(times[node.id] * len(models_of(node)) for node in batch.graph)
    asked = sum(batch.folds[statement] for statement, _ in batch.scores)
    trials = sum(len(query.trials) for query in batch.queries)
    cards = [
        _card(f"{len(batch.queries):,}", "statement" + "s" * (len(batch.queries) != 1), "planned as one batch"),
        _card(f"{trials:,}", "trial" + "s" * (trials != 1), "candidates to compare"),
        _card(f"{fits:,}", "fit" + "s" * (fits != 1), f"{asked - fits:,} more are shared" if asked > fits else ""),
        _work(facts.unshared, sum(times.values())),
        *_estimated(facts),
    ]
    if facts.total_seconds is not None:
        cards.append(_card(seconds_text(facts.total_seconds), "measured", "on the clock"))
    title = f"Plan of {counted(len(batch.queries), 'statement')}"
    lead = "What runs, and what the statements share. Each box is done once, however many statements need it."
    inner = "\n".join(cards)
    return f'<header>\n<h1>{title}</h1>\n<p class="soft">{lead}</p>\n<div class="cards">\n{inner}\n</div>\n</header>'


def _card(figure: str, noun: str, note: str = "", *, good: bool = False) -> str:
    style = ' class="good"' if good else ""
    return f'<div class="card"><b{style}>{escape(figure)}</b>{escape(noun)}<br><small>{escape(note)}</small></div>'


def _work(alone: int, here: int) -> str:
    if alone <= here:
        return _card(f"{here:,}", "operators", "counted as often as they run")
    note = f"{alone:,} if every trial ran alone, {here:,} here"
    return _card(f"{alone / here:.1f} times", "fewer operators", note, good=True)


def _estimated(facts: Facts) -> Iterator[str]:
    totals = totals_of(facts)
    if totals.seconds is not None:
        alone = "" if totals.alone is None else f"{seconds_text(totals.alone)} if every trial ran alone"
        yield _card(f"~{seconds_text(totals.seconds)}", "of work, estimated", alone)
    if totals.clock is not None:
        yield _card(f"~{seconds_text(totals.clock)}", "on the clock, estimated")
    if totals.peak_bytes is not None:
        yield _card(f"~{bytes_text(totals.peak_bytes)}", "at most in memory", "values, estimated")


# ---- rules -----------------------------------------------------------------------------------------------------------


def _rules(facts: Facts) -> str:
    """What each rule saved, as bars of the operators that were left before and after it."""
    did = [saving for saving in facts.savings if saving[1] != saving[2] or saving[3]]
    idle = [saving[0] for saving in facts.savings if saving not in did]
    if not facts.savings:
        return ""
    most = max((max(before, after) for _, before, after, _ in did), default=1)
    rows = [_rule(saving, most) for saving in did]
    head = '<tr><th>rule</th><th class="n">operators</th><th class="bar"></th><th>what changed</th></tr>'
    none = f'<p class="soft">Nothing to do for: {text_of(", ".join(idle))}.</p>' if idle else ""
    table = f'<div class="panel scroll"><table class="rules">\n{head}\n' + "\n".join(rows) + "\n</table></div>"
    written = facts.savings[0][1]
    first = f"Run alone, the trials do {facts.unshared:,} operators; as one graph of the statements, {written:,}. "
    lead = f'<p class="soft">{first}Then:</p>' if facts.unshared > written else ""
    return f"<section>\n<h2>What each rule saved</h2>\n{lead}\n{table if did else ''}\n{none}\n</section>"


def _rule(saving: Saving, most: int) -> str:
    rule, before, after, kinds = saving
    changes = [f"{text_of(kind)} {old:,} → {new:,}" for kind, old, new in kinds]
    more = [f"… {len(changes) - _MOST_CHANGES} more"] if len(changes) > _MOST_CHANGES else []
    return _row(f"<code>{text_of(rule)}</code>", before, after, most, " · ".join(changes[:_MOST_CHANGES] + more))


def _row(name: str, before: int, after: int, most: int, told: str) -> str:
    count = f"{before:,} → {after:,}" if before != after else f"{after:,}"
    bar = _bar([("was", before / most), ("is", after / most)])
    return f'<tr><td>{name}</td><td class="n">{count}</td><td class="bar">{bar}</td><td class="soft">{told}</td></tr>'


def _bar(parts: Iterable[tuple[str, float]]) -> str:
    """Bars over each other from the left, each a share of the whole width."""
    inner = "".join(
        f'<rect class="{style}" width="{100 * share:.2f}%" height="12" rx="2"/>' for style, share in parts if share > 0
    )
    return f'<svg aria-hidden="true">{inner}</svg>'


# ---- charts ----------------------------------------------------------------------------------------------------------


def _charts_html(found: Sequence[Chart], facts: Facts, statements: int) -> str:
    parts: list[str] = []
    used = 0
    for number, chart in enumerate(found):
        drawn = capped(merged(chart))
        if used + len(drawn.boxes) > MOST_BOXES and number:
            parts.append(_left_out(found[number:]))
            break
        opened = number == 0 or used + len(drawn.boxes) <= _OPEN
        used += len(drawn.boxes)
        parts.append(_relation(drawn, facts, number, statements, opened=opened))
    inner = "\n".join([_tools(statements), _legend(statements), *parts])
    return f'<section id="plan">\n<h2>The plan, from the relations to the models</h2>\n{inner}\n</section>'


def _relation(chart: Chart, facts: Facts, number: int, statements: int, *, opened: bool) -> str:
    rows = facts.rows.get(chart.key)
    told = [] if rows is None else [f"about {counted(rows, 'row')}"]
    told.append(counted(len(chart.columns), "column"))
    trials = sum(box.trials for box in chart.boxes)
    if statements > 1:
        told.append(counted(len(chart.statements), "statement"))
    told.append(counted(trials, "model"))
    title = chart.title if len(chart.title) <= _TITLE else chart.title[: _TITLE - 1] + "…"
    summary = f"<summary><b>{text_of(title)}</b> <small>{' · '.join(told)}</small></summary>"
    drawing = chart_svg(chart, facts, number + 1, statements)
    opening = f'<details class="relation" data-s="{ranges(chart.statements)}"{" open" if opened else ""}>'
    return f'{opening}\n{summary}\n<div class="scroll">\n{drawing}\n</div>\n</details>'


def _left_out(left: Sequence[Chart]) -> str:
    trials = sum(box.trials for chart in left for box in chart.boxes)
    told = f"… {counted(len(left), 'more relation')} with {counted(trials, 'model')}"
    return f'<p class="soft">{told}: EXPLAIN (FORMAT json) shows every operator.</p>'


def _tools(statements: int) -> str:
    shown = min(statements, MOST_STATEMENTS)
    options = "".join(f'<option value="{number}">statement {number}</option>' for number in range(1, shown + 1))
    choice = f'<label>Show <select id="choice"><option value="0">all statements</option>{options}</select></label>'
    buttons = (
        '<button type="button" id="out" aria-label="smaller">\N{MINUS SIGN}</button>'
        '<button type="button" id="in" aria-label="larger">+</button>'
        '<button type="button" id="fit">fit</button>'
    )
    hint = '<span class="soft">Rest on a box to see its way, press it to read all of it.</span>'
    return f'<div class="tools">{choice}{buttons}{hint}</div>'


def _legend(statements: int) -> str:
    keys = [
        f'<span><svg class="{kind}" aria-hidden="true"><rect class="k" width="12" height="12" rx="3"/></svg>'
        f"{name}</span>"
        for kind, name in KINDS.items()
    ]
    who = (
        ["<span>#4: for statement 4 alone</span>", f"<span>{TIMES}3: shared by 3 statements</span>"]
        if statements > 1
        else []
    )
    return f'<p class="legend">{"".join(keys + who)}</p>'


# ---- operators -------------------------------------------------------------------------------------------------------


def _operators(batch: Batch, facts: Facts) -> str:
    """Runs by kind of operator; seconds estimated and measured, where there are any."""
    times = runs(batch)
    counts: dict[str, int] = {}
    estimated: dict[str, float] = {}
    for node in batch.graph:
        kind = node.operator.kind
        counts[kind] = counts.get(kind, 0) + times[node.id]
        figures = figures_of(facts, node.id)
        if figures is not None and figures.seconds is not None:
            estimated[kind] = estimated.get(kind, 0.0) + figures.seconds
    if not facts.measured and not estimated:
        return ""
    measured = {kind: seconds for kind, (_, seconds) in facts.measured.items()}
    counts = {**counts, **{kind: done for kind, (done, _) in facts.measured.items()}}
    most = max([*estimated.values(), *measured.values()], default=0.0) or 1.0
    order = sorted(counts, key=lambda kind: (-measured.get(kind, estimated.get(kind, 0.0)), kind))
    told = {name: found for name, found in (("estimated", estimated), ("measured", measured)) if found}
    rows = "\n".join(
        _operator(kind, counts[kind], {name: found.get(kind) for name, found in told.items()}, most) for kind in order
    )
    cells = "".join(f'<th class="n">{name}</th>' for name in ("runs", *told))
    head = f'<tr><th>operator</th>{cells}<th class="bar"></th></tr>'
    title = f"Seconds by operator, {' and '.join(told)}"
    note = '<p class="soft">Seconds of all threads together.</p>'
    table = f'<div class="panel scroll"><table>\n{head}\n{rows}\n</table></div>'
    return f"<section>\n<h2>{title}</h2>\n{table}\n{note}\n</section>"


def _operator(kind: str, count: int, seconds: Mapping[str, float | None], most: float) -> str:
    """One kind of operator: a cell and a bar for its estimated seconds and for those measured; none where unknown."""
    cells = "".join(f'<td class="n">{"" if one is None else seconds_text(one)}</td>' for one in seconds.values())
    styles = {"estimated": "said", "measured": "is"}
    bars = "".join(_bar([(styles[name], one / most)]) for name, one in seconds.items() if one is not None)
    return f'<tr><td>{text_of(kind)}</td><td class="n">{count:,}</td>{cells}<td class="bar">{bars}</td></tr>'


# ---- statements ------------------------------------------------------------------------------------------------------


def _statements(batch: Batch, facts: Facts) -> str:
    trials_left, text_left = MOST_TRIALS, MOST_TEXT
    parts: list[str] = []
    for index, query in enumerate(batch.queries[:MOST_STATEMENTS]):
        trials = query.trials[:trials_left]
        text = query.text[:text_left]
        trials_left -= len(trials)
        text_left -= len(text)
        name = facts.names.get(index, query.name)
        parts.append(_statement(index, query, name, trials, text))
    left = len(batch.queries) - MOST_STATEMENTS
    if left > 0:
        parts.append(f'<p class="soft">… {counted(left, "more statement")}.</p>')
    inner = "\n".join(parts)
    return f"<section>\n<h2>The statements and their trials</h2>\n{inner}\n</section>"


def _statement(index: int, query: TrainQuery, name: str | None, trials: Sequence[Trial], text: str) -> str:
    models = ", ".join(dict.fromkeys(trial.estimator.name for trial in query.trials))
    told = [
        counted(len(query.trials), "trial"),
        f"{', '.join(metric.name for metric in query.metrics)} of {', '.join(leaf.name for leaf in query.targets)}",
        query.split.words,
    ]
    called = f" <b>{text_of(name)}</b>" if name else ""
    summary = (
        f"<summary><b>#{index + 1}</b>{called} {text_of(models)} <small>{text_of(' · '.join(told))}</small></summary>"
    )
    items = "".join(f"<li><code>{text_of(trial_text(trial))}</code></li>" for trial in trials)
    left = len(query.trials) - len(trials)
    more = f'<p class="soft">… {counted(left, "more trial")}.</p>' if left else ""
    lines = "\n".join(text_of(line) for line in text.splitlines())
    cut = "\n…" if len(text) < len(query.text) else ""
    inner = f"<pre>{lines}{cut}</pre>\n<ol>{items}</ol>{more}"
    return f'<details class="statement" data-s="{index + 1}">\n{summary}\n<div>{inner}</div>\n</details>'


def trial_text(trial: Trial) -> str:
    """A trial as a statement would say it: `ridge(alpha => 0.1)`."""
    said = [f"{name} => {written(value)}" for name, value in trial.given.items]
    return f"{trial.estimator.name}({', '.join(said)})"
