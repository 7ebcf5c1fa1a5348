"""Trainings that draw from a generator of the whole process are never side by side; all others may be."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.svm import SVR, LinearSVR

from stratum_sql.catalog.estimators import build, estimator
from stratum_sql.catalog.spec import EstimatorValue
from stratum_sql.catalog.targets import EachTarget
from stratum_sql.execute.alone import draws_for_all
from tests.engine.oracle import open_session

LINEAR_SVC = EstimatorValue("linear_svc")
DRAW: list[tuple[str, dict[str, Any], bool]] = [
    ("linear_svr", {}, True),
    ("logistic_regression", {"solver": "liblinear"}, True),
    ("logistic_regression", {}, False),
    ("svc", {"probability": True}, True),
    ("svc", {}, False),
    ("ridge", {}, False),
    ("lightgbm_regressor", {}, False),
    ("calibrated_classifier_cv", {}, True),
    ("calibrated_classifier_cv", {"estimator": EstimatorValue("gaussian_nb")}, False),
    ("bagging_classifier", {"estimator": LINEAR_SVC}, True),
    ("voting_classifier", {"estimators": (EstimatorValue("gaussian_nb"), LINEAR_SVC)}, True),
    ("voting_classifier", {"estimators": (EstimatorValue("gaussian_nb"), EstimatorValue("lda"))}, False),
]


@pytest.mark.parametrize(("name", "params", "draws"), DRAW)
def test_who_draws(name: str, params: dict[str, Any], *, draws: bool) -> None:
    spec = estimator(name)
    assert spec is not None
    pytest.importorskip(spec.library)
    made = build(spec, params, 0, 1)
    assert draws_for_all(made) is draws
    assert draws_for_all(EachTarget([made, made])) is draws


@pytest.mark.parametrize(("call", "kind", "most"), [("linear_svr", LinearSVR, 1), ("svr", SVR, 2)])
def test_who_is_trained_beside_others(monkeypatch: pytest.MonkeyPatch, call: str, kind: type, most: int) -> None:
    lock, running, seen = threading.Lock(), 0, set[int]()

    def fit(self: BaseEstimator, *given: Any, **weight: Any) -> Any:
        nonlocal running
        with lock:
            running += 1
            seen.add(running)
        time.sleep(0.05)  # a fold of these few rows would be over before the next began
        try:
            return plain(self, *given, **weight)
        finally:
            with lock:
                running -= 1

    plain = kind.fit  # type: ignore[attr-defined]
    monkeypatch.setattr(kind, "fit", fit)
    with open_session(rows=60, threads=2) as session:
        session.sql(f"SELECT num FROM t TRAIN MODEL {call}(C => [1, 2]) TARGET y CROSS VALIDATE 4")
    assert max(seen) == most
