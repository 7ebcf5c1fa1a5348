# the least: no clause, an estimator without brackets
SELECT a, y FROM t TRAIN MODEL ols
----
Train
SELECT a, y FROM t TRAIN MODEL ols()
SELECT * FROM train_model((SELECT a, y FROM t), model => ols())
====
# every clause, in another order, with synonyms
SELECT a, b FROM t
TRAIN MODEL ridge(alpha => [0.1, 1, 1_000]), lasso(alpha := .5, max_iter = 1e3)
INTO m
OPTIONS (device = 'gpu', Timeout := 60, n_jobs => -1)
SEED 1
SEARCH random 20
METRICS r2, f_beta(beta = 2)
CROSS VALIDATE 5 FOLDS SHUFFLE STRATIFY BY s SEED 3
PARTITION BY p, q.r
WEIGHT w
LABEL y, z
----
Train
SELECT a, b FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 1000]), lasso(alpha => 0.5, max_iter => 1000.0) TARGET y, z WEIGHT w PARTITION BY p, q.r CROSS VALIDATE 5 SHUFFLE STRATIFY BY s SEED 3 METRIC r2, f_beta(beta => 2) SEARCH RANDOM 20 TRIALS SEED 1 WITH (device = 'gpu', timeout = 60, n_jobs = -1) AS m
SELECT * FROM train_model((SELECT a, b FROM t), model => [ridge(alpha => [0.1, 1, 1000]), lasso(alpha => 0.5, max_iter => 1000.0)], target => [y, z], weight => w, partition_by => [p, q.r], cross_validate => 5, shuffle => true, stratify_by => s, split_seed => 3, metric => [r2, f_beta(beta => 2)], search => random, trials => 20, seed => 1, options => {'device': 'gpu', 'timeout': 60, 'n_jobs': -1}, name => m)
====
# the name first
FROM t TRAIN MODEL shop.m USING ridge() TARGET y
----
Train
FROM t TRAIN MODEL ridge() TARGET y AS shop.m
SELECT * FROM train_model((FROM t), model => ridge(), target => y, name => shop.m)
====
# estimators in brackets
FROM t TRAIN MODEL (ridge(), sklearn.linear_model.Ridge(alpha => 2)) TARGET y
----
Train
FROM t TRAIN MODEL ridge(), sklearn.linear_model.Ridge(alpha => 2) TARGET y
SELECT * FROM train_model((FROM t), model => [ridge(), sklearn.linear_model.Ridge(alpha => 2)], target => y)
====
# folds by default, in the order of a column
FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE NO SHUFFLE GROUPS shop ORDER BY day GAP 7 REPEAT 2
----
Train
FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE NO SHUFFLE GROUPS shop ORDER BY day GAP 7 REPEAT 2
SELECT * FROM train_model((FROM t), model => ridge(), target => y, cross_validate => true, shuffle => false, groups => shop, order_by => day, gap => 7, repeat => 2)
====
# SEED right after a split is the split's; on its own it stands before the split
FROM t TRAIN MODEL ridge() SEED 1 HOLDOUT 0.2 STRATIFY
----
Train
FROM t TRAIN MODEL ridge() SEED 1 HOLDOUT 0.2 STRATIFY
SELECT * FROM train_model((FROM t), model => ridge(), holdout => 0.2, stratify => true, seed => 1)
====
FROM t TRAIN MODEL ridge() HOLDOUT 0.2 SEED 3 SEED 4
----
Train
FROM t TRAIN MODEL ridge() SEED 4 HOLDOUT 0.2 SEED 3
SELECT * FROM train_model((FROM t), model => ridge(), holdout => 0.2, split_seed => 3, seed => 4)
====
# predefined folds
FROM t TRAIN MODEL ridge() TARGET y SPLIT BY "Fold No"
----
Train
FROM t TRAIN MODEL ridge() TARGET y SPLIT BY "Fold No"
SELECT * FROM train_model((FROM t), model => ridge(), target => y, split_by => "Fold No")
====
# any splitter
FROM t TRAIN MODEL ridge() SPLIT repeated_k_fold(n_splits => 5) SEED 0 METRIC mae SEED 1
----
Train
FROM t TRAIN MODEL ridge() SPLIT repeated_k_fold(n_splits => 5) SEED 0 METRIC mae SEED 1
SELECT * FROM train_model((FROM t), model => ridge(), split => repeated_k_fold(n_splits => 5), split_seed => 0, metric => mae, seed => 1)
====
# a search as a call
FROM t TRAIN MODEL ridge(alpha => choose_float(1e-3, 10, log => true)) SEARCH halving_search(factor => 3)
----
Train
FROM t TRAIN MODEL ridge(alpha => choose_float(0.001, 10, log => TRUE)) SEARCH halving_search(factor => 3)
SELECT * FROM train_model((FROM t), model => ridge(alpha => choose_float(0.001, 10, log => TRUE)), search => halving_search(factor => 3))
====
FROM t TRAIN MODEL ridge(alpha => choose_float(1, 10)) search bayes 30 trials
----
Train
FROM t TRAIN MODEL ridge(alpha => choose_float(1, 10)) SEARCH BAYES 30 TRIALS
SELECT * FROM train_model((FROM t), model => ridge(alpha => choose_float(1, 10)), search => bayes, trials => 30)
====
FROM t TRAIN MODEL ridge(alpha => choose_float(1, 10)) SEARCH bayes_search(n_trials => 30, batch_size => 4)
----
Train
FROM t TRAIN MODEL ridge(alpha => choose_float(1, 10)) SEARCH bayes_search(n_trials => 30, batch_size => 4)
SELECT * FROM train_model((FROM t), model => ridge(alpha => choose_float(1, 10)), search => bayes_search(n_trials => 30, batch_size => 4))
====
FROM t TRAIN MODEL ridge() SEARCH GRID
----
Train
FROM t TRAIN MODEL ridge() SEARCH GRID
SELECT * FROM train_model((FROM t), model => ridge(), search => grid)
====
# values: signs, lists, tuples, structs, texts, nested calls, quoted names
FROM t TRAIN MODEL e(-1, +2, 1e3, 'it''s', $$it's$$, TRUE, null, (1), (1,), (1, 2), (), row(3), [[1], [2, 3]], {a: 1, 'b c': {}}, choose(ridge(), ols), "A ""b""", s.x)
----
Train
FROM t TRAIN MODEL e(-1, 2, 1000.0, 'it''s', 'it''s', TRUE, NULL, 1, row(1), (1, 2), row(), row(3), [[1], [2, 3]], {'a': 1, 'b c': {}}, choose(ridge(), ols), "A ""b""", s.x)
SELECT * FROM train_model((FROM t), model => e(-1, 2, 1000.0, 'it''s', 'it''s', TRUE, NULL, 1, row(1), (1, 2), row(), row(3), [[1], [2, 3]], {'a': 1, 'b c': {}}, choose(ridge(), ols), "A ""b""", s.x))
====
# columns whose names are clauses of ours
SELECT target, label, seed FROM train TRAIN MODEL ridge() TARGET target WEIGHT label PARTITION BY seed
----
Train
SELECT target, label, seed FROM train TRAIN MODEL ridge() TARGET target WEIGHT label PARTITION BY seed
SELECT * FROM train_model((SELECT target, label, seed FROM train), model => ridge(), target => target, weight => label, partition_by => seed)
====
# heads that end in every way a query can
SELECT a FROM t ORDER BY a DESC TRAIN MODEL ols
----
Train
SELECT a FROM t ORDER BY a DESC TRAIN MODEL ols()
SELECT * FROM train_model((SELECT a FROM t ORDER BY a DESC), model => ols())
====
SELECT a FROM t LIMIT 10 % TRAIN MODEL ols
----
Train
SELECT a FROM t LIMIT 10 % TRAIN MODEL ols()
SELECT * FROM train_model((SELECT a FROM t LIMIT 10 %), model => ols())
====
FROM t SELECT * TRAIN MODEL ols
----
Train
FROM t SELECT * TRAIN MODEL ols()
SELECT * FROM train_model((FROM t SELECT *), model => ols())
====
VALUES (1, 2), (3, 4) TRAIN MODEL ols
----
Train
VALUES (1, 2), (3, 4) TRAIN MODEL ols()
SELECT * FROM train_model((VALUES (1, 2), (3, 4)), model => ols())
====
SELECT 1 UNION ALL (SELECT 2) TRAIN MODEL ols
----
Train
SELECT 1 UNION ALL (SELECT 2) TRAIN MODEL ols()
SELECT * FROM train_model((SELECT 1 UNION ALL (SELECT 2)), model => ols())
====
WITH d AS (SELECT 1 AS x) FROM d WHERE x IN ('TRAIN MODEL y') TRAIN MODEL ols
----
Train
WITH d AS (SELECT 1 AS x) FROM d WHERE x IN ('TRAIN MODEL y') TRAIN MODEL ols()
SELECT * FROM train_model((WITH d AS (SELECT 1 AS x) FROM d WHERE x IN ('TRAIN MODEL y')), model => ols())
====
SELECT CASE WHEN a THEN b END TRAIN MODEL ols
----
Train
SELECT CASE WHEN a THEN b END TRAIN MODEL ols()
SELECT * FROM train_model((SELECT CASE WHEN a THEN b END), model => ols())
====
SELECT [1, 2][1], {'a': 1} TRAIN MODEL ols
----
Train
SELECT [1, 2][1], {'a': 1} TRAIN MODEL ols()
SELECT * FROM train_model((SELECT [1, 2][1], {'a': 1}), model => ols())
====
# letters that are more than one byte, a comment that ends nowhere near, dollar quotes, parameters
SELECT 'é😀;' AS "ä", $1, $$ TRAIN MODEL $$, E'a\'b' /* a /* b */ TRAIN MODEL */ FROM t -- TRAIN MODEL
TRAIN MODEL ridge(name => '😀') TARGET "ä"
----
Train
SELECT 'é😀;' AS "ä", $1, $$ TRAIN MODEL $$, E'a\'b' /* a /* b */ TRAIN MODEL */ FROM t TRAIN MODEL ridge(name => '😀') TARGET "ä"
SELECT * FROM train_model((SELECT 'é😀;' AS "ä", $1, $$ TRAIN MODEL $$, E'a\'b' /* a /* b */ TRAIN MODEL */ FROM t), model => ridge(name => '😀'), target => "ä")
====
# words of SQL as the names of arguments, and as names in double quotes
FROM t TRAIN MODEL e(binary => true, "select" => 1, left = 2) TARGET "left" WEIGHT "order"."by"
----
Train
FROM t TRAIN MODEL e(binary => TRUE, "select" => 1, left => 2) TARGET "left" WEIGHT "order"."by"
SELECT * FROM train_model((FROM t), model => e(binary => TRUE, "select" => 1, left => 2), target => "left", weight => "order"."by")
