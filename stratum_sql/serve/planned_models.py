"""Plans of statements about kept models: predictions, evaluations, lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from stratum_sql.bind.bind_predict import evaluate_metrics, predict_options
from stratum_sql.bind.composed import Composed, ours
from stratum_sql.errors import BindError, StratumError
from stratum_sql.grammar.syntax import (
    BeginBatch,
    CommitBatch,
    DescribeModel,
    Evaluate,
    ExplainBatch,
    ExplainModel,
    Name,
    Predict,
    Query,
    RollbackBatch,
    ShowModels,
    ShowVersions,
    Statement,
    Transform,
)
from stratum_sql.models.evaluate import classes_of
from stratum_sql.models.export.compiled import Compiled, compile_model
from stratum_sql.models.listing import FACTS, MODELS, VERSIONS
from stratum_sql.models.run import column_name, kinds_of
from stratum_sql.models.stored import StoredModel
from stratum_sql.quoting import quote, quote_text
from stratum_sql.serve.boards import EXPLANATIONS, Columns, columns_of, together_columns
from stratum_sql.serve.shipped import ROWS, Shipped, rewritten
from stratum_sql.serve.specs import Asked, Spec, from_json_row, over_none, over_rows, write_spec
from stratum_sql.session import Session

AskSession: TypeAlias = Callable[[Callable[[Session], Any]], Any]
Cut: TypeAlias = Callable[[Query], Shipped]

DONE: Columns = {"status": "VARCHAR"}
_EXPLAIN: Columns = {"explain": "VARCHAR"}
_LISTED = {ShowModels: MODELS, ShowVersions: VERSIONS, DescribeModel: FACTS}
_BATCHES = {BeginBatch: "begin", RollbackBatch: "rollback", CommitBatch: "commit", ExplainBatch: "explain"}
_HEAD = "__stratum_head"
_MOST_SQL = 200_000  # characters of a model as a query: DuckDB plans a longer one for longer than the engine predicts


def plan_of_models(asked: Asked, statement: Statement, cut: Cut, ask_session: AskSession) -> str:
    """The query that answers a statement which trains nothing. Raises StratumError."""
    match statement:
        case Predict():
            return _Predicting(asked, statement, cut(statement).whole, ask_session).plan()
        case Evaluate():
            return _over_cut(asked, statement, cut(statement), _evaluation(asked.text, statement, ask_session))
        case ExplainModel():
            return _over_cut(asked, statement, cut(statement), _explanation(asked.text, statement, ask_session))
        case Transform():
            message = "a shell cannot TRANSFORM: the columns that are left over are not known before"
            hint = "PREDICT MODEL gives predictions; in Python session.sql runs TRANSFORM MODEL"
            raise BindError.at(asked.text, statement.verb, "not_in_a_shell", message, hint=hint)
        case ShowModels() | ShowVersions() | DescribeModel():
            return _over_none(asked, statement, "ask", columns_of(_LISTED[type(statement)]))
        case BeginBatch() | RollbackBatch():
            return _over_none(asked, statement, _BATCHES[type(statement)], DONE)
        case CommitBatch():
            return _over_none(asked, statement, "commit", together_columns(asked.waiting))
        case ExplainBatch():
            return _over_none(asked, statement, "explain", _EXPLAIN)
    return _over_none(asked, statement, "done", DONE)


def _over_none(asked: Asked, statement: Statement, kind: str, columns: Columns) -> str:
    written = Composed.verbatim(asked.text, statement.span)
    return over_none(Spec(kind, asked.text, written, columns, (), asked.shell), columns)


def _over_cut(asked: Asked, statement: Query, cut: Shipped, columns: Columns) -> str:
    written = rewritten(asked.text, statement, cut.head)
    return over_rows(Spec("ask", asked.text, written, columns, cut.tables, asked.shell), cut.source, columns)


def _load(ask_session: AskSession, script: str, name: Name) -> StoredModel:
    found: StoredModel = ask_session(lambda session: session.stored_model(script, name))
    return found


def _groups_of(models: Sequence[StoredModel]) -> Columns:
    return {leaf.name: "VARCHAR" for model in models for leaf in model.manifest.partition}


def _evaluation(script: str, statement: Evaluate, ask_session: AskSession) -> Columns:
    """The columns of `models.evaluate.evaluate`."""
    models = [_load(ask_session, script, name) for name in statement.models]
    metrics = [
        metric.name
        for model in models
        for metric in evaluate_metrics(script, statement, model.manifest.task, classes_of(model))
    ]
    predict_options(script, statement)
    columns: Columns = {"model": "VARCHAR", "version": "INTEGER", **_groups_of(models), "rows": "BIGINT"}
    return columns | dict.fromkeys(metrics, "DOUBLE")


def _explanation(script: str, statement: ExplainModel, ask_session: AskSession) -> Columns:
    name = "permutation" if statement.explainer is None else statement.explainer.name.lower()
    model = _load(ask_session, script, statement.model)
    if name == "shap":
        message = "a shell cannot show contributions row by row"
        span = statement.verb if statement.explainer is None else statement.explainer.span
        raise BindError.at(script, span, "not_in_a_shell", message, hint="USING permutation() shows them over all rows")
    return _groups_of([model]) | EXPLANATIONS.get(name, EXPLANATIONS["permutation"])  # the engine tells of no such one


# ---- predictions -----------------------------------------------------------------------------------------------------


class _Predicting:
    """One PREDICT over the rows of a query: as a query of DuckDB's where the models have that form, so that the shell
    needs no engine; else the engine predicts the rows of each chunk."""

    def __init__(self, asked: Asked, statement: Predict, head: str, ask_session: AskSession) -> None:
        self.asked, self.statement, self.head = asked, statement, head
        self.probabilities = predict_options(asked.text, statement).probabilities
        self.models = [_load(ask_session, asked.text, name) for name in statement.models]
        self.names: list[list[str]] = []
        taken: list[str] = []
        for name, model in zip(statement.models, self.models, strict=True):
            kinds = kinds_of(model, probabilities=self.probabilities)
            made = [column_name(asked.text, statement, name, kind, taken) for kind in kinds]
            taken += made
            self.names.append(made)

    def plan(self) -> str:
        query = self._compiled()
        return query if query is not None and len(query) <= _MOST_SQL else self._asked()

    def _compiled(self) -> str | None:
        query = f"({self.head}\n) AS {_HEAD}"
        for model, names in zip(self.models, self.names, strict=True):
            compiled = _compile(model)
            if compiled is None or (self.probabilities and compiled.probabilities is None):
                return None
            error = f"{model.manifest.name} takes no such row: NULL, or an infinite number, where training had none"
            made = compiled.query("\0", names[0], names[1] if self.probabilities else None, error=error)
            query = f"({made.replace(chr(0), query)}\n) AS {_HEAD}"
        return f"FROM {query}"

    def _asked(self) -> str:
        columns: Columns = {}
        for model, names in zip(self.models, self.names, strict=True):
            columns |= dict(zip(names, _types(model, probabilities=self.probabilities), strict=True))
        written = rewritten(self.asked.text, self.statement, ours(f"SELECT * FROM {ROWS}"))
        spec = Spec("predict", self.asked.text, written, columns, (), self.asked.shell)
        made = from_json_row(f"stratum_predict({quote_text(write_spec(spec))}, {_HEAD})", columns)
        listed = ", ".join(f"__stratum_made.{quote(name)}" for name in columns)
        inner = f"SELECT {_HEAD}.*, {made} AS __stratum_made FROM ({self.head}\n) AS {_HEAD}"
        return f"SELECT * EXCLUDE (__stratum_made), {listed} FROM ({inner})"


def _compile(model: StoredModel) -> Compiled | None:
    manifest = model.manifest
    if manifest.takes != "matrix" or manifest.groups or manifest.more_targets:
        return None
    try:
        return compile_model(model)
    except StratumError:
        return None


def _types(model: StoredModel, *, probabilities: bool) -> list[Any]:
    """The types of what a model predicts, in the order of `kinds_of`."""
    found: list[Any] = []
    for leaf, (_, classes) in zip(model.manifest.targets, model.targets, strict=True):
        found.append("DOUBLE" if classes is None else leaf.type)
        if probabilities and (classes is not None or not model.manifest.more_targets):
            found.append(dict.fromkeys(() if classes is None else classes.names, "DOUBLE"))
    return found
