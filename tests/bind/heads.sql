select avg(b) as m, y from t group by y
----
reads whole: select from ( select avg ( b ) m , y from t group by y ) head
m = "m" DOUBLE
y = "y" DOUBLE

select avg(b) m, max(y) y from t
----
reads whole: select from ( select avg ( b ) m , max ( y ) y from t ) head
m = "m" DOUBLE
y = "y" DOUBLE

select b, lag(b) over (order by id) as l, y from t
----
reads: select from t
b = "b" DOUBLE
l = lag ( b ) over ( order by id ) DOUBLE
y = "y" DOUBLE

select st.p as p, standard_scale(st.q), y from t
----
reads: select from t
p = st . p BIGINT
standard_scale(st.q) = standard_scale(q) over st . q BIGINT
y = "y" DOUBLE

select t.st.p, t.b from t
----
reads: select from t
p = t . st . p BIGINT, at prediction st.p
b = "b" DOUBLE, at prediction b

select li[1] as l, y from t
----
reads: select from t
l = li [ 1 ] BIGINT
y = "y" DOUBLE

select unnest(li) as q, y from t
----
reads whole: select from ( select unnest ( li ) q , y from t ) head
q = "q" BIGINT
y = "y" DOUBLE

select a + 1 as e, e * 2 as f, y from t
----
reads whole: select from ( select a + 1 e , e * 2 f , y from t ) head
e = "e" BIGINT
f = "f" BIGINT
y = "y" DOUBLE

select * from t, u where t.id = u.id
----
reads: select from t , u where t . id = u . id
id = * [0] BIGINT, at prediction None
a = * [1] BIGINT, at prediction None
b = "b" DOUBLE
c = "c" VARCHAR
y = "y" DOUBLE
st = "st" STRUCT(p BIGINT, q BIGINT)
li = "li" BIGINT[]
d = "d" DATE
ts = "ts" TIMESTAMP
flag = "flag" BOOLEAN
id = * [10] BIGINT, at prediction None
z = "z" BIGINT
a = * [12] BIGINT, at prediction None

select t.*, u.z from t join u using (id)
----
reads: select from t join u using ( id )
id = "id" BIGINT
a = t . * [1] BIGINT, at prediction None
b = "b" DOUBLE
c = "c" VARCHAR
y = "y" DOUBLE
st = "st" STRUCT(p BIGINT, q BIGINT)
li = "li" BIGINT[]
d = "d" DATE
ts = "ts" TIMESTAMP
flag = "flag" BOOLEAN
z = "z" BIGINT, at prediction z

select t.b, u.a, t.a as ta, y from t join u on t.id = u.id
----
reads: select from t join u on t . id = u . id
b = "b" DOUBLE, at prediction b
a = u . a BIGINT, at prediction None
ta = t . a BIGINT, at prediction None
y = "y" DOUBLE

select standard_scale(u.a), y from t join u on t.id = u.id
----
reads: select from t join u on t . id = u . id
standard_scale(u.a) = standard_scale(a) over u . a BIGINT, at prediction None
y = "y" DOUBLE

select standard_scale(columns(c -> c in ('a','b'))), y from t
----
BindError[duckdb_binder]: Deprecated lambda arrow (->) detected. Please transition to the new lambda syntax, i.e.., lambda x, i: x + i, before DuckDB's next release.

select columns('a|b') + 1, y from t
----
BindError[duckdb_binder]: No function matches the given name and argument types '+(BOOLEAN, INTEGER_LITERAL)'. You might need to add explicit type casts.
  line 1, column 23
  select columns('a|b') + 1, y from t
                        ^

select standard_scale(columns('a|b') + 1), y from t
----
BindError[duckdb_binder]: No function matches the given name and argument types '+(BOOLEAN, INTEGER_LITERAL)'. You might need to add explicit type casts.
  line 1, column 38
  select standard_scale(columns('a|b') + 1), y from t
                                       ^

select b as "B c", y from t
----
reads: select from t
B c = "b" DOUBLE
y = "y" DOUBLE

select "b", Y from T
----
reads: select from t
b = "b" DOUBLE
Y = "y" DOUBLE

select b, y, from t
----
reads: select from t
b = "b" DOUBLE
y = "y" DOUBLE

from t select b, y
----
reads: select from t
b = "b" DOUBLE
y = "y" DOUBLE

from t where a > 2 select b, y
----
BindError[syntax]: syntax error at or near "select"
  line 1, column 20
  from t where a > 2 select b, y
                     ^

with q as (select * from t where a>1) select standard_scale(b), y from q
----
reads: with q as ( select * from t where a > 1 ) select from q
standard_scale(b) = standard_scale(b) over "b" DOUBLE
y = "y" DOUBLE

with q as (select standard_scale(b) as b, y from t), r as (select * from q) select * from r
----
reads: select from t
b = standard_scale(b) over "b" DOUBLE
y = "y" DOUBLE

with recursive r(n) as (select 1 union all select n+1 from r where n<5) select n from r
----
reads: with recursive r ( n ) as ( select 1 union all select n + 1 from r where n < 5 ) select from r
n = "n" INTEGER

select z, c, y from vv
----
reads: select from t where ( a < 5 )
z = standard_scale(b) over "b" DOUBLE
c = one_hot(c) over "c" VARCHAR
y = "y" DOUBLE

select feats(b), y from t
----
reads: select from t
standard_scale(ln((b + 1))) = standard_scale(ln((b + 1))) over ln ( ( b + 1 ) ) DOUBLE
y = "y" DOUBLE

select feats(b) + 1 as k, y from t
----
reads: select from t
k = scalar standard_scale(ln((b + 1))) + 1
y = "y" DOUBLE

select * exclude (st, li, c, d, ts), date_parts(ts), one_hot(c) from t
----
reads: select from t
id = "id" BIGINT
a = "a" BIGINT
b = "b" DOUBLE
y = "y" DOUBLE
flag = "flag" BOOLEAN
date_parts(ts) = date_parts(ts) over "ts" TIMESTAMP
one_hot(c) = one_hot(c) over "c" VARCHAR

select * replace (b*2 as b) from t
----
reads: select from t
id = * replace ( b * 2 b ) [0] BIGINT, at prediction None
a = * replace ( b * 2 b ) [1] BIGINT, at prediction None
b = * replace ( b * 2 b ) [2] DOUBLE, at prediction None
c = * replace ( b * 2 b ) [3] VARCHAR, at prediction None
y = * replace ( b * 2 b ) [4] DOUBLE, at prediction None
st = * replace ( b * 2 b ) [5] STRUCT(p BIGINT, q BIGINT), at prediction None
li = * replace ( b * 2 b ) [6] BIGINT[], at prediction None
d = * replace ( b * 2 b ) [7] DATE, at prediction None
ts = * replace ( b * 2 b ) [8] TIMESTAMP, at prediction None
flag = * replace ( b * 2 b ) [9] BOOLEAN, at prediction None

select distinct b, y from t
----
reads whole: select from ( select distinct b , y from t ) head
b = "b" DOUBLE
y = "y" DOUBLE

select b, y from t limit 10
----
reads whole: select from ( select b , y from t limit 10 ) head
b = "b" DOUBLE
y = "y" DOUBLE

select b, y from t using sample 10 rows
----
reads whole: select from ( select b , y from t using sample 10 rows ) head
b = "b" DOUBLE
y = "y" DOUBLE

select b, y from t order by b
----
reads whole: select from ( select b , y from t order by b ) head
b = "b" DOUBLE
y = "y" DOUBLE

select b from t qualify row_number() over (order by b) < 5
----
reads whole: select from ( select b from t qualify row_number ( ) over ( order by b ) < 5 ) head
b = "b" DOUBLE

values (1, 2), (3, 4)
----
reads whole: select from ( values ( 1 , 2 ) , ( 3 , 4 ) ) head
col0 = "col0" INTEGER
col1 = "col1" INTEGER

(select b, y from t)
----
reads whole: select from ( ( select b , y from t ) ) head
b = "b" DOUBLE
y = "y" DOUBLE

select b, y from t union select a, y from t
----
reads whole: select from ( select b , y from t union select a , y from t ) head
b = "b" DOUBLE
y = "y" DOUBLE

pivot t on a using sum(b) group by c
----
reads whole: select from ( pivot t on a using sum ( b ) group by c ) head
c = "c" VARCHAR
0 = "0" DOUBLE
1 = "1" DOUBLE
2 = "2" DOUBLE
3 = "3" DOUBLE
4 = "4" DOUBLE
5 = "5" DOUBLE
6 = "6" DOUBLE

select case when a > 3 then standard_scale(b) else 0 end as k, y from t
----
reads: select from t
k = scalar case when a > 3 then standard_scale(b) else 0 end
y = "y" DOUBLE

select standard_scale(b) > 1 as k, y from t
----
reads: select from t
k = scalar standard_scale(b) > 1
y = "y" DOUBLE

select coalesce(standard_scale(b), a) as k, y from t
----
reads: select from t
k = scalar coalesce(standard_scale(b), a)
y = "y" DOUBLE

select 'x{0}' as tt, length('{') + standard_scale(b) as k, y from t
----
reads: select from t
tt = 'x{0}' VARCHAR
k = scalar length('{') + standard_scale(b)
y = "y" DOUBLE

select impute(b, 'median') i, impute(b, strategy => 'mean') i2, y from t
----
reads: select from t
i = impute(b, strategy => 'median') over "b" DOUBLE
i2 = impute(b) over "b" DOUBLE
y = "y" DOUBLE

select pca(standard_scale(a), b, 2), y from t
----
reads: select from t
pca(standard_scale(a), b, 2) = pca(standard_scale(a), b, n_components => 2) over standard_scale(a) over "a" BIGINT, "b" DOUBLE
y = "y" DOUBLE

select vectorize(columns(*)) from t
----
BindError[wrong_type]: vectorize takes a column; st is STRUCT(p BIGINT, q BIGINT)
  line 1, column 18
  select vectorize(columns(*)) from t
                   ^^^^^^^^^^
  hint: take it apart in SQL first

select vectorize(* exclude (st, li)) from t
----
reads: select from t
vectorize(id) = vectorize(id) over "id" BIGINT
vectorize(a) = vectorize(a) over "a" BIGINT
vectorize(b) = vectorize(b) over "b" DOUBLE
vectorize(c) = vectorize(c) over "c" VARCHAR
vectorize(y) = vectorize(y) over "y" DOUBLE
vectorize(d) = vectorize(d) over "d" DATE
vectorize(ts) = vectorize(ts) over "ts" TIMESTAMP
vectorize(flag) = vectorize(flag) over "flag" BOOLEAN

select one_hot(c, max_categories => 2), y from t -- hello
----
reads: select from t
one_hot(c, max_categories => 2) = one_hot(c, max_categories => 2) over "c" VARCHAR
y = "y" DOUBLE

select (b) , y from t
----
reads: select from t
b = "b" DOUBLE
y = "y" DOUBLE

select b y2, y from t tt
----
reads: select from t tt
y2 = "b" DOUBLE
y = "y" DOUBLE

select x.b, x.y from (select b, y from t) x
----
reads: select from ( select b , y from t ) x
b = "b" DOUBLE, at prediction b
y = "y" DOUBLE, at prediction y

select tablesample.b from t tablesample
----
BindError[syntax]: syntax error at or near "."
  line 1, column 19
  select tablesample.b from t tablesample
                    ^

select b, (select max(z) from u where u.id = t.id) as sub, y from t
----
reads: select from t
b = "b" DOUBLE
sub = ( select max ( z ) from u where u . id = t . id ) BIGINT, at prediction None
y = "y" DOUBLE

select standard_scale((select max(z) from u where u.id = t.id)) as sub, y from t
----
reads: select from t
sub = standard_scale((select max(z) from u where u.id = t.id)) over ( select max ( z ) from u where u . id = t . id ) BIGINT, at prediction None
y = "y" DOUBLE

select exists(select standard_scale(z) from u), y from t
----
BindError[transform_below]: standard_scale is fitted on the training rows, so it can stand only in the outermost SELECT list
  line 1, column 22
  select exists(select standard_scale(z) from u), y from t
                       ^^^^^^^^^^^^^^^^^
  hint: move it up: SELECT standard_scale(x) FROM (<this query>)

select standard_scale(standard_scale(b)) as q, y from t
----
reads: select from t
q = standard_scale(standard_scale(b)) over standard_scale(b) over "b" DOUBLE
y = "y" DOUBLE

select target_encode(c), y from t where c is not null and a in (1,2,3)
----
reads: select from t where c is not null and a in ( 1 , 2 , 3 )
target_encode(c) = target_encode(c) over "c" VARCHAR
y = "y" DOUBLE

select row_normalize(a, b), y from t
----
reads: select from t
row_normalize(a, b) = row_normalize(a, b) over "a" BIGINT, "b" DOUBLE
y = "y" DOUBLE

select b::int as bi, cast(b as float) bf, y from t
----
reads: select from t
bi = b :: int INTEGER
bf = cast ( b as float ) FLOAT
y = "y" DOUBLE

select standard_scale(b) over () from t
----
BindError[transform_below]: standard_scale is fitted on the training rows, so it can stand only in the outermost SELECT list
  line 1, column 8
  select standard_scale(b) over () from t
         ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: move it up: SELECT standard_scale(x) FROM (<this query>)

select b from t where y between 1 and 5 group by b having count(*) > 0
----
reads whole: select from ( select b from t where y between 1 and 5 group by b having count ( * ) > 0 ) head
b = "b" DOUBLE

select grouping(b), b from t group by rollup(b)
----
reads whole: select from ( select grouping ( b ) , b from t group by rollup ( b ) ) head
GROUPING(b) = "grouping(b)" BIGINT
b = "b" DOUBLE

show tables
----
reads whole: select from ( show tables ) head
name = "name" VARCHAR

select 1
----
reads whole: select from ( select 1 ) head
1 = "1" INTEGER

select b is distinct from y as k, y from t
----
reads: select from t
k = b is distinct from y BOOLEAN
y = "y" DOUBLE

select $1 as b, y from t
----
RunError[duckdb_invalid_input]: Values were not provided for the following parameters: 1

select b, y from t where a > $v
----
RunError[duckdb_invalid_input]: Values were not provided for the following parameters: v
  line 1, column 30
  select b, y from t where a > $v
                               ^^
  hint: getvariable('v') is what SET VARIABLE gave it

select "é", y from (select b as "é", y from t)
----
reads: select from ( select b "é" , y from t )
é = "é" DOUBLE
y = "y" DOUBLE

select b /* from */ , y from t
----
reads: select from t
b = "b" DOUBLE
y = "y" DOUBLE

describe t
----
reads whole: select from ( describe t ) head
column_name = "column_name" VARCHAR
column_type = "column_type" VARCHAR
null = "null" VARCHAR
key = "key" VARCHAR
default = "default" VARCHAR
extra = "extra" VARCHAR

select standard_scale(a, b), y from t
----
reads: select from t
standard_scale(a) = standard_scale(a) over "a" BIGINT
standard_scale(b) = standard_scale(b) over "b" DOUBLE
y = "y" DOUBLE

select clip_outliers(b, 0.1, 0.9), y from t
----
reads: select from t
clip_outliers(b, 0.1, 0.9) = clip_outliers(b, low => 0.1, high => 0.9) over "b" DOUBLE
y = "y" DOUBLE

select tfidf(c, analyzer => 'char', ngram_range => (1, 2)), y from t
----
reads: select from t
tfidf(c, analyzer => 'char', ngram_range => (1, 2)) = tfidf(c, ngram_range => (1, 2), analyzer => 'char') over "c" VARCHAR
y = "y" DOUBLE

select date_parts(ts, parts => ('hour', 'month')), y from t
----
reads: select from t
date_parts(ts, parts => ('hour', 'month')) = date_parts(ts, parts => ('hour', 'month')) over "ts" TIMESTAMP
y = "y" DOUBLE

select impute(standard_scale(c)) from t
----
BindError[wrong_type]: standard_scale takes numbers; c is VARCHAR
  line 1, column 30
  select impute(standard_scale(c)) from t
                               ^
  hint: make numbers of text first: one_hot(x), ordinal(x), target_encode(x), tfidf(x)

select standard_scale() from t
----
BindError[no_column]: standard_scale needs a column
  line 1, column 8
  select standard_scale() from t
         ^^^^^^^^^^^^^^^^
  hint: for example SELECT standard_scale(distance)

select standard_scale(3) from t
----
reads: select from t
standard_scale(3) = standard_scale(3) over 3 INTEGER

select standard_scale(b, with_mean => a) from t
----
BindError[not_constant]: a parameter must be a constant
  line 1, column 39
  select standard_scale(b, with_mean => a) from t
                                        ^

select standard_scale(b, with_mean => 'x') from t
----
BindError[bad_parameter]: standard_scale: with_mean must be true or false, not 'x'
  line 1, column 39
  select standard_scale(b, with_mean => 'x') from t
                                        ^^^

select impute(b, 'mediann') from t
----
BindError[bad_parameter]: impute: strategy must be one of 'mean', 'median', 'most_frequent', 'constant', not 'mediann'
  line 1, column 18
  select impute(b, 'mediann') from t
                   ^^^^^^^^^

WITH s AS (SELECT b, y, c FROM t) SELECT y, b, ordinal(c) AS c FROM s
----
reads: with s as ( select b , y , c from t ) select from s
y = "y" DOUBLE
b = "b" DOUBLE
c = ordinal(c) over "c" VARCHAR

select a + 1 as e, y from t where e > 3
----
reads whole: select from ( select a + 1 e , y from t where e > 3 ) head
e = "e" BIGINT
y = "y" DOUBLE

select t.a, u.z from t join u using (id), (select 1 as one) k
----
reads: select from t join u using ( id ) , ( select 1 one ) k
a = t . a BIGINT, at prediction None
z = "z" BIGINT, at prediction z

select b as y2, y from t where b is distinct from y
----
reads: select from t where b is distinct from y
y2 = "b" DOUBLE
y = "y" DOUBLE

select nosuch.b from t
----
BindError[duckdb_binder]: Referenced table "nosuch" not found!
  line 1, column 8
  select nosuch.b from t
         ^^^^^^^^

select b from nosuch
----
BindError[unknown_table]: no table "nosuch"; did you mean "pg_sequences"?
  line 1, column 15
  select b from nosuch
                ^^^^^^

select standrd_scale(b), y from t
----
BindError[unknown_function]: no scalar function "standrd_scale"; did you mean "standard_scale" or "robust_scale"?
  line 1, column 8
  select standrd_scale(b), y from t
         ^^^^^^^^^^^^^^^^

select standard_scal(b), y from t
----
BindError[unknown_function]: no scalar function "standard_scal"; did you mean "standard_scale"?
  line 1, column 8
  select standard_scal(b), y from t
         ^^^^^^^^^^^^^^^^

select feats(b, a), y from t
----
BindError[bad_call]: the macro takes 1 arguments
  line 1, column 8
  select feats(b, a), y from t
         ^^^^^^^^^^^

select z from v where y > 1
----
BindError[clause_over_transform]: a query over a view or CTE that has transforms may have nothing but a SELECT list
  line 1, column 1
  select z from v where y > 1
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: put WHERE and the other clauses inside the view or CTE

select zz from v
----
BindError[unknown_column]: no column "zz" here; did you mean "z"?
  line 1, column 8
  select zz from v
         ^^

select z + 1 from v
----
BindError[expression_over_transform]: only names of columns may stand over a view or CTE that has transforms
  line 1, column 8
  select z + 1 from v
         ^^^^^
  hint: write the expression inside the view or CTE

FROM t AS k SELECT b, y
----
reads: select from t k
b = "b" DOUBLE
y = "y" DOUBLE

select b, y from t k -- the same relation
----
reads: select from t k
b = "b" DOUBLE
y = "y" DOUBLE

with q as (select 1 as one) from t, q where b > 1 select b, y
----
BindError[syntax]: syntax error at or near "select"
  line 1, column 51
  with q as (select 1 as one) from t, q where b > 1 select b, y
                                                    ^

with q as (select 1 as one) from t as asof, q select b, y
----
BindError[syntax]: syntax error at or near "asof"
  line 1, column 39
  with q as (select 1 as one) from t as asof, q select b, y
                                        ^

from t
----
reads: select from t
id = "id" BIGINT
a = "a" BIGINT
b = "b" DOUBLE
c = "c" VARCHAR
y = "y" DOUBLE
st = "st" STRUCT(p BIGINT, q BIGINT)
li = "li" BIGINT[]
d = "d" DATE
ts = "ts" TIMESTAMP
flag = "flag" BOOLEAN

select vectorize(*) from u
----
reads: select from u
vectorize(id) = vectorize(id) over "id" BIGINT
vectorize(z) = vectorize(z) over "z" BIGINT
vectorize(a) = vectorize(a) over "a" BIGINT

select standard_scale(* exclude (id)), y from (select id, a, b, y from t)
----
reads: select from ( select id , a , b , y from t )
standard_scale(a) = standard_scale(a) over "a" BIGINT
standard_scale(b) = standard_scale(b) over "b" DOUBLE
standard_scale(y) = standard_scale(y) over "y" DOUBLE
y = "y" DOUBLE

select pca(u.*, 2), t.y from t join u using (id)
----
reads: select from t join u using ( id )
pca(u.*, 2) = pca(id, z, a, n_components => 2) over "id" BIGINT, "z" BIGINT, u . * [2] BIGINT, at prediction None
y = "y" DOUBLE, at prediction y
