"""docs/estimators.md, written from the catalogue: estimators, metrics and splitters by name.

python -m stratum_sql.catalog.document_estimators > docs/estimators.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stratum_sql.catalog.estimators import ALIASES, estimators
from stratum_sql.catalog.metrics import metrics
from stratum_sql.catalog.parameter_rules import NOT_SETTABLE
from stratum_sql.catalog.spec import EstimatorSpec, MetricSpec, SplitterSpec, Task
from stratum_sql.catalog.splitters import splitters

_HEAD = """# Estimators, metrics, splitters

Written by `python -m stratum_sql.catalog.document_estimators`; a test compares it with the catalogue.

## Estimators

`TRAIN MODEL name(parameter => value, …)`. Names are compared without case; parameters carry the library's own names
and are checked, with their ranges, before anything runs. `random_state` is the statement's `SEED` unless it is set.
Where an estimator takes another, write a call: `bagging_classifier(estimator => ridge_classifier(alpha => 2))`;
where it takes several, a tuple: `voting_classifier(estimators => (ridge_classifier(), knn_classifier()))`.

LightGBM and XGBoost come with `pip install "stratum-sql[lightgbm]"` and `pip install "stratum-sql[xgboost]"`; their
parameters go by any name the library knows (`reg_lambda`, `lambda_l2`). LightGBM runs with `deterministic` and, unless
the statement says `force_row_wise`, `force_col_wise`, so that a run can be repeated bit for bit."""

_NOT_SETTABLE = """### What no statement can set

These belong to the program that runs the session, whichever estimator has them:"""

_METRICS = """## Metrics

`METRIC mae, r2`: the first one ranks. Values are scikit-learn's scorers', times -1 where it says *negated*. Without
`METRIC`: `r2` for regression, `roc_auc` for two classes, `accuracy` for more. A metric that cannot be computed is NULL,
with its reason. Losses over probabilities (`log_loss`, `brier_score`, `d2_…`) are over the training rows' classes:
held-out rows may lack a class, and must have no other. Left out are the scorers that compare clusterings, which
ignore which class is which, and those of several labels a row (`f1_samples`, …)."""

_SPLITTERS = """## Splitters

| clause | folds |
| --- | --- |
| none | `CROSS VALIDATE 5` |
| `CROSS VALIDATE k` | `k_fold`, for classification `stratified_k_fold`, shuffled by the seed |
| `… NO SHUFFLE` | the same, not shuffled |
| `… STRATIFY` | a numeric target in at most ten quantile bins, none smaller than the number of folds |
| `… STRATIFY BY c` | the column's values; NULL is one of them |
| `… GROUPS c` | `group_k_fold`, for classification `stratified_group_k_fold`, not shuffled unless `SHUFFLE` |
| `… REPEAT n` | n rounds, as `repeated_k_fold` and `repeated_stratified_k_fold` |
| `… ORDER BY c [GAP n]` | `time_series_split`: train on what comes before |
| `HOLDOUT f` | `shuffle_split`, for classification `stratified_shuffle_split`, with `GROUPS` `group_shuffle_split` |
| `HOLDOUT f ORDER BY c [GAP n]` | the last rows, their number rounded up; also with `NO SHUFFLE` |
| `SPLIT BY c` | one fold of words or booleans; of other values one fold each, in sorted order |
| `SPLIT name(..)` | any of those below; columns come from `GROUPS` and `STRATIFY BY` behind it |

The words of `SPLIT BY` are `train` and `training`, and `test`, `testing`, `val`, `valid`, `validation` and `holdout`,
in any case; of booleans, true is held out. Rows with NULL or -1 are never held out.

A class with fewer rows than there are folds is an error, where scikit-learn warns."""


def estimators_markdown() -> str:
    """The whole page, equal on every run."""
    return (
        "\n\n".join(
            [
                _HEAD,
                *_estimator_tables("regression", "Regressors"),
                *_estimator_tables("classification", "Classifiers"),
                "### Other names",
                _table(("name", "means"), ((f"`{alias}`", f"`{name}`") for alias, name in ALIASES.items())),
                _NOT_SETTABLE,
                _table(("reason", "parameters"), _reasons()),
                _METRICS,
                _table(("metric", "task", "scorer", "better"), (_metric_row(one) for one in metrics().values())),
                _SPLITTERS,
                _table(
                    ("splitter", "class", "parameters", "needs"), (_splitter_row(one) for one in splitters().values())
                ),
            ]
        )
        + "\n"
    )


def _estimator_tables(task: Task, title: str) -> list[str]:
    found = sorted(
        (one for one in estimators().values() if one.task == task), key=lambda one: (one.library != "sklearn", one.name)
    )
    return [f"### {title}", _table(("name", "class", "must be set"), (_estimator_row(one) for one in found))]


def _estimator_row(spec: EstimatorSpec) -> Sequence[str]:
    return f"`{spec.name}`", f"`{spec.path}`", ", ".join(f"`{name}`" for name in sorted(spec.required))


def _reasons() -> Iterable[Sequence[str]]:
    for reason in dict.fromkeys(NOT_SETTABLE.values()):
        yield reason, ", ".join(f"`{name}`" for name, why in NOT_SETTABLE.items() if why == reason)


def _metric_row(spec: MetricSpec) -> Sequence[str]:
    scorer = f"`{spec.scorer}`" + (", negated" if spec.sign < 0 else "")
    return f"`{spec.name}`", ", ".join(sorted(spec.tasks)), scorer, "higher" if spec.higher_is_better else "lower"


def _splitter_row(spec: SplitterSpec) -> Sequence[str]:
    parameters = [f"`{name}`" for name in sorted(spec.required)]
    parameters += [f"`{name} => {_sql(value)}`" for name, value in spec.defaults.items()]
    needs = [word for word, needed in (("groups", spec.needs_groups), ("classes", spec.needs_classes)) if needed]
    return f"`{spec.name}`", f"`{spec.path}`", ", ".join(parameters), ", ".join(needs)


def _sql(value: object) -> str:
    return "NULL" if value is None else str(value).lower()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


if __name__ == "__main__":
    print(estimators_markdown(), end="")
