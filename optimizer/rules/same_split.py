"""same_split: splits that make the same folds are one split, however they are spelled.

    Split(CROSS VALIDATE), Split(CROSS VALIDATE 5 FOLDS SHUFFLE)  =>  Split(cross validate 5)
    Split(SPLIT BY fold, seed 1), Split(SPLIT BY fold, seed 2)    =>  Split(by column fold)

What a clause leaves unsaid is filled in, and a seed that no fold depends on is dropped. Everything that is fitted on the rows
of a fold stands above its split, so two spellings of one split would double all of it. A clause whose options exclude each
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
from stratum_sql.plan.relational import Read
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
            return _spelled(split, f"holdout {fraction:g}", options, names)
    return split.key


def _name(node: Node) -> str:
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
    if isinstance(split.clause, Holdout):
        shuffled = options.order_by is None and options.shuffle is not False
    else:
        shuffled = options.order_by is None and _shuffled(options, repeat)
    stratified = "stratify" not in names and "order" not in names and (split.task == "classification" or options.stratify)
    words = [
        what,
        *(["stratified"] if stratified else []),
        *(["in order"] if not shuffled else []),
        *([f"gap {options.gap}"] if options.gap else []),
        *([f"repeat {repeat}"] if repeat > 1 else []),
        *(f"{role} {name}" for role, name in names.items()),
    ]
    return " ".join(words) + (f", seed {split.seed}" if shuffled else "")


def _shuffled(options: SplitOptions, repeat: int) -> bool:
    """Cross-validation shuffles unless told otherwise; groups it shuffles if asked to, or to repeat."""
    return options.shuffle if options.shuffle is not None else options.groups is None or repeat > 1


def _clash(split: Split, options: SplitOptions) -> bool:
    """Whether running it may be refused: what a clause with an error says must stay its own."""
    ordered = options.order_by is not None
    in_order = ordered or (isinstance(split.clause, Holdout) and options.shuffle is False)
    chosen = options.stratify or options.stratify_by is not None or options.groups is not None
    return (
        (in_order and (chosen or (options.repeat or 1) > 1))
        or (ordered and (options.shuffle is True or options.repeat is not None))
        or (not ordered and options.gap is not None)
        or (options.shuffle is False and (options.repeat or 1) > 1)
        or (isinstance(split.clause, Holdout) and options.groups is not None and chosen and (options.stratify or options.stratify_by is not None))
    )
