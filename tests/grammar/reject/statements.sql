# a clause with a letter missing
SELECT a FROM t TRAIN MODEL ridge() TARGT y
----
ParseError[unexpected]: unexpected 'TARGT' in TRAIN MODEL; did you mean "TARGET"?
  line 1, column 37
  SELECT a FROM t TRAIN MODEL ridge() TARGT y
                                      ^^^^^
====
SELECT a FROM t TRAIN MODEL ridge() TARGET y METRC r2
----
ParseError[unexpected]: unexpected 'METRC' in TRAIN MODEL; did you mean "METRIC"?
  line 1, column 46
  SELECT a FROM t TRAIN MODEL ridge() TARGET y METRC r2
                                               ^^^^^
====
# the place is the start of the word, in the line it stands in
SELECT 'é😀' AS a
FROM t
TRAIN MODEL ridge()
  CROS VALIDATE 5
----
ParseError[unexpected]: unexpected 'CROS' in TRAIN MODEL; did you mean "CROSS VALIDATE"?
  line 4, column 3
    CROS VALIDATE 5
    ^^^^
====
FROM t TRAIN MODEL ridge() CROSS 5
----
ParseError[unexpected]: unexpected 'CROSS' in TRAIN MODEL; did you mean "CROSS VALIDATE"?
  line 1, column 28
  FROM t TRAIN MODEL ridge() CROSS 5
                             ^^^^^
====
# a split's option with a letter missing
FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 SHUFLE
----
ParseError[unexpected]: unexpected 'SHUFLE' in TRAIN MODEL; did you mean "SHUFFLE"?
  line 1, column 45
  FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 SHUFLE
                                              ^^^^^^
====
# words of another verb
FROM t PREDICT MODEL m TARGET y
----
ParseError[unexpected]: unexpected 'TARGET' in PREDICT MODEL
  line 1, column 24
  FROM t PREDICT MODEL m TARGET y
                         ^^^^^^
  hint: the clauses are WITH, AS
====
FROM t TRAIN MODEL ridge() TARGET y TARGET z
----
ParseError[clause_twice]: TARGET stands twice in TRAIN MODEL
  line 1, column 37
  FROM t TRAIN MODEL ridge() TARGET y TARGET z
                                      ^^^^^^
====
FROM t TRAIN MODEL ridge() TARGET y LABEL z
----
ParseError[clause_twice]: LABEL stands twice in TRAIN MODEL
  line 1, column 37
  FROM t TRAIN MODEL ridge() TARGET y LABEL z
                                      ^^^^^
====
FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 HOLDOUT 0.2
----
ParseError[clause_twice]: HOLDOUT is a second way to split the rows in TRAIN MODEL
  line 1, column 45
  FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 HOLDOUT 0.2
                                              ^^^^^^^
====
FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 SHUFFLE NO SHUFFLE
----
ParseError[clause_twice]: NO SHUFFLE stands twice
  line 1, column 53
  FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 SHUFFLE NO SHUFFLE
                                                      ^^^^^^^^^^
====
FROM t TRAIN MODEL m USING ridge() AS n
----
ParseError[clause_twice]: the model has a name already: m
  line 1, column 36
  FROM t TRAIN MODEL m USING ridge() AS n
                                     ^^
====
FROM t TRAIN MODEL ridge(alpha => 1 TARGET y
----
ParseError[unmatched_bracket]: this '(' is never closed
  line 1, column 25
  FROM t TRAIN MODEL ridge(alpha => 1 TARGET y
                          ^
====
FROM t TRAIN MODEL ridge(alpha => [1, 2) TARGET y
----
ParseError[unmatched_bracket]: this '[' is never closed
  line 1, column 35
  FROM t TRAIN MODEL ridge(alpha => [1, 2) TARGET y
                                    ^
====
FROM t TRAIN MODEL ridge(alpha => 1)) TARGET y
----
ParseError[unmatched_bracket]: this ')' closes nothing
  line 1, column 37
  FROM t TRAIN MODEL ridge(alpha => 1)) TARGET y
                                      ^
====
FROM t TRAIN MODEL ridge(alpha => 1 2)
----
ParseError[expected]: expected ',' or ')' but found '2' in TRAIN MODEL
  line 1, column 37
  FROM t TRAIN MODEL ridge(alpha => 1 2)
                                      ^
  hint: the bracket '(' at character 25 is still open
====
FROM t TRAIN MODEL ridge(alpha => [])
----
ParseError[empty_list]: an empty list: it needs at least one value
  line 1, column 35
  FROM t TRAIN MODEL ridge(alpha => [])
                                    ^^
====
FROM t TRAIN MODEL ()
----
ParseError[empty_list]: no estimator stands in these brackets
  line 1, column 20
  FROM t TRAIN MODEL ()
                     ^^
====
FROM t TRAIN MODEL ridge() WITH ()
----
ParseError[empty_list]: no option stands in these brackets
  line 1, column 33
  FROM t TRAIN MODEL ridge() WITH ()
                                  ^^
====
FROM t TRAIN MODEL ridge() WITH device = 'gpu'
----
ParseError[expected]: expected '(' but found 'device' in TRAIN MODEL
  line 1, column 33
  FROM t TRAIN MODEL ridge() WITH device = 'gpu'
                                  ^^^^^^
  hint: WITH (device = 'gpu', timeout = 60)
====
FROM t TRAIN MODEL ridge() WITH (a = 1, A = 2)
----
ParseError[argument_twice]: option a is given twice
  line 1, column 41
  FROM t TRAIN MODEL ridge() WITH (a = 1, A = 2)
                                          ^^^^^
====
FROM t TRAIN MODEL ridge(alpha => 1, ALPHA => 2)
----
ParseError[argument_twice]: argument ALPHA is given twice
  line 1, column 38
  FROM t TRAIN MODEL ridge(alpha => 1, ALPHA => 2)
                                       ^^^^^^^^^^
====
FROM t TRAIN MODEL ridge(x => {'a': 1, a: 2})
----
ParseError[argument_twice]: key a is given twice
  line 1, column 43
  FROM t TRAIN MODEL ridge(x => {'a': 1, a: 2})
                                            ^
====
FROM t TRAIN MODEL ridge(alpha => )
----
ParseError[expected]: expected a value but found ')' in TRAIN MODEL
  line 1, column 35
  FROM t TRAIN MODEL ridge(alpha => )
                                    ^
====
FROM t TRAIN MODEL ridge(alpha => 1e999)
----
ParseError[bad_number]: '1e999' is no number that can be used
  line 1, column 35
  FROM t TRAIN MODEL ridge(alpha => 1e999)
                                    ^^^^^
====
FROM t TRAIN MODEL ridge(alpha => E'a')
----
ParseError[bad_string]: a text with a prefix letter cannot stand here
  line 1, column 35
  FROM t TRAIN MODEL ridge(alpha => E'a')
                                    ^^^^
  hint: write '…' or $$…$$
====
FROM t TRAIN MODEL ridge() CROSS VALIDATE 1
----
ParseError[bad_number]: the number of folds must be a whole number, at least 2
  line 1, column 43
  FROM t TRAIN MODEL ridge() CROSS VALIDATE 1
                                            ^
====
FROM t TRAIN MODEL ridge() CROSS VALIDATE 2.5 FOLDS
----
ParseError[bad_number]: the number of folds must be a whole number, at least 2
  line 1, column 43
  FROM t TRAIN MODEL ridge() CROSS VALIDATE 2.5 FOLDS
                                            ^^^
====
FROM t TRAIN MODEL ridge() HOLDOUT 1
----
ParseError[bad_number]: HOLDOUT takes a share of the rows, more than 0 and less than 1
  line 1, column 36
  FROM t TRAIN MODEL ridge() HOLDOUT 1
                                     ^
  hint: HOLDOUT 0.2 keeps every fifth row back
====
FROM t TRAIN MODEL ridge() HOLDOUT
----
ParseError[expected]: expected a value but found the end in TRAIN MODEL
  line 1, column 35
  FROM t TRAIN MODEL ridge() HOLDOUT
                                    ^
====
FROM t TRAIN MODEL ridge() SEED -1
----
ParseError[bad_number]: SEED must be a whole number, from 0 to 4294967295
  line 1, column 33
  FROM t TRAIN MODEL ridge() SEED -1
                                  ^^
====
FROM t TRAIN MODEL ridge() SEED x
----
ParseError[expected]: expected a number for SEED but found 'x' in TRAIN MODEL
  line 1, column 33
  FROM t TRAIN MODEL ridge() SEED x
                                  ^
====
FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 GAP -1
----
ParseError[bad_number]: GAP must be a whole number, at least 0
  line 1, column 49
  FROM t TRAIN MODEL ridge() CROSS VALIDATE 5 GAP -1
                                                  ^^
====
FROM t TRAIN MODEL ridge() SEARCH RANDM 20 TRIALS
----
ParseError[unknown_strategy]: there is no search strategy 'RANDM'; did you mean "RANDOM"?
  line 1, column 35
  FROM t TRAIN MODEL ridge() SEARCH RANDM 20 TRIALS
                                    ^^^^^
  hint: one of GRID, RANDOM, HALVING, BAYES
====
FROM t TRAIN MODEL ridge() SEARCH BAYES 0 TRIALS
----
ParseError[bad_number]: the number of trials must be a whole number, at least 1
  line 1, column 41
  FROM t TRAIN MODEL ridge() SEARCH BAYES 0 TRIALS
                                          ^
====
FROM t TRAIN MODEL ridge() SEARCH bayesian_search(trials => 30)
----
ParseError[unknown_strategy]: there is no search 'bayesian_search(..)'; did you mean "bayes_search"?
  line 1, column 35
  FROM t TRAIN MODEL ridge() SEARCH bayesian_search(trials => 30)
                                    ^^^^^^^^^^^^^^^
====
FROM t TRAIN MODEL ridge() SEARCH random(40)
----
ParseError[unknown_strategy]: there is no search 'random(..)'; did you mean "random_search"?
  line 1, column 35
  FROM t TRAIN MODEL ridge() SEARCH random(40)
                                    ^^^^^^
====
FROM t TRAIN MODEL ridge() SEARCH RANDOM 0 TRIALS
----
ParseError[bad_number]: the number of trials must be a whole number, at least 1
  line 1, column 42
  FROM t TRAIN MODEL ridge() SEARCH RANDOM 0 TRIALS
                                           ^
====
# a verb with nothing after it
FROM t TRAIN MODEL
----
ParseError[expected]: expected an estimator such as ridge() but found the end in TRAIN MODEL
  line 1, column 19
  FROM t TRAIN MODEL
                    ^
====
FROM t TRAIN MODEL TARGET y
----
ParseError[expected]: expected an estimator such as ridge() but found 'TARGET' in TRAIN MODEL
  line 1, column 20
  FROM t TRAIN MODEL TARGET y
                     ^^^^^^
====
FROM t PREDICT MODEL
----
ParseError[expected]: expected the name of a model but found the end in PREDICT MODEL
  line 1, column 21
  FROM t PREDICT MODEL
                      ^
====
FROM t PREDICT MODEL AS p
----
ParseError[expected]: expected the name of a model but found 'AS' in PREDICT MODEL
  line 1, column 22
  FROM t PREDICT MODEL AS p
                       ^^
  hint: AS is a word of SQL; as a name it needs double quotes
====
FROM t TRAIN MODEL ridge() TARGET
----
ParseError[expected]: expected a column but found the end in TRAIN MODEL
  line 1, column 34
  FROM t TRAIN MODEL ridge() TARGET
                                   ^
====
FROM t TRAIN MODEL ridge() TARGET ln(y)
----
ParseError[expected]: expected a column but found an expression in TRAIN MODEL
  line 1, column 35
  FROM t TRAIN MODEL ridge() TARGET ln(y)
                                    ^^
  hint: give the expression a name in the SELECT list, and write that name here
====
FROM t TRAIN MODEL ridge() TARGET order
----
ParseError[expected]: expected a column but found 'order' in TRAIN MODEL
  line 1, column 35
  FROM t TRAIN MODEL ridge() TARGET order
                                    ^^^^^
  hint: ORDER is a word of SQL; as a name it needs double quotes
====
# the clause's word was read as a column
FROM t TRAIN MODEL ridge() TARGET METRIC r2
----
ParseError[unexpected]: unexpected 'r2' in TRAIN MODEL
  line 1, column 42
  FROM t TRAIN MODEL ridge() TARGET METRIC r2
                                           ^^
  hint: METRIC was read as what TARGET names
====
FROM t TRAIN MODEL "ridge"()
----
ParseError[quoted_call]: the name of a call stands without quotes
  line 1, column 20
  FROM t TRAIN MODEL "ridge"()
                     ^^^^^^^
====
FROM t TRAIN MODEL row(1)
----
ParseError[expected]: expected an estimator but found 'row' in TRAIN MODEL
  line 1, column 20
  FROM t TRAIN MODEL row(1)
                     ^^^^^^
====
# text after the end
FROM t TRAIN MODEL ridge() TARGET y LIMIT 5
----
ParseError[unexpected]: unexpected 'LIMIT' in TRAIN MODEL
  line 1, column 37
  FROM t TRAIN MODEL ridge() TARGET y LIMIT 5
                                      ^^^^^
  hint: to go on after TRAIN MODEL, put the statement in brackets: FROM (… TRAIN MODEL …) …
====
FROM t TRAIN MODEL ridge() TARGET y PREDICT MODEL m
----
ParseError[unexpected]: unexpected 'PREDICT' in TRAIN MODEL
  line 1, column 37
  FROM t TRAIN MODEL ridge() TARGET y PREDICT MODEL m
                                      ^^^^^^^
  hint: to go on after TRAIN MODEL, put the statement in brackets: FROM (… TRAIN MODEL …) …
====
FROM t TRAIN MODEL ridge() TARGET y mae
----
ParseError[unexpected]: unexpected 'mae' in TRAIN MODEL
  line 1, column 37
  FROM t TRAIN MODEL ridge() TARGET y mae
                                      ^^^
  hint: the clauses are TARGET, WEIGHT, PARTITION BY, CROSS VALIDATE, HOLDOUT, SPLIT BY, SPLIT, METRIC, SEARCH, SEED, WITH, AS
====
# nothing before the verb
TRAIN MODEL ridge() TARGET y
----
ParseError[no_query]: there is no query before TRAIN MODEL
  line 1, column 1
  TRAIN MODEL ridge() TARGET y
  ^^^^^^^^^^^
  hint: SELECT … FROM … TRAIN MODEL …
====
CREATE TABLE x AS TRAIN MODEL ridge()
----
ParseError[no_query]: the query before TRAIN MODEL stops at 'AS'
  line 1, column 19
  CREATE TABLE x AS TRAIN MODEL ridge()
                    ^^^^^^^^^^^
====
SELECT * FROM (TRAIN MODEL ridge())
----
ParseError[no_query]: there is no query before TRAIN MODEL
  line 1, column 16
  SELECT * FROM (TRAIN MODEL ridge())
                 ^^^^^^^^^^^
  hint: SELECT … FROM … TRAIN MODEL …
====
SELECT a FROM TRAIN MODEL ridge()
----
ParseError[no_query]: the query before TRAIN MODEL stops at 'FROM'
  line 1, column 15
  SELECT a FROM TRAIN MODEL ridge()
                ^^^^^^^^^^^
====
# a table is no query
t TRAIN MODEL ridge()
----
ParseError[not_a_query]: what stands before TRAIN MODEL is no query
  line 1, column 1
  t TRAIN MODEL ridge()
  ^
  hint: start it with SELECT, FROM, WITH or VALUES; for a table t write FROM t
====
DELETE FROM t TRAIN MODEL ridge()
----
ParseError[not_a_query]: what stands before TRAIN MODEL is no query
  line 1, column 1
  DELETE FROM t TRAIN MODEL ridge()
  ^^^^^^
  hint: start it with SELECT, FROM, WITH or VALUES; for a table t write FROM t
====
SELECT f(a TRAIN MODEL ridge())
----
ParseError[not_a_query]: what stands before TRAIN MODEL is no query
  line 1, column 10
  SELECT f(a TRAIN MODEL ridge())
           ^
  hint: start it with SELECT, FROM, WITH or VALUES; for a table t write FROM t
====
SELECT (a FROM t TRAIN MODEL ridge()
----
ParseError[unmatched_bracket]: this '(' is never closed
  line 1, column 8
  SELECT (a FROM t TRAIN MODEL ridge()
         ^
====
# slips in the verb
FROM t TRIAN MODEL ridge()
----
ParseError[unexpected]: unexpected 'TRIAN MODEL'; did you mean "TRAIN MODEL"?
  line 1, column 8
  FROM t TRIAN MODEL ridge()
         ^^^^^^^^^^^
====
FROM t TRAIN MODLE ridge()
----
ParseError[unexpected]: unexpected 'TRAIN MODLE'; did you mean "TRAIN MODEL"?
  line 1, column 8
  FROM t TRAIN MODLE ridge()
         ^^^^^^^^^^^
====
FROM t PREDCT MODEL m
----
ParseError[unexpected]: unexpected 'PREDCT MODEL'; did you mean "PREDICT MODEL"?
  line 1, column 8
  FROM t PREDCT MODEL m
         ^^^^^^^^^^^^
====
FROM t TRAIN ridge(alpha => 1)
----
ParseError[unexpected]: unexpected 'TRAIN'; did you mean "TRAIN MODEL"?
  line 1, column 8
  FROM t TRAIN ridge(alpha => 1)
         ^^^^^
====
# statements told by their first words
CREATE OR REPLACE MODEL m AS SELECT 1
----
ParseError[no_training]: CREATE MODEL wants a query with TRAIN MODEL
  line 1, column 25
  CREATE OR REPLACE MODEL m AS SELECT 1
                          ^
  hint: CREATE MODEL name AS SELECT … FROM … TRAIN MODEL … TARGET …
====
CREATE MODEL m AS FROM t PREDICT MODEL n
----
ParseError[no_training]: CREATE MODEL wants a query with TRAIN MODEL
  line 1, column 14
  CREATE MODEL m AS FROM t PREDICT MODEL n
               ^
  hint: CREATE MODEL name AS SELECT … FROM … TRAIN MODEL … TARGET …
====
CREATE MODEL m AS SELECT * FROM (FROM t TRAIN MODEL ols())
----
ParseError[no_training]: CREATE MODEL wants a query with TRAIN MODEL
  line 1, column 14
  CREATE MODEL m AS SELECT * FROM (FROM t TRAIN MODEL ols())
               ^
  hint: CREATE MODEL name AS SELECT … FROM … TRAIN MODEL … TARGET …
====
CREATE OR REPLACE MODEL IF NOT EXISTS m AS FROM t TRAIN MODEL ols()
----
ParseError[clause_twice]: OR REPLACE and IF NOT EXISTS say two things of a model that is there
  line 1, column 25
  CREATE OR REPLACE MODEL IF NOT EXISTS m AS FROM t TRAIN MODEL ols()
                          ^^^^^^^^^^^^^
====
CREATE MODEL m OPTIONS (a = 1) AS FROM t TRAIN MODEL ols()
----
ParseError[expected]: expected AS but found 'OPTIONS' in CREATE MODEL
  line 1, column 16
  CREATE MODEL m OPTIONS (a = 1) AS FROM t TRAIN MODEL ols()
                 ^^^^^^^
  hint: CREATE MODEL name AS SELECT … FROM … TRAIN MODEL … TARGET …
====
CREATE MODEL AS FROM t TRAIN MODEL ols()
----
ParseError[expected]: expected the name of a model but found 'AS' in CREATE MODEL
  line 1, column 14
  CREATE MODEL AS FROM t TRAIN MODEL ols()
               ^^
  hint: AS is a word of SQL; as a name it needs double quotes
====
CREATE MODEL m AS FROM t TRAIN MODEL ols() TARGET y AS n
----
ParseError[clause_twice]: the model has a name already: m
  line 1, column 56
  CREATE MODEL m AS FROM t TRAIN MODEL ols() TARGET y AS n
                                                         ^
====
CREATE MODLE m AS FROM t TRAIN MODEL ols() TARGET y
----
ParseError[unexpected]: unexpected 'CREATE MODLE'; did you mean "CREATE MODEL"?
  line 1, column 1
  CREATE MODLE m AS FROM t TRAIN MODEL ols() TARGET y
  ^^^^^^^^^^^^
====
FROM create_model((FROM t), model => ols())
----
ParseError[expected]: expected name => … but found the end in create_model
  line 1, column 43
  FROM create_model((FROM t), model => ols())
                                            ^
====
FROM create_model((FROM t), model => ols(), name => m, or_replace => true, if_not_exists => true)
----
ParseError[clause_twice]: OR REPLACE and IF NOT EXISTS say two things of a model that is there
  line 1, column 76
  FROM create_model((FROM t), model => ols(), name => m, or_replace => true, if_not_exists => true)
                                                                             ^^^^^^^^^^^^^^^^^^^^^
====
SELECT rank FROM create_model((FROM t), model => ols(), name => m)
----
ParseError[stands_alone]: create_model is a statement by itself, and cannot stand in another
  line 1, column 18
  SELECT rank FROM create_model((FROM t), model => ols(), name => m)
                   ^^^^^^^^^^^^
  hint: write CALL create_model(…)
====
CREATE TABLE x AS FROM create_model((FROM t), model => ols(), name => m)
----
ParseError[stands_alone]: create_model is a statement by itself, and cannot stand in another
  line 1, column 24
  CREATE TABLE x AS FROM create_model((FROM t), model => ols(), name => m)
                         ^^^^^^^^^^^^
  hint: write CALL create_model(…)
====
EXPLAIN DROP MODEL m
----
ParseError[unexpected]: EXPLAIN shows the plan of a query of models, which this is not
  line 1, column 9
  EXPLAIN DROP MODEL m
          ^^^^^^^^^^^^
====
DROP MODEL
----
ParseError[expected]: expected the name of a model but found the end in DROP MODEL
  line 1, column 11
  DROP MODEL
            ^
====
DROP MODEL a, b
----
ParseError[unexpected]: unexpected ',' in DROP MODEL
  line 1, column 13
  DROP MODEL a, b
              ^
====
DROP MODLE m
----
ParseError[unexpected]: unexpected 'DROP MODLE'; did you mean "DROP MODEL"?
  line 1, column 1
  DROP MODLE m
  ^^^^^^^^^^
====
SELECT * FROM drop_model(m) WHERE 1
----
ParseError[stands_alone]: drop_model is a statement by itself, and cannot stand in another
  line 1, column 15
  SELECT * FROM drop_model(m) WHERE 1
                ^^^^^^^^^^
  hint: write CALL drop_model(…)
====
FROM drop_model(m, if_exists => 1)
----
ParseError[expected]: if_exists takes true or false
  line 1, column 33
  FROM drop_model(m, if_exists => 1)
                                  ^
====
FROM drop_model(if_exists => true)
----
ParseError[expected]: expected model => … but found the end in drop_model
  line 1, column 34
  FROM drop_model(if_exists => true)
                                   ^
====
SELECT show_models()
----
ParseError[not_a_value]: show_models gives a table, which cannot stand here
  line 1, column 8
  SELECT show_models()
         ^^^^^^^^^^^
  hint: write FROM show_models(…)
====
FROM show_models(1)
----
ParseError[expected]: pattern takes a text
  line 1, column 18
  FROM show_models(1)
                   ^
====
FROM show_models(patern => 'x')
----
ParseError[unexpected]: unexpected argument patern in show_models; did you mean "pattern"?
  line 1, column 18
  FROM show_models(patern => 'x')
                   ^^^^^^^^^^^^^
====
FROM describe_model('x', 'y')
----
ParseError[unexpected]: an argument without a name in describe_model
  line 1, column 26
  FROM describe_model('x', 'y')
                           ^^^
  hint: the arguments are model
====
SHOW MODELS LIKE
----
ParseError[expected]: expected a text but found the end in SHOW MODELS
  line 1, column 17
  SHOW MODELS LIKE
                  ^
  hint: SHOW MODELS LIKE 'price%'
====
SHOW MODELS LIKE x
----
ParseError[expected]: expected a text but found 'x' in SHOW MODELS
  line 1, column 18
  SHOW MODELS LIKE x
                   ^
  hint: SHOW MODELS LIKE 'price%'
====
SHOW MODELS WHERE name = 'x'
----
ParseError[expected]: expected LIKE but found 'WHERE' in SHOW MODELS
  line 1, column 13
  SHOW MODELS WHERE name = 'x'
              ^^^^^
====
DESCRIBE MODEL 'm'
----
ParseError[expected]: expected the name of a model but found ''m'' in DESCRIBE MODEL
  line 1, column 16
  DESCRIBE MODEL 'm'
                 ^^^
====
DESCRIBE MODEL m n
----
ParseError[unexpected]: unexpected 'n' in DESCRIBE MODEL
  line 1, column 18
  DESCRIBE MODEL m n
                   ^
====
BEGIN BATHC
----
ParseError[unexpected]: unexpected 'BEGIN BATHC'; did you mean "BEGIN BATCH"?
  line 1, column 1
  BEGIN BATHC
  ^^^^^^^^^^^
====
BEGIN BATCH WITH ()
----
ParseError[empty_list]: no option stands in these brackets
  line 1, column 18
  BEGIN BATCH WITH ()
                   ^^
====
COMMIT BATCH m
----
ParseError[unexpected]: unexpected 'm' in COMMIT BATCH
  line 1, column 14
  COMMIT BATCH m
               ^
====
FROM commit_batch(1)
----
ParseError[unexpected]: an argument without a name in commit_batch
  line 1, column 19
  FROM commit_batch(1)
                    ^
  hint: it takes none
====
SELECT * FROM begin_batch() AS b
----
ParseError[stands_alone]: begin_batch is a statement by itself, and cannot stand in another
  line 1, column 15
  SELECT * FROM begin_batch() AS b
                ^^^^^^^^^^^
  hint: write CALL begin_batch(…)
====
EXPLAIN BATCH m
----
ParseError[unexpected]: unexpected 'm' in EXPLAIN BATCH
  line 1, column 15
  EXPLAIN BATCH m
                ^
====
EXPLAIN SELECT * FROM explain_batch()
----
ParseError[unexpected]: EXPLAIN shows the plan of a query of models, which this is not
  line 1, column 9
  EXPLAIN SELECT * FROM explain_batch()
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
====
EXPORT MODEL m TO x
----
ParseError[expected]: expected a path in quotes but found 'x' in EXPORT MODEL
  line 1, column 19
  EXPORT MODEL m TO x
                    ^
====
EXPORT MODEL m 'x.sql'
----
ParseError[expected]: expected TO but found ''x.sql'' in EXPORT MODEL
  line 1, column 16
  EXPORT MODEL m 'x.sql'
                 ^^^^^^^
  hint: EXPORT MODEL name TO 'path'
====
EXPORT MODEL m TO 'x'
----
ParseError[unknown_format]: the path does not tell the format
  line 1, column 19
  EXPORT MODEL m TO 'x'
                    ^^^
  hint: (FORMAT …): sql, skops, onnx, json, python
====
EXPORT MODEL m TO 'x' (FORMAT sqll)
----
ParseError[unknown_format]: no format "sqll"; did you mean "sql"?
  line 1, column 24
  EXPORT MODEL m TO 'x' (FORMAT sqll)
                         ^^^^^^^^^^^
  hint: the formats are sql, skops, onnx, json, python
====
EXPORT MODEL m TO 'x.sql' (DIALEKT postgres)
----
ParseError[unknown_option]: EXPORT MODEL has no option "dialekt" for sql; did you mean "dialect"?
  line 1, column 28
  EXPORT MODEL m TO 'x.sql' (DIALEKT postgres)
                             ^^^^^^^^^^^^^^^^
  hint: it takes dialect, relation
====
EXPORT MODEL m TO 'x.onnx' (DIALECT postgres)
----
ParseError[unknown_option]: EXPORT MODEL has no option "dialect" for onnx
  line 1, column 29
  EXPORT MODEL m TO 'x.onnx' (DIALECT postgres)
                              ^^^^^^^^^^^^^^^^
  hint: it takes none
====
EXPORT MODEL m TO 'x.sql' ()
----
ParseError[empty_list]: no option stands in these brackets
  line 1, column 27
  EXPORT MODEL m TO 'x.sql' ()
                            ^^
====
EXPORT MODEL m TO 'x.sql' (FORMAT sql, FORMAT json)
----
ParseError[argument_twice]: option format is given twice
  line 1, column 40
  EXPORT MODEL m TO 'x.sql' (FORMAT sql, FORMAT json)
                                         ^^^^^^^^^^^
====
EXPORT MODEL m TO 'x.sql' AS y
----
ParseError[unexpected]: unexpected 'AS' in EXPORT MODEL
  line 1, column 27
  EXPORT MODEL m TO 'x.sql' AS y
                            ^^
====
IMPORT MODEL m FROM 'x.sql'
----
ParseError[unknown_format]: no format "sql" of IMPORT MODEL
  line 1, column 21
  IMPORT MODEL m FROM 'x.sql'
                      ^^^^^^^
  hint: (FORMAT …): skops, onnx, json
====
IMPORT MODEL m TO 'x.skops'
----
ParseError[expected]: expected FROM but found 'TO' in IMPORT MODEL
  line 1, column 16
  IMPORT MODEL m TO 'x.skops'
                 ^^
  hint: IMPORT MODEL name FROM 'path'
====
FROM export_model(m)
----
ParseError[expected]: expected path => … but found the end in export_model
  line 1, column 20
  FROM export_model(m)
                     ^
====
SELECT * FROM import_model(m, path => 'x.skops', options => 3)
----
ParseError[expected]: options takes options, such as {dialect: 'postgres'}
  line 1, column 61
  SELECT * FROM import_model(m, path => 'x.skops', options => 3)
                                                              ^
====
FROM t EXPLAIN MODEL m, n
----
ParseError[one_model]: EXPLAIN MODEL takes one model
  line 1, column 25
  FROM t EXPLAIN MODEL m, n
                          ^
====
FROM t EXPLAIN MODEL m USING
----
ParseError[expected]: expected an explainer such as permutation() but found the end in EXPLAIN MODEL
  line 1, column 29
  FROM t EXPLAIN MODEL m USING
                              ^
====
FROM t TRANSFORM MODEL m AS x
----
ParseError[unexpected]: unexpected 'AS' in TRANSFORM MODEL
  line 1, column 26
  FROM t TRANSFORM MODEL m AS x
                           ^^
  hint: to go on after TRANSFORM MODEL, put the statement in brackets: FROM (… TRANSFORM MODEL …) …
====
FROM t TRANSFROM MODEL m
----
ParseError[unexpected]: unexpected 'TRANSFROM MODEL'; did you mean "TRANSFORM MODEL"?
  line 1, column 8
  FROM t TRANSFROM MODEL m
         ^^^^^^^^^^^^^^^
====
# a view would train at every read
CREATE OR REPLACE VIEW v AS FROM t TRAIN MODEL ridge()
----
ParseError[kept_for_later]: VIEW cannot hold a query of models: it would train again at every use
  line 1, column 19
  CREATE OR REPLACE VIEW v AS FROM t TRAIN MODEL ridge()
                    ^^^^
  hint: write CREATE TABLE … AS …
====
PREPARE p AS SELECT * FROM train_model((FROM t), model => ridge())
----
ParseError[kept_for_later]: PREPARE cannot hold a query of models: it would train again at every use
  line 1, column 1
  PREPARE p AS SELECT * FROM train_model((FROM t), model => ridge())
  ^^^^^^^
  hint: write CREATE TABLE … AS …
====
# what stands around must be SQL, which is said before any training
SELECT * FORM (FROM t TRAIN MODEL ridge())
----
ParseError[syntax]: DuckDB cannot read the statement around the queries of models
  line 1, column 1
  SELECT * FORM (FROM t TRAIN MODEL ridge())
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: with a table in their place it reads: SELECT * FORM (FROM result)
====
# the core form
SELECT train_model((FROM t), model => ridge())
----
ParseError[not_a_value]: train_model gives a table, which cannot stand here
  line 1, column 8
  SELECT train_model((FROM t), model => ridge())
         ^^^^^^^^^^^
  hint: write FROM train_model(…)
====
FROM train_model(t, model => ridge())
----
ParseError[no_query]: train_model takes a query in brackets first
  line 1, column 6
  FROM train_model(t, model => ridge())
       ^^^^^^^^^^^
  hint: write train_model((SELECT …), model => …)
====
FROM train_model((t), model => ridge())
----
ParseError[not_a_query]: the first argument is no query
  line 1, column 19
  FROM train_model((t), model => ridge())
                    ^
  hint: start it with SELECT, FROM, WITH or VALUES; for a table t write FROM t
====
FROM train_model((FROM t))
----
ParseError[expected]: expected model => … but found the end in train_model
  line 1, column 26
  FROM train_model((FROM t))
                           ^
====
FROM train_model((FROM t), ridge())
----
ParseError[unexpected]: an argument without a name in train_model
  line 1, column 28
  FROM train_model((FROM t), ridge())
                             ^^^^^^^
  hint: the arguments are model, target, weight, partition_by, metric, seed, options, name, cross_validate, holdout, split_by, split, shuffle, stratify, stratify_by, groups, order_by, gap, repeat, split_seed, search, trials
====
FROM train_model((FROM t), modl => ridge())
----
ParseError[unexpected]: unexpected argument modl in train_model; did you mean "model"?
  line 1, column 28
  FROM train_model((FROM t), modl => ridge())
                             ^^^^^^^^^^^^^^^
====
FROM train_model((FROM t), model => ridge(), MODEL => ols())
----
ParseError[clause_twice]: model stands twice in train_model
  line 1, column 46
  FROM train_model((FROM t), model => ridge(), MODEL => ols())
                                               ^^^^^^^^^^^^^^
====
FROM train_model((FROM t), model => 1)
----
ParseError[expected]: model takes a name, a call, or a list of them
  line 1, column 37
  FROM train_model((FROM t), model => 1)
                                      ^
====
FROM train_model((FROM t), model => ridge(), target => 'y')
----
ParseError[expected]: target takes a name or a list of names
  line 1, column 56
  FROM train_model((FROM t), model => ridge(), target => 'y')
                                                         ^^^
====
FROM train_model((FROM t), model => ridge(), shuffle => true)
----
ParseError[unexpected]: shuffle needs cross_validate, holdout or split
  line 1, column 46
  FROM train_model((FROM t), model => ridge(), shuffle => true)
                                               ^^^^^^^^^^^^^^^
====
FROM train_model((FROM t), model => ridge(), cross_validate => 5, holdout => 0.2)
----
ParseError[clause_twice]: holdout is a second way to split the rows in train_model
  line 1, column 67
  FROM train_model((FROM t), model => ridge(), cross_validate => 5, holdout => 0.2)
                                                                    ^^^^^^^^^^^^^^
====
FROM train_model((FROM t), model => ridge(), cross_validate => false)
----
ParseError[bad_number]: the number of folds must be a whole number, at least 2
  line 1, column 64
  FROM train_model((FROM t), model => ridge(), cross_validate => false)
                                                                 ^^^^^
====
FROM train_model((FROM t), model => ridge(), cross_validate => 5, stratify => false)
----
ParseError[expected]: stratify takes true; leave it out instead
  line 1, column 79
  FROM train_model((FROM t), model => ridge(), cross_validate => 5, stratify => false)
                                                                                ^^^^^
====
FROM train_model((FROM t), model => ridge(), trials => 5)
----
ParseError[unexpected]: trials needs search
  line 1, column 46
  FROM train_model((FROM t), model => ridge(), trials => 5)
                                               ^^^^^^^^^^^
====
FROM train_model((FROM t), model => ridge(), options => [1])
----
ParseError[expected]: options takes options, such as {device: 'gpu'}
  line 1, column 57
  FROM train_model((FROM t), model => ridge(), options => [1])
                                                          ^^^
====
FROM predict_model((FROM t), model => m, into => p)
----
ParseError[expected]: expected an argument but found 'into' in predict_model
  line 1, column 42
  FROM predict_model((FROM t), model => m, into => p)
                                           ^^^^
  hint: INTO is a word of SQL; as a name it needs double quotes
====
FROM predict_model((FROM t), model => m
----
ParseError[unmatched_bracket]: this '(' is never closed
  line 1, column 19
  FROM predict_model((FROM t), model => m
                    ^
====
# quotes and comments without an end
SELECT 'x FROM t TRAIN MODEL ridge()
----
ParseError[unterminated]: the text that opens here is never closed
  line 1, column 8
  SELECT 'x FROM t TRAIN MODEL ridge()
         ^
====
SELECT "x FROM t
----
ParseError[unterminated]: the name that opens here is never closed
  line 1, column 8
  SELECT "x FROM t
         ^
====
SELECT 1 /* x /* y */ FROM t TRAIN MODEL ridge()
----
ParseError[unterminated]: the comment that opens here is never closed
  line 1, column 10
  SELECT 1 /* x /* y */ FROM t TRAIN MODEL ridge()
           ^^
====
SELECT $$ x TRAIN MODEL ridge()
----
ParseError[unterminated]: the text that opens here is never closed
  line 1, column 8
  SELECT $$ x TRAIN MODEL ridge()
         ^^
====
EXPLAIN (FORMAT, ANALYZE) FROM t TRAIN MODEL ridge()
----
ParseError[expected]: expected a format such as json but found ',' in EXPLAIN
  line 1, column 16
  EXPLAIN (FORMAT, ANALYZE) FROM t TRAIN MODEL ridge()
                 ^
====
# two statements, two errors
FROM t TRAIN MODEL ridge( TARGET y; FROM t PREDICT MODEL m AS; SELECT 1
----
ParseError[unmatched_bracket]: this '(' is never closed
  line 1, column 25
  FROM t TRAIN MODEL ridge( TARGET y; FROM t PREDICT MODEL m AS; SELECT 1
                          ^
ParseError[expected]: expected a name but found the end in PREDICT MODEL
  line 1, column 62
  FROM t TRAIN MODEL ridge( TARGET y; FROM t PREDICT MODEL m AS; SELECT 1
                                                               ^
====
FROM t TRAIN MODEL e() TARGET left
----
ParseError[expected]: expected a column but found 'left' in TRAIN MODEL
  line 1, column 31
  FROM t TRAIN MODEL e() TARGET left
                                ^^^^
  hint: LEFT is a word of SQL; as a name it needs double quotes
====
FROM t TRAIN MODEL e(float(1))
----
ParseError[expected]: 'float' cannot be called in TRAIN MODEL
  line 1, column 22
  FROM t TRAIN MODEL e(float(1))
                       ^^^^^
