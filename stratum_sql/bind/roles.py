"""Columns by their roles: which outputs of a head are features once target, weight and the like are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database, moved
from stratum_sql.bind.features import BoundHead, Output, bind_head, find_leaf
from stratum_sql.bind.scope import Scope
from stratum_sql.errors import BindError, Span, StratumError, suggestions
from stratum_sql.grammar.syntax import Name
from stratum_sql.plan.features import Feature, Leaf, kind_of_feature, leaves, without


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about the head; `span` is a place in the head's own text."""

    span: Span | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The features of a statement, in the order of the select list, and what to say about them."""

    features: tuple[Feature, ...]
    warnings: tuple[Warned, ...]


class SharedHead:
    """A bound head, and what was chosen from it for the statements that have it.

    Statements whose heads are equal as text get the identical `Source`, leaves and tuple of features. Every place in it
    is a place in the head's own text, so that it does not matter where in a script a head stands.
    """

    def __init__(self, text: str, head: BoundHead) -> None:
        self.text = text
        self.head = replace(head, outputs=tuple(map(_named_by_output, head.outputs)))
        self.columns = tuple((column.name, column.type) for column in head.columns)
        self._outputs: dict[str, Output] = {}
        for output in self.head.outputs:
            self._outputs.setdefault(output.name.lower(), output)
        self._named: dict[str, Leaf] = {}
        self._chosen: dict[tuple[int, tuple[tuple[Leaf, str], ...]], Chosen] = {}
        self._tuples: dict[tuple[int, ...], tuple[Feature, ...]] = {}

    def column(self, name: Name, script: str) -> Leaf:
        """A column by name: an output of the head, or a column of the relation it reads.

        Raises BindError at `name`, which stands in `script`.
        """
        output = self._outputs.get(name.last.lower())
        if output is None:
            return self._hidden_column(name, script)
        if isinstance(output.feature, Leaf):
            return output.feature
        message = f"{name.last} is made by a transform; name the column itself, or give it another alias"
        raise BindError.at(script, name.span, "role_is_transformed", message)

    def _hidden_column(self, name: Name, script: str) -> Leaf:
        found = self._named.get(name.last) or find_leaf(self.head, name, script)
        if found is None:
            known = dict.fromkeys(
                [output.name for output in self.head.outputs] + [column for column, _ in self.columns]
            )
            near = suggestions(name.last, known)
            message = f'no column "{name.last}" in the query'
            raise BindError.at(script, name.span, "unknown_column", message, did_you_mean=near)
        self._named[name.last] = found
        return found

    def choose(self, targets: Sequence[Leaf], others: Sequence[Leaf]) -> Chosen:
        """The outputs that have no role. Raises BindError, told about the head's own text."""
        key = (len(targets), tuple((leaf, leaf.name.lower()) for leaf in (*targets, *others)))
        if key not in self._chosen:
            chosen = _Choice(self.text, self.head, targets, others).choose()
            features = self._tuples.setdefault(tuple(map(id, chosen.features)), chosen.features)
            self._chosen[key] = replace(chosen, features=features)
        return self._chosen[key]


def shared_head(script: str, span: Span, scope: Scope, written: Composed | None = None) -> SharedHead:
    """The head at `span`, or what is `written` with its words, bound once for all statements of a group that have it.

    Whether the session may read it is asked each time. Raises BindError at the user's own words.
    """
    text, database = script[span.start : span.end], scope.database
    if not text.strip():
        raise BindError.at(script, span, "empty_head", "a query must stand before the verb")
    _admit(script, span, database, written)
    key = ("head", text) if written is None else ("head", text, written.text)
    try:
        return database.once(key, lambda: SharedHead(text, bind_head(text, database, scope.names, written)))
    except StratumError as error:
        raise moved(error, script, span.start) from error.__cause__


def _admit(script: str, span: Span, database: Database, written: Composed | None) -> None:
    if written is None:
        return database.admit(script, span)
    try:
        database.admit_written(written, script[span.start : span.end])
    except StratumError as error:
        raise moved(error, script, span.start) from None


class _Choice:
    """The features of one head for one set of roles."""

    def __init__(self, text: str, head: BoundHead, targets: Sequence[Leaf], others: Sequence[Leaf]) -> None:
        self.text, self.head, self.roles = text, head, (*targets, *others)
        self.targets = targets
        self.warnings: list[Warned] = []

    def choose(self) -> Chosen:
        found = [(output, feature) for output in self.head.outputs if (feature := self._as_feature(output)) is not None]
        if not found:
            raise self._error(
                Span(0, len(self.text)),
                "no_features",
                "no column is left to learn from",
                hint="SELECT the features before the target",
            )
        self._check_names(found)
        return Chosen(tuple(feature for _, feature in found), tuple(self.warnings))

    def _as_feature(self, output: Output) -> Feature | None:
        feature: Feature | None = output.feature
        if isinstance(feature, Leaf) and any(feature == role and _same_name(feature, role) for role in self.roles):
            return None
        if output.starred:
            feature = without(output.feature, self.roles)  # a star means the columns that have no role
        if feature is None:
            return None
        if feature == output.feature:
            feature = output.feature  # the same object for every statement
        for target in self.targets:
            if target in set(leaves(feature)):
                message = f"{output.name} reads the target {target.name}; a model that sees it learns nothing else"
                raise self._error(output.span, "target_is_feature", message)
            self._warn_leak(output, target)
        self._check_number(output, feature)
        return feature

    def _warn_leak(self, output: Output, target: Leaf) -> None:
        for column in sorted({name for leaf in leaves(output.feature) for name in leaf.columns & target.columns})[:1]:
            message = f"{output.name} reads {column}, and so does the target {target.name}"
            self.warnings.append(Warned(output.span, "target_leak", message))
        for leaf in leaves(output.feature):
            if " over " in leaf.sql.lower() and target.name.lower() in leaf.sql.lower():
                message = f"{leaf.name} is a window over the target: it sees the held-out rows"
                self.warnings.append(Warned(output.span, "window_over_target", message))

    def _check_number(self, output: Output, feature: Feature) -> None:
        kind = kind_of_feature(feature)
        if kind == "number":
            return
        what = feature.type if isinstance(feature, Leaf) else kind
        name = output.name
        hints = {
            "text": f"encode it: one_hot({name}), ordinal({name}), target_encode({name})",
            "time": f"take it apart: date_parts({name})",
            "other": "take it apart in SQL first",
        }
        message = f"the feature {name} is {what}; a model needs numbers"
        raise self._error(output.span, "not_a_number", message, hint=hints[kind])

    def _check_names(self, found: Iterable[tuple[Output, Feature]]) -> None:
        seen: dict[str, Feature] = {}
        for output, feature in found:
            twin = seen.setdefault(feature.name.lower(), feature)
            if twin is not feature and twin != feature:
                message = f'two different features are called "{feature.name}"'
                raise self._error(output.span, "ambiguous_column", message, hint="give one of them another alias")

    def _error(self, span: Span | None, code: str, message: str, hint: str | None = None) -> StratumError:
        return BindError.at(self.text, span, code, message, hint=hint)


def _named_by_output(output: Output) -> Output:
    feature = output.feature
    return output if feature.name == output.name else replace(output, feature=replace(feature, name=output.name))


def _same_name(one: Leaf, other: Leaf) -> bool:
    return one.name.lower() == other.name.lower()
