"""shared_neighbours: models of nearest neighbours over one matrix look them up in one search.

    Train(knn(k=3); x, y), Train(knn(k=9); x, y)  =>  Member(0, SearchTogether({k=3, k=9}; x, y, z)), Member(1, …)

With z the held-out rows. The three nearest rows are the first three of the nine nearest; fitting costs little, but the
neighbours of the held-out rows is all the rest of its work, and the widest search takes hardly longer than each of the
others. Where rows are equally far it is the library's choice which of them is a neighbour: those models are told so
when it is run, and trained alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from stratum_sql.catalog.neighbours import search_key
from stratum_sql.optimizer.solving import different
from stratum_sql.optimizer.trainings import Full, Trained, full_parameters, grafted, trainings
from stratum_sql.plan.build import Answer, Batch, Goal
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.together import Member, SearchTogether


def shared_neighbours(batch: Batch) -> Batch:
    """The batch with models of nearest neighbours over one matrix searching together."""
    groups = _groups(batch)
    return grafted(batch, lambda graph, made: _graft(graph, groups, made)) if groups else batch


def _groups(batch: Batch) -> list[list[Trained]]:
    """Trials, of several models, whose neighbours one search finds."""
    full = full_parameters(batch)
    groups: dict[Hashable, list[Trained]] = {}
    for one in trainings(batch):
        key = _key(one, full)
        if key is not None:
            groups.setdefault(key, []).append(one)
    return [group for group in groups.values() if len(different(group)) > 1]


def _key(one: Trained, full: Full) -> Hashable | None:
    """What trials share that search together. Models with weighted rows are refused by the library in its own words."""
    known = full.get((one.training.estimator, one.training.params))
    key = None if known is None or one.training.weighted else search_key(known[0], known[1].as_dict())
    return None if key is None else (key, tuple(node.id for node in one.inputs))


def _graft(graph: Graph, groups: Sequence[list[Trained]], made: Mapping[int, Node]) -> dict[Goal, Answer]:
    answers: dict[Goal, Answer] = {}
    for group in groups:
        models = different(group)
        matrix, target, *held_out = (made[node.id] for node in group[0].inputs)
        search = graph.node(SearchTogether(tuple(models)), matrix, target, held_out[0])
        for place, (candidate, trials) in enumerate(models.items()):
            member = graph.node(Member(place, candidate), search)
            answers |= {one.goal: Answer(graph.node(one.scoring, member, *held_out)) for one in trials}
    return answers
