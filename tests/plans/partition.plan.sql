-- Groups of one relation: it is read once, and what is done alike in each is told once. A statement without them has all rows.
-- rows of range: 900
SELECT standard_scale(a) AS a, one_hot(b), y FROM (SELECT range AS a, range % 5 AS b, range % 7 AS y, ['x', 'y', NULL][1 + range % 3] AS g FROM range(900))
TRAIN MODEL ridge(alpha => [0.1, 1]), decision_tree_regressor(max_depth => 3) TARGET y PARTITION BY g AS parts;
SELECT a, y FROM (SELECT range AS a, range % 5 AS b, range % 7 AS y, ['x', 'y', NULL][1 + range % 3] AS g FROM range(900))
TRAIN MODEL ridge() TARGET y;

----
2 statements · 3 groups · 10 trials · 50 fits
864 operators if every trial ran alone · 347 in this plan, 2.5 times fewer
about 84.1 ms on 2 threads · 156 ms of work, 391 ms if every trial ran alone · at most 170 KiB held
names: 1 parts

rule merge_scans            378 → 363 operators · Scan 4 → 1
rule sufficient_statistics  363 → 347 operators · Train 50 → 15 · Score 50 → 15
nothing to do for: filtered_scans, same_split, row_wise_once, unused_seed, equal_trials, … 7 more

Scan (SELECT range AS a, range % 5… · about 900 rows · 4 columns read · shared by 2 statements: 1, 2
├─ Split cross validate 5, seed 0, by itself in 3 groups: g = 'x', g = 'y', g is NULL · statement 1
│  ├─ Fit standard_scale ×5 over a
│  ├─ Fit one_hot ×5 over b
│  └─ Matrix a, one_hot(b)
│     ├─ Train ridge(alpha => [0.1, 1]) ×5 · 2 trials · from sums
│     └─ Train decision_tree_regressor(max_depth => 3) ×5
└─ Split cross validate 5, seed 0 · statement 2
   └─ Matrix a
      └─ Train ridge ×5 · from sums
