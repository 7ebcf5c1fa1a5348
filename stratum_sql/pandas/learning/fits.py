"""Training that was asked for and is not done yet, and doing it."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import clone

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.keys import key_of, state_key
from stratum_sql.pandas.lazy import Lazy, RecordedArray, own
from stratum_sql.pandas.learning.marks import meaning
from stratum_sql.pandas.learning.parts import (
    as_real,
    attributes,
    is_estimator,
    is_recorded,
    make_real,
    names_of_parameters,
    parts,
)
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.picked import Picked, original
from stratum_sql.pandas.places import Place, here
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.states import Held, State, Table, Vector
from stratum_sql.pandas.work import Work

# These take all cores unless they are told how many threads they may have.
_WIDE = ("LGBM", "XGB", "HistGradientBoosting")


SHORT_WAYS: list[Callable[[Fit], Any]] = []  # to what was trained, or None where the library is to do it


@dataclass(eq=False)
class Fit:
    """A call of `fit` or `fit_transform`: a copy of the estimator, and the arguments as they were then.

    `meanings` is what is known of the arguments. `master` is another copy, trained; `result` what the call gave.
    """

    method: str
    estimator: Any
    args: Any
    kwargs: Any
    meanings: tuple[Any, ...]
    place: Place
    owner: Any
    master: Any = None
    result: Any = None
    fitted: tuple[str, ...] = field(default=())  # the attributes it gave its owner

    @property
    def is_done(self) -> bool:
        """Whether it was trained."""
        return self.master is not None

    def force(self) -> None:
        """Train, unless that was done, and give the script's object what was learned."""
        if self.is_done:
            return
        for way in SHORT_WAYS:
            self.master = way(self)
            if self.master is not None:
                give(self.owner, self.master)
                return
        work = Work("fit", self.key, self._train, alone=is_wide(self.estimator))
        self.master, self.result = engine().do(work)
        give(self.owner, self.master)

    def trained(self) -> Any:
        """The model, for work of several scripts: not the script's object, and nobody is to change it."""
        return engine().once("fit", self.key, self._train)[0]

    @cached_property
    def key(self) -> bytes | None:
        """Of equal trainings of scripts that run together."""
        return None if engine().shelf is None else self.key_with(self.estimator_key)

    @cached_property
    def estimator_key(self) -> bytes | None:
        """Of equal estimators, untrained."""
        return data_key(self.estimator)

    def key_with(self, estimator: bytes | None) -> bytes | None:
        """The key of the training of another estimator in its place, whose key is given."""
        known = estimator is not None and self._rows_key is not None
        return key_of("fit", self.method, estimator, self._rows_key) if known else None

    @cached_property
    def _rows_key(self) -> bytes | None:
        return data_key(self.args, self.kwargs)

    def _train(self) -> tuple[Any, Any]:
        return self.train(clone(self.estimator))

    def train(self, estimator: Any) -> tuple[Any, Any]:
        """An estimator, which is trained, and what the call gave if that is another object."""
        with object_mode():
            result = getattr(estimator, self.method)(*given(self.args), **given(self.kwargs))
        return estimator, None if result is estimator else result


def begin(owner: Any, method: str, args: Any, kwargs: Any) -> Fit:
    """Record a call: what is trained later is what was there now."""
    record = Fit(
        method,
        make_real(clone(owner)),
        frozen(args),
        frozen(kwargs),
        tuple(meaning_of(one) for one in args),
        here(),
        owner,
    )
    before = attributes(owner).get("_record")
    if before is not None and before.owner is owner:
        record.fitted = before.fitted
    for one in parts(owner):
        if is_recorded(one):
            attributes(one)["_record"] = record
    return record


def meaning_of(value: Any) -> Any:
    """What is known of an argument: which rows of which frame, or the frame itself."""
    if isinstance(value, Lazy):
        state = original(value._state)
        return meaning(state) or state
    return meaning(value)


def is_wide(*values: Any) -> bool:
    """Whether work with these estimators takes more than one core itself."""
    for one in (found for value in values for found in parts(value)):
        threads = attributes(one).get("n_jobs", attributes(one).get("nthread"))
        if threads not in (None, 1) or (threads is None and type(one).__name__.startswith(_WIDE)):
            return True
    return False


# ---- arguments -------------------------------------------------------------------------------------------------------


def frozen(value: Any) -> Any:
    """The value as it is now, whatever the script does to it after."""
    if type(value) in (list, tuple):
        return type(value)(frozen(one) for one in value)
    if type(value) is dict:
        return {name: frozen(one) for name, one in value.items()}
    if isinstance(value, Lazy):
        return value._state
    if isinstance(value, RecordedArray):
        return RecordedArray(value.recorded.__copy__())
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if type(value).__module__.startswith("pandas."):
        return value.copy(deep=False) if hasattr(value, "copy") else value
    if type(value).__module__.startswith(("lightgbm.callback", "scipy.sparse")):
        return copy.copy(value)
    return value


def given(value: Any) -> Any:
    """What a library is given: pandas' own objects for those of the script, functions without our wrapping."""
    if type(value) in (list, tuple):
        return type(value)(given(one) for one in value)
    if type(value) is dict:
        return {name: given(one) for name, one in value.items()}
    if isinstance(value, Lazy):
        return own(value._state)
    if isinstance(value, Table | Vector | Held):
        return own(value)
    if isinstance(value, RecordedArray):
        return own(value.recorded._state).to_numpy()
    return as_library(value)


def ready(value: Any) -> Any:
    """Arguments of work that is done later, as they are now, to be `given` then: only rows of folds are taken then."""
    if type(value) in (list, tuple):
        return type(value)(ready(one) for one in value)
    if type(value) is dict:
        return {name: ready(one) for name, one in value.items()}
    now = frozen(value)
    return now if type(now) is Picked else given(now)


def as_library(value: Any) -> Any:
    """A function without our wrapping, a splitter as one of scikit-learn's own; others as they are."""
    real = getattr(type(value), "_real", None)
    if real is None or is_estimator(value):
        return getattr(value, "_real_function", value)
    made = copy.copy(value)
    made.__class__ = real
    return made


def data_key(*values: Any) -> bytes | None:
    """The key of work over these values: of frames by the values in them, however they were made."""
    return key_of(*(plain(value) for value in values), frame_key=_frame_key)


def plain(value: Any) -> Any:
    """The value with the state of each recorded object in its place."""
    if type(value) in (list, tuple):
        return type(value)(plain(one) for one in value)
    if type(value) is dict:
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, Lazy):
        return value._state
    if isinstance(value, RecordedArray):
        return value.recorded._state
    return as_library(value)


_frame_keys: weakref.WeakKeyDictionary[State, bytes | None] = weakref.WeakKeyDictionary()


def _frame_key(state: State) -> bytes | None:
    """The key of the values of a frame, found once: of rows of a fold by the frame's and their positions."""
    if state not in _frame_keys:
        _frame_keys[state] = _found_frame_key(state)
    return _frame_keys[state]


def _found_frame_key(state: State) -> bytes | None:
    state = original(state)
    if isinstance(state, Held):
        return key_of(*state.content(), frame_key=_frame_key)
    return engine().once("digest", state_key(state), lambda: key_of(materialised(state)))  # type: ignore[no-any-return]


# ---- what was learned ------------------------------------------------------------------------------------------------


def give(owner: Any, master: Any) -> None:
    """Put what `master` learned into the script's object, and into those inside it that are trained in place."""
    own_attributes, learned = attributes(owner), attributes(master)
    record = own_attributes.get("_record")
    parameters = names_of_parameters(master)
    for name in getattr(record, "fitted", ()):
        own_attributes.pop(name, None)
    for name, value in learned.items():
        if name in parameters and name in own_attributes:
            own_attributes[name] = _given_inside(own_attributes[name], value)
        else:
            own_attributes[name] = value.copy() if isinstance(value, np.ndarray) else value
    if record is not None and record.owner is owner:
        record.fitted = tuple(name for name in learned if name not in parameters)


def _given_inside(held: Any, learned: Any) -> Any:
    """A parameter of the script's object: its own objects, with what they learned."""
    if is_estimator(held) and is_estimator(learned) and getattr(type(held), "_real", type(held)) is type(learned):
        give(held, learned)
    elif type(held) in (list, tuple) and type(held) is type(learned) and len(held) == len(learned):
        return type(held)(_given_inside(one, other) for one, other in zip(held, learned, strict=True))
    return held


def forced(*values: Any) -> None:
    """Train whatever in the values was asked for and not yet done."""
    for one in [found for value in values for found in parts(value)]:
        record = attributes(one).get("_record")
        if record is not None:
            record.force()


def direct(owner: Any, name: str, args: Any, kwargs: Any) -> Any:
    """A call by the library itself, now, on the script's own objects."""
    forced(args, kwargs)
    with as_real(owner, args, kwargs), object_mode():
        return getattr(owner, name)(*given(args), **given(kwargs))
