-- Attempt 2: the same columns, boosted trees.
WITH sales AS (
    SELECT * REPLACE (CAST("Date of Transfer" AS TIMESTAMP) AS "Date of Transfer") RENAME ("Town/City" AS "Town")
    FROM price_paid
)
SELECT
    "Price",
    standard_scale(year("Date of Transfer")) AS year,
    standard_scale(month("Date of Transfer")) AS month,
    standard_scale(day("Date of Transfer")) AS day,
    standard_scale(isodow("Date of Transfer") - 1) AS weekday,
    standard_scale(hour("Date of Transfer")) AS hour,
    standard_scale(sin(month("Date of Transfer") * 2 * pi() / 12)) AS month_sin,
    standard_scale(cos(month("Date of Transfer") * 2 * pi() / 12)) AS month_cos,
    standard_scale(sin(day("Date of Transfer") * 2 * pi() / 30)) AS day_sin,
    standard_scale(cos(day("Date of Transfer") * 2 * pi() / 30)) AS day_cos,
    standard_scale(sin((isodow("Date of Transfer") - 1) * 2 * pi() / 7)) AS weekday_sin,
    standard_scale(cos((isodow("Date of Transfer") - 1) * 2 * pi() / 7)) AS weekday_cos,
    standard_scale(sin(hour("Date of Transfer") * 2 * pi() / 24)) AS hour_sin,
    standard_scale(cos(hour("Date of Transfer") * 2 * pi() / 24)) AS hour_cos,
    standard_scale(target_encode("District", smooth => 0, cv => NULL)) AS district_price,
    standard_scale(target_encode("County", smooth => 0, cv => NULL)) AS county_price,
    standard_scale(target_encode("Town", smooth => 0, cv => NULL)) AS town_price,
    text_svd("Property Type"),
    text_svd("Old/New"),
    text_svd("Town"),
    text_svd("District"),
    text_svd("County")
FROM sales
TRAIN MODEL xgboost_regressor()
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
