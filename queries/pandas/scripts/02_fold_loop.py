import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold

train = pd.read_csv("houses.csv")
towns = pd.read_csv("towns.csv")
train = train.merge(towns, on="town", how="left")
train["area_per_room"] = train["area"] / train["rooms"]
features = ["area", "area_per_room", "built", "quality", "distance", "people"]
X, y = train[features], np.log1p(train["price"])

kf = KFold(n_splits=4, shuffle=True, random_state=42)
oof, scores = np.zeros(len(X)), []
for fold, (tr, va) in enumerate(kf.split(X)):
    model = lgb.LGBMRegressor(n_estimators=40, learning_rate=0.1, num_leaves=7, random_state=42, n_jobs=1, verbose=-1)
    model.fit(X.iloc[tr], y.iloc[tr])
    pred = model.predict(X.iloc[va])
    oof[va] = pred
    scores.append(np.sqrt(mean_squared_error(y.iloc[va], pred)))
    print(f"fold {fold}: {scores[-1]:.6f}")
print(f"rmse {np.mean(scores):.6f}")
