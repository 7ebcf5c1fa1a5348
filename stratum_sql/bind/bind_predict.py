"""`PREDICT MODEL` and `EVALUATE MODEL` bound: their options and metrics checked before any row is read."""

from __future__ import annotations

from dataclasses import dataclass

from stratum_sql.bind.bind_metric import find_metric
from stratum_sql.bind.options import python_option
from stratum_sql.catalog.metrics import default_metric
from stratum_sql.catalog.spec import MetricSpec, Task
from stratum_sql.errors import BindError, suggestions
from stratum_sql.grammar.syntax import Evaluate, ExplainModel, Predict

_OPTIONS = ("probabilities",)


@dataclass(frozen=True, slots=True)
class PredictOptions:
    """`WITH (…)` of PREDICT."""

    probabilities: bool = False


def predict_options(script: str, statement: Predict | Evaluate) -> PredictOptions:
    """The options of a prediction. Raises BindError for an unknown name or a value that makes no sense."""
    values: dict[str, bool] = {}
    for option in statement.options:
        if option.name not in _OPTIONS:
            near = suggestions(option.name, _OPTIONS)
            raise BindError.at(script, option.span, "unknown_option", f'no option "{option.name}"', did_you_mean=near)
        value = python_option(script, option)
        if not isinstance(value, bool):
            raise BindError.at(script, option.span, "bad_option", f"{option.name} must be true or false")
        values[option.name] = value
    return PredictOptions(**values)


def evaluate_metrics(
    script: str, statement: Evaluate | ExplainModel, task: Task, classes: int | None
) -> tuple[MetricSpec, ...]:
    """The metrics of an evaluation; without METRIC the task's default."""
    if not statement.metrics:
        return (default_metric(task, classes),)
    return tuple({spec.name: spec for spec in (find_metric(script, call, task) for call in statement.metrics)}.values())
