"""How rows are split: the clauses `CROSS VALIDATE`, `HOLDOUT`, `SPLIT BY`, and every splitter of scikit-learn by name.

Rows come in canonical order, so folds are a function of the rows' keys, the seed and the clause. All splits are made by
scikit-learn's own splitters; where one merely warns of folds that lack a class, here it is an error.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from stratum_sql.catalog.halving import Rung, rung_rows
from stratum_sql.catalog.parameter_rules import hostile_value, not_settable, shown
from stratum_sql.catalog.search_space import python_arguments
from stratum_sql.catalog.sklearn_estimators import snake_case
from stratum_sql.catalog.spec import Problem, SplitterSpec
from stratum_sql.errors import Span, printable, suggestions
from stratum_sql.grammar.syntax import CrossValidate, Holdout, Split, SplitBy, SplitOptions, Splitter

Array = np.ndarray[Any, Any]

DEFAULT_FOLDS = 5
MOST_FOLDS = 10_000
MOST_FITS = 200_000  # of one statement: a plan of so many takes some 400 MB
MOST_POSITIONS = 100_000_000  # row positions of all folds together: 800 MB
_MOST_BINS = 10  # of a numeric target that is stratified

_CLASSES = [
    "GroupKFold",
    "GroupShuffleSplit",
    "KFold",
    "LeaveOneGroupOut",
    "LeaveOneOut",
    "LeavePGroupsOut",
    "LeavePOut",
    "PredefinedSplit",
    "RepeatedKFold",
    "RepeatedStratifiedKFold",
    "ShuffleSplit",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "TimeSeriesSplit",
]
_CLASS_OF: Mapping[str, str] = {snake_case(name): name for name in _CLASSES}
_NEED_GROUPS = frozenset(
    ["group_k_fold", "group_shuffle_split", "leave_one_group_out", "leave_p_groups_out", "stratified_group_k_fold"]
)
_NEED_CLASSES = frozenset(
    ["repeated_stratified_k_fold", "stratified_group_k_fold", "stratified_k_fold", "stratified_shuffle_split"]
)


@dataclass(frozen=True, eq=False, slots=True)
class Fold:
    """Positions of the rows to train on and of those held out: int64, each ascending unless the splitter shuffles."""

    train: Array
    test: Array


class SplitProblem(ValueError):
    """The rows cannot be split as the clause asks; `code` is stable, `hint` says what to write instead."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


# ---- the table -------------------------------------------------------------------------------------------------------


@cache
def splitters() -> Mapping[str, SplitterSpec]:
    """Every splitter by the snake_case of its class: `k_fold`, `repeated_stratified_k_fold`, `time_series_split`, …"""
    return {name: _spec(name) for name in _CLASS_OF}


def splitter(name: str) -> SplitterSpec | None:
    """The splitter called `name`, compared without case; None if there is none."""
    return splitters().get(name.lower())


def splitter_names() -> tuple[str, ...]:
    """Every splitter's name; imports nothing."""
    return tuple(_CLASS_OF)


def _spec(name: str) -> SplitterSpec:
    parameters = inspect.signature(_class(name)).parameters.values()
    return SplitterSpec(
        name=name,
        path=f"sklearn.model_selection.{_CLASS_OF[name]}",
        defaults={one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty},
        required=frozenset(one.name for one in parameters if one.default is inspect.Parameter.empty),
        needs_groups=name in _NEED_GROUPS,
        needs_classes=name in _NEED_CLASSES,
    )


def _class(name: str) -> Any:
    return getattr(import_module("sklearn.model_selection"), _CLASS_OF[name])


# ---- parameters ------------------------------------------------------------------------------------------------------

_COUNTS = {"n_splits": 2, "n_repeats": 1, "p": 1, "n_groups": 1}  # the least each may be
_MOST_SPLITS = 1_000


def check_splitter(spec: SplitterSpec, params: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with `params` for `spec`: unknown names, wrong types and ranges, what is missing."""
    known = (*spec.required, *spec.defaults)
    problems = []
    for name, value in params.items():
        if name not in known or not_settable(name):
            message = f'{spec.name} has no parameter "{printable(name)}"'
            problems.append(Problem(name, message, suggestions(name, known)))
        elif wrong := hostile_value(name, value) or _wrong_value(spec, name, value):
            problems.append(Problem(name, f"{name} {wrong}"))
    return problems + [Problem(name, f"{spec.name} needs {name}") for name in sorted(spec.required - params.keys())]


def _wrong_value(spec: SplitterSpec, name: str, value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name in _COUNTS:
        least = 1 if "shuffle_split" in spec.name else _COUNTS[name]
        fits = whole and least <= value <= _MOST_SPLITS
        return None if fits else f"must be an int from {least} to {_MOST_SPLITS:,}; got {shown(value)}"
    if name == "shuffle":
        return None if isinstance(value, bool) else f"must be true or false; got {shown(value)}"
    if name == "test_fold":
        fits = isinstance(value, list | tuple) and all(isinstance(part, int) for part in value)
        return None if fits else f"must be a tuple of ints, one a row; got {shown(value)}"
    if name in ("test_size", "train_size") and "shuffle_split" in spec.name:
        fits = value is None or (whole and value >= 1) or (isinstance(value, float) and 0 < value < 1)
        return None if fits else f"must be a share between 0 and 1, or a number of rows; got {shown(value)}"
    low = 0 if name in ("gap", "random_state") else 1
    fits = (value is None and spec.defaults.get(name) is None) or (whole and value >= low)
    return None if fits else f"must be an int of {low} or more; got {shown(value)}"


# ---- folds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """What a split may look at: n rows, their target, groups, strata and split values, each of length n or None."""

    n: int
    y: Array | None
    groups: Array | None
    strata: Array | None
    values: Array | None
    classification: bool


def folds(
    split: Split | None,
    n: int,
    y: Array | None = None,
    groups: Array | None = None,
    seed: int = 0,
    *,
    classification: bool = False,
    strata: Array | None = None,
    values: Array | None = None,
) -> tuple[Fold, ...]:
    """The folds of `split` over n rows in canonical order (in the clause's order, for ORDER BY).

    `y` is the target, `groups` the column of GROUPS, `strata` that of STRATIFY BY, `values` that of SPLIT BY; NULL is
    None or NaN. `seed` is the statement's; a SEED inside the clause goes before it. Without a clause: five folds,
    stratified by class for classification. Raises SplitProblem.
    """
    rows = _Rows(n, _array(y), _array(groups), _array(strata), _array(values), classification)
    _check_rows(rows)
    match split:
        case None:
            made = _cross_validate(CrossValidate(None, SplitOptions(), _NOWHERE), rows, seed)
        case CrossValidate():
            made = _cross_validate(split, rows, seed)
        case Holdout():
            made = _holdout(split, rows, seed)
        case SplitBy():
            made = _split_by(rows)
        case Splitter():
            made = _by_splitter(split, rows, seed)
    return _checked(made)


_NOWHERE = Span(0, 0)


def _array(values: Array | None) -> Array | None:
    return None if values is None else np.asarray(values)


def _check_rows(rows: _Rows) -> None:
    if rows.n < 2:
        raise SplitProblem("too_few_rows", f"{rows.n} row{'s' * (rows.n != 1)} cannot be split", "train on more rows")
    for column in (rows.y, rows.groups, rows.strata, rows.values):
        if column is not None and len(column) != rows.n:
            raise SplitProblem("wrong_length", f"a column of {len(column)} values for {rows.n} rows")
    if rows.groups is not None and bool(_is_null(rows.groups).any()):
        raise SplitProblem("null_group", "a row's group is NULL", "give every row a group: coalesce(column, '…')")


def _checked(made: tuple[Fold, ...]) -> tuple[Fold, ...]:
    for number, fold in enumerate(made):
        if len(fold.train) == 0 or len(fold.test) == 0:
            side = "train on" if len(fold.train) == 0 else "hold out"
            raise SplitProblem("empty_fold", f"fold {number} has no rows to {side}")
    if not made:
        raise SplitProblem("empty_fold", "the split makes no folds")
    return made


def _make(splitter: Any, rows: _Rows, y: Array | None = None, groups: Array | None = None) -> tuple[Fold, ...]:
    """The folds of a scikit-learn splitter; what it refuses becomes a SplitProblem."""
    try:
        count = splitter.get_n_splits(np.empty(rows.n), y, groups)
        _check_size(count, rows.n)
        made = tuple(splitter.split(np.empty(rows.n), y, groups))
    except SplitProblem:
        raise
    except (ValueError, TypeError) as error:
        raise SplitProblem("cannot_split", " ".join(str(error).split())) from error
    return tuple(Fold(train.astype(np.int64), test.astype(np.int64)) for train, test in made)


def _check_size(count: int, n: int) -> None:
    if count > MOST_FOLDS or count * n > MOST_POSITIONS:
        raise SplitProblem(
            "too_many_folds", f"{count:,} folds of {n:,} rows are too many to hold", "CROSS VALIDATE 5 makes five folds"
        )


# ---- SEARCH HALVING --------------------------------------------------------------------------------------------------


def subsampled(made: tuple[Fold, ...], rung: Rung, rows: int, classes: int | None) -> tuple[Fold, ...]:
    """The rows of one rung: the same share of both sides of every fold, drawn by the search's seed, in the order drawn.

    So does scikit-learn's `_SubsampleMetaSplitter`. `classes` is None for regression. Raises SplitProblem.
    """
    sizes = rows_of_rungs(rung, rows, len(made), classes)
    share = sizes[min(rung.number, len(sizes) - 1)] / rows  # a relation may lose rows from one rung to the next
    seed = rung.search.seed
    return _checked(tuple(Fold(_share(fold.train, share, seed), _share(fold.test, share, seed)) for fold in made))


def rows_of_rungs(rung: Rung, rows: int, folds: int, classes: int | None) -> tuple[int, ...]:
    """`rung_rows`; raises SplitProblem where there are too few rows."""
    try:
        return rung_rows(rung, rows, folds, classes)
    except ValueError as error:
        raise SplitProblem("too_few_rows", str(error), "SEARCH GRID tries all on all rows") from None


def _share(positions: Array, share: float, seed: int) -> Array:
    chosen = np.random.RandomState(seed).permutation(len(positions))[: int(share * len(positions))]
    return positions[chosen]


# ---- CROSS VALIDATE --------------------------------------------------------------------------------------------------


def _cross_validate(split: CrossValidate, rows: _Rows, seed: int) -> tuple[Fold, ...]:
    options = split.options
    k = DEFAULT_FOLDS if split.folds is None else split.folds
    _check_options(options, rows)
    if k < 2:
        raise SplitProblem("too_few_folds", f"{k} folds: cross-validation needs 2 or more", "HOLDOUT 0.2 splits once")
    if k > rows.n:
        raise SplitProblem("too_few_rows", f"{k} folds of {rows.n} rows", f"CROSS VALIDATE {rows.n} at most")
    if options.order_by is not None:
        return _make(_class("time_series_split")(n_splits=k, gap=options.gap or 0), rows)
    name, y = _cross_validator(options, rows, k)
    groups = rows.groups if options.groups is not None else None
    if groups is not None:
        _check_groups(groups, k)
    return _repeat(name, k, options, rows, y, groups, seed if options.seed is None else options.seed)


def _cross_validator(options: SplitOptions, rows: _Rows, k: int) -> tuple[str, Array | None]:
    """The splitter's name and the classes it keeps in proportion, None for none."""
    grouped = options.groups is not None
    y = _strata(options, rows, k)
    if y is None:
        return ("group_k_fold" if grouped else "k_fold"), None
    if grouped:
        return "stratified_group_k_fold", y  # as near to the proportions as whole groups allow
    _check_members(y, k, "folds")
    return "stratified_k_fold", y


def _repeat(
    name: str, k: int, options: SplitOptions, rows: _Rows, y: Array | None, groups: Array | None, seed: int
) -> tuple[Fold, ...]:
    """One round of folds, or REPEAT rounds whose seeds are drawn one after the other, as RepeatedKFold does.

    Groups are not shuffled unless asked: unshuffled, the folds are the most even in size.
    """
    repeat = 1 if options.repeat is None else options.repeat
    _check_size(k * repeat, rows.n)
    shuffle = options.shuffle if options.shuffle is not None else (groups is None or repeat > 1)
    if repeat == 1:
        random_state: Any = seed if shuffle else None
        return _make(_class(name)(n_splits=k, shuffle=shuffle, random_state=random_state), rows, y, groups)
    random_state = np.random.RandomState(seed)
    rounds = (
        _make(_class(name)(n_splits=k, shuffle=True, random_state=random_state), rows, y, groups) for _ in range(repeat)
    )
    return tuple(fold for one in rounds for fold in one)


def _check_options(options: SplitOptions, rows: _Rows) -> None:
    """Options that cannot stand together, and columns that were not given."""
    stratified = options.stratify or options.stratify_by is not None
    if options.order_by is not None:
        others = {
            "SHUFFLE": options.shuffle is True,
            "STRATIFY": stratified,
            "GROUPS": options.groups is not None,
            "REPEAT": options.repeat is not None,
        }
        clash = next((word for word, said in others.items() if said), None)
        if clash:
            raise SplitProblem("options_clash", f"ORDER BY and {clash} exclude each other", f"leave out {clash}")
    elif options.gap is not None:
        raise SplitProblem("options_clash", "GAP needs ORDER BY: rows in no order have no gap", "ORDER BY a_date GAP 7")
    if options.repeat is not None and (options.repeat < 1 or options.repeat > _MOST_SPLITS):
        raise SplitProblem("wrong_repeat", f"REPEAT must be from 1 to {_MOST_SPLITS:,}; got {shown(options.repeat)}")
    if (options.gap or 0) < 0:
        raise SplitProblem("wrong_gap", f"GAP must be 0 or more; got {shown(options.gap)}")
    if options.shuffle is False and (options.repeat or 1) > 1:
        raise SplitProblem("options_clash", "NO SHUFFLE repeats the same folds", "leave out REPEAT or NO SHUFFLE")
    if options.groups is not None and rows.groups is None:
        raise ValueError("GROUPS without the groups' values")


def _strata(options: SplitOptions, rows: _Rows, folds_wanted: int) -> Array | None:
    """What to keep in proportion: STRATIFY BY's column, the classes, or bins of a number; None for nothing."""
    if options.stratify_by is not None:
        if rows.strata is None:
            raise ValueError("STRATIFY BY without the column's values")
        return _codes(rows.strata)
    if rows.classification:
        if rows.y is None:
            raise ValueError("classification without the target's values")
        return _codes(rows.y)
    if not options.stratify:
        return None
    if rows.y is None:
        raise ValueError("STRATIFY without the target's values")
    return quantile_bins(rows.y, folds_wanted)


def quantile_bins(y: Array, folds_wanted: int) -> Array:
    """A numeric target as at most ten bins of about equal size, and no smaller than the number of folds.

    The bins are those of `pandas.qcut(y, bins, duplicates="drop")`: edges at the quantiles, each bin closed above.
    """
    numbers = np.asarray(y, dtype=np.float64)
    if not bool(np.isfinite(numbers).all()):
        raise SplitProblem("cannot_stratify", "the target has NULL or infinite values and cannot be binned")
    bins = max(1, min(_MOST_BINS, len(numbers) // folds_wanted))
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, bins + 1)))
    return np.searchsorted(edges[1:-1], numbers, side="left")


def _codes(values: Array) -> Array:
    """Values as 0, 1, … in sorted order; NULL is a value of its own, after the others."""
    null = _is_null(values)
    codes = np.full(len(values), -1, dtype=np.int64)
    known, codes[~null] = np.unique(_sortable(values[~null]), return_inverse=True)
    codes[null] = len(known)
    return codes


def _sortable(values: Array) -> Array:
    return values if values.dtype != object else np.asarray([str(value) for value in values], dtype=object)


def _is_null(values: Array) -> Array:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype == object:
        return np.fromiter((one is None or one != one for one in values), dtype=bool, count=len(values))
    return np.zeros(len(values), dtype=bool)


def _check_members(y: Array, needed: int, what: str) -> None:
    """Each class needs a row a fold; scikit-learn merely warns, and then scores folds that lack the class."""
    counts = np.bincount(y)
    fewest = int(counts[counts > 0].min())
    if fewest < needed:
        members = f"{fewest} row{'s' * (fewest != 1)}"
        hint = f"CROSS VALIDATE {fewest}, or SPLIT k_fold(..), which does not stratify" if fewest > 1 else None
        raise SplitProblem(
            "too_few_members",
            f"the smallest class has {members}, fewer than the {needed} {what}",
            hint or "leave out classes with one row, or use SPLIT k_fold(..), which does not stratify",
        )


def _check_groups(groups: Array, k: int) -> None:
    found = len(np.unique(_codes(groups)))
    if found < k:
        raise SplitProblem("too_few_groups", f"{k} folds of {found} groups", f"CROSS VALIDATE {found} at most")


# ---- HOLDOUT ---------------------------------------------------------------------------------------------------------


def _holdout(split: Holdout, rows: _Rows, seed: int) -> tuple[Fold, ...]:
    options = split.options
    _check_options(options, rows)
    if not 0 < split.fraction < 1:
        raise SplitProblem(
            "wrong_fraction", f"HOLDOUT must be between 0 and 1; got {shown(split.fraction)}", "HOLDOUT 0.2"
        )
    if options.order_by is not None or options.shuffle is False:
        return (_last(split.fraction, rows.n, options),)
    name, y = _holdout_splitter(options, rows)
    groups = _codes(rows.groups) if options.groups is not None and rows.groups is not None else None
    made = _class(name)(
        n_splits=options.repeat or 1,
        test_size=split.fraction,
        random_state=seed if options.seed is None else options.seed,
    )
    return _make(made, rows, y, groups)


def _holdout_splitter(options: SplitOptions, rows: _Rows) -> tuple[str, Array | None]:
    stratified = options.stratify or options.stratify_by is not None
    if options.groups is not None:
        if stratified:
            raise SplitProblem(
                "options_clash", "HOLDOUT cannot both STRATIFY and keep GROUPS together", "leave out one"
            )
        return "group_shuffle_split", None
    y = _strata(options, rows, 2)
    if y is None:
        return "shuffle_split", None
    _check_members(y, 2, "sides of the split")
    return "stratified_shuffle_split", y


def _last(fraction: float, n: int, options: SplitOptions) -> Fold:
    """The last rows held out; their number is rounded up, as in scikit-learn. GAP rows before them go unused."""
    if options.stratify or options.stratify_by is not None or options.groups is not None:
        raise SplitProblem("options_clash", "NO SHUFFLE holds out the last rows, whatever their class or group")
    held_out = math.ceil(n * fraction)
    train = max(n - held_out - (options.gap or 0), 0)
    return Fold(np.arange(train, dtype=np.int64), np.arange(n - held_out, n, dtype=np.int64))


# ---- SPLIT BY --------------------------------------------------------------------------------------------------------

_TRAIN_WORDS = frozenset({"train", "training"})
_TEST_WORDS = frozenset({"test", "testing", "validation", "valid", "val", "holdout"})


def _split_by(rows: _Rows) -> tuple[Fold, ...]:
    """Words for training and testing make one fold, as do booleans (true is held out); else one fold a value, in sorted
    order. Rows with NULL (or -1) are in every training set and never held out."""
    if rows.values is None:
        raise ValueError("SPLIT BY without the column's values")
    null = _is_null(rows.values)
    known = rows.values[~null]
    if len(known) == 0:
        raise SplitProblem("empty_fold", "the column of SPLIT BY holds NULL alone")
    test_fold = np.full(rows.n, -1, dtype=np.int64)
    test_fold[~null] = _fold_numbers(known)
    if not bool((test_fold >= 0).any()):
        raise SplitProblem("empty_fold", "the column of SPLIT BY holds out no row")
    _check_size(int(test_fold.max()) + 1, rows.n)
    return _make(_class("predefined_split")(test_fold), rows)


def _fold_numbers(values: Array) -> Array:
    """The fold that holds out each row, -1 for none."""
    if all(isinstance(value, bool | np.bool_) for value in values.tolist()):
        return np.where(values.astype(bool), 0, -1)
    words = [value.strip().casefold() if isinstance(value, str) else None for value in values.tolist()]
    said = set(words)
    if said <= _TRAIN_WORDS | _TEST_WORDS and said & _TRAIN_WORDS:
        return np.asarray([0 if word in _TEST_WORDS else -1 for word in words], dtype=np.int64)
    codes = _codes(values)
    if values.dtype.kind in "iuf" and bool((values == -1).any()):
        held_out = values != -1
        codes = np.where(held_out, np.unique(np.where(held_out, values, np.inf), return_inverse=True)[1], -1)
    return codes


# ---- SPLIT splitter(..) ----------------------------------------------------------------------------------------------


def _by_splitter(split: Splitter, rows: _Rows, seed: int) -> tuple[Fold, ...]:
    spec = splitter(split.call.name)
    if spec is None:
        near = suggestions(split.call.name, splitter_names())
        hint = f"did you mean {near[0]}?" if near else "CROSS VALIDATE 5"
        raise SplitProblem("unknown_splitter", f'no splitter "{printable(split.call.name)}"', hint)
    params = python_arguments(split.call)
    problems = check_splitter(spec, params)
    if problems:
        near = problems[0].did_you_mean
        raise SplitProblem("wrong_parameter", problems[0].message, f"did you mean {near[0]}?" if near else None)
    _check_splitter_options(spec, split.options, rows)
    y = _splitter_strata(spec, split.options, rows, int(params.get("n_splits", spec.defaults.get("n_splits", 2))))
    if "test_fold" in params and len(params["test_fold"]) != rows.n:
        raise SplitProblem("wrong_length", f"test_fold has {len(params['test_fold'])} values for {rows.n} rows")
    chosen = seed if split.options.seed is None else split.options.seed
    made = _class(spec.name)(**{**params, **_seed_of(spec, params, chosen)})
    groups = _codes(rows.groups) if spec.needs_groups and rows.groups is not None else None
    return _make(made, rows, y, groups)


def _seed_of(spec: SplitterSpec, params: Mapping[str, Any], seed: int) -> dict[str, int]:
    """The seed, where the splitter draws: one that does not shuffle refuses it. `random_state => NULL` says none."""
    draws = params.get("shuffle", spec.defaults.get("shuffle", True))
    said = params.get("random_state") is not None
    return {"random_state": seed} if "random_state" in spec.defaults and not said and draws else {}


def _check_splitter_options(spec: SplitterSpec, options: SplitOptions, rows: _Rows) -> None:
    """A splitter takes columns from the clause and everything else as parameters."""
    said = {"SHUFFLE": options.shuffle, "GAP": options.gap, "REPEAT": options.repeat}
    word = next((word for word, value in said.items() if value is not None), None)
    if word:
        raise SplitProblem(
            "options_clash", f"{word} is a parameter of the splitter", f"{spec.name}({word.lower()} => ..)"
        )
    if spec.needs_groups and rows.groups is None:
        raise SplitProblem("needs_groups", f"{spec.name} needs groups", f"SPLIT {spec.name}(..) GROUPS a_column")
    if options.groups is not None and not spec.needs_groups:
        raise SplitProblem("options_clash", f"{spec.name} tears groups apart", f"SPLIT group_{spec.name}(..)")
    stratified = options.stratify or options.stratify_by is not None
    if stratified and not spec.needs_classes:
        raise SplitProblem("options_clash", f"{spec.name} does not stratify", f"SPLIT stratified_{spec.name}(..)")


def _splitter_strata(spec: SplitterSpec, options: SplitOptions, rows: _Rows, k: int) -> Array | None:
    if not spec.needs_classes:
        return None
    stratify = SplitOptions(stratify=True, stratify_by=options.stratify_by)
    y = _strata(stratify, rows, k)
    if y is not None and "shuffle_split" not in spec.name and not spec.needs_groups:
        _check_members(y, k, "folds")
    return y
