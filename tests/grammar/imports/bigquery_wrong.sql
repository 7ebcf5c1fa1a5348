# a model type with no equal
CREATE MODEL m OPTIONS (model_type = 'KMEANS') AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINER_REG') AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (input_label_cols = ['y']) AS SELECT * FROM t
----
====
CREATE MODEL m AS SELECT * FROM t
----
====
# an option with no equal, and one that nobody knows
SELECT 1;
CREATE MODEL m OPTIONS (
  model_type = 'LINEAR_REG',
  category_encoding_method = 'DUMMY_ENCODING') AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', max_tree_dept = 3) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', early_stop = TRUE) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', warm_start = TRUE) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', l2_reg = 1, L2_REG = 2) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['a', 'b']) AS SELECT * FROM t
----
====
# values of another kind
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', max_tree_depth = 2.5) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'DNN_REGRESSOR', hidden_units = [8], optimizer = 'FTRL') AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'DNN_REGRESSOR') AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', l2_reg = HPARAM_RANGE(0.1, 1)) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', num_trials = 2, l1_reg = 1, l2_reg = HPARAM_RANGE(0.1, 1)) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LOGISTIC_REG', num_trials = 2, l2_reg = HPARAM_RANGE(0, 1)) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', data_split_method = 'SEQ') AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', num_trials = 2, hparam_tuning_objectives = ['R2']) AS SELECT * FROM t
----
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG') AS (training_data AS (SELECT 1), custom_holiday AS (SELECT 2))
----
====
# functions with no equal
SELECT * FROM ML.WEIGHTS(MODEL m)
----
====
SELECT * FROM ML.PREDCT(MODEL m, TABLE t)
----
====
SELECT * FROM ML.EVALUATE(MODEL m)
----
====
SELECT * FROM ML.PREDICT(MODEL m, TABLE t, STRUCT(0.7 AS threshold))
----
====
SELECT * FROM ML.PREDICT(MODEL m, t)
----
====
CREATE MODEL m TRANSFORM (ML.BUCKETIZE(x, [1, 2])) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
====
CREATE MODEL m TRANSFORM (ML.STANDARD_SCALER(x) OVER (PARTITION BY y)) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
====
CREATE MODEL m TRANSFORM (ML.ONE_HOT_ENCODER(x, 'most_frequent') OVER ()) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
====
CREATE MODEL m TRANSFORM (ML.LABEL_ENCODER(x, 10) OVER ()) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
====
EXPORT MODEL m OPTIONS (URI = 'gs://x')
----
====
# two models that would be one
DROP MODEL IF EXISTS a.m;
SELECT * FROM ML.TRIAL_INFO(MODEL a.m);
SELECT * FROM ML.TRIAL_INFO(MODEL b.m)
----
====
# what cannot be read
SELECT 'it''s
----
====
SELECT `a
----
====
SELECT (1
----
====
SELECT b'\x00'
----
