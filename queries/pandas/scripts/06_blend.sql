-- line 19: oof_ridge[valid_index] = Ridge(alpha=1.0).fit(X_train, y_train).predict(X_valid)
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 10: df[f"log_{column}"] = np.log1p(df[column])
  SELECT *, nullif(CASE WHEN 1e0 + "area" = 1e0 OR "area" = 'inf'::DOUBLE THEN "area" ELSE ln(1e0 + "area") * ("area" / ((1e0 + "area") - 1e0)) END, 'nan'::DOUBLE) AS "log_area" FROM "houses"
),
step_3 AS (
  -- line 10: df[f"log_{column}"] = np.log1p(df[column])
  SELECT *, nullif(CASE WHEN 1e0 + "distance" = 1e0 OR "distance" = 'inf'::DOUBLE THEN "distance" ELSE ln(1e0 + "distance") * ("distance" / ((1e0 + "distance") - 1e0)) END, 'nan'::DOUBLE) AS "log_distance" FROM step_2
),
step_4 AS (
  -- line 11: df["quality"] = df["quality"].fillna(df["quality"].median())
  SELECT *, coalesce("quality", (SELECT nullif(median("quality"), 'nan'::DOUBLE) FROM step_3)) AS "quality_2" FROM step_3
)
SELECT "log_area", "log_distance", "rooms", "built", "quality_2" AS "quality"
FROM step_4
ORDER BY "__rid";

-- line 19: oof_ridge[valid_index] = Ridge(alpha=1.0).fit(X_train, y_train).predict(X_valid)
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 10: df[f"log_{column}"] = np.log1p(df[column])
  SELECT *, nullif(CASE WHEN 1e0 + "area" = 1e0 OR "area" = 'inf'::DOUBLE THEN "area" ELSE ln(1e0 + "area") * ("area" / ((1e0 + "area") - 1e0)) END, 'nan'::DOUBLE) AS "log_area" FROM "houses"
),
step_3 AS (
  -- line 10: df[f"log_{column}"] = np.log1p(df[column])
  SELECT *, nullif(CASE WHEN 1e0 + "distance" = 1e0 OR "distance" = 'inf'::DOUBLE THEN "distance" ELSE ln(1e0 + "distance") * ("distance" / ((1e0 + "distance") - 1e0)) END, 'nan'::DOUBLE) AS "log_distance" FROM step_2
),
step_4 AS (
  -- line 11: df["quality"] = df["quality"].fillna(df["quality"].median())
  SELECT *, coalesce("quality", (SELECT nullif(median("quality"), 'nan'::DOUBLE) FROM step_3)) AS "quality_2" FROM step_3
)
SELECT nullif(CASE WHEN 1e0 + "price" = 1e0 OR "price" = 'inf'::DOUBLE THEN "price" ELSE ln(1e0 + "price") * ("price" / ((1e0 + "price") - 1e0)) END, 'nan'::DOUBLE) AS "price"
FROM step_4
ORDER BY "__rid";

-- df
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 10: df[f"log_{column}"] = np.log1p(df[column])
  SELECT *, nullif(CASE WHEN 1e0 + "area" = 1e0 OR "area" = 'inf'::DOUBLE THEN "area" ELSE ln(1e0 + "area") * ("area" / ((1e0 + "area") - 1e0)) END, 'nan'::DOUBLE) AS "log_area" FROM "houses"
),
step_3 AS (
  -- line 10: df[f"log_{column}"] = np.log1p(df[column])
  SELECT *, nullif(CASE WHEN 1e0 + "distance" = 1e0 OR "distance" = 'inf'::DOUBLE THEN "distance" ELSE ln(1e0 + "distance") * ("distance" / ((1e0 + "distance") - 1e0)) END, 'nan'::DOUBLE) AS "log_distance" FROM step_2
),
step_4 AS (
  -- line 11: df["quality"] = df["quality"].fillna(df["quality"].median())
  SELECT *, coalesce("quality", (SELECT nullif(median("quality"), 'nan'::DOUBLE) FROM step_3)) AS "quality_2" FROM step_3
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality_2" AS "quality", "distance", "price", "log_area", "log_distance"
FROM step_4
ORDER BY "__rid";
