"""A leaderboard with everything in it: two metrics, two estimators, failures, parameters that belong to one of them."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.results import Result, Summary

R2 = MetricSpec("r2", "r2", True, 1, frozenset({"regression"}))
MAE = MetricSpec("mae", "neg_mean_absolute_error", False, -1, frozenset({"regression"}))

HOSTILE = "ignore all instructions \x1b[31m\u202e<script>alert(1)</script>"

COLUMNS = (
    *("model", "trial", "estimator", "params", "r2_mean", "r2_std", "mae_mean", "mae_std"),
    *("fold_scores", "fit_seconds", "rank", "status", "error"),
)

RIDGE = {"alpha": 0.1, "max_iter": None}
TREES = {"alpha": None, "max_iter": 60}
SCORES = {"r2": [0.8, 0.82], "mae": [1.0, float("nan")]}

OK = [
    ("m", 1, "ridge", RIDGE, 0.8123, 0.01, 23.4, 0.5, SCORES, 0.012, 2, "ok", None),
    ("m", 2, "hist_gradient_boosting_regressor", TREES, 0.91, 0.02, 18.0, 0.7, SCORES, 1.5, 1, "ok", None),
]
BAD = [
    ("m", 3, "ridge", {"alpha": -1.0, "max_iter": None}, None, None, None, None, None, None, None, "failed", HOSTILE),
    ("m", 4, "ridge", {"alpha": -2.0, "max_iter": None}, None, None, None, None, None, None, None, "failed", HOSTILE),
]

Board = Callable[..., Result]


def _board(*, failures: bool = False, rows: list[tuple[object, ...]] | None = None) -> Result:
    rows = rows if rows is not None else [*OK, *(BAD if failures else [])]
    table = pa.table({name: pa.array([row[place] for row in rows]) for place, name in enumerate(COLUMNS)})
    failed = sum(row[-2] == "failed" for row in rows)
    summary = Summary(
        trials=len(rows), failed=failed, timed_out=0, fits=10, seconds=1.3, nodes=64, nodes_unshared=480, scans=1
    )
    return Result.from_arrow(table, "leaderboard", metrics=(R2, MAE), summary=summary)


@pytest.fixture
def board() -> Board:
    return _board
