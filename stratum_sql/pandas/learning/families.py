"""Models of scripts that run together and are equal but for their rounds: the longest is trained, the others begin it.

    model.fit(X.iloc[train], y.iloc[train]); model.predict(X.iloc[held_out])

asks for predictions alone, and those of 100 rounds are those of the first 100 of 150, bit for bit
(`execute/prefix.py`). What else a script looks at, such as `feature_importances_` or the booster itself, is that of its
own training. How long the longest is shows in the first fold, where all scripts come first; the other folds of it are
trained so at once.
"""

from __future__ import annotations

import copy
import weakref
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from stratum_sql.catalog.prefix import prefix_parameter, rounds
from stratum_sql.execute.prefix import first_rounds
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.learning.fits import Fit, as_library, data_key
from stratum_sql.pandas.learning.marks import Part, Splitting
from stratum_sql.pandas.learning.parts import attributes
from stratum_sql.pandas.learning.pipelines import said_by, spec_of
from stratum_sql.pandas.shelf import Shelf

PREDICTIONS = frozenset({"predict", "predict_proba"})


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """A training as one of its family: `parameter` counts its `rounds`; `key` names all but them, and `loop` that
    without the fold, where it is one. `stage` is the number of the fold.
    """

    fit: Fit
    parameter: str
    rounds: int
    key: bytes
    loop: bytes | None
    stage: int

    def ask(self) -> None:
        """Let those that train the family know how long it is."""
        shelf = _shelf()
        for name in (self.key, self.loop):
            if name is not None:
                shelf.ask(name, self.rounds)

    def predictor(self) -> Any:
        """A model that predicts as the one that was asked for: itself, or the beginning of a longer one."""
        shelf, own = _shelf(), self.fit.key
        most = max(shelf.asked(self.key), shelf.asked(self.loop), self.rounds)
        if most == self.rounds or shelf.has("fit", own):
            return self._trained(self.rounds)
        longest = self._trained(most)
        found = shelf.once("beginning", own, lambda: first_rounds(longest, self.rounds))
        return self._trained(self.rounds) if found is None else found

    def _trained(self, count: int) -> Any:
        fit, model = self.fit, with_rounds(self.fit.estimator, self.parameter, count)
        return _shelf().once("fit", fit.key_with(data_key(model)), lambda: fit.train(clone(model)))[0]


def with_rounds(model: Any, parameter: str, count: int) -> Any:
    """The same estimator, untrained, of another number of rounds."""
    made = copy.copy(model)
    attributes(made)[parameter] = count
    return made


_members: weakref.WeakKeyDictionary[Fit, Member | None] = weakref.WeakKeyDictionary()


def member_of(fit: Fit) -> Member | None:
    """The training as one of a family; None where a shorter one is not the beginning of a longer one, or none waits."""
    if fit not in _members:
        _members[fit] = _member(fit)
    return _members[fit]


def _member(fit: Fit) -> Member | None:
    if engine().shelf is None or fit.method != "fit" or not fit.kwargs.keys() <= {"sample_weight"} or fit.key is None:
        return None
    counted = _shelf().once("rounds", fit.estimator_key, lambda: _counted(fit.estimator))
    if counted is None:
        return None
    parameter, count, shortest = counted
    key = fit.key_with(shortest)
    return None if key is None else Member(fit, parameter, count, key, _loop_key(fit, shortest), stage_of(fit))


def _counted(model: Any) -> tuple[str, int, bytes | None] | None:
    """The parameter that counts rounds, how many there are, and the key of the model with one."""
    try:
        spec = spec_of(model)
        said = said_by(model)
    except Declined:
        return None
    name, count = prefix_parameter(spec, said), rounds(spec, said)
    if name is None or count is None or type(attributes(model).get(name)) is not int:
        return None
    return name, count, data_key(with_rounds(model, name, 1))


def ask(fit: Fit) -> None:
    """Let other scripts know that this is trained."""
    member = member_of(fit)
    if member is not None:
        member.ask()
    elif engine().shelf is not None:
        name = _loop_key(fit, fit.estimator_key)
        if name is not None:
            _shelf().ask(name, 1)


def is_asked(fit: Fit) -> bool:
    """Whether a script trains the same on the folds of the same split, whatever its rounds."""
    member = member_of(fit)
    name = _loop_key(fit, fit.estimator_key) if member is None else member.loop
    return _shelf().asked(name) > 0


def _loop_key(fit: Fit, model: bytes | None) -> bytes | None:
    """The key of a model, whose own is given, trained on each fold of a split; `fit` is one. None for what is none."""
    if model is None or not fit.meanings or not all(isinstance(one, Part) for one in fit.meanings):
        return None
    (splitting, *others) = {one.fold.splitting for one in fit.meanings}
    if others or splitting.splitter is None or fit.kwargs:
        return None
    known = _splitting_key(splitting)
    return None if known is None else data_key("loop", model, known, [one.base for one in fit.meanings])


_splittings: weakref.WeakKeyDictionary[Splitting, bytes | None] = weakref.WeakKeyDictionary()


def _splitting_key(splitting: Splitting) -> bytes | None:
    if splitting not in _splittings:
        splitter = as_library(splitting.splitter)
        _splittings[splitting] = data_key(type(splitter), vars(splitter), splitting.groups)
    return _splittings[splitting]


def stage_of(fit: Fit) -> int:
    """The number of the fold that is trained on."""
    return max((one.fold.number for one in fit.meanings if isinstance(one, Part)), default=0)


def _shelf() -> Shelf:
    found = engine().shelf
    assert found is not None
    return found
