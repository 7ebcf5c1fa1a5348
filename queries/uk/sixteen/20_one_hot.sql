-- Pipeline 20: a column for every value of every text; boosted trees.
WITH sales AS (
    SELECT ln(1 + "Price") AS log_price, "Property Type" AS property_type, "Old/New" AS old_new,
           "Duration" AS duration, "Town/City" AS town, "District" AS district, "County" AS county,
           CAST("Date of Transfer" AS TIMESTAMP) AS sold
    FROM price_paid
)
SELECT
    log_price,
    one_hot(property_type),
    one_hot(old_new),
    one_hot(duration),
    one_hot(town),
    one_hot(district),
    one_hot(county),
    standard_scale(year(sold)) AS year,
    standard_scale(month(sold)) AS month,
    standard_scale(day(sold)) AS day,
    standard_scale(isodow(sold) - 1) AS weekday,
    standard_scale(dayofyear(sold)) AS day_of_year,
    standard_scale(quarter(sold)) AS quarter,
    standard_scale(CAST(sold = last_day(sold) AS INTEGER)) AS month_end
FROM sales
TRAIN MODEL lightgbm_regressor()
TARGET log_price
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
