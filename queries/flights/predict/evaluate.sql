-- How well does the summer's model do in a month it has never seen?
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
WHERE fl.arr_delay IS NOT NULL AND fl.month = 8
EVALUATE MODEL arr_delay_model TARGET arr_delay METRIC r2, mae;

-- And the late-or-not model, on flights that its sample left out.
SELECT
    fl.arr_delay > 15 AS late,
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
WHERE fl.arr_delay IS NOT NULL AND fl.month = 8 AND hash(fl.carrier, fl.flight, fl.time_hour) % 8 = 1
EVALUATE MODEL late_model TARGET late METRIC roc_auc, accuracy, log_loss;
