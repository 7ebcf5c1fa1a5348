"""A use of scikit-learn as one TRAIN statement over a plan: `cross_val_score`, a search, a fold loop."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv

from stratum_sql.catalog.metrics import metrics
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.errors import StratumError
from stratum_sql.pandas.aligning import check_same_labels, ordered, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.emit import Emitter
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, joined
from stratum_sql.pandas.keys import key_of, rows_key
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.fits import as_library, data_key, given, plain
from stratum_sql.pandas.learning.parts import make_real
from stratum_sql.pandas.learning.pipelines import as_words, written
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_values
from stratum_sql.pandas.places import Place, here
from stratum_sql.pandas.plan import RID, Names, Node
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.sources import table_of, with_objects
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.work import Work
from stratum_sql.quoting import quote

_SPLITTERS = {
    "KFold": "k_fold",
    "StratifiedKFold": "stratified_k_fold",
    "GroupKFold": "group_k_fold",
    "StratifiedGroupKFold": "stratified_group_k_fold",
    "ShuffleSplit": "shuffle_split",
    "StratifiedShuffleSplit": "stratified_shuffle_split",
    "TimeSeriesSplit": "time_series_split",
}


@dataclass(frozen=True, eq=False)
class Rows:
    """What a model learns from: a node, the features by label, the target, and perhaps groups, over it."""

    node: Node
    features: tuple[tuple[Hashable, Expr], ...]
    target: tuple[Hashable, Expr]
    groups: tuple[Hashable, Expr] | None = None


@dataclass(frozen=True, eq=False)
class Statement:
    """A TRAIN statement: the SELECT list with its names, over a node in the order of `order`, and the clauses."""

    place: Place
    node: Node
    columns: tuple[tuple[str, Text], ...]
    order: str
    clauses: str
    metric: str
    folds: int

    def at(self, place: Place) -> Statement:
        """The same, asked for in another line."""
        return replace(self, place=place)

    @property
    def running(self) -> str:
        """As the session runs it."""
        return f"{engine().text(self.node, self.columns, [self.order], whole=True)}\n{self.clauses}"

    @property
    def shown(self) -> str:
        """For people: the rows from their files."""
        emitter = Emitter(shown=True, frames=engine().frames)
        return f"{emitter.query(self.node, self.columns, order=[self.order])}\n{self.clauses}"

    @property
    def key(self) -> bytes | None:
        """Of equal statements over equal rows."""
        return key_of(self.clauses, rows_key(self.node, self.columns, (self.order,)))


# ---- running it ------------------------------------------------------------------------------------------------------


def trials_of(statement: Statement) -> list[dict[str, Any]] | None:
    """The leaderboard in the order of its trials; None if one has no score: the library then says why, in its words."""
    try:
        text = statement.running
    except StratumError as error:  # the order of its rows is pandas'
        refused(error)
        return None
    work = Work("statement", statement.key, partial(_run, text), statement=text)
    trials: list[dict[str, Any]] | None = engine().do(work)
    if trials is None or any(trial["status"] != "ok" for trial in trials):
        return None
    engine().learned.append(statement)
    return sorted(trials, key=lambda trial: int(trial["trial"]))


def _run(text: str) -> list[dict[str, Any]] | None:
    return board(engine().session.batch([text])[0])


def board(result: Any) -> list[dict[str, Any]] | None:
    """The rows of a leaderboard; None for a statement that failed."""
    return None if result.error is not None else result.arrow().to_pylist()


def scores_of(statement: Statement, trial: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """The scores of a trial, fold by fold."""
    return np.array(trial["fold_scores"][statement.metric], dtype=np.float64)


# ---- making it -------------------------------------------------------------------------------------------------------


def statement_of(model: Any, features: Any, target: Any, options: Mapping[str, Any]) -> Statement | None:
    """`cross_val_score(model, features, target, **options)` as a statement; None where it is not exactly one."""
    try:
        return _statement(model, features, target, **options)
    except (Declined, TypeError, ValueError):
        return None


def _statement(
    model: Any,
    features: Any,
    target: Any,
    *,
    cv: Any = None,
    scoring: Any = None,
    groups: Any = None,
    n_jobs: Any = None,
    verbose: Any = 0,
) -> Statement:
    rows = rows_of(features, target, groups)
    items, spec, call = as_words(model, [label for label, _ in rows.features], partial(is_dense, features))
    splitter = check_cv(5 if cv is None else as_library(cv), given(target), classifier=is_classifier(model))
    return made(rows, items, call, split_clause(splitter, spec, rows), metric_of(scoring, spec), splitter)


def is_dense(features: Any, chooser: Any) -> bool:
    """Whether a ColumnTransformer makes a dense matrix of these rows, by far enough that it does in every fold."""

    sparser = make_real(clone(chooser)).set_params(sparse_threshold=1.0)
    key = data_key("density", sparser, features) if engine().shelf is not None else None

    def density() -> float:
        with object_mode():
            found = sparser.fit_transform(given(features))
        return float(found.nnz / np.prod(found.shape)) if sparse.issparse(found) else 1.0

    return bool(engine().once("density", key, density) > _SURELY * chooser.sparse_threshold)


_SURELY = 1.1  # a fold has no more columns than all rows have, and about as many zeros


def made(
    rows: Rows, items: Sequence[tuple[str, Hashable]], calls: str, split: str, metric: str, splitter: Any
) -> Statement:
    """The statement of these parts."""
    node, order = rows.node, quote(RID)
    if node.order != (order,):
        node, order = ordered(node, here())
    known, names = dict(rows.features), Names()
    columns = [(names.new(label), joined(template, known[label])) for template, label in items]
    target = names.new(rows.target[0])
    columns.append((target, rows.target[1].text))
    if rows.groups is not None and "GROUPS" in split:
        group = names.new(rows.groups[0])
        columns.append((group, rows.groups[1].text))
        split = split.replace("GROUPS", f"GROUPS {quote(group)}")
    clauses = [f"TRAIN MODEL {calls}", f"TARGET {quote(target)}", split, f"METRIC {metric}", "WITH (keep_order = true)"]
    folds = int(splitter.get_n_splits()) if hasattr(splitter, "n_splits") else 0
    return Statement(here(), node, tuple(columns), order, "\n".join(clauses), metric, folds)


def metric_of(scoring: Any, spec: EstimatorSpec) -> str:
    """The metric of a `scoring`. Raises Declined."""
    name = scoring or ("r2" if spec.task == "regression" else "accuracy")
    if not isinstance(name, str) or name not in metrics() or metrics()[name].sign != 1:
        raise Declined("a scoring of the script's own")
    if spec.task not in metrics()[name].tasks:
        raise Declined("a scoring of another task")
    return name


def split_clause(splitter: Any, spec: EstimatorSpec, rows: Rows) -> str:
    """The folds in the dialect. Raises Declined."""
    name = type(splitter).__name__
    if name not in _SPLITTERS or draws(splitter):
        raise Declined("folds of the script's own")
    if "Group" in name and rows.groups is None:
        raise Declined("groups that are no column")
    stratified = name == "StratifiedKFold"
    if name in ("KFold", "StratifiedKFold") and stratified == (spec.task == "classification"):
        how = f"SHUFFLE SEED {int(splitter.random_state)}" if splitter.shuffle else "NO SHUFFLE"
        return f"CROSS VALIDATE {int(splitter.n_splits)} {how}"
    if stratified:
        raise Declined("classes of a regression")
    known = inspect.signature(type(splitter)).parameters
    said = {key: value for key, value in vars(splitter).items() if key in known and value is not None}
    listed = ", ".join(f"{key} => {written(value)}" for key, value in said.items())
    return f"SPLIT {_SPLITTERS[name]}({listed})" + (" GROUPS" if "Group" in name else "")


# ---- rows ------------------------------------------------------------------------------------------------------------


def rows_of(features: Any, target: Any, groups: Any = None) -> Rows:
    """Features and target as columns of one plan; where they are of two, their values are a source. Raises Declined."""
    rows = _planned(features, target, groups) or _as_source(features, target, groups)
    if not all(isinstance(value.dtype, np.dtype) for _, value in (*rows.features, rows.target)):
        raise Declined("categories, which a library takes as such")
    check_values([] if rows.groups is None else [rows.groups])
    dtypes = [value.dtype for _, value in rows.features if value.dtype.kind in "iuf"]
    if any(dtype.kind == "f" and dtype.itemsize < 8 for dtype in dtypes):
        raise Declined("floats of 32 bits, which the library would train on as they are")
    return rows


def _planned(features: Any, target: Any, groups: Any) -> Rows | None:
    state, *vectors = (plain(one) for one in (features, target, groups) if one is not None)
    if not isinstance(state, Table) or not all(isinstance(one, Vector) for one in vectors):
        return None
    node = state.node
    try:
        for vector in vectors:
            node = together(node, vector.node)
            check_same_labels(state.index, vector.index)
    except Declined:
        return None
    named = [("target" if one.name is None else one.name, one.value) for one in vectors]
    return Rows(node, tuple(state.columns), named[0], named[1] if groups is not None else None)


def _as_source(features: Any, target: Any, groups: Any) -> Rows:
    """The values themselves, as a table of the caller's."""
    with object_mode():
        frame = _frame(given(features))
        columns = [_column(given(one)) for one in (target, groups) if one is not None]
        if any(len(one) != len(frame) for one in columns):
            raise Declined("columns of several lengths")
        labels = list(frame.columns)
        whole = frame.reset_index(drop=True)
        for place, column in enumerate(columns):
            whole[f"__column_{place}"] = column
        state = table_of(with_objects(whole), here())
    if state is None:
        raise Declined("a column that DuckDB has no type for")
    values = [value for _, value in state.columns]
    named = [("target", values[len(labels)])]
    found = tuple(zip(labels, values[: len(labels)], strict=True))
    return Rows(state.node, found, named[0], ("groups", values[-1]) if groups is not None else None)


def _frame(value: Any) -> pd.DataFrame:
    if isinstance(value, pd.DataFrame) and all(isinstance(label, str) for label in value.columns):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype == np.float64:
        return pd.DataFrame(value, columns=[f"x{place}" for place in range(value.shape[1])])
    raise Declined("features that are no frame")


def _column(value: Any) -> Any:
    if isinstance(value, pd.Series | np.ndarray) and value.ndim == 1:
        return np.asarray(value)
    raise Declined("a target that is no column")
