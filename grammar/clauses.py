"""Reads what follows `TRAIN MODEL`, `PREDICT MODEL` and their like: the models, then clauses in any order.

Every clause is one row of a table: the words that open it, the field of the syntax tree it fills, and what reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stratum_sql.errors import Span, StratumError
from stratum_sql.grammar.expressions import (
    ARROWS,
    Cursor,
    call_of,
    in_brackets,
    near,
    one_or_more,
    read_call,
    read_model,
    read_name,
    read_number,
    read_value,
)
from stratum_sql.grammar.model_formats import FORMATS, format_of
from stratum_sql.grammar.syntax import (
    Call,
    CrossValidate,
    Expression,
    Holdout,
    Literal,
    Name,
    Option,
    Search,
    Split,
    SplitBy,
    SplitOptions,
    Splitter,
    TupleOf,
)
from stratum_sql.grammar.tokens import RESERVED, is_bracket, unmatched

STRATEGIES = ("GRID", "RANDOM", "HALVING", "BAYES")
LARGEST_SEED = 2**32 - 1  # numpy takes no more
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: any of `words` opens it (`PARTITION BY` is two words), `read` reads the rest into `field`."""

    words: tuple[str, ...]
    field: str
    read: Callable[[Cursor], object]


Opening = Mapping[str, list[tuple[Clause, str, list[str]]]]


def opening(clauses: Iterable[Clause]) -> Opening:
    """By the first word: the clauses that it may open, in their order, all their words, and those after the first."""
    found: dict[str, list[tuple[Clause, str, list[str]]]] = {}
    for clause in clauses:
        for words in clause.words:
            first, *rest = words.split()
            found.setdefault(first, []).append((clause, words, rest))
    return found


# ---- what stands in a clause ---------------------------------------------------------------------------------------


def read_integer(cursor: Cursor, what: str, least: int, most: int | None = None) -> int:
    """A whole number from `least` up to `most`. Raises ParseError for anything else."""
    first = cursor.at
    token = cursor.peek()
    if token is None or not (token.kind == "number" or token.text in ("-", "+")):
        raise cursor.expected(f"a number for {what}")
    return check_integer(cursor, read_number(cursor), what, least, most, cursor.since(first))


def check_integer(
    cursor: Cursor, value: Expression, what: str, least: int, most: int | None = None, span: Span | None = None
) -> int:
    """`value` as a whole number from `least` up to `most`."""
    number = value.value if isinstance(value, Literal) else None
    if type(number) is not int or number < least or (most is not None and number > most):
        limits = f"at least {least}" if most is None else f"from {least} to {most}"
        raise cursor.error("bad_number", f"{what} must be a whole number, {limits}", span or value.span)
    return number


def check_fraction(cursor: Cursor, value: Expression) -> float:
    """`value` as the share of rows that HOLDOUT keeps back: more than 0, less than 1."""
    number = value.value if isinstance(value, Literal) else None
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < 1:
        message = "HOLDOUT takes a share of the rows, more than 0 and less than 1"
        raise cursor.error("bad_number", message, value.span, hint="HOLDOUT 0.2 keeps every fifth row back")
    return float(number)


def _targets(cursor: Cursor) -> tuple[Name, ...]:
    return one_or_more(cursor, _column)


def _column(cursor: Cursor) -> Name:
    name = read_name(cursor, "a column")
    if cursor.upper() == "(":
        hint = "give the expression a name in the SELECT list, and write that name here"
        message = f"expected a column but found an expression in {cursor.place}"
        raise cursor.error("expected", message, name.span, hint=hint)
    return name


def _metrics(cursor: Cursor) -> tuple[Call, ...]:
    return one_or_more(cursor, lambda inner: read_call(inner, "a metric such as r2"))


def _seed(cursor: Cursor) -> int:
    return read_integer(cursor, "SEED", 0, LARGEST_SEED)


def read_options(cursor: Cursor) -> tuple[Option, ...]:
    """`(name = value, …)`: what stands after WITH."""
    if cursor.upper() != "(":
        raise cursor.expected("'('", "WITH (device = 'gpu', timeout = 60)")
    first = cursor.at
    options = in_brackets(cursor, _option)
    if not options:
        raise cursor.error("empty_list", "no option stands in these brackets", cursor.since(first))
    check_options(cursor, options)
    return options


def check_options(cursor: Cursor, options: tuple[Option, ...]) -> None:
    """Raise ParseError if one option is there twice."""
    seen: set[str] = set()
    for option in options:
        if option.name in seen:
            raise cursor.error("argument_twice", f"option {option.name} is given twice", option.span)
        seen.add(option.name)


def _option(cursor: Cursor) -> Option:
    first = cursor.at
    name = read_name(cursor, "an option").last.lower()
    if not any(cursor.accept(arrow) for arrow in ARROWS):
        raise cursor.expected("'='")
    return Option(name, read_value(cursor), cursor.since(first))


# ---- the format of a model's file ------------------------------------------------------------------------------------


def read_format(cursor: Cursor) -> tuple[str, tuple[Option, ...]]:
    """`(FORMAT sql, DIALECT 'postgres')`, or nothing: the format, "" where none is said, and its options."""
    if cursor.upper() != "(":
        return "", ()
    first = cursor.at
    options = in_brackets(cursor, _setting)
    if not options:
        raise cursor.error("empty_list", "no option stands in these brackets", cursor.since(first))
    check_options(cursor, options)
    said = next((option for option in options if option.name == "format"), None)
    return _known_format(cursor, said) if said else "", tuple(option for option in options if option is not said)


def _setting(cursor: Cursor) -> Option:
    first = cursor.at
    name = read_name(cursor, "an option").last.lower()
    for arrow in ARROWS:
        cursor.accept(arrow)
    return Option(name, read_value(cursor), cursor.since(first))


def _word(cursor: Cursor, option: Option) -> str:
    value = option.value
    if isinstance(value, Name) and len(value.parts) == 1:
        return value.last.lower()
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value.lower()
    raise cursor.error("expected", f"{option.name.upper()} takes a word", option.span)


def _known_format(cursor: Cursor, option: Option) -> str:
    word = _word(cursor, option)
    if word not in FORMATS:
        hint, message = f"the formats are {', '.join(FORMATS)}", f'no format "{word[:40]}"'
        raise cursor.error("unknown_format", message, option.span, like=near(word, FORMATS), hint=hint)
    return word


def check_format(cursor: Cursor, path: str, form: str, options: tuple[Option, ...], *, exports: bool) -> None:
    """Raise ParseError for a format that there is not, and for an option that it does not take."""
    verb = "EXPORT MODEL" if exports else "IMPORT MODEL"
    known = {name: one.writes if exports else one.reads for name, one in FORMATS.items()}
    known = {name: takes for name, takes in known.items() if takes is not None}
    named = form or format_of(path) or ""
    if named not in known:
        what = f'no format "{named[:40]}" of {verb}' if named else "the path does not tell the format"
        hint = f"(FORMAT …): {', '.join(known)}"
        raise cursor.error("unknown_format", what, cursor.since(cursor.at - 1), like=near(named, known), hint=hint)
    for option in options:
        if option.name not in (known[named] or ()):
            takes = f"it takes {', '.join(known[named] or ())}" if known[named] else "it takes none"
            message = f'{verb} has no option "{option.name[:40]}" for {named}'
            like = near(option.name, known[named] or ())
            raise cursor.error("unknown_option", message, option.span, like=like, hint=takes)


def _name(cursor: Cursor) -> Name:
    return read_name(cursor)


# ---- splits --------------------------------------------------------------------------------------------------------


def _cross_validate(cursor: Cursor) -> Split:
    first = cursor.at - 2
    folds = None
    if _number_comes(cursor):
        folds = read_integer(cursor, "the number of folds", 2)
        cursor.accept("FOLDS")
    options = _split_options(cursor)
    return CrossValidate(folds, options, cursor.since(first))


def _holdout(cursor: Cursor) -> Split:
    first = cursor.at - 1
    fraction = check_fraction(cursor, read_value(cursor))
    options = _split_options(cursor)
    return Holdout(fraction, options, cursor.since(first))


def _split_by(cursor: Cursor) -> Split:
    first = cursor.at - 2
    column = _column(cursor)
    return SplitBy(column, cursor.since(first))


def _splitter(cursor: Cursor) -> Split:
    first = cursor.at - 1
    call = read_call(cursor, "BY, or a splitter such as group_k_fold(n_splits => 5)")
    options = _split_options(cursor)
    return Splitter(call, options, cursor.since(first))


SPLIT_OPTIONS = (
    Clause(("SHUFFLE",), "shuffle", lambda _: True),
    Clause(("NO SHUFFLE",), "shuffle", lambda _: False),
    Clause(("STRATIFY BY",), "stratify_by", _column),
    Clause(("STRATIFY",), "stratify", lambda _: True),
    Clause(("GROUPS",), "groups", _column),
    Clause(("ORDER BY",), "order_by", _column),
    Clause(("GAP",), "gap", lambda cursor: read_integer(cursor, "GAP", 0)),
    Clause(("REPEAT",), "repeat", lambda cursor: read_integer(cursor, "REPEAT", 1)),
    Clause(("SEED",), "seed", _seed),
)
_SPLIT_OPENING = opening(SPLIT_OPTIONS)


def _split_options(cursor: Cursor) -> SplitOptions:
    fields: Fields = {}
    while (found := _opened(cursor, _SPLIT_OPENING)) is not None:
        clause, words = found
        field = "stratify" if clause.field == "stratify_by" else clause.field
        if field in fields and words == "SEED":
            break  # a second SEED is the statement's own
        if field in fields:
            raise cursor.error("clause_twice", f"{words} stands twice", _opening(cursor, words))
        cursor.accept(*words.split())
        fields[clause.field] = clause.read(cursor)
        fields[field] = True if clause.field == "stratify_by" else fields[field]
    return SplitOptions(**fields)


def _number_comes(cursor: Cursor) -> bool:
    token = cursor.peek()
    return token is not None and (token.kind == "number" or token.text in ("-", "+"))


# ---- search --------------------------------------------------------------------------------------------------------


def _search(cursor: Cursor) -> Search:
    first = cursor.at - 1
    if cursor.upper(1) == "(":
        call = read_call(cursor, "a strategy")
        return Search(search_strategy(cursor, call), None, cursor.since(first), call)
    strategy = check_strategy(cursor, read_name(cursor, f"one of {', '.join(STRATEGIES)}"))
    trials = None
    if _number_comes(cursor):
        trials = read_integer(cursor, "the number of trials", 1)
        cursor.accept("TRIALS")
    return Search(strategy, trials, cursor.since(first))


def check_strategy(cursor: Cursor, name: Name) -> str:
    """The strategy `name` says, in lower case."""
    word = ".".join(name.parts)
    if word.upper() not in STRATEGIES:
        message = f"there is no search strategy '{word[:40]}'"
        hint = f"one of {', '.join(STRATEGIES)}"
        raise cursor.error("unknown_strategy", message, name.span, like=near(word, STRATEGIES), hint=hint)
    return word.lower()


def search_strategy(cursor: Cursor, call: Call) -> str:
    """The strategy of `random_search(..)` and its like: `random`."""
    known = tuple(f"{strategy.lower()}_search" for strategy in STRATEGIES)
    if call.name.lower() not in known:
        message = f"there is no search '{call.name[:40]}(..)'"
        raise cursor.error("unknown_strategy", message, call.name_span, like=near(call.name, known))
    return call.name.lower().removesuffix("_search")


def _explainer(cursor: Cursor) -> Call:
    return read_call(cursor, "an explainer such as permutation()")


# ---- the clauses of each verb --------------------------------------------------------------------------------------

_TARGET = Clause(("TARGET", "LABEL"), "targets", _targets)
_METRIC = Clause(("METRIC", "METRICS"), "metrics", _metrics)
_WITH = Clause(("WITH", "OPTIONS"), "options", read_options)

CLAUSES: Mapping[str, tuple[Clause, ...]] = {
    "TRAIN": (
        _TARGET,
        Clause(("WEIGHT",), "weight", _column),
        Clause(("PARTITION BY",), "partition_by", _targets),
        Clause(("CROSS VALIDATE",), "split", _cross_validate),
        Clause(("HOLDOUT",), "split", _holdout),
        Clause(("SPLIT BY",), "split", _split_by),
        Clause(("SPLIT",), "split", _splitter),
        _METRIC,
        Clause(("SEARCH",), "search", _search),
        Clause(("SEED",), "seed", _seed),
        _WITH,
        Clause(("AS", "INTO"), "name", _name),
    ),
    "PREDICT": (_WITH, Clause(("AS", "INTO"), "column", _name)),
    "EVALUATE": (_TARGET, _METRIC, _WITH),
    "TRANSFORM": (),
    "EXPLAIN": (Clause(("USING",), "explainer", _explainer), _TARGET, _METRIC),
}

_OPENERS = {
    verb: {words.split()[0]: words for clause in rows for words in clause.words} for verb, rows in CLAUSES.items()
}


_OPENING = {verb: opening(clauses) for verb, clauses in CLAUSES.items()}


def read_tail(cursor: Cursor, verb: str) -> Fields:
    """The fields of the query that the tail says; the cursor ends where the tail ends."""
    fields: Fields = _subject(cursor, verb)
    last = ""
    while cursor.peek() is not None:
        found = _opened(cursor, _OPENING[verb])
        if found is None:
            raise _unexpected(cursor, verb, last)
        clause, last = found
        if clause.field in fields:
            raise _twice(cursor, clause, last, fields)
        cursor.accept(*last.split())
        fields[clause.field] = clause.read(cursor)
    return fields


def _subject(cursor: Cursor, verb: str) -> Fields:
    """What the verb is about."""
    if verb == "TRAIN":
        return _estimators(cursor)
    return {"model": _model(cursor)} if verb in ("TRANSFORM", "EXPLAIN") else {"models": _models(cursor)}


def _estimators(cursor: Cursor) -> Fields:
    _something_comes(cursor, "TRAIN", "an estimator such as ridge()")
    if cursor.upper() == "(":
        first = cursor.at
        estimators = in_brackets(cursor, _estimator)
        if not estimators:
            raise cursor.error("empty_list", "no estimator stands in these brackets", cursor.since(first))
        return {"estimators": estimators}
    start = read_name(cursor, "an estimator such as ridge()")
    if cursor.accept("USING"):
        return {"name": start, "estimators": one_or_more(cursor, _estimator)}
    estimator = call_of(cursor, start)
    if isinstance(estimator, TupleOf):
        raise cursor.error("expected", "expected an estimator but found 'row' in TRAIN MODEL", estimator.span)
    more = one_or_more(cursor, _estimator) if cursor.accept(",") else ()
    return {"estimators": (estimator, *more)}


def _estimator(cursor: Cursor) -> Call:
    return read_call(cursor, "an estimator such as ridge()")


def _models(cursor: Cursor) -> tuple[Name, ...]:
    _something_comes(cursor, cursor.place.split()[0], "the name of a model")
    return one_or_more(cursor, read_model)


def _model(cursor: Cursor) -> Name:
    """The one model of a verb that takes no more."""
    models = _models(cursor)
    if len(models) > 1:
        raise cursor.error("one_model", f"{cursor.place} takes one model", models[1].span)
    return models[0]


def _something_comes(cursor: Cursor, verb: str, what: str) -> None:
    """Raise ParseError if a clause follows the verb at once: no estimator has a clause's name."""
    clause = (
        _OPENERS["TRAIN"].get(cursor.upper()) if verb == "TRAIN" and cursor.upper(1) not in ("(", ",", ".") else None
    )
    if cursor.peek() is None or clause:
        raise cursor.expected(what)


def _opened(cursor: Cursor, clauses: Opening) -> tuple[Clause, str] | None:
    """The clause that the next words open, and those words."""
    for clause, words, rest in clauses.get(cursor.upper(), ()):
        if all(cursor.upper(ahead) == word for ahead, word in enumerate(rest, 1)):
            return clause, words
    return None


def _opening(cursor: Cursor, words: str) -> Span:
    return cursor.words.span(cursor.at, min(cursor.at + len(words.split()), cursor.hi))


def _twice(cursor: Cursor, clause: Clause, words: str, fields: Fields) -> StratumError:
    span = _opening(cursor, words)
    if clause.field == "split":
        return cursor.error("clause_twice", f"{words} is a second way to split the rows in {cursor.place}", span)
    if clause.field == "name" and fields["name"].span.start < fields["estimators"][0].span.start:
        return cursor.error("clause_twice", f"the model has a name already: {fields['name'].last}", span)
    return cursor.error("clause_twice", f"{words} stands twice in {cursor.place}", span)


def _unexpected(cursor: Cursor, verb: str, last: str) -> StratumError:
    if is_bracket(cursor.words.tokens[cursor.at]) and cursor.words.partner[cursor.at] < 0:
        return unmatched(cursor.words, cursor.at)
    openers = dict(_OPENERS[verb])
    if last.startswith(("CROSS", "HOLDOUT", "SPLIT")):
        openers |= {words.split()[0]: words for clause in SPLIT_OPTIONS for words in clause.words}
    word = cursor.upper()
    known = openers.get(word)
    message = f"unexpected {cursor.found()} in {cursor.place}"
    if known is not None:
        return cursor.error("unexpected", message, like=(known,))
    slip = word[:1].isalpha() and word not in RESERVED  # LIMIT is no slip for SPLIT
    like = tuple(openers[opener] for opener in near(word, openers)) if slip else ()
    return cursor.error("unexpected", message, like=like, hint=None if like else _way_out(cursor, verb, last))


def _way_out(cursor: Cursor, verb: str, last: str) -> str:
    before = cursor.words.upper(cursor.at - 1)
    if last and before in _OPENERS[verb] and cursor.words.upper(cursor.at - 2) == last.split()[-1]:
        return f"{before} was read as what {last} names"
    if cursor.upper() in RESERVED or cursor.upper(1) == "MODEL":
        return f"to go on after {cursor.place}, put the statement in brackets: FROM (… {cursor.place} …) …"
    return f"the clauses are {', '.join(clause.words[0] for clause in CLAUSES[verb])}"
