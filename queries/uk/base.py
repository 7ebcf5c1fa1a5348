"""One pipeline of the workload as a script of its own, in plain scikit-learn and skrub: what `bench.py` compares with.

    python -m queries.uk.base rows.parquet 07_lightgbm_as_it_comes

Reads the table, cuts three folds (`KFold(3, shuffle=True, random_state=42)`), fits the whole pipeline on each fold's
training rows, scores the held-out ones, and prints one JSON object: `seconds`, from reading the table to the last
score (the imports before are not counted), and `scores`, r2 of each fold.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Self

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skrub import StringEncoder, TableVectorizer
from xgboost import XGBRegressor

SEED = 42
TARGET = "Price"
DATE = "Date of Transfer"
PERIODS = {"month": 12, "day": 30, "weekday": 7, "hour": 24}

Floats = NDArray[np.float64]


class MeanPrice(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Each value of each column by the mean of the target over its training rows; one not seen by the overall mean."""

    def fit(self, rows: pd.DataFrame, target: Floats) -> Self:
        prices = pd.Series(target, index=rows.index)
        self.overall_ = float(prices.mean())
        self.means_ = {name: prices.groupby(rows[name]).mean() for name in rows.columns}
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        return np.column_stack([rows[name].map(means).fillna(self.overall_) for name, means in self.means_.items()])


def date_numbers(rows: pd.DataFrame) -> Floats:
    """The date's five numbers, then the places of four of them on circles.

    These are rounded: the sines of 30 and 150 degrees differ in their last bit, and whether they still do when scaled
    depends on the order in which a mean was summed, which a tree would see.
    """
    when = pd.to_datetime(rows[DATE]).dt
    numbers = {
        "year": when.year,
        "month": when.month,
        "day": when.day,
        "weekday": when.dayofweek,
        "hour": when.hour,
    }
    circles = [
        turn(numbers[name] * 2 * np.pi / period).round(9)
        for name, period in PERIODS.items()
        for turn in (np.sin, np.cos)
    ]
    return np.column_stack([*numbers.values(), *circles]).astype(np.float64)


def nine_digits(values: Floats) -> Floats:
    """Rounded: a place not seen in training gets the overall mean, which scaled is 0 but for the last bits of a sum,
    and for LightGBM the sign of a number matters, however near 0 it is."""
    rounded: Floats = values.round(9)
    return rounded


def by_hand() -> Any:
    """Attempts 1 to 4."""
    places = ["District", "County", "Town"]
    texts = ["Property Type", "Old/New", "Town", "District", "County"]
    return ColumnTransformer(
        [
            ("dates", make_pipeline(FunctionTransformer(date_numbers), StandardScaler()), [DATE]),
            ("means", make_pipeline(MeanPrice(), StandardScaler(), FunctionTransformer(nine_digits)), places),
            *((f"text of {name}", StringEncoder(random_state=SEED), name) for name in texts),
        ]
    )


def as_it_comes() -> Any:
    """Attempts 5 to 8 and the second search.

    skrub's columns are in single precision. They are widened before anything else sees them, because the solvers of
    Ridge and ElasticNet, and StandardScaler, would compute in single precision too; trees see the same numbers.
    """
    return make_pipeline(
        TableVectorizer(high_cardinality=StringEncoder(random_state=SEED)),
        FunctionTransformer(lambda table: table.to_numpy(dtype=np.float64)),
    )


def scaled() -> Any:
    return make_pipeline(as_it_comes(), StandardScaler())


def ridge(_threads: int, **params: Any) -> Any:
    return Ridge(random_state=SEED, **params)


def elastic_net(_threads: int, **params: Any) -> Any:
    return ElasticNet(random_state=SEED, **params)


def lightgbm(threads: int, **params: Any) -> Any:
    return LGBMRegressor(random_state=SEED, n_jobs=threads, verbose=-1, **params)


def xgboost(threads: int, **params: Any) -> Any:
    return XGBRegressor(random_state=SEED, n_jobs=threads, **params)


# the statement's file, without its ending: its columns and its model
PIPELINES: dict[str, tuple[Callable[[], Any], Callable[..., Any]]] = {
    "01_ridge_by_hand": (by_hand, ridge),
    "02_xgboost_by_hand": (by_hand, xgboost),
    "03_lightgbm_by_hand": (by_hand, lightgbm),
    "04_elastic_net_by_hand": (by_hand, elastic_net),
    "05_ridge_as_it_comes": (as_it_comes, ridge),
    "06_xgboost_as_it_comes": (as_it_comes, xgboost),
    "07_lightgbm_as_it_comes": (as_it_comes, lightgbm),
    "08_elastic_net_as_it_comes": (as_it_comes, elastic_net),
    "09_boosted_grid": (scaled, lightgbm),
}


def pipeline(name: str, threads: int, params: Mapping[str, Any]) -> Pipeline:
    """The unfitted pipeline of one statement, its model with these parameters and so many threads."""
    columns, model = PIPELINES[name]
    return Pipeline([("columns", columns()), ("model", model(threads, **params))])


def cross_validate(model: Callable[[], Any], table: pd.DataFrame) -> list[float]:
    """r2 of each fold of the table, its rows in the order given; `model` makes a fresh pipeline."""
    rows, price = table.drop(columns=TARGET), table[TARGET].to_numpy(dtype=np.float64)
    scores = []
    for train, test in KFold(3, shuffle=True, random_state=SEED).split(rows):
        fitted = model().fit(rows.iloc[train], price[train])
        scores.append(float(r2_score(price[test], fitted.predict(rows.iloc[test]))))
    return scores


def main(arguments: list[str] | None = None) -> int:
    """Run one pipeline and print its JSON object."""
    parser = argparse.ArgumentParser(description="One pipeline by itself, in plain scikit-learn and skrub.")
    parser.add_argument("table", help="a Parquet file of the table")
    parser.add_argument("pipeline", choices=PIPELINES)
    parser.add_argument("--params", type=json.loads, default={}, help="parameters of the model, as a JSON object")
    parser.add_argument("--threads", type=int, default=2, help="threads of LightGBM and XGBoost (default: %(default)s)")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # what the libraries say of convergence and of feature names
    start = perf_counter()
    table = pd.read_parquet(options.table).rename(columns={"Town/City": "Town"})
    scores = cross_validate(lambda: pipeline(options.pipeline, options.threads, options.params), table)
    print(json.dumps({"seconds": perf_counter() - start, "scores": {"r2": scores}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
