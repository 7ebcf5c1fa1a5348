-- Attempt 3: the same columns, the other library's boosted trees.
with sales as (
    select * replace (cast("Date of Transfer" as timestamp) as "Date of Transfer") rename ("Town/City" as "Town") from price_paid
)
select
    "Price",
    standard_scale(year("Date of Transfer")) AS year,
    standard_scale(month("Date of Transfer")) AS month,
    standard_scale(day("Date of Transfer")) AS day,
    standard_scale(isodow("Date of Transfer") - 1) AS weekday,
    standard_scale(hour("Date of Transfer")) AS hour,
    standard_scale(round(sin(month("Date of Transfer") * 2 * pi() / 12), 9)) AS month_sin,
    standard_scale(round(cos(month("Date of Transfer") * 2 * pi() / 12), 9)) AS month_cos,
    standard_scale(round(sin(day("Date of Transfer") * 2 * pi() / 30), 9)) AS day_sin,
    standard_scale(round(cos(day("Date of Transfer") * 2 * pi() / 30), 9)) AS day_cos,
    standard_scale(round(sin((isodow("Date of Transfer") - 1) * 2 * pi() / 7), 9)) AS weekday_sin,
    standard_scale(round(cos((isodow("Date of Transfer") - 1) * 2 * pi() / 7), 9)) AS weekday_cos,
    standard_scale(round(sin(hour("Date of Transfer") * 2 * pi() / 24), 9)) AS hour_sin,
    standard_scale(round(cos(hour("Date of Transfer") * 2 * pi() / 24), 9)) AS hour_cos,
    round(standard_scale(target_encode("District", smooth => 0, cv => NULL)), 9) AS district_price,
    round(standard_scale(target_encode("County", smooth => 0, cv => NULL)), 9) AS county_price,
    round(standard_scale(target_encode("Town", smooth => 0, cv => NULL)), 9) AS town_price,
    text_svd("Property Type"),
    text_svd("Old/New"),
    text_svd("Town"),
    text_svd("District"),
    text_svd("County")
FROM sales
TRAIN MODEL lightgbm_regressor()
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
