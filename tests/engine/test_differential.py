"""Every fold score equals scikit-learn's, run pipeline by pipeline on the same folds."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from stratum_sql.catalog.embedders import give_embedder
from stratum_sql.catalog.estimators import build, estimator, estimators, needs_several_targets
from stratum_sql.catalog.metrics import metrics
from stratum_sql.catalog.registry import transforms
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue
from stratum_sql.plan.query import Trial
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, ITERATIVE, board, check, expected, query_of

# ---- (a) every transform ---------------------------------------------------------------------------------------------

# Over NULLs, values that a fold does not train on ('Nowhere 3'), constants, non-ASCII text, dates, ints, bools, decimals.
EXAMPLES = {
    "bin_kmeans": ["bin_kmeans(num, 4)"],
    "bin_quantile": ["bin_quantile(num, 5), bin_quantile(price, 4)"],
    "bin_uniform": ["bin_uniform(num, 5, encode => 'onehot'), bin_uniform(whole, 3)"],
    "clip_outliers": ["clip_outliers(holes, 0.1, 0.9), clip_outliers(price, 0.05, 0.95)"],
    "count_encode": ["count_encode(city), count_encode(whole), count_encode(flag)"],
    "count_words": ["count_words(comment, 6)", "count_words(city)"],
    "date_parts": ["date_parts(day), date_parts(moment)", "date_parts(moment, ('week', 'hour', 'day_of_year'), cyclic => true)"],
    "drop_constant": ["drop_constant(const, num, whole)"],
    "hash_encode": ["hash_encode(city, 4)"],
    "hash_text": ["hash_text(comment, 16)"],
    "impute": ["impute(holes), impute(flag), impute(holes, 'median'), one_hot(impute(city, 'most_frequent'))"],
    "max_abs_scale": ["max_abs_scale(holes), max_abs_scale(const)"],
    "min_max_scale": ["min_max_scale(holes), min_max_scale(const), min_max_scale(huge)"],
    "missing_flag": ["missing_flag(holes), missing_flag(city), missing_flag(day), missing_flag(num)"],
    "one_hot": ["one_hot(city), one_hot(whole), one_hot(flag), one_hot(kind)", "one_hot(city, min_frequency => 5, drop => 'first')"],
    "ordinal": ["ordinal(city), ordinal(flag), ordinal(kind)"],
    "passthrough": ["passthrough(num), passthrough(holes)"],
    "pca": ["pca(standard_scale(num, price, whole), 2)"],
    "poly": ["poly(num, price, 2)"],
    "power_map": ["power_map(pos), power_map(num)"],
    "quantile_map": ["quantile_map(num, n_quantiles => 20), quantile_map(holes, n_quantiles => 30)"],
    "rare": ["one_hot(rare(city, 20)), ordinal(rare(comment, 3))"],
    "robust_scale": ["robust_scale(holes), robust_scale(const), robust_scale(price)"],
    "row_normalize": ["row_normalize(num, price)"],
    "select_k": ["select_k(num, price, whole, pos, 2)"],
    "standard_scale": ["standard_scale(holes), standard_scale(const), standard_scale(whole), standard_scale(price)"],
    "svd": ["svd(tfidf(comment), 3)", "svd(num, price, whole, 2)"],
    "target_encode": ["target_encode(city), target_encode(whole), target_encode(comment)"],
    "text_embed": ["text_embed(comment, 'length')"],
    "text_svd": ["text_svd(comment, 3)", "text_svd(city, 2)"],
    "tfidf": ["tfidf(comment)", "tfidf(city, analyzer => 'char_wb', ngram_range => (2, 3))"],
    "vectorize": ["vectorize(num, holes, city, flag, day, comment, cardinality_threshold => 8, n_components => 3)"],
}  # fmt: skip
CASES = [(name, items) for name, several in EXAMPLES.items() for items in several]


@pytest.fixture(scope="module", autouse=True)
def _embedder() -> None:
    give_embedder("length", lambda texts: np.array([[len(text), text.count("e")] for text in texts], dtype=np.float64))


def test_every_transform_is_tried() -> None:
    assert EXAMPLES.keys() == transforms().keys()


@pytest.mark.parametrize(("name", "items"), CASES)
def test_transform_under_a_tree(session: Session, name: str, items: str) -> None:
    check(session, f"SELECT {items}, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 4) TARGET y METRIC r2, mae SEED 3")


@pytest.mark.parametrize(("name", "items"), CASES)
def test_transform_under_ridge(session: Session, name: str, items: str) -> None:
    check(session, f"SELECT impute({items}), y FROM t TRAIN MODEL ridge TARGET y METRIC r2, mae CROSS VALIDATE 3 SEED 1")


@pytest.mark.parametrize(("name", "items"), CASES)
def test_transform_under_a_classifier(session: Session, name: str, items: str) -> None:
    check(
        session,
        f"SELECT {items}, level FROM t TRAIN MODEL decision_tree_classifier(max_depth => 3) "
        "TARGET level METRIC accuracy, f1_macro, roc_auc_ovr CROSS VALIDATE 3 SEED 2",
    )
