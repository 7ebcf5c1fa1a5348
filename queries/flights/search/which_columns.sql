-- The question of 06 in one statement, and two more: which encoder for the destination, whether the airline and the weather
-- help, and under which model. Every way to choose is a select list of its own; what they have in common is done once.
SELECT
    f.arr_delay,
    standard_scale(f.dep_delay) AS dep_delay,
    standard_scale(f.distance) AS distance,
    optional(standard_scale(impute(w.visib))) AS visib,
    optional(one_hot(f.carrier)) AS carrier,
    choose(
        standard_scale(target_encode(f.dest)),
        standard_scale(count_encode(f.dest)),
        one_hot(rare(f.dest, 500))
    ) AS dest
FROM flights f
LEFT JOIN weather w ON w.origin = f.origin AND w.time_hour = f.time_hour
WHERE f.arr_delay IS NOT NULL AND f.month IN (6, 7)
TRAIN MODEL ridge(alpha => [1, 10]), decision_tree_regressor(max_depth => [6, 8], min_samples_leaf => 50)
TARGET arr_delay
CROSS VALIDATE 3
METRIC mae, r2;
