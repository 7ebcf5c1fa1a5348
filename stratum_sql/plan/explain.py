"""EXPLAIN as text: what a batch does, on one screen of 50 lines of at most 100 characters.

Folds are folded: what is done once for each fold stands once, with the number of times. What several statements share
says so. A batch too large for the screen is told more shortly, and one that is larger still is cut, which is said.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stratum_sql.errors import printable
from stratum_sql.kernel_runs import KernelRuns
from stratum_sql.plan.alone import runs
from stratum_sql.plan.amounts import bytes_text, seconds_text
from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import DeviceRun, Placement
from stratum_sql.plan.estimates import Estimated
from stratum_sql.plan.outline import Folds, Matrix, Relation, Statements, Training, Work, outline
from stratum_sql.plan.partition import Group
from stratum_sql.plan.trained import models_of

WIDTH = 100  # characters of a line
SCREEN = 50  # lines
TIMES = "\N{MULTIPLICATION SIGN}"
_DOT = " · "
_SHORT = 0.0005  # seconds: of less, the last digit shown is all there is
_WORTH = 0.01  # seconds of a training that are told
_MOST_VALUES = 6  # of one parameter are listed, more are counted
_SHOWN_KINDS = (
    "Scan",
    "Map",
    "Compute",
    "Fit",
    "TrainModel",
    "TrainStopped",
    "TrainTargets",
    "Score",
)  # those that cost: the others only carry
_NAMES = {"TrainModel": "Train", "TrainStopped": "Train stopping", "TrainTargets": "Train for several targets"}

Saving = tuple[str, int, int, tuple[tuple[str, int, int], ...]]  # rule, operators before and after, the same by kind


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the graph. `names`: what a statement, counted from 0, is called: its file, or its model.
    `statement_of`: which statement each query of the batch is a group of, or is; empty where each is its own."""

    rows: Mapping[str, int] = field(default_factory=dict)  # estimated, by the source's key
    savings: Sequence[Saving] = ()
    unshared: int = 0
    measured: Mapping[str, tuple[int, float]] = field(default_factory=dict)  # by operator: runs, seconds
    kernels: Mapping[str, KernelRuns] = field(default_factory=dict)
    total_seconds: float | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    estimate: Estimated | None = None
    threads: int = 1
    statement_of: Sequence[int] = ()
    placement: Placement | None = None  # None where no device was looked at
    device_run: DeviceRun | None = None

    def statements(self, queries: Iterable[int]) -> frozenset[int]:
        """The statements that queries of the batch come from."""
        return frozenset(self.statement_of[one] if self.statement_of else one for one in queries)


@dataclass(frozen=True, slots=True)
class Tree:
    """One line and those below it: the head, the items, what closes them, notes, and `extra` notes, told where
    there is room. Long lines lose items first."""

    head: str
    items: tuple[str, ...] = ()
    close: str = ""
    notes: tuple[str, ...] = ()
    children: tuple[Tree, ...] = ()
    extra: tuple[str, ...] = ()


def explain_text(batch: Batch, facts: Facts) -> str:
    """The batch as a tree: relations, what is fitted over them, matrices, and the trials on each matrix."""
    header = [*_header(batch, facts), *_rules(facts)]
    measured = _measured(batch, facts)
    relations = outline(batch)
    whole = _Teller(batch, facts, brief=False).lines(relations)
    room = SCREEN - len(header) - len(measured)
    if len(whole) > room:
        whole = _cut(_Teller(batch, facts, brief=True), relations, room)
    return "\n".join([*header, *whole, *measured]).rstrip() + "\n"


def facts_of(savings: Iterable[Any]) -> list[Saving]:
    """Savings of the optimizer as plain values."""
    return [(saving.rule, saving.before, saving.after, saving.changed) for saving in savings]


# ---- above and below the tree ----------------------------------------------------------------------------------------


def _header(batch: Batch, facts: Facts) -> list[str]:
    trials = sum(len(query.trials) for query in batch.queries)
    times = runs(batch)
    fits = sum(times[node.id] * len(models_of(node)) for node in batch.graph)
    asked = sum(batch.folds[statement] for statement, _ in batch.scores)
    size = sum(times.values())
    groups = sum(query.group is not None for query in batch.queries)
    first = [_count(len(facts.statements(range(len(batch.queries)))), "statement")]
    first += [_count(groups, "group")] if groups else []
    first += [_count(trials, "trial"), _count(fits, "fit")]
    shared = [f"{asked - fits:,} more are shared"] if asked > fits else []
    fewer = f", {facts.unshared / size:.1f} times fewer" if facts.unshared > size else ""
    alone = f"{facts.unshared:,} operators if every trial ran alone"
    operators = f"{alone}{_DOT}{size:,} in this plan{fewer}"
    searches = dict.fromkeys(f"round 1 of {query.proposals.search}" for query in batch.queries if query.proposals)
    return [_DOT.join(first + shared), operators, *searches, *_estimate(facts), *_placement(facts), *_legend(facts), ""]


def _estimate(facts: Facts) -> list[str]:
    """Seconds on the clock and of all threads together, the latter also if nothing were shared, and bytes; nothing
    where they are unknown."""
    found = facts.estimate
    if found is None or found.seconds is None:
        return []
    clock, work = found.simulated, f"{seconds_text(found.seconds)} of work"
    told = [] if clock is None else [f"about {seconds_text(clock.seconds)} on {_count(facts.threads, 'thread')}"]
    told.append(work if found.alone is None else f"{work}, {seconds_text(found.alone)} if every trial ran alone")
    held = () if clock is None else (f"at most {bytes_text(clock.peak_bytes)} held",)
    return [_fitted("", Tree(_DOT.join(told), extra=held))]


def _placement(facts: Facts) -> list[str]:
    """What goes to the GPU and what it takes to get there, and why the rest does not."""
    found = facts.placement
    if found is None:
        return []
    where = f"GPU {printable(found.device)}: "
    way = f"{_count(found.copies, 'transfer')} of {bytes_text(found.bytes)}, {seconds_text(found.seconds)}"
    kinds = ("training", "product", "transform", "neighbour lookup")
    counts = (found.trainings, found.products, found.transforms, found.searches)
    done = [_count(*one) for one in zip(counts, kinds, strict=True) if one[0]]
    told = f"{', '.join(done)} there{_DOT}{way}" if done else "nothing goes there"
    made = [f"{_count(found.applied, 'transform')} applied"] if found.applied else []
    made += [f"{_count(found.once, 'column')} once for all folds"] if found.once else []
    left = tuple(f"{count:,} {reason}" for reason, count in found.left.items())
    lines = [Tree(where + told)]
    lines += [Tree("put together there: ", tuple(made))] if made else []
    lines += [Tree("left on the CPU: ", left)] if left else []
    return [_fitted("", line) for line in lines]


def _device_ran(facts: Facts) -> list[str]:
    """What was moved to the GPU, and what failed there."""
    ran = facts.device_run
    if ran is None or not (ran.copies or ran.failed):
        return []
    moved = f"{_count(ran.copies, 'transfer')} of {bytes_text(ran.bytes)} in {seconds_text(ran.seconds)}"
    lines = [
        f"on the GPU {printable(ran.device)}: {moved}"
        + (f"{_DOT}{ran.spilled:,} gave way" if ran.spilled else "")
        + (f"{_DOT}{bytes_text(ran.returned)} moved back" if ran.returned else "")
    ]
    return lines + [
        _fitted("  ", Tree(f"{_count(count, 'trial')} trained on the CPU after all: {printable(why)}"))
        for why, count in ran.failed.items()
    ]


def _legend(facts: Facts) -> list[str]:
    named = tuple(f"{statement + 1} {printable(name)}" for statement, name in sorted(facts.names.items()))
    return [_fitted("", Tree("names: ", named))] if named else []


def _rules(facts: Facts) -> list[str]:
    did = [saving for saving in facts.savings if saving[1] != saving[2] or saving[3]]
    idle = [saving[0] for saving in facts.savings if saving not in did]
    width = max((len(saving[0]) for saving in did), default=0)
    lines = [f"rule {rule:<{width}}  {_DOT.join(_saved(before, after, kinds))}" for rule, before, after, kinds in did]
    if idle:
        lines.append(_fitted("", Tree("nothing to do for: ", tuple(idle))))
    return [*lines, ""] if lines else []


def _saved(before: int, after: int, changed: Sequence[tuple[str, int, int]]) -> list[str]:
    """Operators before and after, in all where there are fewer, and of the three kinds that cost most."""
    whole = [f"{before:,} → {after:,} operators"] if after < before else []
    costly = {kind: (old, new) for kind, old, new in changed}
    named = [
        f"{_NAMES.get(kind, kind)} {costly[kind][0]:,} → {costly[kind][1]:,}" for kind in _SHOWN_KINDS if kind in costly
    ]
    return [*whole, *named[:3]]


def _measured(batch: Batch, facts: Facts) -> list[str]:
    if not facts.measured:
        return []
    total = sum(seconds for _, seconds in facts.measured.values()) or 1.0
    wall = f"{_DOT}{facts.total_seconds:.3f} s in all on the clock" if facts.total_seconds is not None else ""
    lines = ["", f"measured, seconds of all threads together{wall}"]
    estimated = estimated_runs(batch, facts)
    for kind, (count, seconds) in sorted(facts.measured.items(), key=lambda item: (-item[1][1], item[0])):
        line = f"  {_NAMES.get(kind, kind):<16}{count:>9,} runs{seconds:>11.3f} s{seconds / total:>6.0%}"
        lines.append(line + (_error(estimated[kind] * count, seconds) if kind in estimated else ""))
    return [*lines, *_kernels(facts), *_device_ran(facts)]


def _kernels(facts: Facts) -> list[str]:
    """What of that was Rust, the longest first; rows a second are those of one call."""
    if not facts.kernels:
        return []
    lines = ["of it in Rust"]
    for name, ran in sorted(facts.kernels.items(), key=lambda item: (-item[1].seconds, item[0])):
        speed = f"{ran.rows_per_second:>15,.0f} rows/s" if ran.rows else ""
        lines.append(f"  {name:<19}{ran.calls:>6,} runs{ran.seconds:>11.3f} s{speed}")
    return lines


def estimated_runs(batch: Batch, facts: Facts) -> dict[str, float]:
    """Estimated seconds of one run by kind of operator, of the kinds that are estimated."""
    times = runs(batch)
    found: dict[str, tuple[int, float]] = {}
    for node in batch.graph:
        seconds = None if facts.estimate is None else facts.estimate.of(node.id)
        if seconds is not None:
            count, before = found.get(node.operator.kind, (0, 0.0))
            found[node.operator.kind] = (count + times[node.id], before + seconds)
    return {kind: seconds / count for kind, (count, seconds) in found.items() if count}


def _error(estimated: float, measured: float) -> str:
    """What was estimated for the same runs, and how many times more or less that is."""
    told = f"   estimated {estimated:.3f} s"
    if min(estimated, measured) < _SHORT:
        return told
    factor = estimated / measured
    wrong = f"{max(factor, 1 / factor):.1f}"
    return told + ("" if wrong == "1.0" else f", {wrong} times too {'much' if factor > 1 else 'little'}")


# ---- the tree --------------------------------------------------------------------------------------------------------


class _Teller:
    """Tells the relations of one batch; `brief` leaves out which columns, and which parameters."""

    def __init__(self, batch: Batch, facts: Facts, *, brief: bool) -> None:
        self.facts, self.brief = facts, brief
        self.statements = len(facts.statements(range(len(batch.queries))))

    def lines(self, relations: Sequence[Relation]) -> list[str]:
        gap = [] if self.brief else [""]
        return [line for relation in relations for line in [*_printed(self.relation(relation)), *gap]]

    def relation(self, relation: Relation) -> Tree:
        rows = self.facts.rows.get(relation.key)
        size = None if self.facts.estimate is None else self.facts.estimate.nodes.get(relation.node)
        notes = [] if rows is None else [f"about {_count(rows, 'row')}"]
        notes += [f"{_count(len(relation.columns), 'column')} read", *self._who(relation.statements, None)]
        children = [self.work(work, relation.statements, "once for all folds") for work in relation.once]
        children += [self.folds(*alike, relation.statements) for alike in self.alike(relation)]
        held = () if size is None or self.brief else (bytes_text(size.bytes),)
        return Tree(f"Scan {relation.title}", (), "", tuple(notes), tuple(children), held)

    def alike(self, relation: Relation) -> list[tuple[Folds, list[Group]]]:
        """The splits, and with each the groups whose rows are split so; groups in which the same is done are told
        once."""
        found: dict[Hashable, tuple[Folds, list[Group]]] = {}
        for folds in relation.splits:
            groups = [] if folds.group is None else [folds.group]
            key = _without_extra(self.folds(folds, [], relation.statements)) if groups else id(folds)
            found.setdefault((key, tuple(name for group in groups for name in group.names)), (folds, []))[1].extend(
                groups
            )
        return list(found.values())

    def folds(self, folds: Folds, groups: Sequence[Group], above: Statements) -> Tree:
        if self.brief:
            works = [self.works(folds.fits)] if folds.fits else []
        else:
            works = [self.work(work, folds.statements) for work in folds.fits]
        matrices = [self.matrix(matrix, folds.statements) for matrix in folds.matrices]
        unknown = folds.uncounted and not self.facts.measured
        notes = (*(["its folds are counted when it runs"] if unknown else []), *self._who(folds.statements, above))
        below = (*works, *matrices)
        split = Tree(f"Split {folds.split}", (), "", notes, below)
        if not groups:
            return split
        head = f"Split {folds.split}, by itself in {_count(len(groups), 'group')}: "
        whole = Tree(head, tuple(printable(str(group)) for group in groups), "", notes, below)
        return whole if len(groups) == 1 else _without_extra(whole)

    def works(self, works: Sequence[Work]) -> Tree:
        """All that is fitted over one split, by transform, as one line."""
        counts: dict[str, int] = {}
        for work in works:
            name = work.what.removeprefix("Fit ").partition("(")[0]
            counts[name] = counts.get(name, 0) + len(work.over)
        times = max(work.times for work in works)
        total = sum(counts.values())
        return Tree(
            f"Fit {total} transforms{_times(times)}: ", tuple(f"{name} {count}" for name, count in counts.items())
        )

    def work(self, work: Work, above: Statements, note: str | None = None) -> Tree:
        notes = (*([note] if note else []), *self._who(work.statements, above))
        return Tree(f"{work.what}{_times(work.times)} over ", work.over, "", notes)

    def matrix(self, matrix: Matrix, above: Statements) -> Tree:
        notes = self._who(matrix.statements, above)
        if self.brief:
            trials = sum(training.trials for training in matrix.trainings)
            each = tuple(f"{training.estimator} {training.trials}" for training in matrix.trainings)
            head = f"Matrix of {_count(len(matrix.features), 'feature')}, {_count(trials, 'trial')}: "
            return Tree(head, each, "", notes)
        children = tuple(self.training(training, matrix.statements) for training in matrix.trainings)
        return Tree("Matrix ", matrix.features, "", notes, children)

    def training(self, training: Training, above: Statements) -> Tree:
        params = tuple(f"{name} => {_candidates(values)}" for name, values in training.params)
        trials = [f"{training.trials} trials"] if training.trials > 1 else []
        trials += [training.how] if training.how else []
        head = f"Train {training.estimator}" + ("(" if params else "")
        close = (")" if params else "") + _times(training.fits // training.trials)
        notes = (*trials, *self._who(training.statements, above))
        return Tree(head, params, close, notes, extra=self._seconds(training))

    def _seconds(self, training: Training) -> tuple[str, ...]:
        """What the training is thought to take, where that is worth a word."""
        if self.facts.estimate is None:
            return ()
        parts = [(self.facts.estimate.of(node), share) for node, share in training.shares]
        known = [seconds * share for seconds, share in parts if seconds is not None]
        return (f"about {seconds_text(sum(known))}",) if len(known) == len(parts) and sum(known) >= _WORTH else ()

    def _who(self, statements: Statements, above: Statements | None) -> tuple[str, ...]:
        """Which statements, where it is not all of the batch or those of the line above."""
        if statements == above or self.statements == 1:
            return ()
        numbers = sorted(statement + 1 for statement in self.facts.statements(statements))
        if len(numbers) == 1:
            return (f"statement {numbers[0]}",)
        return (f"shared by {len(numbers)} statements: {_ranges(numbers)}",)


def _without_extra(tree: Tree) -> Tree:
    """The tree without the notes that differ from group to group: seconds."""
    return replace(tree, extra=(), children=tuple(map(_without_extra, tree.children)))


def _cut(teller: _Teller, relations: Sequence[Relation], room: int) -> list[str]:
    """As many relations as there is room for, told shortly, and what is missing."""
    hint = "shortened: EXPLAIN (FORMAT json) shows every operator"
    lines: list[str] = []
    for index, relation in enumerate(relations):
        told = _printed(teller.relation(relation))
        if len(lines) + len(told) > room - 2 and lines:
            left = relations[index:]
            trials = sum(map(_trials, left))
            lines.append(f"… {_count(len(left), 'more relation')} with {_count(trials, 'trial')}")
            break
        lines += told[: room - 2] if not lines else told
    return [*lines, hint]


def _trials(relation: Relation) -> int:
    matrices = [matrix for folds in relation.splits for matrix in folds.matrices]
    return sum(training.trials for matrix in matrices for training in matrix.trainings)


def _printed(tree: Tree, lead: str = "", branch: str = "") -> list[str]:
    lines = [_fitted(lead + branch, tree)]
    below = lead + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
    for index, child in enumerate(tree.children):
        lines += _printed(child, below, "└─ " if index == len(tree.children) - 1 else "├─ ")
    return lines


def _fitted(lead: str, tree: Tree) -> str:
    """One line of at most WIDTH characters: extra notes are left out, then items from the end, then the head is cut."""
    if tree.extra:
        whole = _DOT.join([tree.head + ", ".join(tree.items) + tree.close, *tree.notes, *tree.extra])
        return lead + whole if len(lead + whole) <= WIDTH else _fitted(lead, replace(tree, extra=()))
    tail = tree.close + "".join(f"{_DOT}{note}" for note in tree.notes)
    room = WIDTH - len(lead) - len(tail)
    for kept in range(len(tree.items), 0, -1):
        left = len(tree.items) - kept
        text = tree.head + ", ".join(tree.items[:kept]) + (f", … {left} more" if left else "")
        if len(text) <= room:
            return lead + text + tail
    text = tree.head + (tree.items[0] if tree.items else "")
    more = f", … {len(tree.items) - 1} more" if len(tree.items) > 1 else ""
    kept_text = text if len(text) + len(more) <= room else text[: max(0, room - len(more) - 1)] + "…"
    return lead + kept_text + more + tail


def _times(times: int) -> str:
    return f" {TIMES}{times}" if times > 1 else ""


def _candidates(values: Sequence[str]) -> str:
    if len(values) == 1:
        return values[0]
    return f"[{', '.join(values)}]" if len(values) <= _MOST_VALUES else f"{len(values)} values"


def _ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 7 as `1-3, 7`; at most five ranges."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    shown = [f"{one[0]}-{one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in ranges]
    return ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
