-- Do the remarks help? Words as TF-IDF beside the categories of 01 …
SELECT
    survived,
    standard_scale(impute(age)) AS age,
    one_hot(class),
    one_hot(sex),
    tfidf(remark) AS remark
FROM passengers
TRAIN MODEL logistic_regression(C => 1), decision_tree_classifier(max_depth => [2, 4])
TARGET survived
CROSS VALIDATE 5
METRIC roc_auc, accuracy;

-- … and the same without the words: only whether there was a remark.
SELECT
    survived,
    standard_scale(impute(age)) AS age,
    one_hot(class),
    one_hot(sex),
    missing_flag(remark) AS remark
FROM passengers
TRAIN MODEL logistic_regression(C => 1), decision_tree_classifier(max_depth => [2, 4])
TARGET survived
CROSS VALIDATE 5
METRIC roc_auc, accuracy;
