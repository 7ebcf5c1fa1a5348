# the best of a search
FROM (FROM t TRAIN MODEL ridge() TARGET y) WHERE rank = 1
----
Nested
FROM (FROM t TRAIN MODEL ridge() TARGET y) WHERE rank = 1
FROM (SELECT * FROM train_model((FROM t), model => ridge(), target => y)) WHERE rank = 1
====
# as a value, as a set
SELECT (FROM t EVALUATE MODEL m), 1 IN (FROM t PREDICT MODEL m)
----
Nested
SELECT (FROM t EVALUATE MODEL m), 1 IN (FROM t PREDICT MODEL m)
SELECT (SELECT * FROM evaluate_model((FROM t), model => m)), 1 IN (SELECT * FROM predict_model((FROM t), model => m))
====
CREATE OR REPLACE TEMP TABLE x AS SELECT a FROM t TRAIN MODEL ridge()
----
Nested
CREATE OR REPLACE TEMP TABLE x AS SELECT a FROM t TRAIN MODEL ridge()
CREATE OR REPLACE TEMP TABLE x AS SELECT * FROM train_model((SELECT a FROM t), model => ridge())
====
CREATE TABLE x AS (FROM t PREDICT MODEL m)
----
Nested
CREATE TABLE x AS (FROM t PREDICT MODEL m)
CREATE TABLE x AS (SELECT * FROM predict_model((FROM t), model => m))
====
CREATE TABLE x AS WITH d AS (FROM t) FROM (FROM d PREDICT MODEL m)
----
Nested
CREATE TABLE x AS WITH d AS (FROM t) FROM (FROM d PREDICT MODEL m)
CREATE TABLE x AS WITH d AS (FROM t) FROM (SELECT * FROM predict_model((FROM d), model => m))
====
INSERT INTO x SELECT a FROM t PREDICT MODEL m
----
Nested
INSERT INTO x SELECT a FROM t PREDICT MODEL m
INSERT INTO x SELECT * FROM predict_model((SELECT a FROM t), model => m)
====
INSERT INTO x (a, b) (FROM t PREDICT MODEL m) RETURNING a
----
Nested
INSERT INTO x (a, b) (FROM t PREDICT MODEL m) RETURNING a
INSERT INTO x (a, b) (SELECT * FROM predict_model((FROM t), model => m)) RETURNING a
====
INSERT INTO x BY NAME FROM t PREDICT MODEL m
----
Nested
INSERT INTO x BY NAME FROM t PREDICT MODEL m
INSERT INTO x BY NAME SELECT * FROM predict_model((FROM t), model => m)
====
WITH d AS (SELECT 1 AS a) INSERT INTO x FROM d PREDICT MODEL m
----
Nested
WITH d AS (SELECT 1 AS a) INSERT INTO x FROM d PREDICT MODEL m
WITH d AS (SELECT 1 AS a) INSERT INTO x SELECT * FROM predict_model((FROM d), model => m)
====
COPY (FROM t PREDICT MODEL m) TO 'x.parquet' (FORMAT parquet)
----
Nested
COPY (FROM t PREDICT MODEL m) TO 'x.parquet' (FORMAT parquet)
COPY (SELECT * FROM predict_model((FROM t), model => m)) TO 'x.parquet' (FORMAT parquet)
====
# a common table that trains, and one that it reads
WITH d AS (FROM t), e AS MATERIALIZED (FROM d TRAIN MODEL ridge()) SELECT * FROM e JOIN (FROM d PREDICT MODEL m) AS p USING (a)
----
Nested
WITH d AS (FROM t), e AS MATERIALIZED (FROM d TRAIN MODEL ridge()) SELECT * FROM e JOIN (FROM d PREDICT MODEL m) AS p USING (a)
WITH d AS (FROM t), e AS MATERIALIZED (SELECT * FROM train_model((FROM d), model => ridge())) SELECT * FROM e JOIN (SELECT * FROM predict_model((FROM d), model => m)) AS p USING (a)
====
# ours inside ours
FROM (FROM t PREDICT MODEL m) TRAIN MODEL ridge() TARGET p
----
Nested
FROM (FROM t PREDICT MODEL m) TRAIN MODEL ridge() TARGET p
SELECT * FROM train_model((FROM (SELECT * FROM predict_model((FROM t), model => m))), model => ridge(), target => p)
====
SELECT a FROM (FROM (FROM (FROM t PREDICT MODEL k) PREDICT MODEL m) TRAIN MODEL ridge()) AS r
----
Nested
SELECT a FROM (FROM (FROM (FROM t PREDICT MODEL k) PREDICT MODEL m) TRAIN MODEL ridge()) AS r
SELECT a FROM (SELECT * FROM train_model((FROM (SELECT * FROM predict_model((FROM (SELECT * FROM predict_model((FROM t), model => k))), model => m))), model => ridge())) AS r
====
# the core form as a table among others
SELECT r.* FROM train_model((FROM t), model => ridge()) AS r, evaluate_model((FROM t), model => m) AS e, LATERAL (SELECT 1)
----
Nested
SELECT r.* FROM (FROM t TRAIN MODEL ridge()) AS r, (FROM t EVALUATE MODEL m) AS e, LATERAL (SELECT 1)
SELECT r.* FROM train_model((FROM t), model => ridge()) AS r, evaluate_model((FROM t), model => m) AS e, LATERAL (SELECT 1)
====
SELECT * FROM a JOIN b ON a.x = f(b.x), predict_model((FROM t), model => m) WHERE a
----
Nested
SELECT * FROM a JOIN b ON a.x = f(b.x), (FROM t PREDICT MODEL m) WHERE a
SELECT * FROM a JOIN b ON a.x = f(b.x), predict_model((FROM t), model => m) WHERE a
====
# the core form inside the core form
FROM train_model((FROM predict_model((FROM t), model => m)), model => ridge(), target => p)
----
Nested
(FROM t PREDICT MODEL m) TRAIN MODEL ridge() TARGET p
SELECT * FROM train_model((SELECT * FROM predict_model((FROM t), model => m)), model => ridge(), target => p)
====
# brackets around a whole statement
(FROM t TRAIN MODEL ridge())
----
Train
FROM t TRAIN MODEL ridge()
SELECT * FROM train_model((FROM t), model => ridge())
====
((FROM t TRAIN MODEL ridge()))
----
Nested
((FROM t TRAIN MODEL ridge()))
((SELECT * FROM train_model((FROM t), model => ridge())))
====
SUMMARIZE (FROM t PREDICT MODEL m)
----
Nested
SUMMARIZE (FROM t PREDICT MODEL m)
SUMMARIZE (SELECT * FROM predict_model((FROM t), model => m))
====
UPDATE x SET a = (SELECT max(p) FROM (FROM t PREDICT MODEL m AS p))
----
Nested
UPDATE x SET a = (SELECT max(p) FROM (FROM t PREDICT MODEL m AS p))
UPDATE x SET a = (SELECT max(p) FROM (SELECT * FROM predict_model((FROM t), model => m, name => p)))
