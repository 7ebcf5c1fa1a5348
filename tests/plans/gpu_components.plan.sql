-- Components on the GPU, of several numbers, by one matrix that is moved; an svd that would be another there stays.
-- rows of people: 5000000
-- device: large
SELECT pca(age, income, id, y, choose_int(2, 3)), svd(age, income, 1), one_hot(town), late
FROM people
TRAIN MODEL logistic_regression(C => [0.1, 1, 10])
TARGET late CROSS VALIDATE 3
----
1 statement · 6 trials · 18 fits
504 operators if every trial ran alone · 149 in this plan, 3.4 times fewer
about 35.4 s on 2 threads · 66.6 s of work, 11 min if every trial ran alone · at most 1.51 GiB held
GPU large: 6 trainings, 2 transforms there · 14 transfers of 343 MiB, 18.3 ms
put together there: 1 transform applied, 5 columns once for all folds
left on the CPU: 1 that a GPU makes otherwise

rule prefix_components  Fit 12 → 6
rule train_together     Train 18 → 0
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 7 more

Scan people · about 5,000,000 rows · 6 columns read · 305 MiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit pca(n_components => 2) on the GPU ×3 over (age, income, id, y)
   ├─ Fit svd(n_components => 1) ×3 over (age, income)
   ├─ Fit one_hot, applied on the GPU ×3 over town
   ├─ Fit pca(n_components => 3) on the GPU ×3 over (age, income, id, y)
   ├─ Matrix pca(age, income, id, y, 2), svd(age, income, 1), one_hot(town)
   │  └─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · on the GPU · about 873 ms
   └─ Matrix pca(age, income, id, y, 3), svd(age, income, 1), one_hot(town)
      └─ Train logistic_regression(C => [0.1, 1, 10]) ×3 · 3 trials · on the GPU · about 909 ms
