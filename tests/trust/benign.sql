-- What analysts and agents write: all of it is admitted, and runs. A block is a statement; a title line precedes it.
-- filter, group, order
SELECT city, count(*) AS n, avg(amount) AS mean FROM sales WHERE amount > 1 GROUP BY city HAVING count(*) > 0 ORDER BY n DESC, 1 LIMIT 5 OFFSET 0;
-- FROM-first
FROM sales SELECT city, sum(amount) GROUP BY ALL ORDER BY ALL;
-- FROM alone
FROM sales;
-- TABLE
TABLE sales;
-- VALUES
VALUES (1, 'a'), (2, NULL);
-- aliases with a colon
SELECT total: sum(amount), biggest: max(amount) FROM sales;
-- trailing comma and lateral column alias
SELECT amount * 2 AS twice, twice + 1 AS more, FROM sales;
-- inner, left, full, cross, natural, semi, anti joins
SELECT * FROM sales s JOIN people p ON s.person = p.id LEFT JOIN people q ON q.id = s.person FULL JOIN people r ON r.name = q.name;
-- semi and anti join
SELECT * FROM sales SEMI JOIN people ON person = people.id UNION ALL SELECT * FROM sales ANTI JOIN people ON person = people.id;
-- cross and natural join, comma join
SELECT count(*) FROM sales NATURAL JOIN sales AS other CROSS JOIN people, people AS more;
-- positional join
SELECT * FROM sales POSITIONAL JOIN people;
-- ASOF join
SELECT s.day, r.rate FROM sales s ASOF JOIN rates r ON s.city = r.city AND s.day >= r.day;
-- lateral join
SELECT p.id, x.total FROM people p, LATERAL (SELECT sum(amount) AS total FROM sales WHERE person = p.id) x;
-- lateral column reference in a table function
SELECT p.id, r.i FROM people p, range(p.id) r(i);
-- window with a frame
SELECT city, sum(amount) OVER (PARTITION BY city ORDER BY day ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM sales;
-- window over a range of days
SELECT avg(amount) OVER (ORDER BY day RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW) FROM sales;
-- window over groups
SELECT sum(amount) OVER (ORDER BY day GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM sales;
-- named window
SELECT row_number() OVER w, rank() OVER w, lag(amount, 1, 0) OVER w, first_value(amount IGNORE NULLS) OVER w FROM sales WINDOW w AS (PARTITION BY city ORDER BY day);
-- forward fill
SELECT day, last(amount IGNORE NULLS) OVER (ORDER BY day) AS filled FROM sales;
-- QUALIFY
SELECT * FROM sales QUALIFY row_number() OVER (PARTITION BY city ORDER BY amount DESC) = 1;
-- FILTER
SELECT count(*) FILTER (WHERE amount > 2), sum(amount) FILTER (city = 'A') FROM sales;
-- GROUPING SETS
SELECT city, day, grouping(city), sum(amount) FROM sales GROUP BY GROUPING SETS ((city, day), (city), ());
-- ROLLUP and CUBE
SELECT city, day, sum(amount) FROM sales GROUP BY ROLLUP (city, day) UNION ALL SELECT city, day, sum(amount) FROM sales GROUP BY CUBE (city, day);
-- CTE chain
WITH a AS (SELECT * FROM sales), b AS MATERIALIZED (SELECT city, sum(amount) AS s FROM a GROUP BY city), c(x) AS (SELECT s FROM b) SELECT max(x) FROM c;
-- a CTE that shadows a table, in another case
WITH Sales AS (SELECT * FROM sales WHERE amount > 0) SELECT count(*) FROM SALES;
-- recursive CTE
WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 10) SELECT sum(i) FROM r;
-- recursive CTE with keys
WITH RECURSIVE r(k, v) USING KEY (k) AS (SELECT 1, 1 UNION SELECT k, v + 1 FROM r WHERE v < 3) SELECT * FROM r;
-- set operations
SELECT city FROM sales UNION SELECT name FROM people EXCEPT SELECT 'x' INTERSECT SELECT 'y' ORDER BY 1;
-- UNION BY NAME
SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b, 3 AS a;
-- scalar, correlated, EXISTS, IN, ANY and ALL subqueries
SELECT (SELECT max(amount) FROM sales), EXISTS (FROM sales WHERE person = id), id IN (SELECT person FROM sales), id > ALL (SELECT 0), id = ANY (SELECT person FROM sales), ARRAY(SELECT amount FROM sales) FROM people;
-- USING SAMPLE
SELECT * FROM sales USING SAMPLE reservoir(2 ROWS) REPEATABLE (42);
-- TABLESAMPLE
SELECT * FROM sales TABLESAMPLE bernoulli(50%) REPEATABLE (1);
-- DISTINCT ON
SELECT DISTINCT ON (city) city, amount FROM sales ORDER BY city, amount DESC NULLS LAST;
-- star with EXCLUDE, REPLACE, RENAME
SELECT * EXCLUDE (day) REPLACE (amount * 2 AS amount) RENAME (city AS town) FROM sales;
-- COLUMNS with a pattern and a lambda
SELECT COLUMNS('a.*'), min(COLUMNS(* EXCLUDE (day))), COLUMNS(lambda c: c LIKE 'c%') FROM sales GROUP BY ALL;
-- star LIKE and unpacked columns
SELECT * LIKE 'a%', greatest(*COLUMNS('amount|person')) FROM sales;
-- list lambdas
SELECT list_transform([1, 2, 3], lambda x: x * 2), list_filter([1, 2], lambda x, i: x > i), list_reduce([1, 2, 3], lambda a, b: a + b);
-- list comprehension and slices
SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1] AS l, l[1], l[1:2], l[-1], len(l), list_sort(l, 'DESC'), list_aggregate(l, 'sum');
-- struct
SELECT s.a, s.b.c, s['a'], struct_pack(x := 1), row(1, 'a'), struct_insert(s, d := 2) FROM (SELECT {'a': 1, 'b': {'c': 'x'}} AS s);
-- map
SELECT MAP {'k': 1, 'l': 2} AS m, m['k'], map_keys(m), map_entries(m), cardinality(m);
-- unnest
SELECT unnest([1, 2]) AS i, unnest([{'a': 1}], recursive := true) FROM range(1);
-- unnest as a table with ordinality
SELECT * FROM unnest([3, 4]) WITH ORDINALITY AS u(x, i);
-- JSON
SELECT '{"a": [1, 2]}'::JSON AS j, j -> 'a', j ->> '$.a[0]', json_extract_string(j, '$.a'), json_array_length(j, 'a'), to_json({'x': 1}), json_keys(j);
-- JSON as a table
SELECT key, value FROM json_each('{"a": 1, "b": 2}');
-- dates
SELECT date_trunc('month', day), date_diff('day', day, current_date), extract(year FROM day), day + INTERVAL 1 MONTH, strftime(day, '%Y-%m'), dayofweek(day), last_day(day), epoch(day), make_date(2024, 1, 2) FROM sales;
-- timestamps
SELECT now() > TIMESTAMP '2020-01-01', strptime('2024-01-02', '%Y-%m-%d'), time_bucket(INTERVAL '1 week', TIMESTAMP '2024-01-02'), age(TIMESTAMP '2024-01-02', TIMESTAMP '2023-01-02'), epoch(to_timestamp(0)), current_timestamp IS NOT NULL;
-- regular expressions
SELECT regexp_extract(city, '([A-Z])', 1), regexp_replace(city, 'a', 'b', 'g'), city ~ 'A', city SIMILAR TO 'A.*', regexp_extract_all(city, '.') FROM sales;
-- text
SELECT upper(city), city || '!', city.lower(), concat_ws('-', city, 'x'), split_part(city, 'a', 1), substring(city FROM 1 FOR 2), position('a' IN city), trim(BOTH ' ' FROM city), left(city, 1), replace(city, 'a', 'b'), strip_accents(city), format('{} {:.2f}', city, 1.5), printf('%05d', 3), starts_with(city, 'A'), lpad(city, 5, ' '), repeat('-', 10) FROM sales;
-- LIKE and ILIKE
SELECT * FROM sales WHERE city LIKE 'A%' ESCAPE '!' OR city ILIKE '%b' AND city NOT LIKE 'x' OR city GLOB 'A*';
-- edit distances of short texts
SELECT levenshtein(left(s.city, 100), left(p.name, 100)), jaro_winkler_similarity(lower(left(p.name, 64)), 'ann') FROM sales s, people p;
-- CASE, COALESCE, NULLIF, IF, TRY
SELECT CASE WHEN amount > 2 THEN 'big' ELSE 'small' END, CASE city WHEN 'A' THEN 1 END, coalesce(amount, 0), nullif(city, 'A'), if(amount > 1, 1, 0), ifnull(amount, 1), TRY(ln(amount - 1)), try_cast(city AS INTEGER) FROM sales;
-- casts
SELECT amount::DECIMAL(10, 2), CAST(day AS VARCHAR), '1'::INT, [1]::DOUBLE[], {'a': 1}::STRUCT(a VARCHAR), '2024-01-01'::DATE, 'a'::ENUM('a', 'b'), 1::UNION(i INT, s VARCHAR) FROM sales;
-- statistics
SELECT stddev_samp(amount), var_pop(amount), corr(amount, person), regr_slope(amount, person), quantile_cont(amount, [0.25, 0.5]), median(amount), mad(amount), skewness(amount), kurtosis(amount), entropy(city), approx_count_distinct(city), mode(city) FROM sales;
-- ordered aggregates
SELECT string_agg(city, ', ' ORDER BY amount DESC), list(amount ORDER BY day), arg_max(city, amount), first(city ORDER BY day), percentile_cont(0.9) WITHIN GROUP (ORDER BY amount), histogram(city), count(DISTINCT city) FROM sales;
-- numbers
SELECT abs(-1), round(2.5), floor(amount), ln(2), log10(10), sqrt(4), pow(2, 3), 7 // 2, 7 % 2, 2 ** 3, greatest(1, 2), sign(-1), pi(), sin(1), 1 << 2, xor(1, 2), 0xFF, 1e3, 1_000 FROM sales;
-- hash split and random
SELECT hash(person) % 5 AS fold, random() < 0.5, md5(city), sha256(city), uuid() IS NOT NULL FROM sales;
-- IS DISTINCT FROM, BETWEEN, IN, NULL tests
SELECT * FROM sales WHERE amount IS DISTINCT FROM 1 AND amount BETWEEN 0 AND 100 AND city IN ('A', 'B') AND day IS NOT NULL AND NOT (city IS NULL);
-- ORDER BY with a collation and positions
SELECT city FROM sales ORDER BY city COLLATE NOCASE NULLS FIRST, #1;
-- LIMIT in percent
SELECT * FROM sales LIMIT 50%;
-- LIMIT by a subquery
SELECT * FROM sales LIMIT (SELECT 1);
-- GROUP BY an expression, ORDER BY an aggregate
SELECT day.year() AS y, sum(amount) FROM sales GROUP BY y ORDER BY sum(amount) DESC;
-- PIVOT with values
PIVOT sales ON city IN ('A', 'B') USING sum(amount) AS total, max(amount) GROUP BY person;
-- PIVOT without values
PIVOT sales ON city USING sum(amount) GROUP BY day ORDER BY day LIMIT 3;
-- PIVOT of an expression and a query
PIVOT (SELECT * FROM sales WHERE amount > 0) ON city || '!', day USING sum(amount);
-- PIVOT in WITH
WITH p AS (PIVOT sales ON city USING sum(amount)) SELECT * FROM p;
-- PIVOT of the standard
FROM sales PIVOT (sum(amount) FOR city IN ('A', 'B') GROUP BY person);
-- UNPIVOT
UNPIVOT (SELECT person, amount FROM sales) ON person, amount INTO NAME what VALUE number;
-- DESCRIBE a table
DESCRIBE sales;
-- DESCRIBE a query
DESCRIBE SELECT city, sum(amount) FROM sales GROUP BY city;
-- SUMMARIZE
SUMMARIZE sales;
-- SUMMARIZE in FROM
SELECT column_name, null_percentage FROM (SUMMARIZE SELECT * FROM sales);
-- SHOW TABLES
SHOW TABLES;
-- SHOW a table
SHOW sales;
-- EXPLAIN
EXPLAIN SELECT * FROM sales WHERE amount > 1;
-- EXPLAIN as JSON
EXPLAIN (FORMAT json) SELECT count(*) FROM sales;
-- generate_series of dates
SELECT unnest(generate_series(DATE '2024-01-01', DATE '2024-02-01', INTERVAL 1 DAY)) AS day;
-- range of numbers as a table
SELECT i, i * i FROM range(10) t(i) WHERE i % 2 = 0;
-- vectors
SELECT list_cosine_similarity([1.0, 2.0], [2.0, 3.0]), array_distance([1, 2]::FLOAT[2], [3, 4]::FLOAT[2]), list_dot_product([1, 2], [3, 4]);
-- view, macro and schema of the host
SELECT double_it(big_sales.amount) FROM big_sales, memory.main.sales AS again, main.people;
-- a table macro of the host
SELECT * FROM of_city('A');
-- names with quotes and unusual letters
SELECT "weird name" AS "Ö" FROM "my table" AS "tàble";
-- strings that look like code
SELECT 'read_csv(''x'')', $$; DROP TABLE sales$$, e'\'; --', "sales".city /* ; DROP */ FROM sales -- ; DROP TABLE sales
;
-- several statements
SELECT 1; SELECT 2 FROM sales; PIVOT sales ON city USING count(*); EXPLAIN SELECT 3;
-- nothing but a comment
-- nothing
;
-- our own transforms
SELECT one_hot(city), standard_scale(impute(amount)), amount FROM sales;
