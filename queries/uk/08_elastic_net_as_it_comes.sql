-- Attempt 8: as attempt 5, a straight line that may leave columns out.
WITH sales AS (
    SELECT * REPLACE (CAST("Date of Transfer" AS TIMESTAMP) AS "Date of Transfer") RENAME ("Town/City" AS "Town")
    FROM price_paid
)
SELECT vectorize(*)
FROM sales
TRAIN MODEL elastic_net()
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
