-- Neither the columns of a transform nor the rows of a search have room there; a share of the variance has no form.
-- rows of people: 5000000
-- device: no_memory
SELECT kmeans(age, income, id, y, n_clusters => 8), pca(age, income, y, n_components => 0.9), late
FROM people
TRAIN MODEL knn_classifier(n_neighbors => [3, 5])
TARGET late CROSS VALIDATE 3
WITH (device = 'gpu')
----
1 statement · 2 trials · 6 fits
136 operators if every trial ran alone · 77 in this plan, 1.8 times fewer
about 2,376 min on 2 threads · 3,564 min of work, 7,127 min if every trial ran alone
GPU full: nothing goes there
left on the CPU: 3 too large for its memory, 1 with no GPU form

rule shared_neighbours  Train 6 → 0
nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 8 more

Scan people · about 5,000,000 rows · 5 columns read · 191 MiB
└─ Split cross validate 3 stratified, seed 0
   ├─ Fit kmeans ×3 over (age, income, id, y)
   ├─ Fit pca(n_components => 0.9) ×3 over (age, income, y)
   └─ Matrix kmeans(age, income, id, y, n_clusters => 8), pca(age, income, y, n_components => 0.9)
      └─ Train k_neighbors_classifier(n_neighbors => [3, 5]) ×3 · 2 trials · from one search
