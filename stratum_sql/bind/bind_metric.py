"""`METRIC` bound: names looked up, and fit for the task."""

from __future__ import annotations

from stratum_sql.catalog.metrics import left_out, metric, metrics
from stratum_sql.catalog.spec import MetricSpec, Task
from stratum_sql.errors import BindError, suggestions
from stratum_sql.grammar.syntax import Call


def find_metric(script: str, call: Call, task: Task) -> MetricSpec:
    """The metric a METRIC clause names, fit for the task. Raises BindError with candidates."""
    spec = metric(call.name)
    if spec is None:
        hint = left_out(call.name)
        fitting = [name for name, one in metrics().items() if task in one.tasks]
        raise BindError.at(
            script,
            call.name_span,
            "unknown_metric",
            f'no metric "{call.name}"',
            did_you_mean=suggestions(call.name, fitting),
            hint=hint,
        )
    if task not in spec.tasks:
        fitting = sorted({one.name for one in metrics().values() if task in one.tasks})[:6]
        raise BindError.at(
            script,
            call.span,
            "wrong_metric",
            f"{spec.name} is no metric of {task}",
            hint=f"for example {', '.join(fitting)}",
        )
    return spec
