-- Attempt 5: columns as they come, the transaction's number and all: every column by its kind. First a straight line.
WITH sales AS (
    SELECT * REPLACE (CAST("Date of Transfer" AS TIMESTAMP) AS "Date of Transfer") RENAME ("Town/City" AS "Town")
    FROM price_paid
)
SELECT vectorize(*)
FROM sales
TRAIN MODEL ridge()
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
