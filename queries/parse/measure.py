"""What a statement costs before any row is read: parse, bind and plan, in milliseconds of one core.

    python -m queries.parse.measure --statements 1000

Two batches of the same size: statements that share a few heads byte for byte and differ after them, and statements
whose heads all differ. A session is warmed up by a small batch of other heads before each measurement.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, cycle, islice
from time import process_time
from typing import Any, TypeVar

import stratum_sql
from stratum_sql.optimizer.pipeline import optimize
from stratum_sql.plan.build import build_batch
from stratum_sql.plan.query import TrainQuery
from stratum_sql.session import Session
from stratum_sql.uncollected import uncollected

T = TypeVar("T")
TABLES = 5
_NUMBERS = tuple(f"n{index}" for index in range(12))
_TEXTS = ("color", "city", "brand")
_MODELS = (
    "ridge(alpha => {number})",
    "ridge(alpha => [{number}, {number}1], solver => 'svd')",
    "lasso(alpha => {number}, max_iter => {whole})",
    "decision_tree_regressor(max_depth => {small})",
    "random_forest_regressor(n_estimators => {small}, min_samples_leaf => {small})",
    "knn_regressor(n_neighbors => {small}, weights => 'distance')",
)
_METRICS = ("r2", "rmse", "mae", "r2, rmse")


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds a statement by phase."""

    parse: float
    bind: float
    plan: float

    def row(self, name: str) -> str:
        """One line of the table."""
        return (
            f"{name:10} {self.parse:8.3f} {self.bind:8.3f} {self.plan:8.3f} {self.parse + self.bind + self.plan:8.3f}"
        )


def open_session() -> Session:
    """A session over `TABLES` small tables of numbers and texts."""
    session = stratum_sql.connect(threads=1)
    numbers = ", ".join(f"(i * {7 + index} % 101)::DOUBLE AS {name}" for index, name in enumerate(_NUMBERS))
    texts = ", ".join(f"'v' || (i % {3 + index}) AS {name}" for index, name in enumerate(_TEXTS))
    for table in range(TABLES):
        session.sql(f"CREATE TABLE t{table} AS SELECT i AS id, {numbers}, {texts}, i * 0.5 AS y FROM range(1000) r(i)")
    return session


def tails(count: int) -> list[str]:
    """`count` different tails: estimators, parameters and metrics change."""
    found = []
    for index in range(count):
        model = _MODELS[index % len(_MODELS)].format(number=f"0.{index + 1}", whole=100 + index, small=2 + index % 97)
        metric = _METRICS[index % len(_METRICS)]
        found.append(f"TRAIN MODEL {model} TARGET y CROSS VALIDATE 5 SEED {index % 7} METRIC {metric}")
    return found


def head(number: int, columns: Sequence[str], bound: int) -> str:
    """A head of six features over one table; `bound` stands in its WHERE."""
    one, two, three, four = columns
    text = _TEXTS[number % len(_TEXTS)]
    return (
        f"SELECT standard_scale({one}) AS s_{one}, {two}, ln({three} + 1) AS l_{three}, impute({four}), "
        f"one_hot({text}), coalesce({one} * {two}, 0) AS product, y FROM t{number % TABLES} WHERE id > {bound}"
    )


def shared(count: int, heads: int = 8, start: int = 0) -> list[str]:
    """`count` statements over `heads` heads."""
    some = [head(number, columns, start) for number, columns in enumerate(islice(combinations(_NUMBERS, 4), heads))]
    return [f"{one} {tail}" for one, tail in zip(cycle(some), tails(count), strict=False)]


def unshared(count: int, start: int = 0) -> list[str]:
    """`count` statements, every head of its own."""
    picks = cycle(combinations(_NUMBERS, 4))
    return [
        f"{head(number, columns, start + number)} {tail}"
        for number, (columns, tail) in enumerate(zip(picks, tails(count), strict=False))
    ]


def cost(session: Session, texts: Sequence[str]) -> Cost:
    """What each phase costs over `texts`, on the way `Session.explain` takes."""
    with session._taking_turn(), session._database.telling(), uncollected():
        items, parse = _timed(
            lambda: [item for number, text in enumerate(texts) for item in session._read(number, text)]
        )
        bound, bind = _timed(lambda: _bound(session, items))
        _, plan = _timed(lambda: _planned(bound))
    return Cost(*(seconds * 1000 / len(texts) for seconds in (parse, bind, plan)))


def _bound(session: Session, items: Sequence[Any]) -> list[TrainQuery]:
    session._batches.expect(items, session._lender())
    return [query for item in items for query in session._batches.bound_all(item)]


def _planned(queries: Sequence[TrainQuery]) -> object:
    return optimize(build_batch(queries))


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    start = process_time()
    found = action()
    return found, process_time() - start


def measured(count: int) -> dict[str, Cost]:
    """The costs of `count` statements of each kind."""
    found = {}
    for name, make in (("shared", shared), ("unshared", unshared)):
        with open_session() as session:
            cost(session, make(60, start=1_000_000))
            found[name] = cost(session, make(count))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="measure", description="Milliseconds a statement costs before it runs.")
    parser.add_argument("--statements", type=int, default=1000, metavar="N")
    count = parser.parse_args().statements
    print(f"{'heads':10} {'parse':>8} {'bind':>8} {'plan':>8} {'all':>8}   ms a statement, {count} statements")
    for name, one in measured(count).items():
        print(one.row(name))


if __name__ == "__main__":
    main()
