-- On a GPU: the trees and the regressions, over a matrix that each fold moves there once.
-- rows of people: 5000000
-- device: large
SELECT impute(age) AS age, income, one_hot(town), late
FROM people
TRAIN MODEL xgboost_classifier(n_estimators => [50, 100], learning_rate => [0.1, 0.3]),
    logistic_regression(C => [0.1, 1, 10]), random_forest_classifier(n_estimators => 20)
TARGET late CROSS VALIDATE 3

----
1 statement · 8 trials · 18 fits · 6 more are shared
488 operators if every trial ran alone · 127 in this plan, 3.8 times fewer
about 23 min on 2 threads · 35 min of work, 49 min if every trial ran alone · at most 2.79 GiB held
GPU large: 5 trainings there · 6 transfers of 134 MiB, 7.12 ms
put together there: 2 transforms applied, 3 columns once for all folds
left on the CPU: 1 that a GPU makes otherwise

rule prefix_training  Train 24 → 18
rule shared_bins      Train 18 → 12
rule train_together   Train 12 → 3
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 6 more

Scan people · about 5,000,000 rows · 4 columns read · 229 MiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit impute ×3 over age
   ├─ Fit one_hot ×3 over town
   └─ Matrix age, income, one_hot(town)
      ├─ Train xgboost_classifier(n_est…, … 1 more) ×3 · 2 trials · the first rounds of a longer one
      ├─ Train xgboost_classifier(n_estimators => 100, … 1 more) ×3 · 2 trials · on the GPU
      ├─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · on the GPU · about 837 ms
      └─ Train random_forest_classifier(n_estimators => 20) ×3 · about 32 min
