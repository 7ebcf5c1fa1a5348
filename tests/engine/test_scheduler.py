"""The scheduler over nodes that do nothing: who runs, who fails, what is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql.catalog.columns import Column
from stratum_sql.execute.scheduler import GoalResult, Scheduler
from stratum_sql.physical.schedule import in_order
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.transform import Assemble


@dataclass(frozen=True, slots=True)
class Named(Operator):
    name: str


class World:
    """A graph by names, and a log of what ran."""

    def __init__(self, edges: Mapping[str, Sequence[str]], fail: Sequence[str] = ()) -> None:
        graph = Graph()
        self.nodes: dict[str, Node] = {}
        for name, inputs in edges.items():
            self.nodes[name] = graph.node(Named(name), *(self.nodes[one] for one in inputs))
        self.fail = set(fail)
        self.ran: list[str] = []
        self.lock = threading.Lock()
        self.hooks: dict[str, Callable[[], None]] = {}

    def run_node(self, node: Node, inputs: list[Any]) -> Any:
        name = node.operator.name  # type: ignore[attr-defined]
        with self.lock:
            self.ran.append(name)
        if name in self.hooks:
            self.hooks[name]()
        if name in self.fail:
            raise ValueError(name)
        for child, value in zip(node.inputs, inputs, strict=True):
            assert value[0].name == child.operator.name  # type: ignore[attr-defined]
        return (Column(name, "number", np.zeros(10)),)

    def scheduler(
        self, goals: Mapping[str, str], workers: int = 2, memory: int = 2**40, given: Sequence[str] = ()
    ) -> Scheduler[str, Node]:
        schedule = in_order({goal: self.nodes[node] for goal, node in goals.items()})
        values = {self.nodes[name].id: (Column(name, "number", np.zeros(10)),) for name in given}
        return Scheduler(schedule, self.run_node, values, workers, memory)


def run(scheduler: Scheduler[str, Node]) -> dict[str, str]:
    results = scheduler.run(lambda: None, tick=0.01)
    assert scheduler.held_bytes == 0
    assert scheduler._state.values == {}
    return {goal: result.status for goal, result in results.items()}


DIAMOND = {"scan": [], "left": ["scan"], "right": ["scan"], "top": ["left", "right"], "other": ["right"]}


def test_a_diamond_runs_each_node_once() -> None:
    world = World(DIAMOND)
    assert run(world.scheduler({"a": "top", "b": "other"})) == {"a": "ok", "b": "ok"}
    assert sorted(world.ran) == sorted(DIAMOND)


def test_values_that_are_given_do_not_run_nor_does_what_is_below_them() -> None:
    world = World({**DIAMOND, "above": ["top"]})
    assert run(world.scheduler({"a": "above"}, given=["top"])) == {"a": "ok"}
    assert world.ran == ["above"]


def test_an_input_used_twice_is_one_value() -> None:
    world = World({"scan": [], "square": ["scan", "scan"]})
    assert run(world.scheduler({"a": "square", "again": "square"})) == {"a": "ok", "again": "ok"}
    assert world.ran == ["scan", "square"]


def test_a_failing_node_fails_those_above_it_alone() -> None:
    world = World(DIAMOND, fail=["left"])
    scheduler = world.scheduler({"a": "top", "b": "other"}, workers=1)
    assert run(scheduler) == {"a": "failed", "b": "ok"}
    assert str(scheduler.results["a"].error) == "left"
    assert "top" not in world.ran


def test_what_only_a_failed_goal_needs_is_not_run() -> None:
    world = World(
        {"scan": [], "bad": ["scan"], "long": ["scan"], "longer": ["long"], "top": ["bad", "longer"]}, fail=["bad"]
    )
    assert run(world.scheduler({"a": "top"}, workers=1)) == {"a": "failed"}
    assert "top" not in world.ran


def test_giving_up_while_a_node_runs() -> None:
    """The call cannot be stopped, but nobody waits for it, and its value is not kept."""
    world, started, let_go = (
        World({"scan": [], "slow": ["scan"], "top": ["slow"], "quick": ["scan"]}),
        threading.Event(),
        threading.Event(),
    )

    def slow() -> None:
        started.set()
        let_go.wait(30)

    world.hooks["slow"] = slow
    scheduler = world.scheduler({"slow": "top", "quick": "quick"})

    def watch() -> None:
        if started.is_set() and "quick" in scheduler.results:
            scheduler.give_up(["slow"], "timeout")

    results = scheduler.run(watch, tick=0.01)
    assert {goal: result.status for goal, result in results.items()} == {"slow": "timeout", "quick": "ok"}
    assert scheduler.held_bytes == 0
    let_go.set()
    for thread in threading.enumerate():
        if thread.name.startswith("stratum-"):
            thread.join(30)
    assert scheduler.held_bytes == 0
    assert "top" not in world.ran
    assert scheduler.results["slow"].status == "timeout"


def test_giving_up_one_goal_leaves_what_another_needs() -> None:
    world = World(DIAMOND)
    scheduler = world.scheduler({"a": "top", "b": "other"}, workers=1)
    scheduler.give_up(["a"], "cancelled")
    assert scheduler.open_goals() == ["b"]
    assert run(scheduler) == {"a": "cancelled", "b": "ok"}
    assert sorted(world.ran) == ["other", "right", "scan"]


def test_the_first_end_of_a_goal_stands() -> None:
    world = World(DIAMOND)
    scheduler = world.scheduler({"a": "top"})
    scheduler.give_up(["a"], "cancelled")
    scheduler.give_up(["a"], "timeout")
    assert run(scheduler) == {"a": "cancelled"}
    assert world.ran == []


def test_a_watch_that_raises_stops_everything() -> None:
    world, hold = World({"scan": [], "top": ["scan"]}), threading.Event()

    def wait() -> None:
        hold.wait(30)

    world.hooks["scan"] = wait

    def watch() -> None:
        raise KeyboardInterrupt

    scheduler = world.scheduler({"a": "top"})
    with pytest.raises(KeyboardInterrupt):
        scheduler.run(watch, tick=0.01)
    hold.set()
    assert scheduler.results == {}
    assert scheduler.held_bytes == 0


def test_base_exceptions_are_fenced() -> None:
    world = World(DIAMOND)

    def leave() -> None:
        raise SystemExit(3)

    world.hooks["left"] = leave
    assert run(world.scheduler({"a": "top", "b": "other"})) == {"a": "failed", "b": "ok"}


def test_a_matrix_waits_for_memory_that_others_will_give_back() -> None:
    """With one matrix held and its user running, a second matrix is not begun; alone it always is."""
    graph = Graph()
    scan = graph.node(Named("scan"))
    first, second = (graph.node(Assemble((name,)), graph.node(Named(name), scan)) for name in ("a", "b"))
    tops = [graph.node(Named(f"top {index}"), node) for index, node in enumerate((first, second))]
    events: list[str] = []

    def run_node(node: Node, _inputs: list[Any]) -> Any:
        events.append(node.operator.label if isinstance(node.operator, Assemble) else node.operator.name)  # type: ignore[attr-defined]
        return (Column("c", "number", np.zeros(10)),)

    scheduler = Scheduler(in_order(dict(enumerate(tops))), run_node, {}, 2, 1)
    assert {result.status for result in scheduler.run(lambda: None, 0.01).values()} == {"ok"}
    assert len(events) == len(set(events)) == 7


def test_goals_carry_seconds_and_warnings_of_their_model() -> None:
    @dataclass
    class Model:
        seconds: float = 2.5
        warnings: tuple[str, ...] = ("slow",)

    graph = Graph()
    train = graph.node(Named("train"))
    score = graph.node(Named("score"), train)
    scheduler = Scheduler(in_order({"a": score}), lambda node, _: Model() if node is train else 0.5, {}, 1, 1)
    assert scheduler.run(lambda: None)["a"] == GoalResult("ok", 0.5, 2.5, ("slow",))
    assert scheduler.timings.keys() == {"Named"}
    assert scheduler.timings["Named"][0] == 2


# ---- any graph -------------------------------------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, list[str]], list[str], list[str], list[str]]:
    """Edges, failing nodes, wanted nodes and goals given up at once."""
    size = draw(st.integers(1, 12))
    names = [f"n{index}" for index in range(size)]
    edges = {
        name: draw(st.lists(st.sampled_from(names[:index]), max_size=3)) if index else []
        for index, name in enumerate(names)
    }
    some = st.lists(st.sampled_from(names), max_size=4, unique=True)
    wanted = draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True))
    return edges, draw(some), wanted, draw(st.lists(st.sampled_from(wanted), max_size=2, unique=True))


def below(edges: Mapping[str, Sequence[str]], name: str) -> set[str]:
    return {name}.union(*(below(edges, child) for child in edges[name]))


@settings(max_examples=60)
@given(graphs(), st.integers(1, 3), st.sampled_from([1, 2**40]))
def test_any_graph(
    graph: tuple[dict[str, list[str]], list[str], list[str], list[str]], workers: int, memory: int
) -> None:
    edges, fail, wanted, given_up = graph
    world = World(edges, fail)
    scheduler = world.scheduler({name: name for name in wanted}, workers, memory)
    scheduler.give_up(given_up, "cancelled")
    found = run(scheduler)
    for name in wanted:
        ends = "cancelled" if name in given_up else "failed" if below(edges, name) & set(fail) else "ok"
        assert found[name] == ends
    assert len(world.ran) == len(set(world.ran))
    needed = set().union(*(below(edges, name) for name in wanted if name not in given_up))
    assert set(world.ran) <= needed
    kept = set().union(*(below(edges, name) for name in wanted if found[name] == "ok"))
    assert kept <= set(world.ran)
