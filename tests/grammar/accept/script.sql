# plain statements between ours stay as they are; empty ones are dropped
CREATE TABLE t AS SELECT 1 AS a;; -- a; b
FROM t TRAIN MODEL ols;
explain SELECT ';' AS "x;y"; vacuum ; FROM t PREDICT MODEL m; select $$;$$, f(';')
----
Plain
CREATE TABLE t AS SELECT 1 AS a
CREATE TABLE t AS SELECT 1 AS a
Train
FROM t TRAIN MODEL ols()
SELECT * FROM train_model((FROM t), model => ols())
Plain
explain SELECT ';' AS "x;y"
explain SELECT ';' AS "x;y"
Plain
vacuum
vacuum
Predict
FROM t PREDICT MODEL m
SELECT * FROM predict_model((FROM t), model => m)
Plain
select $$;$$, f(';')
select $$;$$, f(';')
