import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, KFold

df = pd.read_csv("houses.csv").dropna(subset=["quality"])
X = df.drop(columns=["id", "town", "kind", "price"])
y = df["price"]

search = GridSearchCV(
    RandomForestRegressor(random_state=0, n_jobs=1),
    {"n_estimators": [5, 10], "max_depth": [3, None]},
    cv=KFold(3, shuffle=True, random_state=1),
    scoring="neg_mean_absolute_error",
)
search.fit(X, y)
best, score, scores = search.best_params_, -search.best_score_, search.cv_results_["mean_test_score"]
importance = pd.Series(search.best_estimator_.feature_importances_, index=X.columns).sort_values(ascending=False)
print(best, round(score, 3), list(importance.index))
