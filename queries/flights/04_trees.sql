-- Attempt 4: delays jump, they do not slope; try trees.
-- The flights of attempts 2 and 3. Trees need no scaling and take missing numbers as they are; categories become codes.
with Summer as (
  select fl.arr_delay, fl.dep_delay, fl.distance, fl.hour as scheduled_hour, dayofweek(fl.time_hour) as weekday,
         fl.carrier, fl.origin, fl.dest,
         wx.temp, wx.humid, wx.wind_speed, wx.precip, wx.visib, wx.pressure, pl.year as built, pl.seats
  from flights as fl
  left join weather as wx using (origin, time_hour)
  left join planes as pl using (tailnum)
  where fl.arr_delay is not null and fl.month in (6, 7)
)
SELECT
    arr_delay, dep_delay, distance, scheduled_hour, weekday,
    temp, humid, wind_speed, precip, visib, pressure, built, seats,
    ordinal(carrier),
    ordinal(origin),
    ordinal(dest)
FROM Summer
TRAIN MODEL
    decision_tree_regressor(max_depth => [4, 6, 8, 10], min_samples_leaf => [1, 50]),
    random_forest_regressor(n_estimators => 20, max_depth => 8, max_features => 0.3),
    extra_trees_regressor(n_estimators => 20, max_depth => 10, max_features => 0.3)
TARGET arr_delay
CROSS VALIDATE 3
METRIC r2, mae;
