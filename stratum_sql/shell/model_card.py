"""A kept model as HTML: what it is, pictures of the score of each fold and of what counts, its features. One piece that
needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from stratum_sql.shell.pictures import bars, fold_rows, shown

if TYPE_CHECKING:
    from stratum_sql.kept import Model

_MOST_FEATURES = 30
_MOST_BARS = 10
_STYLE = (
    "font:13px/1.5 system-ui,sans-serif;border:1px solid #8884;border-radius:6px;padding:10px 14px;"
    "display:inline-block;max-width:56em"
)


def card(model: Model) -> str:
    """The card. Whatever stands in names or statements is text."""
    return f'<div style="{_STYLE}">{"".join(_parts(model))}</div>'


def _parts(model: Model) -> Iterator[str]:
    names = "".join(f' <code style="opacity:.7">@{shown(alias)}</code>' for alias in model.aliases)
    yield f"<div><b>{shown(model.name)}@{model.version}</b>{names}</div>"
    yield f"<div><code>{shown(model.estimator)}({shown(model.params)})</code> &rarr; {shown(model.target)}</div>"
    if model.score is not None:
        yield f"<div>{shown(model.metric)} <b>{model.score:.6g}</b>, mean over the folds</div>"
    for metric, scores in model.fold_scores.items():
        if plot := fold_rows(metric, [("", scores)]):
            yield plot
    yield _importance(model)
    yield _features(model.features)
    yield f"<details><summary>statement</summary><pre>{shown(model.statement)}</pre></details>"


def _importance(model: Model) -> str:
    """The largest of what the estimator itself says of its columns."""
    found = model.weights()
    if found is None:
        return ""
    place = found.columns.index("feature")
    rows = [(str(row[place]), row[-1]) for row in found.fetchall() if row[place] != "(intercept)"]
    return bars(found.columns[-1], sorted(rows, key=lambda row: -abs(row[1] or 0.0))[:_MOST_BARS])


def _features(features: Sequence[str]) -> str:
    listed = "".join(f"<li><code>{shown(name)}</code></li>" for name in features[:_MOST_FEATURES])
    more = f"<li>and {len(features) - _MOST_FEATURES} more</li>" if len(features) > _MOST_FEATURES else ""
    count = f"{len(features)} feature{'' if len(features) == 1 else 's'}"
    return f"<details><summary>{count}</summary><ul>{listed}{more}</ul></details>"
