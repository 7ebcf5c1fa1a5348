# the least
FROM t PREDICT MODEL m
----
Predict
FROM t PREDICT MODEL m
SELECT * FROM predict_model((FROM t), model => m)
====
# every clause
SELECT * FROM t PREDICT MODEL a, shop.b AS p WITH (threads = 2)
----
Predict
SELECT * FROM t PREDICT MODEL a, shop.b WITH (threads = 2) AS p
SELECT * FROM predict_model((SELECT * FROM t), model => [a, shop.b], options => {'threads': 2}, name => p)
====
FROM t EVALUATE MODEL m
----
Evaluate
FROM t EVALUATE MODEL m
SELECT * FROM evaluate_model((FROM t), model => m)
====
FROM t EVALUATE MODEL m, n METRIC r2, mae WITH (x = 1) LABEL y
----
Evaluate
FROM t EVALUATE MODEL m, n TARGET y METRIC r2, mae WITH (x = 1)
SELECT * FROM evaluate_model((FROM t), model => [m, n], target => y, metric => [r2, mae], options => {'x': 1})
====
# a quoted name keeps its case and its spaces
FROM t PREDICT MODEL "My Model"."v 1" INTO "p q"
----
Predict
FROM t PREDICT MODEL "My Model"."v 1" AS "p q"
SELECT * FROM predict_model((FROM t), model => "My Model"."v 1", name => "p q")

====
FROM t TRANSFORM MODEL m
----
Transform
FROM t TRANSFORM MODEL m
SELECT * FROM transform_model((FROM t), model => m)
====
# the least that explains
FROM t explain model m
----
ExplainModel
FROM t EXPLAIN MODEL m
SELECT * FROM explain_model((FROM t), model => m)
====
# every clause, in any order
SELECT * FROM t EXPLAIN MODEL "My Model" USING permutation(n_repeats => 3) METRICS r2, mae LABEL y
----
ExplainModel
SELECT * FROM t EXPLAIN MODEL "My Model" TARGET y METRIC r2, mae USING permutation(n_repeats => 3)
SELECT * FROM explain_model((SELECT * FROM t), model => "My Model", target => y, metric => [r2, mae], explainer => permutation(n_repeats => 3))
