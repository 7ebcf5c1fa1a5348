-- A random search over two parameters, and a join.
-- rows of people: 50000
SELECT p.age, p.income, t.size, t."Mean ""Rent""", p.y
FROM people AS p JOIN towns AS t USING (town)
TRAIN MODEL hist_gradient_boosting_regressor(learning_rate => choose_float(0.01, 1, log => true), max_iter => choose_int(10, 200))
TARGET y
CROSS VALIDATE 3 GROUPS town
SEARCH RANDOM 30 TRIALS
SEED 7

----
1 statement · 30 trials · 90 fits
1,530 operators if every trial ran alone · 225 in this plan, 6.8 times fewer
about 26.1 s on 2 threads · 51.8 s of work, 53.5 s if every trial ran alone · at most 6.1 MiB held

nothing to do for: filtered_scans, merge_scans, same_split, row_wise_once, unused_seed, … 9 more

Scan people AS p JOIN towns AS t USING (town) · about 50,000 rows · 6 columns read · 3.05 MiB
└─ Split cross validate 3 no shuffle groups town
   └─ Matrix age, income, size, Mean "Rent"
      └─ Train hist_gradient_boosting_regressor(learning_rate => 30 values, … 1 more) ×3 · 30 trials
