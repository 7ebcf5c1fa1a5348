-- Attempt 7: nobody minds five minutes; is it more than 15 minutes late?
-- An eighth of the year's flights, chosen by a hash of the flight, and logistic regression.
SELECT
    f.arr_delay > 15 AS late,
    standard_scale(f.dep_delay) AS dep_delay,
    standard_scale(f.distance) AS distance,
    standard_scale(f.hour) AS hour,
    standard_scale(impute(w.temp)) AS temp,
    standard_scale(impute(w.humid)) AS humid,
    standard_scale(impute(w.wind_speed)) AS wind_speed,
    standard_scale(impute(w.precip)) AS precip,
    standard_scale(impute(w.visib)) AS visib,
    one_hot(f.carrier),
    one_hot(f.origin)
FROM flights AS f
LEFT JOIN weather AS w USING (origin, time_hour)
WHERE f.arr_delay IS NOT NULL AND hash(f.carrier, f.flight, f.time_hour) % 8 = 0
TRAIN MODEL logistic_regression(C => [0.01, 0.1, 1, 10, 100], max_iter => 1000)
TARGET late
CROSS VALIDATE 5
METRIC roc_auc, accuracy, log_loss;
