"""Trainings that draw from a random generator which their library keeps for the whole process: one at a time.

liblinear and libsvm are seeded when a training begins and let go of Python's lock; a training beside it that draws too
would take some of its numbers, and neither would be what the seed says.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_DRAWING = threading.Lock()


@contextmanager
def alone_if_drawing(estimator: Any) -> Iterator[None]:
    """A training of an unfitted estimator, with no other of this process that draws from such a generator."""
    if not draws_for_all(estimator):
        yield
        return
    with _DRAWING:
        yield


def draws_for_all(estimator: Any) -> bool:
    """Whether an unfitted estimator, or one inside it, is trained by liblinear, or by libsvm with probabilities."""
    if isinstance(estimator, list | tuple):
        return any(map(draws_for_all, estimator))
    if not hasattr(estimator, "fit"):
        return False
    return _draws(estimator) or any(map(draws_for_all, getattr(estimator, "__dict__", {}).values()))


def _draws(estimator: Any) -> bool:
    match type(estimator).__name__:
        case "LinearSVC" | "LinearSVR":
            return True
        case "LogisticRegression" | "LogisticRegressionCV":
            return bool(getattr(estimator, "solver", None) == "liblinear")
        case "SVC" | "NuSVC":
            return getattr(estimator, "probability", None) is True
        case "CalibratedClassifierCV":  # of a LinearSVC, unless told otherwise
            return getattr(estimator, "estimator", None) is None
    return False
