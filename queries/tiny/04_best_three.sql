-- A training query is a relation: the three best trials, with plain SQL around it.
SELECT rank, estimator, params, roc_auc_mean
FROM (
    SELECT survived, age, fare, family, ordinal(class), ordinal(sex), ordinal(port)
    FROM passengers
    TRAIN MODEL
        hist_gradient_boosting_classifier(max_iter => 20, learning_rate => [0.05, 0.2]),
        decision_tree_classifier(max_depth => [2, 3, 4])
    TARGET survived
    CROSS VALIDATE 3
    METRIC roc_auc
)
WHERE rank <= 3
ORDER BY rank;
