-- Attempt 7: as attempt 5, the other library's boosted trees.
WITH sales AS (
    SELECT * REPLACE (CAST("Date of Transfer" AS TIMESTAMP) AS "Date of Transfer") RENAME ("Town/City" AS "Town")
    FROM price_paid
)
SELECT vectorize(*)
FROM sales
TRAIN MODEL lightgbm_regressor()
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
