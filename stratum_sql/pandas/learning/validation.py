"""`cross_val_score` and its like: a TRAIN statement where that is exactly what they are, else the library itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import model_selection

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.learning.by_folds import scores_by_folds
from stratum_sql.pandas.learning.calls import call, passed, shared
from stratum_sql.pandas.learning.leaks import look_for_leaks
from stratum_sql.pandas.learning.statements import scores_of, statement_of, trials_of
from stratum_sql.pandas.mode import is_inside
from stratum_sql.pandas.places import here


@call("sklearn", "cross_val_score")
def cross_val_score(estimator: Any, X: Any, y: Any = None, **options: Any) -> Any:  # noqa: N803 scikit-learn's names
    """`cross_val_score`."""
    found = None if is_inside() else _scores(estimator, X, y, options)
    return shared(model_selection.cross_val_score, estimator, X, y, **options) if found is None else found


def _scores(estimator: Any, X: Any, y: Any, options: Any) -> np.ndarray[Any, Any] | None:  # noqa: N803
    look_for_leaks(here(), tuple(one._state for one in (X, y) if isinstance(one, Lazy)))
    statement = statement_of(estimator, X, y, options)
    found = scores_by_folds(estimator, X, y, options)
    if found is not None:
        engine().learned.extend([] if statement is None else [statement])
        return found  # type: ignore[no-any-return]
    trials = None if statement is None else trials_of(statement)
    return None if statement is None or trials is None else scores_of(statement, trials[0])


def _of(name: str) -> Any:
    real = getattr(model_selection, name)

    @call("sklearn", name)
    def found(*args: Any, **kwargs: Any) -> Any:
        if is_inside():
            return passed(real, *args, **kwargs)
        look_for_leaks(here(), tuple(one._state for one in args if isinstance(one, Lazy)))
        return shared(real, *args, **kwargs)

    return found


for _name in ("cross_validate", "cross_val_predict", "learning_curve", "validation_curve"):
    _of(_name)
