-- What did the ticket cost? The target is its logarithm; dates are taken apart; a quarter of the rows is held out once.
SELECT
    ln(fare) AS log_fare,
    standard_scale(impute(date_parts(booked))) AS booked,
    one_hot(class),
    target_encode(port),
    count_encode(deck),
    standard_scale(family) AS family
FROM passengers
WHERE fare IS NOT NULL
TRAIN MODEL ridge(alpha => [0.1, 1, 10]), ols, decision_tree_regressor(max_depth => [2, 3])
TARGET log_fare
HOLDOUT 0.25
METRIC r2, mae
AS fare_model;
