-- Few rows gain nothing on a GPU.
-- rows of people: 500
-- device: large
SELECT impute(age) AS age, income, one_hot(town), late
FROM people
TRAIN MODEL xgboost_classifier(n_estimators => [50, 100], learning_rate => [0.1, 0.3]),
    logistic_regression(C => [0.1, 1, 10]), random_forest_classifier(n_estimators => 20)
TARGET late CROSS VALIDATE 3

----
1 statement · 8 trials · 18 fits · 6 more are shared
488 operators if every trial ran alone · 109 in this plan, 4.5 times fewer
about 1.5 s on 2 threads · 2.94 s of work, 4.41 s if every trial ran alone · at most 339 KiB held
GPU large: nothing goes there
left on the CPU: 1 that a GPU makes otherwise, 5 that gain nothing

rule prefix_training  Train 24 → 18
rule shared_bins      Train 18 → 12
rule train_together   Train 12 → 3
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 6 more

Scan people · about 500 rows · 4 columns read · 23.4 KiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit impute ×3 over age
   ├─ Fit one_hot ×3 over town
   └─ Matrix age, income, one_hot(town)
      ├─ Train xgboost_classifier(n_est…, … 1 more) ×3 · 2 trials · the first rounds of a longer one
      ├─ Train xgboost_classifier(n_estimators => 100, … 1 more) ×3 · 2 trials · on shared bins
      ├─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · together · about 18.4 ms
      └─ Train random_forest_classifier(n_estimators => 20) ×3 · about 158 ms
