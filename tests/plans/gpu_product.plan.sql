-- Linear models over one matrix: their product is made on the GPU, the equations are solved here.
-- rows of people: 5000000
-- device: large
SELECT poly(age, income, id, degree => 4), target_encode(town), y FROM people
TRAIN MODEL ridge(alpha => [0.1, 1, 10]), lasso(alpha => [0.1, 1])
TARGET y CROSS VALIDATE 3

----
1 statement · 5 trials · 15 fits
325 operators if every trial ran alone · 90 in this plan, 3.6 times fewer
about 12.3 s on 2 threads · 21 s of work, 3 min if every trial ran alone · at most 2.38 GiB held
GPU large: 1 product there · 15 transfers of 267 MiB, 14.3 ms
put together there: 1 transform applied, 3 columns once for all folds

rule row_wise_once  89 → 72 operators · Map 6 → 1
rule shared_gram    72 → 51 operators · Train 15 → 0 · Score 15 → 0
nothing to do for: filtered_scans, merge_scans, same_split, unused_seed, equal_trials, … 7 more

Scan people · about 5,000,000 rows · 5 columns read · 267 MiB
├─ Map poly(degree => 4) over (age, income, id) · once for all folds
└─ Split cross validate 3, seed 0
   ├─ Fit target_encode ×3 over town
   └─ Matrix poly(age, income, id, degree => 4), target_encode(town)
      ├─ Train ridge(alpha => [0.1, 1, 10]) ×3 · 3 trials · from one product on the GPU
      └─ Train lasso(alpha => [0.1, 1]) ×3 · 2 trials · from one product on the GPU
