"""same_split: splits that make the same folds are one split, however they are spelled.

    Split(CROSS VALIDATE), Split(CROSS VALIDATE 5 FOLDS SHUFFLE)  =>  Split(cross validate 5)
    Split(SPLIT BY fold, seed 1), Split(SPLIT BY fold, seed 2)    =>  Split(by column fold)

What a clause leaves unsaid is filled in, and a seed that no fold depends on is dropped. All that is fitted on the rows
of a fold stands above its split, so two spellings of one split would double it. A clause whose options exclude each
other stays as it is: running it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stratum_sql.catalog.search_space import python_arguments
from stratum_sql.catalog.splitters import DEFAULT_FOLDS, splitter
from stratum_sql.grammar.syntax import CrossValidate, Holdout, SplitBy, SplitOptions, Splitter
from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.relational import InGroup, Read, Where
from stratum_sql.plan.transform import Split


def same_split(batch: Batch) -> Batch:
    """The batch with the key of every split saying no more than what its folds depend on."""
    return rewrite(batch, lambda node: isinstance(node.operator, Split) and _key(node) != node.operator.key, _step)


def _step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
    operator = node.operator
    return graph.node(replace(operator, key=_key(node)) if isinstance(operator, Split) else operator, *inputs)


def _key(node: Node) -> str:
    """The split in words; equal words over equal inputs are equal folds."""
    split = node.operator
    assert isinstance(split, Split)
    names = dict(zip(split.roles, map(_name, node.inputs[1:]), strict=True))
    match split.clause:
        case SplitBy():
            return f"by column {names['by']}"
        case Splitter():
            return _named(split, split.clause, names)
        case CrossValidate(folds, options):
            return _spelled(split, f"cross validate {folds or DEFAULT_FOLDS}", options, names)
        case Holdout(fraction, options):
            return _spelled(split, f"holdout {fraction!r}", options, names)
    return split.key


def _name(node: Node) -> str:
    """The name of a column, whichever of its rows are chosen."""
    while isinstance(node.operator, Where | InGroup):
        node = node.inputs[0]
    return node.operator.name if isinstance(node.operator, Read) else ""


def _named(split: Split, clause: Splitter, names: Mapping[str, str]) -> str:
    """A splitter by name: one that does not draw takes no seed."""
    spec = splitter(clause.call.name)
    if spec is None:
        return split.key
    params = python_arguments(clause.call)
    draws = "random_state" in spec.defaults and params.get("shuffle", spec.defaults.get("shuffle", True))
    return split.key if draws else split.key.removesuffix(f", seed {split.seed}")


def _spelled(split: Split, what: str, options: SplitOptions, names: Mapping[str, str]) -> str:
    if _clash(split, options):
        return split.key
    repeat = options.repeat or 1
    shuffled = _shuffled(split, options, repeat)
    words = [
        what,
        *(["stratified"] if _stratified(split, options, shuffled) else []),
        *(["no shuffle"] if not shuffled and "order" not in names else []),
        *([f"gap {options.gap}"] if options.gap else []),
        *([f"repeat {repeat}"] if repeat > 1 else []),
        *(f"{_ROLES.get(role, role)} {name}" for role, name in names.items()),
    ]
    return " ".join(words) + (f", seed {split.seed}" if shuffled else "")


_ROLES = {"order": "order by", "stratify": "stratify by"}


def _shuffled(split: Split, options: SplitOptions, repeat: int) -> bool:
    """Rows are shuffled unless told otherwise; in cross-validation, groups are only if asked to, or to repeat."""
    if options.order_by is not None:
        return False
    if options.shuffle is not None:
        return options.shuffle
    return isinstance(split.clause, Holdout) or options.groups is None or repeat > 1


def _stratified(split: Split, options: SplitOptions, shuffled: bool) -> bool:
    """Whether the target's classes, or bins of it, are kept in proportion."""
    if options.order_by is not None or options.stratify_by is not None:
        return False
    if isinstance(split.clause, Holdout) and (not shuffled or options.groups is not None):
        return False
    return split.task == "classification" or options.stratify


def _clash(split: Split, options: SplitOptions) -> bool:
    """Whether its options may exclude each other: what is wrong with a clause must stay its own."""
    ordered, repeated = options.order_by is not None, (options.repeat or 1) > 1
    stratified = options.stratify or options.stratify_by is not None
    holdout = isinstance(split.clause, Holdout)
    unshuffled = ordered or options.shuffle is False
    return (
        (ordered and (options.shuffle is True or options.repeat is not None))
        or (not ordered and options.gap is not None)
        or (unshuffled and repeated)
        or ((ordered or (holdout and unshuffled)) and (stratified or options.groups is not None))
        or (holdout and stratified and options.groups is not None)
    )
