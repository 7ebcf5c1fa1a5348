-- line 14: model.fit(X_train, y_train)
WITH "houses" AS (
  -- line 6: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 7: df = df[df["area"] > 20]
  SELECT * FROM "houses" WHERE ("area" > 20.0e0)
),
step_3 AS (
  -- line 8: df["quality"] = df["quality"].fillna(df["quality"].mean())
  SELECT *, coalesce("quality", (SELECT nullif(avg("quality"), 'nan'::DOUBLE) FROM step_2)) AS "quality_2" FROM step_2
)
SELECT "area", "rooms", "built", "quality_2" AS "quality", "distance", "price"
FROM step_3
ORDER BY "__rid"
TRAIN MODEL gradient_boosting_regressor(n_estimators => 30, random_state => 0)
TARGET "price"
SPLIT shuffle_split(n_splits => 1, test_size => 0.25, random_state => 0)
METRIC neg_mean_absolute_error
WITH (keep_order = true);

-- line 15: scores = [mean_absolute_error(y_test, model.predict(X_test))]
WITH "houses" AS (
  -- line 6: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 7: df = df[df["area"] > 20]
  SELECT * FROM "houses" WHERE ("area" > 20.0e0)
),
step_3 AS (
  -- line 8: df["quality"] = df["quality"].fillna(df["quality"].mean())
  SELECT *, coalesce("quality", (SELECT nullif(avg("quality"), 'nan'::DOUBLE) FROM step_2)) AS "quality_2" FROM step_2
)
SELECT "area", "rooms", "built", "quality_2" AS "quality", "distance"
FROM step_3
ORDER BY "__rid";

-- line 15: scores = [mean_absolute_error(y_test, model.predict(X_test))]
WITH "houses" AS (
  -- line 6: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 7: df = df[df["area"] > 20]
  SELECT * FROM "houses" WHERE ("area" > 20.0e0)
),
step_3 AS (
  -- line 8: df["quality"] = df["quality"].fillna(df["quality"].mean())
  SELECT *, coalesce("quality", (SELECT nullif(avg("quality"), 'nan'::DOUBLE) FROM step_2)) AS "quality_2" FROM step_2
)
SELECT "price"
FROM step_3
ORDER BY "__rid";

-- df
WITH "houses" AS (
  -- line 6: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 7: df = df[df["area"] > 20]
  SELECT * FROM "houses" WHERE ("area" > 20.0e0)
),
step_3 AS (
  -- line 8: df["quality"] = df["quality"].fillna(df["quality"].mean())
  SELECT *, coalesce("quality", (SELECT nullif(avg("quality"), 'nan'::DOUBLE) FROM step_2)) AS "quality_2" FROM step_2
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality_2" AS "quality", "distance", "price"
FROM step_3
ORDER BY "__rid";
