-- line 13: for tr, va in StratifiedKFold(n_splits=3, shuffle=True, random_state=5).split(X, y):
WITH "houses" AS (
  -- line 7: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df["large"] = (df["area"] > df["area"].quantile(0.6)).astype(int)
  SELECT *, CAST(("area" > (SELECT CASE WHEN coalesce(bool_or(isinf("area")), false) THEN error('quantiles of infinite values') ELSE quantile_cont("area", 0.6) END FROM "houses")) AS BIGINT) AS "large" FROM "houses"
)
SELECT "large"
FROM step_2
ORDER BY "__rid";

-- line 15: train, valid = scaler.fit_transform(X.iloc[tr]), scaler.transform(X.iloc[va])
WITH "houses" AS (
  -- line 7: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df["large"] = (df["area"] > df["area"].quantile(0.6)).astype(int)
  SELECT *, CAST(("area" > (SELECT CASE WHEN coalesce(bool_or(isinf("area")), false) THEN error('quantiles of infinite values') ELSE quantile_cont("area", 0.6) END FROM "houses")) AS BIGINT) AS "large" FROM "houses"
)
SELECT "rooms", "built", "distance", "price"
FROM step_2
ORDER BY "__rid";

-- line 16: knn = KNeighborsClassifier(n_neighbors=7).fit(train, y.iloc[tr])
WITH "houses" AS (
  -- line 7: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df["large"] = (df["area"] > df["area"].quantile(0.6)).astype(int)
  SELECT *, CAST(("area" > (SELECT CASE WHEN coalesce(bool_or(isinf("area")), false) THEN error('quantiles of infinite values') ELSE quantile_cont("area", 0.6) END FROM "houses")) AS BIGINT) AS "large" FROM "houses"
)
SELECT standard_scale("rooms") AS "rooms", standard_scale("built") AS "built", standard_scale("distance") AS "distance", standard_scale("price") AS "price", "large"
FROM step_2
ORDER BY "__rid"
TRAIN MODEL k_neighbors_classifier(n_neighbors => 7)
TARGET "large"
CROSS VALIDATE 3 SHUFFLE SEED 5
METRIC accuracy
WITH (keep_order = true);

-- df
WITH "houses" AS (
  -- line 7: df = pd.read_csv("houses.csv")
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df["large"] = (df["area"] > df["area"].quantile(0.6)).astype(int)
  SELECT *, CAST(("area" > (SELECT CASE WHEN coalesce(bool_or(isinf("area")), false) THEN error('quantiles of infinite values') ELSE quantile_cont("area", 0.6) END FROM "houses")) AS BIGINT) AS "large" FROM "houses"
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price", "large"
FROM step_2
ORDER BY "__rid";
