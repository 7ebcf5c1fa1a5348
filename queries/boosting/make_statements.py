"""The statements: 24 configurations of each library, with one number of trees, or with three in the grid."""

from __future__ import annotations

from queries.boosting.make_data import FEATURES, TABLE

FOLDS = 5
FIXED, GRID = "100", "[50, 100, 200]"  # n_estimators of the first form, and of the second
SMALL = {"0.05, 0.1": "0.1", "15, 31, 63": "15", "4, 6, 8": "4"}  # what is left of each list in a quick run

LIGHTGBM = (
    "lightgbm_regressor(learning_rate => [0.05, 0.1], num_leaves => [15, 31, 63], min_child_samples => [20, 100], "
    "reg_lambda => [0, 1], n_estimators => {trees})"
)
XGBOOST = (
    "xgboost_regressor(learning_rate => [0.05, 0.1], max_depth => [4, 6, 8], min_child_weight => [1, 20], "
    "reg_lambda => [0, 1], n_estimators => {trees})"
)


def statement(trees: str, *, small: bool = False) -> str:
    """Both libraries over the whole table; `trees` is what n_estimators is set to. `small`: 8 configurations of 48."""
    models = f"{LIGHTGBM}, {XGBOOST}".format(trees=trees)
    if small:
        for whole, part in SMALL.items():
            models = models.replace(f"[{whole}]", part)
    return (
        f"SELECT {', '.join(FEATURES)}, y FROM {TABLE}\nTRAIN MODEL {models}\nTARGET y CROSS VALIDATE {FOLDS} METRIC r2"
    )
