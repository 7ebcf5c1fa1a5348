"""A leaderboard's rows as trials, and the few words in which they are told: parameters, scores, bars, the footer."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stratum_sql.shell.grid import one_line

if TYPE_CHECKING:
    from stratum_sql.results import Result, Summary

_KNOWN = {"model", "trial", "estimator", "params", "features", "fold_scores", "fit_seconds", "rank", "status", "error"}
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class Trial:
    """One row: `scores` holds (mean, standard deviation) per metric, None where the trial has none; `more` the columns
    a leaderboard has beside the usual ones, such as the values of PARTITION BY."""

    rank: int | None
    trial: int | None
    model: str | None
    estimator: str
    params: tuple[tuple[str, str], ...]
    scores: tuple[tuple[float | None, float | None], ...]
    seconds: float | None
    status: str
    error: str | None
    more: tuple[tuple[str, Any], ...]
    folds: tuple[float | None, ...] = ()  # the score of each fold, by the first metric

    @property
    def call(self) -> str:
        """The estimator with its parameters: `ridge(alpha=0.1)`."""
        return f"{self.estimator}({parameters(self.params)})" if self.params else self.estimator


def trials(result: Result) -> list[Trial]:
    """The trials of a leaderboard, by rank, those without a rank last; partitions stay in the order they have."""
    names = [metric.name for metric in result.metrics]
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
    said = _there_or_not(rows)
    found = [_trial(row, names, said) for row in rows]
    if any(trial.more for trial in found):
        return found
    return sorted(found, key=lambda trial: (trial.rank is None, trial.rank or 0))


def _trial(row: Mapping[str, Any], metrics: Sequence[str], said: Collection[str] = ()) -> Trial:
    scores = tuple((row.get(f"{name}_mean"), row.get(f"{name}_std")) for name in metrics)
    usual = _KNOWN | {f"{name}_{part}" for name in metrics for part in ("mean", "std")}
    return Trial(
        rank=row.get("rank"),
        trial=row.get("trial"),
        model=row.get("model"),
        estimator=one_line(str(row.get("estimator"))),
        params=given(row.get("params")) + chosen(row.get("features"), said),
        scores=scores,
        seconds=row.get("fit_seconds"),
        status=one_line(str(row.get("status"))),
        error=row.get("error"),
        more=tuple((name, value) for name, value in row.items() if name not in usual),
        folds=tuple((row.get("fold_scores") or {}).get(metrics[0]) or ()) if metrics else (),
    )


def given(params: Mapping[str, Any] | str | None) -> tuple[tuple[str, str], ...]:
    """Names and values that a trial was given; parameters that are NULL belong to other estimators and are left out."""
    if params is None or isinstance(params, str):
        return (("", one_line(params)),) if params else ()
    return tuple((one_line(name), one_line(_plain(value))) for name, value in params.items() if value is not None)


def chosen(features: Mapping[str, str | None] | None, said: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
    """What the choices of the select list became, told as parameters are. Of those in `said` the name says it all: they
    are there or not."""
    pairs = ((one_line(name), words) for name, words in (features or {}).items())
    return tuple(
        ("", f"no {name}")
        if words is None
        else ("" if name in said else name, name if name in said else one_line(words))
        for name, words in pairs
    )


def _there_or_not(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The items that are one thing wherever they are."""
    became: dict[str, set[str]] = {}
    for row in rows:
        for name, words in (row.get("features") or {}).items():
            became.setdefault(one_line(name), set()).update(() if words is None else (words,))
    return {name for name, words in became.items() if len(words) < 2}


def parameters(params: Sequence[tuple[str, str]], room: int | None = None) -> str:
    """`alpha=0.1, fit_intercept=False`. Where that is longer than `room`, names are shortened as long as they differ:
    values tell trials apart."""
    longest = max((len(name) for name, _ in params), default=0)
    told = _written(params, longest)
    for size in range(longest - 1, 3, -1):
        if room is None or len(told) <= room or len({name[:size] for name, _ in params}) < len(params):
            break
        told = _written(params, size)
    return told


def _written(params: Sequence[tuple[str, str]], size: int) -> str:
    return ", ".join(f"{name[:size].rstrip('_')}={value}" if name else value for name, value in params)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "{" + parameters(given(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return str(value)


def number(value: float | None) -> str:
    """A score in about five characters: `0.8123`, `23.41`, `1,234`, `1.2e+09`; empty for NULL and NaN."""
    if value is None or math.isnan(value):
        return ""
    size = abs(value)
    if size >= 1e6 or 0 < size < 1e-4:
        return f"{value:.2e}" if math.isfinite(size) else str(value)
    return f"{value:.4f}" if size < 10 else f"{value:.2f}" if size < 1000 else f"{value:,.0f}"


def score(mean: float | None, deviation: float | None) -> str:
    """`0.8123 ± 0.0100`, `23.41 ± 0.52`, `5,773 ± 160`; without a deviation the mean alone, without a mean nothing."""
    shown = number(mean)
    if not shown or deviation is None or math.isnan(deviation):
        return shown
    if "e" in shown or deviation >= 1e6:
        return f"{shown} ± {deviation:.2g}"
    return f"{shown} ± {deviation:,.{len(shown.partition('.')[2])}f}"


def seconds(value: float | None) -> str:
    """`0.012 s`, `82.3 s`, `2 min 5 s`."""
    if value is None or not math.isfinite(value):
        return ""
    if value < 120:
        return f"{value:.3f} s" if value < 1 else f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def shares(values: Sequence[float | None], higher_is_better: bool) -> list[float]:
    """Each score between the worst, 0, and the best, 1; -1 where there is none. Equal scores are all best."""
    sign = 1.0 if higher_is_better else -1.0
    known = [sign * value for value in values if value is not None and math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    return [
        -1.0
        if value is None or not math.isfinite(value)
        else (sign * value - low) / (high - low)
        if high > low
        else 1.0
        for value in values
    ]


def bar(share: float, width: int) -> str:
    """A bar of `width` cells for a share of 0 to 1: the worst has one eighth of a cell, none is empty."""
    if share < 0:
        return ""
    eighths = max(1, round(share * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def footer(result: Result, found: Sequence[Trial], *, with_batch: bool = True) -> list[str]:
    """The last lines: trials by outcome, the best, every kind of failure once, then what the whole batch took."""
    summary = result.summary
    told = [_outcomes(summary)] if summary else []
    told += [_best(result, found), *failures(found)]
    told += [batch(summary)] if summary and with_batch else []
    return [line for line in told if line]


def _outcomes(summary: Summary) -> str:
    counted = ((summary.failed, "failed"), (summary.timed_out, "out of time"))
    outcomes = [f"{count:,} {word}" for count, word in counted if count]
    told = _count(summary.trials, "trial") + (f" ({', '.join(outcomes)})" if outcomes else "")
    return told + (", stopped early" if summary.interrupted else "")


def batch(summary: Summary) -> str:
    """What the batch took that this statement was planned with: the same for all its statements."""
    operators = f"{summary.nodes:,} operators"
    if summary.nodes_unshared > summary.nodes:
        operators += f" instead of {summary.nodes_unshared:,}"
    told = [
        seconds(summary.seconds),
        _count(summary.fits, "fit"),
        *_reused(summary),
        operators,
        _count(summary.scans, "scan"),
    ]
    return "batch: " + ", ".join(told)


def _best(result: Result, found: Sequence[Trial]) -> str:
    best = [trial for trial in found if trial.rank == 1 and trial.status == "ok"]
    if len(best) != 1 or not result.metrics:
        return ""
    return f"best: {best[0].call}, {one_line(result.metrics[0].name)} {number(best[0].scores[0][0])}"


def failures(found: Sequence[Trial]) -> list[str]:
    """One line for each different error: the trials it stopped, then its first line."""
    by_error: dict[tuple[str, str], list[Trial]] = {}
    for trial in found:
        if trial.status != "ok":
            first = (trial.error or "").strip().splitlines()[:1]
            by_error.setdefault((trial.status, one_line(first[0]) if first else ""), []).append(trial)
    return [_failure(status, error, those) for (status, error), those in by_error.items()]


def _failure(status: str, error: str, those: Sequence[Trial]) -> str:
    who = f"trial {those[0].trial}, {those[0].call}" if len(those) == 1 else _count(len(those), "trial")
    return f"{status}: {who}" + (f": {error}" if error else "")


def more(found: Sequence[Trial], shown: Sequence[Trial]) -> list[str]:
    """How many trials are not shown, as a line if there are any."""
    rest = len(found) - len(shown)
    return [f"… {_count(rest, 'more trial')}"] if rest else []


def _count(number_of: int, noun: str) -> str:
    return f"{number_of:,} {noun}" + ("" if number_of == 1 else "s")


def _reused(summary: Summary) -> list[str]:
    return [f"{summary.reused:,} of them known from before"] if summary.reused else []
