"""`cross_val_score` as the fold loop that it is, where other scripts have that loop: its models are theirs.

A statement shares with the statements beside it, and a loop with loops. Which it should be shows when every script has
come to its first training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.families import is_asked, member_of, stage_of
from stratum_sql.pandas.learning.fits import Fit, as_library, data_key, frozen, given, is_wide, meaning_of, ready
from stratum_sql.pandas.learning.marks import Fold, Splitting
from stratum_sql.pandas.learning.parts import make_real
from stratum_sql.pandas.learning.splits import folds_of, picked
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here, is_guarded
from stratum_sql.pandas.work import Work


def scores_by_folds(model: Any, features: Any, target: Any, options: Mapping[str, Any]) -> Any:
    """The scores, fold by fold; None where no other script trains the same, or where the library is to do it."""
    if engine().shelf is None or not options.keys() <= {"cv", "scoring", "n_jobs", "verbose"} or is_guarded():
        return None
    if not all(issubclass(type(one), Lazy) for one in (features, target)) or draws(model, options.get("cv")):
        return None
    engine().do(Work("look around", None, lambda: None))
    scoring = options.get("scoring")
    if scoring is not None and not isinstance(scoring, str):
        return None
    try:
        fits, held_out = _fits(model, features, target, options.get("cv"))
        if not fits or not is_asked(fits[0]):
            return None
        return np.array([_score(fit, rows, scoring) for fit, rows in zip(fits, held_out, strict=True)])
    except Exception:  # noqa: BLE001 scikit-learn says what it makes of a fold that fails
        return None


def _fits(model: Any, features: Any, target: Any, cv: Any) -> tuple[list[Fit], list[Any]]:
    """The training of each fold, and its held-out rows."""
    splitter = check_cv(5 if cv is None else as_library(cv), given(target), classifier=is_classifier(model))
    folds = folds_of(type(splitter), splitter, features, target, None)
    splitting = Splitting(here(), splitter, None, len(folds))
    fits, held_out = [], []
    for number, sides in enumerate(folds):
        train, test = (
            [picked(one, Fold(splitting, number, is_test, side)) for one in (features, target)]
            for is_test, side in zip((False, True), sides, strict=True)
        )
        meanings = tuple(meaning_of(one) for one in train)
        fits.append(Fit("fit", make_real(clone(model)), frozen(tuple(train)), {}, meanings, here(), None))
        held_out.append(test)
    return fits, held_out


def _score(fit: Fit, rows: Any, scoring: str | None) -> float:
    """What scikit-learn's own scorer says of the model that the fold has."""
    member, now = member_of(fit), ready(rows)

    def make() -> float:
        trained = fit.trained() if member is None else member.predictor()
        with object_mode():
            return float(check_scoring(trained, scoring)(trained, *given(now)))

    if member is not None:
        member.ask()
    family, stage = (None, None) if member is None else (member.key, stage_of(fit))
    key = data_key("score", fit.key, scoring, rows)
    found: float = engine().do(Work("score", key, make, is_wide(fit.estimator), stage=stage, family=family))
    return found
