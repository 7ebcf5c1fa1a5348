"""`stratum --dialect-reference`: what an agent must know of the dialect to write right statements at the first try.

The grammar, the names of the catalogue and a few examples, short enough for a prompt.
"""

from __future__ import annotations

import re
from importlib.resources import files

from stratum_sql.catalog.estimators import estimator, estimator_names
from stratum_sql.catalog.metrics import metrics
from stratum_sql.catalog.registry import transforms
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.catalog.splitters import splitter_names

_INTRODUCTION = """\
# stratum-sql: SQL that trains models

A DuckDB query, then a verb. Features are the SELECT list; transforms are function calls in it, fitted on the training
rows of each fold alone. Plain DuckDB statements run as they are. Send many statements together: what they share is
done once.

SELECT one_hot(carrier), standard_scale(impute(distance)) AS distance, date_parts(day), arr_delay
FROM flights WHERE arr_delay IS NOT NULL
TRAIN MODEL ridge(alpha => [0.1, 1, 10]), lightgbm_regressor(num_leaves => [31, 63])
TARGET arr_delay CROSS VALIDATE 5 METRIC r2, mae AS m;
SELECT * FROM (SELECT a, y FROM t TRAIN MODEL lasso(alpha => choose_float(0.001, 10, log => true)) TARGET y
    SEARCH RANDOM 20 TRIALS SEED 1) WHERE rank = 1;
SELECT choose(one_hot(c), target_encode(c)) AS c, optional(x) AS x, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.2;
FROM new_flights PREDICT MODEL m AS expected;
FROM flights EVALUATE MODEL m METRIC mae;
FROM flights EXPLAIN MODEL m USING permutation();
FROM new_flights PREDICT MODEL m@3, m@best, m@champion; -- a training AS m adds a version; m is the latest
PROMOTE MODEL m@3 TO champion; ROLLBACK MODEL m@champion; SHOW MODEL VERSIONS m; DROP MODEL m@2;

A training answers one row a trial: model, trial, estimator, params, <metric>_mean, <metric>_std, fold_scores,
fit_seconds, rank, status, error.

## Rules
* The target is selected, or is a column of the FROM clause, and is no feature.
* Text must be encoded, and NULL imputed for most models.
* Transforms stand in the outermost SELECT list only, may be nested, mixed with scalar SQL, and take COLUMNS('..') or *.
* [a, b] in a parameter are candidates; a tuple (100, 50) is one value. Parameters are given by name: name => value.
* Do joins, windows, aggregates and filters in SQL, in CTEs or subqueries.
* Parameters of estimators and splitters carry the libraries' names (scikit-learn, LightGBM, XGBoost).
* SEARCH HALVING drops trials early: all on few rows, the best third on three times as many, rung by rung.
* SEARCH BAYES 30 TRIALS proposes trials from the scores of those before (package optuna).
* WITH (early_stopping = 50, validation_fraction = 0.1) stops LightGBM and XGBoost by some of the training rows.
* PARTITION BY town: one model a group, ranked within it; a kept one predicts a row by its group's, NULL for a new one.
* TARGET a, b: one regression of several columns; PREDICT gives prediction_a, prediction_b.
"""


def dialect_reference() -> str:
    """The whole text, under 6,000 tokens."""
    parts = [
        _INTRODUCTION,
        "## Grammar\n" + _grammar(),
        "## Transforms (parameters and defaults after the columns)\n"
        + "\n".join(map(_transform, transforms().values())),
        "## Estimators\n" + _estimators(),
        "## Metrics\n" + ", ".join(metrics()),
        "## Splitters, for SPLIT\n" + ", ".join(splitter_names()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _grammar() -> str:
    """The productions of the statements; the core form, which says the same, is left out."""
    page = files("stratum_sql.grammar").joinpath("GRAMMAR.md").read_text(encoding="utf-8")
    found = re.search(r"```ebnf\n(.*?)```", page, re.S)
    assert found is not None
    return re.sub(r"[ \t]+", " ", found[1]).strip()


def _transforms() -> str:
    return "\n".join(map(_transform, transforms().values()))


def _transform(spec: TransformSpec) -> str:
    said = ", ".join(f"{one.name} => {_shown(one.default)}" for one in spec.parameters)
    return f"{spec.name}({said}): {spec.summary}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'"
        case tuple():
            return "(" + ", ".join(map(_shown, value)) + ")"
    return str(value)


def _estimators() -> str:
    """The names by task, without those that are another spelling of one."""
    tasks: dict[str, list[str]] = {"regression": [], "classification": []}
    seen: set[str] = set()
    for name in estimator_names():
        spec = estimator(name)
        if spec is not None and spec.path not in seen:
            seen.add(spec.path)
            tasks[spec.task].append(name)
    return "\n".join(f"{task}: {', '.join(names)}" for task, names in tasks.items())
