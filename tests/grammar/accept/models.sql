# a name like a pattern
show models like 'price%'
----
ShowModels
SHOW MODELS LIKE 'price%'
SELECT * FROM show_models(pattern => 'price%')
====
# all of them; without LIKE the words are DuckDB's, which describes a table called models
FROM show_models()
----
ShowModels
SHOW MODELS LIKE '%'
SELECT * FROM show_models()
====
SELECT * FROM show_models('it''s')
----
ShowModels
SHOW MODELS LIKE 'it''s'
SELECT * FROM show_models(pattern => 'it''s')
====
CALL show_models(pattern => 'a_')
----
ShowModels
SHOW MODELS LIKE 'a_'
SELECT * FROM show_models(pattern => 'a_')
====
DESCRIBE MODEL prices
----
DescribeModel
DESCRIBE MODEL prices
SELECT * FROM describe_model(model => prices)
====
desc model shop."My Model"
----
DescribeModel
DESCRIBE MODEL "shop"."My Model"
SELECT * FROM describe_model(model => "shop"."My Model")
====
FROM describe_model(prices)
----
DescribeModel
DESCRIBE MODEL prices
SELECT * FROM describe_model(model => prices)
====
SELECT * FROM describe_model(model := "My Model")
----
DescribeModel
DESCRIBE MODEL "My Model"
SELECT * FROM describe_model(model => "My Model")
====
DROP MODEL prices
----
DropModel
DROP MODEL prices
SELECT * FROM drop_model(model => prices)
====
DROP MODEL IF EXISTS "if"
----
DropModel
DROP MODEL IF EXISTS "if"
SELECT * FROM drop_model(model => "if", if_exists => true)
====
CALL drop_model(prices, if_exists => true)
----
DropModel
DROP MODEL IF EXISTS prices
SELECT * FROM drop_model(model => prices, if_exists => true)
====
# a model may be called so
DROP MODEL if_exists
----
DropModel
DROP MODEL if_exists
SELECT * FROM drop_model(model => if_exists)
====
# as relations they are calls, in both forms
SELECT name, score FROM show_models() WHERE score > 0.5
----
Nested
SELECT name, score FROM show_models() WHERE score > 0.5
SELECT name, score FROM show_models() WHERE score > 0.5
====
SELECT (SELECT count(*) FROM show_models(pattern => 'p%')), (FROM describe_model(m) LIMIT 1)
----
Nested
SELECT (SELECT count(*) FROM show_models(pattern => 'p%')), (FROM describe_model(model => m) LIMIT 1)
SELECT (SELECT count(*) FROM show_models(pattern => 'p%')), (FROM describe_model(model => m) LIMIT 1)
====
WITH d AS (FROM describe_model(model => m)) SELECT * FROM d
----
Nested
WITH d AS (SELECT * FROM describe_model(model => m)) SELECT * FROM d
WITH d AS (SELECT * FROM describe_model(model => m)) SELECT * FROM d
====
CREATE TABLE kept AS FROM show_models()
----
Nested
CREATE TABLE kept AS SELECT * FROM show_models()
CREATE TABLE kept AS SELECT * FROM show_models()
====
# beside a query of models
SELECT * FROM show_models() AS s, (FROM t PREDICT MODEL m) AS p
----
Nested
SELECT * FROM show_models() AS s, (FROM t PREDICT MODEL m) AS p
SELECT * FROM show_models() AS s, (SELECT * FROM predict_model((FROM t), model => m)) AS p
====
# inside the query of one
SELECT name FROM (FROM show_models()) PREDICT MODEL m
----
Nested
SELECT name FROM (SELECT * FROM show_models()) PREDICT MODEL m
SELECT * FROM predict_model((SELECT name FROM (SELECT * FROM show_models())), model => m)
====
EXPLAIN FROM show_models() WHERE version > 1
----
Explain
EXPLAIN FROM show_models() WHERE version > 1
EXPLAIN FROM show_models() WHERE version > 1
====
# the end of the path tells the format
EXPORT MODEL prices TO 'prices.sql'
----
ExportModel
EXPORT MODEL prices TO 'prices.sql'
SELECT * FROM export_model(model => prices, path => 'prices.sql')
====
export model shop.prices to 'it''s.txt' (format SQL, dialect postgres, relation "My Table")
----
ExportModel
EXPORT MODEL shop.prices TO 'it''s.txt' (FORMAT sql, DIALECT postgres, RELATION "My Table")
SELECT * FROM export_model(model => shop.prices, path => 'it''s.txt', format => 'sql', options => {'dialect': postgres, 'relation': "My Table"})
====
FROM export_model(prices, path => 'p', format => json)
----
ExportModel
EXPORT MODEL prices TO 'p' (FORMAT json)
SELECT * FROM export_model(model => prices, path => 'p', format => 'json')
====
CALL export_model(prices, path => 'p.sql', options => {relation: 'people'})
----
ExportModel
EXPORT MODEL prices TO 'p.sql' (RELATION 'people')
SELECT * FROM export_model(model => prices, path => 'p.sql', options => {'relation': 'people'})
====
IMPORT MODEL prices FROM 'prices.skops'
----
ImportModel
IMPORT MODEL prices FROM 'prices.skops'
SELECT * FROM import_model(model => prices, path => 'prices.skops')
====
IMPORT MODEL prices FROM 'p' (FORMAT onnx, INPUTS {age: 'DOUBLE', "a b": 'VARCHAR'}, TARGET spent)
----
ImportModel
IMPORT MODEL prices FROM 'p' (FORMAT onnx, INPUTS {'age': 'DOUBLE', 'a b': 'VARCHAR'}, TARGET spent)
SELECT * FROM import_model(model => prices, path => 'p', format => 'onnx', options => {'inputs': {'age': 'DOUBLE', 'a b': 'VARCHAR'}, 'target': spent})
====
SELECT * FROM import_model(model => prices, path => 'p', format => 'json')
----
ImportModel
IMPORT MODEL prices FROM 'p' (FORMAT json)
SELECT * FROM import_model(model => prices, path => 'p', format => 'json')
