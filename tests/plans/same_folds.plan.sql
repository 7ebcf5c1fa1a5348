-- Three seeds over folds that a column names: trees are grown three times, least squares once.
SELECT one_hot(town), age, y FROM people TRAIN MODEL ols(), extra_trees_regressor(n_estimators => 20) TARGET y SPLIT BY fold SEED 1;
SELECT one_hot(town), age, y FROM people TRAIN MODEL ols(), extra_trees_regressor(n_estimators => 20) TARGET y SPLIT BY fold SEED 2;
SELECT one_hot(town), age, y FROM people TRAIN MODEL ols(), extra_trees_regressor(n_estimators => 20) TARGET y SPLIT BY fold SEED 3

----
3 statements · 6 trials · 4 fits · 2 more are shared
120 operators if every trial ran alone · 29 in this plan, 4.1 times fewer

rule merge_scans            66 → 54 operators · Scan 3 → 1
rule same_split             54 → 40 operators
rule unused_seed            40 → 26 operators · Fit 3 → 1 · Train 6 → 4 · Score 6 → 4
rule sufficient_statistics  Train 4 → 3 · Score 4 → 3
nothing to do for: filtered_scans, row_wise_once, equal_trials, shared_gram, … 6 more

Scan people · 4 columns read · shared by 3 statements: 1-3
└─ Split by column fold · its folds are counted when it runs
   ├─ Fit one_hot over town
   └─ Matrix one_hot(town), age
      ├─ Train linear_regression · from sums
      ├─ Train extra_trees_regressor(n_estimators => 20) · statement 1
      ├─ Train extra_trees_regressor(n_estimators => 20) · statement 2
      └─ Train extra_trees_regressor(n_estimators => 20) · statement 3
