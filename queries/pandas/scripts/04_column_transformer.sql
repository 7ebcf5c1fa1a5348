-- line 19: scores = cross_val_score(model, df[numbers + words], df["expensive"], cv=folds, scoring="roc_auc")
WITH "houses" AS (
  -- line 9: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 10: df["expensive"] = (df["price"] > 250000).astype(int)
  SELECT *, CAST(("price" > 250000.0e0) AS BIGINT) AS "expensive" FROM "houses"
)
SELECT "expensive"
FROM step_2
ORDER BY "__rid";

-- line 19: scores = cross_val_score(model, df[numbers + words], df["expensive"], cv=folds, scoring="roc_auc")
WITH "houses" AS (
  -- line 9: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 10: df["expensive"] = (df["price"] > 250000).astype(int)
  SELECT *, CAST(("price" > 250000.0e0) AS BIGINT) AS "expensive" FROM "houses"
)
SELECT standard_scale(impute("area", strategy => 'median')) AS "area", standard_scale(impute("rooms", strategy => 'median')) AS "rooms", standard_scale(impute("built", strategy => 'median')) AS "built", standard_scale(impute("quality", strategy => 'median')) AS "quality", standard_scale(impute("distance", strategy => 'median')) AS "distance", one_hot("town") AS "town", one_hot("kind") AS "kind", "expensive"
FROM step_2
ORDER BY "__rid"
TRAIN MODEL logistic_regression(C => 0.5, max_iter => 500)
TARGET "expensive"
CROSS VALIDATE 4 SHUFFLE SEED 7
METRIC roc_auc
WITH (keep_order = true);

-- df
WITH "houses" AS (
  -- line 9: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 10: df["expensive"] = (df["price"] > 250000).astype(int)
  SELECT *, CAST(("price" > 250000.0e0) AS BIGINT) AS "expensive" FROM "houses"
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "expensive"
FROM step_2
ORDER BY "__rid";
