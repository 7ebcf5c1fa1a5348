-- A way that takes longer than is gained.
-- rows of people: 5000000
-- device: far_away
SELECT impute(age) AS age, income, one_hot(town), late
FROM people
TRAIN MODEL xgboost_classifier(n_estimators => [50, 100], learning_rate => [0.1, 0.3]),
    logistic_regression(C => [0.1, 1, 10]), random_forest_classifier(n_estimators => 20)
TARGET late CROSS VALIDATE 3

----
1 statement · 8 trials · 18 fits · 6 more are shared
488 operators if every trial ran alone · 109 in this plan, 4.5 times fewer
about 25 min on 2 threads · 40 min of work, 49 min if every trial ran alone · at most 3.23 GiB held
GPU far away: nothing goes there
left on the CPU: 1 that a GPU makes otherwise, 5 that gain nothing

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
      ├─ Train xgboost_classifier(n_estimators => 100, … 1 more) ×3 · 2 trials · on shared bins
      ├─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · together · about 11.1 s
      └─ Train random_forest_classifier(n_estimators => 20) ×3 · about 32 min
