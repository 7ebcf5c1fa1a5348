"""Reads the core form: `train_model((<query>), model => …, target => …)` and its like, legal DuckDB syntax.

Every named argument says what one clause of the sugar says; no name is a reserved word of DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from stratum_sql.errors import Span, StratumError
from stratum_sql.grammar.clauses import (
    LARGEST_SEED,
    Fields,
    check_format,
    check_fraction,
    check_integer,
    check_options,
    check_strategy,
    search_strategy,
)
from stratum_sql.grammar.expressions import ARROWS, LARGEST_VERSION, Cursor, near, read_argument
from stratum_sql.grammar.split import HEADLESS
from stratum_sql.grammar.syntax import (
    Argument,
    Call,
    Created,
    CrossValidate,
    Expression,
    Holdout,
    ListOf,
    Literal,
    Name,
    Option,
    Search,
    Split,
    SplitBy,
    SplitOptions,
    Splitter,
    StructOf,
)

VERSION = "model_version"
ALWAYS = ("latest", "best")  # what any model has, and nobody sets
Convert = Callable[[Cursor, Argument], object]
Given = dict[str, Argument]


def _items(value: Expression) -> tuple[Expression, ...]:
    return value.items if isinstance(value, ListOf) else (value,)


def _wrong(cursor: Cursor, argument: Argument, what: str, value: Expression | None = None) -> StratumError:
    return cursor.error("expected", f"{argument.name} takes {what}", (value or argument.value).span)


def _name(cursor: Cursor, argument: Argument) -> Name:
    if not isinstance(argument.value, Name):
        raise _wrong(cursor, argument, "a name")
    return argument.value


def _model(cursor: Cursor, argument: Argument) -> Name:
    return _model_of(cursor, argument, argument.value)


def _models(cursor: Cursor, argument: Argument) -> tuple[Name, ...]:
    return tuple(_model_of(cursor, argument, item) for item in _items(argument.value))


def _model_of(cursor: Cursor, argument: Argument, value: Expression) -> Name:
    """`m`, `m@3`, or `model_version(m, 3)`, which is the same to every SQL parser."""
    if isinstance(value, Name):
        return value
    said = [one.value for one in value.args if one.name is None] if isinstance(value, Call) else []
    if isinstance(value, Call) and value.name.lower() == VERSION and len(said) == len(value.args) == 2:
        name, version = said
        if isinstance(name, Name) and isinstance(version, Name) and not version.quoted and len(version.parts) == 1:
            return replace(name, version=version.last, span=value.span)
        if isinstance(name, Name) and isinstance(version, Literal):
            number = check_integer(cursor, version, "the version", 1, LARGEST_VERSION)
            return replace(name, version=number, span=value.span)
    raise _wrong(cursor, argument, "the name of a model, such as m or m@3, or a list of them", value)


def _names(cursor: Cursor, argument: Argument) -> tuple[Name, ...]:
    for item in _items(argument.value):
        if not isinstance(item, Name):
            raise _wrong(cursor, argument, "a name or a list of names", item)
    return tuple(item for item in _items(argument.value) if isinstance(item, Name))


def _call(cursor: Cursor, argument: Argument, value: Expression) -> Call:
    if isinstance(value, Call):
        return value
    if isinstance(value, Name) and not value.quoted:
        return Call(".".join(value.parts), (), value.span, value.span)
    raise _wrong(cursor, argument, "a name, a call, or a list of them", value)


def _calls(cursor: Cursor, argument: Argument) -> tuple[Call, ...]:
    return tuple(_call(cursor, argument, item) for item in _items(argument.value))


def _one_call(cursor: Cursor, argument: Argument) -> Call:
    return _call(cursor, argument, argument.value)


def _seed(cursor: Cursor, argument: Argument) -> int:
    return check_integer(cursor, argument.value, "SEED", 0, LARGEST_SEED)


def _options(cursor: Cursor, argument: Argument) -> tuple[Option, ...]:
    struct = argument.value
    if not isinstance(struct, StructOf) or not struct.items:
        raise _wrong(cursor, argument, "options, such as {device: 'gpu'}")
    options = tuple(Option(key.lower(), value, value.span) for key, value in struct.items)
    check_options(cursor, options)
    return options


def _settings(cursor: Cursor, argument: Argument) -> tuple[Option, ...]:
    """Options of a format; which it takes is checked where the format is known."""
    struct = argument.value
    if not isinstance(struct, StructOf) or not struct.items:
        raise _wrong(cursor, argument, "options, such as {dialect: 'postgres'}")
    return tuple(Option(key.lower(), value, value.span) for key, value in struct.items)


def _flag(cursor: Cursor, argument: Argument) -> bool:
    value = argument.value
    if not isinstance(value, Literal) or not isinstance(value.value, bool):
        raise _wrong(cursor, argument, "true or false")
    return value.value


def _true(cursor: Cursor, argument: Argument) -> bool:
    if not _flag(cursor, argument):
        raise _wrong(cursor, argument, "true; leave it out instead")
    return True


def _text(cursor: Cursor, argument: Argument) -> str:
    value = argument.value
    if not isinstance(value, Literal) or not isinstance(value.value, str):
        raise _wrong(cursor, argument, "a text")
    return value.value


def _word(cursor: Cursor, argument: Argument) -> str:
    """A word such as json, in quotes or not, in lower case."""
    if isinstance(argument.value, Name) and len(argument.value.parts) == 1:
        return argument.value.last.lower()
    return _text(cursor, argument).lower()


def _alias(cursor: Cursor, argument: Argument) -> str:
    value = argument.value
    if not isinstance(value, Name) or value.quoted or len(value.parts) > 1:
        raise _wrong(cursor, argument, "one word without quotes, such as champion")
    return check_alias(cursor, value.last, value.span)


def check_alias(cursor: Cursor, alias: str, span: Span) -> str:
    """Raises ParseError for an alias that is no one's to set."""
    if alias.lower() in ALWAYS:
        message = f"{alias.lower()} is no alias: it follows from the versions"
        raise cursor.error("reserved_alias", message, span, hint="ROLLBACK MODEL m sets latest back")
    return alias


def _count(what: str, least: int) -> Convert:
    return lambda cursor, argument: check_integer(cursor, argument.value, what, least)


_SPLIT_OPTIONS: Mapping[str, tuple[str, Convert]] = {
    "shuffle": ("shuffle", _flag),
    "stratify": ("stratify", _true),
    "stratify_by": ("stratify_by", _name),
    "groups": ("groups", _name),
    "order_by": ("order_by", _name),
    "gap": ("gap", _count("GAP", 0)),
    "repeat": ("repeat", _count("REPEAT", 1)),
    "split_seed": ("seed", _seed),
}
_SPLITS = ("cross_validate", "holdout", "split_by", "split")

_TRAIN: Mapping[str, tuple[str, Convert]] = {
    "model": ("estimators", _calls),
    "target": ("targets", _names),
    "weight": ("weight", _name),
    "partition_by": ("partition_by", _names),
    "metric": ("metrics", _calls),
    "seed": ("seed", _seed),
    "options": ("options", _options),
    "name": ("name", _name),
}
_CREATED = ("or_replace", "temporary", "if_not_exists")

_SETTINGS = ("options", _settings)

ARGUMENTS: Mapping[str, Mapping[str, tuple[str, Convert]]] = {
    "TRAIN": _TRAIN,
    "CREATE": {**_TRAIN, **{name: (name, _true) for name in _CREATED}},
    "PREDICT": {"model": ("models", _models), "options": ("options", _options), "name": ("column", _name)},
    "EVALUATE": {
        "model": ("models", _models),
        "target": ("targets", _names),
        "metric": ("metrics", _calls),
        "options": ("options", _options),
    },
    "SHOW": {"pattern": ("pattern", _text)},
    "DESCRIBE": {"model": ("model", _model)},
    "VERSIONS": {"model": ("model", _name)},
    "DROP": {"model": ("model", _model), "if_exists": ("if_exists", _true)},
    "PROMOTE": {"model": ("model", _model), "alias": ("alias", _alias)},
    "ROLLBACK_MODEL": {"model": ("model", _model), "version": ("to", _count("the version", 1))},
    "EXPORT": {"model": ("model", _model), "path": ("path", _text), "format": ("format", _word), "options": _SETTINGS},
    "IMPORT": {"model": ("model", _name), "path": ("path", _text), "format": ("format", _word), "options": _SETTINGS},
    "BEGIN": {"options": ("options", _options)},
    "COMMIT": {},
    "ROLLBACK": {},
    "TRANSFORM": {"model": ("model", _model)},
    "EXPLAIN": {
        "model": ("model", _model),
        "explainer": ("explainer", _one_call),
        "target": ("targets", _names),
        "metric": ("metrics", _calls),
    },
    "EXPLAIN_BATCH": {"format": ("format", _word), "measured": ("analyze", _true)},
}
_NEEDED = {"TRAIN": ("model",), "CREATE": ("model", "name"), "PREDICT": ("model",), "EVALUATE": ("model",)}
_NEEDED |= dict.fromkeys(("DESCRIBE", "VERSIONS", "DROP", "ROLLBACK_MODEL", "TRANSFORM", "EXPLAIN"), ("model",))
_NEEDED |= {"PROMOTE": ("model", "alias")} | dict.fromkeys(("EXPORT", "IMPORT"), ("model", "path"))
# the one that may stand first without its name
_POSITIONAL = {"SHOW": "pattern"} | dict.fromkeys(
    ("DESCRIBE", "VERSIONS", "DROP", "PROMOTE", "ROLLBACK_MODEL", "EXPORT", "IMPORT"), "model"
)
_NO_MODELS = ("TRAIN", "CREATE", "VERSIONS", "IMPORT")  # their model is an estimator, or has no version
SYNONYMS = {"label": "target", "metrics": "metric"}
_TRAIN_ONLY = (*_SPLITS, *_SPLIT_OPTIONS, "search", "trials")


def known_arguments(verb: str) -> tuple[str, ...]:
    """The named arguments of the verb's core form."""
    return (*ARGUMENTS[verb], *(_TRAIN_ONLY if verb in ("TRAIN", "CREATE") else ()))


def read_core(cursor: Cursor, verb: str) -> Fields:
    """The fields of the statement that the arguments say: those after the query, or all of a call that reads none."""
    given = _given(cursor, verb)
    fields: Fields = {
        field: convert(cursor, given[name]) for name, (field, convert) in ARGUMENTS[verb].items() if name in given
    }
    for name in _NEEDED.get(verb, ()):
        if name not in given:
            raise cursor.expected(f"{name} => …")
    if verb in ("EXPORT", "IMPORT"):
        form, options = fields.get("format", ""), fields.get("options", ())
        check_format(cursor, fields["path"], form, options, exports=verb == "EXPORT")
        fields["place"] = given["path"].value.span
    if verb in ("TRAIN", "CREATE"):
        fields["split"] = _split(cursor, given)
        fields["search"] = _search(cursor, given)
    return _with_created(cursor, given, fields) if verb == "CREATE" else fields


def _with_created(cursor: Cursor, given: Given, fields: Fields) -> Fields:
    created = Created(**{name: fields.pop(name, False) for name in _CREATED})
    if created.or_replace and created.if_not_exists:
        raise both(cursor, given["if_not_exists"].span)
    return {**fields, "created": created}


def both(cursor: Cursor, span: Span) -> StratumError:
    """The error for a model that is to be replaced and to be left as it is."""
    return cursor.error("clause_twice", "OR REPLACE and IF NOT EXISTS say two things of a model that is there", span)


def _given(cursor: Cursor, verb: str) -> Given:
    given: Given = {}
    first = verb in HEADLESS.values()
    while cursor.peek() is not None:
        if not first and not cursor.accept(","):
            raise cursor.expected("',' or ')'")
        cursor.of_models = _names_model(cursor, verb, first)
        argument = read_argument(cursor)
        cursor.of_models = False
        name = (argument.name or (_POSITIONAL.get(verb, "") if first else "")).lower()
        name, first = SYNONYMS.get(name, name), False
        if name not in known_arguments(verb):
            raise _unknown(cursor, verb, argument)
        if name in given:
            raise cursor.error("clause_twice", f"{name} stands twice in {cursor.place}", argument.span)
        given[name] = replace(argument, name=name)
    return given


def _names_model(cursor: Cursor, verb: str, first: bool) -> bool:
    """Whether the next argument names models, and may say their versions."""
    if verb in _NO_MODELS:
        return False
    named = cursor.upper(1) in ARROWS
    return cursor.upper() == "MODEL" if named else first and _POSITIONAL.get(verb) == "model"


def _unknown(cursor: Cursor, verb: str, argument: Argument) -> StratumError:
    known = known_arguments(verb)
    hint = f"the arguments are {', '.join(known)}" if known else "it takes none"
    if argument.name is None:
        return cursor.error("unexpected", f"an argument without a name in {cursor.place}", argument.span, hint=hint)
    like = near(argument.name, known)
    message = f"unexpected argument {argument.name[:40]} in {cursor.place}"
    return cursor.error("unexpected", message, argument.span, like=like, hint=None if like else hint)


def _split(cursor: Cursor, given: Given) -> Split | None:
    said = [name for name in _SPLITS if name in given]
    options = [name for name in _SPLIT_OPTIONS if name in given]
    if len(said) > 1:
        span = given[said[1]].span
        raise cursor.error("clause_twice", f"{said[1]} is a second way to split the rows in {cursor.place}", span)
    if options and (not said or said[0] == "split_by"):
        message = f"{options[0]} needs cross_validate, holdout or split"
        raise cursor.error("unexpected", message, given[options[0]].span)
    return _split_of(cursor, given[said[0]], _split_options(cursor, given)) if said else None


def _split_of(cursor: Cursor, argument: Argument, options: SplitOptions) -> Split:
    value, span = argument.value, argument.span
    if argument.name == "cross_validate":
        default = isinstance(value, Literal) and value.value is True
        return CrossValidate(None if default else check_integer(cursor, value, "the number of folds", 2), options, span)
    if argument.name == "holdout":
        return Holdout(check_fraction(cursor, value), options, span)
    if argument.name == "split_by":
        return SplitBy(_name(cursor, argument), span)
    return Splitter(_call(cursor, argument, value), options, span)


def _split_options(cursor: Cursor, given: Given) -> SplitOptions:
    fields: Fields = {
        field: convert(cursor, given[name]) for name, (field, convert) in _SPLIT_OPTIONS.items() if name in given
    }
    if "stratify_by" in fields:
        fields["stratify"] = True
    return SplitOptions(**fields)


def _search(cursor: Cursor, given: Given) -> Search | None:
    argument, trials = given.get("search"), given.get("trials")
    if argument is None:
        if trials is not None:
            raise cursor.error("unexpected", "trials needs search", trials.span)
        return None
    if isinstance(argument.value, Call):
        if trials is not None:
            raise cursor.error("unexpected", "trials stands beside a search that is a call", trials.span)
        return Search(search_strategy(cursor, argument.value), None, argument.span, argument.value)
    count = check_integer(cursor, trials.value, "the number of trials", 1) if trials is not None else None
    return Search(check_strategy(cursor, _name(cursor, argument)), count, argument.span)
