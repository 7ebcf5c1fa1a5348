CREATE MODEL m WITH (target_column = 'y') AS (SELECT * FROM t)
----
====
# nothing to learn from
CREATE MODEL m WITH (model_class = 'sklearn.cluster.KMeans', n_clusters = 3) AS (SELECT * FROM t)
----
====
CREATE MODEL m WITH (model_class = 'dask_ml.linear_model.LinearRegression', target_column = 'y') AS (SELECT * FROM t)
----
====
CREATE MODEL m WITH (model_class = 'Ridge()', target_column = 'y') AS (SELECT * FROM t)
----
====
CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y', fit_kwargs = (sample_weight = 'w')) AS (SELECT * FROM t)
----
====
CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y', alpha) AS (SELECT * FROM t)
----
====
CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y') AS ()
----
====
CREATE MODEL m AS (SELECT * FROM t)
----
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', automl_class = 'tpot.TPOTRegressor', target_column = 'y') AS (SELECT * FROM t)
----
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'HalvingGridSearchCV', tune_parameters = (alpha = ARRAY [1, 2]), target_column = 'y') AS (SELECT * FROM t)
----
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'GridSearchCV', tune_parameters = ARRAY [1], target_column = 'y') AS (SELECT * FROM t)
----
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'GridSearchCV', tune_parameters = (alpha = ARRAY [1, 2]), experiment_kwargs = (error_score = 0), target_column = 'y') AS (SELECT * FROM t)
----
====
EXPORT MODEL m WITH (format = 'pickle', location = 'm.pkl')
----
====
SELECT * FROM PREDICT(MODEL m)
----
====
SELECT 'x
----
