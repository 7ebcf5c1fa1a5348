# a version by its number, by what it is, by an alias
FROM t PREDICT MODEL m@3, "My m"@champion, n @ latest AS p
----
Predict
FROM t PREDICT MODEL m@3, "My m"@champion, n@latest AS p
SELECT * FROM predict_model((FROM t), model => [model_version(m, 3), model_version("My m", champion), model_version(n, latest)], name => p)
====
FROM t EVALUATE MODEL m@best METRIC mae
----
Evaluate
FROM t EVALUATE MODEL m@best METRIC mae
SELECT * FROM evaluate_model((FROM t), model => model_version(m, best), metric => mae)
====
FROM t TRANSFORM MODEL shop.m@2
----
Transform
FROM t TRANSFORM MODEL shop.m@2
SELECT * FROM transform_model((FROM t), model => model_version(shop.m, 2))
====
FROM t EXPLAIN MODEL m@2 USING shap()
----
ExplainModel
FROM t EXPLAIN MODEL m@2 USING shap()
SELECT * FROM explain_model((FROM t), model => model_version(m, 2), explainer => shap())
====
# quoted, it is a plain name
FROM t PREDICT MODEL "m@3"
----
Predict
FROM t PREDICT MODEL "m@3"
SELECT * FROM predict_model((FROM t), model => "m@3")
====
FROM predict_model((FROM t), model => [m@3, n], name => p)
----
Predict
FROM t PREDICT MODEL m@3, n AS p
SELECT * FROM predict_model((FROM t), model => [model_version(m, 3), n], name => p)
====
DESCRIBE MODEL m@champion
----
DescribeModel
DESCRIBE MODEL m@champion
SELECT * FROM describe_model(model => model_version(m, champion))
====
FROM describe_model(m@2)
----
DescribeModel
DESCRIBE MODEL m@2
SELECT * FROM describe_model(model => model_version(m, 2))
====
DROP MODEL IF EXISTS m@2
----
DropModel
DROP MODEL IF EXISTS m@2
SELECT * FROM drop_model(model => model_version(m, 2), if_exists => true)
====
CALL drop_model(m@2)
----
DropModel
DROP MODEL m@2
SELECT * FROM drop_model(model => model_version(m, 2))
====
show model versions m
----
ShowVersions
SHOW MODEL VERSIONS m
SELECT * FROM show_model_versions(model => m)
====
FROM show_model_versions(m) WHERE score > 0.5
----
Nested
FROM show_model_versions(model => m) WHERE score > 0.5
FROM show_model_versions(model => m) WHERE score > 0.5
====
promote model m@3 to Champion
----
PromoteModel
PROMOTE MODEL m@3 TO Champion
SELECT * FROM promote_model(model => model_version(m, 3), alias => Champion)
====
# the newest one
PROMOTE MODEL "My m" TO champion
----
PromoteModel
PROMOTE MODEL "My m" TO champion
SELECT * FROM promote_model(model => "My m", alias => champion)
====
CALL promote_model(m@best, alias => champion)
----
PromoteModel
PROMOTE MODEL m@best TO champion
SELECT * FROM promote_model(model => model_version(m, best), alias => champion)
====
ROLLBACK MODEL m
----
RollbackModel
ROLLBACK MODEL m
SELECT * FROM rollback_model(model => m)
====
ROLLBACK MODEL m@champion TO 2
----
RollbackModel
ROLLBACK MODEL m@champion TO 2
SELECT * FROM rollback_model(model => model_version(m, champion), version => 2)
====
CALL rollback_model(m, version => 2)
----
RollbackModel
ROLLBACK MODEL m TO 2
SELECT * FROM rollback_model(model => m, version => 2)
====
FROM predict_model((FROM t), model => [model_version("My m", 3), MODEL_VERSION(m, champion)])
----
Predict
FROM t PREDICT MODEL "My m"@3, m@champion
SELECT * FROM predict_model((FROM t), model => [model_version("My m", 3), model_version(m, champion)])
====
CALL drop_model(model_version(m, latest))
----
DropModel
DROP MODEL m@latest
SELECT * FROM drop_model(model => model_version(m, latest))
