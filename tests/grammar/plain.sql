SELECT train, model, predict, evaluate FROM t
FROM train model
FROM train AS model JOIN predict model2 ON true
SELECT * FROM a JOIN train model ON a.x = model.x
SELECT a FROM b, train model
SELECT 1::model
SELECT CAST(1 AS model)
SELECT 'x TRAIN MODEL y'
SELECT 1 -- TRAIN MODEL ridge()
SELECT /* FROM t PREDICT MODEL m */ 1
SELECT /* a /* FROM t PREDICT MODEL m */ */ 1
SELECT $$ FROM t PREDICT MODEL m $$
SELECT $x$ FROM t PREDICT MODEL m; $x$
SELECT E'\' TRAIN MODEL '
SELECT "TRAIN MODEL" FROM t
SELECT train.model, predict.evaluate FROM train, predict
SELECT model train, train model FROM t
SELECT 3 * train model FROM t
SELECT train(model), evaluate(model => 1) FROM predict(model => 2)
SELECT train_model, predict_model.x FROM predict_model
SELECT x.train_model(1)
DESCRIBE model
SHOW MODELS
SHOW TABLES
CREATE TABLE model (train INTEGER, predict VARCHAR)
CREATE TABLE train AS FROM model
CREATE VIEW model AS SELECT 1
DROP TABLE model
INSERT INTO model VALUES (1)
UPDATE train SET model = 1 WHERE predict
WITH d AS (SELECT 1) SELECT * FROM d
WITH train AS (SELECT 1), model AS (FROM train) FROM model
PIVOT t ON x USING sum(y)
FROM t SELECT a
VALUES (1), (2)
EXPLAIN SELECT 1
EXPLAIN ANALYZE SELECT 1
PREPARE p AS SELECT $1
EXECUTE p(1)
BEGIN
COMMIT
SET threads = 1
PRAGMA version
CALL pragma_version()
ATTACH ':memory:' AS model
USE model
CREATE MACRO train(model) AS model + 1
SELECT #1 FROM t
SELECT a->>'$.x', [x for x in y], {'a': 1}.a, lambda x: x FROM t
SELECT 1 WHERE x ~ 'TRAIN MODEL' AND y !~~ 'z'
SELECT 1e5, .5, 1_000, 0x1F
SELECT '😀', "é" FROM "ü"
(SELECT 1)
TABLE t
SUMMARIZE t
CHECKPOINT
VACUUM
UPDATE train model SET a = 1
DESCRIBE model
DESCRIBE model.x
SHOW models.x
DESCRIBE FROM model m
FROM (SHOW models)
SELECT show_models, drop_model AS begin_batch FROM batch
FROM other.show_models()
BEGIN
COMMIT
SELECT m@3, model @ 2, @x FROM t
SHOW model
SHOW promote
FROM promote model
SELECT rollback, versions, promote FROM model
ROLLBACK
