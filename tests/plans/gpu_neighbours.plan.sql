-- Neighbours of the held-out rows are looked up on the GPU, in one search where that is one on the CPU.
-- rows of people: 200000
-- device: large
SELECT impute(age) AS age, income, one_hot(town), late
FROM people
TRAIN MODEL knn_classifier(n_neighbors => [5, 15, 25]), knn_classifier(p => 1, n_neighbors => 3)
TARGET late CROSS VALIDATE 3
----
1 statement · 4 trials · 12 fits
244 operators if every trial ran alone · 127 in this plan, 1.9 times fewer
about 22 min on 2 threads · 34 min of work, 125 min if every trial ran alone · at most 121 MiB held
GPU large: 1 neighbour lookup there · 9 transfers of 6.1 MiB, 0.5 ms
put together there: 2 transforms applied, 3 columns once for all folds
left on the CPU: 1 with no GPU form

rule shared_neighbours  Train 12 → 3
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 8 more

Scan people · about 200,000 rows · 4 columns read · 9.16 MiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit impute ×3 over age
   ├─ Fit one_hot ×3 over town
   └─ Matrix age, income, one_hot(town)
      ├─ Train k_neighbors_classifier(n_neighbors => [5, …) ×3 · 3 trials · from a search on the GPU
      └─ Train k_neighbors_classifier(p => 1, n_neighbors => 3) ×3 · about 3.3 s
