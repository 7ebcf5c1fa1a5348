"""Estimators of a script: the library's own classes, but for training, which is recorded and done when it is looked at.

A recorded class derives from the library's and has its name. While the library itself is at work its objects have the
library's class, so nothing of this is seen there.
"""

from __future__ import annotations

import copy
import copyreg
import functools
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.lazy import wrapped
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.families import PREDICTIONS, ask, member_of
from stratum_sql.pandas.learning.fits import Fit, begin, data_key, direct, forced, given, is_wide, meaning_of, ready
from stratum_sql.pandas.learning.marks import mark
from stratum_sql.pandas.learning.parts import (
    attributes,
    is_estimator,
    is_recorded,
    names_of_parameters,
    parts,
    recorded_class,
    register,
)
from stratum_sql.pandas.learning.predicted import Measured, Prediction
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.places import here, is_guarded
from stratum_sql.pandas.work import Work

_TRAINING = ("fit", "fit_transform", "fit_predict")
_ASKING: tuple[str, ...] = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "inverse_transform",
)
_ASKING += ("score", "apply", "kneighbors", "score_samples")
# Asked of an object without looking at what it has learned.
_UNLEARNED = frozenset({"get_params", "set_params", "set_output", "steps", "transformers", "named_steps"})
_OF_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.")
_KEEPS_WHAT_IT_LEARNED = ("FrozenEstimator",)


def recorded(real: type) -> type:
    """The class that a script gets for one of a library's estimators."""
    known = recorded_class(real)
    if known is None:
        names: dict[str, Any] = {"__module__": real.__module__, "__qualname__": real.__qualname__, "_real": real}
        names |= {"__doc__": real.__doc__, "__getattribute__": _getattribute, "__reduce_ex__": _reduce}
        names |= {
            "__deepcopy__": _deepcopy,
            "__copy__": _copy,
            "get_params": _get_params,
            "__init_subclass__": classmethod(_derived),
        }
        names |= {name: _training(name, getattr(real, name)) for name in _TRAINING if hasattr(real, name)}
        known = type(real)(real.__name__, (real,), names)
        register(real, known)
    return known


def make_recorded(value: Any) -> Any:
    """An estimator that a library gave, and those among its parameters, with the class the script knows."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if type(one) in (list, tuple):
            waiting += one
        elif is_estimator(one) and isinstance(one, BaseEstimator) and type(one).__module__.startswith(_OF_LIBRARIES):
            waiting += [attributes(one)[name] for name in names_of_parameters(one) if name in attributes(one)]
            if not is_recorded(one):
                one.__class__ = recorded(type(one))
    return value


def _derived(cls: Any, /, **kwargs: Any) -> None:
    """A class that the script derives is the library's business: it may do anything in its methods."""
    cls._real = None


def _getattribute(self: Any, name: str) -> Any:
    if name[0] == "_" or name in _UNLEARNED or not is_recorded(self):
        return object.__getattribute__(self, name)
    held = object.__getattribute__(self, "__dict__")
    record = held.get("_record")
    kind: Any = type(self)
    if record is not None and not record.is_done and name not in _parameters(kind) and name not in _TRAINING:
        if name in PREDICTIONS and not is_inside() and record.owner is self:
            ask(record)
            if hasattr(kind, name) and member_of(record) is not None:
                return functools.partial(_predicted, self, record, name)
        record.force()
    found = object.__getattribute__(self, name)
    if name in _ASKING and callable(found):
        return functools.wraps(found)(functools.partial(_asked, self, name))
    if callable(found) and name not in _TRAINING and name not in held:
        return functools.wraps(found)(functools.partial(_called, self, name))
    return found


@functools.cache
def _parameters(kind: Any) -> frozenset[str]:
    return frozenset(kind._get_param_names())


def _get_params(self: Any, deep: bool = True) -> dict[str, Any]:
    """Get parameters for this estimator."""
    if not is_recorded(self):
        return super(_nearest(type(self)), self).get_params(deep)  # type: ignore[no-any-return]
    plain = _bare(type(self)._real, attributes(self))  # XGBoost looks for parameters in the class above its own
    return plain.get_params(deep)  # type: ignore[no-any-return]


def _nearest(kind: type) -> Any:
    """The recorded class that a class of the script derives from."""
    return next(one for one in kind.__mro__ if vars(one).get("_real") is not None)


def _training(name: str, real: Any) -> Any:
    @functools.wraps(real)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_recorded(self):
            return real(self, *args, **kwargs)
        if is_inside() or not _may_wait(self, args, kwargs):
            attributes(self).pop("_record", None)
            result = direct(self, name, args, kwargs)
            return self if result is self else wrapped(make_recorded(result))
        record = begin(self, name, args, kwargs)
        engine().learned.append(record)
        if name == "fit" and not is_guarded():
            return self
        record.force()
        if name == "fit":
            return self
        return mark(_answer(record.result), _prediction(record, name, args))

    return call


def _may_wait(self: Any, args: Any, kwargs: Any) -> bool:
    """Whether training may be done later, or by another script: it depends on nothing but what is written there."""
    inside = list(parts(self))
    if not all(type(one).__module__.startswith(_OF_LIBRARIES) for one in inside):
        return False
    if any(type(one).__name__ in _KEEPS_WHAT_IT_LEARNED for one in inside):
        return False
    for one in inside:
        held = attributes(one)
        if held.get("warm_start") or held.get("prefit") or held.get("cv") == "prefit":
            return False
    return not draws(self, *kwargs.values())


def _asked(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """A prediction or the like: of equal models over equal rows once."""
    record: Fit | None = attributes(self).get("_record")
    forced(self)
    if record is None or is_inside() or record.owner is not self:
        return _called(self, name, *args, **kwargs)
    key = None
    if engine().shelf is not None and record.key is not None:
        key = data_key("asked", record.key, name, args, kwargs)
    now_args, now_kwargs = ready(args), ready(kwargs)

    def make() -> Any:
        with object_mode():
            return getattr(record.master, name)(*given(now_args), **given(now_kwargs))

    alone = is_wide(record.master)
    result = engine().do(Work("prediction", key, make, alone))
    if isinstance(result, np.ndarray):
        return mark(result.copy(order="K"), _prediction(record, name, args))
    if name == "score" and len(args) == 2 and not kwargs:
        prediction = _prediction(record, name, args[:1])
        engine().learned.append(Measured(prediction, "score", meaning_of(args[1]), result, here()))
    return _answer(result)


def _predicted(self: Any, record: Fit, name: str, *args: Any, **kwargs: Any) -> Any:
    """A prediction of a model that was not looked at otherwise: that may be the beginning of a longer one."""
    member = member_of(record)
    if member is None or kwargs or record.is_done or attributes(self).get("_record") is not record:
        record.force()
        return getattr(self, name)(*args, **kwargs)
    now = ready(args)

    def make() -> Any:
        model = member.predictor()
        with object_mode():
            return getattr(model, name)(*given(now))

    key, alone = data_key("asked", record.key, name, args, kwargs), is_wide(record.estimator)
    result = engine().do(Work("prediction", key, make, alone, stage=member.stage, family=member.key))
    if isinstance(result, np.ndarray):
        return mark(result.copy(order="K"), _prediction(record, name, args))
    return _answer(result)


def _prediction(record: Fit, method: str, args: Any) -> Prediction:
    return Prediction(record, method, tuple(meaning_of(one) for one in args), here())


def _called(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    forced(self)
    result = direct(self, name, args, kwargs)
    return self if result is self else _answer(result)


def _answer(result: Any) -> Any:
    return wrapped(make_recorded(result.copy() if isinstance(result, np.ndarray) else result))


def _as_library(self: Any) -> Any:
    """The same as an object of the library's class."""
    forced(self)
    return _bare(type(self)._real, attributes(self))


def _reduce(self: Any, protocol: Any) -> Any:
    if not is_recorded(self):
        return object.__reduce_ex__(self, protocol)
    plain = _as_library(self)
    return copyreg._reconstructor, (type(plain), object, None), plain.__getstate__()  # type: ignore[attr-defined]


def _deepcopy(self: Any, memo: Any) -> Any:
    forced(self)
    return _bare(type(self), copy.deepcopy({**attributes(self), "_record": None}, memo))


def _copy(self: Any) -> Any:
    forced(self)
    return _bare(type(self), attributes(self))


def _bare(kind: type, held: dict[str, Any]) -> Any:
    """An object of a class with these attributes."""
    made: Any = object.__new__(kind)
    attributes(made).update({name: value for name, value in held.items() if name != "_record"})
    return made
