"""`EXPLAIN MODEL`: what a kept model's predictions hang on, over the rows of a query.

The explainers are `EXPLAINERS`: each is a function of the model and the rows, and the parameters it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stratum_sql.bind.bind_predict import evaluate_metrics
from stratum_sql.bind.database import Database
from stratum_sql.bind.problems import placed
from stratum_sql.catalog.checks import Check, integer
from stratum_sql.catalog.columns import Column
from stratum_sql.catalog.contributions import contributions
from stratum_sql.catalog.metrics import score
from stratum_sql.catalog.search_space import SpaceProblem, python_arguments
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.errors import BindError, RunError, suggestions
from stratum_sql.execute.noted import listening
from stratum_sql.grammar.syntax import Call, ExplainModel
from stratum_sql.models.evaluate import classes_of, targets_of, truth
from stratum_sql.models.grouped import parts_of, rows_by_group, tables_by_group, wanted_of
from stratum_sql.models.predict import HasRows, Rows, feature_parts, inputs_of, over_rows, stacked
from stratum_sql.models.store import Store
from stratum_sql.models.stored import StoredModel
from stratum_sql.plan.features import Leaf, leaves

Params = Mapping[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """One model over rows, and, where the explainer compares with the truth, the target and metrics."""

    model: StoredModel
    rows: HasRows
    target: Any
    metrics: tuple[MetricSpec, ...]


@dataclass(frozen=True, slots=True)
class Explainer:
    """`explain(asked, params)` gives the answer; `parameters` are (default, check) by name. `compares` says whether it
    wants a target, `by_row` whether its answer has the rows of the query, with columns beside theirs."""

    explain: Callable[[_Asked, Params], pa.Table]
    parameters: Mapping[str, tuple[Any, Check]]
    compares: bool = False
    by_row: bool = False


def explain_model(script: str, statement: ExplainModel, database: Database, store: Store) -> pa.Table:
    """The answer of the explainer that USING names, by default `permutation()`; of a model with groups that of each
    group's model over its own rows, with the group's values in the first columns. Raises StratumError."""
    call = statement.explainer
    name, explainer = _explainer(script, call)
    params = _params(script, call, name, explainer)
    database.admit(script, statement.head)
    model = store.load(statement.model.last, script, statement.model.span, statement.model.version)
    targets, metrics = _compared(script, statement, explainer, model, database)
    rows = Rows(database, script, statement.head, [*wanted_of(model), *targets])
    if targets and len(rows) == 0:
        raise RunError.at(script, statement.head, "no_rows", "the query has no rows to explain by")

    def explained(model: StoredModel, rows: HasRows) -> pa.Table:
        compared = truth(model, rows, targets) if targets else None
        return explainer.explain(_Asked(model, rows, compared, metrics), params)

    with listening(), over_rows(model.manifest.name, "be explained over", script, statement.verb):
        try:
            if model.manifest.more_targets and not explainer.compares:
                raise _NotFor(f"{model.manifest.name} has several targets, and this explains one")
            if not model.groups:
                return explained(model, rows)
            made = [
                (part, explained(part.model, part.rows)) for part in parts_of(model, rows) if part.model is not None
            ]
            return rows_by_group(made, rows) if explainer.by_row else tables_by_group(made)
        except _NotFor as problem:
            span = statement.verb if call is None else call.span
            raise RunError.at(script, span, "not_explained", str(problem), hint="USING permutation()") from None


class _NotFor(ValueError):
    """The explainer has nothing to say of such a model."""


def _explainer(script: str, call: Call | None) -> tuple[str, Explainer]:
    name = "permutation" if call is None else call.name.lower()
    if name not in EXPLAINERS:
        assert call is not None
        near, hint = suggestions(name, EXPLAINERS), f"one of {', '.join(EXPLAINERS)}"
        message = f'no explainer "{name[:40]}"'
        raise BindError.at(script, call.name_span, "unknown_explainer", message, did_you_mean=near, hint=hint)
    return name, EXPLAINERS[name]


def _params(script: str, call: Call | None, name: str, explainer: Explainer) -> Params:
    found = {key: default for key, (default, _) in explainer.parameters.items()}
    if call is None:
        return found
    try:
        given = python_arguments(call)
    except SpaceProblem as problem:
        raise placed(script, problem, call.span) from None
    for key, value in given.items():
        span = next(argument.span for argument in call.args if argument.name == key)
        if key not in found:
            near = suggestions(key, found)
            raise BindError.at(script, span, "unknown_parameter", f'{name} has no parameter "{key}"', did_you_mean=near)
        wrong = explainer.parameters[key][1](value)
        if wrong is not None:
            raise BindError.at(script, span, "bad_parameter", f"{name}: {key} {wrong}")
        found[key] = value
    return found


def _compared(
    script: str, statement: ExplainModel, explainer: Explainer, model: StoredModel, database: Database
) -> tuple[tuple[Leaf, ...], tuple[MetricSpec, ...]]:
    """The targets and the metrics of an explainer that compares with the truth; none of others."""
    if not explainer.compares:
        return (), ()
    metrics = evaluate_metrics(script, statement, model.manifest.task, classes_of(model))
    return targets_of(script, statement, model, database), metrics


# ---- permutation -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Shuffled:
    """Rows with one column in another order."""

    rows: HasRows
    leaf: Leaf
    order: NDArray[np.int64]

    def column(self, leaf: Leaf) -> Column:
        found = self.rows.column(leaf)
        return found.take(self.order) if leaf == self.leaf else found


def _permutation(asked: _Asked, params: Params) -> pa.Table:
    """One row a column that the model reads, and metric: how much worse the metric is when the column is shuffled.

    scikit-learn's permutation_importance of the whole pipeline with the same seed (Breiman, 2001).
    """
    model, rows = asked.model, asked.rows
    known = feature_parts(model, rows)
    base = score(model.estimator, stacked(model, known), asked.target, asked.metrics).values
    seed = int(np.random.RandomState(params["seed"]).randint(np.iinfo(np.int32).max + 1))
    found: list[tuple[str, str, float, float]] = []
    for leaf in inputs_of(model):
        kept = {feature: parts for feature, parts in known.items() if leaf not in set(leaves(feature))}
        drops: dict[str, list[float]] = {metric.name: [] for metric in asked.metrics}
        for order in _orders(len(rows), seed, params["n_repeats"]):
            parts = feature_parts(model, _Shuffled(rows, leaf, order), kept)
            worse = score(model.estimator, stacked(model, parts), asked.target, asked.metrics).values
            for metric in asked.metrics:
                drops[metric.name].append((base[metric.name] - worse[metric.name]) * metric.sign)
        found += [(leaf.name, name, float(np.mean(each)), float(np.std(each))) for name, each in drops.items()]
    return _ranked(found, [metric.name for metric in asked.metrics])


def _orders(rows: int, seed: int, repeats: int) -> Sequence[NDArray[np.int64]]:
    """Orders of the rows: each shuffles the one before, as scikit-learn shuffles a column again and again."""
    random, shuffle, order = np.random.RandomState(seed), np.arange(rows), np.arange(rows)
    made = []
    for _ in range(repeats):
        random.shuffle(shuffle)
        order = order[shuffle]
        made.append(order)
    return made


def _ranked(found: Sequence[tuple[str, str, float, float]], metrics: Sequence[str]) -> pa.Table:
    """Most important first, metric by metric."""
    rows = sorted(found, key=lambda one: (metrics.index(one[1]), -one[2]))
    ranks = [1 + sum(other[1] == one[1] for other in rows[:at]) for at, one in enumerate(rows)]
    return pa.table(
        {
            "rank": pa.array(ranks, pa.int32()),
            "feature": pa.array([one[0] for one in rows], pa.string()),
            "metric": pa.array([one[1] for one in rows], pa.string()),
            "importance": pa.array([one[2] for one in rows], pa.float64()),
            "importance_std": pa.array([one[3] for one in rows], pa.float64()),
        }
    )


# ---- what the estimator itself says ----------------------------------------------------------------------------------


def _coefficients(asked: _Asked, _params: Params) -> pa.Table:
    """One row a column of the model's matrix, and class where there are several, with its coefficient; then the
    intercept."""
    manifest, estimator = asked.model.manifest, asked.model.estimator
    if not hasattr(estimator, "coef_"):
        raise _NotFor(f"{manifest.estimator} has no coefficients")
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    constants = np.broadcast_to(np.atleast_1d(np.asarray(getattr(estimator, "intercept_", 0.0))), len(weights))
    names = [*manifest.names, "(intercept)"]
    classes = _class_names(asked.model, len(weights))
    return pa.table(
        {
            "feature": pa.array(names * len(weights), pa.string()),
            "class": pa.array([name for name in classes for _ in names], pa.string()),
            "coefficient": np.column_stack([weights, constants]).reshape(-1),
        }
    )


def _class_names(model: StoredModel, count: int) -> list[str | None]:
    """The class that each row of coefficients is for: of two classes the second."""
    if model.classes is None:
        return [None] * count
    names = list(model.classes.names)
    return [names[-1]] if count == 1 else list(names)


def _importances(asked: _Asked, _params: Params) -> pa.Table:
    """One row a column of the model's matrix: the estimator's own measure of how much it uses it."""
    manifest, estimator = asked.model.manifest, asked.model.estimator
    if not hasattr(estimator, "feature_importances_"):
        raise _NotFor(f"{manifest.estimator} does not say how much it uses its columns")
    values = np.asarray(estimator.feature_importances_, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    return pa.table(
        {
            "rank": pa.array(range(1, len(values) + 1), pa.int32()),
            "feature": pa.array([manifest.names[at] for at in order], pa.string()),
            "importance": values[order],
        }
    )


# ---- contributions ---------------------------------------------------------------------------------------------------


def _shap(asked: _Asked, _params: Params) -> pa.Table:
    """The head's rows, and what each feature of the select list adds to a row's prediction: `base` and all
    `shap_<feature>` add up to it (Lundberg and Lee, 2017). For two classes it is the raw score, in log odds.
    """
    model, rows = asked.model, asked.rows
    features = model.manifest.features
    if len(model.manifest.labels or ()) > 2:
        raise _NotFor("contributions are to one number: for a regression, or two classes")
    parts = feature_parts(model, rows)
    found = contributions(model.estimator, stacked(model, parts)) if len(rows) else np.zeros((0, 1))
    if found is None:
        raise _NotFor(f"contributions are for linear models, LightGBM and XGBoost, not for {model.manifest.estimator}")
    columns, names, at = [pa.array(np.ascontiguousarray(found[:, -1]))], ["base"], 0
    for feature in features:
        width = _width(parts[feature]) if len(rows) else 0
        columns.append(pa.array(found[:, at : at + width].sum(axis=1)))
        names.append(f"shap_{feature.name}")
        at += width
    return pa.Table.from_arrays([*rows.table.columns, *columns], names=[*rows.names, *names])


def _width(parts: Sequence[Any]) -> int:
    return sum(1 if isinstance(part, Column) else len(part.names) for part in parts)


EXPLAINERS: Mapping[str, Explainer] = {
    "permutation": Explainer(
        _permutation, {"n_repeats": (5, integer(low=1, high=1000)), "seed": (0, integer(low=0))}, compares=True
    ),
    "coefficients": Explainer(_coefficients, {}),
    "importances": Explainer(_importances, {}),
    "shap": Explainer(_shap, {}, by_row=True),
}
