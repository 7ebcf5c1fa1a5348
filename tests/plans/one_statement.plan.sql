-- rows of people: 1000000
SELECT one_hot(town), standard_scale(impute(age, 'median')) AS age, impute(income), missing_flag(income) AS gone, y
FROM people
TRAIN MODEL ridge(alpha => [0.1, 1, 10]), random_forest_regressor(n_estimators => 50)
TARGET y
METRIC r2, mae
AS income_model

----
1 statement · 4 trials · 20 fits
548 operators if every trial ran alone · 164 in this plan, 3.3 times fewer
about 22 min on 2 threads · 37 min of work, 37 min if every trial ran alone · at most 912 MiB held
names: 1 income_model

rule row_wise_once          Map 10 → 1
rule sufficient_statistics  168 → 164 operators · Train 20 → 5 · Score 20 → 5
nothing to do for: filtered_scans, merge_scans, same_split, unused_seed, equal_trials, … 7 more

Scan people · about 1,000,000 rows · 4 columns read · 45.8 MiB
├─ Map missing_flag over income · once for all folds
└─ Split cross validate 5, seed 0
   ├─ Fit one_hot ×5 over town
   ├─ Fit impute(strategy => 'median') ×5 over age
   ├─ Fit standard_scale ×5 over impute(age, strategy => 'median')
   ├─ Fit impute ×5 over income
   └─ Matrix one_hot(town), age, impute(income), gone
      ├─ Train ridge(alpha => [0.1, 1, 10]) ×5 · 3 trials · from sums
      └─ Train random_forest_regressor(n_estimators => 50) ×5 · about 37 min
