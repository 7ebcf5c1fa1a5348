-- Attempt 5: boosted trees on what attempt 4 found; the best one is kept as arr_delay_model.
-- The select list names plain columns only, so that PREDICT can give the same columns from any other query.
WITH summer AS (
    SELECT
        fl.arr_delay,
        fl.dep_delay,
        fl.distance,
        fl.hour AS scheduled_hour,
        dayofweek(fl.time_hour) AS weekday,
        fl.carrier,
        fl.origin,
        fl.dest,
        wx.temp, wx.humid, wx.wind_speed, wx.precip, wx.visib, wx.pressure,
        pl.year AS built,
        pl.seats
    FROM flights AS fl
    LEFT JOIN weather AS wx USING (origin, time_hour)
    LEFT JOIN planes AS pl USING (tailnum)
    WHERE fl.arr_delay IS NOT NULL AND fl.month IN (6, 7)
)
SELECT
    arr_delay, dep_delay, distance, scheduled_hour, weekday,
    temp, humid, wind_speed, precip, visib, pressure, built, seats,
    ordinal(carrier),
    ordinal(origin),
    ordinal(dest)
FROM summer
TRAIN MODEL
    lightgbm_regressor(n_estimators => [50, 100, 200], learning_rate => [0.05, 0.1]),
    hist_gradient_boosting_regressor(max_iter => 60)
TARGET arr_delay
CROSS VALIDATE 3
METRIC r2, mae
AS arr_delay_model;
