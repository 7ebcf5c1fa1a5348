-- Use the two models that the batch kept: expected delay and late-or-not for the flights of one August evening hour,
-- with names. August was never seen by arr_delay_model. The inner query gives the columns the models read.
SELECT
    airline, destination, flight, arr_delay,
    round(arr_delay_model_prediction) AS expected_delay,
    late_model_prediction AS expected_late
FROM (
    SELECT
        al.name AS airline,
        ap.name AS destination,
        fl.flight,
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
    LEFT JOIN airlines AS al ON al.carrier = fl.carrier
    LEFT JOIN airports AS ap ON ap.faa = fl.dest
    WHERE fl.month = 8 AND fl.day = 1 AND fl.hour = 18 AND fl.dep_delay IS NOT NULL
    PREDICT MODEL arr_delay_model, late_model
)
ORDER BY expected_delay DESC, flight;

-- A prediction is a relation: which airline is expected to be latest on that day?
SELECT airline, count(*) AS flights, round(avg(expected), 1) AS expected_delay, round(avg(arr_delay), 1) AS true_delay
FROM (
    SELECT
        al.name AS airline,
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
    JOIN airlines AS al ON al.carrier = fl.carrier
    WHERE fl.month = 8 AND fl.day = 1 AND fl.arr_delay IS NOT NULL
    PREDICT MODEL arr_delay_model AS expected
)
GROUP BY airline
ORDER BY expected_delay DESC;
