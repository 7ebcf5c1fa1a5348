-- Attempt 9: trees and small forests for attempt 7's flights, with the plane as well.
WITH Eighth AS (
    SELECT f.arr_delay > 15 AS late, f.dep_delay, f.distance, f.hour AS scheduled_hour, dayofweek(f.time_hour) AS weekday,
           f.carrier, f.origin, f.dest,
           w.temp, w.humid, w.wind_speed, w.precip, w.visib, w.pressure, p.year AS built, p.seats
    FROM   Flights AS f
           LEFT JOIN Weather AS w USING (origin, time_hour)
           LEFT JOIN Planes AS p USING (tailnum)
    WHERE  f.arr_delay IS NOT NULL AND hash(f.carrier, f.flight, f.time_hour) % 8 = 0
)
SELECT late, dep_delay, distance, scheduled_hour, weekday,
       temp, humid, wind_speed, precip, visib, pressure, built, seats,
       ordinal(carrier), ordinal(origin), ordinal(dest)
FROM   Eighth
TRAIN MODEL
       decision_tree_classifier(max_depth => [3, 5, 7, 9], min_samples_leaf => 50),
       random_forest_classifier(n_estimators => 20, max_depth => 8),
       extra_trees_classifier(n_estimators => 20, max_depth => 10)
TARGET late
CROSS VALIDATE 3
METRIC roc_auc, accuracy, log_loss;
