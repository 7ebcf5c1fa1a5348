"""Plans as text: an operator a line, its inputs indented below it. Equal lines over equal lines are one operator.

    age = Read age                    what `age` stands for from here on
      Scan people

    Score r2                          a line that starts no definition is an answer
      Train ridge(alpha=1.0) seed 7
      …

    Model 1                           an answer that is one of several, counted from 0
      Score r2 from sums
        Solve ridge(alpha=1.0), ridge(alpha=2.0)
          Normal impute(#0), #1       features by the columns that `Products` reads; `of fit 0` has its state
          …

A `.plan` file holds cases: a title (`#`), the plan before the rule, `----`, the plan after it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stratum_sql.catalog import estimators, metrics, registry
from stratum_sql.errors import Span
from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.syntax import SplitBy, Train
from stratum_sql.plan.build import Answer, Batch
from stratum_sql.plan.features import Leaf
from stratum_sql.plan.frozen import FrozenParams, freeze
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.linear import (
    Base,
    FoldProducts,
    MatrixNormal,
    Normal,
    Products,
    Recipe,
    ScoreLinear,
    ScorePredictions,
    SolveLinear,
)
from stratum_sql.plan.model import Candidate, Score, TrainModel
from stratum_sql.plan.query import Options, SplitPlan, TrainQuery, Trial
from stratum_sql.plan.relational import Compute, Read, Scan, Source, Where
from stratum_sql.plan.together import Bins, FirstRounds, Member, SearchTogether, TrainOnBins, TrainTogether
from stratum_sql.plan.transform import (
    Apply,
    Assemble,
    Components,
    Encode,
    FirstComponents,
    Fit,
    Fitted,
    FittedState,
    Map,
    Rows,
    Split,
)

_RULER = "----"


# ---- files -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One case of a `.plan` file, as text."""

    title: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.title}\n{self.before}\n{_RULER}\n{self.after}\n"


def read_cases(path: Path) -> list[Case]:
    """The cases of a `.plan` file."""
    chunks = re.split(r"(?m)^(?=#)(?<!\n#)", path.read_text(encoding="utf-8"))
    pieces: list[str] = []
    for chunk in chunks:  # lines of one title belong together
        if pieces and all(line.startswith("#") for line in pieces[-1].splitlines()):
            pieces[-1] += chunk
        elif chunk.strip():
            pieces.append(chunk)
    return [_case(piece) for piece in pieces]


def _case(text: str) -> Case:
    lines = text.strip("\n").splitlines()
    first = next(index for index, line in enumerate(lines) if not line.startswith("#"))
    ruler = lines.index(_RULER)
    body = ["\n".join(part).strip("\n") for part in (lines[first:ruler], lines[ruler + 1 :])]
    return Case("\n".join(lines[:first]), *body)


# ---- text to plan ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """A line and the lines below it."""

    label: str
    children: tuple[Tree, ...]


@dataclass(frozen=True)
class Text:
    """A plan as text, its definitions replaced by what they stand for."""

    definitions: Mapping[str, Tree]
    answers: tuple[Tree, ...]


def read_text(text: str) -> Text:
    """The trees of a plan."""
    definitions: dict[str, Tree] = {}
    answers: list[Tree] = []
    lines = [line for line in text.splitlines() if line.strip()]
    while lines:
        named = re.match(r"(\w+) = (.*)", lines[0])
        if named:
            lines[0] = named[2]
        tree = _tree(lines, 0, definitions)
        if named:
            definitions[named[1]] = tree
        else:
            answers.append(tree)
    return Text(definitions, tuple(answers))


def _tree(lines: list[str], depth: int, definitions: Mapping[str, Tree]) -> Tree:
    label = lines.pop(0).strip()
    children = []
    while lines and _depth(lines[0]) > depth:
        assert _depth(lines[0]) == depth + 1, f"two steps deeper at once: {lines[0]}"
        children.append(_tree(lines, depth + 1, definitions))
    if label in definitions:
        assert not children, f"{label} is defined above"
        return definitions[label]
    return Tree(label, tuple(children))


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip())) // 2


def read_plan(text: str) -> Batch:
    """The batch whose answers are the trees: the one trial of statement 0, of statement 1, …"""
    answers = read_text(text).answers
    graph = Graph()
    nodes = [_node(graph, tree) for tree in answers]
    scores = {(index, 1): Answer(node) for index, node in enumerate(nodes)}
    return Batch((_query(graph),), graph, scores, {}, {})


def _node(graph: Graph, tree: Tree) -> Node:
    inputs = tuple(_node(graph, child) for child in tree.children)
    kind, _, rest = tree.label.partition(" ")
    return graph.node(_READERS[kind](rest, inputs), *inputs)


def _query(graph: Graph) -> TrainQuery:
    """A query that has the trials of the graph; nothing else of it is looked at."""
    source = _source("nothing")
    target = Leaf("y", "y", "y", "DOUBLE", "number", frozenset(), None)
    trained = [node.operator for node in graph if isinstance(node.operator, TrainModel)]
    return TrainQuery(
        text="", span=Span(0, 0), source=source, features=(), target=target, task="regression", weight=None,
        split=SplitPlan("", None, 0, 1), metrics=(metrics.metrics()["r2"],), trials=tuple(map(_trial, trained)), seed=0,
        options=Options(), name=None, canonical=str,
    )  # fmt: skip


def _trial(operator: TrainModel) -> Trial:
    spec = estimators.estimator(operator.estimator)
    assert spec is not None, operator.estimator
    return Trial(1, spec, operator.params, freeze({**spec.defaults, **operator.params.as_dict()}))


def _source(title: str) -> Source:
    whole, _, condition = title.partition(" WHERE ")
    unfiltered = _source(whole) if condition else None
    return Source(title, "SELECT", f"FROM {title}", (), (), title, unfiltered, condition)


def _scan(rest: str, _inputs: Sequence[Node]) -> Operator:
    title, _, reader = rest.partition(" of statement ")
    return Scan(_source(title), int(reader) if reader else None)


def _read(rest: str, _inputs: Sequence[Node]) -> Operator:
    """`age` is a column of numbers, `town as text` one of text."""
    name, _, kind = rest.partition(" as ")
    assert kind in ("", "text")
    return Read(name, name, name, "VARCHAR", "text") if kind else Read(name, name, name, "DOUBLE", "number")


def _rows(rest: str, _inputs: Sequence[Node]) -> Operator:
    assert rest in ("train", "test")
    return Rows(rest)  # type: ignore[arg-type]


def _split(rest: str, inputs: Sequence[Node]) -> Operator:
    """The clause as it is written in a statement; its columns, if it names some, stand below, after the target."""
    text, _, seed = rest.partition(", seed ")
    script, _ = parse_script(f"FROM t TRAIN MODEL ols() TARGET y {text}", None)
    found = script.statements[0] if script.statements else None
    clause = found.split if isinstance(found, Train) else None
    encode = inputs[0].operator
    assert isinstance(encode, Encode)
    return Split(rest, _roles(clause), clause, int(seed or 0), encode.task)


def _roles(clause: Any) -> tuple[str, ...]:
    options = getattr(clause, "options", None)
    named = {"groups": "groups", "order": "order_by", "stratify": "stratify_by"}
    roles = [role for role, field in named.items() if getattr(options, field, None) is not None]
    return (*roles, "by") if isinstance(clause, SplitBy) else tuple(roles)


def _call(text: str) -> tuple[str, dict[str, Any]]:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    return call.func.id, {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}


def _transform(rest: str) -> tuple[str, FrozenParams]:
    name, given = _call(rest)
    spec = registry.transform(name)
    assert spec is not None, name
    return name, freeze(spec.complete(given))


def _fit(rest: str, _inputs: Sequence[Node]) -> Operator:
    call, _, seed = rest.partition(" seed ")
    name, params = _transform(call)
    spec = registry.transform(name)
    assert spec is not None
    return Fit(name, params, int(seed or 0), spec.uses_target)


def _train(rest: str, inputs: Sequence[Node]) -> Operator:
    said, _, identity = rest.partition(" = ")
    call, _, seed = said.partition(" seed ")
    name, given = _call(call)
    full = freeze(_call(f"{name}({identity})")[1] if identity else given)
    return TrainModel(name, freeze(given), full, int(seed or 0), len(inputs) > 2)


def _first_rounds(rest: str, _inputs: Sequence[Node]) -> Operator:
    rounds, _, said = rest.partition(" ")
    train = _train(said, ())
    assert isinstance(train, TrainModel)
    return FirstRounds(int(rounds), train.models[0])


_READERS: dict[str, Callable[[str, Sequence[Node]], Operator]] = {
    "Scan": _scan,
    "Read": _read,
    "Where": lambda _rest, _inputs: Where(),
    "Compute": lambda rest, _: Compute(rest, rest),
    "Encode": lambda rest, _: Encode(rest, "DOUBLE"),
    "Split": _split,
    "Rows": _rows,
    "Fit": _fit,
    "Fitted": lambda _rest, _: Fitted(),
    "FittedState": lambda _rest, _: FittedState(),
    "Apply": lambda rest, _: Apply(*_transform(rest)),
    "Map": lambda rest, _: Map(*_transform(rest)),
    "Assemble": lambda rest, _: Assemble(tuple(rest.split(", "))),
    "Train": _train,
    "FirstRounds": _first_rounds,
    "Score": lambda rest, inputs: Score(tuple(rest.split(", ")), len(inputs) > 3),
}


# ---- plan to text ----------------------------------------------------------------------------------------------------


def trees(batch: Batch) -> tuple[Tree, ...]:
    """The answers of a batch, written out."""
    made: dict[int, Tree] = {}
    for node in batch.graph:
        made[node.id] = Tree(_label(node.operator), tuple(made[child.id] for child in node.inputs))
    return tuple(_answer(made[answer.node.id], answer.member) for answer in batch.scores.values())


def _answer(tree: Tree, member: int | None) -> Tree:
    return tree if member is None else Tree(f"Model {member}", (tree,))


def print_trees(answers: Sequence[Tree], definitions: Mapping[str, Tree]) -> str:
    """Trees as text; those that have a name are defined first, if they stand in it, and called by it."""
    names = {tree: name for name, tree in definitions.items()}
    used = {name: tree for name, tree in definitions.items() if any(tree in _parts(answer) for answer in answers)}
    lines: list[str] = []
    for name, tree in used.items():
        head, *below = _lines(tree, 0, {other: known for other, known in names.items() if known != name})
        lines += [f"{name} = {head}", *below]
    lines += [""] if used else []
    for answer in answers:
        lines += _lines(answer, 0, names)
    return "\n".join(lines)


def _parts(tree: Tree) -> Iterator[Tree]:
    yield tree
    for child in tree.children:
        yield from _parts(child)


def _lines(tree: Tree, depth: int, names: Mapping[Tree, str]) -> list[str]:
    if tree in names:
        return ["  " * depth + names[tree]]
    return ["  " * depth + tree.label, *(line for child in tree.children for line in _lines(child, depth + 1, names))]


def _label(operator: Operator) -> str:
    match operator:
        case Bins() | TrainOnBins() | FirstRounds() | TrainTogether() | SearchTogether() | Member():
            return _together_label(operator)
        case Scan(source, reader):
            return f"Scan {source.title}" + ("" if reader is None else f" of statement {reader}")
        case Read(name=name, column_kind=kind):
            return f"Read {name}" + ("" if kind == "number" else f" as {kind}")
        case Encode(task=task):
            return f"Encode {task}"
        case Components(transform, params, seed) | FirstComponents(transform, params, seed):
            return f"{operator.kind} {transform}({_said(transform, params)})" + (f" seed {seed}" if seed else "")
        case Fit(transform, params, seed):
            return f"Fit {transform}({_said(transform, params)})" + (f" seed {seed}" if seed else "")
        case Fitted() | FittedState():
            return operator.kind
        case Apply(transform, params) | Map(transform, params):
            return f"{operator.kind} {transform}({_said(transform, params)})"
        case Compute(sql=sql):
            return f"Compute {sql}"
        case Assemble(names):
            return f"Assemble {', '.join(names)}"
        case TrainModel(estimator, params, identity, seed):
            whole = "" if identity == params else f" = {_written(identity.items)}"
            return f"Train {estimator}({_written(params.items)})" + (f" seed {seed}" if seed else "") + whole
    return _linear_label(operator)


def _linear_label(operator: Operator) -> str:
    match operator:
        case Products(uses, weighted):
            return f"Products of {', '.join(uses)}" + (", weighted" if weighted else "")
        case FoldProducts():
            return "Merge"
        case Normal(recipes, weighted=weighted):
            return f"Normal {', '.join(map(_recipe, recipes))}" + (", weighted" if weighted else "")
        case MatrixNormal(weighted):
            return "Normal of the matrix" + (", weighted" if weighted else "")
        case SolveLinear(models):
            return f"Solve {', '.join(map(_candidate, models))}"
        case ScoreLinear(metrics):
            return f"Score {', '.join(metrics)} from sums"
        case ScorePredictions(metrics, weighted):
            return f"Score {', '.join(metrics)} in one product" + (", weighted" if weighted else "")
    return operator.label


def _recipe(recipe: Recipe) -> str:
    if isinstance(recipe, Base):
        return f"#{recipe.place}"
    said = [*map(_recipe, recipe.children), *filter(None, [_said(recipe.transform, recipe.params)])]
    return f"{recipe.transform}({', '.join(said)})" + ("" if recipe.state is None else f" of fit {recipe.state}")


def _candidate(model: Candidate) -> str:
    return f"{model.estimator}({_written(model.identity.items)})"


def _said(transform: str, params: FrozenParams) -> str:
    spec = registry.transform(transform)
    assert spec is not None
    default = spec.complete({})
    return _written([(name, value) for name, value in params.items if value != default[name]])


def _written(items: Sequence[tuple[str, Any]]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in items)


def _together_label(operator: Bins | TrainOnBins | FirstRounds | TrainTogether | SearchTogether | Member) -> str:
    match operator:
        case Bins(leaf_sizes=sizes, seed=seed, example=example):
            leaves = f" leaves {', '.join(map(str, sizes))}" if sizes else ""
            return f"Bins {example.estimator}{leaves}" + (f" seed {seed}" if seed else "")
        case TrainOnBins(candidate):
            return f"TrainOnBins {_model(candidate)}"
        case FirstRounds(rounds, candidate):
            return f"FirstRounds {rounds} {_model(candidate)}"
        case TrainTogether(models) | SearchTogether(models):
            return f"{operator.kind} {'; '.join(map(_model, models))}"
        case Member(place, candidate):
            return f"Member {place} {_model(candidate)}"


def _model(candidate: Candidate) -> str:
    """As `Train` says it."""
    said = f"{candidate.estimator}({_written(candidate.params.items)})"
    seed = f" seed {candidate.seed}" if candidate.seed else ""
    whole = "" if candidate.identity == candidate.params else f" = {_written(candidate.identity.items)}"
    return said + seed + whole


def rewritten(case: Case, rule: Callable[[Batch], Batch]) -> Case:
    """The case with what the rule really makes of its first plan."""
    definitions = {**read_text(case.before).definitions, **read_text(case.after).definitions}
    return replace(case, after=print_trees(trees(rule(read_plan(case.before))), definitions))
