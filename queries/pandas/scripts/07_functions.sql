-- line 21: model.fit(X.iloc[train], y.iloc[train])
WITH "houses" AS (
  -- line 27: data = add_features(pd.read_csv("houses.csv"))
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 12: frame["area_in_town"] = frame["area"] / frame.groupby("town")["area"].transform("mean")
  SELECT each_row.*, by_1."area_mean" FROM "houses" AS each_row
  LEFT JOIN (SELECT "town" AS "__key", nullif(avg("area"), 'nan'::DOUBLE) AS "area_mean" FROM "houses" GROUP BY "town") AS by_1 ON "town" = by_1."__key"
),
step_3 AS (
  -- line 12: frame["area_in_town"] = frame["area"] / frame.groupby("town")["area"].transform("mean")
  SELECT *, nullif(("area" / "area_mean"), 'nan'::DOUBLE) AS "area_in_town" FROM step_2
),
step_4 AS (
  -- line 13: frame["rank"] = np.where(frame["distance"] < 5, 2, 1)
  SELECT *, CAST(CASE WHEN ("distance" < 5.0e0) THEN 2 ELSE 1 END AS BIGINT) AS "rank" FROM step_3
),
step_5 AS (
  -- line 14: frame["kind"] = frame["kind"].map({"flat": 0, "house": 1, "cabin": 2})
  SELECT *, CASE "kind" WHEN 'flat' THEN 0 WHEN 'house' THEN 1 WHEN 'cabin' THEN 2 END AS "kind_2" FROM step_4
)
SELECT "kind_2" AS "kind", "area", "rooms", "built", "distance", "area_in_town", "rank", "price"
FROM step_5
ORDER BY "__rid"
TRAIN MODEL decision_tree_regressor(max_depth => 4, random_state => 0)
TARGET "price"
CROSS VALIDATE 4 NO SHUFFLE
METRIC r2
WITH (keep_order = true);

-- line 22: found.append(r2_score(y.iloc[valid], model.predict(X.iloc[valid])))
WITH "houses" AS (
  -- line 27: data = add_features(pd.read_csv("houses.csv"))
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 12: frame["area_in_town"] = frame["area"] / frame.groupby("town")["area"].transform("mean")
  SELECT each_row.*, by_1."area_mean" FROM "houses" AS each_row
  LEFT JOIN (SELECT "town" AS "__key", nullif(avg("area"), 'nan'::DOUBLE) AS "area_mean" FROM "houses" GROUP BY "town") AS by_1 ON "town" = by_1."__key"
),
step_3 AS (
  -- line 12: frame["area_in_town"] = frame["area"] / frame.groupby("town")["area"].transform("mean")
  SELECT *, nullif(("area" / "area_mean"), 'nan'::DOUBLE) AS "area_in_town" FROM step_2
),
step_4 AS (
  -- line 13: frame["rank"] = np.where(frame["distance"] < 5, 2, 1)
  SELECT *, CAST(CASE WHEN ("distance" < 5.0e0) THEN 2 ELSE 1 END AS BIGINT) AS "rank" FROM step_3
),
step_5 AS (
  -- line 14: frame["kind"] = frame["kind"].map({"flat": 0, "house": 1, "cabin": 2})
  SELECT *, CASE "kind" WHEN 'flat' THEN 0 WHEN 'house' THEN 1 WHEN 'cabin' THEN 2 END AS "kind_2" FROM step_4
)
SELECT "kind_2" AS "kind", "area", "rooms", "built", "distance", "area_in_town", "rank"
FROM step_5
ORDER BY "__rid";

-- line 22: found.append(r2_score(y.iloc[valid], model.predict(X.iloc[valid])))
WITH "houses" AS (
  -- line 27: data = add_features(pd.read_csv("houses.csv"))
  SELECT CAST("id" AS BIGINT) AS "id", "town", "kind", CAST("area" AS DOUBLE) AS "area", CAST("rooms" AS BIGINT) AS "rooms", CAST("built" AS BIGINT) AS "built", CAST("quality" AS DOUBLE) AS "quality", CAST("distance" AS DOUBLE) AS "distance", CAST("price" AS DOUBLE) AS "price", row_number() OVER () - 1 AS "__rid"
  FROM read_csv('houses.csv', header = true, all_varchar = true, nullstr = ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'])
),
step_2 AS (
  -- line 12: frame["area_in_town"] = frame["area"] / frame.groupby("town")["area"].transform("mean")
  SELECT each_row.*, by_1."area_mean" FROM "houses" AS each_row
  LEFT JOIN (SELECT "town" AS "__key", nullif(avg("area"), 'nan'::DOUBLE) AS "area_mean" FROM "houses" GROUP BY "town") AS by_1 ON "town" = by_1."__key"
),
step_3 AS (
  -- line 12: frame["area_in_town"] = frame["area"] / frame.groupby("town")["area"].transform("mean")
  SELECT *, nullif(("area" / "area_mean"), 'nan'::DOUBLE) AS "area_in_town" FROM step_2
),
step_4 AS (
  -- line 13: frame["rank"] = np.where(frame["distance"] < 5, 2, 1)
  SELECT *, CAST(CASE WHEN ("distance" < 5.0e0) THEN 2 ELSE 1 END AS BIGINT) AS "rank" FROM step_3
),
step_5 AS (
  -- line 14: frame["kind"] = frame["kind"].map({"flat": 0, "house": 1, "cabin": 2})
  SELECT *, CASE "kind" WHEN 'flat' THEN 0 WHEN 'house' THEN 1 WHEN 'cabin' THEN 2 END AS "kind_2" FROM step_4
)
SELECT "price"
FROM step_5
ORDER BY "__rid";
