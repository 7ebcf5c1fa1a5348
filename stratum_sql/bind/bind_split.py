"""How rows become folds: the split clause bound."""

from __future__ import annotations

from stratum_sql.bind.problems import placed
from stratum_sql.catalog.search_space import SpaceProblem, python_value
from stratum_sql.catalog.splitters import DEFAULT_FOLDS, check_splitter, splitter, splitter_names
from stratum_sql.errors import BindError, suggestions
from stratum_sql.grammar.syntax import CrossValidate, Holdout, Name, Split, SplitBy, SplitOptions, Splitter
from stratum_sql.plan.features import Leaf
from stratum_sql.plan.query import SplitPlan


def columns_of(split: Split) -> dict[str, Name]:
    """The columns a clause names, by what they are for."""
    options = options_of(split)
    wanted = {
        "groups": options.groups,
        "order": options.order_by,
        "stratify": options.stratify_by,
        "by": split.column if isinstance(split, SplitBy) else None,
    }
    return {role: name for role, name in wanted.items() if name is not None}


def options_of(split: Split) -> SplitOptions:
    """What is said after a split; SPLIT BY takes nothing."""
    return SplitOptions() if isinstance(split, SplitBy) else split.options


def stratifies(split: Split) -> bool:
    """Whether a clause asks for the target's classes in proportion, not for another column's."""
    spec = splitter(split.call.name) if isinstance(split, Splitter) else None
    options = options_of(split)
    return options.stratify_by is None and (options.stratify or (spec is not None and spec.needs_classes))


def bind_split(script: str, split: Split, columns: dict[str, Leaf], seed: int) -> SplitPlan:
    """The clause with its columns found; `seed` is the statement's. Raises BindError for an unknown splitter."""
    if isinstance(split, Splitter):
        _check_splitter(script, split)
    own = options_of(split).seed
    own = seed if own is None else own
    key = _split_key(split, own, columns)
    return SplitPlan(key, split, own, _fold_count(split), tuple(columns), tuple(columns.values()))


def _check_splitter(script: str, split: Splitter) -> None:
    call = split.call
    spec = splitter(call.name)
    if spec is None:
        near = suggestions(call.name, splitter_names())
        raise BindError.at(script, call.name_span, "unknown_splitter", f'no splitter "{call.name}"', did_you_mean=near)
    try:
        given = {argument.name or "": python_value(argument.value) for argument in call.args}
    except SpaceProblem as problem:
        raise placed(script, problem, call.span) from None
    for wrong in check_splitter(spec, given):
        span = next((argument.span for argument in call.args if argument.name == wrong.parameter), call.span)
        raise BindError.at(script, span, "bad_parameter", wrong.message, did_you_mean=wrong.did_you_mean)


def _fold_count(split: Split) -> int | None:
    if isinstance(split, CrossValidate):
        return (split.folds or DEFAULT_FOLDS) * (split.options.repeat or 1)
    return (split.options.repeat or 1) if isinstance(split, Holdout) else None


def _split_key(split: Split, seed: int, columns: dict[str, Leaf]) -> str:
    """What makes two splits the same, in words: shown by EXPLAIN."""
    match split:
        case CrossValidate(folds=folds):
            what = f"cross validate {folds or DEFAULT_FOLDS}"
        case Holdout(fraction=fraction):
            what = f"holdout {fraction!r}"
        case SplitBy():
            what = "by column"
        case Splitter(call=call):
            arguments = [f"{argument.name} => {python_value(argument.value)!r}" for argument in call.args]
            what = f"{call.name}({', '.join(arguments)})"
    options = options_of(split)
    said = [
        "" if options.shuffle is None else " shuffle" if options.shuffle else " no shuffle",
        " stratify" if options.stratify else "",
        f" gap {options.gap}" if options.gap is not None else "",
        f" repeat {options.repeat}" if options.repeat is not None else "",
        *(f" {role} {leaf.name}" for role, leaf in columns.items()),
    ]
    return f"{what}{''.join(said)}, seed {seed}"
