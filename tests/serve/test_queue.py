"""Which requests make a round, and when: by a clock that the test turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql.serve.messages import Explain, Run
from stratum_sql.serve.queue import LONGEST, MOST_STATEMENTS, Queue, Request


class Feed:
    """A queue, and requests that are named by client and place, such as `a1`."""

    def __init__(self, window: float = 0.02) -> None:
        self.queue = Queue(window)
        self.lanes = 0

    def add(self, client: str, at: float = 0.0, gather: str = "", texts: tuple[str, ...] = ("SELECT 1",)) -> None:
        self.lanes += 1
        self.queue.add(Request(ord(client), self.lanes, Run(self.lanes, texts, gather), at))

    def take(self, at: float) -> str:
        return " ".join(f"{chr(one.client)}{one.lane}" for one in self.queue.take(at))


@pytest.fixture
def feed() -> Feed:
    return Feed()


def test_nothing_waits(feed: Feed) -> None:
    assert feed.queue.due(1.0) is None
    assert feed.take(1.0) == ""


def test_the_window_opens_with_the_first(feed: Feed) -> None:
    feed.add("a", 10.0)
    feed.add("b", 10.015)
    assert feed.queue.due(10.015) == pytest.approx(0.005)
    assert feed.take(10.015) == ""
    assert feed.take(10.02) == "a1 b2"
    assert feed.queue.due(10.02) is None


def test_who_says_that_nothing_follows_waits_for_nobody_but_the_others(feed: Feed) -> None:
    feed.add("a", 0.0, "complete")
    assert feed.queue.due(0.0) == 0.0
    feed.add("b", 0.001)
    assert feed.queue.due(0.001) == pytest.approx(0.02)  # b may have companions
    assert feed.take(0.021) == "a1 b2"


def test_an_open_batch_waits_for_the_rest_of_it_and_holds_up_nobody(feed: Feed) -> None:
    feed.add("a", 0.0, "open")
    feed.add("b", 0.0)
    assert feed.take(0.02) == "b2"
    feed.add("c", 0.5, "complete")
    assert feed.take(0.5) == "c3"
    feed.add("a", 1.0, "complete")
    assert feed.take(1.0) == "a1 a4"
    feed.add("a", 2.0, "open")
    assert feed.queue.due(2.0) == LONGEST
    assert feed.take(2.0 + LONGEST) == "a5"


def test_clients_take_turns_and_the_next_round_begins_where_the_last_one_ended(feed: Feed) -> None:
    heavy = ("SELECT 1;" * (MOST_STATEMENTS // 4),)
    for _ in range(4):
        feed.add("a", texts=heavy)
    feed.add("b", texts=heavy)
    feed.add("c")
    assert feed.take(1.0) == "a1 b5 c6 a2 a3"
    assert feed.take(1.0) == "a4"


def test_a_client_with_much_does_not_keep_others_from_the_round() -> None:
    feed = Feed()
    for _ in range(3 * MOST_STATEMENTS):
        feed.add("a")
    feed.add("b")
    first = feed.take(1.0).split()
    assert len(first) == MOST_STATEMENTS
    assert "b3001" in first[:2]


def test_a_request_larger_than_a_round_runs(feed: Feed) -> None:
    feed.add("a", texts=("SELECT 1",) * (2 * MOST_STATEMENTS))
    feed.add("b")
    assert feed.take(1.0) == "a1"
    assert feed.take(1.0) == "b2"


def test_without_a_window_each_request_is_a_round() -> None:
    feed = Feed(0)
    for client in "aab":
        feed.add(client)
    assert [feed.take(0.0) for _ in range(4)] == ["a1", "b3", "a2", ""]


def test_what_is_dropped_does_not_run(feed: Feed) -> None:
    for client in "aab":
        feed.add(client)
    assert [one.lane for one in feed.queue.drop(ord("a"), 1)] == [1]
    assert feed.queue.drop(ord("a"), 1) == []
    assert [one.lane for one in feed.queue.drop(ord("b"))] == [3]
    assert feed.take(1.0) == "a2"


def test_who_does_not_take_answers_waits(feed: Feed) -> None:
    feed.add("a")
    feed.queue.blocked = {ord("a")}
    assert feed.queue.due(1.0) is None
    feed.add("b", 1.0)
    assert feed.queue.due(1.0) == pytest.approx(0.02)
    assert feed.take(2.0) == "b2"
    feed.queue.blocked = frozenset()
    assert feed.take(2.0) == "a1"


def test_a_plan_waits_for_nobody(feed: Feed) -> None:
    feed.queue.add(Request(1, 1, Explain(1, ("SELECT 1",), "text"), 0.0))
    assert feed.queue.due(0.0) == 0.0


SENT = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "", "complete", "open"])), max_size=40)


@given(SENT)
def test_every_request_runs_once_and_in_its_clients_order(sent: list[tuple[str, str]]) -> None:
    feed = Feed()
    taken: list[str] = []
    for place, (client, gather) in enumerate(sent):
        feed.add(client, place * 0.007, gather)
        taken += feed.take(place * 0.007).split()
    for round_ in range(50):
        taken += feed.take(10.0 + round_).split()
    assert sorted(taken) == sorted(f"{client}{place}" for place, (client, _) in enumerate(sent, 1))
    for client in "abcd":
        own = [int(one[1:]) for one in taken if one[0] == client]
        assert own == sorted(own)
