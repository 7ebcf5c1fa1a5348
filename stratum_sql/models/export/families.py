"""Which families of estimators have which formats: the table of the documentation, which a test tries out."""

from __future__ import annotations

from dataclasses import dataclass

ALL = ("sql", "skops", "onnx", "json", "python")


@dataclass(frozen=True, slots=True)
class Family:
    """Estimators of one form. `estimators` are calls as in TRAIN MODEL, the first of which stand for the rest in tests;
    `formats` those that there are; `single` those that predict in single precision there."""

    title: str
    estimators: tuple[str, ...]
    formats: tuple[str, ...]
    single: tuple[str, ...] = ()
    classifies: bool = False


_NO_GRAPH = ("sql", "skops", "json", "python")
_NO_SCRIPT = ("sql", "skops", "onnx", "json")
FAMILIES: tuple[Family, ...] = (
    Family("straight lines", ("ridge()", "lasso()", "elastic_net()", "linear_svr()", "ols()"), ALL),
    Family("exponentials of straight lines", ("poisson_regressor()", "gamma_regressor()"), _NO_SCRIPT),
    Family("logistic regression", ("logistic_regression()", "linear_discriminant_analysis()"), ALL, classifies=True),
    Family("linear borders", ("ridge_classifier()",), ALL, classifies=True),
    Family("linear support vectors", ("linear_svc()",), _NO_GRAPH, classifies=True),
    Family("naive Bayes", ("gaussian_nb()", "multinomial_nb()", "bernoulli_nb()"), ALL, classifies=True),
    Family("trees and forests", ("decision_tree_regressor()", "random_forest_regressor(n_estimators => 4)"),
           _NO_SCRIPT, single=("onnx",)),
    Family("classifying trees", ("decision_tree_classifier()", "random_forest_classifier(n_estimators => 4)"),
           _NO_SCRIPT, classifies=True),
    Family("gradient boosting", ("gradient_boosting_regressor(n_estimators => 4)",), _NO_SCRIPT, single=("onnx",)),
    Family("histogram gradient boosting", ("hist_gradient_boosting_regressor(max_iter => 4)",),
           ("sql", "skops", "json")),
    Family("LightGBM", ("lightgbm_regressor(n_estimators => 4)",), ("sql", "skops", "json")),
    Family("XGBoost", ("xgboost_regressor(n_estimators => 4)",), ("sql", "skops", "json")),
    Family("support vectors", ("svr()",), ("skops", "onnx", "json", "python"), single=("onnx",)),
    Family("neighbours", ("k_neighbors_regressor()",), ("skops",)),
)  # fmt: skip


def table() -> str:
    """The families as a table of Markdown."""
    head = f"| family | for example | {' | '.join(ALL)} |\n| --- | --- |{' --- |' * len(ALL)}\n"
    return head + "".join(_row(one) for one in FAMILIES)


def _row(one: Family) -> str:
    names = ", ".join(f"`{call.partition('(')[0]}`" for call in one.estimators)
    marks = ["single precision" if name in one.single else "yes" if name in one.formats else "" for name in ALL]
    return f"| {one.title} | {names} | {' | '.join(marks)} |\n"
