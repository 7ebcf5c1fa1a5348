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
# what comes later
CREATE OR REPLACE MODEL m AS SELECT 1
----
ParseError[not_supported]: CREATE MODEL is not supported yet
  line 1, column 1
  CREATE OR REPLACE MODEL m AS SELECT 1
  ^^^^^^^^^^^^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
CREATE MODEL m AS FROM t TRAIN MODEL ridge()
----
ParseError[not_supported]: CREATE MODEL is not supported yet
  line 1, column 1
  CREATE MODEL m AS FROM t TRAIN MODEL ridge()
  ^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
EXPLAIN CREATE MODEL m AS SELECT 1
----
ParseError[not_supported]: CREATE MODEL is not supported yet
  line 1, column 9
  EXPLAIN CREATE MODEL m AS SELECT 1
          ^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
DROP MODEL m
----
ParseError[not_supported]: DROP MODEL is not supported yet
  line 1, column 1
  DROP MODEL m
  ^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
SHOW MODELS LIKE 'x'
----
ParseError[not_supported]: SHOW MODELS is not supported yet
  line 1, column 1
  SHOW MODELS LIKE 'x'
  ^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
DESCRIBE MODEL m
----
ParseError[not_supported]: DESCRIBE MODEL is not supported yet
  line 1, column 1
  DESCRIBE MODEL m
  ^^^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
EXPORT MODEL m TO 'x'
----
ParseError[not_supported]: EXPORT MODEL is not supported yet
  line 1, column 1
  EXPORT MODEL m TO 'x'
  ^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
IMPORT MODEL m FROM 'x'
----
ParseError[not_supported]: IMPORT MODEL is not supported yet
  line 1, column 1
  IMPORT MODEL m FROM 'x'
  ^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
BEGIN BATCH
----
ParseError[not_supported]: BEGIN BATCH is not supported yet
  line 1, column 1
  BEGIN BATCH
  ^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
FROM t EXPLAIN MODEL m
----
ParseError[not_supported]: EXPLAIN MODEL is not supported yet
  line 1, column 8
  FROM t EXPLAIN MODEL m
         ^^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
====
FROM t TRANSFORM MODEL m
----
ParseError[not_supported]: TRANSFORM MODEL is not supported yet
  line 1, column 8
  FROM t TRANSFORM MODEL m
         ^^^^^^^^^^^^^^^
  hint: today there are TRAIN MODEL, PREDICT MODEL and EVALUATE MODEL
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
