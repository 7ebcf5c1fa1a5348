"""The declarations of the catalogue: one value says everything that binder, optimizer, engines, docs and tests need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from stratum_sql.catalog.affine import Affine
from stratum_sql.catalog.columns import Inputs, Part
from stratum_sql.catalog.extents import Widen, same

Params = Mapping[str, Any]
State = dict[str, Any]  # JSON scalars, lists, numpy arrays, scikit-learn objects: what the model store can write
Takes = Literal["number", "category", "text", "time", "any"]
Gives = Literal["number", "category", "same"]  # "same": numbers out of numbers, categories out of categories


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a transform: `check` returns what is wrong with a value, or None."""

    name: str
    default: Any
    doc: str
    check: Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Components:
    """How a fit of fewer components follows from one of more, all else equal.

    `parameter` counts them; `applies` says by the parameters whether fewer may be the first of more. `fit` gives what
    `first` makes of the same columns and parameters of fewer components: what `fit_apply` would give, bit for bit, or
    None where the fit does not tell.
    """

    parameter: str
    applies: Callable[[Params], bool]
    fit: Callable[[Inputs, Params, int], Any]
    first: Callable[[Any, Inputs, Params], tuple[State, tuple[Part, ...]] | None]


@dataclass(frozen=True, slots=True)
class TransformSpec:
    """One transform of the SELECT list.

    `fit`, `apply` and `reference` are given every parameter (see `complete`). `fit` sees the training rows alone,
    `apply` any rows. Where `fit(x).apply(x)` is not what the training rows must get
    (target encoding), `fit_apply` gives both. A row-wise transform (`fitted=False`) has an empty state.
    """

    name: str
    summary: str  # one line: what comes out of what
    example: str  # a statement's SELECT list
    takes: Takes  # what its columns must be; "number" for matrices
    gives: Gives
    per_column: bool  # f(a, b) is f(a), f(b); else the columns are taken together
    fitted: bool
    apply: Callable[[State, Inputs, Params], tuple[Part, ...]]
    fit: Callable[[Inputs, Params, Target | None, int], State] = lambda _inputs, _params, _target, _seed: {}
    fit_apply: Callable[[Inputs, Params, Target | None, int], tuple[State, tuple[Part, ...]]] | None = None
    parameters: tuple[Parameter, ...] = ()
    uses_target: bool = False
    uses_seed: bool = True  # False: `fit` and `fit_apply` draw nothing, so every seed gives the same
    affine: Affine | None = None  # how it is a linear map of its columns, for linear models trained from sums
    components: Components | None = None  # how fewer of them are the first of more
    reference: Callable[[Params, int], Any] | None = None  # the scikit-learn transformer that gives the right answer
    settle: Callable[[Params, Target | None], Params] = lambda params, _target: (
        params
    )  # 'auto' said outright, for `reference`
    sklearn: str | None = None  # its import path, for documentation
    engine: str = "numpy"  # what does the work: numpy, rust, scikit-learn, or the host program
    coded: Callable[[Params], bool] = lambda _params: False  # dense columns that follow from codes, by a table
    extent: Widen = same  # how large what it gives is: for estimates, so a good guess will do
    ns_per_value: float = 10.0  # fit and apply, one value, one core; `calibrate` says how fast a machine is

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def complete(self, params: Params) -> Params:
        """`params` with the default of every parameter that was not said."""
        return {parameter.name: params.get(parameter.name, parameter.default) for parameter in self.parameters}


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Target:
    """The target of the rows being fitted: float64 for regression; for classes also their sorted values."""

    values: np.ndarray[Any, Any]
    classes: np.ndarray[Any, Any] | None = None

    @property
    def is_classification(self) -> bool:
        return self.classes is not None


Task = Literal["regression", "classification"]


@dataclass(frozen=True, slots=True)
class EstimatorSpec:
    """One estimator of `TRAIN MODEL`: a class of scikit-learn, LightGBM, XGBoost, or one the host program allowed."""

    name: str
    path: str  # import path of the class
    task: Task
    library: str  # sklearn, lightgbm, xgboost, or "host"
    defaults: Mapping[str, Any] = field(default_factory=dict)  # every parameter a statement may set, with its default
    required: frozenset[str] = frozenset()  # parameters without a default
    nested: frozenset[str] = frozenset()  # parameters that take an estimator, or a tuple of them
    reals: frozenset[str] = frozenset()  # parameters that are real numbers: 1 and 1.0 are one value


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric: `scorer` is scikit-learn's scorer name; a leaderboard shows `sign * scorer(...)`."""

    name: str
    scorer: str
    higher_is_better: bool
    sign: int  # -1 for mae, mse, log_loss …, which scikit-learn negates
    tasks: frozenset[Task]


@dataclass(frozen=True, slots=True)
class SplitterSpec:
    """One splitter of `SPLIT name(..)`: a class of scikit-learn's model_selection."""

    name: str
    path: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    needs_groups: bool = False
    needs_classes: bool = False


@dataclass(frozen=True, slots=True)
class EstimatorValue:
    """An estimator as the value of a parameter: `bagging_classifier(estimator => ridge_classifier(alpha => 2))`."""

    name: str
    params: tuple[tuple[str, Any], ...] = ()  # in the order written


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one parameter of a statement's call, in one line; `parameter` is dotted in nested calls."""

    parameter: str
    message: str
    did_you_mean: tuple[str, ...] = ()
