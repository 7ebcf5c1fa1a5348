EXPLAIN FROM t TRAIN MODEL ridge() TARGET y
----
Explain
EXPLAIN FROM t TRAIN MODEL ridge() TARGET y
EXPLAIN SELECT * FROM train_model((FROM t), model => ridge(), target => y)
====
explain analyze FROM t PREDICT MODEL m
----
Explain
EXPLAIN ANALYZE FROM t PREDICT MODEL m
EXPLAIN ANALYZE SELECT * FROM predict_model((FROM t), model => m)
====
EXPLAIN (FORMAT JSON) FROM t EVALUATE MODEL m
----
Explain
EXPLAIN (FORMAT json) FROM t EVALUATE MODEL m
EXPLAIN (FORMAT json) SELECT * FROM evaluate_model((FROM t), model => m)
====
# DuckDB has ANALYZE inside the brackets too
EXPLAIN (ANALYZE, FORMAT json) FROM t TRAIN MODEL ridge()
----
Explain
EXPLAIN ANALYZE (FORMAT json) FROM t TRAIN MODEL ridge()
EXPLAIN ANALYZE (FORMAT json) SELECT * FROM train_model((FROM t), model => ridge())
====
# the core form
EXPLAIN ANALYZE SELECT * FROM train_model((FROM t), model => ridge())
----
Explain
EXPLAIN ANALYZE FROM t TRAIN MODEL ridge()
EXPLAIN ANALYZE SELECT * FROM train_model((FROM t), model => ridge())
====
# a statement that holds a query of ours
EXPLAIN SELECT * FROM (FROM t TRAIN MODEL ridge() TARGET y) WHERE rank = 1
----
Explain
EXPLAIN SELECT * FROM (FROM t TRAIN MODEL ridge() TARGET y) WHERE rank = 1
EXPLAIN SELECT * FROM (SELECT * FROM train_model((FROM t), model => ridge(), target => y)) WHERE rank = 1
====
# the bracket opens a query, not options
EXPLAIN (FROM t TRAIN MODEL ridge())
----
Explain
EXPLAIN FROM t TRAIN MODEL ridge()
EXPLAIN SELECT * FROM train_model((FROM t), model => ridge())
