"""An attempt at one of the two questions about the flights, as a value; and how one attempt is made from another.

An attempt is a head (which flights, what is joined), features, and models with their lists of hyperparameters. `edited`
makes the next one as an agent would: mostly other hyperparameters, sometimes a feature, an encoder, a model, or a head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

Question = Literal["arr_delay", "late"]  # regression in minutes; more than 15 minutes late
Family = Literal["linear", "trees"]

WEATHER = ("temp", "humid", "wind_speed", "precip", "visib", "pressure")
PLANE = ("built", "seats")
NUMBERS = ("dep_delay", "distance", "scheduled_hour", "weekday", *WEATHER, *PLANE)
CATEGORIES = ("carrier", "origin", "dest")
ENCODERS: Mapping[Family, tuple[str, ...]] = {
    "linear": ("one_hot", "target_encode", "count_encode"),
    "trees": ("ordinal", "target_encode", "count_encode"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """Which flights: months (none means all), one in `share` of them by a hash, one airport (or None)."""

    months: tuple[int, ...]
    share: int
    origin: str | None = None


HEADS: Mapping[Question, tuple[Head, ...]] = {
    "arr_delay": (Head((6, 7), 4), Head((), 24), Head((12, 1), 4), Head((6, 7), 2, "JFK")),
    "late": (Head((), 16), Head((6, 7), 4), Head((7,), 2)),
}


@dataclass(frozen=True, slots=True)
class Model:
    """One call behind TRAIN MODEL: every parameter with its candidates."""

    estimator: str
    lists: tuple[tuple[str, tuple[float, ...]], ...]

    @property
    def trials(self) -> int:
        """How many candidates the lists span."""
        count = 1
        for _, values in self.lists:
            count *= len(values)
        return count


@dataclass(frozen=True, slots=True)
class Attempt:
    """One statement's meaning. `categories` are pairs of a column and its encoder."""

    question: Question
    family: Family
    head: Head
    numbers: tuple[str, ...]
    categories: tuple[tuple[str, str], ...]
    models: tuple[Model, ...]
    folds: int
    keep: str | None = None

    @property
    def trials(self) -> int:
        """How many pipelines it asks for."""
        return sum(model.trials for model in self.models)


@dataclass(frozen=True, slots=True)
class Choice:
    """An estimator that an agent may take: how often it is taken, and by parameter the lists it writes."""

    estimator: str
    weight: int
    lists: Mapping[str, Sequence[tuple[float, ...]]]


_PENALTIES = ((0.1, 1, 10), (1, 10, 100), (0.01, 0.1, 1, 10, 100), (5, 10, 20), (0.1, 1, 10, 100, 1000))
_FOREST: Mapping[str, Sequence[tuple[float, ...]]] = {
    "n_estimators": ((20,), (30,), (50,), (20, 40)),
    "max_depth": ((8,), (10,), (6, 10)),
    "min_samples_leaf": ((1,), (5,), (20,)),
}
_TREE: Mapping[str, Sequence[tuple[float, ...]]] = {
    "max_depth": ((4, 6, 8), (6, 8, 10), (3, 5, 7, 9), (8,), (5, 10)),
    "min_samples_leaf": ((1, 50), (20,), (50,), (20, 100)),
}
_LIGHTGBM: Mapping[str, Sequence[tuple[float, ...]]] = {
    "n_estimators": ((50, 100), (50, 100, 200), (100,), (100, 200), (80,)),
    "learning_rate": ((0.1,), (0.05,), (0.05, 0.1), (0.08,)),
    "num_leaves": ((31,), (15,), (15, 31), (7, 15)),
    "min_child_samples": ((20,), (50,), (20, 100)),
}

CHOICES: Mapping[tuple[Question, Family], tuple[Choice, ...]] = {
    ("arr_delay", "linear"): (
        Choice("ridge", 6, {"alpha": _PENALTIES}),
        Choice("lasso", 2, {"alpha": ((0.1, 0.5, 1), (0.05, 0.1), (0.02, 0.1, 0.5))}),
        Choice(
            "elastic_net",
            3,
            {"alpha": ((0.05, 0.1), (0.1,), (0.02, 0.1, 0.5)), "l1_ratio": ((0.5,), (0.2, 0.8), (0.1, 0.5, 0.9))},
        ),
    ),
    ("arr_delay", "trees"): (
        Choice("lightgbm_regressor", 6, _LIGHTGBM),
        Choice("decision_tree_regressor", 3, _TREE),
        Choice("random_forest_regressor", 2, {**_FOREST, "max_features": ((0.3,), (0.5,))}),
        Choice("extra_trees_regressor", 1, {**_FOREST, "max_features": ((0.3,), (0.5,))}),
    ),
    ("late", "linear"): (
        Choice("logistic_regression", 1, {"C": ((0.01, 0.1, 1, 10), (0.1, 1), (0.01, 1, 100), (0.03, 0.1, 0.3))}),
    ),
    ("late", "trees"): (
        Choice("lightgbm_classifier", 6, _LIGHTGBM),
        Choice("decision_tree_classifier", 3, _TREE),
        Choice("random_forest_classifier", 2, _FOREST),
        Choice("extra_trees_classifier", 1, _FOREST),
    ),
}


def first_attempt(question: Question, random: Random) -> Attempt:
    """Where a search begins: a plain linear model on the first head, with the usual features."""
    numbers = ("dep_delay", "distance", "scheduled_hour", "temp", "wind_speed", "visib")
    categories = (("carrier", "one_hot"), ("origin", "one_hot"))
    head, folds = random.choice(HEADS[question][:2]), random.choice((3, 3, 5))
    models = (_new_model(question, "linear", random),)
    return Attempt(question, "linear", head, numbers, categories, models, folds)


def edited(attempt: Attempt, random: Random) -> Attempt:
    """Another attempt, one step away."""
    edits, weights = zip(*EDITS, strict=True)
    for edit in random.choices(edits, weights, k=100):
        changed: Attempt = edit(attempt, random)
        if changed != attempt:
            return replace(changed, keep=None)
    raise AssertionError("a hundred edits changed nothing")


def _tune(attempt: Attempt, random: Random) -> Attempt:
    """Another list for one hyperparameter of one model."""
    place = random.randrange(len(attempt.models))
    model = attempt.models[place]
    known = _choice(attempt, model.estimator).lists
    name = random.choice(sorted(known))
    lists = {**dict(model.lists), name: random.choice(known[name])}
    return _with_model(attempt, place, replace(model, lists=_sorted(lists)))


def _move_feature(attempt: Attempt, random: Random) -> Attempt:
    """One numeric column more, or one fewer; the departure delay stays."""
    name = random.choice(NUMBERS[1:])
    kept = {*attempt.numbers} ^ {name}
    return replace(attempt, numbers=tuple(one for one in NUMBERS if one in kept)) if len(kept) > 3 else attempt


def _encode(attempt: Attempt, random: Random) -> Attempt:
    """Another encoder for a category, or a category that was not there; now and then one fewer."""
    name = random.choice(CATEGORIES)
    encoders = dict(attempt.categories)
    if name in encoders and len(encoders) > 1 and random.random() < 0.25:
        del encoders[name]
    else:
        choices = [one for one in ENCODERS[attempt.family] if one != encoders.get(name)]
        encoders[name] = random.choice(choices)
        if name == "dest" and encoders[name] == "one_hot":
            encoders[name] = "target_encode"  # 105 destinations are many for a column each
    return replace(attempt, categories=tuple((one, encoders[one]) for one in CATEGORIES if one in encoders))


def _other_model(attempt: Attempt, random: Random) -> Attempt:
    """One model instead of another, or beside it."""
    model = _new_model(attempt.question, attempt.family, random)
    if len(attempt.models) == 1 and random.random() < 0.4 and model.estimator != attempt.models[0].estimator:
        return replace(attempt, models=(*attempt.models, model))
    return replace(attempt, models=(model,))


def _other_family(attempt: Attempt, random: Random) -> Attempt:
    """Trees after lines, or lines after trees: the same columns, encoded as the new family likes them."""
    family: Family = "trees" if attempt.family == "linear" else "linear"
    usual = {"carrier": ENCODERS[family][0], "origin": ENCODERS[family][0]}
    categories = tuple(
        (name, encoder if encoder in ENCODERS[family] else usual.get(name, "target_encode"))
        for name, encoder in attempt.categories
    )
    models = (_new_model(attempt.question, family, random),)
    return replace(attempt, family=family, categories=categories, models=models)


def _other_head(attempt: Attempt, random: Random) -> Attempt:
    """Other flights."""
    return replace(attempt, head=random.choice(HEADS[attempt.question]))


Edit = Callable[[Attempt, Random], Attempt]
EDITS: tuple[tuple[Edit, int], ...] = (  # with how often each is made, in percent
    (_tune, 38),
    (_move_feature, 16),
    (_other_model, 16),
    (_encode, 12),
    (_other_family, 12),
    (_other_head, 6),
)


def _new_model(question: Question, family: Family, random: Random) -> Model:
    choices = CHOICES[question, family]
    choice = random.choices(choices, [one.weight for one in choices])[0]
    named = {name: random.choice(lists) for name, lists in choice.lists.items() if _is_named(name, random)}
    return Model(choice.estimator, _sorted(named))


def _is_named(parameter: str, random: Random) -> bool:
    """Whether a first try says this parameter; those that matter most are always said."""
    return parameter in ("alpha", "C", "max_depth", "n_estimators") or random.random() < 0.5


def _choice(attempt: Attempt, estimator: str) -> Choice:
    return next(one for one in CHOICES[attempt.question, attempt.family] if one.estimator == estimator)


def _with_model(attempt: Attempt, place: int, model: Model) -> Attempt:
    models = list(attempt.models)
    models[place] = model
    return replace(attempt, models=tuple(models))


def _sorted(lists: Mapping[str, tuple[float, ...]]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple(sorted(lists.items()))
