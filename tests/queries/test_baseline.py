"""The unshared runs: the same numbers as scikit-learn's own cross-validation, and an honest comparison."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from queries.baseline import Job, Metric, difference, run_one

METRICS = (Metric("accuracy", "accuracy"), Metric("log_loss", "neg_log_loss", -1))


def make_job() -> tuple[Job, pd.DataFrame, pd.Series]:
    random = np.random.default_rng(0)
    features = pd.DataFrame(random.normal(size=(90, 3)), columns=["a", "b", "c"])
    target = features["a"] + random.normal(size=90) > 0
    folds = list(StratifiedKFold(3).split(features, target))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    job = Job("test", lambda: (features, target), pipeline, lambda _features, _target: folds, METRICS, keep=True)
    return job, features, target


def test_scores_are_those_of_cross_validate() -> None:
    job, features, target = make_job()
    expected = cross_validate(
        job.pipeline, features, target, cv=job.folds(features, target), scoring=["accuracy", "neg_log_loss"]
    )
    outcome = run_one(job)
    assert outcome.scores["accuracy"] == expected["test_accuracy"].tolist()
    assert outcome.scores["log_loss"] == (-expected["test_neg_log_loss"]).tolist()
    assert outcome.seconds > 0


def test_the_given_pipeline_stays_unfitted_and_arrays_work_too() -> None:
    job, features, target = make_job()
    arrays = Job("arrays", lambda: (features.to_numpy(), target.to_numpy()), job.pipeline, job.folds, METRICS)
    assert run_one(arrays).scores == run_one(job).scores
    assert not hasattr(job.pipeline[0], "mean_")


@pytest.mark.parametrize(
    ("ours", "reference", "expected"),
    [
        ({"r2": [0.5, 0.25]}, {"r2": [0.5, 0.25]}, 0.0),
        ({"r2": [0.5, 0.2]}, {"r2": [0.5, 0.25]}, 0.2),
        ({"r2": [0.5]}, {"r2": [-0.5]}, 2.0),
        ({"r2": [math.nan]}, {"r2": [math.nan]}, 0.0),
        ({"r2": [math.nan]}, {"r2": [0.5]}, math.inf),
        ({"r2": [math.inf]}, {"r2": [0.5]}, math.inf),
        ({"r2": [0.5]}, {"r2": [0.5, 0.5]}, math.inf),
        ({"r2": [0.5]}, {"mae": [0.5]}, math.inf),
        ({"r2": [0.0]}, {"r2": [0.0]}, 0.0),
    ],
)
def test_difference(ours: dict[str, list[float]], reference: dict[str, list[float]], expected: float) -> None:
    assert difference(ours, reference) == pytest.approx(expected)
