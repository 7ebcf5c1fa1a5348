-- rows of people: 1000
EXPLAIN (FORMAT mermaid)
SELECT one_hot(town), standard_scale(age), y FROM people TRAIN MODEL ridge(alpha => [0.1, 1]), ols() TARGET y CROSS VALIDATE 3

----
flowchart LR
  n0[("Scan people<br/>about 1,000 rows")]
  n1{{"Split cross validate 3, seed 0"}}
  n2["Matrix of 2<br/>one_hot(town), standard_scale(age)"]
  n3(["Train ridge<br/>2 trials, 6 fits"])
  n4(["Train linear_regression<br/>1 trial, 3 fits"])
  n0 --> n1
  n2 --> n3
  n2 --> n4
  n1 --> n2
