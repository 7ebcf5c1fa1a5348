-- No room on the GPU for columns of all rows beside the matrix: those of each fold are moved.
-- rows of people: 4000000
-- device: narrow
SELECT standard_scale(impute(age, 'median')), min_max_scale(income), robust_scale(fold), poly(age, income, 2), one_hot(town), late
FROM people
TRAIN MODEL xgboost_classifier(n_estimators => 200, learning_rate => [0.1, 0.3])
TARGET late CROSS VALIDATE 5
----
1 statement · 2 trials · 10 fits
326 operators if every trial ran alone · 199 in this plan, 1.6 times fewer
about 81.6 s on 2 threads · 3 min of work, 20 min if every trial ran alone · at most 1.19 GiB held
GPU narrow: 2 trainings there · 20 transfers of 366 MiB, 19.6 ms
put together there: 6 transforms applied

rule row_wise_once  Map 10 → 1
rule shared_bins    Train 10 → 0
nothing to do for: filtered_scans, merge_scans, same_split, unused_seed, equal_trials, … 7 more

Scan people · about 4,000,000 rows · 5 columns read · 214 MiB
├─ Map poly over (age, income) · once for all folds
└─ Split cross validate 5 stratified, seed 0
   ├─ Fit impute(strategy => 'median') ×5 over age
   ├─ Fit standard_scale, applied on the GPU ×5 over impute(age, strategy => 'median')
   ├─ Fit min_max_scale, applied on the GPU ×5 over income
   ├─ Fit robust_scale, applied on the GPU ×5 over fold
   ├─ Fit one_hot, applied on the GPU ×5 over town
   └─ Matrix standard_scale(impute(age, 'median')), min_max_scale(income), … 3 more
      └─ Train xgboost_classifier(n_estimators => 200, … 1 more) ×5 · 2 trials · on the GPU
