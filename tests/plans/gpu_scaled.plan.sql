-- Columns go to the GPU once for all folds, in the types in which they were read; the host fits, the GPU applies.
-- rows of people: 5000000
-- device: large
SELECT standard_scale(impute(age, 'median')), min_max_scale(income), robust_scale(fold), poly(age, income, 2), one_hot(town), late
FROM people
TRAIN MODEL xgboost_classifier(n_estimators => 200, learning_rate => [0.1, 0.3]), logistic_regression(C => [0.1, 1, 10])
TARGET late CROSS VALIDATE 5
----
1 statement · 5 trials · 25 fits
815 operators if every trial ran alone · 238 in this plan, 3.4 times fewer
about 2 min on 2 threads · 3 min of work, 32 min if every trial ran alone · at most 1.48 GiB held
GPU large: 5 trainings there · 9 transfers of 191 MiB, 10.2 ms
put together there: 6 transforms applied, 4 columns once for all folds

rule row_wise_once   Map 10 → 1
rule shared_bins     Train 25 → 15
rule train_together  Train 15 → 0
nothing to do for: filtered_scans, merge_scans, same_split, unused_seed, equal_trials, … 6 more

Scan people · about 5,000,000 rows · 5 columns read · 267 MiB
├─ Map poly over (age, income) · once for all folds
└─ Split cross validate 5 stratified, seed 0
   ├─ Fit impute(strategy => 'median') ×5 over age
   ├─ Fit standard_scale, applied on the GPU ×5 over impute(age, strategy => 'median')
   ├─ Fit min_max_scale, applied on the GPU ×5 over income
   ├─ Fit robust_scale, applied on the GPU ×5 over fold
   ├─ Fit one_hot, applied on the GPU ×5 over town
   └─ Matrix standard_scale(impute(age, 'median')), min_max_scale(income), … 3 more
      ├─ Train xgboost_classifier(n_estimators => 200, … 1 more) ×5 · 2 trials · on the GPU
      └─ Train logistic_regression(C => [0.1, 1, 10]) ×5 · 3 trials · on the GPU · about 2.16 s
