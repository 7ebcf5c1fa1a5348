-- Pipeline 5: 2 and 4 together, and town, district and county taken together.
WITH sales AS (
    SELECT ln(1 + "Price") AS log_price, "Property Type" AS property_type, "Old/New" AS old_new,
           "Duration" AS duration, "Town/City" AS town, "District" AS district, "County" AS county,
           CAST("Date of Transfer" AS TIMESTAMP) AS sold
    FROM price_paid
)
SELECT
    log_price,
    standard_scale(year(sold)) AS year,
    standard_scale(month(sold)) AS month,
    standard_scale(day(sold)) AS day,
    standard_scale(isodow(sold) - 1) AS weekday,
    standard_scale(dayofyear(sold)) AS day_of_year,
    standard_scale(quarter(sold)) AS quarter,
    standard_scale(CAST(sold = last_day(sold) AS INTEGER)) AS month_end,
    standard_scale(sin(month(sold) * 2 * pi() / 12)) AS month_sin,
    standard_scale(cos(month(sold) * 2 * pi() / 12)) AS month_cos,
    standard_scale(sin(dayofyear(sold) * 2 * pi() / 365)) AS day_of_year_sin,
    standard_scale(cos(dayofyear(sold) * 2 * pi() / 365)) AS day_of_year_cos,
    standard_scale(target_encode(property_type, smooth => 20, cv => NULL)) AS property_type_mean,
    standard_scale(count_encode(property_type)) AS property_type_count,
    standard_scale(target_encode(old_new, smooth => 20, cv => NULL)) AS old_new_mean,
    standard_scale(count_encode(old_new)) AS old_new_count,
    standard_scale(target_encode(duration, smooth => 20, cv => NULL)) AS duration_mean,
    standard_scale(count_encode(duration)) AS duration_count,
    standard_scale(target_encode(town, smooth => 20, cv => NULL)) AS town_mean,
    standard_scale(count_encode(town)) AS town_count,
    standard_scale(target_encode(district, smooth => 20, cv => NULL)) AS district_mean,
    standard_scale(count_encode(district)) AS district_count,
    standard_scale(target_encode(county, smooth => 20, cv => NULL)) AS county_mean,
    standard_scale(count_encode(county)) AS county_count,
    standard_scale(target_encode(concat_ws('_', property_type, old_new, duration), smooth => 20, cv => NULL)) AS house_kind_mean,
    standard_scale(count_encode(concat_ws('_', property_type, old_new, duration))) AS house_kind_count,
    standard_scale(target_encode(concat_ws('_', town, district, county), smooth => 20, cv => NULL)) AS place_mean,
    standard_scale(count_encode(concat_ws('_', town, district, county))) AS place_count
FROM sales
TRAIN MODEL lightgbm_regressor()
TARGET log_price
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
