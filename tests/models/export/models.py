"""Models for the tests of exports: every transform and estimator that has a form elsewhere, and rows that they have not
seen: NULL, categories that training had not.
"""

from __future__ import annotations

ROWS = """
CREATE OR REPLACE TABLE {name} AS SELECT i AS id, (i * 7919) % 13 AS a,
    CASE WHEN i % 11 <> 0 THEN (i * 31) % 17 / 3.0 END AS b,
    CASE WHEN i % 13 <> 0 THEN 'c' || (i * 17 % {kinds}) END AS c, (i * 37) % {levels} AS level, i % 2 = 0 AS flag,
    CASE WHEN i % 7 <> 0 THEN TIMESTAMP '2020-01-01 03:00:07.25' + INTERVAL (i * 37) HOUR END AS ts,
    1 + (i * 29) % 23 / 7.0 AS plus,
    ((i * 7919) % 13 * 2.0 + (i * 31) % 17 + 3 * ((i * 17) % 5) + sin(i))::DOUBLE AS y,
    (i * 7919) % 13 + 2 * sin(i) > 5 AS late, 'k' || ((i * 7919) % 13 // 5) AS word,
    ((i * 7919) % 13 // 5) * 10 AS grade
FROM range({first}, {last}) r(i)
"""
TRAINING = ROWS.format(name="t", kinds=5, levels=7, first=0, last=600)
OTHERS = ROWS.format(name="others", kinds=8, levels=9, first=5_000, last=25_000)

# by name: a SELECT list without the target; `complete` ones give no NULL
FEATURES = {
    "plain": "a, plus, flag",
    "scaled": "standard_scale(a) AS s, min_max_scale(plus, (-1, 1), clip => true) AS mm, max_abs_scale(a) AS ma, "
    "robust_scale(plus) AS r, clip_outliers(plus, 0.1, 0.9) AS o, standard_scale(impute(b, 'median')) AS b",
    "categories": "one_hot(c) AS oc, one_hot(level, drop => 'first') AS ol, target_encode(c) AS tc, "
    "count_encode(c, normalize => true) AS cc, ordinal(c, unknown_value => -2, encoded_missing_value => -1) AS o, "
    "one_hot(rare(c, 120)) AS rc, hash_encode(c, 4) AS h, one_hot(impute(c, 'most_frequent')) AS ic, "
    "one_hot(c, max_categories => 3) AS mc, missing_flag(b) AS m, one_hot(flag) AS of, missing_flag(c) AS mc2",
    "binned": "bin_uniform(a, 4) AS u, bin_quantile(plus, 5, encode => 'onehot-dense') AS q, bin_kmeans(a, 3) AS k",
    "shaped": "power_map(plus) AS p, quantile_map(plus, 20) AS q, "
    "power_map(plus, 'box-cox', standardize => false) AS bc",
    "together": "pca(standard_scale(a), impute(b), 2) AS p, svd(a, plus, 1) AS v, poly(a, plus, 2) AS po, "
    "row_normalize(a, plus) AS n, drop_constant(a, plus) AS dc, select_k(a, plus, k => 1) AS sk",
    "computed": "standard_scale(impute(b)) * 2 + a AS q, ln(a + 1) AS l, length(coalesce(c, '')) AS len",
}
FEATURES["times"] = "impute(date_parts(ts)) AS d, impute(date_parts(ts, ('month', 'week'), cyclic => true)) AS cy"
NULLS = "a, b, ordinal(c) AS o, one_hot(c) AS oc, date_parts(ts, 'month') AS mo"  # for models that take NULL
REGRESSORS = ("ridge(alpha => 0.5)", "lasso(alpha => 0.1)", "linear_svr(max_iter => 5000)")
TREES = (
    "decision_tree_regressor(max_depth => 5)",
    "random_forest_regressor(n_estimators => 7, max_depth => 6)",
    "extra_trees_regressor(n_estimators => 5, max_depth => 6)",
    "hist_gradient_boosting_regressor(max_iter => 12)",
    "lightgbm_regressor(n_estimators => 15, min_child_samples => 5)",
    "xgboost_regressor(n_estimators => 15, max_depth => 4)",
)
CLASSIFIERS = (
    ("logistic_regression(max_iter => 2000)", "late"),
    ("logistic_regression(max_iter => 2000)", "word"),
    ("ridge_classifier()", "word"),
    ("gaussian_nb()", "grade"),
    ("decision_tree_classifier(max_depth => 4)", "word"),
    ("random_forest_classifier(n_estimators => 6, max_depth => 5)", "late"),
    ("gradient_boosting_classifier(n_estimators => 6)", "word"),
    ("hist_gradient_boosting_classifier(max_iter => 6)", "word"),
    ("lightgbm_classifier(n_estimators => 6, min_child_samples => 5)", "late"),
    ("lightgbm_classifier(n_estimators => 6, min_child_samples => 5)", "word"),
    ("xgboost_classifier(n_estimators => 6, max_depth => 3)", "late"),
    ("xgboost_classifier(n_estimators => 6, max_depth => 3)", "word"),
)
