-- line 16: best, score, scores = search.best_params_, -search.best_score_, search.cv_results_["mean_test_score…
WITH "houses" AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT * FROM "houses" WHERE "quality" IS NOT NULL
)
SELECT "price"
FROM step_2
ORDER BY "__rid";

-- line 16: best, score, scores = search.best_params_, -search.best_score_, search.cv_results_["mean_test_score…
WITH "houses" AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT * FROM "houses" WHERE "quality" IS NOT NULL
)
SELECT "area", "rooms", "built", "quality", "distance"
FROM step_2
ORDER BY "__rid";

-- line 16: best, score, scores = search.best_params_, -search.best_score_, search.cv_results_["mean_test_score…
WITH "houses" AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT * FROM "houses" WHERE "quality" IS NOT NULL
)
SELECT "area", "rooms", "built", "quality", "distance", "price"
FROM step_2
ORDER BY "__rid"
TRAIN MODEL random_forest_regressor(max_depth => 3, n_estimators => 5, random_state => 0),
            random_forest_regressor(max_depth => 3, n_estimators => 10, random_state => 0),
            random_forest_regressor(n_estimators => 5, random_state => 0),
            random_forest_regressor(n_estimators => 10, random_state => 0)
TARGET "price"
CROSS VALIDATE 3 SHUFFLE SEED 1
METRIC neg_mean_absolute_error
WITH (keep_order = true);

-- line 18: print(best, round(score, 3), list(importance.index))
WITH source AS (
  -- line 17: importance = pd.Series(search.best_estimator_.feature_importances_, index=X.columns).sort_values(as…
  SELECT "index"::VARCHAR AS "index", "value"::DOUBLE AS "value", "__rid"::BIGINT AS "__rid" FROM (VALUES ('area', 0.5779791334258763, 0), ('rooms', 0.03506243756109594, 1), ('built', 0.05505000151017457, 2), ('quality', 0.1867199484815253, 3), ('distance', 0.145188479021328, 4)) AS given("index", "value", "__rid")
),
step_2 AS (
  -- line 17: importance = pd.Series(search.best_estimator_.feature_importances_, index=X.columns).sort_values(as…
  -- from here on in the order of "value" DESC NULLS LAST
  SELECT * FROM source
)
SELECT "index" AS "index_0", "value"
FROM step_2
ORDER BY "value" DESC NULLS LAST, "__rid";

-- df
WITH "houses" AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 5: df = pd.read_csv("houses.csv").dropna(subset=["quality"])
  SELECT * FROM "houses" WHERE "quality" IS NOT NULL
)
SELECT "id", "town", "kind", "area", "rooms", "built", "quality", "distance", "price"
FROM step_2
ORDER BY "__rid";
