"""The syntax tree: what a statement says, with the place of every word, as frozen values.

Offsets are characters of `Script.text`, the whole text the user sent, so that every later phase can underline its
errors. Relational slices are never parsed here: they are `Span`s, and reach DuckDB as the user's text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stratum_sql.errors import Span

# ---- expressions of the tail: arguments of estimators, splitters, options ------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: int, float, str, bool or None; a leading minus is part of it."""

    value: int | float | str | bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name as written: `arr_delay`, `f.arr_delay`, `"Arr Delay"` (unquoted here, `quoted` says it was).

    That of a model may say which version: `m@3`, or by a word, `m@champion`.
    """

    parts: tuple[str, ...]
    span: Span
    quoted: bool = False
    version: int | str | None = None

    @property
    def last(self) -> str:
        return self.parts[-1]


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`: candidates where a search space may stand, else a list value."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TupleOf:
    """`(a, b)` or `row(a)`: one value with several parts."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class StructOf:
    """`{'a': 1}`: one mapping value."""

    items: tuple[tuple[str, Expression], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`name(args)`; `ridge` without brackets is a call with no arguments. `name` is dotted for import paths."""

    name: str
    args: tuple[Argument, ...]
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call; `name` is None for a positional one."""

    name: str | None
    value: Expression
    span: Span


Expression = Literal | Name | ListOf | TupleOf | StructOf | Call

# ---- clauses -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CrossValidate:
    """`CROSS VALIDATE 5 …`; `folds` None means the default number."""

    folds: int | None
    options: SplitOptions
    span: Span


@dataclass(frozen=True, slots=True)
class Holdout:
    """`HOLDOUT 0.2 …`: `fraction` of the rows is held out once."""

    fraction: float
    options: SplitOptions
    span: Span


@dataclass(frozen=True, slots=True)
class SplitBy:
    """`SPLIT BY column`: the column's values name the folds."""

    column: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Splitter:
    """`SPLIT repeated_k_fold(n_splits => 5)`: any splitter of the catalogue."""

    call: Call
    options: SplitOptions
    span: Span


Split = CrossValidate | Holdout | SplitBy | Splitter


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """What may follow a split, each at most once; None means it was not said."""

    shuffle: bool | None = None
    stratify: bool = False
    stratify_by: Name | None = None
    groups: Name | None = None
    order_by: Name | None = None
    gap: int | None = None
    repeat: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """`SEARCH GRID | RANDOM n | HALVING | BAYES`; `strategy` is lower-case, `trials` None when not said."""

    strategy: str
    trials: int | None
    span: Span
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """`name = value` inside `WITH (…)`; `name` is lower-case."""

    name: str
    value: Expression
    span: Span


# ---- statements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plain:
    """DuckDB's own: its text goes there as it is."""

    span: Span


@dataclass(frozen=True, slots=True)
class ScalarArgument:
    """A value given to `predict_model('m', …)`, any expression of DuckDB; `name` is the column it was given as."""

    span: Span
    value: Span
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ScalarCall:
    """`predict_model('m@champion', age, town := upper(t))` in an expression: a prediction for each row."""

    span: Span
    model: Name
    arguments: tuple[ScalarArgument, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A statement of DuckDB whose expressions call models. `calls` are innermost first, else in the order written."""

    span: Span
    calls: tuple[ScalarCall, ...]


@dataclass(frozen=True, slots=True)
class Created:
    """What `CREATE MODEL` says beside the training: whether it takes the place of what has the name, whether it goes
    with the session, whether one that is there is left as it is.
    """

    or_replace: bool = False
    temporary: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class Train:
    """`<head> TRAIN MODEL …`. `head` is the query's text, `metrics[0]` ranks, `name` is None unless it is kept.

    `created` is what `CREATE MODEL name AS <head> TRAIN MODEL …` says; None without CREATE.
    """

    head: Span
    estimators: tuple[Call, ...]
    span: Span
    verb: Span
    targets: tuple[Name, ...] = ()
    weight: Name | None = None
    partition_by: tuple[Name, ...] = ()
    split: Split | None = None
    metrics: tuple[Call, ...] = ()
    search: Search | None = None
    seed: int | None = None
    options: tuple[Option, ...] = ()
    name: Name | None = None
    created: Created | None = None


@dataclass(frozen=True, slots=True)
class Predict:
    """`<head> PREDICT MODEL m [, m2] [WITH (…)] [AS column]`."""

    head: Span
    models: tuple[Name, ...]
    span: Span
    verb: Span
    options: tuple[Option, ...] = ()
    column: Name | None = None


@dataclass(frozen=True, slots=True)
class Evaluate:
    """`<head> EVALUATE MODEL m [, m2] [TARGET y] [METRIC …] [WITH (…)]`."""

    head: Span
    models: tuple[Name, ...]
    span: Span
    verb: Span
    targets: tuple[Name, ...] = ()
    metrics: tuple[Call, ...] = ()
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Transform:
    """`<head> TRANSFORM MODEL m`."""

    head: Span
    model: Name
    span: Span
    verb: Span


@dataclass(frozen=True, slots=True)
class ExplainModel:
    """`<head> EXPLAIN MODEL m [USING explainer(..)] [TARGET y] [METRIC r2]`; without USING `explainer` is None."""

    head: Span
    model: Name
    span: Span
    verb: Span
    explainer: Call | None = None
    targets: tuple[Name, ...] = ()
    metrics: tuple[Call, ...] = ()


Applied = Predict | Evaluate | Transform | ExplainModel
Query = Train | Applied


@dataclass(frozen=True, slots=True)
class ShowModels:
    """`SHOW MODELS LIKE '…'`: the models whose names are like `pattern`, as LIKE reads it."""

    span: Span
    verb: Span
    pattern: str = "%"


@dataclass(frozen=True, slots=True)
class DescribeModel:
    """`DESCRIBE MODEL m`."""

    model: Name
    span: Span
    verb: Span


@dataclass(frozen=True, slots=True)
class ShowVersions:
    """`SHOW MODEL VERSIONS m`."""

    model: Name
    span: Span
    verb: Span


Listing = ShowModels | DescribeModel | ShowVersions


@dataclass(frozen=True, slots=True)
class DropModel:
    """`DROP MODEL [IF EXISTS] m`; with a version that one alone."""

    model: Name
    span: Span
    verb: Span
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class PromoteModel:
    """`PROMOTE MODEL m@3 TO champion`: `m@champion` is that version from now on."""

    model: Name
    alias: str
    span: Span
    verb: Span


@dataclass(frozen=True, slots=True)
class RollbackModel:
    """`ROLLBACK MODEL m@champion [TO 2]`: the alias goes back to the version it was before, or to another; `m` alone is
    `m@latest`."""

    model: Name
    span: Span
    verb: Span
    to: int | None = None


@dataclass(frozen=True, slots=True)
class ExportModel:
    """`EXPORT MODEL m TO 'path' [(FORMAT sql, …)]`; `format` is "" where it is not said."""

    model: Name
    path: str
    span: Span
    verb: Span
    place: Span  # of the path
    format: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportModel:
    """`IMPORT MODEL m FROM 'path' [(FORMAT skops, …)]`."""

    model: Name
    path: str
    span: Span
    verb: Span
    place: Span  # of the path
    format: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class BeginBatch:
    """`BEGIN BATCH [WITH (…)]`: from here on statements that train wait; the options are those of each of them."""

    span: Span
    verb: Span
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitBatch:
    """`COMMIT BATCH`: what waits runs as one plan."""

    span: Span
    verb: Span


@dataclass(frozen=True, slots=True)
class RollbackBatch:
    """`ROLLBACK BATCH`: what waits is forgotten."""

    span: Span
    verb: Span


@dataclass(frozen=True, slots=True)
class ExplainBatch:
    """`EXPLAIN [ANALYZE] [(FORMAT json)] BATCH`: the plan of what waits."""

    span: Span
    verb: Span
    analyze: bool = False
    format: str = "text"


Command = (
    DropModel
    | ExportModel
    | ImportModel
    | PromoteModel
    | RollbackModel
    | BeginBatch
    | CommitBatch
    | RollbackBatch
    | ExplainBatch
)


@dataclass(frozen=True, slots=True)
class Cte:
    """One definition of a WITH clause: `span` is `name AS (…)`, and `name` is unquoted."""

    name: str
    span: Span
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class Nested:
    """A statement of DuckDB with queries or listings of ours where a relation may stand, innermost first.

    `FROM (<q> TRAIN MODEL …) WHERE rank = 1`, `CREATE TABLE x AS <q> TRAIN MODEL …`, `FROM train_model((<q>), …)`.
    `holes[i]` is the text that query `queries[i]` takes: brackets included where it stands in brackets.
    A head may hold a hole: then the outer query comes later, and its hole may be the whole statement.
    Every hole can be replaced by a query in brackets, `(FROM result)`, without a change of meaning.
    `scopes[i]` are the definitions of WITH clauses around query i that its head may name; of two with one name the last
    counts. `calls` are those of models in its expressions, none of them in a hole.
    """

    span: Span
    holes: tuple[Span, ...]
    queries: tuple[Query | Listing, ...]
    scopes: tuple[tuple[Cte, ...], ...] = ()
    calls: tuple[ScalarCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Explain:
    """`EXPLAIN [ANALYZE] [(FORMAT json)] <query>` of a query of ours, or of a statement that holds some."""

    query: Query | Listing | Nested
    span: Span
    analyze: bool = False
    format: str = "text"


Statement = Plain | Scored | Query | Listing | Command | Explain | Nested


def head_of(query: Query | Listing) -> Span:
    """The place of the query that `query` reads; a listing has none: its own place, with nothing in it."""
    return Span(query.verb.start, query.verb.start) if isinstance(query, Listing) else query.head


@dataclass(frozen=True, slots=True)
class Script:
    """A text and its statements, in order."""

    text: str
    statements: tuple[Statement, ...] = field(default=())
