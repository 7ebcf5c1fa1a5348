"""EXPLAIN: a batch as text a person can read, or as JSON a program can.

Folds are folded: what is done once for each fold stands once, with `×5`. What several statements share says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.model import Score, TrainModel
from stratum_sql.plan.relational import Compute, Read, Scan
from stratum_sql.plan.transform import Assemble, Fit, Map, Rows, Split

_MOST_TRIALS = 8  # trials listed under one matrix; the rest are counted
_WIDEST = 76  # characters of a label


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the graph: estimated rows by source, savings by rule, and measured seconds by operator."""

    rows: Mapping[str, int] = field(default_factory=dict)
    savings: Sequence[tuple[str, int, int]] = ()
    unshared: int = 0
    measured: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    total_seconds: float | None = None


def explain_text(batch: Batch, facts: Facts) -> str:
    """The batch as a tree: scans, what is fitted over them, matrices, and the trials on each matrix."""
    users = _statements_of(batch)
    lines = [*_header(batch, facts), ""]
    for scan in (node for node in batch.graph if isinstance(node.operator, Scan)):
        lines += _scan_lines(batch, scan, users, facts)
        lines.append("")
    lines += _measured_lines(facts)
    return "\n".join(lines).rstrip() + "\n"


def explain_json(batch: Batch, facts: Facts) -> str:
    """The whole graph: every operator with its inputs and the statements that use it, counted from 1."""
    users = _statements_of(batch)
    return json.dumps(
        {
            "statements": len(batch.queries),
            "trials": sum(len(query.trials) for query in batch.queries),
            "operators": len(batch.graph),
            "operators_unshared": facts.unshared,
            "rules": [{"rule": name, "before": before, "after": after} for name, before, after in facts.savings],
            "nodes": [
                {
                    "id": node.id,
                    "operator": node.operator.kind,
                    "label": node.operator.label,
                    "inputs": [child.id for child in node.inputs],
                    "statements": sorted(index + 1 for index in users.get(node.id, ())),
                }
                for node in batch.graph
            ],
            "measured": {name: {"runs": count, "seconds": seconds} for name, (count, seconds) in facts.measured.items()},
        }
    )


def _statements_of(batch: Batch) -> dict[int, frozenset[int]]:
    """Which statements use each node."""
    found: dict[int, frozenset[int]] = {}
    by_statement: dict[int, list[Node]] = {}
    for (statement, _), nodes in batch.scores.items():
        by_statement.setdefault(statement, []).extend(nodes)
    for statement, nodes in by_statement.items():
        seen: set[int] = set()
        pending = list(nodes)
        while pending:
            node = pending.pop()
            if node.id not in seen:
                seen.add(node.id)
                pending += node.inputs
        for node_id in seen:
            found[node_id] = found.get(node_id, frozenset()) | {statement}
    return found


def _header(batch: Batch, facts: Facts) -> list[str]:
    trials = sum(len(query.trials) for query in batch.queries)
    fits = sum(isinstance(node.operator, TrainModel) for node in batch.graph)
    asked = sum(len(nodes) for nodes in batch.scores.values())
    lines = [
        f"{_count(len(batch.queries), 'statement')}, {_count(trials, 'trial')}, {_count(fits, 'fit')}"
        + (f" ({asked - fits:,} shared)" if asked > fits else ""),
        f"{facts.unshared:,} operators if every trial ran alone, {len(batch.graph):,} in this plan"
        + (f": {facts.unshared / len(batch.graph):.1f} times fewer" if facts.unshared > len(batch.graph) else ""),
    ]
    width = max((len(name) for name, _, _ in facts.savings), default=0)
    for name, before, after in facts.savings:
        lines.append(f"  rule {name:<{width}}  {before:,} operators" + (f" → {after:,}" if after != before else ", nothing to do"))
    return lines


def _scan_lines(batch: Batch, scan: Node, users: Mapping[int, frozenset[int]], facts: Facts) -> list[str]:
    assert isinstance(scan.operator, Scan)
    above = _above(batch, scan)
    reads = [node for node in above if isinstance(node.operator, Read)]
    rows = facts.rows.get(scan.operator.source.key)
    notes = [_who(users.get(scan.id)), _count(len(reads), "column")] + ([f"about {rows:,} rows"] if rows is not None else [])
    lines = [f"{_short(scan.operator.label)}  [{', '.join(note for note in notes if note)}]"]
    lines.append(f"│    {_wrapped([node.operator.name for node in reads if isinstance(node.operator, Read)])}")
    for split in (node for node in above if isinstance(node.operator, Split)):
        lines.append(f"├─ {_short(split.operator.label)}  [{_who(users.get(split.id))}]")
    for label, nodes in _folded(node for node in above if isinstance(node.operator, Map | Compute)):
        lines.append(f"├─ {_short(label)}{_over(nodes[0])}{_times(nodes)}  [{_who(users.get(nodes[0].id))}]")
    for label, nodes in _folded(node for node in above if isinstance(node.operator, Fit)):
        lines.append(f"├─ {_short(label)}{_over(nodes[0])}{_times(nodes)}  [{_who(users.get(nodes[0].id))}]")
    return lines + _matrix_lines(batch, above, users)


def _matrix_lines(batch: Batch, above: Sequence[Node], users: Mapping[int, frozenset[int]]) -> list[str]:
    """Each training matrix, folds together, and the trials on it."""
    trained: dict[int, list[Node]] = {}
    for node in above:
        if isinstance(node.operator, TrainModel):
            trained.setdefault(node.inputs[0].id, []).append(node)
    groups: dict[tuple[str, tuple[str, ...]], list[Node]] = {}
    for node in above:
        if isinstance(node.operator, Assemble) and node.id in trained:
            models = tuple(sorted({child.operator.label for child in trained[node.id]}))
            groups.setdefault((node.operator.label, models), []).append(node)
    lines = []
    for position, ((label, models), nodes) in enumerate(groups.items()):
        last = position == len(groups) - 1
        lines.append(f"{'└─' if last else '├─'} {_short(label)}{_times(nodes)}  [{_who(users.get(nodes[0].id))}]")
        shown = [*models[:_MOST_TRIALS], *([f"… {len(models) - _MOST_TRIALS} more"] if len(models) > _MOST_TRIALS else [])]
        for number, model in enumerate(shown):
            lines.append(f"{' ' if last else '│'}  {'└─' if number == len(shown) - 1 else '├─'} {_short(model)}{_times(nodes)}")
    return lines


def _measured_lines(facts: Facts) -> list[str]:
    if not facts.measured:
        return []
    lines = ["measured (seconds of all threads together)"]
    for name, (count, seconds) in sorted(facts.measured.items(), key=lambda item: -item[1][1]):
        lines.append(f"  {name:<12}{count:>8,} runs {seconds:>10.3f} s")
    return [*lines, *([f"  whole batch {facts.total_seconds:.3f} s of wall time"] if facts.total_seconds is not None else [])]


def _above(batch: Batch, scan: Node) -> list[Node]:
    """The nodes that need this scan, in order."""
    reached = {scan.id}
    found = []
    for node in batch.graph:
        if node.id != scan.id and any(child.id in reached for child in node.inputs):
            reached.add(node.id)
            found.append(node)
    return found


def _folded(nodes: Iterable[Node]) -> list[tuple[str, list[Node]]]:
    """Nodes that differ only in the fold, together."""
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        groups.setdefault(node.operator.label + _over(node), []).append(node)
    return [(nodes[0].operator.label, nodes) for nodes in groups.values()]


def _over(node: Node) -> str:
    """The columns below a node, by name: ` over carrier`."""
    names: list[str] = []
    pending = list(node.inputs)
    while pending:
        child = pending.pop(0)
        if isinstance(child.operator, Read):
            names.append(child.operator.name)
        elif isinstance(child.operator, Rows):
            pending.append(child.inputs[1])
        elif not isinstance(child.operator, Split | TrainModel | Score):
            pending += child.inputs
    return f" over {', '.join(dict.fromkeys(names))}" if names else ""


def _times(nodes: Sequence[Node]) -> str:
    return f" ×{len(nodes)}" if len(nodes) > 1 else ""


def _who(statements: frozenset[int] | None) -> str:
    numbers = sorted(index + 1 for index in statements or ())
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"statement {numbers[0]}"
    listed = ", ".join(map(str, numbers)) if len(numbers) <= 6 else f"{numbers[0]} … {numbers[-1]}"
    return f"shared by {len(numbers)} statements: {listed}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _wrapped(names: Sequence[str]) -> str:
    text = ", ".join(names)
    return _short(text) if len(names) <= 6 or len(text) <= _WIDEST else ", ".join(names[:6]) + f", … {len(names) - 6} more"


def facts_of(savings: Iterable[Any]) -> list[tuple[str, int, int]]:
    """Savings of the optimizer as plain values."""
    return [(saving.rule, saving.before, saving.after) for saving in savings]
