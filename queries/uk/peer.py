"""The first search in stratum-ai, to be run by the Python of an environment that has it (scikit-learn 1.8).

    /path/to/peer/bin/python queries/uk/peer.py rows.parquet

Reads the table as `bench.py` wrote it, cuts the same three folds, and prints one JSON object: `version`, `seconds`
(from the table to the last score; imports are not counted), and `scores`, the mean r2 of each pipeline by its
statement's name. Which pipeline a score belongs to is what the peer says. Nothing of this project is imported.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import stratum
from lightgbm import LGBMRegressor
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from xgboost import XGBRegressor

SEED = 42
DATE = "Date of Transfer"
PERIODS = {"month": 12, "day": 30, "weekday": 7, "hour": 24}
PLACES = ["District", "County", "Town"]
TEXTS = ["Property Type", "Old/New", "Town", "District", "County"]
MODELS = {
    "ridge": Ridge(random_state=SEED),
    "xgboost": XGBRegressor(random_state=SEED),
    "lightgbm": LGBMRegressor(random_state=SEED, verbose=-1),
    "elastic_net": ElasticNet(random_state=SEED),
}
NUMBERS = {"by_hand": 1, "as_it_comes": 5}  # the first statement of each set of columns


class MeanPrice(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Each value of each column by the mean of the target over its training rows; one not seen by the overall mean."""

    def fit(self, rows: pd.DataFrame, target: Any) -> MeanPrice:
        prices = pd.Series(np.asarray(target, dtype=np.float64), index=rows.index)
        self.overall_ = float(prices.mean())
        self.means_ = {name: prices.groupby(rows[name]).mean() for name in rows.columns}
        return self

    def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({f"{n}_price": rows[n].map(m).fillna(self.overall_) for n, m in self.means_.items()})


def with_dates(rows: Any) -> Any:
    """The date's five numbers, then the places of four of them on circles, in the peer's own operations."""
    when = rows[DATE].skb.apply_func(pd.to_datetime).dt
    numbers = {"year": when.year, "month": when.month, "day": when.day, "weekday": when.dayofweek, "hour": when.hour}
    circles = {
        f"{name}_{turn.__name__}": (numbers[name] * (2 * np.pi / period)).apply(turn)
        for name, period in PERIODS.items()
        for turn in (np.sin, np.cos)
    }
    return rows.assign(**numbers, **circles)[[*numbers, *circles]]


def by_hand(rows: Any, price: Any) -> Any:
    """Statements 1 to 4."""
    numbers = with_dates(rows)
    means = rows[PLACES].skb.apply(MeanPrice(), y=price)
    scaler = StandardScaler().set_output(transform="pandas")
    scaled = numbers.skb.concat([means], axis=1).skb.apply(scaler)
    return scaled.skb.concat([rows[TEXTS].skb.apply(stratum.StringEncoder(random_state=SEED))], axis=1)


def as_it_comes(rows: Any) -> Any:
    """Statements 5 to 8."""
    return rows.skb.apply(stratum.TableVectorizer(high_cardinality=stratum.StringEncoder(random_state=SEED)))


def search(path: str) -> Any:
    """The eight pipelines as one plan."""
    table = stratum.as_data_op(path).skb.apply_func(pd.read_parquet).rename(columns={"Town/City": "Town"})
    price = table["Price"].skb.mark_as_y()
    rows = table.drop("Price", axis=1).skb.mark_as_X()
    columns = stratum.choose_from(
        {"by_hand": by_hand(rows, price), "as_it_comes": as_it_comes(rows)}, name="columns"
    ).as_data_op()
    ends = {name: columns.skb.apply(model, y=price) for name, model in MODELS.items()}
    return stratum.choose_from(ends, name="model").as_data_op()


def statement(label: str) -> str:
    """The statement that a label of the peer means, such as `01_ridge_by_hand`. Raises ValueError if it is unclear."""
    kinds = [kind for kind in NUMBERS if kind in label]
    models = [name for name in MODELS if name in label]
    if len(kinds) != 1 or len(models) != 1:
        raise ValueError(f"the peer calls a pipeline {label!r}")
    return f"{NUMBERS[kinds[0]] + list(MODELS).index(models[0]):02}_{models[0]}_{kinds[0]}"


def main(arguments: list[str] | None = None) -> int:
    """Run the search and print its JSON object."""
    parser = argparse.ArgumentParser(description="The first search of the workload in stratum-ai.")
    parser.add_argument("table", help="a Parquet file of the table")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    start = perf_counter()
    with stratum.config(scheduler=True, implementation_selector="greedy"):
        found = search(options.table).skb.make_grid_search(
            fitted=True, cv=KFold(3, shuffle=True, random_state=SEED), scoring=make_scorer(r2_score)
        )
    seconds = perf_counter() - start
    scores = {statement(row["id"]): float(row["scores"]) for row in found.results_.to_dicts()}
    print(json.dumps({"version": stratum.__version__, "seconds": seconds, "scores": scores}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
