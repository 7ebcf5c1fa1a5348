-- rows of people: 100000
SELECT one_hot(town), standard_scale(age) AS age, income, late
FROM people
TRAIN MODEL lightgbm_classifier(n_estimators => 500, num_leaves => [31, 63]), xgboost_classifier(n_estimators => 500),
            logistic_regression()
TARGET late
WITH (early_stopping = 20, validation_fraction = 0.15)

----
1 statement · 4 trials · 20 fits
508 operators if every trial ran alone · 227 in this plan, 2.2 times fewer
about 83.1 s on 2 threads · 3 min of work, 3 min if every trial ran alone · at most 99.1 MiB held

nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 9 more

Scan people · about 100,000 rows · 4 columns read · 4.58 MiB
└─ Split cross validate 5 stratified, seed 0; 0.15 of the training rows validate
   ├─ Fit one_hot ×10 over town
   ├─ Fit standard_scale ×10 over age
   └─ Matrix one_hot(town), age, income
      ├─ Train lightgbm_classifier(n_estimators => 500, … 1 more) ×5 · 2 trials · early stopping 20
      ├─ Train xgboost_classifier(n_estimators => 500) ×5 · early stopping 20 · about 59 s
      └─ Train logistic_regression ×5 · about 1.7 s
