-- Who survived? Numbers with gaps, categories, a mostly empty column; three penalties; the best is kept.
SELECT
    survived,
    standard_scale(impute(age)) AS age_scaled,
    missing_flag(age) AS age_missing,
    standard_scale(impute(fare)) AS fare_scaled,
    family,
    one_hot(class),
    one_hot(sex),
    one_hot(port),
    missing_flag(deck) AS deck_missing
FROM passengers
TRAIN MODEL logistic_regression(C => [0.1, 1, 10])
TARGET survived
CROSS VALIDATE 5
METRIC roc_auc, accuracy, log_loss
AS survival_model;
