"""Metrics of predictions: scikit-learn's own, and remembered, so that a fold loop is known for what it scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.learning.calls import passed
from stratum_sql.pandas.learning.fits import meaning_of
from stratum_sql.pandas.learning.marks import meaning
from stratum_sql.pandas.learning.predicted import Measured, Prediction
from stratum_sql.pandas.mode import is_inside
from stratum_sql.pandas.places import here


def measuring(real: Any) -> Callable[..., Any]:
    """What a script gets for a metric."""

    def measure(*args: Any, **kwargs: Any) -> Any:
        value = passed(real, *args, **kwargs)
        if len(args) == 2 and not kwargs and not is_inside():
            prediction = meaning(args[1])
            if isinstance(prediction, Prediction):
                engine().learned.append(Measured(prediction, real.__name__, meaning_of(args[0]), value, here()))
        return value

    return measure
