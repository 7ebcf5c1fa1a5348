-- Attempt 3: who flies where, and in what?
-- Attempt 2 plus the plane and the destination. 105 destinations are many for one column each, so they are encoded by
-- their mean delay (fitted inside each fold) and by how common they are; the date is taken apart.
SELECT
    fl.arr_delay,
    standard_scale(fl.dep_delay) AS dep_delay,
    standard_scale(fl.distance) AS distance,
    standard_scale(impute(wx.temp)) AS temp,
    standard_scale(impute(wx.humid)) AS humid,
    standard_scale(impute(wx.wind_speed)) AS wind_speed,
    standard_scale(impute(wx.precip)) AS precip,
    standard_scale(impute(wx.visib)) AS visib,
    standard_scale(impute(pl.year)) AS built,
    standard_scale(impute(pl.seats)) AS seats,
    missing_flag(pl.year) AS plane_unknown,
    standard_scale(date_parts(fl.time_hour)) AS scheduled,
    one_hot(fl.carrier),
    one_hot(fl.origin),
    standard_scale(target_encode(fl.dest)) AS dest_delay,
    standard_scale(count_encode(fl.dest)) AS dest_flights
FROM flights AS fl
LEFT JOIN weather AS wx USING (origin, time_hour)
LEFT JOIN planes AS pl USING (tailnum)
WHERE fl.arr_delay IS NOT NULL AND fl.month IN (6, 7)
TRAIN MODEL ridge(alpha => [0.1, 1, 10, 100]), lasso(alpha => [0.1, 0.5]), ols
TARGET arr_delay
CROSS VALIDATE 5
METRIC r2, mae;
