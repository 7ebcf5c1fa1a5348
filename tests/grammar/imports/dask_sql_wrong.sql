CREATE MODEL m WITH (target_column = 'y') AS (SELECT * FROM t)
----
ParseError[expected]: WITH wants a model_class
  line 1, column 16
  CREATE MODEL m WITH (target_column = 'y') AS (SELECT * FROM t)
                 ^^^^
  hint: model_class = 'sklearn.linear_model.Ridge'
====
# nothing to learn from
CREATE MODEL m WITH (model_class = 'sklearn.cluster.KMeans', n_clusters = 3) AS (SELECT * FROM t)
----
ParseError[not_supported]: a model without target_column has no equal here
  line 1, column 16
  CREATE MODEL m WITH (model_class = 'sklearn.cluster.KMeans', n_clusters = 3) AS (SELECT * FROM t)
                 ^^^^
  hint: target_column = 'y'
====
CREATE MODEL m WITH (model_class = 'dask_ml.linear_model.LinearRegression', target_column = 'y') AS (SELECT * FROM t)
----
ParseError[not_supported]: model_class names a class of dask-ml, which has no equal here
  line 1, column 22
  CREATE MODEL m WITH (model_class = 'dask_ml.linear_model.LinearRegression', target_column = 'y') AS (SELECT * 
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: scikit-learn's class
====
CREATE MODEL m WITH (model_class = 'Ridge()', target_column = 'y') AS (SELECT * FROM t)
----
ParseError[expected]: model_class takes the import path of a class
  line 1, column 36
  CREATE MODEL m WITH (model_class = 'Ridge()', target_column = 'y') AS (SELECT * FROM t)
                                     ^^^^^^^^^
====
CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y', fit_kwargs = (sample_weight = 'w')) AS (SELECT * FROM t)
----
ParseError[not_supported]: fit_kwargs has no equal here
  line 1, column 66
  EL m WITH (model_class = 'Ridge', target_column = 'y', fit_kwargs = (sample_weight = 'w')) AS (SELECT * FROM t
                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: weights of rows are a clause: WEIGHT column
====
CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y', alpha) AS (SELECT * FROM t)
----
ParseError[expected]: expected name = value but found 'alpha' in CREATE MODEL of dask-sql
  line 1, column 66
  CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y', alpha) AS (SELECT * FROM t)
                                                                   ^^^^^
====
CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y') AS ()
----
ParseError[expected]: expected a query but found the end in CREATE MODEL of dask-sql
  line 1, column 70
  CREATE MODEL m WITH (model_class = 'Ridge', target_column = 'y') AS ()
                                                                       ^
====
CREATE MODEL m AS (SELECT * FROM t)
----
ParseError[expected]: expected WITH (…) but found 'AS' in CREATE MODEL of dask-sql
  line 1, column 16
  CREATE MODEL m AS (SELECT * FROM t)
                 ^^
  hint: WITH (model_class = 'sklearn.linear_model.Ridge', target_column = 'y')
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', automl_class = 'tpot.TPOTRegressor', target_column = 'y') AS (SELECT * FROM t)
----
ParseError[not_supported]: automl_class has no equal here
  line 1, column 50
  CREATE EXPERIMENT e WITH (model_class = 'Ridge', automl_class = 'tpot.TPOTRegressor', target_column = 'y') AS 
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: name estimators: TRAIN MODEL ridge(), lasso()
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'HalvingGridSearchCV', tune_parameters = (alpha = ARRAY [1, 2]), target_column = 'y') AS (SELECT * FROM t)
----
ParseError[not_supported]: experiment_class takes GridSearchCV or RandomizedSearchCV; no other has an equal here
  line 1, column 50
  CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'HalvingGridSearchCV', tune_parameters = (
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'GridSearchCV', tune_parameters = ARRAY [1], target_column = 'y') AS (SELECT * FROM t)
----
ParseError[expected]: tune_parameters wants (name = ARRAY [..], …)
  line 1, column 103
  , experiment_class = 'GridSearchCV', tune_parameters = ARRAY [1], target_column = 'y') AS (SELECT * FROM t)
                                                         ^^^^^^^^^
  hint: tune_parameters = (alpha = ARRAY [0.1, 1])
====
CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'GridSearchCV', tune_parameters = (alpha = ARRAY [1, 2]), experiment_kwargs = (error_score = 0), target_column = 'y') AS (SELECT * FROM t)
----
ParseError[not_supported]: experiment_kwargs says error_score, which has no equal here
  line 1, column 127
  idSearchCV', tune_parameters = (alpha = ARRAY [1, 2]), experiment_kwargs = (error_score = 0), target_column = 
                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
====
EXPORT MODEL m WITH (format = 'pickle', location = 'm.pkl')
----
ParseError[not_supported]: EXPORT MODEL is not supported yet
  line 1, column 1
  EXPORT MODEL m WITH (format = 'pickle', location = 'm.pkl')
  ^^^^^^^^^^^^
====
SELECT * FROM PREDICT(MODEL m)
----
ParseError[expected]: expected ',' and a query but found the end in PREDICT of dask-sql
  line 1, column 30
  SELECT * FROM PREDICT(MODEL m)
                               ^
====
SELECT 'x
----
ParseError[unterminated]: the text that opens here is never closed
  line 1, column 8
  SELECT 'x
         ^
