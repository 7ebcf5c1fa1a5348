# numbers are scaled and text is encoded by BigQuery itself
CREATE OR REPLACE MODEL `shop.prices`
OPTIONS (model_type = "linear_reg", input_label_cols = ["price"], data_split_method = 'RANDOM', data_split_eval_fraction = 0.25)
AS SELECT * FROM `shop.houses` WHERE city != "New York"
----
-- models stand in no schema here: shop.prices is prices
CREATE OR REPLACE MODEL prices AS
SELECT standard_scale(vectorize(*)), price FROM (SELECT * FROM shop.houses WHERE city != 'New York')
TRAIN MODEL linear_regression()
TARGET price
HOLDOUT 0.25
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
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
CREATE MODEL m AS
SELECT standard_scale(impute(income, strategy => 'median')) AS income,
  min_max_scale(age), max_abs_scale(age), robust_scale(age, quantile_range => (10, 90), with_centering => TRUE, with_scaling => FALSE),
  one_hot(city, max_categories => 21, min_frequency => 5) AS city, ordinal(street),
  bin_quantile(age, n_bins => 4), poly(age, income + 1, degree => 2, include_bias => FALSE), -- products
  * EXCLUDE (income, age, city, street) FROM (SELECT * FROM houses)
TRAIN MODEL ridge(alpha => 0.5)
TARGET price
SPLIT BY "is test"
====
# penalties: a lasso, an elastic net
CREATE MODEL IF NOT EXISTS a OPTIONS (model_type = 'LINEAR_REG', l1_reg = 0.5, l2_reg = 0, data_split_method = 'RANDOM') AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'LINEAR_REG', l1_reg = 1, l2_reg = 3, fit_intercept = FALSE, data_split_method = 'RANDOM') AS SELECT * FROM t;
----
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
CREATE MODEL IF NOT EXISTS a AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL lasso(alpha => 0.5)
TARGET label
HOLDOUT 0.2;
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
CREATE MODEL b AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL elastic_net(alpha => 4.0, l1_ratio => 0.25, fit_intercept => FALSE)
TARGET label
HOLDOUT 0.2;
====
# without a penalty, with each, and classes weighed
CREATE MODEL a OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', class_weights = [STRUCT('yes', 2.0), STRUCT('no', 1)]) AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', l2_reg = 0.5, auto_class_weights = TRUE) AS SELECT * FROM t;
CREATE MODEL c OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', l1_reg = 0.5) AS SELECT * FROM t;
CREATE MODEL d OPTIONS (model_type = 'LOGISTIC_REG', data_split_method = 'RANDOM', l1_reg = 1, l2_reg = 3) AS SELECT * FROM t
----
CREATE MODEL a AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(penalty => NULL, class_weight => {'yes': 2.0, 'no': 1})
TARGET label
HOLDOUT 0.2;
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
CREATE MODEL b AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(C => 2.0, class_weight => 'balanced')
TARGET label
HOLDOUT 0.2;
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
CREATE MODEL c AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(C => 2.0, l1_ratio => 1.0, solver => 'saga')
TARGET label
HOLDOUT 0.2;
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
CREATE MODEL d AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(C => 0.25, l1_ratio => 0.25, solver => 'saga')
TARGET label
HOLDOUT 0.2
====
# what does not change the model is told
CREATE MODEL m OPTIONS (model_type = 'LOGISTIC_REG', max_iterations = 50, learn_rate = 0.1, warm_start = FALSE, -- as before
  enable_global_explain
  = TRUE, data_split_method = 'NO_SPLIT') AS SELECT * FROM t
----
-- as before
-- NO_SPLIT: the model is of all rows, as always here; its scores are those of CROSS VALIDATE 5
-- left out, as it does not change the model: max_iterations = 50
-- left out, as it does not change the model: learn_rate = 0.1
-- left out, as it does not change the model: warm_start = FALSE
-- left out, as it does not change the model: enable_global_explain = TRUE
CREATE MODEL m AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(penalty => NULL)
TARGET label
====
# a search: ranges, candidates, what is searched for
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_CLASSIFIER', input_label_cols = ['y'], num_trials = 20, max_parallel_trials = 4,
  max_tree_depth = HPARAM_RANGE(2, 8), learn_rate = HPARAM_RANGE(0.01, 0.3), l2_reg = HPARAM_RANGE(0.1, 10), subsample = HPARAM_CANDIDATES([0.5, 1.0]),
  booster_type = HPARAM_CANDIDATES(['GBTREE', 'DART']), hparam_tuning_objectives = ['ROC_AUC', 'LOG_LOSS'], early_stop = FALSE,
  data_split_method = 'SEQ', data_split_col = 'day', instance_weight_col = 'weight') AS SELECT * FROM t
----
-- VIZIER_DEFAULT became SEARCH BAYES, which learns from the trials before by optuna's TPE
-- left out, as it does not change the model: max_parallel_trials = 4
-- left out, as it does not change the model: early_stop = FALSE
CREATE MODEL m AS
SELECT vectorize(* EXCLUDE (day, weight)), y FROM (SELECT * FROM t)
TRAIN MODEL xgboost_classifier(learning_rate => choose_float(0.01, 0.3), max_depth => choose_int(2, 8), subsample => [0.5, 1.0], reg_lambda => choose_float(0.1, 10, log => TRUE), booster => ['gbtree', 'dart'], n_estimators => 20)
TARGET y
WEIGHT weight
HOLDOUT 0.2 ORDER BY day
METRIC roc_auc, log_loss
SEARCH BAYES 20 TRIALS
====
# the penalty of a logistic regression is searched as its inverse
CREATE MODEL m OPTIONS (model_type = 'LOGISTIC_REG', num_trials = 10, hparam_tuning_algorithm = 'RANDOM_SEARCH', l2_reg = HPARAM_RANGE(0.5, 4)) AS SELECT * FROM t;
CREATE MODEL n OPTIONS (model_type = 'LOGISTIC_REG', num_trials = 10, hparam_tuning_algorithm = 'GRID_SEARCH', l2_reg = HPARAM_CANDIDATES([0.5, 4])) AS SELECT * FROM t;
CREATE MODEL o OPTIONS (model_type = 'LINEAR_REG', num_trials = 10, hparam_tuning_algorithm = 'RANDOM_SEARCH', l2_reg = HPARAM_RANGE(0, 4)) AS SELECT * FROM t
----
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
-- AUTO_SPLIT holds out 20 percent here, whatever the number of rows
CREATE MODEL m AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(C => choose_float(0.25, 2.0, log => TRUE))
TARGET label
HOLDOUT 0.2
SEARCH RANDOM 10 TRIALS;
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
-- AUTO_SPLIT holds out 20 percent here, whatever the number of rows
-- GRID_SEARCH tries every combination here, also where there are more than 10
CREATE MODEL n AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL logistic_regression(C => [2.0, 0.25])
TARGET label
HOLDOUT 0.2
SEARCH GRID;
-- penalties may be scaled otherwise than BigQuery's: the best value may be another
-- AUTO_SPLIT holds out 20 percent here, whatever the number of rows
CREATE MODEL o AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL ridge(alpha => choose_float(0, 4))
TARGET label
HOLDOUT 0.2
SEARCH RANDOM 10 TRIALS
====
# trees: BigQuery's defaults that are not the library's are written
CREATE MODEL a OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', data_split_method = 'RANDOM', early_stop = FALSE, max_iterations = 50) AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', data_split_method = 'RANDOM') AS SELECT * FROM t;
CREATE MODEL e OPTIONS (model_type = 'BOOSTED_TREE_CLASSIFIER', data_split_method = 'RANDOM', early_stop = TRUE) AS SELECT * FROM t;
CREATE MODEL c OPTIONS (model_type = 'RANDOM_FOREST_REGRESSOR', data_split_method = 'RANDOM', num_parallel_tree = 50, tree_method = 'HIST', early_stop = TRUE) AS SELECT * FROM t;
CREATE MODEL d OPTIONS (model_type = 'RANDOM_FOREST_CLASSIFIER', data_split_method = 'RANDOM', category_encoding_method = 'ONE_HOT_ENCODING', max_tree_depth = 4) AS SELECT * FROM t
----
-- left out, as it does not change the model: early_stop = FALSE
CREATE MODEL a AS
SELECT vectorize(*), label FROM (SELECT * FROM t)
TRAIN MODEL xgboost_regressor(n_estimators => 50)
TARGET label
HOLDOUT 0.2;
-- it stops after a round that betters nothing, by a tenth of the training rows; BigQuery by min_rel_progress
CREATE MODEL b AS
SELECT vectorize(*), label FROM (SELECT * FROM t)
TRAIN MODEL xgboost_regressor(n_estimators => 20)
TARGET label
HOLDOUT 0.2
WITH (early_stopping = 1);
-- it stops after a round that betters nothing, by a tenth of the training rows; BigQuery by min_rel_progress
CREATE MODEL e AS
SELECT vectorize(*), label FROM (SELECT * FROM t)
TRAIN MODEL xgboost_classifier(n_estimators => 20)
TARGET label
HOLDOUT 0.2
WITH (early_stopping = 1);
-- left out, as it does not change the model: early_stop = TRUE
CREATE MODEL c AS
SELECT vectorize(*), label FROM (SELECT * FROM t)
TRAIN MODEL xgboost_rf_regressor(n_estimators => 50, tree_method => 'hist', max_depth => 15, reg_lambda => 1.0)
TARGET label
HOLDOUT 0.2;
CREATE MODEL d AS
SELECT vectorize(*), label FROM (SELECT * FROM t)
TRAIN MODEL xgboost_rf_classifier(max_depth => 4, reg_lambda => 1.0)
TARGET label
HOLDOUT 0.2
====
# layers are one value, a tuple
CREATE MODEL a OPTIONS (model_type = 'DNN_REGRESSOR', hidden_units = [64, 32], activation_fn = 'SIGMOID', optimizer = 'SGD', batch_size = 32, early_stop = FALSE, data_split_method = 'RANDOM') AS SELECT * FROM t;
CREATE MODEL b OPTIONS (model_type = 'DNN_CLASSIFIER', num_trials = 2, hidden_units = HPARAM_CANDIDATES([STRUCT([16]), STRUCT([32, 16])]), learn_rate = HPARAM_RANGE(0.001, 0.1)) AS SELECT * FROM t
----
-- left out, as it does not change the model: early_stop = FALSE
CREATE MODEL a AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL mlp_regressor(hidden_layer_sizes => (64, 32), activation => 'logistic', solver => 'sgd', batch_size => 32, alpha => 0.0, max_iter => 20)
TARGET label
HOLDOUT 0.2;
-- AUTO_SPLIT holds out 20 percent here, whatever the number of rows
-- VIZIER_DEFAULT became SEARCH BAYES, which learns from the trials before by optuna's TPE
-- BigQuery may make fewer iterations: it stops where the loss falls by less than min_rel_progress
CREATE MODEL b AS
SELECT standard_scale(vectorize(*)), label FROM (SELECT * FROM t)
TRAIN MODEL mlp_classifier(hidden_layer_sizes => [row(16), (32, 16)], learning_rate_init => choose_float(0.001, 0.1), alpha => 0.0, max_iter => 20)
TARGET label
HOLDOUT 0.2
SEARCH BAYES 2 TRIALS
====
# the functions, and the target of a model that the script makes
CREATE MODEL shop.m OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['unit price'], data_split_method = 'RANDOM') AS (SELECT * FROM t);
SELECT * FROM ML.PREDICT(MODEL `shop.m`, (SELECT * FROM t LIMIT 3));
SELECT p.prediction FROM ML.PREDICT(MODEL other, TABLE `my-project.shop.t`) AS p;
SELECT * FROM ML.EVALUATE(MODEL shop.m, (SELECT * FROM t));
SELECT * FROM ML.TRANSFORM(MODEL m, TABLE t);
SELECT * FROM ML.EXPLAIN_PREDICT(MODEL m, TABLE t);
CREATE TABLE x AS SELECT * FROM ML.TRIAL_INFO(MODEL m);
SELECT * FROM ML.FEATURE_INFO(MODEL m);
DROP MODEL IF EXISTS m;
----
-- models stand in no schema here: shop.m is m
CREATE MODEL m AS
SELECT standard_scale(vectorize(*)), "unit price" FROM (SELECT * FROM t)
TRAIN MODEL linear_regression()
TARGET "unit price"
HOLDOUT 0.2;
SELECT * FROM t LIMIT 3 PREDICT MODEL m AS "predicted_unit price";
-- the column of predictions is called prediction: other is not made in this script
SELECT p.prediction FROM (FROM "my-project"."shop"."t" PREDICT MODEL other) AS p;
-- the metrics are those the model was trained with; METRIC names others
SELECT * FROM t EVALUATE MODEL m;
FROM t TRANSFORM MODEL m;
-- the columns are those of EXPLAIN MODEL … USING shap(): one a feature
FROM t EXPLAIN MODEL m USING shap();
CREATE TABLE x AS SELECT * FROM (FROM stratum.trials WHERE lower(model) = 'm');
SELECT * FROM (SELECT name, type FROM describe_model(model => m) WHERE property = 'input');
DROP MODEL IF EXISTS m;
====
# a prediction of predictions
SELECT * FROM ML.PREDICT(MODEL a, (SELECT * FROM ML.PREDICT(MODEL b, TABLE t)))
----
-- the column of predictions is called prediction: b is not made in this script
-- the column of predictions is called prediction: a is not made in this script
(FROM t PREDICT MODEL b) PREDICT MODEL a
====
# names, texts and comments are written in DuckDB's way; all other SQL stands
# one comment
SELECT `a b`, `select`, `x`, "it's", 'it\'s', r'\d', """a "b" c""", "\u00e9\t" -- # two
FROM t /* # three */ WHERE SAFE_CAST(x AS INT64) > 0x1F; # four
;
SELECT 1
----
-- one comment
SELECT "a b", "select", x, 'it''s', 'it''s', '\d', 'a "b" c', 'é	' -- # two
FROM t /* # three */ WHERE SAFE_CAST(x AS INT64) > 0x1F; -- four
;
SELECT 1
