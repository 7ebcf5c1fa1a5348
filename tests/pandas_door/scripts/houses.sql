-- houses
WITH "houses" AS (
  -- line 4: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", CAST("area" AS BIGINT) AS "area", CAST("built" AS DOUBLE) AS "built", "town", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: houses["built"] = houses["built"].fillna(houses["built"].median())
  SELECT *, coalesce("built", (SELECT nullif(median("built"), 'nan'::DOUBLE) FROM "houses")) AS "built_2" FROM "houses"
),
step_3 AS (
  -- line 6: houses["log_price"] = np.log(houses["price"])
  SELECT *, nullif(ln("price"), 'nan'::DOUBLE) AS "log_price" FROM step_2
),
step_4 AS (
  -- line 9: houses[column] = houses[column].fillna("none")
  SELECT *, coalesce("town", 'none') AS "town_2" FROM step_3
),
step_5 AS (
  -- line 10: houses["is_new"] = np.where(houses["built"] > 1980, 1, 0)
  SELECT *, CAST(CASE WHEN ("built_2" > 1980.0e0) THEN 1 ELSE 0 END AS BIGINT) AS "is_new" FROM step_4
),
step_6 AS (
  -- line 11: houses["per_area"] = houses["price"] / houses["area"]
  SELECT *, nullif(("price" / CAST("area" AS DOUBLE)), 'nan'::DOUBLE) AS "per_area" FROM step_5
)
SELECT "id", "area", "built_2" AS "built", "town_2" AS "town", "price", "log_price", "is_new", "per_area"
FROM step_6
ORDER BY "__rid";

-- by_town
WITH "houses" AS (
  -- line 4: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", CAST("area" AS BIGINT) AS "area", CAST("built" AS DOUBLE) AS "built", "town", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: houses["built"] = houses["built"].fillna(houses["built"].median())
  SELECT *, coalesce("built", (SELECT nullif(median("built"), 'nan'::DOUBLE) FROM "houses")) AS "built_2" FROM "houses"
),
step_3 AS (
  -- line 6: houses["log_price"] = np.log(houses["price"])
  SELECT *, nullif(ln("price"), 'nan'::DOUBLE) AS "log_price" FROM step_2
),
step_4 AS (
  -- line 9: houses[column] = houses[column].fillna("none")
  SELECT *, coalesce("town", 'none') AS "town_2" FROM step_3
),
step_5 AS (
  -- line 10: houses["is_new"] = np.where(houses["built"] > 1980, 1, 0)
  SELECT *, CAST(CASE WHEN ("built_2" > 1980.0e0) THEN 1 ELSE 0 END AS BIGINT) AS "is_new" FROM step_4
),
step_6 AS (
  -- line 11: houses["per_area"] = houses["price"] / houses["area"]
  SELECT *, nullif(("price" / CAST("area" AS DOUBLE)), 'nan'::DOUBLE) AS "per_area" FROM step_5
),
step_7 AS (
  -- line 12: by_town = houses.groupby("town", as_index=False).agg(mean_price=("price", "mean"), homes=("id", "co…
  SELECT "town_2" AS "town", nullif(avg("price"), 'nan'::DOUBLE) AS "mean_price", count("id") AS "homes" FROM step_6 GROUP BY "town_2"
)
SELECT "town", "mean_price", "homes"
FROM step_7
ORDER BY "town";

-- joined
WITH "houses" AS (
  -- line 4: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", CAST("area" AS BIGINT) AS "area", CAST("built" AS DOUBLE) AS "built", "town", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: houses["built"] = houses["built"].fillna(houses["built"].median())
  SELECT *, coalesce("built", (SELECT nullif(median("built"), 'nan'::DOUBLE) FROM "houses")) AS "built_2" FROM "houses"
),
step_3 AS (
  -- line 6: houses["log_price"] = np.log(houses["price"])
  SELECT *, nullif(ln("price"), 'nan'::DOUBLE) AS "log_price" FROM step_2
),
step_4 AS (
  -- line 9: houses[column] = houses[column].fillna("none")
  SELECT *, coalesce("town", 'none') AS "town_2" FROM step_3
),
step_5 AS (
  -- line 10: houses["is_new"] = np.where(houses["built"] > 1980, 1, 0)
  SELECT *, CAST(CASE WHEN ("built_2" > 1980.0e0) THEN 1 ELSE 0 END AS BIGINT) AS "is_new" FROM step_4
),
step_6 AS (
  -- line 11: houses["per_area"] = houses["price"] / houses["area"]
  SELECT *, nullif(("price" / CAST("area" AS DOUBLE)), 'nan'::DOUBLE) AS "per_area" FROM step_5
),
step_7 AS (
  -- line 12: by_town = houses.groupby("town", as_index=False).agg(mean_price=("price", "mean"), homes=("id", "co…
  SELECT "town_2" AS "town", nullif(avg("price"), 'nan'::DOUBLE) AS "mean_price", count("id") AS "homes" FROM step_6 GROUP BY "town_2"
),
step_8 AS (
  -- line 13: joined = houses.merge(by_town, on="town", how="left")
  SELECT *, row_number() OVER (ORDER BY "town") - 1 AS "__number_1" FROM step_7
),
step_9 AS (
  -- line 13: joined = houses.merge(by_town, on="town", how="left")
  SELECT l."id" AS "id", l."area" AS "area", l."built_2" AS "built", l."town_2" AS "town", l."price" AS "price", l."log_price" AS "log_price", l."is_new" AS "is_new", l."per_area" AS "per_area", r."mean_price" AS "mean_price", r."homes" AS "homes", l."__rid" AS "__rid", r."__number_1" AS "__rid_right" FROM step_6 AS l LEFT JOIN step_8 AS r ON l."town_2" = r."town"
)
SELECT "id", "area", "built", "town", "price", "log_price", "is_new", "per_area", "mean_price", "homes"
FROM step_9
ORDER BY "__rid";

-- out
WITH "houses" AS (
  -- line 4: houses = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", CAST("area" AS BIGINT) AS "area", CAST("built" AS DOUBLE) AS "built", "town", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: houses["built"] = houses["built"].fillna(houses["built"].median())
  SELECT *, coalesce("built", (SELECT nullif(median("built"), 'nan'::DOUBLE) FROM "houses")) AS "built_2" FROM "houses"
),
step_3 AS (
  -- line 6: houses["log_price"] = np.log(houses["price"])
  SELECT *, nullif(ln("price"), 'nan'::DOUBLE) AS "log_price" FROM step_2
),
step_4 AS (
  -- line 9: houses[column] = houses[column].fillna("none")
  SELECT *, coalesce("town", 'none') AS "town_2" FROM step_3
),
step_5 AS (
  -- line 10: houses["is_new"] = np.where(houses["built"] > 1980, 1, 0)
  SELECT *, CAST(CASE WHEN ("built_2" > 1980.0e0) THEN 1 ELSE 0 END AS BIGINT) AS "is_new" FROM step_4
),
step_6 AS (
  -- line 11: houses["per_area"] = houses["price"] / houses["area"]
  SELECT *, nullif(("price" / CAST("area" AS DOUBLE)), 'nan'::DOUBLE) AS "per_area" FROM step_5
),
step_7 AS (
  -- line 12: by_town = houses.groupby("town", as_index=False).agg(mean_price=("price", "mean"), homes=("id", "co…
  SELECT "town_2" AS "town", nullif(avg("price"), 'nan'::DOUBLE) AS "mean_price", count("id") AS "homes" FROM step_6 GROUP BY "town_2"
),
step_8 AS (
  -- line 13: joined = houses.merge(by_town, on="town", how="left")
  SELECT *, row_number() OVER (ORDER BY "town") - 1 AS "__number_1" FROM step_7
),
step_9 AS (
  -- line 13: joined = houses.merge(by_town, on="town", how="left")
  SELECT l."id" AS "id", l."area" AS "area", l."built_2" AS "built", l."town_2" AS "town", l."price" AS "price", l."log_price" AS "log_price", l."is_new" AS "is_new", l."per_area" AS "per_area", r."mean_price" AS "mean_price", r."homes" AS "homes", l."__rid" AS "__rid", r."__number_1" AS "__rid_right" FROM step_6 AS l LEFT JOIN step_8 AS r ON l."town_2" = r."town"
),
step_10 AS (
  -- line 14: out = joined[joined["area"] > 55].sort_values(["town", "area"]).reset_index(drop=True)
  SELECT *, row_number() OVER (ORDER BY "__rid") - 1 AS "__number_0" FROM step_9
),
step_11 AS (
  -- line 14: out = joined[joined["area"] > 55].sort_values(["town", "area"]).reset_index(drop=True)
  SELECT * FROM step_10 WHERE ("area" > 55)
),
step_12 AS (
  -- line 14: out = joined[joined["area"] > 55].sort_values(["town", "area"]).reset_index(drop=True)
  -- from here on in the order of "town" ASC NULLS LAST, "area" ASC NULLS LAST
  SELECT * FROM step_11
)
SELECT "id", "area", "built", "town", "price", "log_price", "is_new", "per_area", "mean_price", "homes"
FROM step_12
ORDER BY "town" ASC NULLS LAST, "area" ASC NULLS LAST, "__rid";
