"""Prints statements in one canonical form: as sugar (`… TRAIN MODEL …`) or in the core form (`train_model((…), …)`).

Heads and plain SQL stand as written. Printed text parses to the same tree, and sugar → core → sugar is the identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace

from stratum_sql.errors import Span
from stratum_sql.grammar.syntax import (
    Argument,
    BeginBatch,
    Call,
    Command,
    CommitBatch,
    Created,
    CrossValidate,
    DescribeModel,
    DropModel,
    Evaluate,
    Explain,
    ExplainBatch,
    ExplainModel,
    ExportModel,
    Expression,
    Holdout,
    ImportModel,
    Listing,
    ListOf,
    Literal,
    Name,
    Nested,
    Option,
    Plain,
    Predict,
    PromoteModel,
    Query,
    RollbackBatch,
    RollbackModel,
    Scored,
    Search,
    ShowModels,
    ShowVersions,
    Split,
    SplitBy,
    SplitOptions,
    Splitter,
    Statement,
    StructOf,
    Train,
    Transform,
    TupleOf,
    head_of,
)
from stratum_sql.grammar.tokens import NO_COLUMNS, RESERVED
from stratum_sql.quoting import quote_text

_LINE = 100  # characters
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def to_sugar(text: str, statement: Statement) -> str:
    """`statement` of the script `text` with trailing clauses; a plain statement stands as written."""
    return _print(text, statement, core=False)


def to_lines(text: str, statement: Statement) -> str:
    """`to_sugar`, each clause on a line of its own where one line would be long, or the query has several."""
    return _print(text, statement, core=False, wide=True)


def to_core(text: str, statement: Statement) -> str:
    """`statement` of the script `text` in legal DuckDB syntax, with table functions."""
    return _print(text, statement, core=True)


def same(text_a: str, a: Statement, text_b: str, b: Statement) -> bool:
    """Whether two statements say the same: equal but for places and canonical spelling; heads are compared as text."""
    return _skeleton(text_a, a) == _skeleton(text_b, b)


def fill_holes(text: str, nested: Nested, fillings: Sequence[str]) -> str:
    """The text of `nested` with `fillings[i]` in place of `holes[i]`; what stands inside another hole goes with it."""
    outer: list[tuple[Span, str]] = []
    for hole, filling in zip(nested.holes, fillings, strict=True):
        _taken(outer, hole)
        outer.append((hole, filling))
    return _fill(text, nested.span, outer)


def _fill(text: str, span: Span, fillings: Iterable[tuple[Span, str]]) -> str:
    pieces, at = [], span.start
    for hole, filling in fillings:
        pieces += [text[at : hole.start], filling]
        at = hole.end
    return "".join([*pieces, text[at : span.end]])


def _print(text: str, statement: Statement, core: bool, wide: bool = False) -> str:
    match statement:
        case Plain(span) | Scored(span):
            return text[span.start : span.end]
        case Explain(query, _, analyze, form):
            return f"{_explain(analyze, form)}{_print(text, query, core, wide)}"
        case Nested():
            return _nested(text, statement, core, wide)
        case Train() | Predict() | Evaluate() | Transform() | ExplainModel():
            return _query(text[statement.head.start : statement.head.end], statement, core, wide)
        case _:
            return f"SELECT * FROM {_core_call(statement)}" if core else _own_words(statement)


def _explain(analyze: bool, form: str) -> str:
    written = form if form.isascii() and form.isalpha() else quote_text(form)
    return f"EXPLAIN {'ANALYZE ' if analyze else ''}{f'(FORMAT {written}) ' if form != 'text' else ''}"


def _nested(text: str, nested: Nested, core: bool, wide: bool) -> str:
    waiting: list[tuple[Span, str]] = []  # printed queries whose surroundings are not printed yet
    heads = {head_of(query) for query in nested.queries}
    for hole, query in zip(nested.holes, nested.queries, strict=True):
        inner = _taken(waiting, hole)
        printed = _in_hole(hole, query, _fill(text, head_of(query), inner), core, wide)
        # `train_model((FROM t PREDICT MODEL m), …)`: as sugar the whole head needs brackets of its own
        waiting.append((hole, f"({printed})" if hole in heads and hole == query.span and not core else printed))
    return _fill(text, nested.span, waiting)


def _taken(waiting: list[tuple[Span, str]], hole: Span) -> list[tuple[Span, str]]:
    """Take out of `waiting` those that stand inside `hole`: the last ones."""
    first = len(waiting)
    while first and waiting[first - 1][0].start >= hole.start:
        first -= 1
    inner = waiting[first:]
    del waiting[first:]
    return inner


def _in_hole(hole: Span, query: Query | Listing, head: str, core: bool, wide: bool) -> str:
    if isinstance(query, Listing):  # `(SHOW MODELS)` is DuckDB's, which describes a table: the call stays a call
        printed, core = f"SELECT * FROM {_core_call(query)}", True
    else:
        printed = _query(head, query, core, wide)
    if query.verb.start == hole.start:  # `FROM train_model(..)`: a table, not a query
        return printed.removeprefix("SELECT * FROM ") if core else f"({printed})"
    return f"({printed})" if hole.start < query.span.start else printed


def _query(head: str, query: Query, core: bool, wide: bool) -> str:
    clauses = _core_clauses(query) if core else _sugar_clauses(query)
    created = query.created if isinstance(query, Train) else None
    if core:
        verb = "create" if created else type(query).__name__.removesuffix("Model").lower()
        return f"SELECT * FROM {verb}_model(({head}), {', '.join(clauses)})"
    created_as = _creation(query)
    printed = " ".join([*created_as, head, *clauses])
    if not wide or (len(printed) <= _LINE and "\n" not in printed):
        return printed
    return "\n".join([*created_as, head.strip(), *clauses])


# ---- statements without a query -------------------------------------------------------------------------------------


def _own_words(statement: Listing | Command) -> str:
    match statement:
        case ShowModels(pattern=pattern):  # with LIKE always: `SHOW MODELS` alone is DuckDB's, for a table of that name
            return f"SHOW MODELS LIKE {quote_text(pattern)}"
        case DescribeModel(model=model):
            return f"DESCRIBE MODEL {_name(model)}"
        case ShowVersions(model=model):
            return f"SHOW MODEL VERSIONS {_name(model)}"
        case PromoteModel(model=model, alias=alias):
            return f"PROMOTE MODEL {_name(model)} TO {alias}"
        case RollbackModel(model=model, to=to):
            return f"ROLLBACK MODEL {_name(model)}{'' if to is None else f' TO {to}'}"
        case DropModel(model=model, if_exists=if_exists):
            return f"DROP MODEL {'IF EXISTS ' if if_exists else ''}{_name(model)}"
        case ExportModel(model=model, path=path):
            return f"EXPORT MODEL {_name(model)} TO {quote_text(path)}{_format(statement)}"
        case ImportModel(model=model, path=path):
            return f"IMPORT MODEL {_name(model)} FROM {quote_text(path)}{_format(statement)}"
        case BeginBatch(options=options):
            return " ".join(["BEGIN BATCH", *_with(options)])
        case CommitBatch():
            return "COMMIT BATCH"
        case RollbackBatch():
            return "ROLLBACK BATCH"
        case ExplainBatch(analyze=analyze, format=form):
            return f"{_explain(analyze, form)}BATCH"


def _core_call(statement: Listing | Command) -> str:
    match statement:
        case ShowModels(pattern=pattern):
            return f"show_models({'' if pattern == '%' else f'pattern => {quote_text(pattern)}'})"
        case DescribeModel(model=model):
            return f"describe_model(model => {_model(model)})"
        case ShowVersions(model=model):
            return f"show_model_versions(model => {_model(model)})"
        case PromoteModel(model=model, alias=alias):
            return f"promote_model(model => {_model(model)}, alias => {alias})"
        case RollbackModel(model=model, to=to):
            return f"rollback_model(model => {_model(model)}{'' if to is None else f', version => {to}'})"
        case DropModel(model=model, if_exists=if_exists):
            return f"drop_model(model => {_model(model)}{', if_exists => true' if if_exists else ''})"
        case ExportModel() | ImportModel():
            form = [f"format => {quote_text(statement.format)}"] if statement.format else []
            arguments = [f"model => {_model(statement.model)}", f"path => {quote_text(statement.path)}", *form]
            verb = "export" if isinstance(statement, ExportModel) else "import"
            return f"{verb}_model({', '.join([*arguments, *_core_options(statement.options)])})"
        case BeginBatch(options=options):
            return f"begin_batch({', '.join(_core_options(options))})"
        case CommitBatch():
            return "commit_batch()"
        case RollbackBatch():
            return "rollback_batch()"
        case ExplainBatch(analyze=analyze, format=form):
            measured = ["measured => true"] if analyze else []
            written = [f"format => {quote_text(form)}"] if form != "text" else []
            return f"explain_batch({', '.join([*measured, *written])})"


def _format(statement: ExportModel | ImportModel) -> str:
    form = [f"FORMAT {statement.format}"] if statement.format else []
    options = [f"{option.name.upper()} {expression(option.value)}" for option in statement.options]
    return f" ({', '.join([*form, *options])})" if form or options else ""


# ---- sugar ---------------------------------------------------------------------------------------------------------


def _sugar_clauses(query: Query) -> list[str]:
    match query:
        case Train():
            return _train(query)
        case Predict():
            clauses = [f"PREDICT MODEL {_names(query.models)}", *_with(query.options)]
            return [*clauses, f"AS {_name(query.column)}"] if query.column else clauses
        case Evaluate():
            targets = [f"TARGET {_names(query.targets)}"] if query.targets else []
            return [f"EVALUATE MODEL {_names(query.models)}", *targets, *_metric(query.metrics), *_with(query.options)]
        case Transform():
            return [f"TRANSFORM MODEL {_name(query.model)}"]
        case ExplainModel():
            using = [f"USING {expression(query.explainer)}"] if query.explainer else []
            targets = [f"TARGET {_names(query.targets)}"] if query.targets else []
            return [f"EXPLAIN MODEL {_name(query.model)}", *targets, *_metric(query.metrics), *using]


def _creation(query: Query) -> list[str]:
    """`CREATE … MODEL name AS` before a query; nothing where it is not created so."""
    if not isinstance(query, Train) or query.created is None or query.name is None:
        return []
    created = query.created
    replaced = " OR REPLACE" if created.or_replace else ""
    kept = " IF NOT EXISTS" if created.if_not_exists else ""
    return [f"CREATE{replaced}{' TEMP' if created.temporary else ''} MODEL{kept} {_name(query.name)} AS"]


def _train(train: Train) -> list[str]:
    split = [_split(train.split)] if train.split else []
    metric_and_search = [*_metric(train.metrics), *([_search(train.search)] if train.search else [])]
    seed = [f"SEED {train.seed}"] if train.seed is not None else []
    # right after a split SEED would belong to the split
    middle = [*split, *metric_and_search, *seed] if metric_and_search else [*seed, *split]
    return [
        f"TRAIN MODEL {', '.join(expression(estimator) for estimator in train.estimators)}",
        *([f"TARGET {_names(train.targets)}"] if train.targets else []),
        *([f"WEIGHT {_name(train.weight)}"] if train.weight else []),
        *([f"PARTITION BY {_names(train.partition_by)}"] if train.partition_by else []),
        *middle,
        *_with(train.options),
        *([f"AS {_name(train.name)}"] if train.name and train.created is None else []),
    ]


def _split(split: Split) -> str:
    match split:
        case SplitBy(column):
            return f"SPLIT BY {_name(column)}"
        case CrossValidate(folds, options):
            return " ".join(["CROSS VALIDATE", *([str(folds)] if folds is not None else []), *_split_options(options)])
        case Holdout(fraction, options):
            return " ".join([f"HOLDOUT {fraction!r}", *_split_options(options)])
        case Splitter(call, options):
            return " ".join([f"SPLIT {expression(call)}", *_split_options(options)])


def _split_options(options: SplitOptions) -> list[str]:
    shuffle = {True: ["SHUFFLE"], False: ["NO SHUFFLE"], None: []}[options.shuffle]
    stratify = ["STRATIFY"] if options.stratify else []
    return [
        *shuffle,
        *([f"STRATIFY BY {_name(options.stratify_by)}"] if options.stratify_by else stratify),
        *([f"GROUPS {_name(options.groups)}"] if options.groups else []),
        *([f"ORDER BY {_name(options.order_by)}"] if options.order_by else []),
        *([f"GAP {options.gap}"] if options.gap is not None else []),
        *([f"REPEAT {options.repeat}"] if options.repeat is not None else []),
        *([f"SEED {options.seed}"] if options.seed is not None else []),
    ]


def _metric(metrics: tuple[Call, ...]) -> list[str]:
    return [f"METRIC {', '.join(_metric_call(metric) for metric in metrics)}"] if metrics else []


def _metric_call(metric: Call) -> str:
    return expression(metric) if metric.args else metric.name


def _search(search: Search) -> str:
    if search.call is not None:
        return f"SEARCH {expression(search.call)}"
    return f"SEARCH {search.strategy.upper()}{f' {search.trials} TRIALS' if search.trials is not None else ''}"


def _with(options: tuple[Option, ...]) -> list[str]:
    inside = ", ".join(f"{_quote(option.name)} = {expression(option.value)}" for option in options)
    return [f"WITH ({inside})"] if options else []


# ---- core ----------------------------------------------------------------------------------------------------------


def _core_clauses(query: Query) -> list[str]:
    match query:
        case Train():
            return _core_train(query)
        case Predict():
            name = [f"name => {_name(query.column)}"] if query.column else []
            return [
                f"model => {_one_or_list([_model(name) for name in query.models])}",
                *_core_options(query.options),
                *name,
            ]
        case Evaluate():
            targets = [f"target => {_bracketed(query.targets)}"] if query.targets else []
            metrics = _core_metric(query.metrics)
            return [
                f"model => {_one_or_list([_model(name) for name in query.models])}",
                *targets,
                *metrics,
                *_core_options(query.options),
            ]
        case Transform():
            return [f"model => {_model(query.model)}"]
        case ExplainModel():
            using = [f"explainer => {expression(query.explainer)}"] if query.explainer else []
            targets = [f"target => {_bracketed(query.targets)}"] if query.targets else []
            return [f"model => {_model(query.model)}", *targets, *_core_metric(query.metrics), *using]


def _core_train(train: Train) -> list[str]:
    return [
        f"model => {_one_or_list([expression(estimator) for estimator in train.estimators])}",
        *([f"target => {_bracketed(train.targets)}"] if train.targets else []),
        *([f"weight => {_name(train.weight)}"] if train.weight else []),
        *([f"partition_by => {_bracketed(train.partition_by)}"] if train.partition_by else []),
        *(_core_split(train.split) if train.split else []),
        *_core_metric(train.metrics),
        *(_core_search(train.search) if train.search else []),
        *([f"seed => {train.seed}"] if train.seed is not None else []),
        *_core_options(train.options),
        *([f"name => {_name(train.name)}"] if train.name else []),
        *(_core_created(train.created) if train.created else []),
    ]


def _core_created(created: Created) -> list[str]:
    return [f"{field.name} => true" for field in fields(created) if getattr(created, field.name)]


def _core_split(split: Split) -> list[str]:
    match split:
        case SplitBy(column):
            return [f"split_by => {_name(column)}"]
        case CrossValidate(folds, options):
            return [f"cross_validate => {'true' if folds is None else folds}", *_core_split_options(options)]
        case Holdout(fraction, options):
            return [f"holdout => {fraction!r}", *_core_split_options(options)]
        case Splitter(call, options):
            return [f"split => {expression(call)}", *_core_split_options(options)]


def _core_split_options(options: SplitOptions) -> list[str]:
    stratify = ["stratify => true"] if options.stratify else []
    return [
        *([f"shuffle => {str(options.shuffle).lower()}"] if options.shuffle is not None else []),
        *([f"stratify_by => {_name(options.stratify_by)}"] if options.stratify_by else stratify),
        *([f"groups => {_name(options.groups)}"] if options.groups else []),
        *([f"order_by => {_name(options.order_by)}"] if options.order_by else []),
        *([f"gap => {options.gap}"] if options.gap is not None else []),
        *([f"repeat => {options.repeat}"] if options.repeat is not None else []),
        *([f"split_seed => {options.seed}"] if options.seed is not None else []),
    ]


def _core_metric(metrics: tuple[Call, ...]) -> list[str]:
    return [f"metric => {_one_or_list([_metric_call(metric) for metric in metrics])}"] if metrics else []


def _core_search(search: Search) -> list[str]:
    if search.call is not None:
        return [f"search => {expression(search.call)}"]
    return [f"search => {search.strategy}", *([f"trials => {search.trials}"] if search.trials is not None else [])]


def _core_options(options: tuple[Option, ...]) -> list[str]:
    inside = ", ".join(f"{quote_text(option.name)}: {expression(option.value)}" for option in options)
    return [f"options => {{{inside}}}"] if options else []


def _bracketed(names: tuple[Name, ...]) -> str:
    return _one_or_list([_name(name) for name in names])


def _one_or_list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"[{', '.join(items)}]"


# ---- expressions ---------------------------------------------------------------------------------------------------


def expression(value: Expression) -> str:
    """A value of a tail in canonical form: `=>` between name and value, names quoted only where they must be."""
    match value:
        case Literal():
            return _literal(value)
        case Name():
            return _name(value)
        case ListOf(items):
            return f"[{', '.join(map(expression, items))}]"
        case TupleOf(items):
            return f"{'row' if len(items) < 2 else ''}({', '.join(map(expression, items))})"
        case StructOf(entries):
            return f"{{{', '.join(f'{quote_text(key)}: {expression(item)}' for key, item in entries)}}}"
        case Call():
            return f"{value.name}({', '.join(map(_argument, value.args))})"


def _argument(argument: Argument) -> str:
    value = expression(argument.value)
    return value if argument.name is None else f"{_quote(argument.name, RESERVED)} => {value}"


def _literal(literal: Literal) -> str:
    match literal.value:
        case None:
            return "NULL"
        case bool(value):
            return "TRUE" if value else "FALSE"
        case str(value):
            return quote_text(value)
        case value:
            return repr(value)


def _name(name: Name) -> str:
    written = ".".join(_quoted(part) if name.quoted else part for part in name.parts)
    return written if name.version is None else f"{written}@{name.version}"


def _model(name: Name) -> str:
    """The name of a model in the core form; `m@3` is legal DuckDB, too, but not to every parser."""
    if name.version is None:
        return _name(name)
    return f"model_version({_name(replace(name, version=None))}, {name.version})"


def _names(names: tuple[Name, ...]) -> str:
    return ", ".join(_name(name) for name in names)


def _quote(name: str, refused: frozenset[str] = NO_COLUMNS) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and name.upper() not in refused else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ---- equality ------------------------------------------------------------------------------------------------------


def _skeleton(text: str, node: object) -> object:
    """`node` as nested tuples without places; heads and the SQL around holes as text."""
    if isinstance(node, Nested):
        return ("Nested", _nested_skeleton(text, node))
    if isinstance(node, Plain | Scored):
        return (type(node).__name__, text[node.span.start : node.span.end])
    if isinstance(node, tuple):
        return tuple(_skeleton(text, item) for item in node)
    if is_dataclass(node):
        return (type(node).__name__, *(_field(text, getattr(node, field.name), field.name) for field in fields(node)))
    return (type(node).__name__, node)


def _field(text: str, value: object, name: str) -> object:
    if isinstance(value, Span):
        return text[value.start : value.end] if name == "head" else None
    return _skeleton(text, value)


def _nested_skeleton(text: str, nested: Nested) -> object:
    waiting: list[tuple[Span, str]] = []
    queries: list[object] = []
    for hole, query in zip(nested.holes, nested.queries, strict=True):
        inner = _taken(waiting, hole)
        said = tuple(_field(text, getattr(query, field.name), "") for field in fields(query))
        queries.append((type(query).__name__, _fill(text, head_of(query), inner), said))
        waiting.append((hole, "\0"))
    return _fill(text, nested.span, waiting), tuple(queries)
