-- Attempt 1: is a straight line enough?
-- The whole year, numbers and two small categories, ridge from loose to tight, and plain least squares beside it.
SELECT
    f.arr_delay,
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
LEFT JOIN weather AS w ON w.origin = f.origin AND w.time_hour = f.time_hour
WHERE f.arr_delay IS NOT NULL
TRAIN MODEL ridge(alpha => [0.01, 0.1, 1, 10, 100, 1000]), ols
TARGET arr_delay
CROSS VALIDATE 3
METRIC r2, mae;
