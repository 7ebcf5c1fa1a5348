-- Attempt 6: which encoder for the destination? Three statements that differ in one line, each under two models.
-- The rows are those of attempts 2 to 5, so the join, the folds and every other column are the same work.
SELECT
    f.arr_delay,
    standard_scale(f.dep_delay) AS dep_delay,
    standard_scale(f.distance) AS distance,
    standard_scale(impute(w.visib)) AS visib,
    one_hot(f.carrier),
    standard_scale(target_encode(f.dest)) AS dest
FROM flights f
LEFT JOIN weather w ON w.origin = f.origin AND w.time_hour = f.time_hour
WHERE f.arr_delay IS NOT NULL AND f.month IN (6, 7)
TRAIN MODEL ridge(alpha => [1, 10]), decision_tree_regressor(max_depth => [6, 8], min_samples_leaf => 50)
TARGET arr_delay
CROSS VALIDATE 3
METRIC mae, r2;

SELECT
    f.arr_delay,
    standard_scale(f.dep_delay) AS dep_delay,
    standard_scale(f.distance) AS distance,
    standard_scale(impute(w.visib)) AS visib,
    one_hot(f.carrier),
    standard_scale(count_encode(f.dest)) AS dest
FROM flights f
LEFT JOIN weather w ON w.origin = f.origin AND w.time_hour = f.time_hour
WHERE f.arr_delay IS NOT NULL AND f.month IN (6, 7)
TRAIN MODEL ridge(alpha => [1, 10]), decision_tree_regressor(max_depth => [6, 8], min_samples_leaf => 50)
TARGET arr_delay
CROSS VALIDATE 3
METRIC mae, r2;

SELECT
    f.arr_delay,
    standard_scale(f.dep_delay) AS dep_delay,
    standard_scale(f.distance) AS distance,
    standard_scale(impute(w.visib)) AS visib,
    one_hot(f.carrier),
    one_hot(rare(f.dest, 500)) AS dest
FROM flights f
LEFT JOIN weather w ON w.origin = f.origin AND w.time_hour = f.time_hour
WHERE f.arr_delay IS NOT NULL AND f.month IN (6, 7)
TRAIN MODEL ridge(alpha => [1, 10]), decision_tree_regressor(max_depth => [6, 8], min_samples_leaf => 50)
TARGET arr_delay
CROSS VALIDATE 3
METRIC mae, r2;
