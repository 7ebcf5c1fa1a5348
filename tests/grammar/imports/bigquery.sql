# numbers are scaled and text is encoded by BigQuery itself
CREATE OR REPLACE MODEL `shop.prices`
OPTIONS (model_type = "linear_reg", input_label_cols = ["price"], data_split_method = 'RANDOM', data_split_eval_fraction = 0.25)
AS SELECT * FROM `shop.houses` WHERE city != "New York"
----
====
# TRANSFORM says what to do instead
CREATE MODEL m
TRANSFORM (
  ML.STANDARD_SCALER(ML.IMPUTER(income, 'median') OVER ()) OVER () AS income,
  ML.MIN_MAX_SCALER(age) OVER (), ML.MAX_ABS_SCALER(age) OVER (), ML.ROBUST_SCALER(age, [10, 90], TRUE, FALSE) OVER (),
  ML.ONE_HOT_ENCODER(city, 'none', 20, 5) OVER () AS city, ML.LABEL_ENCODER(street) OVER (),
  ML.QUANTILE_BUCKETIZE(age, 4) OVER (), ML.POLYNOMIAL_EXPAND(STRUCT(age AS a, income + 1 AS b), 2), -- products
  * EXCEPT (income, age, city, street)
)
OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['price'], l2_reg = 0.5, data_split_method = 'CUSTOM', data_split_col = 'is test')
AS SELECT * FROM houses
----
====
# penalties: a lasso, an elastic net
CREATE MODEL IF NOT EXISTS a OPTIONS (model_type = 'LINEAR_REG', l1_reg = 0.5, l2_reg = 0, data_split_method = 'RANDOM') AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'LINEAR_REG', l1_reg = 1, l2_reg = 3, fit_intercept = FALSE, data_split_method = 'RANDOM') AS SELECT * FROM t;
----
====
# without a penalty, with each, and classes weighed
CREATE MODEL a OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', class_weights = [STRUCT('yes', 2.0), STRUCT('no', 1)]) AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', l2_reg = 0.5, auto_class_weights = TRUE) AS SELECT * FROM t;
CREATE MODEL c OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', l1_reg = 0.5) AS SELECT * FROM t;
CREATE MODEL d OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', l1_reg = 1, l2_reg = 3) AS SELECT * FROM t
----
====
# what does not change the model is told
CREATE MODEL m OPTIONS (model_type = 'LOGISTIC_REG', max_iterations = 50, learn_rate = 0.1, warm_start = FALSE, -- as before
  enable_global_explain
  = TRUE, data_split_method = 'NO_SPLIT') AS SELECT * FROM t
----
====
# a search: ranges, candidates, what is searched for
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_CLASSIFIER', input_label_cols = ['y'], num_trials = 20, max_parallel_trials = 4,
  max_tree_depth = HPARAM_RANGE(2, 8), learn_rate = HPARAM_RANGE(0.01, 0.3), l2_reg = HPARAM_RANGE(0.1, 10), subsample = HPARAM_CANDIDATES([0.5, 1.0]),
  booster_type = HPARAM_CANDIDATES(['GBTREE', 'DART']), hparam_tuning_objectives = ['ROC_AUC', 'LOG_LOSS'], early_stop = FALSE,
  data_split_method = 'SEQ', data_split_col = 'day', instance_weight_col = 'weight') AS SELECT * FROM t
----
====
# the penalty of a logistic regression is searched as its inverse
CREATE MODEL m OPTIONS (model_type = 'LOGISTIC_REG', num_trials = 10, hparam_tuning_algorithm = 'RANDOM_SEARCH', l2_reg = HPARAM_RANGE(0.5, 4)) AS SELECT * FROM t;
CREATE MODEL n OPTIONS (model_type = 'LOGISTIC_REG', num_trials = 10, hparam_tuning_algorithm = 'GRID_SEARCH', l2_reg = HPARAM_CANDIDATES([0.5, 4])) AS SELECT * FROM t;
CREATE MODEL o OPTIONS (model_type = 'LINEAR_REG', num_trials = 10, hparam_tuning_algorithm = 'RANDOM_SEARCH', l2_reg = HPARAM_RANGE(0, 4)) AS SELECT * FROM t
----
====
# trees: BigQuery's defaults that are not the library's are written
CREATE MODEL a OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', data_split_method = 'RANDOM', early_stop = FALSE, max_iterations = 50) AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', data_split_method = 'RANDOM') AS SELECT * FROM t;
CREATE MODEL c OPTIONS (model_type = 'RANDOM_FOREST_REGRESSOR', data_split_method = 'RANDOM', num_parallel_tree = 50, tree_method = 'HIST', early_stop = TRUE) AS SELECT * FROM t;
CREATE MODEL d OPTIONS (model_type = 'RANDOM_FOREST_CLASSIFIER', data_split_method = 'RANDOM', max_tree_depth = 4) AS SELECT * FROM t
----
====
# layers are one value, a tuple
CREATE MODEL a OPTIONS (model_type = 'DNN_REGRESSOR', hidden_units = [64, 32], activation_fn = 'SIGMOID', optimizer = 'SGD', batch_size = 32, early_stop = FALSE, data_split_method = 'RANDOM') AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'DNN_CLASSIFIER', num_trials = 2, hidden_units = HPARAM_CANDIDATES([STRUCT([16]), STRUCT([32, 16])]), learn_rate = HPARAM_RANGE(0.001, 0.1)) AS SELECT * FROM t
----
====
# the functions, and the target of a model that the script makes
CREATE MODEL shop.m OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['unit price'], data_split_method = 'RANDOM') AS (SELECT * FROM t);
SELECT * FROM ML.PREDICT(MODEL `shop.m`, (SELECT * FROM t LIMIT 3));
SELECT p.prediction FROM ML.PREDICT(MODEL other, TABLE `my-project.shop.t`) AS p;
SELECT * FROM ML.EVALUATE(MODEL shop.m, (SELECT * FROM t));
SELECT * FROM ML.TRANSFORM(MODEL m, TABLE t);
CREATE TABLE x AS SELECT * FROM ML.TRIAL_INFO(MODEL m);
SELECT * FROM ML.FEATURE_INFO(MODEL m);
DROP MODEL IF EXISTS m;
----
====
# a prediction of predictions
SELECT * FROM ML.PREDICT(MODEL a, (SELECT * FROM ML.PREDICT(MODEL b, TABLE t)))
----
====
# names, texts and comments are written in DuckDB's way; all other SQL stands
# one comment
SELECT `a b`, `select`, `x`, "it's", 'it\'s', r'\d', """a "b" c""", "\u00e9\t" -- # two
FROM t /* # three */ WHERE SAFE_CAST(x AS INT64) > 0x1F; # four
;
SELECT 1
----
