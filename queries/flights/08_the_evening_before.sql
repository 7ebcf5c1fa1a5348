-- Attempt 8: the same question, asked the evening before: the departure delay is not known yet.
-- Same flights as attempt 7, without dep_delay. Carrier and destination stand in for how late such flights tend to be.
SELECT
    fl.arr_delay > 15 AS late,
    standard_scale(fl.distance) AS distance,
    standard_scale(fl.hour) AS hour,
    standard_scale(impute(wx.temp)) AS temp,
    standard_scale(impute(wx.humid)) AS humid,
    standard_scale(impute(wx.wind_speed)) AS wind_speed,
    standard_scale(impute(wx.precip)) AS precip,
    standard_scale(impute(wx.visib)) AS visib,
    standard_scale(date_parts(fl.time_hour)) AS scheduled,
    one_hot(fl.origin),
    target_encode(fl.carrier) AS carrier_late,
    target_encode(fl.dest) AS dest_late
FROM flights fl
LEFT JOIN weather wx USING (origin, time_hour)
WHERE fl.arr_delay IS NOT NULL AND hash(fl.carrier, fl.flight, fl.time_hour) % 8 = 0
TRAIN MODEL
    logistic_regression(C => [0.01, 1, 100], max_iter => 1000),
    decision_tree_classifier(max_depth => [4, 8], min_samples_leaf => 50),
    lightgbm_classifier(n_estimators => [50, 100])
TARGET late
CROSS VALIDATE 3
METRIC roc_auc, accuracy, log_loss;
