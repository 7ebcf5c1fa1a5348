-- Two spellings of one relation, one of the encoders in common, and a third statement over other rows.
-- rows of people: 20000
SELECT one_hot(town), standard_scale(age) AS age, y FROM people TRAIN MODEL ridge(alpha => [0.1, 1]), ols() TARGET y;
select one_hot(town), date_parts(born), y from People train model ols(), lasso() target y cross validate 5 shuffle;
SELECT age, income, late FROM people WHERE age > 30 TRAIN MODEL decision_tree_classifier(max_depth => [3, 5, 7]) TARGET late HOLDOUT 0.2 AS lates

----
3 statements · 8 trials · 28 fits
478 operators if every trial ran alone · 133 in this plan, 3.6 times fewer
about 159 ms on 2 threads · 297 ms of work, 958 ms if every trial ran alone · at most 12 MiB held
names: 3 lates

rule merge_scans            222 → 218 operators · Scan 3 → 2
rule same_split             218 → 182 operators · Fit 20 → 15
rule sufficient_statistics  182 → 138 operators · Fit 15 → 10 · Train 28 → 13 · Score 28 → 13
rule shared_gram            138 → 133 operators · Train 13 → 3 · Score 13 → 3
nothing to do for: filtered_scans, row_wise_once, unused_seed, equal_trials, … 6 more

Scan people · about 20,000 rows · 4 columns read · shared by 2 statements: 1, 2 · 938 KiB
└─ Split cross validate 5, seed 0
   ├─ Fit one_hot ×5 over town · statement 2
   ├─ Fit date_parts ×5 over born · statement 2
   ├─ Matrix one_hot(town), age · statement 1
   │  ├─ Train ridge(alpha => [0.1, 1]) ×5 · 2 trials · from sums
   │  └─ Train linear_regression ×5 · from sums
   └─ Matrix one_hot(town), date_parts(born) · statement 2
      ├─ Train linear_regression ×5 · from one product
      └─ Train lasso ×5 · from one product

Scan people WHERE age > 30 · about 20,000 rows · 3 columns read · statement 3 · 469 KiB
└─ Split holdout 0.2 stratified, seed 0
   └─ Matrix age, income
      └─ Train decision_tree_classifier(max_depth => [3, 5, 7]) · 3 trials · about 53.3 ms
