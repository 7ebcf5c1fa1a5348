-- line 16: predictions = np.expm1(model.predict(test[columns]))
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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
),
step_9 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT *, row_number() OVER (ORDER BY "__rid", "__order_of_l1", "__rid_right") - 1 AS "__number_0" FROM step_8
),
step_10 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_9 WHERE ("id" <= 180)
)
SELECT "__number_0" AS "index_0", "area", "rooms", "built", "quality", "distance", "people", "income", "town_code", "people_log"
FROM step_10
ORDER BY "__rid", "__order_of_l1", "__rid_right";

-- line 16: predictions = np.expm1(model.predict(test[columns]))
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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
),
step_9 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT *, row_number() OVER (ORDER BY "__rid", "__order_of_l1", "__rid_right") - 1 AS "__number_0" FROM step_8
),
step_10 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_9 WHERE ("id" <= 180)
)
SELECT "__number_0" AS "index_0", nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_10
ORDER BY "__rid", "__order_of_l1", "__rid_right";

-- line 16: predictions = np.expm1(model.predict(test[columns]))
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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
),
step_9 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT *, row_number() OVER (ORDER BY "__rid", "__order_of_l1", "__rid_right") - 1 AS "__number_0" FROM step_8
),
step_10 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_9 WHERE ("id" > 180)
)
SELECT "__number_0" AS "index_0", "area", "rooms", "built", "quality", "distance", "people", "income", "town_code", "people_log"
FROM step_10
ORDER BY "__rid", "__order_of_l1", "__rid_right";

-- line 17: submission = pd.DataFrame({"id": test["id"], "price": predictions})
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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
),
step_9 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT *, row_number() OVER (ORDER BY "__rid", "__order_of_l1", "__rid_right") - 1 AS "__number_0" FROM step_8
),
step_10 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_9 WHERE ("id" > 180)
)
SELECT "__number_0" AS "index_0", "id"
FROM step_10
ORDER BY "__rid", "__order_of_l1", "__rid_right";

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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "people_log"
FROM step_8
ORDER BY "__rid", "__order_of_l1", "__rid_right";

-- train
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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
),
step_9 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT *, row_number() OVER (ORDER BY "__rid", "__order_of_l1", "__rid_right") - 1 AS "__number_0" FROM step_8
),
step_10 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_9 WHERE ("id" <= 180)
)
SELECT "__number_0" AS "index_0", "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "people_log"
FROM step_10
ORDER BY "__rid", "__order_of_l1", "__rid_right";

-- test
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
  SELECT l."id" AS "id", l."town" AS "town", l."kind" AS "kind", l."area" AS "area", l."rooms" AS "rooms", l."built" AS "built", l."quality" AS "quality", l."distance" AS "distance", l."price" AS "price", r."people" AS "people", r."income" AS "income", l."__branch" AS "__rid", l."__rid" AS "__order_of_l1", r."__rid" AS "__rid_right" FROM step_5 AS l LEFT JOIN "towns" AS r ON l."town" = r."town"
),
step_7 AS (
  -- line 9: both["town_code"] = both["town"].astype("category").cat.codes
  SELECT *, CAST(CASE "town" WHEN 'Voss' THEN 7 WHEN 'Narvik' THEN 5 WHEN 'Moss' THEN 4 WHEN 'Oslo' THEN 6 WHEN 'Molde' THEN 3 WHEN 'Bergen' THEN 0 WHEN 'Hamar' THEN 2 WHEN 'Bodø' THEN 1 END AS TINYINT) AS "town_code" FROM step_6
),
step_8 AS (
  -- line 10: both["people_log"] = np.log1p(both["people"])
  SELECT *, nullif(CASE WHEN 1e0 + CAST("people" AS DOUBLE) = 1e0 OR CAST("people" AS DOUBLE) = 'inf'::DOUBLE THEN CAST("people" AS DOUBLE) ELSE ln(1e0 + CAST("people" AS DOUBLE)) * (CAST("people" AS DOUBLE) / ((1e0 + CAST("people" AS DOUBLE)) - 1e0)) END, 'nan'::DOUBLE) AS "people_log" FROM step_7
),
step_9 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT *, row_number() OVER (ORDER BY "__rid", "__order_of_l1", "__rid_right") - 1 AS "__number_0" FROM step_8
),
step_10 AS (
  -- line 12: train, test = both[both["id"] <= 180], both[both["id"] > 180]
  SELECT * FROM step_9 WHERE ("id" > 180)
)
SELECT "__number_0" AS "index_0", "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "people", "income", "town_code", "people_log"
FROM step_10
ORDER BY "__rid", "__order_of_l1", "__rid_right";
