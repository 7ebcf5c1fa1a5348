# every argument of train_model
SELECT * FROM train_model((SELECT a FROM t), model => [ridge(alpha => [1, 2]), ols()], label => [y, z], weight => w, partition_by => [p, q], cross_validate => 5, shuffle => false, stratify_by => s, groups => g, order_by => o, gap => 1, repeat => 2, split_seed => 3, metrics => [r2, f_beta(beta => 2)], search => random, trials => 20, seed => 1, options => {device: 'gpu', 'n_jobs': 2}, name => m)
----
Train
SELECT a FROM t TRAIN MODEL ridge(alpha => [1, 2]), ols() TARGET y, z WEIGHT w PARTITION BY p, q CROSS VALIDATE 5 NO SHUFFLE STRATIFY BY s GROUPS g ORDER BY o GAP 1 REPEAT 2 SEED 3 METRIC r2, f_beta(beta => 2) SEARCH RANDOM 20 TRIALS SEED 1 WITH (device = 'gpu', n_jobs = 2) AS m
SELECT * FROM train_model((SELECT a FROM t), model => [ridge(alpha => [1, 2]), ols()], target => [y, z], weight => w, partition_by => [p, q], cross_validate => 5, shuffle => false, stratify_by => s, groups => g, order_by => o, gap => 1, repeat => 2, split_seed => 3, metric => [r2, f_beta(beta => 2)], search => random, trials => 20, seed => 1, options => {'device': 'gpu', 'n_jobs': 2}, name => m)
====
# one of each: no list is needed
FROM train_model((FROM t), model => ols, target => y, cross_validate => true, stratify => true, metric => r2)
----
Train
FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE STRATIFY METRIC r2
SELECT * FROM train_model((FROM t), model => ols(), target => y, cross_validate => true, stratify => true, metric => r2)
====
FROM train_model((FROM t), model => ols(), holdout => 0.25)
----
Train
FROM t TRAIN MODEL ols() HOLDOUT 0.25
SELECT * FROM train_model((FROM t), model => ols(), holdout => 0.25)
====
FROM train_model((FROM t), model => ols(), split_by => fold)
----
Train
FROM t TRAIN MODEL ols() SPLIT BY fold
SELECT * FROM train_model((FROM t), model => ols(), split_by => fold)
====
FROM train_model((FROM t), model => ols(), split => group_k_fold(n_splits => 3), groups => g)
----
Train
FROM t TRAIN MODEL ols() SPLIT group_k_fold(n_splits => 3) GROUPS g
SELECT * FROM train_model((FROM t), model => ols(), split => group_k_fold(n_splits => 3), groups => g)
====
FROM train_model((FROM t), model => ols(), search => grid_search())
----
Train
FROM t TRAIN MODEL ols() SEARCH grid_search()
SELECT * FROM train_model((FROM t), model => ols(), search => grid_search())
====
# `:=` is DuckDB's older arrow
CALL predict_model((FROM t), model := [a, b], options := {x: 1}, name := p)
----
Predict
FROM t PREDICT MODEL a, b WITH (x = 1) AS p
SELECT * FROM predict_model((FROM t), model => [a, b], options => {'x': 1}, name => p)
====
SELECT * FROM evaluate_model((FROM t), model => m, target => y, metric => [r2, mae], options => {x: 1})
----
Evaluate
FROM t EVALUATE MODEL m TARGET y METRIC r2, mae WITH (x = 1)
SELECT * FROM evaluate_model((FROM t), model => m, target => y, metric => [r2, mae], options => {'x': 1})
====
# a reserved word is a name in double quotes
FROM Train_Model((WITH d AS (FROM t) FROM d), model => ols(), name => "into")
----
Train
WITH d AS (FROM t) FROM d TRAIN MODEL ols() AS "into"
SELECT * FROM train_model((WITH d AS (FROM t) FROM d), model => ols(), name => "into")
