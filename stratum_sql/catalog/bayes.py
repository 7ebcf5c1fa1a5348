"""`SEARCH BAYES`: trials proposed from the scores of earlier ones, by optuna's TPE (tree-structured Parzen estimator).

Trials are asked for in rounds of a fixed size, so that what is asked depends on the seed and the scores alone: not on
threads, nor on which trial ends first. Within a round the trials that have no score yet count as bad ones (constant
liar), which keeps the round apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from stratum_sql.catalog.search_space import (
    Choice,
    Domain,
    FloatRange,
    IntRange,
    Several,
    Space,
    Trial,
    check_wanted,
    search_arguments,
    strategy_of,
    wrong_argument,
)
from stratum_sql.errors import PlanError
from stratum_sql.grammar.clauses import LARGEST_SEED
from stratum_sql.grammar.syntax import Search

DEFAULT_TRIALS = 30
_ESTIMATOR = "TRAIN MODEL"  # the name of the choice between estimators: no parameter's name has a space


@dataclass(frozen=True, slots=True)
class Bayes:
    """`trials` in all, `batch_size` of them a round. The first are drawn by `seed` alone, until `startup_trials` have
    a score."""

    trials: int = DEFAULT_TRIALS
    batch_size: int = 5
    startup_trials: int = 10
    seed: int = 0

    def __str__(self) -> str:
        return f"bayes {self.trials} trials, {self.batch_size} a round, seed {self.seed}"


def bayes(search: Search | None, seed: int) -> Bayes | None:
    """What `SEARCH BAYES` says, None for other searches; `seed` is the statement's. Raises SpaceProblem."""
    if search is None or strategy_of(search) != "bayes":
        return None
    trials = DEFAULT_TRIALS if search.trials is None else search.trials
    asked = Bayes(**{"trials": trials, "seed": seed, **search_arguments(search, "bayes")})
    check_wanted(search, asked.trials)
    for name in ("batch_size", "startup_trials", "seed"):
        least, value = int(name == "batch_size"), getattr(asked, name)
        if value < least or value > LARGEST_SEED:
            raise wrong_argument(search, name, f"{least} or more", value)
    return asked


def missing_optuna() -> str | None:
    """What to install before a study can begin; None when it is there. Imports nothing."""
    if find_spec("optuna") is not None:
        return None
    return 'SEARCH BAYES needs the package optuna: pip install "stratum-sql[search]"'


class Study:
    """One search over some estimators' spaces. `shared` are the choices that stand in every space under one name.

    The parameters of the study, in the order they are asked: those of `shared`, the choice between several estimators,
    and those of the estimator that was chosen. Raises PlanError `missing_library` without optuna.
    """

    def __init__(self, spaces: Sequence[Space], shared: Mapping[str, Domain], search: Bayes, *, maximize: bool) -> None:
        missing = missing_optuna()
        if missing is not None:
            raise PlanError.at("", None, "missing_library", missing)
        optuna = import_module("optuna")
        self._spaces, self._shared = spaces, shared
        self._failed = optuna.trial.TrialState.FAIL
        sampler = optuna.samplers.TPESampler(
            seed=search.seed, n_startup_trials=search.startup_trials, constant_liar=True
        )
        with _quiet(optuna):
            self._study = optuna.create_study(sampler=sampler, direction="maximize" if maximize else "minimize")
        self._left = search.trials
        self._batch_size = search.batch_size
        self._open: list[Any] = []

    def ask(self) -> list[Trial]:
        """The next round; empty once all trials were asked. Every round is told before the next is asked."""
        count = min(self._left, self._batch_size)
        self._left -= count
        self._open = [self._study.ask() for _ in range(count)]
        return [self._trial(asked) for asked in self._open]

    def tell(self, values: Sequence[float | None]) -> None:
        """The scores of the round, in the order it was asked; None is a trial that failed."""
        for asked, value in zip(self._open, values, strict=True):
            if value is None:
                self._study.tell(asked, state=self._failed)
            else:
                self._study.tell(asked, value)
        self._open = []

    def _trial(self, asked: Any) -> Trial:
        values = {name: _suggested(asked, name, domain) for name, domain in self._shared.items()}
        position, within = 0, ""
        if len(self._spaces) > 1:
            position = asked.suggest_categorical(_ESTIMATOR, tuple(range(len(self._spaces))))
            within = f"{position + 1} "  # two calls of one estimator are two spaces
        space = self._spaces[position]
        own = {name: domain for name, domain in space.candidates.items() if name not in self._shared}
        values |= {name: _suggested(asked, within + name, domain) for name, domain in own.items()}
        return Trial(space.spec, space.trial(values))


def _suggested(asked: Any, name: str, value: Any) -> Any:
    """What `value` becomes in the trial: a domain's own value, whose parameter in the study is `name`."""
    match value:
        case IntRange(low, high, log):
            return asked.suggest_int(name, low, high, log=log)
        case FloatRange(low, high, log):
            return asked.suggest_float(name, low, high, log=log)
        case Choice(options):
            position = asked.suggest_categorical(name, tuple(range(len(options))))
            return _suggested(asked, f"{name} [{position}]", options[position])
        case Several((part,), make):
            return make((_suggested(asked, name, part),))
        case Several(parts, make):
            return make(tuple(_suggested(asked, f"{name} ({index})", part) for index, part in enumerate(parts)))
    return value


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Without optuna's word about a new study; the host program's own setting comes back."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(before, optuna.logging.WARNING))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
