-- line 15: scores = cross_val_score(model, X, y, cv=5)
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 9: df["quality"] = df["quality"].fillna(0)
  SELECT *, coalesce("quality", 0.0e0) AS "quality_2" FROM "houses"
),
step_3 AS (
  -- line 10: df["age"] = 2024 - df["built"]
  SELECT *, (2024 - "built") AS "age" FROM step_2
)
SELECT nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_3
ORDER BY "__rid";

-- line 15: scores = cross_val_score(model, X, y, cv=5)
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 9: df["quality"] = df["quality"].fillna(0)
  SELECT *, coalesce("quality", 0.0e0) AS "quality_2" FROM "houses"
),
step_3 AS (
  -- line 10: df["age"] = 2024 - df["built"]
  SELECT *, (2024 - "built") AS "age" FROM step_2
)
SELECT standard_scale("area") AS "area", standard_scale("rooms") AS "rooms", standard_scale("age") AS "age", standard_scale("quality_2") AS "quality", standard_scale("distance") AS "distance", nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_3
ORDER BY "__rid"
TRAIN MODEL ridge(alpha => 2.0)
TARGET "price"
CROSS VALIDATE 5 NO SHUFFLE
METRIC r2
WITH (keep_order = true);

-- df
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 9: df["quality"] = df["quality"].fillna(0)
  SELECT *, coalesce("quality", 0.0e0) AS "quality_2" FROM "houses"
),
step_3 AS (
  -- line 10: df["age"] = 2024 - df["built"]
  SELECT *, (2024 - "built") AS "age" FROM step_2
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality_2" AS "quality", "distance", "price", "age"
FROM step_3
ORDER BY "__rid";

-- X
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 9: df["quality"] = df["quality"].fillna(0)
  SELECT *, coalesce("quality", 0.0e0) AS "quality_2" FROM "houses"
),
step_3 AS (
  -- line 10: df["age"] = 2024 - df["built"]
  SELECT *, (2024 - "built") AS "age" FROM step_2
)
SELECT "area", "rooms", "age", "quality_2" AS "quality", "distance"
FROM step_3
ORDER BY "__rid";
