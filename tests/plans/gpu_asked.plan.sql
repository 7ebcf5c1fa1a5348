-- A statement that wants the GPU has all that it can do there, gain or not.
-- rows of people: 500
-- device: large
SELECT impute(age) AS age, income, one_hot(town), late
FROM people
TRAIN MODEL xgboost_classifier(n_estimators => [50, 100], learning_rate => [0.1, 0.3]),
    logistic_regression(C => [0.1, 1, 10]), random_forest_classifier(n_estimators => 20)
TARGET late CROSS VALIDATE 3
WITH (device = 'gpu')

----
1 statement · 8 trials · 18 fits · 6 more are shared
488 operators if every trial ran alone · 115 in this plan, 4.2 times fewer
about 1.8 s on 2 threads · 3.49 s of work, 4.41 s if every trial ran alone · at most 129 KiB held
GPU large: 6 trainings there · 6 transfers of 13.7 KiB, 0.121 ms
put together there: 2 transforms applied, 3 columns once for all folds

rule prefix_training  Train 24 → 18
rule shared_bins      Train 18 → 12
rule train_together   Train 12 → 3
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 6 more

Scan people · about 500 rows · 4 columns read · 23.4 KiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit impute, applied on the GPU ×3 over age
   ├─ Fit one_hot, applied on the GPU ×3 over town
   └─ Matrix age, income, one_hot(town)
      ├─ Train xgboost_classifier(n_est…, … 1 more) ×3 · 2 trials · the first rounds of a longer one
      ├─ Train xgboost_classifier(n_estimators => 100, … 1 more) ×3 · 2 trials · on the GPU
      ├─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · on the GPU · about 45.3 ms
      └─ Train random_forest_classifier(n_estimators => 20) ×3 · on the GPU · about 304 ms
