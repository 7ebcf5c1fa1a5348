-- Second search: LightGBM did best on columns as they come, so its rate and depth are tried, over scaled columns.
WITH sales AS (
    SELECT * REPLACE (CAST("Date of Transfer" AS TIMESTAMP) AS "Date of Transfer") RENAME ("Town/City" AS "Town")
    FROM price_paid
)
SELECT standard_scale(vectorize(*))
FROM sales
TRAIN MODEL lightgbm_regressor(learning_rate => [0.01, 0.05, 0.1], max_depth => [5, 7])
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
