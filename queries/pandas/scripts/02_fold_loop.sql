-- line 18: model.fit(X.iloc[tr], y.iloc[tr])
WITH "towns" AS (
  -- line 8: towns = pd.read_csv("towns.csv")
  SELECT "town", CAST("people" AS BIGINT) AS "people", CAST("income" AS DOUBLE) AS "income", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('towns.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
"houses" AS (
  -- line 7: train = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_3 AS (
  -- line 9: train = train.merge(towns, on="town", how="left")
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__rid" AS "__rid", r."__rid" AS "__rid_right" FROM "houses" AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_4 AS (
  -- line 10: train["area_per_room"] = train["area"] / train["rooms"]
  SELECT *, nullif(("area" / CAST("rooms" AS DOUBLE)), 'nan'::DOUBLE) AS "area_per_room" FROM step_3
),
step_5 AS (
  -- shown
  SELECT *, row_number() OVER (ORDER BY "__rid", "__rid_right") - 1 AS "__number_0" FROM step_4
)
SELECT "area", "area_per_room", "built", "quality", "distance", "people", nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_5
ORDER BY "__number_0"
TRAIN MODEL lightgbm_regressor(n_estimators => 40, num_leaves => 7, random_state => 42)
TARGET "price"
CROSS VALIDATE 4 SHUFFLE SEED 42
METRIC neg_mean_squared_error
WITH (keep_order = true);

-- line 19: pred = model.predict(X.iloc[va])
WITH "towns" AS (
  -- line 8: towns = pd.read_csv("towns.csv")
  SELECT "town", CAST("people" AS BIGINT) AS "people", CAST("income" AS DOUBLE) AS "income", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('towns.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
"houses" AS (
  -- line 7: train = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_3 AS (
  -- line 9: train = train.merge(towns, on="town", how="left")
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__rid" AS "__rid", r."__rid" AS "__rid_right" FROM "houses" AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_4 AS (
  -- line 10: train["area_per_room"] = train["area"] / train["rooms"]
  SELECT *, nullif(("area" / CAST("rooms" AS DOUBLE)), 'nan'::DOUBLE) AS "area_per_room" FROM step_3
)
SELECT "area", "area_per_room", "built", "quality", "distance", "people"
FROM step_4
ORDER BY "__rid", "__rid_right";

-- line 19: pred = model.predict(X.iloc[va])
WITH "towns" AS (
  -- line 8: towns = pd.read_csv("towns.csv")
  SELECT "town", CAST("people" AS BIGINT) AS "people", CAST("income" AS DOUBLE) AS "income", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('towns.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
"houses" AS (
  -- line 7: train = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_3 AS (
  -- line 9: train = train.merge(towns, on="town", how="left")
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__rid" AS "__rid", r."__rid" AS "__rid_right" FROM "houses" AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_4 AS (
  -- line 10: train["area_per_room"] = train["area"] / train["rooms"]
  SELECT *, nullif(("area" / CAST("rooms" AS DOUBLE)), 'nan'::DOUBLE) AS "area_per_room" FROM step_3
)
SELECT nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_4
ORDER BY "__rid", "__rid_right";

-- train
WITH "towns" AS (
  -- line 8: towns = pd.read_csv("towns.csv")
  SELECT "town", CAST("people" AS BIGINT) AS "people", CAST("income" AS DOUBLE) AS "income", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('towns.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
"houses" AS (
  -- line 7: train = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_3 AS (
  -- line 9: train = train.merge(towns, on="town", how="left")
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__rid" AS "__rid", r."__rid" AS "__rid_right" FROM "houses" AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_4 AS (
  -- line 10: train["area_per_room"] = train["area"] / train["rooms"]
  SELECT *, nullif(("area" / CAST("rooms" AS DOUBLE)), 'nan'::DOUBLE) AS "area_per_room" FROM step_3
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "area_per_room"
FROM step_4
ORDER BY "__rid", "__rid_right";
