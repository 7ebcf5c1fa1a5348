-- Attempt 10: boosting for the yes-or-no question; the best one is kept as late_model.
WITH eighth AS (
    SELECT
        f.arr_delay > 15 AS late,
        f.dep_delay,
        f.distance,
        f.hour AS scheduled_hour,
        dayofweek(f.time_hour) AS weekday,
        f.carrier,
        f.origin,
        f.dest,
        w.temp, w.humid, w.wind_speed, w.precip, w.visib, w.pressure,
        p.year AS built,
        p.seats
    FROM flights AS f
    LEFT JOIN weather AS w USING (origin, time_hour)
    LEFT JOIN planes AS p USING (tailnum)
    WHERE f.arr_delay IS NOT NULL AND hash(f.carrier, f.flight, f.time_hour) % 8 = 0
)
SELECT
    late, dep_delay, distance, scheduled_hour, weekday,
    temp, humid, wind_speed, precip, visib, pressure, built, seats,
    ordinal(carrier),
    ordinal(origin),
    ordinal(dest)
FROM eighth
TRAIN MODEL
    lightgbm_classifier(n_estimators => [50, 100, 200], num_leaves => [15, 31]),
    hist_gradient_boosting_classifier(max_iter => 60)
TARGET late
CROSS VALIDATE 3
METRIC roc_auc, accuracy, log_loss
AS late_model;
