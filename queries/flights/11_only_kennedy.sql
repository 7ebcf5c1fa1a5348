-- Attempt 11: attempt 2 again for one airport only, and one boosted model beside it.
-- One airport has one origin, so that column is gone; everything else is written as in attempt 3.
FROM flights AS fl
LEFT JOIN weather AS wx USING (origin, time_hour)
SELECT
    fl.arr_delay,
    standard_scale(fl.dep_delay) AS dep_delay,
    standard_scale(fl.distance) AS distance,
    standard_scale(impute(wx.temp)) AS temp,
    standard_scale(impute(wx.humid)) AS humid,
    standard_scale(impute(wx.wind_speed)) AS wind_speed,
    standard_scale(impute(wx.precip)) AS precip,
    standard_scale(impute(wx.visib)) AS visib,
    one_hot(fl.carrier),
    standard_scale(target_encode(fl.dest)) AS dest_delay
WHERE fl.arr_delay IS NOT NULL AND fl.month IN (6, 7) AND fl.origin = 'JFK'
TRAIN MODEL ridge(alpha => [0.1, 10, 1000]), hist_gradient_boosting_regressor(max_iter => [20, 40])
TARGET arr_delay
CROSS VALIDATE 5
METRIC r2, mae
SEED 11;
