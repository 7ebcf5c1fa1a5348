# a block is the whole statement
FROM t TRAIN MODEL ols() TARGET y
----
FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y'))
====
# each verb, in either case
FROM t predict MODEL m; FROM t EVALUATE model m; FROM t Transform Model m; FROM t EXPLAIN MODEL m
----
FROM query(stratum_plan('FROM t predict MODEL m')); FROM query(stratum_plan('FROM t EVALUATE model m')); FROM query(stratum_plan('FROM t Transform Model m')); FROM query(stratum_plan('FROM t EXPLAIN MODEL m'))
====
# statements around it stay, with their white space and comments
SELECT 1;
-- first
FROM t -- rows; of t
  TRAIN MODEL ols() /* of y; */ TARGET y ; -- last
SELECT 'x; y'
----
SELECT 1;
-- first
FROM query(stratum_plan('FROM t -- rows; of t
  TRAIN MODEL ols() /* of y; */ TARGET y')) ; -- last
SELECT 'x; y'
====
# text with quotes is quoted by dollars
SELECT * FROM t WHERE c = 'it''s' TRAIN MODEL ols() TARGET y
----
FROM query(stratum_plan($stratum$SELECT * FROM t WHERE c = 'it''s' TRAIN MODEL ols() TARGET y$stratum$))
====
# by others, where it holds these dollars
SELECT $stratum$'$stratum$ FROM t TRAIN MODEL ols()
----
FROM query(stratum_plan($stratum1$SELECT $stratum$'$stratum$ FROM t TRAIN MODEL ols()$stratum1$))
====
# a subquery
SELECT * FROM (FROM t TRAIN MODEL ols() TARGET y) WHERE rank = 1
----
SELECT * FROM (FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y'))) WHERE rank = 1
====
# the inner block is rewritten first, and stands in the outer one
SELECT * FROM (FROM a TRAIN MODEL ols() TARGET y) PREDICT MODEL m
----
FROM query(stratum_plan($stratum$SELECT * FROM (FROM query(stratum_plan('FROM a TRAIN MODEL ols() TARGET y'))) PREDICT MODEL m$stratum$))
====
# common tables belong to the block that reads them
WITH a AS (FROM t TRAIN MODEL ols() TARGET y), b AS (SELECT 1) FROM a, b
----
WITH a AS (FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y'))), b AS (SELECT 1) FROM a, b
====
WITH a AS (SELECT 1 AS x) SELECT x FROM a PREDICT MODEL m
----
FROM query(stratum_plan('WITH a AS (SELECT 1 AS x) SELECT x FROM a PREDICT MODEL m'))
====
# a table of it, a view, rows, a prepared statement, a macro
CREATE OR REPLACE TABLE b AS FROM t TRAIN MODEL ols() TARGET y;
CREATE VIEW v AS SELECT x FROM t PREDICT MODEL m;
INSERT INTO b (x, y) SELECT x FROM t PREDICT MODEL m;
WITH a AS (FROM t) INSERT INTO b FROM a PREDICT MODEL m;
PREPARE p AS FROM t PREDICT MODEL m;
CREATE MACRO f(n) AS TABLE FROM t LIMIT n PREDICT MODEL m;
COPY (FROM t PREDICT MODEL m) TO 'f.csv'
----
CREATE OR REPLACE TABLE b AS FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y'));
CREATE VIEW v AS FROM query(stratum_plan('SELECT x FROM t PREDICT MODEL m'));
INSERT INTO b (x, y) FROM query(stratum_plan('SELECT x FROM t PREDICT MODEL m'));
WITH a AS (FROM t) INSERT INTO b FROM query(stratum_plan('FROM a PREDICT MODEL m'));
PREPARE p AS FROM query(stratum_plan('FROM t PREDICT MODEL m'));
CREATE MACRO f(n) AS TABLE FROM query(stratum_plan('FROM t LIMIT n PREDICT MODEL m'));
COPY (FROM query(stratum_plan('FROM t PREDICT MODEL m'))) TO 'f.csv'
====
# EXPLAIN and its like are DuckDB's
EXPLAIN FROM t TRAIN MODEL ols() TARGET y; EXPLAIN ANALYZE SELECT x FROM t PREDICT MODEL m;
EXPLAIN (FORMAT json) FROM t PREDICT MODEL m; DESCRIBE FROM t PREDICT MODEL m; SUMMARIZE FROM t PREDICT MODEL m
----
EXPLAIN FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y')); EXPLAIN ANALYZE FROM query(stratum_plan('SELECT x FROM t PREDICT MODEL m'));
EXPLAIN (FORMAT json) FROM query(stratum_plan('FROM t PREDICT MODEL m')); DESCRIBE FROM query(stratum_plan('FROM t PREDICT MODEL m')); SUMMARIZE FROM query(stratum_plan('FROM t PREDICT MODEL m'))
====
# statements told by their first words
SHOW MODELS LIKE 'a%'; SHOW MODEL VERSIONS m; DESCRIBE MODEL m; DESC MODEL "m";
DROP MODEL IF EXISTS m; PROMOTE MODEL m@3 TO best; ROLLBACK MODEL m; EXPORT MODEL m TO 'm.sql' (FORMAT sql); IMPORT MODEL m FROM 'm.json'
----
FROM query(stratum_plan($stratum$SHOW MODELS LIKE 'a%'$stratum$)); FROM query(stratum_plan('SHOW MODEL VERSIONS m')); FROM query(stratum_plan('DESCRIBE MODEL m')); FROM query(stratum_plan('DESC MODEL "m"'));
FROM query(stratum_plan('DROP MODEL IF EXISTS m')); FROM query(stratum_plan('PROMOTE MODEL m@3 TO best')); FROM query(stratum_plan('ROLLBACK MODEL m')); FROM query(stratum_plan($stratum$EXPORT MODEL m TO 'm.sql' (FORMAT sql)$stratum$)); FROM query(stratum_plan($stratum$IMPORT MODEL m FROM 'm.json'$stratum$))
====
# batches
BEGIN BATCH; FROM t TRAIN MODEL ols() TARGET y; EXPLAIN BATCH; EXPLAIN (FORMAT json) BATCH; COMMIT BATCH; ROLLBACK BATCH
----
FROM query(stratum_plan('BEGIN BATCH')); FROM query(stratum_plan('FROM t TRAIN MODEL ols() TARGET y')); FROM query(stratum_plan('EXPLAIN BATCH')); FROM query(stratum_plan('EXPLAIN (FORMAT json) BATCH')); FROM query(stratum_plan('COMMIT BATCH')); FROM query(stratum_plan('ROLLBACK BATCH'))
====
# CREATE MODEL is ours as a whole; blocks in its brackets are rewritten first
CREATE OR REPLACE TEMP MODEL m AS FROM (FROM t PREDICT MODEL a) TRAIN MODEL ols() TARGET y;
EXPLAIN CREATE MODEL IF NOT EXISTS m AS FROM t TRAIN MODEL ols() TARGET y
----
FROM query(stratum_plan($stratum$CREATE OR REPLACE TEMP MODEL m AS FROM (FROM query(stratum_plan('FROM t PREDICT MODEL a'))) TRAIN MODEL ols() TARGET y$stratum$));
EXPLAIN FROM query(stratum_plan('CREATE MODEL IF NOT EXISTS m AS FROM t TRAIN MODEL ols() TARGET y'))
====
# the core form
SELECT * FROM train_model((FROM t), model => ols(), target => y) AS a JOIN predict_model((FROM t), model => m) USING (x)
----
SELECT * FROM (FROM query(stratum_plan('FROM train_model((FROM t), model => ols(), target => y)'))) AS a JOIN (FROM query(stratum_plan('FROM predict_model((FROM t), model => m)'))) USING (x)
====
SELECT name FROM show_models(pattern => 'p%') WHERE score > 0.5; FROM other.show_models(); SELECT show_models(), drop_model FROM batch; FROM commit_batch()
----
SELECT name FROM (FROM query(stratum_plan($stratum$FROM show_models(pattern => 'p%')$stratum$))) WHERE score > 0.5; FROM other.show_models(); SELECT show_models(), drop_model FROM batch; FROM (FROM query(stratum_plan('FROM commit_batch()')))
====
# what can end a query
SELECT * FROM t ORDER BY x DESC TRAIN MODEL a; SELECT * TRAIN MODEL a; FROM t LIMIT 10 % TRAIN MODEL a; VALUES (1) TRAIN MODEL a; SELECT ? TRAIN MODEL a; SELECT [1] TRAIN MODEL a
----
FROM query(stratum_plan('SELECT * FROM t ORDER BY x DESC TRAIN MODEL a')); FROM query(stratum_plan('SELECT * TRAIN MODEL a')); FROM query(stratum_plan('FROM t LIMIT 10 % TRAIN MODEL a')); FROM query(stratum_plan('VALUES (1) TRAIN MODEL a')); FROM query(stratum_plan('SELECT ? TRAIN MODEL a')); FROM query(stratum_plan('SELECT [1] TRAIN MODEL a'))
====
# names with quotes, letters of all kinds, texts of all kinds
SELECT "a;""b", ü, E'\'; TRAIN MODEL x', x'00', $$;$$, $1, /* /* ; */ ' */ 1.5e-3 FROM "T" TRAIN MODEL a
----
FROM query(stratum_plan($stratum$SELECT "a;""b", ü, E'\'; TRAIN MODEL x', x'00', $$;$$, $1, /* /* ; */ ' */ 1.5e-3 FROM "T" TRAIN MODEL a$stratum$))
