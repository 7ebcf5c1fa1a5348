"""Results for people: text that fits the terminal, and one small HTML table for notebooks.

Values of the data are only ever data: control characters are replaced in text, everything is escaped in HTML.
"""

from __future__ import annotations

import html as markup
import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import Diagnostic, printable
from stratum_sql.shell import leaderboard, pictures
from stratum_sql.shell.grid import Column, clip, lines, one_line, total_width
from stratum_sql.shell.leaderboard import Trial

if TYPE_CHECKING:
    from stratum_sql.results import Result

ROWS = 20
BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
_FRAME = "width:100%;height:640px;border:0"
_WIDE = 100  # cells from which a bar has its full length


@dataclass(frozen=True, slots=True)
class Page:
    """What is written on: `width` in cells, `rows` shown of a result (None: all), `colour` if ANSI codes may stand,
    `with_batch` if a leaderboard ends with what its batch took."""

    width: int = 80
    rows: int | None = ROWS
    colour: bool = False
    with_batch: bool = True

    def paint(self, text: str, *codes: str) -> str:
        """`text` in these colours, or as it is where colours are off."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and codes and text else text


def terminal_width() -> int:
    """The width of the terminal, or of COLUMNS; 80 where neither says; at least 20."""
    return max(shutil.get_terminal_size((80, 24)).columns, 20)


def text(result: Result, page: Page | None = None) -> str:
    """A result as text without a last line end: an error, a leaderboard, a plan, or a table of the first rows."""
    page = page or Page(terminal_width())
    if result.error is not None:
        return diagnostic(result.error.diagnostic, page, type(result.error).__name__)
    if result.parts:
        return _parts(result.parts, page)
    if result.kind == "leaderboard":
        return _leaderboard(result, page)
    if _is_plan(result):
        return "\n".join(_plan(result))
    return _table(result, page) if result.columns else "ok"


def _parts(parts: Sequence[Result], page: Page) -> str:
    """The answers to the statements of a batch, one below the other; what the batch took stands below the last."""
    last = max((place for place, part in enumerate(parts) if part.summary is not None), default=-1)
    told = [text(part, replace(page, with_batch=place == last)) for place, part in enumerate(parts)]
    heads = [page.paint(f"── statement {place} ──", BOLD) for place in range(1, len(parts) + 1)]
    return "\n\n".join(f"{head}\n{body}" for head, body in zip(heads, told, strict=True))


def shown(result: Result) -> str:
    """What Python shows of a result: its text, then its warnings."""
    page = Page(terminal_width())
    return "\n".join([text(result, page), *(diagnostic(warning, page) for warning in result.warnings)])


def diagnostic(problem: Diagnostic, page: Page, title: str = "") -> str:
    """A problem with its place and its hint; the user's line is shown as it is, control characters replaced."""
    head, *rest = str(problem).splitlines() or [""]
    label = f"{title or problem.severity}[{problem.code}]:"
    painted = page.paint(label, BOLD, RED if problem.severity == "error" else YELLOW)
    return "\n".join([f"{painted} {printable(head)}", *(printable(line) for line in rest)])


def value(item: Any) -> str:
    """One value of the data as one line: NULL for None, six digits of a float, nested values as DuckDB writes them."""
    if item is None:
        return "NULL"
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, float):
        return f"{item:.6g}"
    if isinstance(item, bytes):
        return one_line("".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02X}" for byte in item[:200]))
    if isinstance(item, dict):
        return one_line("{" + ", ".join(f"{key}: {value(part)}" for key, part in item.items()) + "}")
    if isinstance(item, list | tuple):
        return one_line("[" + ", ".join(value(part) for part in item[:50]) + (", …]" if len(item) > 50 else "]"))
    return one_line(str(item))


def _is_plan(result: Result) -> bool:
    """A plan of ours, or one that DuckDB gave for its own EXPLAIN."""
    return result.kind == "explain" or result.columns == ["explain_key", "explain_value"]


def _plan(result: Result) -> list[str]:
    """The last column of every row: DuckDB's plans have a name beside the plan, ours stand alone."""
    return [printable(line) for row in result.fetchall() for line in str(row[-1]).splitlines()]


def _table(result: Result, page: Page) -> str:
    total = len(result)
    rows = result.head(total if page.rows is None else page.rows)
    columns = [
        Column(
            one_line(name),
            tuple(value(row[place]) for row in rows),
            right=is_number(kind),
            drop=_from_middle(place, result),
        )
        for place, (name, kind) in enumerate(zip(result.columns, result.types, strict=True))
    ]
    written, left_out = lines(columns, page.width)
    return "\n".join([*_painted(written, page, {}), page.paint(_counted(total, len(rows), left_out, page.width), DIM)])


def _from_middle(place: int, result: Result) -> int:
    """Columns that find no room go from the middle, so that keys on the left and answers on the right stay."""
    return min(place + 1, len(result.columns) - place)


def is_number(kind: str) -> bool:
    """Whether a column of this type of DuckDB holds numbers."""
    return kind.rstrip("(0123456789,)") in _NUMBERS


_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = frozenset({*_WHOLE, *(f"U{name}" for name in _WHOLE), "FLOAT", "DOUBLE", "DECIMAL"})


def _counted(total: int, shown: int, left_out: Sequence[str], width: int) -> str:
    rows = f"{total:,} row" + ("" if total == 1 else "s") + (f", the first {shown:,} shown" if shown < total else "")
    return clip(rows + (f"; no room for {len(left_out)} columns: {', '.join(left_out)}" if left_out else ""), width)


def _leaderboard(result: Result, page: Page) -> str:
    found = leaderboard.trials(result)
    shown = found if page.rows is None else found[: page.rows]
    written, left_out = _fitted(result, shown, page)
    marks = {
        place: (BOLD, GREEN) if trial.rank == 1 else () if trial.status == "ok" else (DIM,)
        for place, trial in enumerate(shown)
    }
    more = leaderboard.more(found, shown)
    more += [f"no room for: {', '.join(left_out)}"] if left_out else []
    rest = [*more, *leaderboard.footer(result, found, with_batch=page.with_batch)]
    return "\n".join([*_title(found), *_painted(written, page, marks), *_footer(rest, page)])


def _fitted(result: Result, shown: Sequence[Trial], page: Page) -> tuple[list[str], list[str]]:
    """The leaderboard's grid: where it is too wide, later metrics lose their deviations and parameters their full names
    before any value is cut or any column goes."""
    whole = _board(result, shown, page, narrow=False)
    columns = whole if total_width(whole) <= page.width else _board(result, shown, page, narrow=True)
    written, left_out = lines(columns, page.width)
    return written, [head for head in left_out if head]


def _title(found: Sequence[Trial]) -> list[str]:
    names = {trial.model for trial in found if trial.model is not None}
    return [f"model {one_line(name)}" for name in names] if len(names) == 1 else []


def _board(result: Result, shown: Sequence[Trial], page: Page, *, narrow: bool) -> list[Column]:
    """The columns of a leaderboard; a status column only where some trial is not ok."""
    ranks = tuple("-" if trial.rank is None else str(trial.rank) for trial in shown)
    columns = [Column("rank", ranks, right=True, least=4)]
    if len({trial.model for trial in shown}) > 1:
        columns.append(Column("model", tuple(one_line(trial.model or "") for trial in shown), drop=1))
    columns += _extra(shown)
    room = page.width // 4 if narrow else None
    columns += [
        Column("estimator", tuple(trial.estimator for trial in shown), least=15),
        Column("parameters", tuple(leaderboard.parameters(trial.params, room) for trial in shown), least=14, drop=1),
        *_scores(result, shown, 10 if page.width >= _WIDE else 5, narrow=narrow),
        Column("fit", tuple(leaderboard.seconds(trial.seconds) for trial in shown), right=True, least=7, drop=2),
    ]
    if any(trial.status != "ok" for trial in shown):
        columns.append(Column("status", tuple(trial.status for trial in shown), least=6))
    return columns


def _extra(shown: Sequence[Trial]) -> list[Column]:
    """Columns a leaderboard has beside the usual ones, in their own order."""
    names = [name for name, _ in shown[0].more] if shown else []
    return [
        Column(one_line(name), tuple(value(dict(trial.more).get(name)) for trial in shown), least=6) for name in names
    ]


def _scores(result: Result, shown: Sequence[Trial], bar_width: int, *, narrow: bool) -> list[Column]:
    """A column a metric, its direction in the head; the first, which ranks, also as bars. Bars, then later metrics, go
    first where there is no room."""
    columns = []
    for place, metric in enumerate(result.metrics):
        head = f"{one_line(metric.name)} {'↑' if metric.higher_is_better else '↓'}"
        scores = [trial.scores[place] for trial in shown]
        cells = tuple(leaderboard.score(mean, None if narrow and place else std) for mean, std in scores)
        columns.append(Column(head, cells, right=True, least=100, drop=place and 10 + place))
        if place == 0:
            shares = leaderboard.shares([mean for mean, _ in scores], metric.higher_is_better)
            bars = tuple(leaderboard.bar(share, bar_width) for share in shares)
            columns.append(Column("", bars, least=bar_width, drop=100))
    return columns


def _painted(written: Sequence[str], page: Page, marks: Mapping[int, tuple[str, ...]]) -> list[str]:
    head, rule, *rows = written
    painted = [page.paint(row, *marks.get(place, ())) for place, row in enumerate(rows)]
    return [page.paint(head, BOLD), page.paint(rule, DIM), *painted]


def _footer(told: Sequence[str], page: Page) -> list[str]:
    """Lines too long for the page go on below, indented: an error is read to its end."""
    return [page.paint(part, DIM) for line in told for part in textwrap.wrap(line, page.width, subsequent_indent="  ")]


# ---- HTML ------------------------------------------------------------------------------------------------------------

_CELL = "padding:2px 8px;text-align:{align};white-space:nowrap"
_BEST = "background:rgba(46,160,67,.18);font-weight:bold"
_ERROR = "color:#b3261e;white-space:pre-wrap"


def html(result: Result) -> str:
    """A result as one self-contained piece of HTML: the words of `shown`, every value escaped, the best row marked."""
    page = Page(width=120)
    told = "\n".join(diagnostic(warning, page) for warning in result.warnings)
    return _body(result) + (f"<pre>{_escape(told)}</pre>" if told else "")


def _body(result: Result) -> str:
    if result.error is not None:
        return f'<pre style="{_ERROR}">{_escape(text(result, Page(width=120)))}</pre>'
    if result.parts:
        return "".join(_html_note([f"statement {n}"]) + _body(part) for n, part in enumerate(result.parts, 1))
    if result.kind == "leaderboard":
        return _leaderboard_html(result)
    if _is_plan(result) or not result.columns:
        return _plan_html(text(result, Page(width=120)))
    rows = result.head(ROWS)
    aligned = [is_number(kind) for kind in result.types]
    cells = [[value(item) for item in row] for row in rows]
    table = _html_table([one_line(name) for name in result.columns], cells, aligned, lambda _place: False)
    return table + _importance_html(result, rows) + _html_note([_counted(len(result), len(rows), (), 200)])


def _plan_html(plan: str) -> str:
    """A plan as it is written; a page of its own stands in a frame that reaches nothing outside of it."""
    if not plan.startswith("<!DOCTYPE html>"):
        return f"<pre>{_escape(plan)}</pre>"
    return f'<iframe style="{_FRAME}" sandbox="allow-scripts" srcdoc="{_escape(plan)}"></iframe>'


def _importance_html(result: Result, rows: Sequence[Sequence[Any]]) -> str:
    """Bars, if the rows are what EXPLAIN MODEL says of features."""
    kind = next((name for name in ("importance", "coefficient") if name in result.columns), None)
    if kind is None or "feature" not in result.columns:
        return ""
    named = [dict(zip(result.columns, row, strict=True)) for row in rows]
    more = [name for name in ("metric", "class") if len({str(row.get(name)) for row in named}) > 1]
    values = [
        (" ".join([str(row["feature"]), *(str(row[name]) for name in more)]), row[kind])
        for row in named
        if row[kind] is None or isinstance(row[kind], float)
    ]
    return pictures.bars(kind, values)


def _leaderboard_html(result: Result) -> str:
    found = leaderboard.trials(result)
    shown = found[:ROWS]
    columns = [column for column in _board(result, shown, Page(width=_WIDE), narrow=False) if column.cells]
    cells = [list(row) for row in zip(*(column.cells for column in columns), strict=True)]
    table = _html_table(
        [column.head for column in columns],
        cells,
        [column.right for column in columns],
        lambda place: shown[place].rank == 1,
    )
    plot = pictures.fold_rows(
        result.metrics[0].name if result.metrics else "", [(trial.call, trial.folds) for trial in shown]
    )
    notes = [*_title(found), *leaderboard.more(found, shown), *leaderboard.footer(result, found)]
    return table + plot + _html_note(notes)


def _html_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], rights: Sequence[bool], best: Callable[[int], bool]
) -> str:
    head = "".join(_html_cell("th", name, right) for name, right in zip(heads, rights, strict=True))
    body = "".join(
        f'<tr style="{_BEST if best(place) else ""}">'
        + "".join(_html_cell("td", cell, right) for cell, right in zip(row, rights, strict=True))
        + "</tr>"
        for place, row in enumerate(rows)
    )
    return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _html_cell(tag: str, cell: str, right: bool) -> str:
    return f'<{tag} style="{_CELL.format(align="right" if right else "left")}">{_escape(clip(cell, 80))}</{tag}>'


def _html_note(told: Sequence[str]) -> str:
    return f'<div style="opacity:.7;font-size:smaller">{"<br>".join(_escape(line) for line in told)}</div>'


def _escape(told: str) -> str:
    return markup.escape(told, quote=True)
