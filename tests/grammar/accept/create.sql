CREATE MODEL m AS FROM t TRAIN MODEL ridge() TARGET y
----
Train
CREATE MODEL m AS FROM t TRAIN MODEL ridge() TARGET y
SELECT * FROM create_model((FROM t), model => ridge(), target => y, name => m)
====
# every word
create or replace temporary model "My Model" as (select a, y from t train model ridge(alpha => [1, 2]), ols() label y cross validate 3 metric r2)
----
Train
CREATE OR REPLACE TEMP MODEL "My Model" AS select a, y from t TRAIN MODEL ridge(alpha => [1, 2]), ols() TARGET y CROSS VALIDATE 3 METRIC r2
SELECT * FROM create_model((select a, y from t), model => [ridge(alpha => [1, 2]), ols()], target => y, cross_validate => 3, metric => r2, name => "My Model", or_replace => true, temporary => true)
====
CREATE TEMP MODEL IF NOT EXISTS shop.m AS WITH d AS (FROM t) FROM d TRAIN MODEL ols() TARGET y SEED 3
----
Train
CREATE TEMP MODEL IF NOT EXISTS shop.m AS WITH d AS (FROM t) FROM d TRAIN MODEL ols() TARGET y SEED 3
SELECT * FROM create_model((WITH d AS (FROM t) FROM d), model => ols(), target => y, seed => 3, name => shop.m, temporary => true, if_not_exists => true)
====
# the core form
CALL create_model((SELECT a, y FROM t), model => ols, target => y, name => m)
----
Train
CREATE MODEL m AS SELECT a, y FROM t TRAIN MODEL ols() TARGET y
SELECT * FROM create_model((SELECT a, y FROM t), model => ols(), target => y, name => m)
====
FROM create_model((FROM t), model => [ols(), ridge()], name => m, or_replace => true, temporary => true, cross_validate => 3, seed => 1)
----
Train
CREATE OR REPLACE TEMP MODEL m AS FROM t TRAIN MODEL ols(), ridge() SEED 1 CROSS VALIDATE 3
SELECT * FROM create_model((FROM t), model => [ols(), ridge()], cross_validate => 3, seed => 1, name => m, or_replace => true, temporary => true)
====
# a query of models in its query
CREATE MODEL m AS SELECT p, y FROM (FROM t PREDICT MODEL n AS p) TRAIN MODEL ols() TARGET y
----
Nested
CREATE MODEL m AS SELECT p, y FROM (FROM t PREDICT MODEL n AS p) TRAIN MODEL ols() TARGET y
SELECT * FROM create_model((SELECT p, y FROM (SELECT * FROM predict_model((FROM t), model => n, name => p))), model => ols(), target => y, name => m)
====
CALL create_model((SELECT p, y FROM predict_model((FROM t), model => n, name => p)), model => ols(), target => y, name => m)
----
Nested
CREATE MODEL m AS SELECT p, y FROM (FROM t PREDICT MODEL n AS p) TRAIN MODEL ols() TARGET y
SELECT * FROM create_model((SELECT p, y FROM predict_model((FROM t), model => n, name => p)), model => ols(), target => y, name => m)
====
CREATE MODEL m AS WITH d AS (FROM t EVALUATE MODEL n) FROM d TRAIN MODEL ols()
----
Nested
CREATE MODEL m AS WITH d AS (FROM t EVALUATE MODEL n) FROM d TRAIN MODEL ols()
SELECT * FROM create_model((WITH d AS (SELECT * FROM evaluate_model((FROM t), model => n)) FROM d), model => ols(), name => m)
====
CREATE MODEL m AS FROM train_model((FROM t), model => ols(), target => y)
----
Train
CREATE MODEL m AS FROM t TRAIN MODEL ols() TARGET y
SELECT * FROM create_model((FROM t), model => ols(), target => y, name => m)
====
EXPLAIN CREATE MODEL m AS FROM t TRAIN MODEL ols() TARGET y
----
Explain
EXPLAIN CREATE MODEL m AS FROM t TRAIN MODEL ols() TARGET y
EXPLAIN SELECT * FROM create_model((FROM t), model => ols(), target => y, name => m)
====
EXPLAIN ANALYZE (FORMAT json) CREATE OR REPLACE MODEL m AS FROM t TRAIN MODEL ols() TARGET y
----
Explain
EXPLAIN ANALYZE (FORMAT json) CREATE OR REPLACE MODEL m AS FROM t TRAIN MODEL ols() TARGET y
EXPLAIN ANALYZE (FORMAT json) SELECT * FROM create_model((FROM t), model => ols(), target => y, name => m, or_replace => true)
