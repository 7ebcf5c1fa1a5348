"""The same work on the GPU and on the CPU of this machine, in one run: a product of a large matrix, k-means, boosted
trees, a hundred logistic regressions, and columns that are scaled and filled. Where there is no GPU nothing runs, and
the report says so.

It has never run on a GPU: its test runs it on a stand-in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from queries.compare import own_peak_mib, timed
from queries.report import Line, Options, Report
from queries.run_workload import thread_count
from stratum_sql import Session, connect
from stratum_sql.catalog.gpu_forms import FORMS
from stratum_sql.catalog.gpu_transforms import TRANSFORM_FORMS
from stratum_sql.catalog.transforms.kmeans import KMEANS
from stratum_sql.catalog.transforms.kmeans import make as make_kmeans
from stratum_sql.execute.gpu import Gpu, found_gpu
from stratum_sql.execute.gpu_transforms import fit_on_device
from stratum_sql.execute.gpu_values import OnDevice
from stratum_sql.execute.linear.normal import from_matrix
from stratum_sql.execute.values import Design

SUMMARY = (
    "a large product, k-means, boosted trees, logistic regressions and features on the GPU, against the CPU of the "
    "same machine"
)
NONE = "no GPU here: nothing was run"
PRODUCT_ROWS, PRODUCT_COLUMNS = 10_000_000, 128
TREES_ROWS, TREES_COLUMNS = 5_000_000, 50
REGRESSIONS_ROWS, REGRESSIONS_COLUMNS, REGRESSIONS = 1_000_000, 40, 100
CLUSTERED_ROWS, CLUSTERED_COLUMNS, CLUSTERS = 5_000_000, 20, 25
FEATURES_ROWS, FEATURES_COLUMNS = 1_000_000, 20
LEAST_ROWS = 2_000
PRODUCT_TOLERANCE, SINGLES_TOLERANCE = 1e-9, 1e-4
_SINGLES_AT_ONCE = 2**18  # rows of a product in singles: what they sum up is added in doubles


@dataclass(frozen=True, slots=True)
class Compared:
    """One piece of work on both sides: seconds, the largest relative difference, and what that may be."""

    title: str
    trials: int
    gpu_s: float
    cpu_s: float
    apart: float
    tolerance: float


def run(options: Options) -> Report:
    """Run every piece on both sides; `--rows-fraction` makes each smaller."""
    gpu = found_gpu()
    if gpu is None:
        return Report("gpu", 0, 0, 0.0, None, 0.0, own_peak_mib(), compared_with="", notes=(NONE,))
    share, threads = options.rows_fraction, thread_count(options)
    found = [*products(gpu, _rows(PRODUCT_ROWS, share)), clusters(gpu, _rows(CLUSTERED_ROWS, share), threads)]
    with connect(threads=threads) as session:
        found += [
            trees(session, _rows(TREES_ROWS, share)),
            regressions(session, _rows(REGRESSIONS_ROWS, share)),
            features(session, _rows(FEATURES_ROWS, share)),
        ]
    return report(gpu.device.name, found)


def report(device: str, found: Sequence[Compared]) -> Report:
    """A line for each; a problem where the sides are further apart than the form's tolerance."""
    wrong = [one for one in found if not one.apart <= one.tolerance]
    return Report(
        name="gpu",
        trials=sum(one.trials for one in found),
        measured=sum(one.trials for one in found),
        ours_s=sum(one.gpu_s for one in found),
        baseline_s=sum(one.cpu_s for one in found),
        max_score_difference=max((one.apart for one in wrong), default=0.0),  # those within their tolerance are no news
        peak_mib=own_peak_mib(),
        lines=tuple(
            Line(one.title, one.trials, one.trials, one.cpu_s, "", one.apart, ours_s=one.gpu_s) for one in found
        ),
        problems=tuple(f"{one.title}: {one.apart:.1e} apart, more than {one.tolerance:.0e}" for one in wrong),
        compared_with="on the CPU",
        notes=(f"on {device}; a difference counts where it is more than the tolerance of docs/gpu.md",),
    )


def products(gpu: Gpu, rows: int) -> list[Compared]:
    """The product of a matrix with itself, as linear models that share one need it, in doubles; and in singles, which
    the engine never takes, to see what they would gain and lose. The CPU's is in doubles for both."""
    matrix = np.random.default_rng(0).standard_normal((rows, PRODUCT_COLUMNS))
    target = matrix[:, 0] + 0.5
    train, test = (matrix, target, None), (matrix[:1000], target[:1000], None)
    there, gpu_s = timed(lambda: gpu.normal_equations(_on_device(train), _on_device(test)).train.gram)
    here, cpu_s = timed(lambda: from_matrix(train, test))
    singles = matrix.astype(np.float32)
    rough, rough_s = timed(lambda: product_of_singles(gpu, singles, here.means))
    title = f"{rows:,} by {PRODUCT_COLUMNS}"
    return [
        Compared(f"product, {title}", 1, gpu_s, cpu_s, _apart(there, here.train.gram), PRODUCT_TOLERANCE),
        Compared(f"product in float32, {title}", 1, rough_s, cpu_s, _apart(rough, here.train.gram), SINGLES_TOLERANCE),
    ]


def _on_device(side: tuple[np.ndarray, np.ndarray, None]) -> tuple[OnDevice, np.ndarray, None]:
    return (OnDevice.of(Design(side[0], tuple(map(str, range(side[0].shape[1]))))), *side[1:])


def product_of_singles(gpu: Gpu, matrix: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The product of a matrix of float32, less `means`, with itself: multiplied in singles, moved as such."""
    xp = gpu.arrays
    moved, centre = gpu.there(matrix), xp.asarray(means.astype(np.float32))
    product = xp.zeros((matrix.shape[1], matrix.shape[1]))
    for first in range(0, len(matrix), _SINGLES_AT_ONCE):
        some = moved[first : first + _SINGLES_AT_ONCE] - centre
        product = product + (some.T @ some).astype(np.float64)
    found: np.ndarray = xp.asnumpy(product)
    return found


def _apart(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, by the largest entry."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def clusters(gpu: Gpu, rows: int, threads: int) -> Compared:
    """k-means from the same first centres; how far apart the sums of squares are in which it ends."""
    draws = np.random.default_rng(0)
    centres = 4 * draws.standard_normal((CLUSTERS, CLUSTERED_COLUMNS))
    matrix = centres[draws.integers(0, CLUSTERS, rows)] + draws.standard_normal((rows, CLUSTERED_COLUMNS))
    names = tuple(map(str, range(CLUSTERED_COLUMNS)))
    params = KMEANS.complete({"n_clusters": CLUSTERS})
    given = OnDevice.of(Design(matrix, names))
    there, gpu_s = timed(lambda: fit_on_device(gpu, "kmeans", params, 0, given).state["transformer"])
    with threadpool_limits(threads):
        here, cpu_s = timed(lambda: make_kmeans(params, 0).fit(matrix))
    apart = abs(there.inertia_ / here.inertia_ - 1)
    title = f"k-means of {CLUSTERS}, {rows:,} by {CLUSTERED_COLUMNS}"
    return Compared(title, 1, gpu_s, cpu_s, apart, TRANSFORM_FORMS["kmeans"].tolerance)


def trees(session: Session, rows: int) -> Compared:
    """Two configurations of XGBoost over one matrix."""
    models = "xgboost_classifier(n_estimators => 100, max_depth => [4, 8])"
    tolerance = FORMS["xgboost_classifier"].tolerance
    return _both(session, f"XGBoost, {rows:,} by {TREES_COLUMNS}", rows, TREES_COLUMNS, models, 2, tolerance)


def regressions(session: Session, rows: int) -> Compared:
    """A hundred logistic regressions over one matrix."""
    penalties = ", ".join(f"{10 ** (4 * place / REGRESSIONS - 3):.6g}" for place in range(REGRESSIONS))
    title = f"{REGRESSIONS} logistic regressions, {rows:,} by {REGRESSIONS_COLUMNS}"
    tolerance = FORMS["logistic_regression"].tolerance
    models = f"logistic(C => [{penalties}])"
    return _both(session, title, rows, REGRESSIONS_COLUMNS, models, REGRESSIONS, tolerance)


def features(session: Session, rows: int) -> Compared:
    """Columns that are moved once for five folds, and scaled and filled on the GPU, below two logistic regressions."""
    made = [f"standard_scale(impute(x{place}, 'median'))" for place in range(FEATURES_COLUMNS)]
    return _both(
        session,
        f"scaled and filled columns in five folds, {rows:,} by {FEATURES_COLUMNS}",
        rows,
        FEATURES_COLUMNS,
        "logistic(C => [0.1, 1])",
        2,
        FORMS["logistic_regression"].tolerance,
        (", ".join(made), "CROSS VALIDATE 5"),
    )


def _both(
    session: Session,
    title: str,
    rows: int,
    columns: int,
    models: str,
    trials: int,
    tolerance: float,
    asked: tuple[str, str] | None = None,
) -> Compared:
    """`asked`: the features and the split, where those are not the columns and one holdout."""
    names = [f"x{place}" for place in range(columns)]
    numbers = ", ".join(
        f"(hash(i * {columns} + {place}) % 10007) / 10007.0 AS {name}" for place, name in enumerate(names)
    )
    session.sql(
        f"CREATE OR REPLACE TABLE made AS SELECT *, x0 + x1 * x2 + (hash(i) % 1000) / 2000.0 > 1 AS late "
        f"FROM (SELECT i, {numbers} FROM range({rows}) r(i))"
    )

    def scores(device: str) -> Callable[[], np.ndarray]:
        head, split = asked or (", ".join(names), "HOLDOUT 0.2")
        text = f"SELECT {head}, late FROM made TRAIN MODEL {models} TARGET late {split}"
        return lambda: _scores(session, f"{text} WITH (device = '{device}', rules = {{'reuse_results': false}})")

    there, gpu_s = timed(scores("gpu"))
    here, cpu_s = timed(scores("cpu"))
    apart = float(np.abs(there - here).max() / np.abs(here).max()) if len(there) == len(here) else float("inf")
    return Compared(title, trials, gpu_s, cpu_s, apart, tolerance)


def _scores(session: Session, text: str) -> np.ndarray:
    """The scores by trial; one that was not trained where it should be has none."""
    rows = sorted(session.sql(text).arrow().to_pylist(), key=lambda row: row["trial"])
    return np.array([float(next(iter(row["fold_scores"].values()))[0]) for row in rows if row["error"] is None])


def _rows(rows: int, share: float) -> int:
    return max(int(rows * share), LEAST_ROWS)
