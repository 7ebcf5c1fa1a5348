-- What a transform makes on the GPU stays there for what is trained on it there.
-- rows of people: 5000000
-- device: large
SELECT kmeans(impute(age), income, 8, encode => 'distance'), one_hot(town), late
FROM people
TRAIN MODEL logistic_regression(C => [0.1, 1, 10])
TARGET late CROSS VALIDATE 3
----
1 statement · 3 trials · 9 fits
210 operators if every trial ran alone · 97 in this plan, 2.2 times fewer
about 49 s on 2 threads · 79.9 s of work, 14 min if every trial ran alone · at most 1.2 GiB held
GPU large: 3 trainings, 1 transform there · 6 transfers of 134 MiB, 7.12 ms
put together there: 2 transforms applied, 3 columns once for all folds

rule train_together  Train 9 → 0
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 8 more

Scan people · about 5,000,000 rows · 4 columns read · 229 MiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit impute, applied on the GPU ×3 over age
   ├─ Fit kmeans(encode => 'distance') on the GPU ×3 over (impute(age), income)
   ├─ Fit one_hot, applied on the GPU ×3 over town
   └─ Matrix kmeans(impute(age), income, 8, encode => 'distance'), one_hot(town)
      └─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · on the GPU · about 1.05 s
