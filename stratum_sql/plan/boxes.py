"""A batch as boxes and arrows, one chart a relation: what the drawing of EXPLAIN shows, before it has a place.

Operators that do the same for the same statements are one box, folds folded. What only carries values (rows of a fold,
columns read, states applied) has no box: arrows go through it. An arrow that others imply is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stratum_sql.errors import printable
from stratum_sql.plan.alone import runs
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.layers import Arrow
from stratum_sql.plan.linear import FoldProducts, Normal, Products, SolveLinear
from stratum_sql.plan.model import Candidate
from stratum_sql.plan.outline import Statements, Words, how, statements_of, validated, words_of, written
from stratum_sql.plan.relational import Compute, Read, Scan
from stratum_sql.plan.together import Bins, FirstRounds, SearchTogether, TrainTogether
from stratum_sql.plan.trained import TrainedModel, trained_models
from stratum_sql.plan.transform import Assemble, Fit, Map, Split

Kind = Literal["scan", "once", "split", "fit", "sums", "matrix", "shared", "train"]
STAGES: Mapping[Kind, int] = {
    "scan": 0,
    "once": 1,
    "split": 2,
    "fit": 3,
    "sums": 3,
    "matrix": 4,
    "shared": 5,
    "train": 6,
}
CROWDED, MOST = 24, 120  # boxes of one column: from then on like ones are one box; no more are drawn
_LISTED = 40  # names of boxes that are drawn as one
Key = tuple[object, ...]
_RUNS = (TrainTogether, SearchTogether)  # what trains several models at a time


@dataclass(frozen=True, slots=True)
class Box:
    """What is done together. `items`: over which columns, or with which parameters; `nodes`: the operators, those too
    that carry its values; `times`: how often it runs; `hidden`: how many boxes it stands for, where there was no room.
    """

    kind: Kind
    depth: int  # within its kind: a fit over what another gives stands further right
    title: str
    items: tuple[str, ...]
    statements: Statements
    nodes: tuple[int, ...]
    times: int
    trials: int = 0
    fits: int = 0
    note: str = ""
    hidden: int = 0

    @property
    def stage(self) -> tuple[int, int]:
        """Its column: boxes of one are beside none of another."""
        return STAGES[self.kind], self.depth


@dataclass(frozen=True, slots=True)
class Chart:
    """One relation: its boxes, in the order of their stages, and arrows between them by place, to the right alone."""

    key: str
    title: str
    columns: tuple[str, ...]
    statements: Statements
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def charts(batch: Batch) -> tuple[Chart, ...]:
    """A chart for each relation: those that most statements share first."""
    found = _Charts(batch)
    return tuple(sorted(found.charts(), key=lambda chart: -len(chart.statements)))


def merged(chart: Chart, crowded: int = CROWDED) -> Chart:
    """The chart with like boxes of a column as one, where it has more than `crowded`: those that do the same to the
    same values for other statements, or with other parameters."""
    counts = Counter(box.stage for box in chart.boxes)
    before: dict[int, list[int]] = {}
    for start, end in chart.arrows:
        before.setdefault(end, []).append(start)
    groups: dict[Key, list[int]] = {}
    for place, box in enumerate(chart.boxes):
        alike = (box.title, box.note, *before.get(place, ()))
        groups.setdefault((box.stage, *(alike if counts[box.stage] > crowded else (place,))), []).append(place)
    return _regrouped(chart, [(places, _alike([chart.boxes[place] for place in places])) for places in groups.values()])


def _regrouped(chart: Chart, groups: Sequence[tuple[Sequence[int], Box]]) -> Chart:
    """The chart with one box for each group of its places, in that order."""
    moved = {place: new for new, (places, _) in enumerate(groups) for place in places}
    arrows = {(moved[start], moved[end]) for start, end in chart.arrows}
    return replace(chart, boxes=tuple(box for _, box in groups), arrows=_needed(len(groups), arrows))


def _alike(boxes: Sequence[Box]) -> Box:
    """Like boxes as one."""
    first = boxes[0]
    return (
        first
        if len(boxes) == 1
        else replace(
            _one_of(boxes),
            title=first.title,
            items=_all_items(boxes),
            hidden=0,
            note=first.note,
            times=max(box.times for box in boxes),
        )
    )


def _all_items(boxes: Sequence[Box]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for box in boxes for item in box.items))


def capped(chart: Chart, most: int = MOST) -> Chart:
    """The chart with at most `most` boxes in a column: those of the fewest statements are one box that says so."""
    columns: dict[tuple[int, int], list[int]] = {}
    for place, box in enumerate(chart.boxes):
        columns.setdefault(box.stage, []).append(place)
    groups: list[tuple[Sequence[int], Box]] = []
    for places in columns.values():
        kept, rest = _parted([(chart.boxes[place], place) for place in places], most)
        groups += [([place], chart.boxes[place]) for place in kept]
        if rest:
            groups.append((rest, _one_of([chart.boxes[place] for place in rest])))
    return _regrouped(chart, groups)


def _parted(column: Sequence[tuple[Box, int]], most: int) -> tuple[list[int], list[int]]:
    """The places of a column that are kept, and those for which there is no room; both in their order."""
    if len(column) <= most:
        return [place for _, place in column], []
    ranked = sorted(column, key=lambda one: (-len(one[0].statements), -one[0].trials, one[1]))
    places = [place for _, place in ranked]
    return sorted(places[: most - 1]), sorted(places[most - 1 :])


def _one_of(boxes: Sequence[Box]) -> Box:
    names = tuple(dict.fromkeys(box.title for box in boxes))
    more = (f"… {len(names) - _LISTED} more",) if len(names) > _LISTED else ()
    return Box(
        boxes[0].kind,
        boxes[0].depth,
        f"… {len(boxes)} more",
        (*names[:_LISTED], *more),
        frozenset().union(*(box.statements for box in boxes)),
        tuple(node for box in boxes for node in box.nodes),
        1,
        sum(box.trials for box in boxes),
        sum(box.fits for box in boxes),
        hidden=len(boxes),
    )


def _needed(count: int, arrows: Iterable[Arrow]) -> tuple[Arrow, ...]:
    """Arrows between boxes 0, 1, …, all to later ones, without those that a way over other boxes implies."""
    after: list[list[int]] = [[] for _ in range(count)]
    for start, end in sorted(set(arrows)):
        after[start].append(end)
    reached = [0] * count  # one bit a box
    kept: list[Arrow] = []
    for start in reversed(range(count)):
        for end in after[start]:  # nearer ones come first: a way to a later one leads over them
            if not reached[start] >> end & 1:
                kept.append((start, end))
                reached[start] |= reached[end] | 1 << end
    return tuple(sorted(kept))


class _Charts:
    """One batch being cut into boxes."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.words: Words = words_of(batch)
        self.users = statements_of(batch)
        self.times = runs(batch)
        self.scan: dict[int, int] = {}
        self.split: dict[int, int] = {}
        self.depth: dict[int, int] = {}
        self.groups: dict[Key, list[Node]] = {}
        self.key_of: dict[int, Key] = {}
        self.models: dict[Key, list[TrainedModel]] = {}
        for node in batch.graph:
            self._place(node)
        for node in batch.graph:
            self._group(node)
        self._group_models()

    def _place(self, node: Node) -> None:
        """The scan and the split that a node stands on, and how many transforms deep it is."""
        below = [self.scan[child.id] for child in node.inputs]
        self.scan[node.id] = below[0] if below else node.id
        splits = [self.split[child.id] for child in node.inputs if child.id in self.split]
        if isinstance(node.operator, Split):
            self.split[node.id] = node.id
        elif splits:
            self.split[node.id] = splits[0]
        deepest = max((self.depth[child.id] for child in node.inputs), default=0)
        self.depth[node.id] = deepest + isinstance(node.operator, Fit | Map | Compute)

    def _group(self, node: Node) -> None:
        split = self.split.get(node.id)
        match node.operator:
            case Scan() | Split() | Products() | Bins():
                self._into((type(node.operator), node.id), node)
            case Fit() | Map() | Compute():
                kind = "once" if split is None else "fit"
                doing = self.words.doing[node.id]
                place = (self.scan[node.id], split, self.depth[node.id])
                self._into((kind, *place, doing, self.users.get(node.id)), node)
            case Assemble() | Normal():
                self._into(("matrix", self.scan[node.id], split, self.words.features[node.id]), node)

    def _into(self, key: Key, node: Node) -> None:
        self.groups.setdefault(key, []).append(node)
        self.key_of[node.id] = key

    def _group_models(self) -> None:
        """Trainings of one estimator on one matrix for the same statements; what trains for several such groups is a
        box of its own before them."""
        for model in trained_models(self.batch):
            how_trained = (model.candidate.estimator, how(model.node), model.statements)
            key: Key = ("train", self.key_of[model.matrix.id], *how_trained)
            self.models.setdefault(key, []).append(model)
        trained: dict[int, tuple[Node, set[Key]]] = {}
        for key, models in self.models.items():
            for model in models:
                trained.setdefault(model.node.id, (model.node, set()))[1].add(key)
                for run in (one for one in model.node.inputs if isinstance(one.operator, _RUNS)):
                    trained.setdefault(run.id, (run, set()))[1].add(key)
        for node, keys in trained.values():
            self._into(next(iter(keys)) if len(keys) == 1 else ("shared", node.id), node)

    def charts(self) -> Iterable[Chart]:
        owned = self._owned()
        parts: dict[int, list[tuple[Key, Box]]] = {}
        for key in {**self.groups, **self.models}:
            box = self._box(key, tuple(owned.get(key, ())))
            parts.setdefault(self._scan_of(key), []).append((key, box))
        joined = self._joined()
        for node in self.batch.graph:
            if isinstance(node.operator, Scan):
                yield self._chart(node, parts[node.id], joined)

    def _chart(self, scan: Node, parts: list[tuple[Key, Box]], joined: Mapping[Key, set[Key]]) -> Chart:
        assert isinstance(scan.operator, Scan)
        parts = sorted(parts, key=lambda part: part[1].stage)
        places = {key: place for place, (key, _) in enumerate(parts)}
        arrows = [(places[start], places[key]) for key, _ in parts for start in joined.get(key, ())]
        boxes = tuple(box for _, box in parts)
        forward = [(start, end) for start, end in arrows if boxes[start].stage < boxes[end].stage]
        return Chart(
            scan.operator.source.key,
            printable(scan.operator.source.title),
            boxes[0].items,
            self.users.get(scan.id, frozenset()),
            boxes,
            _needed(len(boxes), forward),
        )

    def _scan_of(self, key: Key) -> int:
        nodes = self.groups.get(key) or [model.node for model in self.models[key]]
        return self.scan[nodes[0].id]

    def _joined(self) -> dict[Key, set[Key]]:
        """The boxes that each box's values come from."""
        joined: dict[Key, set[Key]] = {}
        sources: dict[int, frozenset[Key]] = {}
        for node in self.batch.graph:
            found: frozenset[Key] = frozenset().union(*(sources[child.id] for child in node.inputs))
            own = self.key_of.get(node.id)
            sources[node.id] = found if own is None else frozenset([own])
            if own is not None:
                joined.setdefault(own, set()).update(found - {own})
        for key, models in self.models.items():
            before = frozenset().union(*(sources[model.node.id] for model in models)) - {key}
            joined.setdefault(key, set()).update(before)
        return joined

    def _owned(self) -> dict[Key, list[int]]:
        """The nodes of each box, with those that carry its values on; every node is in one box."""
        owner: dict[int, Key] = {}
        found: dict[Key, list[int]] = {}
        for node in self.batch.graph:
            own = self.key_of.get(node.id)
            if own is None:
                own = owner[node.inputs[-1 if isinstance(node.operator, FoldProducts) else 0].id]
            owner[node.id] = own
            found.setdefault(own, []).append(node.id)
        return found

    def _box(self, key: Key, owned: tuple[int, ...]) -> Box:
        if key in self.models:
            return self._training(self.models[key], owned)
        nodes = self.groups[key]
        first, statements = nodes[0], self._statements(nodes)
        kind, title, items = self._told(first, nodes)
        note = self._note(kind, nodes)
        deep = self.depth[first.id] - 1 if kind in ("once", "fit") else 0
        return Box(kind, deep, title, items, statements, owned, self._runs(nodes, items, kind), note=note)

    def _note(self, kind: Kind, nodes: Sequence[Node]) -> str:
        match kind:
            case "sums":
                return "one pass"
            case "once":
                return "once for all rows"
            case "shared":
                return "for all of them" if isinstance(nodes[0].operator, Bins) else "in one run"
            case "matrix":
                return "" if any(isinstance(node.operator, Assemble) for node in nodes) else "only as sums"
        return ""

    def _folds(self, split: Node) -> str:
        """How many folds a split has, where that is known before it runs, or once it has run."""
        statements = self.users.get(split.id, frozenset())
        count = max((self.batch.folds[one] for one in statements), default=1)
        known = count > 1 or all(self.batch.queries[one].split.folds is not None for one in statements)
        return f"{count} fold{'s' * (count != 1)}" if known else "folds as the data say"

    def _told(self, first: Node, nodes: Sequence[Node]) -> tuple[Kind, str, tuple[str, ...]]:
        match first.operator:
            case Scan(source):
                return "scan", printable(source.title), self._columns(first)
            case Split() as split:
                return "split", self._folds(first), (printable(split.words + validated(self.batch, first)),)
            case Fit() | Map() | Compute():
                kind: Kind = "fit" if first.id in self.split else "once"
                over = tuple(dict.fromkeys(self.words.over[node.id] for node in nodes))
                return kind, self.words.doing[first.id].removeprefix("Fit ").removeprefix("Map "), over
            case Products():
                return "sums", "sums", tuple(self._reads(first))
            case Bins(example=example):
                return "shared", "bins", (example.estimator,)
            case SolveLinear(models=models) | TrainTogether(models=models) | SearchTogether(models=models):
                estimators = tuple(dict.fromkeys(model.estimator for model in models))
                return "shared", f"{len(models)} models", estimators
        features = self.words.names[first.id]
        said = self.words.features[first.id]
        return "matrix", f"{len(features)} feature{'s' * (len(features) != 1)}", said

    def _columns(self, scan: Node) -> tuple[str, ...]:
        reads = [node.operator for node in self.batch.graph if self.scan[node.id] == scan.id]
        return tuple(printable(read.name) for read in reads if isinstance(read, Read))

    def _reads(self, products: Node) -> Iterable[str]:
        for node in products.inputs[1:]:
            if isinstance(node.operator, Read):
                yield printable(node.operator.name)

    def _runs(self, nodes: Sequence[Node], items: Sequence[str], kind: Kind) -> int:
        """How often each of a box's works is done; one matrix is made of training and of held-out rows."""
        if kind in ("once", "fit"):
            return sum(self.times[node.id] for node in nodes) // max(1, len(items))
        return max(self.times[node.id] for node in nodes)

    def _statements(self, nodes: Iterable[Node]) -> Statements:
        return frozenset().union(*(self.users.get(node.id, frozenset()) for node in nodes))

    def _training(self, models: Sequence[TrainedModel], owned: tuple[int, ...]) -> Box:
        first = models[0]
        trials = tuple(dict.fromkeys(model.candidate for model in models))
        fits = sum(self.times[model.node.id] for model in models)
        deep = int(isinstance(first.node.operator, FirstRounds))
        return Box(
            "train",
            deep,
            first.candidate.estimator,
            _values(trials),
            first.statements,
            owned,
            fits // len(models),
            len(models),
            fits,
            how(first.node),
        )


def _values(models: Iterable[Candidate]) -> tuple[str, ...]:
    """Candidate values by parameter: `alpha => [0.1, 1]`."""
    values: dict[str, dict[str, None]] = {}
    for model in models:
        for name, value in model.params.items:
            values.setdefault(name, {})[f"{value:.4g}" if isinstance(value, float) else written(value)] = None
    return tuple(
        f"{printable(name)} => {next(iter(found)) if len(found) == 1 else '[' + ', '.join(found) + ']'}"
        for name, found in values.items()
    )
