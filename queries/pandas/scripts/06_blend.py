import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold

df = pd.read_csv("houses.csv")
for column in ["area", "distance"]:
    df[f"log_{column}"] = np.log1p(df[column])
df["quality"] = df["quality"].fillna(df["quality"].median())
X = df[["log_area", "log_distance", "rooms", "built", "quality"]]
y = np.log1p(df["price"])

oof_ridge, oof_forest = np.zeros(len(df)), np.zeros(len(df))
for train_index, valid_index in KFold(3, shuffle=True, random_state=0).split(X):
    X_train, X_valid = X.iloc[train_index], X.iloc[valid_index]
    y_train = y.iloc[train_index]
    oof_ridge[valid_index] = Ridge(alpha=1.0).fit(X_train, y_train).predict(X_valid)
    forest = RandomForestRegressor(n_estimators=10, random_state=1)
    forest.fit(X_train, y_train)
    oof_forest[valid_index] = forest.predict(X_valid)
scores = []
for weight in np.linspace(0, 1, 5):
    blend = weight * oof_ridge + (1 - weight) * oof_forest
    scores.append(mean_squared_error(y, blend) ** 0.5)
    print(f"{weight:.2f}: {scores[-1]:.6f}")
