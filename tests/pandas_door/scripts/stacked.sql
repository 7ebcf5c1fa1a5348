-- both
WITH source AS (
  -- line 3: train = pd.DataFrame({"x": [1.5, None, 3.0], "kind": ["a", "b", None], "y": [0.0, 1.0, 1.0]})
  SELECT "x"::DOUBLE AS "x", "kind"::VARCHAR AS "kind", "y"::DOUBLE AS "y", "__rid"::BIGINT AS "__rid" FROM (VALUES (1.5, 'a', 0.0, 0), (NULL, 'b', 1.0, 1), (3.0, NULL, 1.0, 2)) AS given("x", "kind", "y", "__rid")
),
source_2 AS (
  -- line 4: test = pd.DataFrame({"x": [2.0, 0.5], "kind": ["b", "a"]})
  SELECT "x"::DOUBLE AS "x", "kind"::VARCHAR AS "kind", "__rid"::BIGINT AS "__rid" FROM (VALUES (2.0, 'b', 0), (0.5, 'a', 1)) AS given("x", "kind", "__rid")
),
step_3 AS (
  -- line 5: both = pd.concat([train, test], ignore_index=True)
  SELECT "x", "kind", "y", 0 AS "__branch", "__rid" FROM source
  UNION ALL SELECT "x", "kind", NULL::DOUBLE AS "y", 1 AS "__branch", "__rid" FROM source_2
),
step_4 AS (
  -- line 6: both["x"] = (both["x"] - train["x"].mean()) / train["x"].std()
  SELECT *, (("x" - (SELECT nullif(avg("x"), 'nan'::DOUBLE) FROM source)) / (SELECT CASE WHEN coalesce(bool_and(isfinite("x")), true) THEN stddev_samp("x") FILTER (WHERE isfinite("x")) END FROM source)) AS "x_2" FROM step_3
),
step_5 AS (
  -- line 7: both["missing"] = both["kind"].isna() | ~(both["x"] > 0)
  SELECT *, (("kind" IS NULL) OR (NOT coalesce(("x_2" > 0.0e0), false))) AS "missing" FROM step_4
),
step_6 AS (
  -- line 8: both["code"] = both["kind"].map({"a": 0.5, "b": 1.5})
  SELECT *, CASE "kind" WHEN 'a' THEN 0.5e0 WHEN 'b' THEN 1.5e0 END AS "code" FROM step_5
)
SELECT "x_2" AS "x", "kind", "y", "missing", "code"
FROM step_6
ORDER BY "__branch", "__rid";

-- out
WITH source AS (
  -- line 3: train = pd.DataFrame({"x": [1.5, None, 3.0], "kind": ["a", "b", None], "y": [0.0, 1.0, 1.0]})
  SELECT "x"::DOUBLE AS "x", "kind"::VARCHAR AS "kind", "y"::DOUBLE AS "y", "__rid"::BIGINT AS "__rid" FROM (VALUES (1.5, 'a', 0.0, 0), (NULL, 'b', 1.0, 1), (3.0, NULL, 1.0, 2)) AS given("x", "kind", "y", "__rid")
),
source_2 AS (
  -- line 4: test = pd.DataFrame({"x": [2.0, 0.5], "kind": ["b", "a"]})
  SELECT "x"::DOUBLE AS "x", "kind"::VARCHAR AS "kind", "__rid"::BIGINT AS "__rid" FROM (VALUES (2.0, 'b', 0), (0.5, 'a', 1)) AS given("x", "kind", "__rid")
),
step_3 AS (
  -- line 5: both = pd.concat([train, test], ignore_index=True)
  SELECT "x", "kind", "y", 0 AS "__branch", "__rid" FROM source
  UNION ALL SELECT "x", "kind", NULL::DOUBLE AS "y", 1 AS "__branch", "__rid" FROM source_2
),
step_4 AS (
  -- line 6: both["x"] = (both["x"] - train["x"].mean()) / train["x"].std()
  SELECT *, (("x" - (SELECT nullif(avg("x"), 'nan'::DOUBLE) FROM source)) / (SELECT CASE WHEN coalesce(bool_and(isfinite("x")), true) THEN stddev_samp("x") FILTER (WHERE isfinite("x")) END FROM source)) AS "x_2" FROM step_3
),
step_5 AS (
  -- line 7: both["missing"] = both["kind"].isna() | ~(both["x"] > 0)
  SELECT *, (("kind" IS NULL) OR (NOT coalesce(("x_2" > 0.0e0), false))) AS "missing" FROM step_4
),
step_6 AS (
  -- line 8: both["code"] = both["kind"].map({"a": 0.5, "b": 1.5})
  SELECT *, CASE "kind" WHEN 'a' THEN 0.5e0 WHEN 'b' THEN 1.5e0 END AS "code" FROM step_5
),
step_7 AS (
  -- line 9: out = both.head(4)
  SELECT * FROM step_6 ORDER BY "__branch", "__rid" LIMIT 4
)
SELECT "x_2" AS "x", "kind", "y", "missing", "code"
FROM step_7
ORDER BY "__branch", "__rid";
