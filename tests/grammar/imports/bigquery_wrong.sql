# a model type with no equal
CREATE MODEL m OPTIONS (model_type = 'KMEANS') AS SELECT * FROM t
----
ParseError[not_supported]: the model type KMEANS has no equal here
  line 1, column 38
  CREATE MODEL m OPTIONS (model_type = 'KMEANS') AS SELECT * FROM t
                                       ^^^^^^^^
  hint: there are LINEAR_REG, LOGISTIC_REG, BOOSTED_TREE_REGRESSOR, BOOSTED_TREE_CLASSIFIER, RANDOM_FOREST_REGRESSOR, RANDOM_FOREST_CLASSIFIER, DNN_REGRESSOR, DNN_CLASSIFIER
====
CREATE MODEL m OPTIONS (model_type = 'LINER_REG') AS SELECT * FROM t
----
ParseError[not_supported]: the model type LINER_REG has no equal here; did you mean "LINEAR_REG"?
  line 1, column 38
  CREATE MODEL m OPTIONS (model_type = 'LINER_REG') AS SELECT * FROM t
                                       ^^^^^^^^^^^
====
CREATE MODEL m OPTIONS (input_label_cols = ['y']) AS SELECT * FROM t
----
ParseError[expected]: OPTIONS wants a model_type
  line 1, column 16
  CREATE MODEL m OPTIONS (input_label_cols = ['y']) AS SELECT * FROM t
                 ^^^^^^^
  hint: model_type = 'LINEAR_REG'
====
CREATE MODEL m AS SELECT * FROM t
----
ParseError[expected]: expected TRANSFORM (…) or OPTIONS (…) but found 'AS' in CREATE MODEL of BigQuery ML
  line 1, column 16
  CREATE MODEL m AS SELECT * FROM t
                 ^^
  hint: OPTIONS (model_type = 'LINEAR_REG', …)
====
# an option with no equal, and one that nobody knows
SELECT 1;
CREATE MODEL m OPTIONS (
  model_type = 'LINEAR_REG',
  category_encoding_method = 'DUMMY_ENCODING') AS SELECT * FROM t
----
ParseError[not_supported]: category_encoding_method has no equal but 'ONE_HOT_ENCODING'
  line 4, column 3
    category_encoding_method = 'DUMMY_ENCODING') AS SELECT * FROM t
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: say how in the SELECT list: TRANSFORM (ML.LABEL_ENCODER(x) OVER (), …)
====
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', max_tree_dept = 3) AS SELECT * FROM t
----
ParseError[not_supported]: the option max_tree_dept has no equal here; did you mean "max_tree_depth"?
  line 1, column 64
  CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', max_tree_dept = 3) AS SELECT * FROM t
                                                                 ^^^^^^^^^^^^^^^^^
====
CREATE MODEL m OPTIONS (model_type = 'DNN_REGRESSOR', hidden_units = [4], early_stop = TRUE) AS SELECT * FROM t
----
ParseError[not_supported]: the option early_stop has no equal here
  line 1, column 75
  ONS (model_type = 'DNN_REGRESSOR', hidden_units = [4], early_stop = TRUE) AS SELECT * FROM t
                                                         ^^^^^^^^^^^^^^^^^
  hint: early_stop = false
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', warm_start = TRUE) AS SELECT * FROM t
----
ParseError[not_supported]: the option warm_start has no equal here
  line 1, column 52
  CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', warm_start = TRUE) AS SELECT * FROM t
                                                     ^^^^^^^^^^^^^^^^^
  hint: leave it out: the model is trained anew
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', l2_reg = 1, L2_REG = 2) AS SELECT * FROM t
----
ParseError[clause_twice]: l2_reg stands twice in CREATE MODEL of BigQuery ML
  line 1, column 64
  CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', l2_reg = 1, L2_REG = 2) AS SELECT * FROM t
                                                                 ^^^^^^^^^^
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['a', 'b']) AS SELECT * FROM t
----
ParseError[not_supported]: input_label_cols names several columns
  line 1, column 52
  CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['a', 'b']) AS SELECT * FROM t
                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: one CREATE MODEL a column
====
# values of another kind
CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', max_tree_depth = 2.5) AS SELECT * FROM t
----
ParseError[expected]: max_tree_depth takes an integer
  line 1, column 81
  CREATE MODEL m OPTIONS (model_type = 'BOOSTED_TREE_REGRESSOR', max_tree_depth = 2.5) AS SELECT * FROM t
                                                                                  ^^^
====
CREATE MODEL m OPTIONS (model_type = 'DNN_REGRESSOR', hidden_units = [8], optimizer = 'FTRL') AS SELECT * FROM t
----
ParseError[expected]: optimizer takes one of ADAM, SGD; nothing else has an equal here
  line 1, column 87
  ype = 'DNN_REGRESSOR', hidden_units = [8], optimizer = 'FTRL') AS SELECT * FROM t
                                                         ^^^^^^
====
CREATE MODEL m OPTIONS (model_type = 'DNN_REGRESSOR') AS SELECT * FROM t
----
ParseError[expected]: hidden_units must be said: what BigQuery takes without it has no equal here
  line 1, column 16
  CREATE MODEL m OPTIONS (model_type = 'DNN_REGRESSOR') AS SELECT * FROM t
                 ^^^^^^^
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', l2_reg = HPARAM_RANGE(0.1, 1)) AS SELECT * FROM t
----
ParseError[expected]: HPARAM_RANGE wants num_trials
  line 1, column 52
  CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', l2_reg = HPARAM_RANGE(0.1, 1)) AS SELECT * FROM t
                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: num_trials = 20
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', num_trials = 2, l1_reg = 1, l2_reg = HPARAM_RANGE(0.1, 1)) AS SELECT * FROM t
----
ParseError[not_supported]: l2_reg cannot be searched beside another penalty
  line 1, column 80
  model_type = 'LINEAR_REG', num_trials = 2, l1_reg = 1, l2_reg = HPARAM_RANGE(0.1, 1)) AS SELECT * FROM t
                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: elastic_net(alpha => …, l1_ratio => …)
====
CREATE MODEL m OPTIONS (model_type = 'LOGISTIC_REG', num_trials = 2, l2_reg = HPARAM_RANGE(0, 1)) AS SELECT * FROM t
----
ParseError[expected]: l2_reg takes a number above 0
  line 1, column 92
   'LOGISTIC_REG', num_trials = 2, l2_reg = HPARAM_RANGE(0, 1)) AS SELECT * FROM t
                                                         ^
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', data_split_method = 'SEQ') AS SELECT * FROM t
----
ParseError[expected]: SEQ wants data_split_col
  line 1, column 52
  CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', data_split_method = 'SEQ') AS SELECT * FROM t
                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', num_trials = 2, hparam_tuning_objectives = ['R2']) AS SELECT * FROM t
----
ParseError[expected]: hparam_tuning_objectives takes one of MEAN_ABSOLUTE_ERROR, MEAN_SQUARED_ERROR, MEAN_SQUARED_LOG_ERROR, MEDIAN_ABSOLUTE_ERROR, R2_SCORE, EXPLAINED_VARIANCE, PRECISION, RECALL, ACCURACY, F1_SCORE, LOG_LOSS, ROC_AUC
  line 1, column 96
  NEAR_REG', num_trials = 2, hparam_tuning_objectives = ['R2']) AS SELECT * FROM t
                                                         ^^^^
====
CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG') AS (training_data AS (SELECT 1), custom_holiday AS (SELECT 2))
----
ParseError[expected]: expected a query but found 'training_data' in CREATE MODEL of BigQuery ML
  line 1, column 56
  CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG') AS (training_data AS (SELECT 1), custom_holiday AS (SELECT 
                                                         ^^^^^^^^^^^^^
====
# functions with no equal
SELECT * FROM ML.WEIGHTS(MODEL m)
----
ParseError[not_supported]: ML.WEIGHTS has no equal here
  line 1, column 15
  SELECT * FROM ML.WEIGHTS(MODEL m)
                ^^^^^^^^^^
  hint: SELECT … FROM … EXPLAIN MODEL name USING coefficients()
====
SELECT * FROM ML.PREDCT(MODEL m, TABLE t)
----
ParseError[not_supported]: ML.PREDCT has no equal here
  line 1, column 15
  SELECT * FROM ML.PREDCT(MODEL m, TABLE t)
                ^^^^^^^^^
  hint: did you mean ML.PREDICT?
====
SELECT * FROM ML.EVALUATE(MODEL m)
----
ParseError[expected]: expected ',' and a query in brackets, or TABLE name but found the end in ML.EVALUATE
  line 1, column 34
  SELECT * FROM ML.EVALUATE(MODEL m)
                                   ^
  hint: the scores it was chosen by: DESCRIBE MODEL name
====
SELECT * FROM ML.PREDICT(MODEL m, TABLE t, STRUCT(0.7 AS threshold))
----
ParseError[not_supported]: what follows the rows has no equal in ML.PREDICT
  line 1, column 42
  SELECT * FROM ML.PREDICT(MODEL m, TABLE t, STRUCT(0.7 AS threshold))
                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: leave it out
====
SELECT * FROM ML.PREDICT(MODEL m, t)
----
ParseError[expected]: expected a query in brackets, or TABLE name but found 't' in ML.PREDICT
  line 1, column 35
  SELECT * FROM ML.PREDICT(MODEL m, t)
                                    ^
====
CREATE MODEL m TRANSFORM (ML.BUCKETIZE(x, [1, 2])) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
ParseError[not_supported]: ML.BUCKETIZE has no equal here
  line 1, column 27
  CREATE MODEL m TRANSFORM (ML.BUCKETIZE(x, [1, 2])) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
                            ^^^^^^^^^^^^
  hint: CASE WHEN … THEN … END, or bin_quantile(x)
====
CREATE MODEL m TRANSFORM (ML.STANDARD_SCALER(x) OVER (PARTITION BY y)) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
ParseError[not_supported]: a window of ML.STANDARD_SCALER that is not OVER () has no equal
  line 1, column 49
  CREATE MODEL m TRANSFORM (ML.STANDARD_SCALER(x) OVER (PARTITION BY y)) OPTIONS (model_type = 'LINEAR_REG') AS 
                                                  ^^^^^^^^^^^^^^^^^^^^^
====
CREATE MODEL m TRANSFORM (ML.ONE_HOT_ENCODER(x, 'most_frequent') OVER ()) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
ParseError[not_supported]: ML.ONE_HOT_ENCODER drops the most frequent category, which has no equal here
  line 1, column 49
  CREATE MODEL m TRANSFORM (ML.ONE_HOT_ENCODER(x, 'most_frequent') OVER ()) OPTIONS (model_type = 'LINEAR_REG') 
                                                  ^^^^^^^^^^^^^^^
  hint: one_hot(x, drop => 'first')
====
CREATE MODEL m TRANSFORM (ML.LABEL_ENCODER(x, 10) OVER ()) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FROM t
----
ParseError[not_supported]: what stands here in ML.LABEL_ENCODER has no equal
  line 1, column 47
  CREATE MODEL m TRANSFORM (ML.LABEL_ENCODER(x, 10) OVER ()) OPTIONS (model_type = 'LINEAR_REG') AS SELECT * FRO
                                                ^^
  hint: ordinal(x)
====
EXPORT MODEL m OPTIONS (URI = 'gs://x')
----
ParseError[not_supported]: EXPORT MODEL is not supported yet
  line 1, column 1
  EXPORT MODEL m OPTIONS (URI = 'gs://x')
  ^^^^^^^^^^^^
====
# two models that would be one
DROP MODEL IF EXISTS a.m;
SELECT * FROM ML.TRIAL_INFO(MODEL a.m);
SELECT * FROM ML.TRIAL_INFO(MODEL b.m)
----
ParseError[not_supported]: models stand in no schema here, where this one and a.m would be one
  line 3, column 35
  SELECT * FROM ML.TRIAL_INFO(MODEL b.m)
                                    ^^^
====
# what cannot be read
SELECT 'it''s
----
ParseError[unterminated]: the text that opens here is never closed
  line 1, column 12
  SELECT 'it''s
             ^
====
SELECT `a
----
ParseError[unterminated]: the name that opens here is never closed
  line 1, column 8
  SELECT `a
         ^
====
SELECT (1
----
ParseError[unmatched_bracket]: this '(' is never closed
  line 1, column 8
  SELECT (1
         ^
====
SELECT b'\x00'
----
ParseError[not_supported]: bytes cannot be written here as BigQuery writes them
  line 1, column 8
  SELECT b'\x00'
         ^^^^^^^
  hint: '…'::BLOB
