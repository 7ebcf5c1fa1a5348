import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

df = pd.read_csv("houses.csv").fillna({"quality": 5.0})
y = (df["kind"] == "flat").astype(int)
X = df[["area", "rooms", "built", "quality", "distance", "price"]]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=3, stratify=y)

pipe = Pipeline([("scale", MinMaxScaler()), ("clf", LogisticRegression(max_iter=300))])
search = RandomizedSearchCV(pipe, {"clf__C": np.logspace(-2, 2, 9)}, n_iter=4, cv=3, random_state=0)
search.fit(X_train, y_train)
best, scores = search.best_params_["clf__C"], list(search.cv_results_["mean_test_score"])
held_out = search.score(X_test, y_test)
print(best, [round(score, 6) for score in scores], round(held_out, 6))
