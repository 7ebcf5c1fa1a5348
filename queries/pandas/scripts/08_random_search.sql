-- line 11: X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=3, stratify=y)
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
  SELECT *, coalesce("quality", 5.0e0) AS "quality_2" FROM "houses"
)
SELECT CAST(("kind" = 'flat') AS BIGINT) AS "kind"
FROM step_2
ORDER BY "__rid";

-- line 16: best, scores = search.best_params_["clf__C"], list(search.cv_results_["mean_test_score"])
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
  SELECT *, coalesce("quality", 5.0e0) AS "quality_2" FROM "houses"
)
SELECT "area", "rooms", "built", "quality_2" AS "quality", "distance", "price"
FROM step_2
ORDER BY "__rid";

-- line 16: best, scores = search.best_params_["clf__C"], list(search.cv_results_["mean_test_score"])
WITH source AS (
  -- line 16: best, scores = search.best_params_["clf__C"], list(search.cv_results_["mean_test_score"])
  SELECT "area", "rooms", "built", "quality", "distance", "price", "__column_0", "__rid" FROM "frame_1"  /* the caller's table of 192 rows */
)
SELECT min_max_scale("area") AS "area", min_max_scale("rooms") AS "rooms", min_max_scale("built") AS "built", min_max_scale("quality") AS "quality", min_max_scale("distance") AS "distance", min_max_scale("price") AS "price", "__column_0" AS "target"
FROM source
ORDER BY "__rid"
TRAIN MODEL logistic_regression(C => 31.622776601683793, max_iter => 300),
            logistic_regression(C => 0.1, max_iter => 300),
            logistic_regression(C => 0.03162277660168379, max_iter => 300),
            logistic_regression(C => 1.0, max_iter => 300)
TARGET "target"
CROSS VALIDATE 3 NO SHUFFLE
METRIC accuracy
WITH (keep_order = true);

-- df
WITH "houses" AS (
  -- line 8: df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 8: df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
  SELECT *, coalesce("quality", 5.0e0) AS "quality_2" FROM "houses"
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality_2" AS "quality", "distance", "price"
FROM step_2
ORDER BY "__rid";
