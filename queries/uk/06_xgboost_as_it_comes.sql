-- Attempt 6: as attempt 5, boosted trees.
with sales as (
    select * replace (cast("Date of Transfer" as timestamp) as "Date of Transfer") rename ("Town/City" as "Town") from price_paid
)
select vectorize(*)
FROM sales
TRAIN MODEL xgboost_regressor()
TARGET "Price"
CROSS VALIDATE 3 SHUFFLE
METRIC r2
SEED 42;
