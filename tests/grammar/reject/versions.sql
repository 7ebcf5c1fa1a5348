FROM t PREDICT MODEL m@
----
ParseError[expected]: expected a version, such as 3, latest, best or an alias, but found the end in PREDICT MODEL
  line 1, column 24
  FROM t PREDICT MODEL m@
                         ^
  hint: an alias is one word without quotes, such as champion
====
FROM t PREDICT MODEL m@0
----
ParseError[expected]: expected a version, such as 3, latest, best or an alias, but found '0' in PREDICT MODEL
  line 1, column 24
  FROM t PREDICT MODEL m@0
                         ^
  hint: an alias is one word without quotes, such as champion
====
FROM t PREDICT MODEL m@1.5
----
ParseError[expected]: expected a version, such as 3, latest, best or an alias, but found '1.5' in PREDICT MODEL
  line 1, column 24
  FROM t PREDICT MODEL m@1.5
                         ^^^
  hint: an alias is one word without quotes, such as champion
====
FROM t PREDICT MODEL m@"champion"
----
ParseError[expected]: expected a version, such as 3, latest, best or an alias, but found '"champion"' in PREDICT MODEL
  line 1, column 24
  FROM t PREDICT MODEL m@"champion"
                         ^^^^^^^^^^
  hint: an alias is one word without quotes, such as champion
====
FROM t PREDICT MODEL m@3a
----
ParseError[unexpected]: unexpected 'a' in PREDICT MODEL; did you mean "AS"?
  line 1, column 25
  FROM t PREDICT MODEL m@3a
                          ^
====
FROM t PREDICT MODEL m@order
----
ParseError[expected]: expected a version, such as 3, latest, best or an alias, but found 'order' in PREDICT MODEL
  line 1, column 24
  FROM t PREDICT MODEL m@order
                         ^^^^^
  hint: an alias is one word without quotes, such as champion
====
# a new version gets the next number by itself
FROM t TRAIN MODEL ridge() TARGET y AS m@3
----
ParseError[unexpected]: unexpected '@' in TRAIN MODEL
  line 1, column 41
  FROM t TRAIN MODEL ridge() TARGET y AS m@3
                                          ^
  hint: the clauses are TARGET, WEIGHT, PARTITION BY, CROSS VALIDATE, HOLDOUT, SPLIT BY, SPLIT, METRIC, SEARCH, SEED, WITH, AS
====
FROM t TRAIN MODEL ridge(alpha => m@3) TARGET y
----
ParseError[expected]: expected ',' or ')' but found '@' in TRAIN MODEL
  line 1, column 36
  FROM t TRAIN MODEL ridge(alpha => m@3) TARGET y
                                     ^
  hint: the bracket '(' at character 25 is still open
====
FROM predict_model((FROM t), model => m, name => p@2)
----
ParseError[expected]: expected ',' or ')' but found '@' in predict_model
  line 1, column 51
  FROM predict_model((FROM t), model => m, name => p@2)
                                                    ^
====
PROMOTE MODEL m@3
----
ParseError[expected]: expected TO but found the end in PROMOTE MODEL
  line 1, column 18
  PROMOTE MODEL m@3
                   ^
  hint: PROMOTE MODEL name@3 TO champion
====
PROMOTE MODEL m@3 TO latest
----
ParseError[reserved_alias]: latest is no alias: it follows from the versions
  line 1, column 22
  PROMOTE MODEL m@3 TO latest
                       ^^^^^^
  hint: ROLLBACK MODEL m sets latest back
====
PROMOTE MODEL m@3 TO 'champion'
----
ParseError[expected]: expected an alias but found ''champion'' in PROMOTE MODEL
  line 1, column 22
  PROMOTE MODEL m@3 TO 'champion'
                       ^^^^^^^^^^
  hint: an alias is one word without quotes, such as champion
====
PROMOTE MODLE m@3 TO champion
----
ParseError[unexpected]: unexpected 'PROMOTE MODLE'; did you mean "PROMOTE MODEL"?
  line 1, column 1
  PROMOTE MODLE m@3 TO champion
  ^^^^^^^^^^^^^
====
PROMTE MODEL m@3 TO champion
----
ParseError[unexpected]: unexpected 'PROMTE MODEL'; did you mean "PROMOTE MODEL"?
  line 1, column 1
  PROMTE MODEL m@3 TO champion
  ^^^^^^^^^^^^
====
CALL promote_model(m@3)
----
ParseError[expected]: expected alias => … but found the end in promote_model
  line 1, column 23
  CALL promote_model(m@3)
                        ^
====
CALL promote_model(m@3, alias => best)
----
ParseError[reserved_alias]: best is no alias: it follows from the versions
  line 1, column 34
  CALL promote_model(m@3, alias => best)
                                   ^^^^
  hint: ROLLBACK MODEL m sets latest back
====
ROLLBACK MODEL m TO champion
----
ParseError[expected]: expected the number of a version but found 'champion' in ROLLBACK MODEL
  line 1, column 21
  ROLLBACK MODEL m TO champion
                      ^^^^^^^^
====
ROLLBACK MODLE m
----
ParseError[unexpected]: unexpected 'ROLLBACK MODLE'; did you mean "ROLLBACK MODEL"?
  line 1, column 1
  ROLLBACK MODLE m
  ^^^^^^^^^^^^^^
====
SHOW MODEL VERSIONS
----
ParseError[expected]: expected the name of a model but found the end in SHOW MODEL
  line 1, column 20
  SHOW MODEL VERSIONS
                     ^
====
SHOW MODEL VERSIONS m@2
----
ParseError[unexpected]: unexpected '@' in SHOW MODEL
  line 1, column 22
  SHOW MODEL VERSIONS m@2
                       ^
====
SHOW MODEL VERSION m
----
ParseError[expected]: expected VERSIONS but found 'VERSION' in SHOW MODEL
  line 1, column 12
  SHOW MODEL VERSION m
             ^^^^^^^
  hint: SHOW MODEL VERSIONS name
====
SELECT promote_model(m@3, alias => champion)
----
ParseError[not_a_value]: promote_model gives a table, which cannot stand here
  line 1, column 8
  SELECT promote_model(m@3, alias => champion)
         ^^^^^^^^^^^^^
  hint: write FROM promote_model(…)
====
FROM predict_model((FROM t), model => model_version(m))
----
ParseError[expected]: model takes the name of a model, such as m or m@3, or a list of them
  line 1, column 39
  FROM predict_model((FROM t), model => model_version(m))
                                        ^^^^^^^^^^^^^^^^
====
FROM predict_model((FROM t), model => model_version(m, 0))
----
ParseError[bad_number]: the version must be a whole number, from 1 to 999999999
  line 1, column 56
  FROM predict_model((FROM t), model => model_version(m, 0))
                                                         ^
====
FROM predict_model((FROM t), model => model_version(m, "champion"))
----
ParseError[expected]: model takes the name of a model, such as m or m@3, or a list of them
  line 1, column 39
  FROM predict_model((FROM t), model => model_version(m, "champion"))
                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
====
FROM describe_model(other(m, 1))
----
ParseError[expected]: model takes the name of a model, such as m or m@3, or a list of them
  line 1, column 21
  FROM describe_model(other(m, 1))
                      ^^^^^^^^^^^
