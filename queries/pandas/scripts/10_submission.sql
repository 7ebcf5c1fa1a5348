-- line 9: both["town_code"] = both["town"].astype("category").cat.codes
WITH "towns" AS (
  -- line 6: towns = pd.read_csv("towns.csv")
  SELECT "town", CAST("people" AS BIGINT) AS "people", CAST("income" AS DOUBLE) AS "income", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('towns.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
"houses" AS (
  -- line 5: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_3 AS (
  -- line 7: sold, open_ = houses[houses["id"] <= 180], houses[houses["id"] > 180]
  SELECT * FROM "houses" WHERE ("id" > 180)
),
step_4 AS (
  -- line 7: sold, open_ = houses[houses["id"] <= 180], houses[houses["id"] > 180]
  SELECT * FROM "houses" WHERE ("id" <= 180)
),
step_5 AS (
  -- line 8: both = pd.concat([sold, open_], ignore_index=True).merge(towns, on="town", how="left")
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", 0 AS "__branch", "__rid" FROM step_4
  UNION ALL SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", 1 AS "__branch", "__rid" FROM step_3
),
step_6 AS (
  -- line 8: both = pd.concat([sold, open_], ignore_index=True).merge(towns, on="town", how="left")
  SELECT *, row_number() OVER (ORDER BY "__branch", "__rid") - 1 AS "__position" FROM step_5
),
step_7 AS (
  -- line 8: both = pd.concat([sold, open_], ignore_index=True).merge(towns, on="town", how="left")
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__position" AS "__rid", r."__rid" AS "__rid_right" FROM step_6 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
)
SELECT "town"
FROM step_7
ORDER BY "__rid", "__rid_right";

-- line 9: both["town_code"] = both["town"].astype("category").cat.codes
WITH "towns" AS (
  -- line 6: towns = pd.read_csv("towns.csv")
  SELECT "town", CAST("people" AS BIGINT) AS "people", CAST("income" AS DOUBLE) AS "income", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('towns.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
"houses" AS (
  -- line 5: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_3 AS (
  -- line 7: sold, open_ = houses[houses["id"] <= 180], houses[houses["id"] > 180]
  SELECT * FROM "houses" WHERE ("id" > 180)
),
step_4 AS (
  -- line 7: sold, open_ = houses[houses["id"] <= 180], houses[houses["id"] > 180]
  SELECT * FROM "houses" WHERE ("id" <= 180)
),
step_5 AS (
  -- line 8: both = pd.concat([sold, open_], ignore_index=True).merge(towns, on="town", how="left")
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", 0 AS "__branch", "__rid" FROM step_4
  UNION ALL SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", 1 AS "__branch", "__rid" FROM step_3
),
step_6 AS (
  -- line 8: both = pd.concat([sold, open_], ignore_index=True).merge(towns, on="town", how="left")
  SELECT *, row_number() OVER (ORDER BY "__branch", "__rid") - 1 AS "__position" FROM step_5
),
step_7 AS (
  -- line 8: both = pd.concat([sold, open_], ignore_index=True).merge(towns, on="town", how="left")
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__position" AS "__rid", r."__rid" AS "__rid_right" FROM step_6 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income"
FROM step_7
ORDER BY "__rid", "__rid_right";

-- line 16: predictions = np.expm1(model.predict(test[columns]))
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
),
step_3 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_2 WHERE ("id" <= 180)
)
SELECT "area", "rooms", "built", "quality", "distance", "people", "income", "town_code", "people_log"
FROM step_3
ORDER BY "__rid";

-- line 16: predictions = np.expm1(model.predict(test[columns]))
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
),
step_3 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_2 WHERE ("id" <= 180)
)
SELECT nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_3
ORDER BY "__rid";

-- line 16: predictions = np.expm1(model.predict(test[columns]))
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
),
step_3 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_2 WHERE ("id" > 180)
)
SELECT "area", "rooms", "built", "quality", "distance", "people", "income", "town_code", "people_log"
FROM step_3
ORDER BY "__rid";

-- line 17: submission = pd.DataFrame({"id": test["id"], "price": predictions})
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
),
step_3 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_2 WHERE ("id" > 180)
)
SELECT "id"
FROM step_3
ORDER BY "__rid";

-- sold
WITH "houses" AS (
  -- line 5: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 7: sold, open_ = houses[houses["id"] <= 180], houses[houses["id"] > 180]
  SELECT * FROM "houses" WHERE ("id" <= 180)
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price"
FROM step_2
ORDER BY "__rid";

-- open_
WITH "houses" AS (
  -- line 5: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 7: sold, open_ = houses[houses["id"] <= 180], houses[houses["id"] > 180]
  SELECT * FROM "houses" WHERE ("id" > 180)
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price"
FROM step_2
ORDER BY "__rid";

-- both
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "people_log"
FROM step_2
ORDER BY "__rid";

-- train
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
),
step_3 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_2 WHERE ("id" <= 180)
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "people_log"
FROM step_3
ORDER BY "__rid";

-- test
WITH source AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "__rid" FROM "frame_16"  /* the caller's table of 240 rows */
),
step_2 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM source
),
step_3 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_2 WHERE ("id" > 180)
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "people_log"
FROM step_3
ORDER BY "__rid";
