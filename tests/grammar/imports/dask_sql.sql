CREATE OR REPLACE MODEL my_model WITH (
  model_class = 'sklearn.ensemble.GradientBoostingClassifier',
  wrap_predict = True, -- by Dask
  target_column = 'target',
  n_estimators = 50
) AS (
  SELECT x, y, x * y > 0 AS target FROM timeseries LIMIT 100
);
SELECT * FROM PREDICT(MODEL my_model, SELECT x, y FROM timeseries);
----
-- by Dask
-- left out, as it does not change the model: wrap_predict = True
CREATE OR REPLACE MODEL my_model AS
SELECT x, y, x * y > 0 AS target FROM timeseries LIMIT 100
TRAIN MODEL gradient_boosting_classifier(n_estimators => 50)
TARGET target;
SELECT x, y FROM timeseries PREDICT MODEL my_model AS target;
====
# a list is one value, which is a tuple here
CREATE MODEL IF NOT EXISTS m WITH (model_class = 'MLPRegressor', target_column = 'y', hidden_layer_sizes = ARRAY [8, 4], fit_kwargs = ()) AS (SELECT * FROM t)
----
CREATE MODEL IF NOT EXISTS m AS
SELECT * FROM t
TRAIN MODEL mlp_regressor(hidden_layer_sizes => (8, 4))
TARGET y
====
# other libraries, and a class of the host program
CREATE MODEL a WITH (model_class = 'xgboost.XGBRegressor', target_column = 'y', max_depth = 3) AS (SELECT * FROM t);
CREATE MODEL b WITH (model_class = 'cuml.linear_model.LogisticRegression', target_column = 'y', C = 0.5, class_weight = MAP ['yes', 2, 'no', 1]) AS (SELECT * FROM t);
CREATE MODEL c WITH (model_class = 'shop.models.Prices', target_column = 'unit price', mode = 'fast') AS (SELECT * FROM t)
----
CREATE MODEL a AS SELECT * FROM t TRAIN MODEL xgboost_regressor(max_depth => 3) TARGET y;
CREATE MODEL b AS
SELECT * FROM t
TRAIN MODEL logistic_regression(C => 0.5, class_weight => {'yes': 2, 'no': 1})
TARGET y;
CREATE MODEL c AS SELECT * FROM t TRAIN MODEL shop.models.Prices(mode => 'fast') TARGET "unit price"
====
# an experiment is a search, and keeps the best
CREATE EXPERIMENT my_exp WITH (
  model_class = 'sklearn.ensemble.GradientBoostingClassifier',
  experiment_class = 'sklearn.model_selection.GridSearchCV',
  tune_parameters = (n_estimators = ARRAY [16, 32], learning_rate = ARRAY [0.1, 0.01], max_depth = ARRAY [3, 4]),
  experiment_kwargs = (n_jobs = -1, cv = 3, scoring = 'accuracy'),
  target_column = 'target'
) AS (SELECT x, y, x * y > 0 AS target FROM timeseries)
----
CREATE MODEL my_exp AS
SELECT x, y, x * y > 0 AS target FROM timeseries
TRAIN MODEL gradient_boosting_classifier(n_estimators => [16, 32], learning_rate => [0.1, 0.01], max_depth => [3, 4])
TARGET target
CROSS VALIDATE 3
METRIC accuracy
SEARCH GRID
====
CREATE OR REPLACE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'RandomizedSearchCV', tune_parameters = (alpha = ARRAY [0.1, 1, 10]), experiment_kwargs = (n_iter = 2), target_column = 'y') AS (SELECT * FROM t);
CREATE EXPERIMENT f WITH (model_class = 'Ridge', experiment_class = 'RandomizedSearchCV', tune_parameters = (alpha = 1), target_column = 'y') AS (SELECT * FROM t)
----
CREATE OR REPLACE MODEL e AS
SELECT * FROM t
TRAIN MODEL ridge(alpha => [0.1, 1, 10])
TARGET y
SEARCH RANDOM 2 TRIALS;
CREATE MODEL f AS SELECT * FROM t TRAIN MODEL ridge(alpha => 1) TARGET y SEARCH RANDOM 10 TRIALS
====
# predictions of predictions, in a query
SELECT target, count(*) FROM PREDICT(MODEL m, SELECT x, target AS first FROM PREDICT(MODEL n, SELECT x FROM t)) GROUP BY target
----
SELECT target, count(*) FROM (SELECT x, target AS first FROM (SELECT x FROM t PREDICT MODEL n AS target) PREDICT MODEL m AS target) GROUP BY target
====
# what is the same in both stands
SHOW MODELS;
DESCRIBE MODEL m; -- one
DROP MODEL IF EXISTS m;
SELECT predict FROM t
----
SHOW MODELS;
DESCRIBE MODEL m; -- one
DROP MODEL IF EXISTS m;
SELECT predict FROM t
