-- Attempt 8: the same question, asked the evening before: the departure delay is not known yet.
-- Same flights as attempt 7, without dep_delay. Carrier and destination stand in for how late such flights tend to be.
SELECT
    f.arr_delay > 15 AS late,
    standard_scale(f.distance) AS distance,
    standard_scale(f.hour) AS hour,
    standard_scale(impute(w.temp)) AS temp,
    standard_scale(impute(w.humid)) AS humid,
    standard_scale(impute(w.wind_speed)) AS wind_speed,
    standard_scale(impute(w.precip)) AS precip,
    standard_scale(impute(w.visib)) AS visib,
    standard_scale(date_parts(f.time_hour)) AS scheduled,
    one_hot(f.origin),
    target_encode(f.carrier) AS carrier_late,
    target_encode(f.dest) AS dest_late
from Flights as f left join Weather as w using (origin, time_hour)
where f.arr_delay IS NOT NULL AND hash(f.carrier, f.flight, f.time_hour) % 8 = 0
TRAIN MODEL
    logistic_regression(C => [0.01, 1, 100], max_iter => 1000),
    decision_tree_classifier(max_depth => [4, 8], min_samples_leaf => 50)
TARGET late
CROSS VALIDATE 3
METRIC roc_auc, accuracy, log_loss;

-- Boosting takes the numbers as they are, gaps included.
SELECT
    f.arr_delay > 15 AS late,
    f.distance,
    f.hour AS scheduled_hour,
    dayofweek(f.time_hour) AS weekday,
    w.temp, w.humid, w.wind_speed, w.precip, w.visib,
    ordinal(f.origin),
    target_encode(f.carrier) AS carrier_late,
    target_encode(f.dest) AS dest_late
from Flights as f left join Weather as w using (origin, time_hour)
where f.arr_delay IS NOT NULL AND hash(f.carrier, f.flight, f.time_hour) % 8 = 0
TRAIN MODEL lightgbm_classifier(n_estimators => [50, 100])
TARGET late
CROSS VALIDATE 3
METRIC roc_auc, accuracy, log_loss;
