"""EXPLAIN (FORMAT json): the whole graph, and how often each operator runs; `docs/dialect.md` documents its keys."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import TrainOnDevice
from stratum_sql.plan.engines import engine_of
from stratum_sql.plan.explain import Facts, estimated_runs
from stratum_sql.plan.figures import figures_of, totals_of
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.linear import SolveLinear
from stratum_sql.plan.model import TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.outline import Statements, statements_of, written
from stratum_sql.plan.query import TrainQuery
from stratum_sql.plan.relational import Read, Scan
from stratum_sql.plan.together import SearchTogether
from stratum_sql.plan.trained import models_of
from stratum_sql.plan.transform import Apply, Fit, Map, Rows

VERSION = 2  # raised when a key changes its meaning or goes; new keys may come


def explain_json(batch: Batch, facts: Facts) -> str:
    """The plan as one JSON object; statements and trials count from 1, folds and nodes from 0."""
    users = statements_of(batch)
    times = runs(batch)
    scored: dict[int, list[tuple[int, int]]] = {}
    for goal, answer in batch.scores.items():
        scored.setdefault(answer.node.id, []).append(goal)
    return json.dumps(
        {
            "version": VERSION,
            "statements": [_statement(index, query, facts) for index, query in enumerate(batch.queries)],
            "trials": sum(len(query.trials) for query in batch.queries),
            "fits": sum(times[node.id] * len(models_of(node)) for node in batch.graph),
            "operators": sum(times.values()),
            "operators_unshared": facts.unshared,
            "rules": [
                {"rule": rule, "before": before, "after": after, "changed": {kind: list(pair) for kind, *pair in kinds}}
                for rule, before, after, kinds in facts.savings
            ],
            "nodes": [
                {
                    **_node(node, users.get(node.id, frozenset()), facts),
                    "runs": times[node.id],
                    "engine": engine_of(node.operator),
                    "estimate": _estimate(node, facts),
                    **({"trials": _trials(scored[node.id])} if node.id in scored else {}),
                }
                for node in batch.graph
            ],
            "estimate": _estimates(facts),
            "device": None if facts.placement is None else asdict(facts.placement),
            "measured": _measured(batch, facts),
            "device_measured": None if facts.device_run is None else asdict(facts.device_run),
            "kernels": {
                name: asdict(ran) | {"rows_per_second": ran.rows_per_second} for name, ran in facts.kernels.items()
            },
            "seconds": facts.total_seconds,
        }
    )


def _estimate(node: Node, facts: Facts) -> dict[str, float] | None:
    """Rows and bytes of one value, seconds of all runs, and how many trials one value serves; None if unknown."""
    found = figures_of(facts, node.id)
    if found is None or found.rows is None or found.bytes is None:
        return None
    reuse = found.reuse or 0
    return {"rows": round(found.rows), "bytes": round(found.bytes), "seconds": found.seconds or 0.0, "reuse": reuse}


def _estimates(facts: Facts) -> dict[str, float | None]:
    totals = totals_of(facts)
    return {
        "seconds": totals.seconds,
        "seconds_alone": totals.alone,
        "threads": facts.threads,
        "clock_seconds": totals.clock,
        "peak_bytes": totals.peak_bytes,
    }


def _measured(batch: Batch, facts: Facts) -> dict[str, dict[str, float | None]]:
    """By kind: runs, their seconds, and what was estimated for as many runs."""
    each = estimated_runs(batch, facts) if facts.measured else {}
    return {
        kind: {"runs": count, "seconds": seconds, "estimated": each[kind] * count if kind in each else None}
        for kind, (count, seconds) in facts.measured.items()
    }


def _statement(index: int, query: TrainQuery, facts: Facts) -> dict[str, Any]:
    return {
        "statement": index + 1,
        "name": facts.names.get(index, query.name),
        "target": ", ".join(leaf.name for leaf in query.targets),
        "task": query.task,
        "split": query.split.words,
        "metrics": [metric.name for metric in query.metrics],
        "trials": len(query.trials),
    }


def _trials(goals: list[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"statement": statement + 1, "trial": trial} for statement, trial in goals]


def _node(node: Node, statements: Statements, facts: Facts) -> dict[str, Any]:
    return {
        "id": node.id,
        "operator": node.operator.kind,
        "label": node.operator.label,
        "inputs": [child.id for child in node.inputs],
        "statements": sorted(statement + 1 for statement in statements),
        **_details(node.operator, facts),
    }


def _details(operator: Operator, facts: Facts) -> dict[str, Any]:
    match operator:
        case Scan(source):
            return {"rows": facts.rows.get(source.key)}
        case Read(sql=sql, type=kind):
            return {"sql": sql, "type": kind}
        case Rows(side):
            return {"side": side}
        case Fit(transform, params) | Apply(transform, params) | Map(transform, params):
            return {"name": transform, "params": _params(params)}
        case TrainModel(estimator, params) | TrainStopped(estimator, params) | TrainTargets(estimator, params):
            return {"name": estimator, "params": _params(params)}
        case TrainOnDevice(candidate):
            return {"name": candidate.estimator, "params": _params(candidate.params)}
        case SolveLinear(models) | SearchTogether(models):
            return {"models": [{"name": one.estimator, "params": _params(one.params)} for one in models]}
    return {}


def _params(params: FrozenParams) -> dict[str, str]:
    return {name: written(value) for name, value in params.items}
