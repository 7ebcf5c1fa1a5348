-- Pipelines 21 to 23: a column for every value, straight lines.
WITH sales AS (
    SELECT ln(1 + "Price") AS log_price, "Property Type" AS property_type, "Old/New" AS old_new,
           "Duration" AS duration, "Town/City" AS town, "District" AS district, "County" AS county,
           CAST("Date of Transfer" AS TIMESTAMP) AS sold
    FROM price_paid
)
SELECT
    log_price,
    one_hot(impute(property_type, 'most_frequent')),
    one_hot(impute(old_new, 'most_frequent')),
    one_hot(impute(duration, 'most_frequent')),
    one_hot(impute(town, 'most_frequent')),
    one_hot(impute(district, 'most_frequent')),
    one_hot(impute(county, 'most_frequent')),
    standard_scale(impute(year(sold), 'median')) AS year,
    standard_scale(impute(month(sold), 'median')) AS month,
    standard_scale(impute(day(sold), 'median')) AS day,
    standard_scale(impute(isodow(sold) - 1, 'median')) AS weekday,
    standard_scale(impute(quarter(sold), 'median')) AS quarter
FROM sales
TRAIN MODEL ridge(alpha => [1, 0.1, 0.01])
TARGET log_price
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
